"""The graph: what an edge says, and in which order edges come."""

from __future__ import annotations

import pytest

from sparsemix.graph.counts import LogCounts, counts_of
from sparsemix.graph.leads import MOST_EXAMPLES, Lag, LeadsGraph, leads
from tests.support.dashboard.traces import head, sequence, trace

A, B, C = "pump on", "valve shut", "belt stop"


def log(texts: list[str], pairs: list[tuple[int, int]], start: float | None = 1_772_000_000.0) -> LogCounts:
    """Count a log; pairs are (later, earlier)."""
    return counts_of(sequence(texts, start=start), trace(head(len(texts), dict.fromkeys(pairs, 0.5))), "0" * 64)


def named(graph: LeadsGraph) -> list[tuple[str, str]]:
    return [(graph.kinds[edge.earlier].text, graph.kinds[edge.later].text) for edge in graph.edges]


def test_what_an_edge_says() -> None:
    # Each B has the A before it; the last B has none. One A comes after a B as well.
    graph = leads([log([A, B, C, A, B, C, B, A], [(1, 0), (4, 3), (7, 6), (6, 1)])], 9)
    assert named(graph) == [(A, B), (B, A)]
    edge = graph.edges[0]
    assert (edge.support, edge.origins, edge.pairs, edge.decisions, edge.reverse) == (2, 2, 2, 1, 1)
    assert edge.share == pytest.approx(2 / 3) and edge.direction == pytest.approx((2 - 1) / 3)
    # Three pairs have a later B; three of eight lines are A.
    assert edge.expected == pytest.approx(3 * 3 / 8) and edge.lift == pytest.approx(2 / (9 / 8))
    assert edge.lag_events.median == 1 and edge.lag_seconds is not None
    assert [kind.repeats for kind in graph.kinds] == [0, 1] and [kind.events for kind in graph.kinds] == [3, 3]
    assert (graph.events, graph.pairs, graph.all_edges) == (8, 4, 2)


def test_a_single_line_that_many_read_does_not_come_before_what_recurs() -> None:
    texts = [C, *[A, B, "x", "x", "x"] * 6]
    once = [(place, 0) for place in range(2, len(texts), 5)]
    again = [(place, place - 1) for place in range(2, len(texts), 5)]
    assert named(leads([log(texts, once + again)], 9)) == [(A, B), (C, B)]


def test_a_log_with_other_kinds_does_not_raise_the_lift() -> None:
    one, other = log([A, B, A, B], [(1, 0), (3, 2)]), log([C, "x", C, "x"], [(1, 0)])
    alone, both = leads([one], 9).edges[0], leads([one, other], 9).edges[0]
    assert both.lift == pytest.approx(alone.lift) and both.decisions == 1
    assert leads([one, one], 9).edges[0].decisions == 2


def test_only_the_strongest_are_shown_and_their_kinds() -> None:
    graph = leads([log([A, B, A, B, C, *"xyxyxyxy"], [(1, 0), (3, 2), (4, 3), (6, 4)])], 1)
    assert named(graph) == [(A, B)] and graph.all_edges == 3 and len(graph.kinds) == 2


def test_without_times_there_is_no_lag_in_seconds() -> None:
    assert leads([log([A, B], [(1, 0)], start=None)], 9).edges[0].lag_seconds is None


def test_nothing_counted() -> None:
    graph = leads([], 9)
    assert graph.edges == () and graph.kinds == () and graph.first is None


def test_lags_of_several_logs_are_joined_as_often_as_they_have_the_edge() -> None:
    near, far = log([A, B] * 30, [(place, place - 1) for place in range(1, 60, 2)]), log([A, C, C, C, B], [(4, 0)])
    assert leads([near, far], 1).edges[0].lag_events == Lag(1.0, 1.0, 1.0)
    assert leads([far, far, log([A, B], [(1, 0)])], 1).edges[0].lag_events == Lag(1.0, 4.0, 4.0)


def test_examples_are_few_one_a_log_and_the_heaviest_first() -> None:
    logs = [
        counts_of(sequence([A, B]), trace(head(2, {(1, 0): weight / 16})), "0" * 64) for weight in range(1, MOST_EXAMPLES + 3)
    ]
    edge = leads(logs, 1).edges[0]
    assert edge.decisions == len(logs) and [one.run for one in edge.examples] == [6, 5, 4, 3, 2]
