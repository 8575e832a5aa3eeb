"""Documents: state that is stored in the log itself. For each type and subject, the last entry's content counts.

Accounts, tokens, the review policy, retention and the roll-out are documents, for example. Which entries there are, the chained
pass has seen (`audit.storage.state`): no index is asked, and an entry that its maker had no right to is none. Every document is
compared with its commitment and hash when it is read: a role that somebody wrote by hand raises `Tampered` and is not granted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from audit.errors import InvalidRecord, Tampered, Unreadable
from audit.log.chain import hash_of
from audit.log.proving import opens
from audit.records.canonical import parse
from audit.records.records import LogEntry
from audit.storage.schema import log, payloads
from audit.storage.state import state_of

S = TypeVar("S")
_AT_ONCE = 500
_ALL = select(log, payloads.c.salt, payloads.c.payload).outerjoin(payloads, payloads.c.seq == log.c.seq)


class Document(NamedTuple):
    """An entry and its content, which is None when it was erased."""

    entry: LogEntry
    content: dict[str, Any] | None


def latest(connection: Connection, type: str, subject: str) -> Document | None:
    """Return the last entry of this type about this subject. Raises `Tampered`."""
    return next(newest(connection, type, subject, 1), None)


def at(connection: Connection, seq: int) -> Document | None:
    """Return an entry with its content. Raises `Tampered`."""
    row = connection.execute(_ALL.where(log.c.seq == seq)).mappings().first()  # closes the cursor, which could block others
    return _document(*_opened(connection, row)) if row else None


def latest_of_each(connection: Connection, type: str) -> list[Document]:
    """Return the last entry of this type about every subject, in order of seq. Raises `Tampered`."""
    last = {document.entry.subject: document for document in every(connection, type)}
    return sorted(last.values(), key=lambda document: document.entry.seq)


def every(connection: Connection, type: str) -> Iterator[Document]:
    """Yield all entries of this type, in order of seq. Raises `Tampered`."""
    return _read(connection, state_of(connection).newest(connection, None, (type,))[::-1])


def newest(connection: Connection, type: str, subject: str, limit: int) -> Iterator[Document]:
    """Yield the last `limit` entries of this type about this subject, newest first. Raises `Tampered`."""
    return _read(connection, state_of(connection).newest(connection, subject, (type,), limit))


def naming(connection: Connection, names: Iterable[str]) -> list[Document]:
    """Return the decisions and failures whose input or file may have one of these hashes or names, oldest first: what else they
    say has to be compared. Raises `Tampered`."""
    state = state_of(connection)
    return list(_read(connection, sorted({seq for name in names for seq in state.naming(connection, name)})))


def newest_of_each(connection: Connection, type: str, limit: int, where: ColumnElement[bool]) -> list[Document]:
    """Return the last entry of this type about each subject that ``where`` selects, newest first: a list to show, for which the
    database is asked. Raises `Tampered`."""
    newest = select(func.max(log.c.seq)).where(log.c.type == type, where).group_by(log.c.subject)
    found = _ALL.where(log.c.seq.in_(newest)).order_by(log.c.seq.desc()).limit(limit)
    return [_document(*_opened(connection, row)) for row in connection.execute(found).mappings().all()]


def history(connection: Connection, subject: str, *types: str, after: int = 0) -> list[Document]:
    """Return every entry about a subject (only of these types, if any are given) with a `seq` above `after`, oldest first.
    Raises `Tampered`."""
    seqs = state_of(connection).newest(connection, subject, types)
    return list(_read(connection, [seq for seq in reversed(seqs) if seq > after]))


def count(connection: Connection, type: str, subject: str) -> int:
    """Count the entries of this type about this subject. Raises `Tampered`."""
    return len(state_of(connection).newest(connection, subject, (type,)))


def exist(connection: Connection, type: str) -> bool:
    """Return whether there is any entry of this type. Raises `Tampered`."""
    return bool(state_of(connection).newest(connection, None, (type,), 1))


def setting(connection: Connection, type: str, subject: str, kind: Callable[..., S]) -> S:
    """Return a setting that the log states, or its default. Raises `Tampered`."""
    stated = latest(connection, type, subject)
    return setting_from(kind, stated.content if stated and stated.content is not None else {})


def setting_from(kind: Callable[..., S], content: Mapping[str, Any]) -> S:
    """Rebuild a setting, a dataclass that checks itself; other fields have their default. Raises `InvalidRecord`."""
    try:
        return kind(**content)
    except TypeError as error:
        raise InvalidRecord(f"not valid settings: {error}") from error


def texts(connection: Connection, seqs: Sequence[int]) -> Iterator[tuple[LogEntry, str | None]]:
    """Yield the entries of these numbers, in this order, each with its content as it was recorded. Raises `Tampered`."""
    for start in range(0, len(seqs), _AT_ONCE):
        part = seqs[start : start + _AT_ONCE]
        rows = {row["seq"]: row for row in connection.execute(_ALL.where(log.c.seq.in_(part))).mappings()}
        for seq in part:
            if seq not in rows:
                raise tampered(seq)
            yield _opened(connection, rows[seq])


def _read(connection: Connection, seqs: Sequence[int]) -> Iterator[Document]:
    yield from (_document(*opened) for opened in texts(connection, seqs))


def tampered(seq: int) -> Tampered:
    """Return the error for an entry whose content cannot be what was recorded."""
    return Tampered(f"entry {seq} is not what was recorded; run `python -m audit verify` to see what changed")


def unreadable(seq: int) -> Unreadable:
    """Return the error for an entry that is as it was recorded, and says nothing that its kind can say."""
    return Unreadable(f"entry {seq} is not what was recorded; run `python -m audit verify` to see what is wrong with it")


def _opened(connection: Connection, row: RowMapping) -> tuple[LogEntry, str | None]:
    entry, state = LogEntry(**{column.name: row[column.name] for column in log.columns}), state_of(connection)
    empty = row["payload"] is None and not connection.get_execution_options().get("appended", False)
    if empty:
        state.follow(connection)  # to the erasure
    proven = hash_of(entry) == entry.hash and state.kept(entry.seq, entry.hash, empty=empty)
    if not proven or not (row["payload"] is None or opens(row["salt"], row["payload"], entry.commitment)):
        raise tampered(entry.seq)
    return entry, row["payload"]


def _document(entry: LogEntry, payload: str | None) -> Document:
    try:
        content = None if payload is None else parse(payload)
    except InvalidRecord as error:
        raise unreadable(entry.seq) from error
    if not (content is None or isinstance(content, dict)):
        raise unreadable(entry.seq)
    return Document(entry, content)
