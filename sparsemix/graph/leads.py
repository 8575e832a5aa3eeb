"""LeadsGraph: kinds of events, and which of them lead to which, the strongest first.

    graph = leads(counts, most=30)
    for edge in graph.edges:
        graph.kinds[edge.earlier].text, graph.kinds[edge.later].text, edge.support, edge.lift

That two kinds were read together is evidence, no proof that one causes the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sparsemix.graph.pair_counts import EVENTS, SECONDS, CountedRun, Lag, PairCounts, quartiles

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event: its ``text`` with numbers masked; its ``events`` and the ``decisions`` that have one; ``repeats``: how
    many of its events were selected together with an earlier one of the same kind."""

    text: str
    events: int
    decisions: int
    repeats: int


@dataclass(frozen=True, slots=True)
class Example:
    """A selected pair of an edge: the place of its ``run``; ``layer``, ``head``, ``query`` and ``key`` from 0; the lines of the
    ``earlier`` and the ``later`` event; its ``weight`` over all heads."""

    run: int
    layer: int
    head: int
    query: int
    key: int
    earlier: int
    later: int
    weight: float


@dataclass(frozen=True, slots=True)
class Edge:
    """A kind that leads to another: places of the ``earlier`` and the ``later`` kind.

    ``support``: later events that were selected together with an earlier one of that kind; ``share``: their part of all
    events of the later kind; ``origins``: the earlier events of these pairs; ``decisions`` that have one; ``pairs`` and their
    ``weight``; ``expected``: pairs, if the earlier events of each log had been drawn by the frequency of their kinds; ``lift``:
    pairs a pair expected; ``reverse``: the support of the opposite edge, and ``direction`` in (-1, 1]: 1 where there is no
    opposite, 0 where both have the same; ``lag_seconds`` None without times; ``strength``: what edges are ranked by.
    """

    earlier: int
    later: int
    support: int
    share: float
    origins: int
    decisions: int
    pairs: int
    weight: float
    expected: float
    lift: float
    reverse: int
    direction: float
    lag_events: Lag
    lag_seconds: Lag | None
    strength: float
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class LeadsGraph:
    """The kinds of the ``edges`` shown, and these, the strongest first; ``all_edges``: how many there are; what was counted as
    in `PairCounts`."""

    kinds: tuple[EventKind, ...]
    edges: tuple[Edge, ...]
    all_edges: int
    runs: tuple[CountedRun, ...]
    events: int
    pairs: int
    dropped_pairs: int
    first: float | None
    last: float | None


def leads(counts: PairCounts, most: int) -> LeadsGraph:
    """Return the ``most`` strongest edges between different kinds, and their kinds in the order in which edges name them."""
    table, frequent, texts = counts.edges, counts.frequencies, list(counts.kinds.values())
    # Kinds by their places among all.
    places = pa.array(counts.kinds, pa.uint64())
    columns = (table["earlier"], table["later"], frequent["kind"])
    earlier, later, kind = (pc.index_in(column, places).to_numpy().astype(np.int64) for column in columns)
    support = table["support"].to_numpy()
    between = csr_array((support, (earlier, later)), (len(texts), len(texts)))
    reverse, repeats = between[later, earlier], between.diagonal()
    events = np.bincount(kind, frequent["events"].to_numpy(), len(texts)).astype(np.int64)
    decisions = np.bincount(kind, minlength=len(texts))
    expected = _expected(counts, kind, earlier, later)
    scores = _strength(table, expected)
    different = np.flatnonzero(earlier != later)
    ranked = different[np.lexsort([order[different] for order in (later, earlier, -support, -scores)])][:most]
    shown = table.take(ranked)
    lags, examples = (_of_edges(one, shown["edge"]) for one in (counts.lags, counts.examples))
    place: dict[int, int] = {}
    edges = []
    for at, row in zip(ranked.tolist(), shown.to_pylist(), strict=True):
        back = int(reverse[at])
        in_seconds = _of_unit(lags[row["edge"]], SECONDS)
        edges.append(
            Edge(
                earlier=place.setdefault(int(earlier[at]), len(place)),
                later=place.setdefault(int(later[at]), len(place)),
                support=row["support"],
                share=row["support"] / int(events[later[at]]),
                origins=row["origins"],
                decisions=row["runs"],
                pairs=row["pairs"],
                weight=row["weight"],
                expected=float(expected[at]),
                lift=float(row["pairs"] / expected[at]),
                reverse=back,
                direction=(row["support"] - back) / (row["support"] + back),
                lag_events=quartiles(*_of_unit(lags[row["edge"]], EVENTS), whole=True),
                lag_seconds=quartiles(*in_seconds, whole=False) if len(in_seconds) else None,
                strength=float(scores[at]),
                examples=tuple(
                    Example(**{one.name: found[one.name] for one in fields(Example)}) for found in examples[row["edge"]]
                ),
            )
        )
    named = tuple(EventKind(texts[one], int(events[one]), int(decisions[one]), int(repeats[one])) for one in place)
    all_events = sum(run.events for run in counts.runs)
    totals = (all_events, counts.pairs, counts.dropped_pairs, counts.first, counts.last)
    return LeadsGraph(named, tuple(edges), len(different), counts.runs, *totals)


def _expected(counts: PairCounts, kind: Ints, earlier: Ints, later: Ints) -> NDArray[np.float64]:
    """Return the pairs of every edge, if the earlier events were drawn by their frequency, each in its own log, float64 [E];
    ``kind``: that of every frequency.

    Not from the frequencies in all logs: kinds that stand in one log alone would seem to belong together.
    """
    events, pairs, run = (counts.frequencies[name].to_numpy() for name in ("events", "pairs", "run"))
    lengths = np.array([max(1, run.events) for run in counts.runs], np.float64)
    shape = (len(counts.kinds), len(counts.runs))
    share, later_pairs = (
        csr_array((column, (kind, run)), shape) for column in (events / lengths[run], pairs.astype(np.float64))
    )
    return np.asarray(share[earlier].multiply(later_pairs[later]).sum(axis=1), np.float64)


def _strength(edges: pa.Table, expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the score of every edge, float64 [E]: how often it was seen, times the logarithm of its lift, in nats.

    How often an edge was seen is the smaller number of its support and its origins: a single event that a thousand later
    events read is one observation, not a thousand. The product is an edge's part of the log-likelihood ratio (Dunning 1993,
    "Accurate methods for the statistics of surprise and coincidence"), below 0 where there are fewer pairs than by chance.
    """
    support, origins, pairs = (edges[name].to_numpy() for name in ("support", "origins", "pairs"))
    return np.asarray(np.minimum(support, origins) * np.log(pairs / expected), np.float64)


def _of_edges(table: pa.Table, edges: pa.ChunkedArray) -> dict[int, list[dict[str, Any]]]:
    """Return the rows of some edges, by edge."""
    rows = defaultdict(list)
    for row in table.filter(pc.is_in(table["edge"], edges)).to_pylist():
        rows[row["edge"]].append(row)
    return rows


def _of_unit(lags: Sequence[dict[str, Any]], unit: int) -> Ints:
    """Return the classes of the lags in a unit, ascending, and how many there are of each; nothing without any."""
    found = sorted((row["lag_class"], row["count"]) for row in lags if row["unit"] == unit)
    return np.array(found, np.int64).T
