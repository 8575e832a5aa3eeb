"""JSON lines, and files that are one JSON array of objects: one event per object. Or a whole sequence on one line, as data sets
hold it: a list of events, or a text that is read word by word.

Words keep their character offsets, so that the dashboard can mark selected words in the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.errors import InputError
from sparsemix.readers.collect import Collector
from sparsemix.readers.columns import (
    LEVEL_NAMES,
    MAX_COLUMNS,
    SINGLE_ROLES,
    SOURCE_NAMES,
    TIME_NAMES,
    key_values,
    pick,
)
from sparsemix.readers.first_words import normalise_level
from sparsemix.readers.limits import Limits, check_limit
from sparsemix.readers.log_lines import event_sequence
from sparsemix.readers.options import ReadOptions
from sparsemix.readers.table import Row, Table
from sparsemix.readers.timestamps import parse_time

_MAX_DEPTH = 8
_TOO_DEEP = "…"
# Fewer names than for tables: programs use "class" and "target" in their logs too.
_LABEL_NAMES = ("label", "labels", "is_anomaly", "anomaly", "ラベル")
_KEPT_OBJECTS = 1_000
_MOST_VALUES = 2_000_000
"""Commas on a line: a value takes a hundred times the memory of its two characters."""
# Numbers stay as they are written: no rounding, and no limit on how many digits an integer has.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)
_SPACE = re.compile(r"\s*")
# Escape sequences can spell characters that no encoding or database takes.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """Return the text with characters that cannot be stored replaced by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def parse_object(line: str) -> tuple[dict[str, object] | None, str]:
    """Return the object on the line, or None and the reason: not_an_object, invalid_json, too_deep. Raises `InputError`
    too_many_values."""
    message = f"A JSON object has more than {_MOST_VALUES:,} values. One object is one event: write one object per line."
    check_limit(line.count(","), _MOST_VALUES, message, "too_many_values")
    try:
        value = _DECODER.decode(line)
    except RecursionError:
        return None, "too_deep"
    except json.JSONDecodeError:
        return None, "invalid_json"
    return (value, "") if isinstance(value, dict) else (None, "not_an_object")


def read_objects(lines: Sequence[str], collect: Collector, options: ReadOptions, *, array: bool) -> Table:
    """Add every line, or every element of one ``array``, that is an object, and return the first thousand as a table, to show
    what the keys hold. ``options.columns``: roles of the keys, nested ones with dots. Raises `InputError` jsonl_no_objects,
    invalid_json, too_many_events, no_such_column."""
    columns = options.columns
    unseen = dict.fromkeys([name for role in SINGLE_ROLES if (name := getattr(columns, role))] + list(columns.ignore))
    kept: list[dict[str, str]] = []
    for number, text, value in _elements("\n".join(lines)) if array else _objects(lines):
        if isinstance(value, dict):
            flat = dict(_flatten(value, "", 1))
            if len(kept) < _KEPT_OBJECTS:
                kept.append(flat)
            for name in unseen.keys() & flat.keys():
                del unseen[name]
            _add(number, text, flat, collect, options)
        else:
            collect.skip(number, value if isinstance(value, str) else "not_an_object", text)
    if not collect.events:
        raise InputError(
            'No line is a JSON object. Write one object per line, such as {"time": "...", "message": "..."}.',
            code="jsonl_no_objects",
        )
    keys = list(dict.fromkeys(key for flat in kept for key in flat))[:MAX_COLUMNS]
    if unseen:
        name = next(iter(unseen))
        shown = ", ".join(keys[:20])
        raise InputError(f"No object has a key {name!r}; the keys are {shown}.", code="no_such_column", column=name)
    return Table(keys, [Row(number, None, [flat.get(key, "") for key in keys]) for number, flat in enumerate(kept, 1)])


def _add(number: int, text: str, flat: dict[str, str], collect: Collector, options: ReadOptions) -> None:
    columns = options.columns
    if _TOO_DEEP in flat.values():
        collect.count("nested_values_cut")
    time, level, source, label = (
        pick(flat, usual_names) if named is None else named if named in flat else None
        for named, usual_names in (
            (columns.time, TIME_NAMES),
            (columns.level, LEVEL_NAMES),
            (columns.source, SOURCE_NAMES),
            (columns.label, _LABEL_NAMES),
        )
    )
    stamped = [name for name in (time, columns.clock) if name and name in flat]
    seconds = parse_time(" ".join(flat[name] for name in stamped), options.zone, options.rules) if stamped else None
    # A time that cannot be read stays visible to the encoder.
    hidden = {label, columns.sequence_id, *columns.ignore, *(stamped if seconds is not None else ())}
    collect.add(
        number,
        text,
        key_values(pair for pair in flat.items() if pair[0] not in hidden),
        time=seconds,
        source=None if source is None else flat[source].strip() or None,
        level=None if level is None else normalise_level(flat[level]),
    )


def _objects(lines: Sequence[str]) -> Iterator[tuple[int, str, object]]:
    """Yield number and text of every line, and the object on it or why there is none."""
    for number, line in enumerate(lines, 1):
        value, reason = parse_object(line) if line.strip() else (None, "blank")
        yield number, line, reason if value is None else value


def _elements(text: str) -> Iterator[tuple[int, str, object]]:
    """Yield line and text of every element of an array, and the object, or None for another value."""
    at = _past_space(text, text.index("[") + 1)
    number, counted = 1, 0
    while not text.startswith("]", at):
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            raise _bad_array(text, at) from error
        number += text.count("\n", counted, at)
        counted = at
        yield number, text[at:end], value if isinstance(value, dict) else None
        at = _past_space(text, end)
        if text.startswith(",", at):
            at = _past_space(text, at + 1)
        elif not text.startswith("]", at):
            raise _bad_array(text, at)
    if _past_space(text, at + 1) != len(text):
        raise _bad_array(text, at + 1)


def _past_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _bad_array(text: str, at: int) -> InputError:
    line = text.count("\n", 0, at) + 1
    return InputError(
        f"The JSON array is broken at line {line:,}. Export it again, or write one object per line.",
        code="invalid_json",
        line=line,
    )


def _flatten(value: object, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """Yield pairs of dotted path and text; list elements are numbered from 0."""
    if isinstance(value, dict | list) and value:
        if depth > _MAX_DEPTH:
            yield path, _TOO_DEEP
            return
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            name = storable(str(key))
            yield from _flatten(inner, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(value, str):
        yield path, storable(value)
    else:
        yield path, json.dumps(value)


KEYS = frozenset(("id", "events", "text", "label", "spans"))
# Letters and digits with the signs that words hold inside (don't, 3.5, a-b); every run of other signs is a word of its own.
# Japanese has no spaces: without a dictionary, runs of one script are the closest to words.
_WORD = re.compile(
    r"[\u30a0-\u30ff\uff66-\uff9f]+|[\u3040-\u309f]+|[\u3400-\u9fff々]+"
    r"|[^\W\u3040-\u30ff\u3400-\u9fff々\uff66-\uff9f]+(?:['’.,:@*$!#&+/-]+[^\W\u3040-\u30ff\u3400-\u9fff]+)*|[^\w\s]+"
)


def read_whole(lines: Sequence[str], name: str, collect: Collector, options: ReadOptions) -> bool:
    """Add the events when the lines are one whole sequence, and return whether they are; other lines may hold one event each.

    Label and spans are not read: only training uses them. Raises `InputError` several_sequences, too_many_events.
    """
    first = next(line for line in lines if line.strip())
    value, _ = parse_object(first)
    if value is None or not value.keys() <= KEYS:
        return False
    events, text = value.get("events"), value.get("text")
    count = sum(bool(line.strip()) for line in lines)
    if isinstance(events, list) and events and all(isinstance(event, str) for event in events) and text is None:
        if count > 1:
            raise InputError(
                f"This is a data set of {count:,} sequences, and here one file is one sequence. Run python -m sparsemix "
                "predict, or give every sequence a file of its own.",
                code="several_sequences",
                n=count,
            )
        collect.require_room(len(events))
        texts = [storable(event) for event in events]
        collect.events += event_sequence(texts, name, collect.limits, options.zone, options.rules).events
        return True
    # Programs write {"text": ...} for every line of their log: only a single line counts as a text.
    if isinstance(text, str) and events is None and count == 1:
        words = storable(text)
        collect.require_room(len(split_words(words)))
        collect.events += word_sequence(words, name, collect.limits)[0].events
        return True
    return False


def split_words(text: str) -> NDArray[np.int64]:
    """Return the character offsets [N, 2] of the words, each [start, stop)."""
    return np.array([match.span() for match in _WORD.finditer(text)], np.int64).reshape(-1, 2)


def word_sequence(text: str, name: str, limits: Limits) -> tuple[TokenSequence, NDArray[np.int64]]:
    """Return the words as events, cut to the limits, and their offsets [N, 2]."""
    offsets = split_words(text)[: limits.max_events]
    events = tuple(_event(text, start, stop, limits.max_line_chars) for start, stop in offsets.tolist())
    return TokenSequence(name, events, "jsonl", "utf-8", (), {}, ()), offsets


def marked_words(offsets: NDArray[np.int64], spans: Iterable[tuple[int, int]]) -> NDArray[np.bool_]:
    """Return which words [N] have more than half of their characters within the ``spans``."""
    if not len(offsets):
        return np.zeros(0, np.bool_)
    covered = np.zeros(int(offsets[-1, 1]) + 1, np.int64)
    for start, stop in spans:
        covered[max(start, 0) : max(stop, 0)] = 1
    before = np.concatenate([[0], covered.cumsum()])
    inside = before[offsets[:, 1]] - before[offsets[:, 0]]
    return np.asarray(2 * inside > offsets[:, 1] - offsets[:, 0])


def _event(text: str, start: int, stop: int, cap: int) -> Event:
    word = text[start : min(stop, start + cap)]
    return Event(word, word, None, None, None, text.count("\n", 0, start) + 1)
