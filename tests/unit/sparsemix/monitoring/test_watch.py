"""The test for drift: false alarms as rare as promised whatever the scores look like, changes noticed, state kept exactly."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sparsemix import TraceError
from sparsemix.monitoring.drift import Alarm, SelectionProfile, SourceWatch
from sparsemix.monitoring.drift import source_watch as module
from sparsemix.monitoring.drift.profile import MARKS, PLACES
from sparsemix.monitoring.drift.source_watch import EXPONENTS, STATISTICS, ChangeEvidence, bet, bin_of
from tests.benchmarks.drift import false_alarms
from tests.support.properties import examples

USUAL = np.linspace(1.0, 0.1, PLACES)


def made(rng: np.random.Generator, shares: NDArray[np.float64] = USUAL, known: float = 0.97) -> SelectionProfile:
    """A profile of 400 pairs of kinds that occur in these shares."""
    counts = rng.multinomial(400, shares / shares.sum())
    marks = np.zeros(MARKS, np.bool_)
    marks[np.flatnonzero(counts)] = True
    vectors = {
        "kinds": counts / 400,
        "margins": rng.normal([0.1, 0.4, 0.9, 0.1, 0.5, 1.0], 0.02),
        "selected": rng.normal([1.1, 1.2], 0.05),
        "anchor": rng.beta(30, 10, 2),
        "certified": np.ones(2),
        "known": np.array([rng.beta(1000 * known, 1000 * (1 - known))]),
        "scores": rng.normal([-9, -7, -4], 0.3),
    }
    return SelectionProfile(1, 400, 400, vectors, (), marks)


def watched(rng: np.random.Generator, decisions: int) -> SourceWatch:
    watch = SourceWatch.begin(made(rng))
    for _ in range(decisions - 1):
        watch = watch.step(made(rng))
    return watch


# Scores of any shape: constant, with many ties, with tails so heavy that they have no mean.
SHAPES = {
    "normal": lambda rng, size: rng.normal(size=size),
    "ties": lambda rng, size: rng.integers(0, 4, size).astype(float),
    "constant": lambda rng, size: np.zeros_like(rng.normal(size=size)),
    "heavy": lambda rng, size: np.abs(rng.standard_cauchy(size)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_false_alarms_are_as_rare_as_promised_whatever_the_scores_look_like(shape: str) -> None:
    """600 sources, 120 scores each, at a level of 400: the promise is 30 %."""
    rng = np.random.default_rng(7)
    level, sources, scores = 400.0, 600, 120
    drawn = SHAPES[shape](rng, (sources, scores))
    alarms = 0
    for row in drawn:
        evidence = ChangeEvidence({})
        for value in row:
            bin = bin_of(abs(float(value)))
            evidence = evidence.taken(bin, evidence.p_value(bin))
            if evidence.level >= level:
                alarms += 1
                break
    # Six standard errors above what is promised: no seed comes there by chance.
    promised = scores / level
    assert alarms / sources <= promised + 6 * (promised * (1 - promised) / sources) ** 0.5
    if shape == "constant":
        assert alarms == 0


@pytest.mark.parametrize("together", [False, True])
def test_a_year_of_a_plant_that_does_not_change_stays_below_the_promise(together: bool) -> None:
    row = false_alarms(together, seed=1, sources=3_000, decisions=1_095, level=module.RUN_LENGTH)
    assert row["promised"] == pytest.approx(0.0219)
    assert float(row["share"]) <= 0.0219  # type: ignore[arg-type]
    # A test that cannot alarm promises nothing.
    low = false_alarms(together, seed=1, sources=3_000, decisions=200, level=400.0)
    assert 0.05 < float(low["share"]) < 0.5  # type: ignore[arg-type]


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_a_bet_on_uniform_p_values_is_fair(exponent: float) -> None:
    # Integrated over p = u ** 5, for the bet grows without end towards 0.
    u = (np.arange(100_000) + 0.5) / 100_000
    assert (bet(u**5, exponent) * 5 * u**4).mean() == pytest.approx(1.0, abs=1e-6)


@examples(60)
@given(scores=st.lists(st.integers(0, 9), min_size=1, max_size=60))
def test_p_values_are_ranks(scores: list[int]) -> None:
    evidence = ChangeEvidence({})
    for place, score in enumerate(scores):
        p = evidence.p_value(score)
        assert p == sum(other >= score for other in scores[: place + 1]) / (place + 1)
        evidence = evidence.taken(score, p)
    assert evidence.scores == len(scores)
    assert 1 <= evidence.since <= len(scores)


@examples(200)
@given(one=st.floats(0, 1e9), other=st.floats(0, 1e9))
def test_bins_keep_the_order_of_distances(one: float, other: float) -> None:
    if one <= other:
        assert bin_of(one) <= bin_of(other)


def changed_kinds(rng: np.random.Generator) -> SelectionProfile:
    return made(rng, USUAL[::-1])


def new_words(rng: np.random.Generator) -> SelectionProfile:
    return made(rng, known=0.9)


def no_longer_certified(rng: np.random.Generator) -> SelectionProfile:
    found = made(rng)
    return replace(found, vectors={**found.vectors, "certified": rng.uniform(0.6, 0.95, 2)})


CHANGES = {"kinds": changed_kinds, "known": new_words, "certified": no_longer_certified}


@pytest.mark.parametrize("statistic", CHANGES)
@pytest.mark.parametrize("before", [80, 220])
def test_a_change_is_noticed_soon_and_told_by_name_and_time(statistic: str, before: int) -> None:
    rng = np.random.default_rng(5)
    watch = watched(rng, before)
    assert watch.alarm is None
    assert watch.enough
    for _ in range(30):
        watch = watch.step(CHANGES[statistic](rng))
        if watch.alarm:
            break
    assert watch.alarm is not None
    assert watch.alarm.statistics[0] == statistic
    # Ranks among few are coarse: what is new becomes usual sooner than it is noticed.
    assert watch.alarm.found - before <= (12 if before == 220 else 25)
    assert abs(watch.alarm.since - (before + 1)) <= 5


def test_an_alarm_stays_and_leaves_the_evidence_as_it_was() -> None:
    rng = np.random.default_rng(2)
    watch = watched(rng, 100)
    while watch.alarm is None:
        watch = watch.step(changed_kinds(rng))
    later = watch.step(changed_kinds(rng)).step(made(rng))
    assert later.alarm == watch.alarm
    assert later.evidence == watch.evidence
    assert later.seen == watch.seen + 2
    assert later.p["kinds"] > 0.05  # as before the change: usual again, which the alarm does not hide


def test_the_state_goes_through_json_and_on_as_if_it_never_had() -> None:
    rng, same = np.random.default_rng(3), np.random.default_rng(3)
    whole = SourceWatch.begin(made(rng))
    kept = SourceWatch.begin(made(same))
    for _ in range(80):
        whole = whole.step(made(rng))
        kept = SourceWatch.from_payload(json.loads(json.dumps(kept.step(made(same)).payload())))
    assert kept.seen == whole.seen == 81
    assert kept.p == whole.p
    assert kept.level == pytest.approx(whole.level, rel=1e-3)
    text = json.dumps(whole.payload())
    assert len(text) < 20_000
    assert json.dumps(SourceWatch.from_payload(json.loads(text)).payload()) == text


def test_the_first_decisions_are_collected_and_compared_with_nothing() -> None:
    rng = np.random.default_rng(4)
    watch = watched(rng, module.REFERENCE)
    assert (watch.seen, watch.evidence, watch.level, watch.enough) == (20, {}, 0.0, False)
    later = watch.step(made(rng))
    assert set(later.evidence) == set(later.p) == set(later.distance) == set(STATISTICS)
    assert later.reference is watch.reference


def test_profiles_of_another_network_are_not_compared() -> None:
    rng = np.random.default_rng(6)
    watch, other = watched(rng, 30), made(rng)
    with pytest.raises(TraceError, match="another network"):
        watch.step(replace(other, vectors={**other.vectors, "anchor": np.zeros(9)}))


@pytest.mark.parametrize("spoilt", [None, {}, {"seen": 3}, {"seen": 3, "reference": {}, "evidence": {"kinds": {}}, "alarm": 1}])
def test_what_is_no_state_is_refused(spoilt: object) -> None:
    with pytest.raises(TraceError):
        SourceWatch.from_payload(spoilt)


def test_an_alarm_comes_back_from_json() -> None:
    watch = replace(watched(np.random.default_rng(8), 30), alarm=Alarm(30, 25, ("known", "new")))
    assert SourceWatch.from_payload(json.loads(json.dumps(watch.payload()))).alarm == watch.alarm
