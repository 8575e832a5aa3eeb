"""Hawkes process: what led to what is found again in drawn events, and the sums are those of plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparsemix.errors import InputError
from sparsemix.graph import point_process
from sparsemix.graph.point_process import OTHERS, PointProcess, fit


def drawn(rng: np.random.Generator, count: int, sources: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw events: kind 0 leads to kind 1 some 10 s later and to kind 2 some 100 s later, so 1 comes before 2 and leads to
    nothing; kind 3 comes on its own."""
    times, kinds, places = [], [], []
    for place in range(sources):
        for cause in rng.uniform(0, 2000 * count, count):
            own = [(cause, 0), (rng.uniform(0, 2000 * count), 3)]
            if rng.random() < 0.8:
                own.append((cause + rng.exponential(10.0), 1))
            if rng.random() < 0.8:
                own.append((cause + rng.exponential(100.0), 2))
            times += [time for time, _ in own]
            kinds += [kind for _, kind in own]
            places += [place] * len(own)
    return np.array(times), np.array(kinds), np.array(places)


@pytest.fixture(scope="module")
def process() -> PointProcess:
    return fit(*drawn(np.random.default_rng(0), 300), ("cause", "near", "far", "other"))


def test_causes_are_found_and_what_only_comes_before_is_not(process):
    leads, others = process.leads()[:2], process.leads()[2:]
    assert {(lead.earlier, lead.later) for lead in leads} == {(0, 1), (0, 2)}
    for lead in leads:
        assert lead.share == pytest.approx(0.96, abs=0.05)
        assert lead.gain > 1000
        assert lead.lift > 1.2
        assert lead.reverse < 20
    # Of ten edges that are none, a coincidence may pass for one or two.
    assert len(others) <= 2
    assert all(lead.gain < 5 and lead.share < 0.1 for lead in others)
    near, far = sorted(leads, key=lambda lead: lead.later)
    assert near.lag_low < near.lag_median < near.lag_high
    assert near.lag_median == pytest.approx(10 * np.log(2), rel=0.3)
    assert far.lag_median == pytest.approx(100 * np.log(2), rel=0.3)


def test_the_likelihood_rises_with_every_step_and_every_event_is_explained_once(process):
    assert all(np.diff(process.likelihood) > -1e-6)
    total = int(process.counts.sum())
    # The influence before the last step and the constant after it: nearly, not exactly, the same shares.
    assert process.explained.sum() + process.background * total == pytest.approx(total, rel=1e-3)


def test_the_likelihood_rises_from_the_start_where_nothing_leads_to_anything():
    rng = np.random.default_rng(0)
    alone = fit(rng.uniform(0, 1e6, 1000), rng.integers(0, 18, 1000), np.zeros(1000, int), [str(kind) for kind in range(18)])
    assert all(np.diff(alone.likelihood) > -1e-6)
    assert len(alone.leads()) <= 10


def test_other_units_and_another_order_give_the_same_edges(process):
    times, kinds, sources = drawn(np.random.default_rng(0), 300)
    order = np.random.default_rng(1).permutation(len(times))
    other = fit(times[order] * 1000, kinds[order], sources[order] + 7, process.names)
    for own, hidden in zip(process.leads(), other.leads(), strict=True):
        assert (own.earlier, own.later) == (hidden.earlier, hidden.later)
        assert hidden.explained == pytest.approx(own.explained, rel=1e-3)
        assert hidden.lag_median == pytest.approx(1000 * own.lag_median, rel=1e-3)


def test_events_of_other_sources_lead_to_nothing(process):
    times, kinds, _ = drawn(np.random.default_rng(0), 300)
    assert fit(times, kinds, kinds, process.names).leads() == []


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_states_are_those_of_a_plain_loop(data):
    count = data.draw(st.integers(1, 25))
    # Whole numbers, so that some events have the same time.
    times = np.array(data.draw(st.lists(st.integers(0, 30), min_size=count, max_size=count)), np.float64)
    kinds = np.array(data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count)))
    sources = np.array(data.draw(st.lists(st.integers(0, 1), min_size=count, max_size=count)))
    order = np.lexsort((times, sources))
    times, kinds, sources = times[order], kinds[order], sources[order]
    scales = np.array([1.0, 10.0])
    expected = np.zeros((count, 3, 2))
    for event in range(count):
        for other in range(count):
            lag = times[event] - times[other]
            if other != event and sources[other] == sources[event] and lag >= 0:
                expected[event, kinds[other]] += np.exp(-lag / scales) / scales
    found = point_process._states(times, kinds, sources, 3, scales)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_how_many_events_are_taken_at_once_changes_nothing(process, monkeypatch):
    monkeypatch.setattr(point_process, "_AT_ONCE", 100)
    parts = fit(*drawn(np.random.default_rng(0), 300), process.names)
    for name in ("explained", "gain", "lift", "background", "likelihood"):
        np.testing.assert_allclose(getattr(parts, name), getattr(process, name), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("first", "step", "lag"), [(1.7e9, 1000.0, 1e-5), (0.0, 1e-6, 1e-12)])
def test_dates_with_microseconds_and_tiny_times(first, step, lag):
    begin = first + np.arange(60) * step
    times = np.concatenate([begin, begin + np.random.default_rng(0).uniform(lag, 2 * lag, 60)])
    found = fit(times, np.repeat([0, 1], 60), np.zeros(120, int), ("cause", "effect"))
    assert np.isfinite(found.gain).all()
    (lead,) = found.leads()
    assert (lead.earlier, lead.later) == (0, 1) and lead.explained == pytest.approx(60, rel=0.01)


def test_rare_kinds_are_read_as_one(monkeypatch):
    monkeypatch.setattr(point_process, "MOST_KINDS", 2)
    times, kinds, sources = drawn(np.random.default_rng(0), 50)
    process = fit(times, kinds, sources, ("cause", "near", "far", "other"))
    assert process.names == ("cause", "other", OTHERS)
    assert process.counts.sum() == len(times)
    # They follow the cause, but an edge to them would say nothing.
    assert process.gain[0, 2] > 100
    assert all(2 not in (lead.earlier, lead.later) for lead in process.leads())


def test_of_many_events_the_last_are_read(monkeypatch):
    monkeypatch.setattr(point_process, "MOST_EVENTS", 100)
    times, kinds, sources = drawn(np.random.default_rng(0), 50)
    last = np.argsort(times)[-100:]
    process = fit(times, kinds, sources, ("cause", "near", "far", "other"))
    alone = fit(times[last], kinds[last], sources[last], ("cause", "near", "far", "other"))
    np.testing.assert_array_equal(process.explained, alone.explained)


def test_what_cannot_be_told_is_refused():
    with pytest.raises(InputError, match="20 are needed") as few:
        fit(np.arange(19.0), np.zeros(19, int), np.zeros(19, int), ("a",))
    assert few.value.code == "too_few_to_fit"
    with pytest.raises(InputError, match="the same time") as same:
        fit(np.zeros(20), np.zeros(20, int), np.zeros(20, int), ("a",))
    assert same.value.code == "same_time"
