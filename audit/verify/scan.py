"""One pass over many entries: each is proven (`audit.log.proving`), and compared with all that hangs on it.

Caches must hold exactly the rows that its content gives (`audit.storage.caches`), and every file that it names must match its
hash. Most entries are settled by that; the others are looked at closely, to say what is wrong with them, if anything is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, cycle
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, case, func, select, type_coerce
from sqlalchemy.types import NullType

from audit.errors import InvalidRecord, NotFound, Tampered
from audit.intake.registered_weights import weights_named
from audit.log.entries import CONTROL, DECISION, REVIEW, WEIGHTS
from audit.log.proving import GENESIS, ChainProblem, EntryHeader, Proven, Row, Tip, prove
from audit.records import validation as v
from audit.records.canonical import parse
from audit.records.payload import decision_from_payload, review_from_payload, review_problem
from audit.storage import caches
from audit.storage.caches import CACHED, Rows, files_named, project
from audit.storage.engines import by_index, read_fast, rows_of
from audit.storage.fold import erased_in, read_rows
from audit.storage.schema import CACHES, blobs, decision_files, log
from audit.storage.stored_files import read_blob, referenced, unpack

_SMALL = 32 * 1024  # bytes; stored files up to this size are read many at once
# Of long contents, what rights depend on: a helper process sends no more.
_DECIDING = {
    DECISION: ("gate", "id", "input_name", "input_sha256", "required_reviews"),
    REVIEW: (
        *("authenticated_at", "authentication", "decision_id", "id", "kind", "reviewer_id", "reviewer_name", "role"),
        *("shown_sha256", "submitted_at", "supersedes", "verdict"),
    ),
}

_first: BindParameter[int] = bindparam("first")
_last: BindParameter[int] = bindparam("last")
# Only small files, because thousands are in memory at the same time. Without a column type, the driver's value is returned
# unchanged: a forged cell may hold text or a number.
_CONTENT = type_coerce(case((func.length(blobs.c.data) <= _SMALL, blobs.c.data)), NullType())
_FILES = (
    select(blobs.c.sha256, blobs.c.encoding, _CONTENT)
    .join(decision_files, decision_files.c.sha256 == blobs.c.sha256)
    .where(decision_files.c.seq.between(_first, _last))
)


class Span(NamedTuple):
    """Consecutive entries after the one whose hash is `prev`, as far as they hold; what erasures kept of those without content;
    and the first of which something that hangs on it is wrong."""

    prev: str
    proven: Proven
    facts: Mapping[int, Mapping[str, Any]]
    hanging: ChainProblem | None


def scan(connection: Connection, after: int, limit: int, prev: str | None, good_blobs: set[object]) -> Span:
    """Scan up to `limit` entries that follow entry `after`, whose hash is `prev` (None: read the hash from the log).

    `good_blobs` are blobs whose hash was checked; the scan adds to them. The connection must see one state throughout.
    """
    by_index(connection)
    if prev is None:
        prev = str(connection.execute(select(log.c.hash).where(log.c.seq == after)).scalar()) if after else GENESIS
    return read_fast(connection, lambda: _scanned(connection, Tip(after, prev), limit, good_blobs))


def _scanned(connection: Connection, tip: Tip, limit: int, good_blobs: set[object]) -> Span:
    rows = read_rows(connection, tip.seq + 1, tip.seq + limit)
    erased, facts = erased_in(connection, rows)
    proven = prove(rows, tip, erased)
    hanging = next(_Hanging(connection, tip.seq, limit, good_blobs).problems(rows, proven), None)
    contents = [_deciding(made.type, content) for made, content in zip(proven.entries, proven.contents, strict=True)]
    return Span(tip.hash, proven._replace(contents=contents), facts, hanging)


def _deciding(kind: str, content: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    names = _DECIDING.get(kind)
    if content is None or names is None:
        return content
    others = {name: type(said)() for name, said in content.items()} if kind == REVIEW else {}  # it is refused by their types
    return others | {name: content[name] for name in names if name in content}


class _Hanging:
    """What hangs on entries: rows of caches, and files."""

    def __init__(self, connection: Connection, after: int, limit: int, good_blobs: set[object]) -> None:
        self._connection, self._good = connection, good_blobs
        self._cached = caches.stored(connection, after + 1, after + limit)
        if self._cached:
            for sha256, encoding, content in rows_of(connection, _FILES, {"first": after + 1, "last": after + limit}):
                if content is not None and sha256 not in good_blobs:
                    with suppress(Tampered):
                        unpack(sha256, encoding, content)
                        good_blobs.add(sha256)

    def problems(self, rows: Sequence[Row], proven: Proven) -> Iterator[ChainProblem]:
        """Yield what is wrong with what hangs on these entries."""
        for row, made, content in zip(rows, proven.entries, proven.contents, strict=False):
            if row[9] is None:
                if made.seq in self._cached:
                    yield ChainProblem(made.seq, f"The row of {_name(made)} still exists although it was erased.")
            elif made.type == WEIGHTS or made.type in CACHED or made.seq in self._cached:
                settled = made.type in CACHED and self._settled(made, content, row[9])
                if not settled and (problem := self._closely(made, row[9])) is not None:
                    yield problem

    def _settled(self, made: EntryHeader, content: Mapping[str, Any] | None, payload: str) -> bool:
        """Return whether the caches hold what this content gives, and every file that it names is what it was."""
        kind, seq, subject = made.type, made.seq, made.subject
        try:
            said = json.loads(payload) if content is None else content
            if kind == REVIEW and review_problem(said) is not None:
                return False
            files = files_named(said) if kind == DECISION else set()
            about = subject if kind == CONTROL else said["id" if kind == DECISION else "decision_id"]
            held = {table: list(found) for table, found in project(kind, subject, seq, said).items() if found}
            return about == subject and self._cached.get(seq) == held and self._hashed(files)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            return False

    def _hashed(self, files: set[str]) -> bool:
        """Return whether these files match their hashes; large ones are read one after the other."""
        for sha256 in files - self._good:
            # Names that cannot be a hash are left out: SQLite cannot be queried for text that is not UTF-8.
            with suppress(Tampered, NotFound):
                if type(sha256) is str and sha256.isascii():
                    read_blob(self._connection, sha256)
                    self._good.add(sha256)
        return self._good.issuperset(files)

    def _closely(self, made: EntryHeader, payload: str) -> ChainProblem | None:
        try:
            content = parse(payload)
            files = _files(made, content)
            rows = project(made.type, made.subject, made.seq, content)
        except (InvalidRecord, KeyError, TypeError, AttributeError) as error:
            return ChainProblem(made.seq, f"The content of {_name(made)} is not a valid {made.type}: {error}.")
        text = self._changed(made, rows)
        for sha256 in sorted(files - self._good) if text is None else ():
            try:
                read_blob(self._connection, sha256)
            except NotFound:
                text = f"The file {sha256} that {_name(made)} recorded is missing."
            except Tampered:
                text = f"The file {sha256} that {_name(made)} recorded was changed."
            else:
                self._good.add(sha256)
                continue
            break
        return None if text is None else ChainProblem(made.seq, text)

    def _changed(self, made: EntryHeader, due: Rows) -> str | None:
        """Return how the rows that caches hold of an entry differ from those that it gives."""
        held = self._cached.get(made.seq, {})
        for table in CACHES:
            rows, wanted = list(held.get(table, ())), list(due.get(table, ()))
            if rows == wanted:
                continue
            if len(rows) != len(wanted):
                fault = "is missing" if len(rows) < len(wanted) else "is one too many"
                return f"A row of {_name(made)} in the table {table.name} {fault}."
            cells = zip(cycle(table.columns.keys()), chain(*wanted), chain(*rows), strict=False)
            name, was, now = next(cell for cell in cells if cell[1] != cell[2])
            return (
                f'The row of {_name(made)} in the table {table.name} was changed: the field "{name}" was recorded as '
                f"{was!r:.80}, now it is {now!r:.80}."
            )
        return None


def _name(made: EntryHeader) -> str:
    return f"entry {made.seq} ({made.type} {made.subject})"


def _files(made: EntryHeader, content: object) -> set[str]:
    """Return the hashes of the files that an entry names, after checking its content. Raises `InvalidRecord`."""
    if made.type == WEIGHTS:
        return {weights_named(v.json_object("content", content), made.subject)}
    if made.type == REVIEW and review_from_payload(content).decision_id != made.subject:
        raise InvalidRecord("it is about another decision")
    if made.type != DECISION:
        return set()
    decision = decision_from_payload(content)
    if decision.id != made.subject:
        raise InvalidRecord("it is about another decision")
    return set(referenced(decision))
