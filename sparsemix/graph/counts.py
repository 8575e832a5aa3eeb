"""LogCounts: how often the events of one kind come with earlier events of another kind in a log.

    logs = [counts_of(sequence, trace, weights_sha256) for ...]     # events that a model selected together
    logs = [followers_of(sequence, within=60.0) for ...]            # events that follow each other
    leads(logs, most=30)

An edge goes from the earlier event of a pair to the later one, whichever of them is the query: by their times where both have
one and these differ, else by their order in the log. Pairs of the same two events in several heads are one pair, those of two
sources none. A later event that has several earlier events of one kind counts once in the support, with its heaviest pair.

Axis letters: N events, K kinds.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.model.template_pairs import coded_templates
from sparsemix.trace.pair_file import check_fit
from sparsemix.trace.selection_trace import SelectionTrace

MOST_EDGES, MOST_KINDS = 2_000, 10_000
_LAGS = pc.TDigestOptions([(place + 0.5) / 11 for place in range(11)])  # of an edge in a log
Found = dict[str, tuple[Any, ...]]
_LETTER = re.compile(r"[^\W\d_]")
_OF_PAIR = ("layer", "head", "query", "key", "earlier", "later", "weight")


@dataclass(frozen=True, slots=True)
class CountedRun:
    """A log that was counted: its ``name``, ``events`` and their hash, the hash of the ``weights`` that selected (empty: by
    times alone), and the ``decision`` on it where there is one."""

    name: str
    events: int
    events_sha256: str
    weights_sha256: str = ""
    decision: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class LogCounts:
    """What was counted in ``run``: its ``pairs``; the times of its first and last event, seconds since 1970, None without
    times; how many events are of a kind.

    ``edges``: a row an edge: the texts of both kinds, ``from`` and ``to``; ``support``: later events that have such a pair,
    ``origins``: earlier events of these pairs; ``pairs``, their ``total`` weight, and how many would be ``expected`` by chance;
    quantiles of the lag in ``events`` and in ``seconds``; and the heaviest pair: ``layer``, ``head``, ``query``, ``key``, the
    lines of the ``earlier`` and the ``later`` event, ``weight``."""

    run: CountedRun
    pairs: int
    span: tuple[float, float] | None
    kinds: dict[str, int]
    edges: pa.Table

    @property
    def nbytes(self) -> int:
        """Return about how many bytes of memory this takes."""
        return int(self.edges.nbytes) + sum(100 + 4 * len(text) for text in self.kinds)


def counts_of(sequence: TokenSequence, trace: SelectionTrace, weights_sha256: str, decision: str = "") -> LogCounts:
    """Count the pairs of different events that the heads of a run selected. Raises `TraceError` when the trace does not fit
    the sequence."""
    check_fit(sequence, trace)
    parts, source = [], np.searchsorted(sequence.starts, np.arange(len(sequence)), "right")
    for layer, head, selection in trace:
        query, key = selection.query_index.astype(np.int64), selection.key_index.astype(np.int64)
        columns = {"query": query, "key": key, "weight": selection.weight.astype(np.float64)}
        of_head = {"layer": np.full(len(query), layer), "head": np.full(len(query), head)}
        # One name for the two events, whichever of them is the query.
        pair = {"pair": np.maximum(query, key) * len(sequence) + np.minimum(query, key)}
        parts.append(pa.table(columns | of_head | pair).filter((query != key) & (source[query] == source[key])))
    table = pa.concat_tables(parts).sort_by([("weight", "descending"), ("pair", "ascending")])
    first: Found = {name: (name, "first") for name in ("query", "key", "layer", "head")}
    pairs = grouped(table, ["pair"], first | {"weight": ("weight", "sum")})
    return _counted(sequence, pairs, CountedRun(sequence.name, len(sequence), sequence.sha256, weights_sha256, decision))


def followers_of(sequence: TokenSequence, within: float, *, by_source: bool = False) -> LogCounts:
    """Count every event with the latest earlier event of each other kind at most ``within`` seconds before it; events of one
    source of the log, ``by_source`` of one station or device. Where not every event has a time, lines count as seconds."""
    times, kinds = _times(sequence), _kinds(sequence)[0].tolist()
    at = (np.arange(len(times)) if np.isnan(times).any() else times).tolist()
    latest: dict[tuple[int, str | None], dict[int, int]] = {}
    pairs = []
    for later in sorted(range(len(at)), key=at.__getitem__):
        source = sequence.events[later].source if by_source else None
        seen = latest.setdefault((sequence.source_of(later), source), {})
        for kind, earlier in list(seen.items()):
            if at[later] - at[earlier] > within:
                del seen[kind]
            elif kind != kinds[later]:
                pairs.append((later, earlier))
        seen[kinds[later]] = later
    query, key = np.array(pairs, np.int64).reshape(-1, 2).T
    nothing = pa.nulls(len(query), pa.int64())
    table = pa.table({"query": query, "key": key, "layer": nothing, "head": nothing, "weight": np.ones(len(query))})
    return _counted(sequence, table, CountedRun(sequence.name, len(sequence), sequence.sha256))


def _counted(sequence: TokenSequence, pairs: pa.Table, run: CountedRun) -> LogCounts:
    codes, texts = _kinds(sequence)
    times, lines = _times(sequence), np.array([event.line for event in sequence.events], np.int64)
    query, key = pairs["query"].to_numpy(), pairs["key"].to_numpy()
    after = times[query] - times[key]
    # Comparisons with a missing time are false.
    query_later = (after > 0) | (~(after < 0) & (query > key))
    earlier, later = np.where(query_later, key, query), np.where(query_later, query, key)
    columns = {
        **{name: pairs[name] for name in ("layer", "head", "query", "key", "weight")},
        **{"earlier": lines[earlier], "later": lines[later], "earlier_event": earlier, "later_event": later},
        **{"from": codes[earlier], "to": codes[later], "pairs": np.ones_like(query), "total": pairs["weight"]},
        **{"events": np.abs(later - earlier), "seconds": np.abs(after)},
    }
    # Of equal weights, the nearest of the first.
    ordered = pa.table(columns).take(np.lexsort((columns["events"], later, -pairs["weight"].to_numpy())))
    sums: Found = {name: (name, "sum") for name in ("pairs", "total")}
    first: Found = {name: (name, "first") for name in ("to", "earlier_event", "events", "seconds", *_OF_PAIR)}
    found: Found = {unit: (unit, "tdigest", _LAGS) for unit in ("events", "seconds")} | {name: first[name] for name in _OF_PAIR}
    found |= {"support": ("later_event", "count"), "origins": ("earlier_event", "count_distinct")}
    edges = grouped(grouped(ordered, ["from", "later_event"], sums | first), ["from", "to"], sums | found)
    edges = edges.sort_by([("support", "descending"), ("total", "descending")])[:MOST_EDGES]
    events, before, after = (np.bincount(of, minlength=len(texts)) for of in (codes, codes[earlier], codes[later]))
    if run.weights_sha256:
        expected = (events / max(1, len(codes)))[edges["from"]] * after[edges["to"]]
    else:  # An event has at most one pair with a kind.
        expected = (before / np.maximum(len(codes) - events, 1))[edges["from"]] * events[edges["to"]]
    count, names = Counter(dict(zip(texts, events.tolist(), strict=True))), pa.array(texts, pa.string())
    ends = {end: names.take(edges[end]) for end in ("from", "to")}
    edges = pa.table({**dict(zip(edges.column_names, edges.columns, strict=True)), **ends, "expected": expected})
    # Beside the kinds of edges the most frequent ones: a log of ever new kinds stays small.
    kinds = dict(count.most_common(MOST_KINDS)) | {text: count[text] for end in ends.values() for text in end.to_pylist()}
    return LogCounts(run, len(pairs), sequence.time_span, kinds, edges)


def grouped(table: pa.Table, keys: list[str], found: Found) -> pa.Table:
    """Return a row for every group of rows with the same keys, with what is ``found`` of it: name, column and function."""
    # On one thread: the order of the sums, and so their last digits, stay the same, and the first row is the first.
    made = table.group_by(keys, use_threads=False).aggregate(list(found.values()))
    return made.rename_columns([*keys, *found])


def _kinds(sequence: TokenSequence) -> tuple[NDArray[np.int64], list[str]]:
    """Return the kind of every event [N] and the texts of kinds: messages with numbers masked. Where no message has a letter,
    as in tables whose kinds are numbered, the numbers are the kinds, without the number of the source."""
    codes, texts = coded_templates(sequence)
    if any(map(_LETTER.search, texts)):
        return codes, texts
    messages = [(event.message, f"{event.source} ") for event in sequence.events]
    names = [" ".join(dict.fromkeys(message.removeprefix(source).split())) for message, source in messages]
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    return np.array([places[name] for name in names], np.int64), list(places)


def _times(sequence: TokenSequence) -> NDArray[np.float64]:
    return np.array([np.nan if event.time is None else event.time for event in sequence.events], np.float64)
