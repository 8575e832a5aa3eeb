"""A sequence with some events edited, deleted or inserted: the input of a counterfactual run.

The edited text is read as the file was read: a log line through the reader of log lines (which finds time stamp, level and
source again), a table row or JSON object as ``key=value`` text, with its time unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.errors import ExplanationError, InputError
from sparsemix.readers import Limits
from sparsemix.readers.collect import Collector
from sparsemix.readers.log_lines import read_log
from sparsemix.readers.options import ReadOptions
from sparsemix.readers.timestamps import order_like

EditKind = Literal["replace", "delete", "insert"]
MAX_EDITS = 100
_PAIR = re.compile(r"(\S+?)=(\S+)")


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: ``event`` replaced by ``text``, deleted, or ``text`` inserted before it (``event`` = N: at the end)."""

    kind: EditKind
    event: int
    text: str = ""


def editable(sequence: TokenSequence, event: int) -> str:
    """Return the text of an event that a person edits: the whole line of a log, the ``key=value`` text of a table or JSON."""
    original = sequence.events[event]
    return original.text if sequence.source_format == "log" else original.message


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
    return replace(sequence, events=tuple(events)), np.array(origin, dtype=np.int64)


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
        return replace(read, time=like.time if read.time is None else read.time, line=like.line)
    _check_numbers(like.message, text)
    return replace(like, text=text, message=text)


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
