"""Lots: the sequences that were submitted under a name, and their outcomes.

    access.lots.note("lot-17", input_sha256)      # False: the record has the sequence under this name already
    sequences = access.lots.sequences("lot-17")
    access.lots.outcomes(sequences, weights_sha256)

A sequence is identified by the SHA-256 of its bytes; its decision or failure has the name of the first submission. A further
submission under another name is an entry of the log ("submitted_as", by the SHA-256 of the name), so that the outcome counts
for both lots. A decision that is erased leaves such an entry behind, without the name itself, if the record holds another
outcome of the sequence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Connection, select

from audit.intake.inputs import decisions_on, failures_of, is_by
from audit.log.entries import ERASURE, FAILED_INPUT, KEY, SUBMITTED_AS
from audit.log.roles import PROGRAM
from audit.people.rights import Action, RecordPart
from audit.records import validation as v
from audit.storage import documents
from audit.storage.database import Database
from audit.storage.documents import Document
from audit.storage.schema import erased_blobs
from audit.storage.state import state_of


class Outcomes(NamedTuple):
    """Outcomes of sequences: the ids of all decisions on them, newest first, and the sequences that could not be judged."""

    decisions: list[str]
    failed: set[str]


class Lots(RecordPart):
    """Lots as one person may see and note them. Every method may raise `Denied` and `SignInFailed`."""

    def note(self, name: str, input_sha256: str) -> bool:
        """Note that a sequence was submitted under this name too; return whether this is new. Raises `InvalidRecord`,
        `Tampered`."""
        v.text("name", name)
        v.sha256_hex("input_sha256", input_sha256)
        # Without the lock first: repeated submissions of the same must not keep others from writing.
        with self._rights.reading(Action.ANALYSE, input_sha256) as (connection, _):
            if _is_noted(connection, name, input_sha256):
                return False
        with self._rights.acting(Action.ANALYSE, input_sha256) as (connection, person):
            self._database.lock(connection)
            if _is_noted(connection, name, input_sha256):
                return False
            self._append(connection, person, SUBMITTED_AS, _key(name), {"name": name, "input_sha256": input_sha256})
        return True

    def is_vouched(self, name: str) -> bool:
        """Return whether an entry that the program signed says that a sequence has this name: what anybody could have written
        into the database releases no lot. Before the record's first key of the program, everything vouches. Raises
        `InvalidRecord`, `Tampered`."""
        v.text("name", name)
        with self._rights.reading() as (connection, _):
            return _vouched(connection, name)

    def sequences(self, name: str) -> set[str]:
        """Return the SHA-256 of all sequences that the record has under exactly this name. Raises `InvalidRecord`,
        `Tampered`."""
        v.text("name", name)
        with self._rights.reading() as (connection, _):
            return {*_named(connection, name), *_noted(connection, name)}

    def outcomes(self, sequences: Collection[str], weights_sha256: str, unrecorded: Collection[str] = ()) -> Outcomes:
        """Return the outcomes of sequences. Raises `Tampered`.

        A sequence counts as failed when these weights have not decided on it, and it has failed since the last decision by
        other weights or has no outcome at all. A sequence whose decision was erased does not count as failed.
        ``unrecorded``: sequences that have failed without an entry of the log.
        """
        with self._rights.reading() as (connection, _):
            decided = decisions_on(connection, sequences)
            failed = {
                digest
                for digest in sequences
                if not any(is_by(decision, weights_sha256) for decision in decided.get(digest, ()))
                and (digest in unrecorded or _has_failed(connection, digest, decided.get(digest, [])))
            }
        entries = [decision.entry for on in decided.values() for decision in on]
        return Outcomes([entry.subject for entry in sorted(entries, key=lambda entry: -entry.seq)], failed)


def keep_erased_name(database: Database, connection: Connection, actor: str, name: str, input_sha256: str) -> None:
    """Keep the sequence of an erased decision in its lot when the record holds another outcome of the sequence. The name was
    content that had to be erased, so only its hash is noted."""
    has_outcome = bool(decisions_on(connection, {input_sha256}) or failures_of(connection, input_sha256))
    if has_outcome and not _known(connection, name, input_sha256):
        content = {"input_sha256": input_sha256}
        database.append(connection, actor=actor, type=SUBMITTED_AS, subject=_key(name), payload=content)


def _has_failed(connection: Connection, input_sha256: str, decided: Sequence[Document]) -> bool:
    """Return whether a sequence has failed since the last decision on it, or has no outcome at all."""
    state, last = state_of(connection), decided[-1].entry.seq if decided else 0
    if any(seq > last for seq in state.newest(connection, input_sha256, (FAILED_INPUT,), 1)):
        return True
    if decided:
        return False
    for erasure in connection.scalars(select(erased_blobs.c.seq).where(erased_blobs.c.sha256 == input_sha256)).all():
        document = documents.at(connection, erasure) if state.refusal(erasure) is None else None
        if document and document.entry.type == ERASURE and input_sha256 in (document.content or {}).get("blobs", ()):
            return False
    return True


def _known(connection: Connection, name: str, input_sha256: str) -> bool:
    """Return whether a decision, a failure or an earlier note says that this sequence has this name."""
    return input_sha256 in _noted(connection, name) or input_sha256 in _named(connection, name)


def _is_noted(connection: Connection, name: str, input_sha256: str) -> bool:
    """Return whether nothing new would be said; a name for which only unsigned notes of before speak is noted anew."""
    signs = state_of(connection).signed_since(connection) > 0
    return _known(connection, name, input_sha256) and (_vouched(connection, name) or not signs)


def _vouched(connection: Connection, name: str) -> bool:
    state = state_of(connection)
    since, notes = state.signed_since(connection), state.newest(connection, _key(name), (SUBMITTED_AS,), 1)
    if (since and notes and notes[0] > since) or not documents.count(connection, KEY, PROGRAM):
        return True
    named = documents.naming(connection, [name])
    return any(entry.type != FAILED_INPUT and name == (content or {}).get("input_name") for entry, content in named)


def _named(connection: Connection, name: str) -> Iterator[str]:
    """Yield the sequences that decisions and failures have under this name."""
    for entry, content in documents.naming(connection, [name]):
        if content is not None and name == content.get("name" if entry.type == FAILED_INPUT else "input_name"):
            yield entry.subject if entry.type == FAILED_INPUT else content["input_sha256"]


def _noted(connection: Connection, name: str) -> set[str]:
    """Return the sequences that were noted under this name."""
    history = documents.history(connection, _key(name), SUBMITTED_AS)
    return {str(content.get("input_sha256")) for _, content in history if content is not None}


def _key(name: str) -> str:
    """Return the subject of the entries about a name: its hash, because an erased name may be in no entry."""
    return sha256(name.encode()).hexdigest()
