"""Files that could not be decided on: an entry of the log each ("failed_input"), so that a batch has no unexplained gaps.

    access.failures.note(input_sha256, weights_sha256, name="line4.log", code="unreadable", why="...")   # False: noted before
    access.failures.of(input_sha256)
    access.failures.undecided()   # the newest on whose bytes nobody has decided

A failure belongs to the bytes and to the weights that were to decide on them. It is noted once; a later decision on the same
bytes stands beside it. A window of a watched log is noted as one: its bytes never come again, so that it is listed apart from
files that somebody can mend, and for a week.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, exists, select

from audit.log.entries import FAILED_INPUT
from audit.people.rights import Action, Rights
from audit.records import validation as v
from audit.records.clock import shifted
from audit.storage import documents
from audit.storage.schema import decisions, log, payloads

__all__ = ["Failure", "Failures", "failure_in", "failures_of"]

MOST_SHOWN = 500
_MOST_VALUES = 20
_WINDOW = '"window":true'  # in a payload, which is canonical; within a text of it, quotation marks are escaped
_WEEK = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed under which weights: the input's hash, the file's name, a code, a sentence and the ``values`` in it; number,
    time and actor of the entry; the ``place`` where the file lay, where that is known."""

    input_sha256: str
    name: str
    weights_sha256: str
    code: str
    why: str
    seq: int
    at: str
    by: str
    place: str | None = None
    values: Mapping[str, str | int | float] = field(default_factory=dict)


class Failures:
    """What one person may see and note of failures. Every method may raise `Denied` and `SignInFailed`."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights
        self._database = rights.database

    def note(
        self,
        input_sha256: str,
        weights_sha256: str,
        *,
        name: str,
        code: str,
        why: str,
        place: str | None = None,
        values: Mapping[str, str | int | float] | None = None,
        window: bool = False,
    ) -> bool:
        """Note that a file failed, or a window of a watched log; whether this is new. What is told of it (`why`, `place`,
        `values`) comes from the file, and is cut and mended rather than refused: a failure that cannot be noted would be met
        again and again. Raises `InvalidRecord`."""
        v.sha256_hex("input_sha256", input_sha256)
        v.sha256_hex("weights_sha256", weights_sha256)
        content: dict[str, object] = {
            "name": v.text("name", name),
            "weights_sha256": weights_sha256,
            "code": v.text("code", code),
            "why": _told(why, v.MAX_COMMENT) or code,
        }
        if place is not None:
            content["place"] = _told(place, v.MAX_COMMENT)
        if values:
            content["values"] = {_told(key): _value(value) for key, value in [*values.items()][:_MOST_VALUES]}
        if window:
            content["window"] = True
        with self._rights.acting(Action.ANALYSE, input_sha256) as (connection, person):
            self._database.lock(connection)
            known = [(one.weights_sha256, one.code) for one in failures_of(connection, input_sha256)]
            if (weights_sha256, code) in known:
                return False
            self._database.append(connection, actor=person.id, type=FAILED_INPUT, subject=input_sha256, payload=content)
        return True

    def of(self, input_sha256: str) -> list[Failure]:
        """The failures of these bytes, oldest first. Raises `Tampered`."""
        with self._rights.reading() as (connection, _):
            return failures_of(connection, input_sha256)

    def undecided(self, limit: int = MOST_SHOWN, *, windows: bool = False) -> list[Failure]:
        """The last failure of each input on whose bytes nobody has decided, newest first, at most ``limit``. Windows of watched
        logs are left out; or they alone are listed (``windows``), those of the last seven days. Raises `Tampered`."""
        window = exists().where(payloads.c.seq == log.c.seq, payloads.c.payload.contains(_WINDOW))
        with self._rights.reading() as (connection, _):
            wanted: ColumnElement[bool] = ~window
            if windows:
                wanted = window & (log.c.ts >= shifted(self._database.now(connection), -_WEEK))
            undecided = log.c.subject.not_in(select(decisions.c.input_sha256))
            found = documents.newest_of_each(connection, FAILED_INPUT, limit, undecided & wanted)
            return [one for one in map(failure_in, found) if one is not None]

    def named(self, name: str) -> list[str]:
        """The SHA-256 of the inputs that ever failed under this name, decided on since or not. Raises `Tampered`."""
        with self._rights.reading() as (connection, _):
            found = [failure_in(one) for one in documents.every(connection, FAILED_INPUT)]
            return sorted({one.input_sha256 for one in found if one is not None and one.name == name})


def failures_of(connection: Connection, input_sha256: str) -> list[Failure]:
    """The failures of these bytes, oldest first. Raises `Tampered`."""
    found = documents.history(connection, input_sha256, FAILED_INPUT)
    return [one for one in map(failure_in, found) if one is not None]


def _told(text: str, limit: int = v.MAX_TEXT) -> str:
    """What a record can hold of a text."""
    return text[:limit].replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _value(value: str | int | float) -> str | int | float:
    if isinstance(value, str):
        return _told(value)
    held = abs(value) <= v.MAX_WHOLE if isinstance(value, int) else math.isfinite(value)
    return value if held else str(value)


def failure_in(found: documents.Document) -> Failure | None:
    """What an entry says; None when its content was erased."""
    if found.content is None:
        return None
    return Failure(
        input_sha256=found.entry.subject,
        name=str(found.content["name"]),
        weights_sha256=str(found.content["weights_sha256"]),
        code=str(found.content["code"]),
        why=str(found.content["why"]),
        seq=found.entry.seq,
        at=found.entry.ts,
        by=found.entry.actor,
        place=None if "place" not in found.content else str(found.content["place"]),
        values=found.content.get("values", {}),
    )
