"""PairCounts: how often the events of one kind were selected together with earlier events of another kind.

    counts = added(counts_of(sequence, trace, weights_sha256) for ...)
    leads(counts, most=30)

The counts of two sets of logs can be added, in any grouping, and give the counts of both together.

Axis letters: K kinds of events, F kinds in single runs, E edges (an earlier and a later kind), L classes of lags, X examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.graph.lags import CLASSES, ZERO

MOST_EDGES = 10_000
MOST_KINDS = 10_000
MOST_EXAMPLES = 5  # of an edge, one a log
Ints = NDArray[np.int64]
_UNITS = 2


@dataclass(frozen=True, slots=True)
class CountedRun:
    """A log that was counted: its ``name``, ``events`` and their hash, the hash of the ``weights`` that selected, and the
    ``decision`` on it where there is one."""

    name: str
    events: int
    events_sha256: str
    weights_sha256: str
    decision: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Frequencies:
    """How frequent kinds are in single runs, ascending: places of the ``kind`` and the ``run``, how many ``events`` are of the
    kind, and how many ``pairs`` have a later event of the kind, int64 [F]."""

    kind: Ints
    run: Ints
    events: Ints
    pairs: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Pairs of kinds, ascending: ``earlier`` and ``later``, places of kinds; ``support``: later events that have such a pair,
    ``origins``: earlier events that have one, ``pairs``, and ``runs`` that have one, int64 [E]; ``weight`` of the pairs over
    all heads, float64 [E]."""

    earlier: Ints
    later: Ints
    support: Ints
    origins: Ints
    pairs: Ints
    runs: Ints
    weight: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LagCounts:
    """Lags of edges, ascending: how many (``count``) later events of an ``edge`` follow with a lag of a ``lag_class`` in a
    ``unit``, 0 events or 1 seconds; int64 [L]."""

    edge: Ints
    unit: Ints
    lag_class: Ints
    count: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Selected pairs of edges, the heaviest of an edge first: ``edge``, place of the ``run``, ``layer``, ``head``, ``query``
    and ``key`` (events), the lines of the ``earlier`` and the ``later`` event, int64 [X]; ``weight`` float64 [X]."""

    edge: Ints
    run: Ints
    layer: Ints
    head: Ints
    query: Ints
    key: Ints
    earlier: Ints
    later: Ints
    weight: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PairCounts:
    """What was counted in ``runs``: their ``pairs`` in all, the times of the ``first`` and the ``last`` event (seconds since
    1970, None without times), and the ``kinds`` [K] and edges that were kept."""

    runs: tuple[CountedRun, ...]
    pairs: int
    first: float | None
    last: float | None
    kinds: tuple[str, ...]
    frequencies: Frequencies
    edges: Edges
    lags: LagCounts
    examples: Examples

    @property
    def dropped_pairs(self) -> int:
        """Return how many pairs are of edges that were not kept."""
        return self.pairs - int(self.edges.pairs.sum())

    @property
    def nbytes(self) -> int:
        """Return about how many bytes of memory this takes."""
        columns = (getattr(part, field.name) for part in self._parts() for field in fields(part))
        arrays = sum(column.nbytes for column in columns if isinstance(column, np.ndarray))
        return arrays + sum(100 + 4 * len(text) for text in self.kinds)

    def _parts(self) -> tuple[Any, ...]:
        return self.frequencies, self.edges, self.lags, self.examples


def merged(parts: Sequence[PairCounts]) -> PairCounts:
    """Add counts. Without any, nothing was counted."""
    known: dict[str, int] = {}
    codes = [np.array([known.setdefault(text, len(known)) for text in part.kinds], np.int64) for part in parts]
    size = len(known)
    edges = [part.edges for part in parts]
    names = [code[part.earlier] * size + code[part.later] for code, part in zip(codes, edges, strict=True)]
    named, edge = np.unique(_joined(names), return_inverse=True)
    earlier, later = np.divmod(named, max(1, size))
    places = np.split(edge, np.cumsum([len(part.earlier) for part in edges])[:-1]) if parts else []
    runs_before = np.cumsum([0, *(len(part.runs) for part in parts)])
    times = [time for part in parts for time in (part.first, part.last) if time is not None]

    return PairCounts(
        runs=tuple(run for part in parts for run in part.runs),
        pairs=sum(part.pairs for part in parts),
        first=min(times, default=None),
        last=max(times, default=None),
        kinds=tuple(known),
        frequencies=_joined_frequencies([part.frequencies for part in parts], codes, runs_before),
        edges=Edges(
            earlier=earlier,
            later=later,
            weight=np.bincount(edge, _joined([part.weight for part in edges]), len(named)).astype(np.float64),
            **{
                name: summed(edge, _joined([getattr(part, name) for part in edges]), len(named))
                for name in ("support", "origins", "pairs", "runs")
            },
        ),
        lags=_added_lags([part.lags for part in parts], places),
        examples=_best_examples([part.examples for part in parts], places, runs_before),
    )


def strongest(counts: PairCounts, most_edges: int = MOST_EDGES, most_kinds: int = MOST_KINDS) -> PairCounts:
    """Keep the edges of most support, and beside their kinds the most frequent ones; the totals stay."""
    edges, frequencies = counts.edges, counts.frequencies
    if len(edges.earlier) <= most_edges and len(counts.kinds) <= most_kinds:
        return counts
    kept_edge = np.zeros(len(edges.earlier), np.bool_)
    kept_edge[np.lexsort((-edges.weight, -edges.support))[:most_edges]] = True
    kept_kind = np.zeros(len(counts.kinds), np.bool_)
    events = summed(frequencies.kind, frequencies.events, len(counts.kinds))
    kept_kind[np.argsort(-events, kind="stable")[:most_kinds]] = True
    kept_kind[edges.earlier[kept_edge]] = kept_kind[edges.later[kept_edge]] = True
    kind, edge = np.cumsum(kept_kind) - 1, np.cumsum(kept_edge) - 1
    kept, of_kind = _rows(edges, kept_edge), _rows(frequencies, kept_kind[frequencies.kind])
    return PairCounts(
        runs=counts.runs,
        pairs=counts.pairs,
        first=counts.first,
        last=counts.last,
        kinds=tuple(text for text, keep in zip(counts.kinds, kept_kind.tolist(), strict=True) if keep),
        frequencies=Frequencies(**of_kind | {"kind": kind[of_kind["kind"]]}),
        edges=Edges(**kept | {"earlier": kind[kept["earlier"]], "later": kind[kept["later"]]}),
        lags=LagCounts(**_of_edges(counts.lags, kept_edge, edge)),
        examples=Examples(**_of_edges(counts.examples, kept_edge, edge)),
    )


def added(counts: Iterable[PairCounts]) -> PairCounts:
    """Add counts as they come and keep the strongest of each sum. The edges of any number of logs take bounded memory."""
    # As in merge sort, the older sums are the larger ones: each count is copied only as often as the number of logs doubles.
    sums: list[PairCounts] = []
    for part in counts:
        sums.append(part)
        while len(sums) > 1 and len(sums[-1].runs) >= len(sums[-2].runs):
            sums[-2:] = [strongest(merged(sums[-2:]))]
    return strongest(merged(sums))


def summed(place: Ints, column: NDArray[Any] | None, length: int) -> Ints:
    """Return the sums of a column's numbers at each place (None: how many there are), int64 [length]."""
    return np.bincount(place, column, length).astype(np.int64)


def rank_within(groups: Ints) -> Ints:
    """Return the rank of each row among the rows of its group, from 0; equal groups stand next to each other."""
    starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]][: len(groups)])
    sizes = np.diff(np.r_[starts, len(groups)])
    return np.arange(len(groups)) - np.repeat(starts, sizes)


def added_lags(edge: Ints, unit: Ints, lag_class: Ints, count: Ints) -> LagCounts:
    """Add the counts of the same edge, unit and class."""
    keys, row = np.unique((edge * _UNITS + unit) * CLASSES + (lag_class - ZERO), return_inverse=True)
    of, lag = np.divmod(keys, CLASSES)
    return LagCounts(of // _UNITS, of % _UNITS, lag + ZERO, summed(row, count, len(keys)))


def _added_lags(parts: Sequence[LagCounts], places: Sequence[Ints]) -> LagCounts:
    edge = _joined([place[part.edge] for part, place in zip(parts, places, strict=True)])
    return added_lags(edge, *(_joined([getattr(part, name) for part in parts]) for name in ("unit", "lag_class", "count")))


def _joined_frequencies(parts: Sequence[Frequencies], codes: Sequence[Ints], runs_before: Ints) -> Frequencies:
    kind = _joined([code[part.kind] for part, code in zip(parts, codes, strict=True)])
    run = _joined([part.run + before for part, before in zip(parts, runs_before.tolist(), strict=False)])
    order = np.lexsort((run, kind))
    return Frequencies(
        kind=kind[order],
        run=run[order],
        **{name: _joined([getattr(part, name) for part in parts])[order] for name in ("events", "pairs")},
    )


def _best_examples(parts: Sequence[Examples], places: Sequence[Ints], runs_before: Ints) -> Examples:
    edge = _joined([place[part.edge] for part, place in zip(parts, places, strict=True)])
    run = _joined([part.run + before for part, before in zip(parts, runs_before.tolist(), strict=False)])
    weight = np.concatenate([np.zeros(0), *(part.weight for part in parts)])
    order = np.lexsort((run, -weight, edge))
    order = order[rank_within(edge[order]) < MOST_EXAMPLES]
    others = ("layer", "head", "query", "key", "earlier", "later")
    columns = {name: _joined([getattr(part, name) for part in parts])[order] for name in others}
    return Examples(edge=edge[order], run=run[order], weight=weight[order], **columns)


def _joined(columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(columns) if columns else np.zeros(0, np.int64)


def _rows(part: Any, kept: NDArray[np.bool_]) -> dict[str, Any]:
    return {field.name: getattr(part, field.name)[kept] for field in fields(part)}


def _of_edges(part: Any, kept_edge: NDArray[np.bool_], edge: Ints) -> dict[str, Any]:
    rows = _rows(part, kept_edge[part.edge])
    return rows | {"edge": edge[rows["edge"]]}
