"""A sequence with some events edited, deleted or inserted: the input of a counterfactual run.

What is typed is read as the file was: a log line through the reader of log lines (time stamp, level and source are found
again), a table row or JSON object as ``key=value`` text, the time staying as it was.
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
    """What a person edits of an event: a log's line as it stands, of a table or JSON its ``key=value`` text."""
    found = sequence.events[event]
    return found.text if sequence.source_format == "log" else found.message


def edited(sequence: TokenSequence, edits: Sequence[Edit]) -> tuple[TokenSequence, NDArray[np.int64]]:
    """The sequence with the edits, and where each of its events came from: int64 [N'], -1 for inserted ones.

    All indices are those of the sequence as it was. Raises ExplanationError for no or too many edits, events that are not
    there, two edits of one event, empty text, or when nothing would be left.
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
    for index in range(len(sequence) + 1):
        for event in inserted.get(index, []):
            events.append(event)
            origin.append(-1)
        if index == len(sequence):
            break
        one = changed.get(index)
        if one is None or one.kind == "replace":
            events.append(sequence.events[index] if one is None else _event(sequence, one.text, sequence.events[index]))
            origin.append(index)
    if not events:
        raise ExplanationError("every event was deleted: nothing is left to decide on")
    return replace(sequence, events=tuple(events)), np.array(origin, dtype=np.int64)


def _event(sequence: TokenSequence, text: str, like: Event) -> Event:
    """An event from what was typed; ``like`` gives what the text does not tell."""
    text = " ".join(text.split()) if "\n" in text else text.strip()
    if not text:
        raise ExplanationError("an event cannot be empty: delete it instead")
    limits = Limits(min_events=1)
    if len(text) > limits.max_line_chars:
        raise ExplanationError(f"an event holds at most {limits.max_line_chars:,} characters")
    if sequence.source_format == "log":
        collect = Collector(limits)
        read_log([text], collect, ReadOptions(time_zone=sequence.time_zone).zone)
        try:
            (read,) = collect.build(sequence.name, "log", "utf-8").events
        except (InputError, ValueError) as error:
            raise ExplanationError("the text is no log line: check it, or delete the event instead") from error
        return replace(read, time=like.time if read.time is None else read.time, line=like.line)
    _check_numbers(like.message, text)
    return replace(like, text=text, message=text)


def _check_numbers(before: str, after: str) -> None:
    """A sensor's number must stay one: the model would read a word there as something it has never seen."""
    numbers = {name for name, value in _PAIR.findall(before) if _is_number(value)}
    for name, value in _PAIR.findall(after):
        if name in numbers and not _is_number(value):
            raise ExplanationError(f"{name} was a number before, and {value!r} is none: type a number")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
