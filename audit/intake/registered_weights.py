"""Registered weights: the file under its hash, its card and the weights it started from; and which weights are in use.

    entry = access.weights.register(content, "line 4, March", card, started_from=None)
    access.weights.use(sha256)            # new analyses use these weights; None: the weights that the program came with
    lineage(access.weights.all(), sha256)

Registrations are entries of the log, as policies are. The caller defines the content of the card. This package knows nothing of
the model: it keeps the exact bytes of the weights, with author and time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection

from audit.errors import Conflict, InvalidRecord, NotFound
from audit.log.entries import FEEDBACK, WEIGHTS, WEIGHTS_IN_USE, WEIGHTS_RETIRED
from audit.people.rights import Action, RecordPart
from audit.records import validation as v
from audit.records.records import LogEntry
from audit.storage import documents
from audit.storage.stored_files import MAX_BLOB_BYTES, StoredBlob, insert_blobs, read_blob, stored_blobs

SUBJECT = "analyses"
MAX_CARD_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class RegisteredWeights:
    """Weights in the record: ``sha256`` of the file, ``name``, ``card``, the hash of the weights that they ``started_from``;
    number, time and actor of the entry. ``retired``: not to be used any more."""

    sha256: str
    name: str
    card: Mapping[str, Any] = field(repr=False)
    started_from: str | None
    seq: int
    at: str
    by: str
    retired: bool = False


class WeightsInUse(NamedTuple):
    """The weights that new analyses use (None: those that the program came with); number, time and actor of the entry."""

    sha256: str | None
    seq: int
    at: str
    by: str


class WeightsRegister(RecordPart):
    """Registered weights as one person may see and change them. Every method may raise `Denied` and `SignInFailed`."""

    def all(self) -> list[RegisteredWeights]:
        """Return all registered weights, retired ones too, oldest first."""
        with self._rights.reading() as (connection, _):
            return registered(connection)

    def register(self, content: bytes, name: str, card: Mapping[str, object], *, started_from: str | None = None) -> LogEntry:
        """Register weights with their card. Raises `InvalidRecord`, also when the card names feedback that was never taken out
        of this record; `Conflict` when the weights are registered already."""
        payload = _payload(content, name, card, started_from)
        sha256 = str(payload["weights_sha256"])
        with self._rights.acting(Action.TRAIN, sha256) as (connection, person):
            _require_feedback(connection, payload["card"])
            entry = self._append(connection, person, WEIGHTS, sha256, payload)
            # The append holds the log's lock: nobody else writes until this transaction ends.
            if documents.count(connection, WEIGHTS, sha256) > 1:
                raise Conflict(f"the weights {sha256} are registered already")
            if sha256 not in stored_blobs(connection, [sha256]):
                insert_blobs(connection, {sha256: StoredBlob("raw", content)})
            return entry

    def use(self, sha256: str | None) -> LogEntry:
        """Use these weights for new analyses; None: those that the program came with. Raises `NotFound`; `Conflict` when they
        are retired."""
        with self._rights.acting(Action.USE_WEIGHTS, sha256 or "") as (connection, person):
            self._database.lock(connection)
            if sha256 is not None and _known(connection, sha256).retired:
                raise Conflict("these weights are retired; take them back first")
            return self._append(connection, person, WEIGHTS_IN_USE, SUBJECT, {"weights_sha256": sha256})

    def retire(self, sha256: str, why: str, *, retired: bool = True) -> LogEntry:
        """Retire weights, so that nobody uses them any more, or take that back. Raises `NotFound`; `Conflict` while they are in
        use."""
        reason = v.text("why", why, limit=v.MAX_COMMENT)
        with self._rights.acting(Action.USE_WEIGHTS, sha256) as (connection, person):
            self._database.lock(connection)
            known, current = _known(connection, sha256), in_use(connection)
            if retired and current is not None and current.sha256 == sha256:
                raise Conflict("these weights are in use; use others first")
            if known.retired is retired:
                raise Conflict("these weights are retired already" if retired else "these weights are not retired")
            return self._append(connection, person, WEIGHTS_RETIRED, sha256, {"retired": retired, "why": reason})

    def uses(self) -> list[WeightsInUse]:
        """Return every choice of the weights for new analyses, oldest first."""
        with self._rights.reading() as (connection, _):
            return [_in_use(document) for document in documents.history(connection, SUBJECT, WEIGHTS_IN_USE)]

    def take_away(self, sha256: str) -> bytes:
        """Return the weights file for use outside; the log records that it was taken. Raises `NotFound`, `Tampered`."""
        with self._rights.acting(Action.TAKE_WEIGHTS, sha256) as (connection, person):
            content, known = read_blob(connection, sha256), _known(connection, sha256)
            self._append(connection, person, "export", "weights", {"weights_sha256": sha256, "name": known.name})
            return content


def registered(connection: Connection) -> list[RegisteredWeights]:
    """Return all registered weights, oldest first. Raises `Tampered`."""
    retired = {
        document.entry.subject: document.content is not None and document.content.get("retired") is True
        for document in documents.latest_of_each(connection, WEIGHTS_RETIRED)
    }
    return [
        _registered(document, retired=retired.get(document.entry.subject, False))
        for document in documents.latest_of_each(connection, WEIGHTS)
    ]


def in_use(connection: Connection) -> WeightsInUse | None:
    """Return the weights that new analyses use; None when nobody ever chose. Raises `Tampered`."""
    latest = documents.latest(connection, WEIGHTS_IN_USE, SUBJECT)
    return None if latest is None else _in_use(latest)


def lineage(known: Collection[RegisteredWeights], sha256: str) -> list[str]:
    """Return the hash of these weights, of those that they started from, and so on, as far back as the record knows. The last
    hash may be of weights that nobody registered."""
    parents = {weights.sha256: weights.started_from for weights in known}
    line = [sha256]
    # A card may claim anything, even a circle.
    while (parent := parents.get(line[-1])) is not None and parent not in line:
        line.append(parent)
    return line


def weights_named(content: Mapping[str, Any], subject: str) -> str:
    """Check the content of an entry and return the hash of the file that it registers. Raises `InvalidRecord`."""
    if set(content) != {"weights_sha256", "name", "started_from", "card"}:
        raise InvalidRecord("registered weights have exactly a hash, a name, a card and the weights that they started from")
    sha256 = v.sha256_hex("weights_sha256", content["weights_sha256"])
    if sha256 != subject:
        raise InvalidRecord("the entry's subject is not the hash of the weights that it names")
    v.text("name", content["name"], limit=200)
    if content["started_from"] is not None:
        v.sha256_hex("started_from", content["started_from"])
    v.json_object("card", content["card"])
    return sha256


def _payload(content: bytes, name: str, card: Mapping[str, object], started_from: str | None) -> dict[str, object]:
    if not isinstance(content, bytes) or not 0 < len(content) <= MAX_BLOB_BYTES:
        raise InvalidRecord(f"a weights file has between 1 and {MAX_BLOB_BYTES} bytes")
    sha256 = hashlib.sha256(content).hexdigest()
    checked = v.json_object("card", card)
    if len(str(checked)) > MAX_CARD_BYTES:
        raise InvalidRecord(f"a card has at most {MAX_CARD_BYTES} characters")
    if checked.get("weights_sha256", sha256) != sha256:
        raise InvalidRecord("the card is of other weights than those that were given")
    payload: dict[str, object] = {"weights_sha256": sha256, "name": name.strip(), "started_from": started_from, "card": checked}
    weights_named(payload, sha256)
    return payload


def _require_feedback(connection: Connection, card: object) -> None:
    """Require an entry for the feedback that a card names, so that the reviews the weights learned from can be traced."""
    named = card.get("feedback_sha256") if isinstance(card, Mapping) else None
    if named is not None and not documents.count(connection, FEEDBACK, v.sha256_hex("feedback_sha256", named)):
        raise InvalidRecord(f"the card names the feedback {named}, which was never taken out of this record")


def _known(connection: Connection, sha256: str) -> RegisteredWeights:
    weights = next((weights for weights in registered(connection) if weights.sha256 == sha256), None)
    if weights is None:
        raise NotFound(f"no weights are registered under {sha256!r:.80}")
    return weights


def _registered(document: documents.Document, *, retired: bool) -> RegisteredWeights:
    content, entry = document.content or {}, document.entry
    try:
        sha256 = weights_named(content, entry.subject)
    except InvalidRecord as error:
        raise documents.unreadable(entry.seq) from error
    return RegisteredWeights(
        sha256, content["name"], content["card"], content["started_from"], entry.seq, entry.ts, entry.actor, retired
    )


def _in_use(document: documents.Document) -> WeightsInUse:
    content, entry = document.content or {}, document.entry
    sha256 = content.get("weights_sha256")
    if set(content) != {"weights_sha256"} or not (sha256 is None or isinstance(sha256, str)):
        raise documents.unreadable(entry.seq)
    return WeightsInUse(sha256, entry.seq, entry.ts, entry.actor)
