"""How files of a source are read: settings that somebody corrected, remembered as entries of the log (type "reading").

    access.readings.remember("line4", {"time_zone": "Asia/Tokyo"})
    access.readings.of("line4")           # Remembered, or None
    access.readings.forget("line4")

What the settings say is the caller's; this package keeps them, and says who set them, and when. A decision holds the settings
that it was read by itself: changing what is remembered changes no decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from audit.errors import InvalidRecord, NotFound
from audit.log.entries import READING
from audit.people.rights import Action, Rights
from audit.records import validation as v
from audit.records.records import LogEntry
from audit.storage import documents
from audit.storage.documents import Document

__all__ = ["Readings", "Remembered", "remembered"]


@dataclass(frozen=True, slots=True)
class Remembered:
    """The settings of a source; number, time and actor of the entry that set them."""

    source: str
    settings: Mapping[str, Any]
    seq: int
    at: str
    by: str


class Readings:
    """What one person may do about how files are read. Every method may raise `Denied` and `SignInFailed`."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights
        self._database = rights.database

    def of(self, source: str) -> Remembered | None:
        """What is remembered of a source; None when nothing is, or it was forgotten. Raises `Tampered`."""
        with self._rights.reading() as (connection, _):
            return remembered(connection, source)

    def remember(self, source: str, settings: Mapping[str, object]) -> LogEntry:
        """Read files of this source so from now on. Raises `InvalidRecord`."""
        v.text("source", source)
        content = v.json_object("settings", settings)
        if not content:
            raise InvalidRecord("settings of reading must say something; to go back to the guess, forget them")
        with self._rights.acting(Action.SET_READING, source) as (connection, person):
            payload = {"settings": content}
            return self._database.append(connection, actor=person.id, type=READING, subject=source, payload=payload)

    def forget(self, source: str) -> LogEntry:
        """Go back to the guess. Raises `NotFound` when nothing is remembered."""
        with self._rights.acting(Action.SET_READING, source) as (connection, person):
            self._database.lock(connection)
            if remembered(connection, source) is None:
                raise NotFound(f"nothing is remembered of the source {source!r}")
            payload: dict[str, object] = {"settings": None}
            return self._database.append(connection, actor=person.id, type=READING, subject=source, payload=payload)


def remembered(connection: Connection, source: str) -> Remembered | None:
    """What the log says last of a source. Raises `Tampered`."""
    found = documents.latest(connection, READING, source)
    return None if found is None else _remembered(found)


def _remembered(found: Document) -> Remembered | None:
    settings = (found.content or {}).get("settings")
    if not isinstance(settings, dict):
        return None
    return Remembered(found.entry.subject, settings, found.entry.seq, found.entry.ts, found.entry.actor)
