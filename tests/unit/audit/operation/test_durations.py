"""How long a decision takes by its length: a constant and a time an event, told apart only where they can be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import nnls

from audit import AuditStore, Role
from audit.operation.durations import TimeByLength, time_by_length
from tests.support.audit.operating import START, made
from tests.support.audit.team import join

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
