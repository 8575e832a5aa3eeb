"""Records and files as table rows and back.

`decision_payload` and `review_payload` rebuild a payload from rows without checking it: verification compares it with what the
log commits to. Files (blobs) are stored under the SHA-256 of their content; only this module knows in which encoding.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from sqlalchemy import Column, Integer, RowMapping, Table, Text

from audit.errors import InvalidRecord, Tampered
from audit.records.canonical import canonical, parse
from audit.records.payload import to_payload
from audit.records.records import DecisionRecord, ReviewRecord

MAX_BLOB_BYTES = 256 * 1024 * 1024  # well below SQLite's limit of one value (1e9 bytes)

_JSON = ("runtime", "warnings", "details", "seen")
_TRUTH = ("deterministic", "suggestion_visible", "blind")

Row = dict[str, Any]


def decision_rows(decision: DecisionRecord, seq: int) -> tuple[Row, list[Row]]:
    """Return the row of `decisions` and the rows of `selections`."""
    row: Row = to_payload(decision) | {
        "seq": seq,
        "deterministic": int(decision.deterministic),
        "blind": int(decision.blind),
    }
    _as_json(row)
    parts = [{"decision_id": decision.id, "position": i, **part} for i, part in enumerate(row.pop("selections"))]
    return row, parts


def review_rows(review: ReviewRecord, seq: int) -> tuple[Row, list[Row]]:
    """Return the row of `reviews` and the rows of `pair_reviews`."""
    row: Row = to_payload(review) | {"seq": seq, "suggestion_visible": int(review.suggestion_visible)}
    _as_json(row)
    parts = [{"review_id": review.id, "position": i, **part} for i, part in enumerate(row.pop("pairs"))]
    return row, parts


def decision_payload(row: RowMapping, parts: Iterable[RowMapping]) -> Row:
    """Return a decision's payload as its rows hold it."""
    shape = _without(row, "seq") | {name: _truth(row[name]) for name in ("deterministic", "blind")}
    _from_json(shape)
    shape["selections"] = _in_order(parts, "decision_id")
    return shape


def review_payload(row: RowMapping, parts: Iterable[RowMapping]) -> Row:
    """Return a review's payload as its rows hold it."""
    shape = _without(row, "seq") | {"suggestion_visible": _truth(row["suggestion_visible"])}
    _from_json(shape)
    shape["pairs"] = _in_order(parts, "review_id")
    return shape


class RowPrinter:
    """A fast printer of a table's rows as the canonical JSON of their payloads, many rows at once and column by column.

    A printed text always equals `canonical(payload)`: the printer gives up (None) on a row with a value whose type its column
    does not hold. `left_out`: the columns that the payload does not have; `inner`: the name of the list of parts, if there is
    one; the last value of a row is then the text of that list.
    """

    def __init__(self, table: Table, left_out: Collection[str], inner: str | None = None) -> None:
        columns = {column.name: (i, column) for i, column in enumerate(table.columns) if column.name not in left_out}
        names = sorted([*columns, *([] if inner is None else [inner])])
        self._template = "{" + ",".join(f"{encode_basestring(name)}:%s" for name in names) + "}"
        # JSON columns are printed as stored. Where such a text contains the name of the field that follows one of them, text
        # could be moved from one column into the other and print the same: such rows are not printed.
        self._marks = [f",{encode_basestring(after)}:" for name, after in pairwise(names) if name in _JSON]
        printers = {name: (i, _printer(column, self._marks)) for name, (i, column) in columns.items()} | {inner: (-1, _texts)}
        self._columns = [printers[name] for name in names]

    def __call__(self, row: Sequence[Any]) -> str | None:
        """Return the text of a row; None when it cannot be printed."""
        return self.all([row])[0]

    def all(self, rows: Sequence[Sequence[Any]]) -> list[str | None]:
        """Return the texts of rows; None for each that cannot be printed."""
        if not rows:
            return []
        cells = list(zip(*rows, strict=True))
        try:
            printed = [print_column(cells[place]) for place, print_column in self._columns]
        except (TypeError, ValueError):
            return [None] if len(rows) == 1 else [text for row in rows for text in self.all([row])]
        return list(map(self._template.__mod__, zip(*printed, strict=True)))


def _printer(column: Column[Any], marks: Sequence[str]) -> Callable[[Sequence[Any]], list[str]]:
    """Return the fastest printer for the values of a column: a log has millions of them."""
    if column.name in _JSON:
        return partial(_json_texts, marks)
    if column.name in _TRUTH:
        return lambda values: list(map(_print_truth, values))
    if isinstance(column.type, Text) and not column.nullable:
        return lambda values: list(map(encode_basestring, values))
    if isinstance(column.type, Integer) and not column.nullable:
        return lambda values: list(map(int.__repr__, values))
    return lambda values: ["null" if value is None else _print_plain(value) for value in values]


def _texts(values: Sequence[Any]) -> list[str]:
    return list(map(str.__str__, values))  # a TypeError for everything else


def _json_texts(marks: Sequence[str], values: Sequence[Any]) -> list[str]:
    """Return JSON as it is stored: it was written canonically, and after an edit the whole text no longer matches."""
    texts = ["null" if value is None else value for value in values]
    joined = "\n".join(texts)  # a TypeError for anything but texts
    if any(mark in joined for mark in marks):
        raise ValueError("a text that names a field")
    return texts


def _print_truth(value: Any) -> str:
    if value is None:
        return "null"
    if type(value) is not int or value not in (0, 1):
        raise TypeError
    return "true" if value else "false"


def _print_plain(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    if kind is int:
        return str(value)
    if kind is not float:
        raise TypeError
    size = abs(value)
    if value == 0.0 or (value.is_integer() and size < 1e15):
        return str(int(value))
    # In this range Python and RFC 8785 (ECMAScript) print the same shortest digits.
    return repr(value) if 1e-4 <= size < 1e15 else canonical(value).decode()


def _without(row: RowMapping, *names: str) -> Row:
    return {str(name): value for name, value in row.items() if name not in names}


def _in_order(parts: Iterable[RowMapping], owner: str) -> list[Row]:
    ordered = sorted(parts, key=lambda part: (str(type(part["position"])), part["position"]))
    if [part["position"] for part in ordered] != list(range(len(ordered))):
        # The positions are forged. Keep them, so that the result differs from what was recorded; as text, because None would be
        # taken for a field of a later format.
        return [_without(part, owner, "position") | {"position": repr(part["position"])} for part in ordered]
    return [_without(part, owner, "position") for part in ordered]


def _as_json(row: Row) -> None:
    row.update({name: canonical(row[name]).decode() for name in _JSON if row.get(name) is not None})


def _from_json(row: Row) -> None:
    row.update({name: _json(row[name]) for name in _JSON if name in row})


def _truth(value: object) -> object:
    return bool(value) if type(value) is int and value in (0, 1) else value


def _json(stored: object) -> object:
    """Parse a JSON column; text that is not canonical JSON stays text, so that it never matches."""
    if not isinstance(stored, str):
        return stored
    try:
        value = parse(stored)
        return value if canonical(value).decode() == stored else stored
    except InvalidRecord:
        return stored


class StoredBlob(NamedTuple):
    """A blob as it is stored: `encoding` is "raw" or "zlib" (RFC 1950)."""

    encoding: str
    data: bytes


def referenced(decision: DecisionRecord) -> list[str]:
    """Return the hashes of all blobs that a decision names: its input, its selections and the weights, each once."""
    weights = [decision.weights_blob] if decision.weights_blob else []
    return list(dict.fromkeys([decision.input_sha256, *(s.sha256 for s in decision.selections), *weights]))


def blobs_to_store(
    decision: DecisionRecord, blobs: Mapping[str, bytes], already_stored: Collection[str]
) -> dict[str, StoredBlob]:
    """Check the blobs that come with a decision and return the new ones in their stored form.

    The input is compressed here; selections are compressed already (Arrow IPC with zstd) and stay as they are.
    Raises `InvalidRecord` when a blob is missing, is not named by the decision, is too large or has another hash.
    """
    needed = referenced(decision)
    for sha256 in blobs:
        if sha256 not in needed:
            raise InvalidRecord(f"the blob {sha256!r:.80} is not named by decision {decision.id}")
    new: dict[str, StoredBlob] = {}
    for sha256 in needed:
        content = blobs.get(sha256)
        if content is None:
            if sha256 not in already_stored:
                raise InvalidRecord(f"decision {decision.id} names the blob {sha256}, but its content was not given")
            continue
        if not isinstance(content, bytes):
            raise InvalidRecord(f"the blob {sha256} must be bytes, not {type(content).__name__}")
        if len(content) > MAX_BLOB_BYTES:
            raise InvalidRecord(f"the blob {sha256} has {len(content)} bytes, at most {MAX_BLOB_BYTES} are allowed")
        if hashlib.sha256(content).hexdigest() != sha256:
            raise InvalidRecord(f"the content given for the blob {sha256} has another SHA-256")
        if sha256 not in already_stored:
            new[sha256] = _pack(content, compress=sha256 == decision.input_sha256)
    return new


def _pack(content: bytes, *, compress: bool) -> StoredBlob:
    return StoredBlob("zlib", zlib.compress(content)) if compress else StoredBlob("raw", content)


def unpack(sha256: str, encoding: object, data: object) -> bytes:
    """Return the content of a stored blob after hashing it again.

    Raises `Tampered` when it cannot be read or has another hash.
    """
    changed = f"the stored file {sha256} was changed: its content no longer has the SHA-256 it is stored under"
    if not isinstance(data, bytes):
        raise Tampered(changed)
    if encoding == "zlib":
        stream = zlib.decompressobj()
        try:
            # The limit keeps a forged stream from filling the memory.
            content = stream.decompress(data, MAX_BLOB_BYTES + 1)
        except zlib.error as error:
            raise Tampered(changed) from error
        if not stream.eof or stream.unused_data:
            raise Tampered(changed)
    elif encoding == "raw":
        content = data
    else:
        raise Tampered(changed)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Tampered(changed)
    return content
