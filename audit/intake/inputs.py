"""Input files as the record knows them: decisions on the same bytes, and failures to decide.

    inputs.decision_on(connection, input_sha256, weights_sha256)         # the id of the first decision; None without one
    inputs.edge_decision_on(connection, input_sha256, edge_sha256)

    access.failures.note(input_sha256, weights_sha256, name="line4.log", code="unreadable", why="...")   # False: noted before
    access.failures.of(input_sha256)
    access.failures.undecided()   # the newest failures of inputs that have no decision

A decision of an edge device is recorded only once. So is a decision on a file by the same weights, if the caller asks for that.
`decision_on` and `edge_decision_on` are asked inside the transaction that is about to record, behind the log's lock, so that
the answer holds until the transaction ends.

A failure is an entry of the log ("failed_input"), so that a batch has no unexplained gaps. It belongs to the bytes and to the
weights that were to decide on them, and is noted once; a later decision on the same bytes does not remove it. The failure of a
window of a watched log is marked as such. Its bytes never come again, and nobody can repair them: it is listed apart from
files, and only for a week.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, select

from audit.errors import InvalidRecord
from audit.log.entries import DECISION, FAILED_INPUT
from audit.people.rights import Action, RecordPart
from audit.records import validation as v
from audit.records.clock import shifted
from audit.storage import documents
from audit.storage.documents import Document
from audit.storage.schema import decisions, log, payloads

MOST_SHOWN = 500
INSTEAD_OF = "instead_of"
"""Detail of a decision by other weights than those asked for, which did not know the input: the hash of those asked for."""
_MOST_VALUES = 20
_WINDOW = '"window":true'  # as canonical JSON; no text in a payload can hold it, as quotation marks in texts are escaped
_WEEK = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class InputFailure:
    """A failure to decide on an input under some weights: the input's hash, the file's name, a code, a sentence and the
    ``values`` in it; number, time and actor of the entry; the ``place`` of the file, where that is known."""

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


class Failures(RecordPart):
    """Failures as one person may see and note them. Every method may raise `Denied` and `SignInFailed`."""

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
        """Note that a file or a window of a watched log failed; return whether this is new.

        `why`, `place` and `values` may hold text from the file. They are cut and repaired instead of refused: a failure that
        cannot be noted would occur again and again. Raises `InvalidRecord`.
        """
        v.sha256_hex("input_sha256", input_sha256)
        v.sha256_hex("weights_sha256", weights_sha256)
        content: dict[str, object] = {
            "name": v.text("name", name),
            "weights_sha256": weights_sha256,
            "code": v.text("code", code),
            "why": _storable(why, v.MAX_COMMENT) or code,
        }
        if place is not None:
            content["place"] = _storable(place, v.MAX_COMMENT)
        if values:
            content["values"] = {_storable(key): _value(value) for key, value in [*values.items()][:_MOST_VALUES]}
        if window:
            content["window"] = True
        with self._rights.acting(Action.ANALYSE, input_sha256) as (connection, person):
            self._database.lock(connection)
            known = [(failure.weights_sha256, failure.code) for failure in failures_of(connection, input_sha256)]
            if (weights_sha256, code) in known:
                return False
            self._append(connection, person, FAILED_INPUT, input_sha256, content)
        return True

    def of(self, input_sha256: str) -> list[InputFailure]:
        """Return the failures of these bytes, oldest first. Raises `Tampered`."""
        with self._rights.reading() as (connection, _):
            return failures_of(connection, input_sha256)

    def undecided(self, limit: int = MOST_SHOWN, *, windows: bool = False) -> list[InputFailure]:
        """List the last failure of each input that has no decision, newest first, at most ``limit``: of files, or with
        ``windows`` of the windows of watched logs in the last seven days. Raises `Tampered`."""
        window = exists().where(payloads.c.seq == log.c.seq, payloads.c.payload.contains(_WINDOW))
        with self._rights.reading() as (connection, _):
            kind: ColumnElement[bool] = ~window
            if windows:
                kind = window & (log.c.ts >= shifted(self._database.now(connection), -_WEEK))
            undecided = log.c.subject.not_in(select(decisions.c.input_sha256))
            return _failures(documents.newest_of_each(connection, FAILED_INPUT, limit, undecided & kind))


def decisions_on(connection: Connection, inputs: Collection[str]) -> dict[str, list[Document]]:
    """Return the decisions on these bytes by their hash, oldest first. Raises `Tampered`."""
    found: dict[str, list[Document]] = {}
    for document in documents.naming(connection, inputs):
        content = document.content
        if document.entry.type == DECISION and content is not None and content["input_sha256"] in inputs:
            found.setdefault(content["input_sha256"], []).append(document)
    return found


def is_by(decision: Document, weights_sha256: str) -> bool:
    """Return whether these weights decided, or others that were used instead of these (``details.instead_of``)."""
    content = decision.content or {}
    return weights_sha256 in (content["weights_sha256"], content["details"].get(INSTEAD_OF))


def decision_on(connection: Connection, input_sha256: str, weights_sha256: str) -> str | None:
    """Return the id of the first decision on these bytes by these weights (`is_by`); None without one. Raises `Tampered`."""
    on = decisions_on(connection, {input_sha256}).get(input_sha256, [])
    return next((decision.entry.subject for decision in on if is_by(decision, weights_sha256)), None)


def edge_sha256_of(details: Mapping[str, object]) -> str | None:
    """Return the hash by which an edge device knows a decision (``details.edge.sha256``); None when it was made here."""
    edge = details.get("edge")
    sha256 = edge.get("sha256") if isinstance(edge, Mapping) else None
    return sha256 if isinstance(sha256, str) else None


def edge_decision_on(connection: Connection, input_sha256: str, edge_sha256: str) -> str | None:
    """Return the id of the decision on these bytes that an edge device knows by this hash; None without one. Raises
    `Tampered`."""
    on = decisions_on(connection, {input_sha256}).get(input_sha256, [])
    known = (one.entry.subject for one in on if one.content and edge_sha256_of(one.content["details"]) == edge_sha256)
    return next(known, None)


def failures_of(connection: Connection, input_sha256: str) -> list[InputFailure]:
    """Return the failures of these bytes, oldest first. Raises `Tampered`."""
    return _failures(documents.history(connection, input_sha256, FAILED_INPUT))


def _failures(entries: Iterable[Document]) -> list[InputFailure]:
    return [failure for failure in map(failure_in, entries) if failure is not None]


def _storable(text: str, limit: int = v.MAX_TEXT) -> str:
    """Return a text, cut and repaired so that a record can hold it."""
    return text[:limit].replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _value(value: str | int | float) -> str | int | float:
    if isinstance(value, str):
        return _storable(value)
    storable = abs(value) <= v.MAX_WHOLE if isinstance(value, int) else math.isfinite(value)
    return value if storable else str(value)


def check_failure(content: Mapping[str, Any]) -> None:
    """Raise `InvalidRecord` unless this is the content of a failure."""
    if not ({"name", "weights_sha256", "code", "why"} <= content.keys() and isinstance(content.get("values", {}), dict)):
        raise InvalidRecord("it does not say which input failed, and why")


def failure_in(document: Document) -> InputFailure | None:
    """Return the failure that an entry records; None when its content was erased, or is none, which verification names."""
    content, entry = document.content, document.entry
    if content is None:
        return None
    try:
        check_failure(content)
    except InvalidRecord:
        return None
    values = content.get("values", {})
    return InputFailure(
        input_sha256=entry.subject,
        name=str(content["name"]),
        weights_sha256=str(content["weights_sha256"]),
        code=str(content["code"]),
        why=str(content["why"]),
        seq=entry.seq,
        at=entry.ts,
        by=entry.actor,
        place=None if "place" not in content else str(content["place"]),
        values=values,
    )
