"""Lots: which sequences were submitted under a name, and what became of them.

    access.lots.note("lot-17", input_sha256)      # False: the record knows it under this name already
    sequences = access.lots.sequences("lot-17")
    access.lots.outcomes(sequences, weights_sha256)

A sequence is known by the SHA-256 of its bytes, and its decision or failure has the name that it came under first. When it
comes under another one as well, that is an entry of the log ("submitted_as", by the SHA-256 of the name), so that what becomes
of it counts for either lot. A decision that is erased leaves such an entry behind, without the name itself, where the record
says otherwise, too, what became of the sequence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Connection, select

from audit.intake.failed_inputs import Failures, failures_of
from audit.log.entries import FAILED_INPUT, SUBMITTED_AS
from audit.people.rights import Action, Rights
from audit.records import validation as v
from audit.storage import documents
from audit.storage.database import Database
from audit.storage.schema import decisions, erased_blobs, log

__all__ = ["Lots", "Outcomes", "keep_erased_name"]

_MANY = 10_000  # values in one statement: databases have a limit


class Outcomes(NamedTuple):
    """What became of some sequences: the ids of all decisions on them, newest first, and which of them could not be judged."""

    decisions: list[str]
    failed: set[str]


class Lots:
    """What one person may see and note of lots. Every method may raise `Denied` and `SignInFailed`."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights
        self._database = rights.database

    def note(self, name: str, input_sha256: str) -> bool:
        """Note that a sequence came under this name, too; whether this is new. Raises `InvalidRecord`, `Tampered`."""
        v.text("name", name)
        v.sha256_hex("input_sha256", input_sha256)
        # Who submits the same again and again does not keep others from writing.
        with self._rights.reading(Action.ANALYSE, input_sha256) as (connection, _):
            if _known(connection, name, input_sha256):
                return False
        with self._rights.acting(Action.ANALYSE, input_sha256) as (connection, person):
            self._database.lock(connection)
            if _known(connection, name, input_sha256):
                return False
            content = {"name": name, "input_sha256": input_sha256}
            self._database.append(connection, actor=person.id, type=SUBMITTED_AS, subject=_key(name), payload=content)
        return True

    def sequences(self, name: str) -> set[str]:
        """The SHA-256 of all sequences that the record knows under this very name. Raises `InvalidRecord`, `Tampered`."""
        v.text("name", name)
        failed = Failures(self._rights).named(name)
        with self._rights.reading() as (connection, _):
            decided = connection.scalars(select(decisions.c.input_sha256).where(decisions.c.input_name == name))
            return {*failed, *decided, *_noted(connection, name)}

    def outcomes(self, sequences: Collection[str], weights_sha256: str, unrecorded: Collection[str] = ()) -> Outcomes:
        """What became of sequences. Raises `Tampered`.

        One could not be judged when these weights have not decided on it, and it has failed since the last decision by others,
        or nothing at all became of it; but not when its decision was erased. ``unrecorded``: which have failed although no
        entry says so.
        """
        made: list[tuple[int, str]] = []
        decided: dict[str, int] = {}
        failures: dict[str, int] = {}
        settled: set[str] = set()
        with self._rights.reading() as (connection, _):
            for part in _parts(sequences):
                columns = (decisions.c.seq, decisions.c.id, decisions.c.input_sha256, decisions.c.weights_sha256)
                for seq, id, digest, weights in connection.execute(select(*columns).where(decisions.c.input_sha256.in_(part))):
                    made.append((seq, id))
                    decided[digest] = max(seq, decided.get(digest, 0))
                    if weights == weights_sha256:
                        settled.add(digest)
                newest = documents.newest_of_each(connection, FAILED_INPUT, len(part), log.c.subject.in_(part))
                failures |= {one.entry.subject: one.entry.seq for one in newest}
                gone = connection.scalars(select(erased_blobs.c.sha256).where(erased_blobs.c.sha256.in_(part)))
                settled.update(set(gone) - decided.keys() - failures.keys() - {*unrecorded})
        failed = {
            digest
            for digest in sequences
            if digest in unrecorded or digest not in decided or failures.get(digest, 0) > decided[digest]
        }
        return Outcomes([id for _, id in sorted(made, reverse=True)], failed - settled)


def keep_erased_name(database: Database, connection: Connection, actor: str, name: str, input_sha256: str) -> None:
    """A decision that had this name was erased: its sequence goes on to count for the lot where the record says otherwise, too,
    what became of it. The name was content that had to go, so its hash alone is noted."""
    others = connection.execute(select(decisions.c.id).where(decisions.c.input_sha256 == input_sha256).limit(1)).first()
    told_of = others is not None or bool(failures_of(connection, input_sha256))
    if told_of and not _known(connection, name, input_sha256):
        content = {"input_sha256": input_sha256}
        database.append(connection, actor=actor, type=SUBMITTED_AS, subject=_key(name), payload=content)


def _known(connection: Connection, name: str, input_sha256: str) -> bool:
    """Return whether a decision, a failure or an earlier note says that this sequence has this name."""
    mine = (decisions.c.input_sha256 == input_sha256) & (decisions.c.input_name == name)
    return (
        connection.execute(select(decisions.c.id).where(mine).limit(1)).first() is not None
        or any(one.name == name for one in failures_of(connection, input_sha256))
        or input_sha256 in _noted(connection, name)
    )


def _noted(connection: Connection, name: str) -> set[str]:
    """Which sequences were noted under this name."""
    found = documents.history(connection, _key(name), SUBMITTED_AS)
    return {str(one.content["input_sha256"]) for one in found if one.content is not None}


def _key(name: str) -> str:
    """What such entries of a name are found by: an erased name is in no entry."""
    return sha256(name.encode()).hexdigest()


def _parts(sequences: Collection[str]) -> Iterator[list[str]]:
    wanted = list(sequences)
    for start in range(0, len(wanted), _MANY):
        yield wanted[start : start + _MANY]
