"""Two runs side by side: how a counterfactual, other weights or another log change the verdict, the events and the selection.

Events of the second run are matched with events of the first run: by the edits, or else line by line (equal beginning, equal
end, and the equal blocks that ``difflib`` finds in the lines between, where there are few of them).

The input of a counterfactual run is a sequence with some events edited, deleted or inserted. The edited text is read as the
file was read: a log line through the reader of log lines (which finds time stamp, level and source again), a table row or JSON
object as ``key=value`` text, with its time unchanged.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.errors import ExplanationError, InputError
from sparsemix.model.model import SparseMixModel
from sparsemix.model.run import Progress, Run
from sparsemix.readers import Limits
from sparsemix.readers.collect import Collector
from sparsemix.readers.log_lines import read_log
from sparsemix.readers.options import ReadOptions
from sparsemix.readers.timestamps import order_like
from sparsemix.trace.selection_trace import SelectionTrace

EditKind = Literal["replace", "delete", "insert"]
MAX_EDITS = 100
_PAIR = re.compile(r"(\S+?)=(\S+)")


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: ``event`` replaced by ``text``, deleted, or ``text`` inserted before it (``event`` = N: at the end)."""

    kind: EditKind
    event: int
    text: str = ""


def edited(sequence: TokenSequence, edits: Sequence[Edit]) -> tuple[TokenSequence, NDArray[np.int64]]:
    """Return the edited sequence, and the original index of each of its events: int64 [N'], -1 for inserted events.

    All indices of ``edits`` are those of the original sequence. Raises ``ExplanationError`` when there are no or too many
    edits, an event does not exist, one event is edited twice, a text is empty, or no event would be left.
    """
    if not edits:
        raise ExplanationError("nothing was changed: edit, delete or insert an event first")
    if len(edits) > MAX_EDITS:
        raise ExplanationError(f"{len(edits)} changes at once are too many (at most {MAX_EDITS}): edit the file instead")
    changed: dict[int, Edit] = {}
    inserted: dict[int, list[Event]] = {}
    for edit in edits:
        last = len(sequence) + (1 if edit.kind == "insert" else 0)
        if not 0 <= edit.event < last:
            raise ExplanationError(f"there is no event {edit.event}: the sequence has {len(sequence):,}, counted from 0")
        if edit.kind == "insert":
            like = sequence.events[min(edit.event, len(sequence) - 1)]
            inserted.setdefault(edit.event, []).append(_event(sequence, edit.text, like))
        elif edit.event in changed:
            raise ExplanationError(f"event {edit.event} is changed twice")
        else:
            changed[edit.event] = edit
    events: list[Event] = []
    origin: list[int] = []
    for index, original in enumerate((*sequence.events, None)):
        new = inserted.get(index, [])
        events += new
        origin += [-1] * len(new)
        edit_here = changed.get(index)
        if original is not None and (edit_here is None or edit_here.kind == "replace"):
            events.append(original if edit_here is None else _event(sequence, edit_here.text, original))
            origin.append(index)
    if not events:
        raise ExplanationError("every event was deleted: nothing is left to decide on")
    first = {next((new for new, old in enumerate(origin) if old >= start), 0) for start in sequence.starts}
    return replace(sequence, events=tuple(events), starts=tuple(sorted(first - {0}))), np.array(origin, dtype=np.int64)


def _event(sequence: TokenSequence, text: str, like: Event) -> Event:
    """Read an event from typed text; ``like`` gives the fields that the text does not hold.

    Raises ``ExplanationError`` when the text is empty, too long, or no log line.
    """
    text = " ".join(text.split()) if "\n" in text else text.strip()
    if not text:
        raise ExplanationError("an event cannot be empty: delete it instead")
    limits = Limits(min_events=1)
    if len(text) > limits.max_line_chars:
        raise ExplanationError(f"an event holds at most {limits.max_line_chars:,} characters")
    if sequence.source_format == "log":
        collect = Collector(limits)
        zone = ReadOptions(time_zone=sequence.time_zone).zone
        read_log([text], collect, zone, order=order_like(like.text, like.time, zone))
        try:
            (read,) = collect.build(sequence.name, "log", "utf-8").events
        except (InputError, ValueError) as error:
            raise ExplanationError("the text is not a log line: correct it, or delete the event instead") from error
        return read._replace(time=like.time if read.time is None else read.time, line=like.line)
    _check_numbers(like.message, text)
    return like._replace(text=text, message=text)


def _check_numbers(before: str, after: str) -> None:
    """Raise ``ExplanationError`` when a sensor's number becomes a word, which the model would take for something new."""
    numbers = {name for name, value in _PAIR.findall(before) if _is_number(value)}
    for name, value in _PAIR.findall(after):
        if name in numbers and not _is_number(value):
            raise ExplanationError(f"{name} was a number before, but {value!r} is not a number: type a number")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


# Most lines between equal beginning and end: the time for matching grows with their square.
_MAX_BETWEEN = 3000


@dataclass(frozen=True, slots=True)
class EventChange:
    """Probability of an event in the ``first`` and the ``second`` run; None where the event is not in that run. ``event``: its
    index in the first run, ``other``: its index in the second run."""

    event: int | None
    other: int | None
    first: float | None
    second: float | None

    @property
    def size(self) -> float:
        """Return the change of the probability; an event that is not in a run counts as 0."""
        return abs((self.second or 0.0) - (self.first or 0.0))


@dataclass(frozen=True, slots=True)
class LayerChange:
    """Pairs of a layer, all heads: selected in both runs, only in the first, only in the second."""

    both: int
    only_first: int
    only_second: int

    @property
    def kept(self) -> float:
        """Return the Jaccard index of the two selections, in [0, 1]; 1 for two empty ones."""
        total = self.both + self.only_first + self.only_second
        return self.both / total if total else 1.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs. ``origin`` int64 [N']: for every event of the second run the matching event of the first run, -1 for none.
    ``events``: the events whose probability changed most. ``layers``: the selection, layer by layer, where both runs have the
    same layers and heads."""

    first: Run
    second: Run
    origin: NDArray[np.int64]
    events: tuple[EventChange, ...]
    layers: tuple[LayerChange, ...]

    @property
    def flipped(self) -> bool:
        """Return whether the verdict changed."""
        return self.first.decision.label != self.second.decision.label

    @property
    def crossed(self) -> tuple[int, int]:
        """Return how many of the events in both runs are no longer flagged, and how many are newly flagged.

        Each run has its own threshold.
        """
        both = self.origin >= 0
        first, second = self.first.decision, self.second.decision
        flagged_before = first.event_probability[self.origin[both]] >= first.event_threshold
        flagged_after = second.event_probability[both] >= second.event_threshold
        return int((flagged_before & ~flagged_after).sum()), int((flagged_after & ~flagged_before).sum())

    def other(self, event: int) -> int | None:
        """Return the index in the second run of an event of the first run; None when the event is not there."""
        places = np.flatnonzero(self.origin == event)
        return int(places[0]) if len(places) else None


def counterfactual(
    model: SparseMixModel,
    sequence: TokenSequence,
    run: Run,
    edits: Sequence[Edit],
    progress: Progress | None = None,
) -> tuple[TokenSequence, Comparison]:
    """Run a sequence again with some events edited, and return the edited sequence and both runs side by side.

    Raises ``ExplanationError`` when the edits cannot be made or the weights are not those of the run, and any error that
    ``progress`` raises.
    """
    if model.weights_sha256 != run.decision.weights_sha256:
        raise ExplanationError("the run was made with other weights: run the sequence again with these weights first")
    other, origin = edited(sequence, edits)
    return other, compare(run, model.run_with_trace(other, progress), origin)


def compare(first: Run, second: Run, origin: NDArray[np.int64], most: int = 50) -> Comparison:
    """Compare two runs; ``most``: how many of the events that changed most are listed.

    Raises ``ExplanationError`` when ``origin`` does not fit the two runs.
    """
    if len(origin) != second.trace.length or (len(origin) and origin.max() >= first.trace.length):
        raise ExplanationError("the matching of events does not fit the two runs")
    return Comparison(first, second, origin, _events(first, second, origin)[:most], _layers(first.trace, second.trace, origin))


def match(first: TokenSequence, second: TokenSequence) -> NDArray[np.int64]:
    """Return for every event of the second sequence [N'] the matching event of the first sequence, -1 for none."""
    texts, other_texts = [event.text for event in first.events], [event.text for event in second.events]
    start = _equal(texts, other_texts)
    end = _equal(texts[start:][::-1], other_texts[start:][::-1])
    origin = np.full(len(other_texts), -1, dtype=np.int64)
    origin[:start] = np.arange(start)
    if end:
        origin[-end:] = np.arange(len(texts) - end, len(texts))
    middle, other_middle = texts[start : len(texts) - end], other_texts[start : len(other_texts) - end]
    if max(len(middle), len(other_middle)) <= _MAX_BETWEEN:
        matcher = difflib.SequenceMatcher(None, middle, other_middle, autojunk=False)
        for a, b, size in matcher.get_matching_blocks():
            origin[start + b : start + b + size] = start + a + np.arange(size)
    return origin


def _equal(texts: Sequence[str], others: Sequence[str]) -> int:
    """Return how many texts are equal, from the first on."""
    both = enumerate(zip(texts, others, strict=False))
    return next((place for place, (one, other) in both if one != other), min(len(texts), len(others)))


def _events(first: Run, second: Run, origin: NDArray[np.int64]) -> tuple[EventChange, ...]:
    before, after = first.decision.event_probability, second.decision.event_probability
    changes = [
        EventChange(
            int(event) if event >= 0 else None,
            other,
            float(before[event]) if event >= 0 else None,
            float(after[other]),
        )
        for other, event in enumerate(origin.tolist())
        if event < 0 or before[event] != after[other]
    ]
    gone = np.setdiff1d(np.arange(len(before)), origin)
    changes += [EventChange(event, None, float(before[event]), None) for event in gone.tolist()]
    return tuple(sorted(changes, key=lambda change: -change.size))


def _layers(first: SelectionTrace, second: SelectionTrace, origin: NDArray[np.int64]) -> tuple[LayerChange, ...]:
    if [len(heads) for heads in first.heads] != [len(heads) for heads in second.heads]:
        return ()
    changes = []
    for heads, other_heads in zip(first.heads, second.heads, strict=True):
        counts = np.zeros(3, dtype=np.int64)
        for before, after in zip(heads, other_heads, strict=True):
            n = first.length
            old = before.query_index.astype(np.int64) * n + before.key_index
            query, key = origin[after.query_index], origin[after.key_index]
            # A pair with an event that the first run does not have is always new.
            known = (query >= 0) & (key >= 0)
            new = query[known] * n + key[known]
            both = len(np.intersect1d(old, new, assume_unique=True))
            counts += (both, len(old) - both, len(query) - both)
        changes.append(LayerChange(*counts.tolist()))
    return tuple(changes)
