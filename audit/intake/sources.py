"""Sources: the decisions of each, the reference that a person accepted for it, and the settings for reading its files.

    access.sources.last("line4", weights_sha256)          # DecisionRecord, or None
    access.sources.accept("line4", "new controller, checked", since=decision_id)
    access.sources.accepted("line4")                       # AcceptedReference, or None

    access.readings.remember("line4", {"time_zone": "Asia/Tokyo"})
    access.readings.of("line4")                            # ReadingSettings, or None
    access.readings.forget("line4")

A decision's details name its source. A source has one last decision for each of the weights, because other weights select
other pairs; references and reading settings belong to the source under all weights. The caller defines what is usual for a
source. When a person declares it anew, that is an entry of the log (type "reference").

Reading settings that a person corrected are entries of the log (type "reading"). The caller defines their content; this package
keeps them with author and time. A decision holds the settings that its input was read with: changing what is remembered changes
no decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from audit.errors import Conflict, InvalidRecord, NotFound, Tampered
from audit.log.entries import READING, REFERENCE, check_page
from audit.people.rights import Action, RecordPart
from audit.records import validation as v
from audit.records.records import DecisionRecord, LogEntry
from audit.storage import documents, queries
from audit.storage.documents import Document
from audit.storage.schema import decisions

MOST_SOURCES = 500
_MOST_SINCE = 1_000  # decisions that a person may declare as usual after the fact


@dataclass(frozen=True, slots=True)
class AcceptedReference:
    """A person's declaration of what is usual for a source: all that comes after the entry ``seq``, or all from the decision
    ``since`` on; with reason, time and author."""

    source: str
    since: str | None
    why: str
    seq: int
    at: str
    by: str


@dataclass(frozen=True, slots=True)
class ReadingSettings:
    """The reading settings of a source; number, time and actor of the entry that set them."""

    source: str
    settings: Mapping[str, Any]
    seq: int
    at: str
    by: str


class Sources(RecordPart):
    """Sources as one person may see them and act on them. Every method may raise `Denied` and `SignInFailed`."""

    def all(self) -> list[DecisionRecord]:
        """Return the last decision of every source with every weights file, newest first, at most 500. Raises `Tampered`."""
        with self._rights.reading() as (connection, _):
            return last_of_each(connection)

    def last(self, source: str, weights: str) -> DecisionRecord | None:
        """Return the last decision of a source under these weights; None without one. Raises `Tampered`."""
        with self._rights.reading() as (connection, _):
            newest = select(func.max(decisions.c.seq)).where(_of(source, weights)).scalar_subquery()
            summaries = queries.summaries(connection, decisions.c.seq == newest)
        decision = summaries[0].decision if summaries else None
        if decision is not None and (decision.details.get("source"), decision.weights_sha256) != (source, weights):
            raise Tampered(f"a cache names a wrong decision of the source {source!r}; run `python -m audit verify`")
        return decision

    def recent(self, source: str, weights: str, *, limit: int = 200, since: str | None = None) -> list[DecisionRecord]:
        """Return the last `limit` decisions of a source under these weights, none before the decision `since`, oldest first.

        Raises `NotFound` when the source has no decision `since`; `Tampered`.
        """
        check_page(limit, 0)
        with self._rights.reading() as (connection, _):
            own = _of(source, weights)
            if since is not None:
                first = connection.execute(select(decisions.c.seq).where(decisions.c.id == since, own)).scalar()
                if first is None:
                    raise NotFound(f"the source {source!r} has no decision {since!r:.80}")
                own &= decisions.c.seq >= first
            ids = list(connection.scalars(select(decisions.c.id).where(own).order_by(decisions.c.seq.desc()).limit(limit)))
            return [summary.decision for summary in queries.summaries(connection, decisions.c.id.in_(ids))]

    def accepted(self, source: str) -> AcceptedReference | None:
        """Return the reference that a person accepted last; None when nobody did. Raises `Tampered`."""
        with self._rights.reading() as (connection, _):
            return accepted(connection, source)

    def history(self, source: str) -> list[AcceptedReference]:
        """Return all references that were accepted for a source, oldest first. Raises `Tampered`."""
        with self._rights.reading() as (connection, _):
            return [_accepted(document) for document in documents.history(connection, source, REFERENCE)]

    def accept(self, source: str, why: str, *, since: str | None = None) -> LogEntry:
        """Declare all that comes from now on, or all from the decision `since` on, as usual. Raises `NotFound` when the source
        has no such decision; `Conflict` when more than a thousand decisions would belong to the reference."""
        v.text("source", source)
        reason = v.text("why", why, limit=v.MAX_COMMENT)
        with self._rights.acting(Action.SET_REFERENCE, source) as (connection, person):
            if connection.execute(select(decisions.c.seq).where(decisions.c.source == source)).first() is None:
                raise NotFound(f"no decision names the source {source!r}")
            if since is not None:
                _check_first(connection, source, since)
            return self._append(connection, person, REFERENCE, source, {"since": since, "why": reason})


class Readings(RecordPart):
    """Reading settings as one person may see and change them. Every method may raise `Denied` and `SignInFailed`."""

    def of(self, source: str) -> ReadingSettings | None:
        """Return the settings of a source; None when there are none, or they were forgotten. Raises `Tampered`."""
        with self._rights.reading() as (connection, _):
            return remembered(connection, source)

    def remember(self, source: str, settings: Mapping[str, object]) -> LogEntry:
        """Set how files of this source are read from now on. Raises `InvalidRecord`."""
        v.text("source", source)
        content = v.json_object("settings", settings)
        if not content:
            raise InvalidRecord("reading settings must not be empty; to go back to the guess, forget them")
        with self._rights.acting(Action.SET_READING, source) as (connection, person):
            return self._append(connection, person, READING, source, {"settings": content})

    def forget(self, source: str) -> LogEntry:
        """Forget the settings, so that files are read by the guess again. Raises `NotFound` when there are none."""
        with self._rights.acting(Action.SET_READING, source) as (connection, person):
            self._database.lock(connection)
            if remembered(connection, source) is None:
                raise NotFound(f"no reading settings are remembered for the source {source!r}")
            return self._append(connection, person, READING, source, {"settings": None})


def last_of_each(connection: Connection) -> list[DecisionRecord]:
    """Return the last decision of every source with every weights file, newest first, at most 500. Raises `Tampered`."""
    seq = func.max(decisions.c.seq)
    of_each = select(seq).where(decisions.c.source.is_not(None)).group_by(decisions.c.source, decisions.c.weights_sha256)
    newest = connection.scalars(of_each.order_by(seq.desc()).limit(MOST_SOURCES))
    summaries = queries.summaries(connection, decisions.c.seq.in_(list(newest)))
    return [summary.decision for summary in reversed(summaries)]


def accepted(connection: Connection, source: str) -> AcceptedReference | None:
    """Return the reference that a person accepted last; None when nobody did. Raises `Tampered`."""
    latest = documents.latest(connection, REFERENCE, source)
    return None if latest is None else _accepted(latest)


def remembered(connection: Connection, source: str) -> ReadingSettings | None:
    """Return the last reading settings of a source; None without them. Raises `Tampered`."""
    latest = documents.latest(connection, READING, source)
    return None if latest is None else _remembered(latest)


def _of(source: str, weights: str) -> ColumnElement[bool]:
    return (decisions.c.weights_sha256 == weights) & (decisions.c.source == source)


def _check_first(connection: Connection, source: str, since: str) -> None:
    first = connection.execute(
        select(decisions.c.seq, decisions.c.weights_sha256).where(decisions.c.id == since, decisions.c.source == source)
    ).first()
    if first is None:
        raise NotFound(f"the source {source!r} has no decision {since!r:.80}")
    later = _of(source, first.weights_sha256) & (decisions.c.seq >= first.seq)
    if connection.execute(select(func.count()).select_from(decisions).where(later)).scalar_one() > _MOST_SINCE:
        raise Conflict(f"more than {_MOST_SINCE:,} decisions have come since then; choose a later one")


def _accepted(document: Document) -> AcceptedReference:
    content, entry = document.content or {}, document.entry
    since, why = content.get("since"), content.get("why")
    if set(content) != {"since", "why"} or not (since is None or isinstance(since, str)) or not isinstance(why, str):
        raise documents.unreadable(entry.seq)
    return AcceptedReference(entry.subject, since, why, entry.seq, entry.ts, entry.actor)


def _remembered(document: Document) -> ReadingSettings | None:
    settings, entry = (document.content or {}).get("settings"), document.entry
    if not isinstance(settings, dict):
        return None
    return ReadingSettings(entry.subject, settings, entry.seq, entry.ts, entry.actor)
