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

from collections.abc import Collection
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Connection, select

from audit.intake.inputs import Failures, failures_of
from audit.log.entries import FAILED_INPUT, SUBMITTED_AS
from audit.people.rights import Action, RecordPart
from audit.records import validation as v
from audit.storage import documents
from audit.storage.database import Database
from audit.storage.engines import in_parts
from audit.storage.schema import decisions, erased_blobs, log


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
            if _known(connection, name, input_sha256):
                return False
        with self._rights.acting(Action.ANALYSE, input_sha256) as (connection, person):
            self._database.lock(connection)
            if _known(connection, name, input_sha256):
                return False
            self._append(connection, person, SUBMITTED_AS, _key(name), {"name": name, "input_sha256": input_sha256})
        return True

    def sequences(self, name: str) -> set[str]:
        """Return the SHA-256 of all sequences that the record has under exactly this name. Raises `InvalidRecord`,
        `Tampered`."""
        v.text("name", name)
        failed = Failures(self._rights).named(name)
        with self._rights.reading() as (connection, _):
            decided = connection.scalars(select(decisions.c.input_sha256).where(decisions.c.input_name == name))
            return {*failed, *decided, *_noted(connection, name)}

    def outcomes(self, sequences: Collection[str], weights_sha256: str, unrecorded: Collection[str] = ()) -> Outcomes:
        """Return the outcomes of sequences. Raises `Tampered`.

        A sequence counts as failed when these weights have not decided on it, and it has failed since the last decision by
        other weights or has no outcome at all. A sequence whose decision was erased does not count as failed.
        ``unrecorded``: sequences that have failed without an entry of the log.
        """
        recorded: list[tuple[int, str]] = []
        decided: dict[str, int] = {}
        failures: dict[str, int] = {}
        settled: set[str] = set()
        with self._rights.reading() as (connection, _):
            for part in in_parts(sequences):
                own = (decisions.c.weights_sha256, decisions.c.instead_of)
                columns = (decisions.c.seq, decisions.c.id, decisions.c.input_sha256, *own)
                found = connection.execute(select(*columns).where(decisions.c.input_sha256.in_(part)))
                for seq, id, digest, *weights in found:
                    recorded.append((seq, id))
                    decided[digest] = max(seq, decided.get(digest, 0))
                    if weights_sha256 in weights:
                        settled.add(digest)
                newest = documents.newest_of_each(connection, FAILED_INPUT, len(part), log.c.subject.in_(part))
                failures |= {document.entry.subject: document.entry.seq for document in newest}
                erased = connection.scalars(select(erased_blobs.c.sha256).where(erased_blobs.c.sha256.in_(part)))
                settled.update(set(erased) - decided.keys() - failures.keys() - {*unrecorded})
        failed = {
            digest
            for digest in sequences
            if digest in unrecorded or digest not in decided or failures.get(digest, 0) > decided[digest]
        }
        return Outcomes([id for _, id in sorted(recorded, reverse=True)], failed - settled)


def keep_erased_name(database: Database, connection: Connection, actor: str, name: str, input_sha256: str) -> None:
    """Keep the sequence of an erased decision in its lot when the record holds another outcome of the sequence. The name was
    content that had to be erased, so only its hash is noted."""
    others = connection.execute(select(decisions.c.id).where(decisions.c.input_sha256 == input_sha256).limit(1)).first()
    has_outcome = others is not None or bool(failures_of(connection, input_sha256))
    if has_outcome and not _known(connection, name, input_sha256):
        content = {"input_sha256": input_sha256}
        database.append(connection, actor=actor, type=SUBMITTED_AS, subject=_key(name), payload=content)


def _known(connection: Connection, name: str, input_sha256: str) -> bool:
    """Return whether a decision, a failure or an earlier note says that this sequence has this name."""
    mine = (decisions.c.input_sha256 == input_sha256) & (decisions.c.input_name == name)
    return (
        connection.execute(select(decisions.c.id).where(mine).limit(1)).first() is not None
        or any(failure.name == name for failure in failures_of(connection, input_sha256))
        or input_sha256 in _noted(connection, name)
    )


def _noted(connection: Connection, name: str) -> set[str]:
    """Return the sequences that were noted under this name."""
    history = documents.history(connection, _key(name), SUBMITTED_AS)
    return {str(content.get("input_sha256")) for _, content in history if content is not None}


def _key(name: str) -> str:
    """Return the subject of the entries about a name: its hash, because an erased name may be in no entry."""
    return sha256(name.encode()).hexdigest()
