"""PairCounts: how often the events of one kind were selected together with earlier events of another kind.

    counts = added(counts_of(sequence, trace, weights_sha256) for ...)
    leads(counts, most=30)

The counts of two sets of logs can be added, in any grouping, and give the counts of both together.

``counts_of`` counts the kinds of pairs of one run. An edge goes from the earlier event of a pair to the later one, whichever of
them is the query: by their times where both have one and these differ, else by their order in the log. Pairs of the same two
events in several heads are one pair, those of two sources none. A later event that has several earlier events of one kind
counts once in the support, with the lag of its heaviest pair; an earlier event that has several later events of one kind counts
once in the origins.

Lags are counted in classes that grow with the lag, so that those of any number of pairs stay small and can be added. A class is
at most 9 % wide; whole lags up to 11 have a class each. Class 0 begins at 1 (an event, or a second).

Axis letters: L classes of lags.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sparsemix.encoding.sequence import TokenSequence, text_hash
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
EVENTS, SECONDS = 0, 1
"""Units of lags."""
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # of a kind in the hash of an edge: an edge and its opposite are two


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
class PairCounts:
    """What was counted in ``runs``: their ``pairs`` in all, the times of the ``first`` and the ``last`` event (seconds since
    1970, None without times), and the ``kinds`` that were kept, hash and text, in the order in which logs have them. Tables
    name a kind by its hash, and an edge by one of both:

    - ``frequencies``: of a ``kind`` in a ``run`` (its place), how many ``events`` are of it, and how many ``pairs`` have a
      later event of it;
    - ``edges``: ``earlier`` and ``later`` kind; ``support``: later events that have such a pair, ``origins``: earlier events
      that have one, ``pairs``, ``runs`` that have one, and the ``weight`` of the pairs over all heads;
    - ``lags``: how many (``count``) later events of an edge follow with a lag of a ``lag_class`` in a ``unit``;
    - ``examples``: selected pairs of an edge, the heaviest of an edge first: ``run``, ``layer``, ``head``, ``query`` and
      ``key`` (events), the lines of the ``earlier`` and the ``later`` event, ``weight``."""

    runs: tuple[CountedRun, ...]
    pairs: int
    first: float | None
    last: float | None
    kinds: dict[int, str]
    frequencies: pa.Table
    edges: pa.Table
    lags: pa.Table
    examples: pa.Table

    @property
    def dropped_pairs(self) -> int:
        """Return how many pairs are of edges that were not kept."""
        return self.pairs - int(self.edges["pairs"].to_numpy().sum())

    @property
    def nbytes(self) -> int:
        """Return about how many bytes of memory this takes."""
        tables = sum(int(table.nbytes) for table in (self.frequencies, self.edges, self.lags, self.examples))
        return tables + sum(100 + 4 * len(text) for text in self.kinds.values())


def _empty(names: str, whole: str, real: str = "") -> pa.Table:
    types = dict.fromkeys(names.split(), pa.uint64()) | dict.fromkeys(whole.split(), pa.int64())
    return pa.schema(types | dict.fromkeys(real.split(), pa.float64())).empty_table()


_NOTHING = PairCounts(
    (),
    0,
    None,
    None,
    {},
    frequencies=_empty("kind", "run events pairs"),
    edges=_empty("edge earlier later", "support origins pairs runs", "weight"),
    lags=_empty("edge", "unit lag_class count"),
    examples=_empty("edge", "run layer head query key earlier later", "weight"),
)


def merged(parts: Sequence[PairCounts]) -> PairCounts:
    """Add counts. Without any, nothing was counted."""
    parts = [_NOTHING, *parts]
    times = [time for part in parts for time in (part.first, part.last) if time is not None]
    before = list(accumulate(len(part.runs) for part in parts))
    return PairCounts(
        runs=tuple(run for part in parts for run in part.runs),
        pairs=sum(part.pairs for part in parts),
        first=min(times, default=None),
        last=max(times, default=None),
        kinds={kind: text for part in parts for kind, text in part.kinds.items()},
        frequencies=_of_later_runs([part.frequencies for part in parts], before),
        edges=_summed(pa.concat_tables([part.edges for part in parts]), ["edge", "earlier", "later"]),
        lags=_summed(pa.concat_tables([part.lags for part in parts]), ["edge", "unit", "lag_class"]),
        examples=_heaviest(_of_later_runs([part.examples for part in parts], before), ["edge"], MOST_EXAMPLES),
    )


def _of_later_runs(tables: Sequence[pa.Table], before: Sequence[int]) -> pa.Table:
    """Return the rows of all tables, with the places of their runs among all runs."""
    moved = []
    for table, runs in zip(tables, [0, *before], strict=False):
        at = table.column_names.index("run")
        moved.append(table.set_column(at, "run", pc.add(table["run"], runs)))
    return pa.concat_tables(moved)


def _summed(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    """Return the sums of the other columns over rows with the same keys, by rising keys."""
    others = [name for name in table.column_names if name not in keys]
    # On one thread: the order of the sums, and so their last digits, stay the same.
    sums = table.group_by(list(keys), use_threads=False).aggregate([(name, "sum") for name in others])
    table = pa.table({name: sums[name] for name in keys} | {name: sums[f"{name}_sum"] for name in others})
    return table.sort_by([(name, "ascending") for name in keys])


def _heaviest(table: pa.Table, keys: Sequence[str], most: int = 1) -> pa.Table:
    """Return of the rows with the same keys the ``most`` of the largest weight, heaviest first; of equals the first ones."""
    table = table.sort_by([*((name, "ascending") for name in keys), ("weight", "descending")])
    columns = [table[name].to_numpy() for name in keys]
    new = np.any([column[1:] != column[:-1] for column in columns], 0)
    starts = np.flatnonzero(np.r_[True, new])[: len(table)]
    rank = np.arange(len(table)) - np.repeat(starts, np.diff(np.r_[starts, len(table)]))
    return table.filter(rank < most)


def strongest(counts: PairCounts, most_edges: int = MOST_EDGES, most_kinds: int = MOST_KINDS) -> PairCounts:
    """Keep the edges of most support, and beside their kinds the most frequent ones; the totals stay."""
    if len(counts.edges) <= most_edges and len(counts.kinds) <= most_kinds:
        return counts
    strong = counts.edges.sort_by([("support", "descending"), ("weight", "descending")])[:most_edges]
    events = _summed(counts.frequencies.select(["kind", "events"]), ["kind"]).sort_by([("events", "descending")])
    kept = {*events["kind"][:most_kinds].to_pylist(), *strong["earlier"].to_pylist(), *strong["later"].to_pylist()}
    of_edges = {
        name: table.filter(pc.is_in(table["edge"], strong["edge"]))
        for name, table in (("edges", counts.edges), ("lags", counts.lags), ("examples", counts.examples))
    }
    kinds = {kind: text for kind, text in counts.kinds.items() if kind in kept}
    frequencies = counts.frequencies.filter(pc.is_in(counts.frequencies["kind"], pa.array(kinds, pa.uint64())))
    return replace(counts, kinds=kinds, frequencies=frequencies, **of_edges)


def added(counts: Iterable[PairCounts]) -> PairCounts:
    """Add counts as they come and keep the strongest of each sum. The edges of any number of logs take bounded memory."""
    # As in merge sort, the older sums are the larger ones: each count is copied only as often as the number of logs doubles.
    sums: list[PairCounts] = []
    for part in counts:
        sums.append(part)
        while len(sums) > 1 and len(sums[-1].runs) >= len(sums[-2].runs):
            sums[-2:] = [strongest(merged(sums[-2:]))]
    return strongest(merged(sums))


def counts_of(sequence: TokenSequence, trace: SelectionTrace, weights_sha256: str, decision: str = "") -> PairCounts:
    """Count the pairs of different events that the heads of a run selected, and keep the strongest edges.

    Raises `TraceError` when the trace does not fit the sequence.
    """
    check_fit(sequence, trace)
    codes, texts = coded_templates(sequence)
    kinds, span = np.array([text_hash(text) for text in texts], np.uint64), sequence.time_span
    pairs = _pairs(sequence, trace, kinds[codes])
    found = [("later_event", "count_distinct"), ("earlier_event", "count_distinct"), ("weight", "count"), ("weight", "sum")]
    edges = pairs.group_by(["edge", "earlier_kind", "later_kind"], use_threads=False).aggregate(found).sort_by("edge")
    columns = [edges[name] for name in ("edge", "earlier_kind", "later_kind", *("_".join(one) for one in found))]
    later = np.bincount(codes[pairs["later_event"].to_numpy()], minlength=len(texts))
    counted = PairCounts(
        runs=(CountedRun(sequence.name, len(sequence), sequence.sha256, weights_sha256, decision),),
        pairs=len(pairs),
        first=None if span is None else span[0],
        last=None if span is None else span[1],
        kinds=dict(zip(kinds.tolist(), texts, strict=True)),
        frequencies=pa.table([kinds, np.zeros_like(later), np.bincount(codes), later], _NOTHING.frequencies.column_names),
        edges=pa.table([*columns[:-1], np.ones(len(edges), np.int64), columns[-1]], _NOTHING.edges.column_names),
        lags=_lags(_heaviest(pairs, ["later_event", "earlier_kind"])),
        examples=_heaviest(pairs, ["edge"]).select(_NOTHING.examples.column_names),
    )
    return strongest(counted)


def _pairs(sequence: TokenSequence, trace: SelectionTrace, kind: NDArray[np.uint64]) -> pa.Table:
    """Return the different pairs of different events of one source: ``query``, ``key``, the ``layer`` and ``head`` that gave
    most weight, the ``weight`` of all heads; the earlier and the later event, their kinds and lines, the ``edge``, and the
    ``seconds`` between them. ``kind`` [N]: that of every event."""
    parts, source = [], np.searchsorted(sequence.starts, np.arange(len(sequence)), "right")
    for layer, head, selection in trace:
        query, key = selection.query_index.astype(np.int64), selection.key_index.astype(np.int64)
        columns = {"query": query, "key": key, "weight": selection.weight.astype(np.float64)}
        of_head = {"layer": np.full(len(query), layer), "head": np.full(len(query), head)}
        # One name for the two events, whichever of them is the query.
        pair = np.maximum(query, key) * trace.length + np.minimum(query, key)
        parts.append(pa.table(columns | of_head | {"pair": pair}).filter((query != key) & (source[query] == source[key])))
    table = pa.concat_tables(parts)
    total = _summed(table.select(["pair", "weight"]), ["pair"])["weight"]
    table = _heaviest(table, ["pair"])
    query, key = (table[name].to_numpy() for name in ("query", "key"))
    times = np.array([np.nan if event.time is None else event.time for event in sequence.events], np.float64)
    lines = np.array([event.line for event in sequence.events], np.int64)
    after = times[query] - times[key]
    # Comparisons with a missing time are false.
    query_later = (after > 0) | (~(after < 0) & (query > key))
    earlier, later = np.where(query_later, key, query), np.where(query_later, query, key)
    columns = {
        **{name: table[name] for name in ("query", "key", "layer", "head")},
        "weight": total,
        "run": np.zeros_like(query),
        "earlier_event": earlier,
        "later_event": later,
        "earlier_kind": kind[earlier],
        "later_kind": kind[later],
        "earlier": lines[earlier],
        "later": lines[later],
        "edge": kind[earlier] * _SPREAD + kind[later],
        "seconds": times[later] - times[earlier],
    }
    return pa.table(columns).take(np.lexsort((later - earlier, later)))


def _lags(pairs: pa.Table) -> pa.Table:
    """Return how many pairs have which lag: in events, and in seconds where both events have a time."""
    seconds = pairs["seconds"].to_numpy()
    events = np.abs(pairs["later_event"].to_numpy() - pairs["earlier_event"].to_numpy())
    parts = []
    for unit, lags in ((EVENTS, events), (SECONDS, seconds)):
        there = np.isfinite(lags)
        count = np.ones(int(there.sum()), np.int64)
        columns = [pairs["edge"].filter(there), unit * count, lag_classes(lags[there]), count]
        parts.append(pa.table(columns, _NOTHING.lags.column_names))
    return _summed(pa.concat_tables(parts), ["edge", "unit", "lag_class"])
