"""Weights of a model, registered: the file under its hash, its card and what it started from; and which of them are in use.

    entry = access.weights.register(content, "line 4, March", card, started_from=None)
    access.weights.use(sha256)            # what new analyses are made with; None: what the program came with
    lineage(access.weights.all(), sha256)

State that is an entry of the log, as policies are. What the card says is the caller's: this package knows no model, it keeps
the very bytes and says who registered them, and when.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection

from audit.errors import Conflict, InvalidRecord, NotFound
from audit.log.entries import FEEDBACK, WEIGHTS, WEIGHTS_IN_USE, WEIGHTS_RETIRED
from audit.people.rights import Action, Rights
from audit.records import validation as v
from audit.records.records import LogEntry
from audit.storage import documents, queries
from audit.storage.rows import MAX_BLOB_BYTES, StoredBlob

__all__ = ["InUse", "RegisteredWeights", "WeightsRegister", "in_use", "lineage", "registered", "weights_named"]

SUBJECT = "analyses"
MAX_CARD_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class RegisteredWeights:
    """Weights in the record: ``sha256`` of the file, the ``name`` they were given, their ``card``, the hash of those that they
    ``started_from``; number, time and actor of the entry. ``retired``: not to be used any more."""

    sha256: str
    name: str
    card: Mapping[str, Any] = field(repr=False)
    started_from: str | None
    seq: int
    at: str
    by: str
    retired: bool = False


class InUse(NamedTuple):
    """Which weights new analyses are made with (None: those that the program came with), since which entry, by whose word."""

    sha256: str | None
    seq: int
    at: str
    by: str


class WeightsRegister:
    """What one person may do about weights. Every method may raise `Denied` and `SignInFailed`."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights
        self._database = rights.database

    def all(self) -> list[RegisteredWeights]:
        """All that are registered, retired ones too, oldest first."""
        with self._rights.reading() as (connection, _):
            return registered(connection)

    def register(self, content: bytes, name: str, card: Mapping[str, object], *, started_from: str | None = None) -> LogEntry:
        """Keep weights with their card. Raises `InvalidRecord`, for a card that names feedback which never left this record
        among others; `Conflict` when they are registered."""
        payload = _payload(content, name, card, started_from)
        sha256 = str(payload["weights_sha256"])
        with self._rights.acting(Action.TRAIN, sha256) as (connection, person):
            _require_feedback(connection, payload["card"])
            entry = self._database.append(connection, actor=person.id, type=WEIGHTS, subject=sha256, payload=payload)
            # From here on nobody else writes.
            if documents.count(connection, WEIGHTS, sha256) > 1:
                raise Conflict(f"the weights {sha256} are registered already")
            if sha256 not in queries.stored_blobs(connection, [sha256]):
                queries.insert_blobs(connection, {sha256: StoredBlob("raw", content)})
            return entry

    def use(self, sha256: str | None) -> LogEntry:
        """Make new analyses with these weights, or with those that the program came with. Raises `NotFound`; `Conflict` when
        they are retired."""
        with self._rights.acting(Action.USE_WEIGHTS, sha256 or "") as (connection, person):
            self._database.lock(connection)
            if sha256 is not None and _known(connection, sha256).retired:
                raise Conflict("these weights are retired; take them back first")
            payload = {"weights_sha256": sha256}
            return self._database.append(connection, actor=person.id, type=WEIGHTS_IN_USE, subject=SUBJECT, payload=payload)

    def retire(self, sha256: str, why: str, *, retired: bool = True) -> LogEntry:
        """Have weights not used any more, or take that back. Raises `NotFound`; `Conflict` while they are in use."""
        reason = v.text("why", why, limit=v.MAX_COMMENT)
        with self._rights.acting(Action.USE_WEIGHTS, sha256) as (connection, person):
            self._database.lock(connection)
            known, current = _known(connection, sha256), in_use(connection)
            if retired and current is not None and current.sha256 == sha256:
                raise Conflict("these weights are in use; use others first")
            if known.retired is retired:
                raise Conflict("these weights are retired already" if retired else "these weights are not retired")
            payload = {"retired": retired, "why": reason}
            return self._database.append(connection, actor=person.id, type=WEIGHTS_RETIRED, subject=sha256, payload=payload)

    def uses(self) -> list[InUse]:
        """Which weights were in use from when on, oldest first."""
        with self._rights.reading() as (connection, _):
            return [_in_use(found) for found in documents.history(connection, SUBJECT, WEIGHTS_IN_USE)]

    def take_away(self, sha256: str) -> bytes:
        """The weights file, to be taken out of the house, which is recorded. Raises `NotFound`, `Tampered`."""
        with self._rights.acting(Action.TAKE_WEIGHTS, sha256) as (connection, person):
            content, known = queries.read_blob(connection, sha256), _known(connection, sha256)
            payload = {"weights_sha256": sha256, "name": known.name}
            self._database.append(connection, actor=person.id, type="export", subject="weights", payload=payload)
            return content


def registered(connection: Connection) -> list[RegisteredWeights]:
    """All registered weights, oldest first. Raises `Tampered`."""
    retired = {
        found.entry.subject: found.content is not None and found.content.get("retired") is True
        for found in documents.latest_of_each(connection, WEIGHTS_RETIRED)
    }
    return [
        _of(found, retired=retired.get(found.entry.subject, False)) for found in documents.latest_of_each(connection, WEIGHTS)
    ]


def in_use(connection: Connection) -> InUse | None:
    """What new analyses are made with; None when nobody ever chose. Raises `Tampered`."""
    found = documents.latest(connection, WEIGHTS_IN_USE, SUBJECT)
    return None if found is None else _in_use(found)


def lineage(known: Collection[RegisteredWeights], sha256: str) -> list[str]:
    """The hashes of weights and of what they started from, step by step, as far back as the record knows: the last one may
    be of weights that nobody registered."""
    parents = {one.sha256: one.started_from for one in known}
    line = [sha256]
    # What a card claims can be anything, a circle too.
    while (parent := parents.get(line[-1])) is not None and parent not in line:
        line.append(parent)
    return line


def weights_named(content: Mapping[str, Any], subject: str) -> str:
    """The hash of the file that an entry registers, checked with all else that it holds. Raises `InvalidRecord`."""
    if set(content) != {"weights_sha256", "name", "started_from", "card"}:
        raise InvalidRecord("not registered weights: they have a hash, a name, a card and what they started from")
    sha256 = v.sha256_hex("weights_sha256", content["weights_sha256"])
    if sha256 != subject:
        raise InvalidRecord("the entry is about other weights than those that it names")
    v.text("name", content["name"], limit=200)
    if content["started_from"] is not None:
        v.sha256_hex("started_from", content["started_from"])
    v.json_object("card", content["card"])
    return sha256


def _payload(content: bytes, name: str, card: Mapping[str, object], started_from: str | None) -> dict[str, object]:
    if not isinstance(content, bytes) or not 0 < len(content) <= MAX_BLOB_BYTES:
        raise InvalidRecord(f"a weights file has between 1 and {MAX_BLOB_BYTES} bytes")
    sha256 = hashlib.sha256(content).hexdigest()
    told = v.json_object("card", card)
    if len(str(told)) > MAX_CARD_BYTES:
        raise InvalidRecord(f"a card has at most {MAX_CARD_BYTES} characters")
    if told.get("weights_sha256", sha256) != sha256:
        raise InvalidRecord("the card is of other weights than those that were given")
    payload: dict[str, object] = {"weights_sha256": sha256, "name": name.strip(), "started_from": started_from, "card": told}
    weights_named(payload, sha256)
    return payload


def _require_feedback(connection: Connection, card: object) -> None:
    """The reviews that weights learned from are to be found: their set left this record, and an entry says when."""
    said = card.get("feedback_sha256") if isinstance(card, Mapping) else None
    if said is not None and not documents.count(connection, FEEDBACK, v.sha256_hex("feedback_sha256", said)):
        raise InvalidRecord(f"the card names the feedback {said}, which was never taken out of this record")


def _known(connection: Connection, sha256: str) -> RegisteredWeights:
    found = next((one for one in registered(connection) if one.sha256 == sha256), None)
    if found is None:
        raise NotFound(f"no weights are registered under {sha256!r:.80}")
    return found


def _of(found: documents.Document, *, retired: bool) -> RegisteredWeights:
    content = found.content or {}
    try:
        sha256 = weights_named(content, found.entry.subject)
    except InvalidRecord as error:
        raise documents.tampered(found.entry.seq) from error
    entry = found.entry
    return RegisteredWeights(
        sha256, content["name"], content["card"], content["started_from"], entry.seq, entry.ts, entry.actor, retired
    )


def _in_use(found: documents.Document) -> InUse:
    content, entry = found.content or {}, found.entry
    sha256 = content.get("weights_sha256")
    if set(content) != {"weights_sha256"} or not (sha256 is None or isinstance(sha256, str)):
        raise documents.tampered(entry.seq)
    return InUse(sha256, entry.seq, entry.ts, entry.actor)
