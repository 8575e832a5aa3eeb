"""One line: what it read, what read it, and what it nearly read, over all layers and heads."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.service.log.index import LogIndex
from dashboard.service.log.moments import moment, written
from sparsemix.encoding.entity_words import shared_words
from sparsemix.encoding.sequence import Event
from sparsemix.trace.selection_trace import HeadSelection, Route

MOST_PAIRS, MOST_NEAR = 30, 8
_SHORT, _STAMP = 400, 40  # characters of another line; in which a line names its day

Selected = tuple[int, int, HeadSelection, NDArray[np.int64], NDArray[np.int64]]
"""Layer, head, its selection, the other event of every pair [P], and the pair's place in the columns [P]."""


def line_with_pairs(loaded: LoadedDecision, index: LogIndex, event: int) -> dict[str, object]:
    """Return a line and its pairs, strongest first. Raises `IndexError` where there is no such event."""
    sequence, trace = loaded.sequence, loaded.trace
    if not 0 <= event < len(sequence):
        raise IndexError(f"there is no event {event}")
    own, kind = sequence.events[event], int(index.kind[event])
    reads, read_by, itself = list[Selected](), list[Selected](), 0.0
    for layer, head, selection in trace:
        pairs = selection.pairs_of(event)
        key = selection.key_index[pairs].astype(np.int64)
        place = np.arange(pairs.start, pairs.stop)
        itself += float(selection.weight[pairs][key == event].sum())
        reads.append((layer, head, selection, key[key != event], place[key != event]))
        place = np.flatnonzero(selection.key_index == event)
        query = np.searchsorted(selection.query_ptr, place, "right") - 1
        read_by.append((layer, head, selection, query[query != event], place[query != event]))
    return {
        "event": event,
        "line": own.line,
        "time": _when(own),
        "level": own.level or "",
        "source": own.source or "",
        "text": own.text,
        "kind": kind,
        "times": int(index.times[kind]),
        "grade": int(index.grade[event]),
        "itself": itself,
        "anchor": float(np.mean([selection.anchor_weight[event] for _, _, selection in trace])),
        "reads": _pairs(loaded, event, reads, reading=True),
        "readCount": _others(reads),
        "readBy": _pairs(loaded, event, read_by, reading=False),
        "readByCount": _others(read_by),
        "near": _near(loaded, event),
    }


def _when(own: Event) -> str:
    """Return day and time of an event; without the year where the line names none, for it was assumed."""
    when = moment(own)
    short = re.escape(when[2:4])  # as in 17/06/09
    named = when[:4] in own.text or re.search(rf"\b{short}[/.-]|[/.-]{short}\b", own.text[:_STAMP])
    return when if named else when[5:]


def _others(parts: Iterable[Selected]) -> int:
    return len(np.unique(np.concatenate([other for *_, other, _ in parts])))


def _pairs(loaded: LoadedDecision, event: int, parts: list[Selected], *, reading: bool) -> list[dict[str, object]]:
    """Return the pairs with each other event, the largest weight of all heads together first."""
    other = np.concatenate([part[3] for part in parts])
    if not len(other):
        return []
    weight = np.concatenate([selection.weight[place] for _, _, selection, _, place in parts]).astype(np.float64)
    part = np.repeat(np.arange(len(parts)), [len(one[3]) for one in parts])
    place = np.concatenate([one[4] for one in parts])
    events, number = np.unique(other, return_inverse=True)
    total, heads = np.bincount(number, weight), np.bincount(number)
    first = np.argsort(-total, kind="stable")[:MOST_PAIRS]
    found = []
    for one in first.tolist():
        own = np.flatnonzero(number == one)
        best = int(own[weight[own].argmax()])
        layer, head, selection, *_ = parts[int(part[best])]
        known = _beside(loaded, event, int(events[one]), reading=reading)
        strongest = _strongest(layer, head, selection, int(place[best]))
        found.append({**known, "weight": float(total[one]), "heads": int(heads[one]), "strongest": strongest})
    return found


def _strongest(layer: int, head: int, selection: HeadSelection, place: int) -> dict[str, object]:
    query = int(np.searchsorted(selection.query_ptr, place, "right")) - 1
    logit, threshold = float(selection.logit[place]), float(selection.threshold[query])
    return {
        "layer": layer,
        "head": head,
        "weight": float(selection.weight[place]),
        "logit": logit,
        "margin": logit / 2 - threshold,
        "certified": bool(selection.certified[query]),
        "route": Route(selection.route[place]).name.lower(),
    }


def _beside(loaded: LoadedDecision, event: int, other: int, *, reading: bool) -> dict[str, object]:
    """Return the other line, how far it is from this one, and what identifiers both hold."""
    sequence = loaded.sequence
    one, two = sequence.events[event], sequence.events[other]
    lines, seconds = sequence.from_to(other, event)
    return {
        "event": other,
        "line": two.line,
        "time": written(two),
        "text": two.text[:_SHORT],
        "lines": lines,
        "seconds": seconds,
        "later": other > event if reading else other < event,
        "shared": sequence.unusual(shared_words(one.message, two.message)),
    }


def _near(loaded: LoadedDecision, event: int) -> list[dict[str, object]]:
    """Return the lines that this one nearly read, each in the head in which it came closest."""
    best: dict[int, tuple[float, int, int]] = {}
    for layer, head, selection in loaded.trace:
        near = selection.near_of(event)
        margins = selection.near_logit[near] / 2 - selection.threshold[event]
        for key, margin in zip(selection.near_index[near].tolist(), margins.tolist(), strict=True):
            if key != event:
                best[key] = max(best.get(key, (-np.inf, 0, 0)), (margin, layer, head))
    order = sorted(best.items(), key=lambda one: (-one[1][0], one[0]))[:MOST_NEAR]
    return [
        {
            "event": key,
            "line": loaded.sequence.events[key].line,
            "text": loaded.sequence.events[key].text[:_SHORT],
            "margin": margin,
            "layer": layer,
            "head": head,
        }
        for key, (margin, layer, head) in order
    ]
