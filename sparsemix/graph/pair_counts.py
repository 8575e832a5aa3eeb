"""PairCounts: how often the events of one kind were selected together with earlier events of another kind.

    counts = added(counts_of(sequence, trace, weights_sha256) for ...)
    leads(counts, most=30)

The counts of two sets of logs can be added, in any grouping, and give the counts of both together.

``counts_of`` counts the kinds of pairs of one run. An edge goes from the earlier event of a pair to the later one, whichever of
them is the query: by their times where both have one and these differ, else by their order in the log. Pairs of the same two
events in several heads are one pair. A later event that has several earlier events of one kind counts once in the support, with
the lag of its heaviest pair; an earlier event that has several later events of one kind counts once in the origins.

Lags are counted in classes that grow with the lag, so that those of any number of pairs stay small and can be added. A class is
at most 9 % wide; whole lags up to 11 have a class each. Class 0 begins at 1 (an event, or a second).

Axis letters: K kinds of events, F kinds in single runs, E edges (an earlier and a later kind), L classes of lags, X examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.model.template_pairs import coded_templates
from sparsemix.trace.pair_file import check_fit
from sparsemix.trace.selection_trace import SelectionTrace

_STEPS = 8  # classes that a lag passes while it doubles
_SHORTEST, _LONGEST = -20, 40  # powers of two: a microsecond, thirty thousand years
ZERO = _SHORTEST * _STEPS - 1
"""The class of lags below a microsecond, which are told as 0."""
CLASSES = (_LONGEST - _SHORTEST) * _STEPS + 1
"""How many classes there are: from ``ZERO`` to ``ZERO + CLASSES - 1``."""


@dataclass(frozen=True, slots=True)
class Lag:
    """The quartiles of lags, in events or in seconds; each is off by 5 % at most."""

    low: float
    median: float
    high: float


def lag_classes(lags: NDArray[Any]) -> NDArray[np.int64]:
    """Return the class of every lag, int64 [L]; what is negative counts as 0."""
    shown = np.maximum(lags.astype(np.float64), 2.0 ** (_SHORTEST - 1))
    return np.asarray(np.clip(np.floor(_STEPS * np.log2(shown)), ZERO, ZERO + CLASSES - 1), np.int64)


def readable(lag: float) -> float:
    """Return a lag without digits that its class does not tell."""
    return float(f"{lag:.{2 if lag < 10 else 3}g}")


def quartiles(classes: NDArray[np.int64], counts: NDArray[np.int64], *, whole: bool) -> Lag:
    """Return the quartiles of lags from their classes, ascending, and how many there are of each; ``whole``: in whole
    numbers."""
    reached = np.cumsum(counts)
    at = np.searchsorted(reached, np.array([0.25, 0.5, 0.75]) * reached[-1])
    middle = np.where(classes[at] == ZERO, 0.0, 2.0 ** ((classes[at] + 0.5) / _STEPS))
    low, median, high = (np.rint(middle) if whole else middle).tolist()
    return Lag(low, median, high)


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


_EVENTS, _SECONDS = 0, 1


def counts_of(sequence: TokenSequence, trace: SelectionTrace, weights_sha256: str, decision: str = "") -> PairCounts:
    """Count the pairs of different events that the heads of a run selected, and keep the strongest edges.

    Raises `TraceError` when the trace does not fit the sequence.
    """
    check_fit(sequence, trace)
    codes, texts = coded_templates(sequence)
    times = np.array([np.nan if event.time is None else event.time for event in sequence.events], np.float64)
    pairs = _pairs(trace)
    earlier, later = _in_order(pairs["query"], pairs["key"], times)
    # By later event and earlier kind, the heaviest pair first.
    group = later * len(texts) + codes[earlier]
    order = np.lexsort((later - earlier, -pairs["weight"], group))
    earlier, later, group = earlier[order], later[order], group[order]
    pairs = {name: column[order] for name, column in pairs.items()}
    first = rank_within(group) == 0
    named, edge = np.unique(codes[earlier] * len(texts) + codes[later], return_inverse=True)
    size = len(named)
    origins = np.unique(edge * len(sequence) + earlier) // max(1, len(sequence))
    edges = Edges(
        earlier=named // max(1, len(texts)),
        later=named % max(1, len(texts)),
        support=summed(edge, first, size),
        origins=summed(origins, None, size),
        pairs=summed(edge, None, size),
        runs=np.ones(size, np.int64),
        weight=np.bincount(edge, pairs["weight"], size).astype(np.float64),
    )
    heaviest = np.lexsort((later, -pairs["weight"], edge))
    heaviest = heaviest[rank_within(edge[heaviest]) == 0]
    lines = np.array([event.line for event in sequence.events], np.int64)
    examples = Examples(
        edge=edge[heaviest],
        run=np.zeros(size, np.int64),
        earlier=lines[earlier[heaviest]],
        later=lines[later[heaviest]],
        **{name: pairs[name][heaviest] for name in ("layer", "head", "query", "key", "weight")},
    )
    span = sequence.time_span
    return strongest(
        PairCounts(
            runs=(CountedRun(sequence.name, len(sequence), sequence.sha256, weights_sha256, decision),),
            pairs=len(edge),
            first=None if span is None else span[0],
            last=None if span is None else span[1],
            kinds=tuple(texts),
            frequencies=Frequencies(
                kind=np.arange(len(texts)),
                run=np.zeros(len(texts), np.int64),
                events=summed(codes, None, len(texts)),
                pairs=summed(codes[later], None, len(texts)),
            ),
            edges=edges,
            lags=added_lags(*_lags(edge[first], earlier[first], later[first], times)),
            examples=examples,
        )
    )


def _pairs(trace: SelectionTrace) -> dict[str, NDArray[Any]]:
    """Return the different pairs of different events, int64: ``query``, ``key``, the ``layer`` and ``head`` that gave most
    weight, and the ``weight`` of all heads, float64."""
    parts = []
    for layer, head, selection in trace:
        query, key = selection.query_index.astype(np.int64), selection.key_index.astype(np.int64)
        other = np.flatnonzero(query != key)
        of_head = (np.full(len(other), layer), np.full(len(other), head), selection.weight[other].astype(np.float64))
        parts.append((query[other], key[other], *of_head))
    names = ("query", "key", "layer", "head", "weight")
    joined = {name: np.concatenate(column) for name, column in zip(names, zip(*parts, strict=True), strict=True)}
    # One row for the two events, whichever of them is the query.
    low, high = np.minimum(joined["query"], joined["key"]), np.maximum(joined["query"], joined["key"])
    _, pair = np.unique(high * trace.length + low, return_inverse=True)
    order = np.lexsort((-joined["weight"], pair))
    heaviest = order[rank_within(pair[order]) == 0]
    return {name: column[heaviest] for name, column in joined.items()} | {"weight": np.bincount(pair, joined["weight"])}


def _in_order(query: Ints, key: Ints, times: NDArray[np.float64]) -> tuple[Ints, Ints]:
    """Return the earlier and the later event of every pair."""
    after = times[query] - times[key]
    # Comparisons with a missing time are false.
    query_later = (after > 0) | (~(after < 0) & (query > key))
    return np.where(query_later, key, query), np.where(query_later, query, key)


def _lags(edge: Ints, earlier: Ints, later: Ints, times: NDArray[np.float64]) -> tuple[Ints, Ints, Ints, Ints]:
    """Return edge, unit, class and count (1) of the lags in events, and in seconds where both events have a time."""
    seconds = times[later] - times[earlier]
    timed = np.isfinite(seconds)
    unit = np.repeat([_EVENTS, _SECONDS], [len(edge), int(timed.sum())])
    lag = np.concatenate([lag_classes(np.abs(later - earlier)), lag_classes(seconds[timed])])
    return np.concatenate([edge, edge[timed]]), unit, lag, np.ones(len(unit), np.int64)
