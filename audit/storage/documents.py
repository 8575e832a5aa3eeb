"""Documents: state that is stored in the log itself. For each type and subject, the last entry's content counts.

Accounts, tokens, the review policy, retention and the roll-out are documents, for example. Every document is compared with its
commitment and hash when it is read: a role that somebody wrote into the database by hand raises `Tampered` and is not granted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, select

from audit.errors import InvalidRecord, Tampered
from audit.log.chain import entry_hash, opens
from audit.records.canonical import parse
from audit.records.records import LogEntry
from audit.storage.schema import log, payloads

S = TypeVar("S")


class Document(NamedTuple):
    """An entry and its content, which is None when it was erased."""

    entry: LogEntry
    content: dict[str, Any] | None


def latest(connection: Connection, type: str, subject: str) -> Document | None:
    """Return the last entry of this type about this subject. Raises `Tampered`."""
    where = _all().where(log.c.subject == subject, log.c.type == type)
    return _one(connection, where.order_by(log.c.seq.desc()).limit(1))


def at(connection: Connection, seq: int) -> Document | None:
    """Return an entry with its content. Raises `Tampered`."""
    return _one(connection, _all().where(log.c.seq == seq))


def latest_of_each(connection: Connection, type: str) -> Iterator[Document]:
    """Yield the last entry of this type about every subject, in order of seq. Raises `Tampered`."""
    newest = select(func.max(log.c.seq)).where(log.c.type == type).group_by(log.c.subject)
    return _read(connection, _all().where(log.c.seq.in_(newest)).order_by(log.c.seq))


def every(connection: Connection, type: str) -> Iterator[Document]:
    """Yield all entries of this type, in order of seq. Raises `Tampered`."""
    return _read(connection, _all().where(log.c.type == type).order_by(log.c.seq))


def newest_of_each(connection: Connection, type: str, limit: int, where: ColumnElement[bool]) -> list[Document]:
    """Return the last entry of this type about each subject that ``where`` selects, newest first. Raises `Tampered`."""
    newest = select(func.max(log.c.seq)).where(log.c.type == type, where).group_by(log.c.subject)
    return list(_read(connection, _all().where(log.c.seq.in_(newest)).order_by(log.c.seq.desc()).limit(limit)))


def newest(connection: Connection, type: str, subject: str, limit: int) -> Iterator[Document]:
    """Yield the last `limit` entries of this type about this subject, newest first. Raises `Tampered`."""
    where = _all().where(log.c.subject == subject, log.c.type == type)
    return _read(connection, where.order_by(log.c.seq.desc()).limit(limit))


def history(connection: Connection, subject: str, *types: str, after: int = 0) -> list[Document]:
    """Return every entry about a subject (only of these types, if any are given) with a `seq` above `after`, oldest first.
    Raises `Tampered`."""
    where = _all().where(log.c.subject == subject, log.c.seq > after)
    if types:
        where = where.where(log.c.type.in_(types))
    return list(_read(connection, where.order_by(log.c.seq)))


def count(connection: Connection, type: str, subject: str) -> int:
    """Count the entries of this type about this subject."""
    where = select(func.count()).select_from(log).where(log.c.subject == subject, log.c.type == type)
    return int(connection.execute(where).scalar_one())


def exist(connection: Connection, type: str) -> bool:
    """Return whether there is any entry of this type."""
    return connection.execute(select(log.c.seq).where(log.c.type == type).limit(1)).first() is not None


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


def _all() -> Select[Any]:
    return select(log, payloads.c.salt, payloads.c.payload).outerjoin(payloads, payloads.c.seq == log.c.seq)


def _one(connection: Connection, statement: Select[Any]) -> Document | None:
    row = connection.execute(statement).mappings().first()  # closes the cursor, which could block others
    return _proven(row) if row else None


def _read(connection: Connection, statement: Select[Any]) -> Iterator[Document]:
    return map(_proven, connection.execute(statement).mappings())


def tampered(seq: int) -> Tampered:
    """Return the error for an entry whose content cannot be what was recorded."""
    return Tampered(f"entry {seq} is not what was recorded; run `python -m audit verify` to see what changed")


def _proven(row: RowMapping) -> Document:
    entry = LogEntry(**{column.name: row[column.name] for column in log.columns})
    changed = tampered(entry.seq)
    try:
        if entry_hash(entry) != entry.hash:
            raise changed
        if row["payload"] is None:
            return Document(entry, None)
        if not opens(row["salt"], row["payload"], entry.commitment):
            raise changed
        content = parse(row["payload"])
    except InvalidRecord as error:
        raise changed from error
    if not isinstance(content, dict):
        raise changed
    return Document(entry, content)
