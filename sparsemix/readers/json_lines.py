"""JSON lines, and files that are one JSON array of objects: one event per object."""

import json
import re
from collections.abc import Iterator, Sequence

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
from sparsemix.readers.log_lines import normalise_level
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
    if line.count(",") > _MOST_VALUES:
        raise InputError(
            f"A JSON object has more than {_MOST_VALUES:,} values. One object is one event: write one object per line.",
            code="too_many_values",
            limit=_MOST_VALUES,
        )
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
