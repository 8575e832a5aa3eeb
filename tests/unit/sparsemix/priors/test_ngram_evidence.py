"""Evidence of n-grams: equal to the field's own pipeline, shared out among the events, and kept in a file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sparsemix.encoding.sequence import Event
from sparsemix.errors import WeightsError
from sparsemix.priors import ngram_evidence
from sparsemix.priors.ngram_evidence import NgramEvidence
from tests.support.properties import examples

RNG = np.random.default_rng(7)
TRAINING = ["".join(RNG.choice(list("abcd"), 12)) for _ in range(40)]
FAULTY = np.array(["ab" in text for text in TRAINING])


def events(text: str) -> list[Event]:
    return [Event(sign, sign, None, None, None, 1) for sign in text]


def fitted(length: int = 2) -> NgramEvidence:
    return ngram_evidence.fit([events(text) for text in TRAINING], FAULTY, length)


def whole(evidence: NgramEvidence, text: str) -> float:
    """Return the logit of the whole sequence by its n-grams."""
    return float(evidence.of(events(text)).sum()) + evidence.intercept


def test_single_kinds_say_what_the_fields_own_pipeline_says() -> None:
    rival = make_pipeline(
        TfidfVectorizer(analyzer="char", min_df=2, sublinear_tf=True), LogisticRegression(C=100.0, max_iter=1000)
    ).fit(TRAINING, FAULTY)
    evidence = fitted(length=1)
    logits = [whole(evidence, text) for text in TRAINING]
    assert logits == pytest.approx(rival.decision_function(TRAINING), abs=1e-3)


def test_two_in_a_row_tell_what_single_ones_cannot() -> None:
    evidence = fitted()
    logits = np.array([whole(evidence, text) for text in TRAINING])
    assert logits[FAULTY].min() > 0.0 > logits[~FAULTY].max()


def test_the_event_that_completes_the_telling_course_brings_in_most() -> None:
    assert int(fitted().of(events("ccdabdcc")).argmax()) == 4


def test_what_comes_several_times_shares_what_it_adds() -> None:
    own = fitted(length=1).of(events("aab"))
    assert own[0] == own[1] != 0.0


@examples()
@given(st.text("abcdxy", min_size=1, max_size=30))
def test_what_is_unknown_adds_nothing(text: str) -> None:
    evidence = fitted(length=1)
    own = evidence.of(events(text))
    assert (own[[sign in "xy" for sign in text]] == 0.0).all()
    assert np.isfinite(own).all()


def test_nothing_known_leaves_the_intercept() -> None:
    evidence = fitted()
    assert whole(evidence, "xyxy") == evidence.intercept


def test_of_too_many_n_grams_the_common_ones_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    every = fitted()
    monkeypatch.setattr(ngram_evidence, "_MOST_GRAMS", 4)
    evidence = fitted()
    assert len(evidence.gram) == 4 < len(every.gram)
    assert set(evidence.gram.tolist()) <= set(every.gram.tolist())
    assert evidence.rarity.max() <= np.sort(every.rarity)[3] + 1e-9


def test_it_survives_its_columns() -> None:
    evidence = fitted()
    back = ngram_evidence.unpack(ngram_evidence.pack(evidence))
    assert (back.by, back.length, back.intercept) == (evidence.by, evidence.length, evidence.intercept)
    for name in ("gram", "rarity", "weight"):
        np.testing.assert_array_equal(getattr(back, name), getattr(evidence, name))


def test_damaged_columns_are_refused() -> None:
    whole = ngram_evidence.pack(fitted())
    for damaged in (
        {name: column for name, column in whole.items() if name != "weight"},
        whole | {"weight": whole["weight"][1:]},
        whole | {"gram": whole["gram"][::-1].copy()},
        whole | {"shape": np.array([9, 2])},
        whole | {"shape": np.array([0, 0])},
        whole | {"intercept": np.zeros(2)},
        whole | {"intercept": np.array([np.nan])},
        whole | {"rarity": np.full(len(whole["rarity"]), np.inf)},
    ):
        with pytest.raises(WeightsError):
            ngram_evidence.unpack(damaged)
    with pytest.raises(WeightsError):
        replace(fitted(), weight=np.zeros(1))
