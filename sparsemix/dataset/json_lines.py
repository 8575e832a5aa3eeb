"""JSON lines of the data set contract: one sequence per line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from typing import Any

import numpy as np

from sparsemix.dataset.item import UNMARKED, Item, label_text
from sparsemix.dataset.label_words import is_normal
from sparsemix.errors import InputError
from sparsemix.readers.json_lines import marked_words, word_sequence
from sparsemix.readers.limits import Limits
from sparsemix.readers.log_lines import event_sequence


def read_items(lines: Iterable[str], name: str, limits: Limits, zone: tzinfo | None = None) -> Iterator[Item]:
    """Yield the sequences, in order; ``zone``: time zone of stamps without one. Raises `InputError`, which names the line, at
    the first sequence that breaks the contract."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _item(_parsed(line, f"{name}, line {number:,}"), f"{name}, line {number:,}", str(number), limits, zone)


def is_contract(line: str) -> bool:
    """Return whether a first line looks like a sequence of the contract, and not like an event."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and (isinstance(value.get("events"), list) or isinstance(value.get("text"), str))


def _parsed(line: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{where}: this is no JSON object ({error}). Nothing was read.", code="not_json", where=where
        ) from error
    if not isinstance(value, dict):
        raise InputError(
            f'{where}: a sequence must be an object, such as {{"id": "a", "events": [...]}}.',
            code="not_a_sequence",
            where=where,
        )
    return value


def _item(value: dict[str, Any], where: str, number: str, limits: Limits, zone: tzinfo | None) -> Item:
    events, text = value.get("events"), value.get("text")
    if (events is None) == (text is None):
        raise _refused(where, 'needs either "events", a list of texts, or "text"')
    id = value.get("id", number)
    if not isinstance(id, str | int) or isinstance(id, bool) or len(str(id)) > 200:
        raise _refused(where, '"id" must be a text or a number of at most 200 characters')
    label = label_text(value.get("label"), where)
    if text is not None:
        if not isinstance(text, str):
            raise _refused(where, '"text" must be a text')
        sequence, offsets = word_sequence(text, str(id), limits)
        places, length = offsets, len(text)
    else:
        if not isinstance(events, list) or not all(isinstance(event, str) for event in events):
            raise _refused(where, '"events" must be a list of texts')
        if not events:
            raise _refused(where, "the sequence has no events")
        if len(events) > limits.max_events:
            raise _refused(where, f"the sequence has more than {limits.max_events:,} events; split it")
        sequence, offsets = event_sequence(events, str(id), limits, zone), None
        places, length = np.arange(len(events))[:, None] + np.arange(2), len(events)
    spans = _spans(value.get("spans"), where, length)
    steps = None if spans is None else _steps(marked_words(places, spans).tolist(), label)
    return Item(str(id), sequence, label, steps, offsets, marked=steps is not None)


def _spans(value: object, where: str, length: int) -> list[tuple[int, int]] | None:
    """Return spans as [start, stop), from pairs or from single positions; None when the value is None."""
    if value is None:
        return None
    if not isinstance(value, list):
        raise _refused(where, '"spans" must be a list of [start, stop] or of places')
    spans: list[tuple[int, int]] = []
    for span in value:
        pair = (span, span + 1) if type(span) is int else tuple(span) if isinstance(span, list) else ()
        if len(pair) != 2 or not all(type(place) is int for place in pair) or not 0 <= pair[0] <= pair[1] <= length:
            raise _refused(where, f'"spans" must lie within the sequence, 0 to {length:,}; {json.dumps(span)[:60]} does not')
        spans.append((pair[0], pair[1]))
    return spans


def _steps(marked: list[bool], label: str | None) -> tuple[str, ...]:
    # Spans have no names: the marked part has the fault that the sequence is labelled with.
    fault = "1" if label is None or is_normal(label) else label
    return tuple(fault if faulty else UNMARKED for faulty in marked)


def _refused(where: str, why: str) -> InputError:
    return InputError(f"{where}: {why}.", code="not_a_sequence", where=where)
