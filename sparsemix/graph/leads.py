"""LeadsGraph: kinds of events, and which of them lead to which, the strongest first.

    graph = leads(counts, most=30)
    for edge in graph.edges:
        graph.kinds[edge.earlier].text, graph.kinds[edge.later].text, edge.support, edge.lift

That two kinds were read together is evidence, no proof that one causes the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sparsemix.graph.pair_counts import CountedRun, Ints, Lag, LagCounts, PairCounts, quartiles, summed


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
    kinds, table, frequent = counts.kinds, counts.edges, counts.frequencies
    expected = _expected(counts)
    events, decisions = (summed(frequent.kind, column, len(kinds)) for column in (frequent.events, None))
    scores = _strength(counts, expected)
    different = np.flatnonzero(table.earlier != table.later)
    ranked = different[np.lexsort((-table.support[different], -scores[different]))][:most]
    reverse, repeats = _reverse(counts), _repeats(counts)
    place: dict[int, int] = {}
    edges = []
    for edge in ranked.tolist():
        earlier, later = (place.setdefault(int(side[edge]), len(place)) for side in (table.earlier, table.later))
        support, back = int(table.support[edge]), int(reverse[edge])
        lag_events, lag_seconds = _lags_of(counts.lags, edge)
        edges.append(
            Edge(
                earlier=earlier,
                later=later,
                support=support,
                share=support / int(events[table.later[edge]]),
                origins=int(table.origins[edge]),
                decisions=int(table.runs[edge]),
                pairs=int(table.pairs[edge]),
                weight=float(table.weight[edge]),
                expected=float(expected[edge]),
                lift=float(table.pairs[edge] / expected[edge]),
                reverse=back,
                direction=(support - back) / (support + back),
                lag_events=lag_events,
                lag_seconds=lag_seconds,
                strength=float(scores[edge]),
                examples=_examples_of(counts, edge),
            )
        )
    named = tuple(EventKind(kinds[kind], int(events[kind]), int(decisions[kind]), int(repeats[kind])) for kind in place)
    return LeadsGraph(
        named,
        tuple(edges),
        len(different),
        counts.runs,
        sum(run.events for run in counts.runs),
        counts.pairs,
        counts.dropped_pairs,
        counts.first,
        counts.last,
    )


def _expected(counts: PairCounts) -> NDArray[np.float64]:
    """Return the pairs of every edge, if the earlier events were drawn by their frequency, each in its own log, float64 [E].

    Not from the frequencies in all logs: kinds that stand in one log alone would seem to belong together.
    """
    frequent, shape = counts.frequencies, (len(counts.kinds), len(counts.runs))
    lengths = np.array([max(1, run.events) for run in counts.runs], np.float64)
    earlier, later = (
        csr_array((column, (frequent.kind, frequent.run)), shape)
        for column in (frequent.events / lengths[frequent.run], frequent.pairs.astype(np.float64))
    )
    together = earlier[counts.edges.earlier].multiply(later[counts.edges.later])
    return np.asarray(together.sum(axis=1), np.float64)


def _strength(counts: PairCounts, expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the score of every edge, float64 [E]: how often it was seen, times the logarithm of its lift, in nats.

    How often an edge was seen is the smaller number of its support and its origins: a single event that a thousand later
    events read is one observation, not a thousand. The product is an edge's part of the log-likelihood ratio (Dunning 1993,
    "Accurate methods for the statistics of surprise and coincidence"), below 0 where there are fewer pairs than by chance.
    """
    seen = np.minimum(counts.edges.support, counts.edges.origins)
    return np.asarray(seen * np.log(counts.edges.pairs / expected), np.float64)


def _reverse(counts: PairCounts) -> Ints:
    """Return the support of every edge's opposite, int64 [E]."""
    size, table = len(counts.kinds), counts.edges
    names, opposite = table.earlier * size + table.later, table.later * size + table.earlier
    at = np.minimum(np.searchsorted(names, opposite), max(0, len(names) - 1))
    return np.where(names[at] == opposite, table.support[at], 0)


def _repeats(counts: PairCounts) -> Ints:
    table = counts.edges
    same = table.earlier == table.later
    repeats: NDArray[np.int64] = np.zeros(len(counts.kinds), np.int64)
    repeats[table.earlier[same]] = table.support[same]
    return repeats


def _lags_of(lags: LagCounts, edge: int) -> tuple[Lag, Lag | None]:
    rows = slice(*np.searchsorted(lags.edge, [edge, edge + 1]).tolist())
    unit, lag_class, count = lags.unit[rows], lags.lag_class[rows], lags.count[rows]
    events, seconds = unit == 0, unit == 1
    in_events = quartiles(lag_class[events], count[events], whole=True)
    return in_events, quartiles(lag_class[seconds], count[seconds], whole=False) if seconds.any() else None


def _examples_of(counts: PairCounts, edge: int) -> tuple[Example, ...]:
    table = counts.examples
    first, end = np.searchsorted(table.edge, [edge, edge + 1]).tolist()
    names = ("run", "layer", "head", "query", "key", "earlier", "later", "weight")
    return tuple(Example(*(getattr(table, name)[row].item() for name in names)) for row in range(first, end))
