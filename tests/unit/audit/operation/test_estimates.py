"""Estimates from what was drawn: right on average, exact where everything is known, with intervals that hold what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import nnls

from audit import AuditStore, InvalidRecord, Role, Statistic
from audit.operation.estimates import (
    MOST_UNSEEN,
    SampledItem,
    Stratum,
    TimeByLength,
    censored_quantile,
    mean,
    quantile,
    share,
    time_by_length,
)
from tests.support.audit.operating import START, made
from tests.support.audit.team import join

items = st.lists(st.builds(SampledItem, st.floats(0.01, 1.0), st.booleans(), st.booleans()), min_size=0, max_size=30)


def world(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """2,000 decisions: held?, right?, normal in truth? Held ones are wrong far more often."""
    generator = np.random.default_rng(seed)
    held = generator.random(2_000) < 0.2
    right = generator.random(2_000) < np.where(held, 0.75, 0.97)
    normal = generator.random(2_000) < np.where(held, 0.3, 0.98)
    return held, right, normal


def drawn(held, right, counts, probability, generator) -> list[Stratum]:  # type: ignore[no-untyped-def]
    looked = held | (generator.random(len(held)) < probability)
    chances = np.where(held, 1.0, probability)
    return [
        Stratum(
            int(part.sum()),
            [SampledItem(float(chances[i]), bool(counts[i]), bool(right[i])) for i in np.flatnonzero(part & looked)],
        )
        for part in (held, ~held)
    ]


def test_the_estimate_is_right_on_average_and_what_was_held_alone_is_not() -> None:
    """300 draws of the random control stream from one fixed set of decisions, at a share that changed on the way."""
    held, right, _ = world(1)
    generator = np.random.default_rng(2)
    probability = np.where(np.arange(2_000) < 1_000, 0.05, 0.2)
    everything = np.ones(2_000, dtype=bool)
    found = [share(drawn(held, right, everything, probability, generator)) for _ in range(300)]
    values = np.array([estimate.value for estimate in found])
    assert abs(values.mean() - right.mean()) < 3 * values.std() / np.sqrt(300)
    assert abs(right[held].mean() - right.mean()) > 0.1


def test_a_share_of_a_part_is_right_on_average() -> None:
    """False alarms: of the normal ones, nearly all of which are only in the random stream."""
    held, right, normal = world(3)
    generator = np.random.default_rng(4)
    truth = (~right & normal).sum() / normal.sum()
    found = [share(drawn(held, ~right, normal, np.full(2_000, 0.1), generator)) for _ in range(300)]
    values = np.array([estimate.value for estimate in found])
    assert abs(values.mean() - truth) < max(3 * values.std() / np.sqrt(300), 0.002)


# Some 80 items that are right in 97 of 100 cases make few steps, at which the coverage of any interval jumps.
@pytest.mark.parametrize(("probability", "least"), [(0.05, 0.9), (0.2, 0.93)])
def test_intervals_hold_the_process_as_often_as_they_say(probability: float, least: float) -> None:
    """Fresh decisions of one process, 400 times: some 95 in 100 intervals hold its rate."""
    truth, inside = 0.2 * 0.75 + 0.8 * 0.97, 0
    for seed in range(400):
        held, right, _ = world(100 + seed)
        generator = np.random.default_rng(seed)
        estimate = share(drawn(held, right, np.ones(2_000, dtype=bool), np.full(2_000, probability), generator))
        inside += estimate.low <= truth <= estimate.high  # type: ignore[operator]
    assert inside / 400 >= least


def test_what_cannot_be_is_not_guessed() -> None:
    """Where only few are held, the prior alone would say that one in two hundred of all others is a false alarm."""
    held = Stratum(10, [SampledItem(1.0, True, n < 2) for n in range(10)])
    rest = [SampledItem(0.1, True, False)] * 90
    guessed = share([held, Stratum(900, rest)])
    known = share([held, Stratum(900, rest, hits=False)])
    assert known.value == guessed.value
    assert known.high is not None
    assert guessed.high is not None
    assert known.high < guessed.high


def test_everything_known_is_counted_exactly() -> None:
    estimate = share([Stratum(4, [SampledItem(1.0, True, hit) for hit in (True, True, True, False)])])
    assert (estimate.value, estimate.items) == (0.75, 4)
    # Jeffreys' interval of 3 in 4: quantiles of Beta(3.5, 1.5).
    assert estimate.low == pytest.approx(0.284, abs=0.02)
    assert estimate.high == pytest.approx(0.972, abs=0.02)


def test_a_heavy_stratum_weighs_by_its_size() -> None:
    held = Stratum(10, [SampledItem(1.0, True, False)] * 10)
    rest = Stratum(90, [SampledItem(0.1, True, True)] * 9)
    assert share([held, rest]).value == pytest.approx(0.9)


def test_none_found_among_few_is_not_none_at_all() -> None:
    estimate = share([Stratum(100, [SampledItem(0.1, True, False)] * 10)])
    assert (estimate.value, estimate.low) == (0.0, 0.0)
    assert estimate.high is not None
    assert 0.1 < estimate.high < 0.3


def test_a_part_of_which_nothing_is_known_makes_it_undefined_unless_it_is_small() -> None:
    known = Stratum(1_000, [SampledItem(1.0, True, True)] * 1_000)
    assert share([known, Stratum(100, [])]).value is None
    small = share([known, Stratum(int(1_000 * MOST_UNSEEN), [])])
    assert small.value == 1.0
    without = share([known])
    assert small.low is not None
    assert without.low is not None
    assert small.low < without.low - 0.01
    assert share([Stratum(5, [SampledItem(1.0, False, True)])]).value is None
    assert share([]).items == 0


@given(items, items, st.integers(0, 50), st.integers(0, 50))
def test_values_lie_in_their_intervals_and_those_between_0_and_1(
    first: list[SampledItem], second: list[SampledItem], more: int, others: int
) -> None:
    estimate = share([Stratum(len(first) + more, first), Stratum(len(second) + others, second)])
    if estimate.value is not None:
        assert estimate.low is not None
        assert estimate.high is not None
        assert 0.0 <= estimate.low <= estimate.value <= estimate.high <= 1.0


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.floats(0, 1))
def test_quantiles_lie_in_their_intervals_and_among_the_values(values: list[float], level: float) -> None:
    estimate = quantile(values, level)
    assert estimate.low is not None
    assert estimate.value is not None
    assert estimate.high is not None
    assert min(values) <= estimate.low <= estimate.value <= estimate.high <= max(values)
    assert estimate.items == len(values)


def test_intervals_of_quantiles_hold_them() -> None:
    generator = np.random.default_rng(5)
    inside = 0
    for _ in range(400):
        estimate = quantile(generator.exponential(size=200).tolist(), 0.9)
        inside += estimate.low <= np.log(10) <= estimate.high  # type: ignore[operator]
    assert inside / 400 >= 0.93


def test_means() -> None:
    assert mean([]).value is None
    assert (mean([3.0]).value, mean([3.0]).low) == (3.0, None)
    estimate = mean([1.0, 2.0, 3.0])
    assert estimate.value == 2.0
    assert estimate.low == pytest.approx(2 - 1.96 / np.sqrt(3), abs=1e-3)


@pytest.mark.parametrize("probability", [0.0, -0.1, 1.1, float("nan")])
def test_what_was_drawn_had_a_probability(probability: float) -> None:
    with pytest.raises(InvalidRecord):
        SampledItem(probability, True, True)


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=25), st.sampled_from([0.25, 0.5, 0.9]))
def test_a_censored_quantile_is_that_of_scipys_curve(found: list[tuple[int, bool]], level: float) -> None:
    spans, ended = [float(span) for span, _ in found], [done for _, done in found]
    got = censored_quantile(spans, ended, level)
    assert got.items == sum(ended)
    if not any(ended):
        assert got == Statistic(None, None, None, 0)
        return
    sample = stats.CensoredData([span for span, done in found if done], right=[float(span) for span, done in found if not done])
    curve = stats.ecdf(sample).sf
    reached = curve.quantiles[curve.probabilities <= 1 - level + 1e-9]
    assert got.value == (reached[0] if len(reached) else None)
    if got.low is not None and got.high is not None:
        assert got.low <= got.value <= got.high


def test_the_interval_of_a_censored_quantile_holds_the_truth_as_often_as_it_says() -> None:
    """Spans that are exponential, watched for a time that is exponential too: a third of them never seen to end."""
    generator, truth, held, known = np.random.default_rng(6), np.log(2.0), 0, 0
    for _ in range(400):
        spans, watched = generator.exponential(1.0, 60), generator.exponential(2.0, 60)
        got = censored_quantile(list(np.minimum(spans, watched)), list(spans <= watched), 0.5)
        if got.low is not None and got.high is not None:
            known += 1
            held += got.low <= truth <= got.high
    assert known > 380
    assert 0.92 < held / known < 0.98


LENGTHS = [50, 80, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800]


def test_times_that_keep_to_the_law_give_its_terms() -> None:
    found = time_by_length(LENGTHS, [2.0 + 0.0005 * n for n in LENGTHS])
    assert found is not None
    assert (found.constant, found.per_event) == (pytest.approx(2.0), pytest.approx(0.0005))
    assert (found.decisions, found.shortest, found.longest) == (10, 50, 12_800)
    assert found.seconds(10_000) == pytest.approx(7.0)


@given(st.lists(st.tuples(st.integers(1, 20_000), st.floats(0.01, 100.0)), min_size=10, max_size=30))
def test_neither_term_is_below_zero_and_none_fits_better(found: list[tuple[int, float]]) -> None:
    events, seconds = [n for n, _ in found], [t for _, t in found]
    got = time_by_length(events, seconds)
    assume(got is not None)
    assert got is not None
    wanted, _ = nnls(np.array([[1.0, n] for n in events]), np.array(seconds))
    assert got.constant == pytest.approx(wanted[0], rel=1e-6, abs=1e-6)
    assert got.per_event == pytest.approx(wanted[1], rel=1e-6, abs=1e-9)


def test_logs_that_are_few_or_alike_tell_nothing() -> None:
    assert time_by_length([], []) is None
    assert time_by_length(LENGTHS[:9], [1.0] * 9) is None
    assert time_by_length([1_000] * 40, [2.0] * 40) is None
    assert time_by_length([1_000] * 39 + [9_000], [2.0] * 40) is None, "one long log is not many"


def test_kpi_tell_it_of_recorded_decisions(store: AuditStore) -> None:
    lead = join(store, "lead", Role.LEAD)
    for events in LENGTHS:
        made(store, START, "line-1", called=False, route="not_sampled", event_count=events)
    assert lead.operation.kpi().whole.time_by_length == TimeByLength(pytest.approx(2.0), pytest.approx(0.0), 10, 50, 12_800)
