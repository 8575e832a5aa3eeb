"""Sources: the last decision of each, what came before it, and the reference that a person accepted for it.

    access.sources.last("line4", weights_sha256)          # DecisionRecord, or None
    access.sources.accept("line4", "new controller, checked", since=decision_id)
    access.sources.accepted("line4")                       # Accepted, or None

A source is what a decision's details name as one; under other weights it is another one, for other weights select otherwise.
Where its last decision lies is working state, found without a search; what is read there is compared with what was asked for.
What counts as usual on a source is the caller's to say; that a person has declared it anew is an entry of the log (type
"reference").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, select

from audit.errors import Conflict, NotFound, Tampered
from audit.log.entries import REFERENCE, check_page
from audit.operation.observations import detail
from audit.people.rights import Action, Rights
from audit.records import validation as v
from audit.records.records import DecisionRecord, LogEntry
from audit.storage import documents, queries
from audit.storage.documents import Document
from audit.storage.schema import decisions, sources

__all__ = ["Accepted", "Sources", "accepted", "forget", "last_of_each", "note"]

MOST_SOURCES = 500
_MOST_BEFORE = 1_000


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a person declared usual on a source: what came after the entry ``seq``, or from the decision ``since`` on; why,
    when and by whom."""

    source: str
    since: str | None
    why: str
    seq: int
    at: str
    by: str


class Sources:
    """What one person may see and do about sources. Every method may raise `Denied` and `SignInFailed`."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights
        self._database = rights.database

    def all(self) -> list[DecisionRecord]:
        """The last decision of every source under every weights, newest first, at most 500. Raises `Tampered`."""
        with self._rights.reading() as (connection, _):
            return last_of_each(connection)

    def last(self, source: str, weights: str) -> DecisionRecord | None:
        """The last decision of a source under these weights. Raises `Tampered`."""
        with self._rights.reading() as (connection, _):
            place = (sources.c.source == source) & (sources.c.weights_sha256 == weights)
            id = connection.execute(select(sources.c.decision_id).where(place)).scalar()
            found = queries.summaries(connection, decisions.c.id == id) if id is not None else []
        if id is None:
            return None
        if not found or found[0].decision.details.get("source") != source or found[0].decision.weights_sha256 != weights:
            raise Tampered(f"the last decision of the source {source!r} is not where it was put; run `python -m audit verify`")
        return found[0].decision

    def recent(self, source: str, weights: str, *, limit: int = 200, since: str | None = None) -> list[DecisionRecord]:
        """The last `limit` decisions of a source under these weights, or those from a decision on, oldest first.

        Raises `NotFound` for a decision that is none of the source's; `Tampered`.
        """
        check_page(limit, 0)
        with self._rights.reading() as (connection, _):
            own = _of(connection, source, weights)
            if since is not None:
                first = connection.execute(select(decisions.c.seq).where(decisions.c.id == since, own)).scalar()
                if first is None:
                    raise NotFound(f"the source {source!r} has no decision {since!r:.80}")
                own &= decisions.c.seq >= first
            ids = list(connection.scalars(select(decisions.c.id).where(own).order_by(decisions.c.seq.desc()).limit(limit)))
            return [summary.decision for summary in queries.summaries(connection, decisions.c.id.in_(ids))]

    def accepted(self, source: str) -> Accepted | None:
        """The reference that a person accepted last; None when nobody did. Raises `Tampered`."""
        with self._rights.reading() as (connection, _):
            return accepted(connection, source)

    def history(self, source: str) -> list[Accepted]:
        """All references that were accepted for a source, oldest first. Raises `Tampered`."""
        with self._rights.reading() as (connection, _):
            return [_accepted(found) for found in documents.history(connection, source, REFERENCE)]

    def accept(self, source: str, why: str, *, since: str | None = None) -> LogEntry:
        """Declare usual what comes from now on, or what came from a decision on. Raises `NotFound` when the source has no
        such decision; `Conflict` when more than a thousand decisions would have to be taken in."""
        v.text("source", source)
        reason = v.text("why", why, limit=v.MAX_COMMENT)
        with self._rights.acting(Action.SET_REFERENCE, source) as (connection, person):
            if connection.execute(select(sources.c.seq).where(sources.c.source == source)).first() is None:
                raise NotFound(f"no decision names the source {source!r}")
            if since is not None:
                _check_first(connection, source, since)
            payload = {"since": since, "why": reason}
            return self._database.append(connection, actor=person.id, type=REFERENCE, subject=source, payload=payload)


def last_of_each(connection: Connection) -> list[DecisionRecord]:
    """The last decision of every source under every weights, newest first, at most 500. Raises `Tampered`."""
    newest = select(sources.c.decision_id).order_by(sources.c.seq.desc()).limit(MOST_SOURCES)
    found = queries.summaries(connection, decisions.c.id.in_(list(connection.scalars(newest))))
    return [summary.decision for summary in reversed(found)]


def accepted(connection: Connection, source: str) -> Accepted | None:
    """The reference that a person accepted last; None when nobody did. Raises `Tampered`."""
    found = documents.latest(connection, REFERENCE, source)
    return None if found is None else _accepted(found)


def note(connection: Connection, recorded: Iterable[tuple[DecisionRecord, int]]) -> None:
    """Keep where the last decisions of their sources lie; ``recorded`` with the numbers of their entries, in order."""
    last = {
        (source, decision.weights_sha256): (decision.id, seq)
        for decision, seq in recorded
        if isinstance(source := decision.details.get("source"), str)
    }
    for (source, weights), (id, seq) in last.items():
        _put(connection, source, weights, id, seq)


def forget(connection: Connection, decision_id: str) -> None:
    """Of a decision whose row was just erased: the source's last decision is the one before it from now on."""
    held = connection.execute(select(sources).where(sources.c.decision_id == decision_id)).mappings().all()
    for row in held:
        source, weights = row["source"], row["weights_sha256"]
        before = select(decisions.c.id, decisions.c.seq).where(_of(connection, source, weights))
        found = connection.execute(before.order_by(decisions.c.seq.desc()).limit(1)).first()
        if found is not None:
            _put(connection, source, weights, found.id, found.seq)
        else:
            connection.execute(delete(sources).where(sources.c.decision_id == decision_id))


def _put(connection: Connection, source: str, weights: str, id: str, seq: int) -> None:
    connection.execute(delete(sources).where(sources.c.source == source, sources.c.weights_sha256 == weights))
    connection.execute(sources.insert(), {"source": source, "weights_sha256": weights, "decision_id": id, "seq": seq})


def _of(connection: Connection, source: str, weights: str) -> ColumnElement[bool]:
    return (decisions.c.weights_sha256 == weights) & (detail(connection, "source") == source)


def _check_first(connection: Connection, source: str, since: str) -> None:
    first = connection.execute(
        select(decisions.c.seq, decisions.c.weights_sha256).where(
            decisions.c.id == since, detail(connection, "source") == source
        )
    ).first()
    if first is None:
        raise NotFound(f"the source {source!r} has no decision {since!r:.80}")
    later = _of(connection, source, first.weights_sha256) & (decisions.c.seq >= first.seq)
    if connection.execute(select(func.count()).select_from(decisions).where(later)).scalar_one() > _MOST_BEFORE:
        raise Conflict(f"more than {_MOST_BEFORE:,} decisions have come since then; choose a later one")


def _accepted(found: Document) -> Accepted:
    content, entry = found.content or {}, found.entry
    since, why = content.get("since"), content.get("why")
    if set(content) != {"since", "why"} or not (since is None or isinstance(since, str)) or not isinstance(why, str):
        raise documents.tampered(entry.seq)
    return Accepted(entry.subject, since, why, entry.seq, entry.ts, entry.actor)
