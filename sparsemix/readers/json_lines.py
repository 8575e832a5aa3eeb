"""JSON lines, and files that are one JSON array of objects: one event per object."""

import json
import re
from collections.abc import Iterator, Sequence

from sparsemix.errors import InputError
from sparsemix.readers.collect import Collector
from sparsemix.readers.columns import LEVEL_NAMES, SOURCE_NAMES, TIME_NAMES, key_values, pick
from sparsemix.readers.levels import normalise_level
from sparsemix.readers.timestamps import parse_time

_MAX_DEPTH = 8
_TOO_DEEP = "…"
# Numbers stay as they are written: no rounding, and no limit on how many digits an integer has.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)
_SPACE = re.compile(r"\s*")
# Escapes can spell characters that no encoding or database takes.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse_object(line: str) -> tuple[dict[str, object] | None, str]:
    """The object on the line, or None and the reason: not_an_object, invalid_json, too_deep."""
    try:
        value = _DECODER.decode(line)
    except RecursionError:
        return None, "too_deep"
    except json.JSONDecodeError:
        return None, "invalid_json"
    return (value, "") if isinstance(value, dict) else (None, "not_an_object")


def read_json_lines(lines: Sequence[str], collect: Collector) -> None:
    """Adds every line that is an object. Raises InputError jsonl_no_objects, too_many_events."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            collect.skip(number, "blank", line)
            continue
        found, reason = parse_object(line)
        if found is None:
            collect.skip(number, reason, line)
        else:
            _add(collect, number, line, found)
    _require_objects(collect)


def read_json_array(lines: Sequence[str], collect: Collector) -> None:
    """Adds every object of the array. Raises InputError invalid_json, jsonl_no_objects, too_many_events."""
    text = "\n".join(lines)
    number, counted = 1, 0
    for start, end, value in _elements(text):
        number += text.count("\n", counted, start)
        counted = start
        if isinstance(value, dict):
            _add(collect, number, text[start:end], value)
        else:
            collect.skip(number, "not_an_object", text[start:end])
    _require_objects(collect)


def _elements(text: str) -> Iterator[tuple[int, int, object]]:
    at = _past_space(text, text.index("[") + 1)
    while not text.startswith("]", at):
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            raise _bad_array(text, at) from error
        yield at, end, value
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


def _add(collect: Collector, number: int, text: str, found: dict[str, object]) -> None:
    flat = dict(_flatten(found, "", 1))
    if any(value == _TOO_DEEP for value in flat.values()):
        collect.count("nested_values_cut")
    time, level, source = (pick(flat, names) for names in (TIME_NAMES, LEVEL_NAMES, SOURCE_NAMES))
    seconds = None if time is None else parse_time(flat[time])
    # A time that cannot be read stays visible to the encoder.
    kept = [pair for pair in flat.items() if seconds is None or pair[0] != time]
    collect.add(
        number,
        text,
        key_values(kept),
        time=seconds,
        source=None if source is None else flat[source].strip() or None,
        level=None if level is None else normalise_level(flat[level]),
    )


def _flatten(value: object, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """Pairs of dotted path and text; list elements are numbered from 0."""
    if isinstance(value, dict | list) and value:
        if depth > _MAX_DEPTH:
            yield path, _TOO_DEEP
            return
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            name = _UNSTORABLE.sub("\ufffd", str(key))
            yield from _flatten(inner, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(value, str):
        yield path, _UNSTORABLE.sub("\ufffd", value)
    else:
        yield path, json.dumps(value)


def _require_objects(collect: Collector) -> None:
    if not collect.events:
        raise InputError(
            'No line is a JSON object. Write one object per line, such as {"time": "...", "message": "..."}.',
            code="jsonl_no_objects",
        )
