"""A file in which heads that match identifiers select far less or far more than in training is unlike it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sparsemix.config import SparseMixConfig
from sparsemix.errors import ConfigError
from sparsemix.judges.usual_selection import UsualSelection, unlike_training
from tests.support.sparsemix.matched_models import MATCHED, matched_model, matched_sequence

USUAL = (UsualSelection(16, (0.5, 0.0), (4.0, 1.0)), *(UsualSelection(n, (3.0, 0.2), (6.0, 2.0)) for n in (256, 1024)))


def test_far_less_and_far_more_are_told_with_the_reason() -> None:
    less = unlike_training(USUAL, [20, 300], 1024)
    assert less is not None and (less.least, less.most) == (3.0, 6.0)
    assert "far less than in training, 0.02 keys a line and not 3.00 to 6.00" in less.in_words()
    more = unlike_training(USUAL, [4000, 9000], 1024)
    assert more is not None and (more.least, more.most) == (0.2, 2.0)
    assert "far more than in training, 8.79 keys a line" in more.in_words()


def test_what_lies_within_training_is_like_it_at_every_length() -> None:
    assert unlike_training(USUAL, [3072, 205], 1024) is None
    # Windows of training must be clearly shorter: how much they select varies.
    assert unlike_training(USUAL, [200, 0], 511) is None and unlike_training(USUAL, [200, 0], 512) is not None
    # Shorter files than any in training may have nothing in common; longer ones have more.
    assert unlike_training(USUAL, [0, 0], 31) is None
    assert unlike_training(USUAL, [160 * 1024, 300], 4096) is None
    assert unlike_training(USUAL, [400, 300], 4096) is not None
    assert unlike_training((), [0], 1024) is None and not MATCHED.judge.selected
    assert unlike_training(USUAL, [0, 0], 0) is None


def test_a_decision_on_such_a_file_is_unfamiliar() -> None:
    sequence = matched_sequence(200)
    before = matched_model().run_with_trace(sequence).decision
    assert before.unlike is None
    heads = matched_model().config.heads
    usual = (UsualSelection(64, (90.0,) * heads, (99.0,) * heads),)
    model = matched_model(config=replace(MATCHED, judge=replace(MATCHED.judge, selected=usual)))
    decision = model.run_with_trace(sequence).decision
    assert decision.unfamiliar and decision.unlike is not None and "far less" in decision.why_unfamiliar
    assert (decision.event_probability == before.event_probability).all()
    assert SparseMixConfig.from_json(model.config.to_json()) == model.config


def test_weights_of_earlier_versions_say_what_they_cannot_vouch_for() -> None:
    assert "cannot tell" in MATCHED.judge.not_vouched
    assert not replace(MATCHED.judge, selected=USUAL).not_vouched
    assert not replace(MATCHED.judge, entities=()).not_vouched
    assert "around" not in MATCHED.to_json() and "selected" not in MATCHED.to_json()


@pytest.mark.parametrize(
    "given", [(0, (1.0,), (1.0,)), (64, (1.0,), ()), (64, ("1",), (1.0,)), (64, [1.0], (1.0,)), (64, (float("nan"),), (1.0,))]
)
def test_damaged_ranges_are_refused(given: tuple[object, ...]) -> None:
    with pytest.raises(ConfigError, match="damaged"):
        UsualSelection(*given)  # type: ignore[arg-type]
