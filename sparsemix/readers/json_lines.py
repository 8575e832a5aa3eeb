"""JSON lines, and files that are one JSON array of objects: one event per object."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo

from sparsemix.errors import InputError
from sparsemix.readers.collect import Collector
from sparsemix.readers.columns import (
    LEVEL_NAMES,
    MAX_COLUMNS,
    SINGLE_ROLES,
    SOURCE_NAMES,
    TIME_NAMES,
    Columns,
    key_values,
    pick,
)
from sparsemix.readers.log_lines import normalise_level
from sparsemix.readers.stamps import RULES
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


class ObjectReader:
    """Reader that adds JSON objects as events. ``columns``: roles of their keys, nested ones with dots; ``kept``: the first
    thousand objects, to show what the keys hold."""

    def __init__(self, collect: Collector, columns: Columns, zone: tzinfo | None, rules: int = RULES) -> None:
        self.kept: list[Mapping[str, str]] = []
        self._rules = rules
        self._collect, self._columns, self._zone = collect, columns, zone
        named = [name for role in SINGLE_ROLES if (name := getattr(columns, role))] + list(columns.ignore)
        self._unseen = dict.fromkeys(named)

    def read_lines(self, lines: Sequence[str]) -> None:
        """Add every line that is an object. Raises `InputError` jsonl_no_objects, too_many_events, no_such_column."""
        for number, line in enumerate(lines, 1):
            if not line.strip():
                self._collect.skip(number, "blank", line)
                continue
            value, reason = parse_object(line)
            if value is None:
                self._collect.skip(number, reason, line)
            else:
                self._add(number, line, value)
        self._check()

    def read_array(self, lines: Sequence[str]) -> None:
        """Add every object of the array. Raises `InputError` invalid_json, jsonl_no_objects, too_many_events,
        no_such_column."""
        text = "\n".join(lines)
        number, counted = 1, 0
        for start, end, value in _elements(text):
            number += text.count("\n", counted, start)
            counted = start
            if isinstance(value, dict):
                self._add(number, text[start:end], value)
            else:
                self._collect.skip(number, "not_an_object", text[start:end])
        self._check()

    @property
    def keys(self) -> list[str]:
        """Return the keys of the kept objects, in the order in which they occur."""
        return list(dict.fromkeys(key for flat in self.kept for key in flat))[:MAX_COLUMNS]

    def _add(self, number: int, text: str, value: dict[str, object]) -> None:
        flat, columns = dict(_flatten(value, "", 1)), self._columns
        if any(text_value == _TOO_DEEP for text_value in flat.values()):
            self._collect.count("nested_values_cut")
        if len(self.kept) < _KEPT_OBJECTS:
            self.kept.append(flat)
        for name in [name for name in self._unseen if name in flat]:
            del self._unseen[name]
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
        seconds = parse_time(" ".join(flat[name] for name in stamped), self._zone, self._rules) if stamped else None
        # A time that cannot be read stays visible to the encoder.
        hidden = {label, columns.sequence_id, *columns.ignore, *(stamped if seconds is not None else ())}
        self._collect.add(
            number,
            text,
            key_values(pair for pair in flat.items() if pair[0] not in hidden),
            time=seconds,
            source=None if source is None else flat[source].strip() or None,
            level=None if level is None else normalise_level(flat[level]),
        )

    def _check(self) -> None:
        if not self._collect.events:
            raise InputError(
                'No line is a JSON object. Write one object per line, such as {"time": "...", "message": "..."}.',
                code="jsonl_no_objects",
            )
        if self._unseen:
            name = next(iter(self._unseen))
            shown = ", ".join(self.keys[:20])
            raise InputError(f"No object has a key {name!r}; the keys are {shown}.", code="no_such_column", column=name)


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
