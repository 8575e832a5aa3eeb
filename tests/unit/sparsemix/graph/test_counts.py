"""Counts of one run: the same as counted pair by pair, whichever event was the query."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import TraceError
from sparsemix.graph import counts as counting
from sparsemix.graph.counts import LogCounts, counts_of
from sparsemix.graph.leads import leads
from tests.support.dashboard.traces import head, sequence, trace
from tests.support.properties import examples

WEIGHTS = "0" * 64
KINDS = ("pump 1 on", "pump 1 off", "valve 7 shut")
Pairs = dict[tuple[int, int], float]


def edges(counts: LogCounts) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Return support, origins and pairs by the texts of the kinds."""
    return {(row["from"], row["to"]): (row["support"], row["origins"], row["pairs"]) for row in counts.edges.to_pylist()}


def turned(events: TokenSequence, times: list[float | None]) -> TokenSequence:
    return replace(events, events=tuple(event._replace(time=at) for event, at in zip(events.events, times, strict=True)))


def test_lines_of_two_sources_are_no_pair() -> None:
    made = replace(sequence(["pump on", "valve shut", "pump on", "valve shut"]), starts=(2,))
    counts = counts_of(made, trace(head(4, {(1, 0): 0.5, (3, 1): 0.5, (3, 2): 0.5})), WEIGHTS)
    assert edges(counts) == {("pump on", "valve shut"): (2, 2, 2)}


@st.composite
def runs(draw: st.DrawFn) -> tuple[list[str], list[Pairs]]:
    texts = draw(st.lists(st.sampled_from(KINDS), min_size=2, max_size=12))
    event = st.integers(0, len(texts) - 1)
    pairs = st.dictionaries(st.tuples(event, event), st.sampled_from([0.125, 0.5, 1.0]), max_size=20)
    return texts, draw(st.lists(pairs, min_size=1, max_size=3))


@examples(150)
@given(run=runs())
def test_edges_are_those_of_the_pairs_counted_one_by_one(run: tuple[list[str], list[Pairs]]) -> None:
    texts, heads = run
    counts = counts_of(sequence(texts), trace(*(head(len(texts), pairs) for pairs in heads)), WEIGHTS)
    pairs = {(min(pair), max(pair)) for one in heads for pair in one if pair[0] != pair[1]}
    kind = [text.replace("1", "<*>").replace("7", "<*>") for text in texts]
    wanted = {}
    for edge in {(kind[a], kind[b]) for a, b in pairs}:
        of_edge = [(a, b) for a, b in pairs if (kind[a], kind[b]) == edge]
        wanted[edge] = (len({b for _, b in of_edge}), len(of_edge))
    found = edges(counts)
    assert {edge: (support, of_edge) for edge, (support, _, of_edge) in found.items()} == wanted
    assert all(1 <= origins <= support for support, origins, _ in found.values())
    assert counts.pairs == len(pairs) and sum(counts.kinds.values()) == len(texts)
    weight = sum(w for one in heads for (q, k), w in one.items() if q != k)
    assert sum(counts.edges["total"].to_pylist()) == pytest.approx(weight, rel=1e-6)


def test_an_edge_follows_time_and_without_times_the_order_of_the_log() -> None:
    texts, one = ["pump 1 on", "valve 7 shut"], trace(head(2, {(0, 1): 0.5}))
    forwards = ("pump <*> on", "valve <*> shut")
    assert list(edges(counts_of(sequence(texts), one, WEIGHTS))) == [forwards]
    assert list(edges(counts_of(sequence(texts, start=None), one, WEIGHTS))) == [forwards]
    # The newest line comes first in this file.
    newest_first = turned(sequence(texts), [20.0, 10.0])
    counts = counts_of(newest_first, one, WEIGHTS)
    assert list(edges(counts)) == [forwards[::-1]]
    edge = leads([counts], 9).edges[0]
    assert edge.lag_seconds is not None and edge.lag_seconds.median == 10.0
    assert (edge.examples[0].earlier, edge.examples[0].later) == (2, 1)
    for times in ([10.0, 10.0], [None, 10.0], [10.0, None]):
        assert list(edges(counts_of(turned(sequence(texts), times), one, WEIGHTS))) == [forwards]


def test_the_lag_is_that_of_the_heaviest_pair() -> None:
    texts = ["pump 1 on", "pump 1 on", "x", "x", "valve 7 shut"]
    counts = counts_of(sequence(texts), trace(head(5, {(4, 0): 0.75, (4, 1): 0.25}), head(5, {(4, 1): 0.25})), WEIGHTS)
    edge = leads([counts], 9).edges[0]
    assert (edge.support, edge.origins, edge.pairs, edge.lag_events.median) == (1, 1, 2, 4)
    one = edge.examples[0]
    assert (one.layer, one.head, one.query, one.key, one.weight) == (0, 0, 4, 0, pytest.approx(0.75))
    assert counts.run.events == 5 and counts.span is not None and counts.span[1] == counts.span[0] + 4


def test_nothing_selected_and_a_trace_of_another_log() -> None:
    counts = counts_of(sequence(["a", "b"]), trace(head(2, {(0, 0): 1.0})), WEIGHTS)
    assert counts.pairs == 0 and edges(counts) == {} and leads([counts], 5).edges == ()
    with pytest.raises(TraceError, match="of 2 events, the sequence of 3"):
        counts_of(sequence(["a", "b", "c"]), trace(head(2, {})), WEIGHTS)


def test_a_log_in_which_every_line_is_of_its_own_kind_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    n = 300
    texts = ["".join(chr(97 + i // 26**place % 26) for place in range(3)) for i in range(n)]
    pairs = trace(head(n, {(i, i - 1): 0.5 for i in range(1, n)}))
    counts = counts_of(sequence(texts), pairs, WEIGHTS)
    assert len(counts.kinds) == n and set(counts.edges["support"].to_pylist()) == {1}
    monkeypatch.setattr(counting, "MOST_EDGES", 20)
    monkeypatch.setattr(counting, "MOST_KINDS", 10)
    small = counts_of(sequence(texts), pairs, WEIGHTS)
    assert len(small.edges) == 20 and 20 <= len(small.kinds) <= 50 and 0 < small.nbytes < counts.nbytes < 200_000
    graph = leads([small], 99)
    assert graph.dropped_pairs == n - 1 - 20 and graph.pairs == n - 1
