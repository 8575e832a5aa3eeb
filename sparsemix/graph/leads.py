"""LeadsGraph: kinds of events, and which of them lead to which, the strongest first.

    graph = leads(logs, most=30)
    for edge in graph.edges:
        graph.kinds[edge.earlier].text, graph.kinds[edge.later].text, edge.support, edge.lift

It is counting: that two kinds come together is no proof that one causes the other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sparsemix.graph.counts import CountedRun, LogCounts, grouped

MOST_EXAMPLES = 5  # of an edge, one a log
_EXAMPLE = ["run", "layer", "head", "query", "key", "earlier", "later", "weight"]


@dataclass(frozen=True, slots=True)
class Lag:
    """The quartiles of lags, in events or in seconds."""

    low: float
    median: float
    high: float


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
    """A pair of an edge: the place of its ``run``; ``layer`` and ``head`` (None by times alone), ``query`` and ``key`` from 0;
    the lines of the ``earlier`` and the ``later`` event; its ``weight`` over all heads."""

    run: int
    layer: int | None
    head: int | None
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
    in `LogCounts`."""

    kinds: tuple[EventKind, ...]
    edges: tuple[Edge, ...]
    all_edges: int
    runs: tuple[CountedRun, ...]
    events: int
    pairs: int
    dropped_pairs: int
    first: float | None
    last: float | None


def leads(logs: Sequence[LogCounts], most: int) -> LeadsGraph:
    """Return the ``most`` strongest edges between different kinds over all logs, and their kinds in the order in which edges
    name them. Where events follow each other by their times, an edge goes in the direction in which more do."""
    if not logs:
        return LeadsGraph((), (), 0, (), 0, 0, 0, None, None)
    rows = pa.concat_tables([log.edges.append_column("run", pa.repeat(run, len(log.edges))) for run, log in enumerate(logs)])
    sums = {name: (name, "sum") for name in ("support", "origins", "pairs", "expected")} | {"weight": ("total", "sum")}
    rows = rows.append_column("row", pa.array(range(len(rows)), pa.int64()))
    table = grouped(rows, ["from", "to"], {**sums, "decisions": ("run", "count"), "rows": ("row", "list")})
    ends = list(zip(table["from"].to_pylist(), table["to"].to_pylist(), strict=True))
    support, origins, pairs, expected = (table[name].to_numpy() for name in ("support", "origins", "pairs", "expected"))
    support_of = dict(zip(ends, support.tolist(), strict=True))
    reverse = np.array([support_of.get(end[::-1], 0) for end in ends], np.int64)
    # A single event that a thousand later events read is one observation, not a thousand. The product is an edge's part of the
    # log-likelihood ratio (Dunning 1993, "Accurate methods for the statistics of surprise and coincidence").
    strength = np.minimum(support, origins) * np.log(pairs / expected)
    named = np.array([earlier != later for earlier, later in ends], np.bool_)
    if not any(log.run.weights_sha256 for log in logs):
        strength, named = support.astype(np.float64), named & (support > reverse)
    ranked = np.flatnonzero(named)[np.lexsort((-support[named], -strength[named]))][:most]
    events, seen, place = Counter[str](), Counter(text for log in logs for text in log.kinds), dict[str, int]()
    for log in logs:
        events.update(log.kinds)
    edges = []
    for at, one in zip(ranked.tolist(), table.take(ranked).to_pylist(), strict=True):
        own = rows.take(one["rows"]).sort_by([("weight", "descending")])
        back, seconds = int(reverse[at]), _quartiles(own, "seconds")
        edges.append(
            Edge(
                earlier=place.setdefault(one["from"], len(place)),
                later=place.setdefault(one["to"], len(place)),
                **{name: one[name] for name in ("support", "origins", "decisions", "pairs", "weight", "expected")},
                share=one["support"] / events[one["to"]],
                lift=one["pairs"] / one["expected"],
                reverse=back,
                direction=(one["support"] - back) / (one["support"] + back),
                lag_events=_quartiles(own, "events"),
                lag_seconds=None if math.isnan(seconds.median) else seconds,
                strength=float(strength[at]),
                examples=tuple(Example(*row.values()) for row in own.select(_EXAMPLE)[:MOST_EXAMPLES].to_pylist()),
            )
        )
    kinds = tuple(EventKind(text, events[text], seen[text], support_of.get((text, text), 0)) for text in place)
    times, counted = [time for log in logs for time in log.span or ()], sum(log.pairs for log in logs)
    span = min(times, default=None), max(times, default=None)
    runs, left_out = tuple(log.run for log in logs), counted - int(pairs.sum())
    return LeadsGraph(kinds, tuple(edges), int(named.sum()), runs, sum(run.events for run in runs), counted, left_out, *span)


def _quartiles(rows: pa.Table, unit: str) -> Lag:
    """Return the quartiles of the lag of an edge, in whose logs it counts as often as they have it; NaN without any."""
    lags = np.array(rows[unit].to_pylist(), np.float64)
    counts, lags = (np.isfinite(lags) * rows["support"].to_numpy()[:, None]).ravel(), lags.ravel()
    order = np.argsort(lags)
    reached = np.cumsum(counts[order])
    return Lag(*lags[order][np.searchsorted(reached, np.array([0.25, 0.5, 0.75]) * reached[-1])].tolist())
