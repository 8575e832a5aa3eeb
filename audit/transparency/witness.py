"""A witness on another machine: it cosigns what only appends to all that it cosigned before (c2sp.org/tlog-witness).

    witness = Witness(folder)
    lines = witness.add_checkpoint(body)         # of a request; raises `WitnessRefused`

The folder holds its name, its private key, the keys of the logs that it follows, and `seen.db`: every size and root that it
ever cosigned, on disk before a cosignature leaves. A witness whose folder is restored from a copy forgets what came after the
copy: never do so, make a new witness.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from audit.errors import Conflict, InvalidRecord, NotFound, StoreUnavailable, Tampered, WitnessRefused
from audit.log.checkpoints import Checkpoint, open_checkpoint, stated
from audit.log.cosignatures import WitnessKey, cosign, new_witness_key, witness_key
from audit.log.merkle_tree import merkle_root, verify_consistency
from audit.log.notes import Note, VerifierKey, decoded
from audit.log.private_keys import write_key
from audit.records.atomic_files import read_bytes, replace_text

MOST_BODY = 512 * 1024  # bytes of a request
_MOST_PROOF = 63  # hashes
_SCHEMA = """
CREATE TABLE IF NOT EXISTS cosigned (origin TEXT, size INTEGER, root TEXT, at INTEGER, note TEXT, PRIMARY KEY (origin, size));
CREATE TABLE IF NOT EXISTS refused (origin TEXT, size INTEGER, root TEXT, at INTEGER, why TEXT, note TEXT,
    PRIMARY KEY (origin, size, root));
"""
_KEPT_REFUSALS = 1_000  # contradicting checkpoints of a log: more of them say nothing new


class Growth(NamedTuple):
    """A consistency proof and, where the new checkpoint has tiles, the root that they give for the entries before."""

    proof: Sequence[bytes]
    root_before: bytes | None = None


class WitnessedLog(NamedTuple):
    """What a witness saw of a log: what it cosigned last, when (seconds since 1970), and the last contradiction."""

    origin: str
    size: int
    root: str
    at: int
    contradiction: str | None


def create_witness(folder: Path, name: str, *, ed25519: bool = False) -> VerifierKey:
    """Make a witness in a new folder; return its public key. Raises `Conflict` where there is one, `StoreUnavailable`."""
    key = new_witness_key(name, ed25519=ed25519)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreUnavailable(f"cannot make a witness in {folder}: {error.strerror}") from error
    write_key(folder / "key.pem", key.private)
    replace_text(folder / "name.txt", f"{name}\n")
    replace_text(folder / "public_key.txt", f"{key.verifier}\n")
    return key.verifier


def request_body(old: int, proof: Sequence[bytes], note: str) -> str:
    """Return the body of an add-checkpoint request."""
    hashes = "".join(f"{base64.b64encode(node).decode()}\n" for node in proof)
    return f"old {old}\n{hashes}\n{note}"


class Witness:
    """The witness in a folder; several processes may use it at once. Raises `StoreUnavailable`, `InvalidRecord`."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.folder, self._clock = folder, clock
        name = read_bytes(folder / "name.txt", 1024).decode(errors="replace").strip()
        self.key: WitnessKey = witness_key(name, read_bytes(folder / "key.pem", 64 * 1024))
        with self._opened() as database:
            database.executescript(_SCHEMA)

    @property
    def logs(self) -> dict[str, str]:
        """Return the verifier keys of the logs that it follows, by their origins."""
        path = self.folder / "logs.txt"
        text = read_bytes(path, 1024 * 1024).decode(errors="replace") if path.exists() else ""
        return {VerifierKey.parse(line).name: line for line in text.splitlines() if line.strip()}

    def trust(self, verifier_key: str) -> VerifierKey:
        """Follow a log from now on. Raises `Conflict` when another key of this origin is followed already."""
        key, known = VerifierKey.parse(verifier_key), self.logs
        if known.setdefault(key.name, str(key)) != str(key):
            raise Conflict(f"another key of {key.name} is followed already: logs.txt in {self.folder} has it")
        replace_text(self.folder / "logs.txt", "".join(f"{line}\n" for line in known.values()))
        return key

    def seen(self) -> list[WitnessedLog]:
        """List the newest checkpoint of every log."""
        newest = "SELECT origin, max(size), root, at FROM cosigned GROUP BY origin ORDER BY origin"
        why = "SELECT why FROM refused WHERE origin = ? ORDER BY at DESC LIMIT 1"
        with self._opened() as database:
            rows = database.execute(newest).fetchall()
            found = [(row, database.execute(why, row[:1]).fetchone()) for row in rows]
        return [WitnessedLog(origin, size, root, at, refused and refused[0]) for (origin, size, root, at), refused in found]

    def newest(self, origin_hash: str) -> str:
        """Return the newest checkpoint that it cosigned of the log whose origin has this SHA-256. Raises `NotFound`."""
        with self._opened() as database:
            for (origin,) in database.execute("SELECT DISTINCT origin FROM cosigned").fetchall():
                if hashlib.sha256(origin.encode()).hexdigest() == origin_hash:
                    return self._last(database, origin)[2]
        raise NotFound("this witness never cosigned a checkpoint of such a log")

    def add_checkpoint(self, body: bytes) -> str:
        """Answer an add-checkpoint request: return the line of the cosignature. Raises `WitnessRefused`."""
        old, proof, text = _request(body)
        return self.add(text, old, lambda _old: Growth(proof))

    def add(self, text: str, old: int | None, growth_from: Callable[[int], Growth]) -> str:
        """Cosign a checkpoint that extends what was cosigned before; return the line of the cosignature.

        `old`: what the caller takes for the size that was cosigned last; None: `growth_from` has a proof from any size.
        What is refused is kept as a contradiction only where the log's own signatures show one: anybody can send its public
        checkpoints again, old ones too, with any proof.
        Raises `WitnessRefused`, with the status that the protocol gives each reason.
        """
        note, checkpoint = self._opened_note(text)
        text = str(note)
        if old is not None and old > checkpoint.size:
            raise WitnessRefused(400, f"the checkpoint has {checkpoint.size} entries, fewer than the {old} to start from")
        with self._opened() as database:
            size, root, _ = self._last(database, checkpoint.origin)
            why = self._another_root(database, checkpoint)
            if why is None:
                if old is not None and old != size:
                    raise WitnessRefused(409, f"{size} entries were cosigned before, not {old}", size=size)
                why = self._another_history(checkpoint, size, root, growth_from)
            if why is not None:
                self._keep_contradiction(database, checkpoint, text, why)
                raise WitnessRefused(422, why)
            at = int(self._clock())
            line = str(cosign(self.key, note, at))
            row = (*_row(checkpoint), at, text + line)
            database.execute("INSERT OR REPLACE INTO cosigned VALUES (?, ?, ?, ?, ?)", row)
            database.execute("COMMIT")  # on disk from here on; only then the cosignature leaves
        return line

    def _opened_note(self, text: str) -> tuple[Note, Checkpoint]:
        try:
            note = Note.parse(text)
            checkpoint = stated(note)
        except InvalidRecord as error:
            raise WitnessRefused(400, str(error)) from error
        key = self.logs.get(checkpoint.origin)
        if key is None:
            raise WitnessRefused(404, f"this witness does not follow the log {checkpoint.origin!r:.200}")
        try:
            opened = open_checkpoint(text, key)
        except Tampered as error:
            raise WitnessRefused(403, str(error)) from error
        # Without what others signed: anybody can add to that, and it would be kept.
        own = VerifierKey.parse(key)
        return Note(note.text, tuple(one for one in note.signatures if (one.name, one.key_id) == (own.name, own.id))), opened

    def _another_root(self, database: sqlite3.Connection, checkpoint: Checkpoint) -> str | None:
        """Return how the log contradicts itself by what it signed alone, or None."""
        if checkpoint.size == 0:
            return None if checkpoint.root == merkle_root(()).hex() else "the root of an empty log is another one"
        query = "SELECT root FROM cosigned WHERE origin = ? AND size = ?"
        row = database.execute(query, (checkpoint.origin, checkpoint.size)).fetchone()
        if row is None or row[0] == checkpoint.root:
            return None
        return f"the log was rewritten: another log of {checkpoint.size} entries was cosigned before"

    def _another_history(
        self, checkpoint: Checkpoint, size: int, root: str, growth_from: Callable[[int], Growth]
    ) -> str | None:
        """Return how the checkpoint, as its root proves, has other entries than were cosigned; None when it extends them.

        Raises `WitnessRefused` when neither is shown: an older checkpoint, or a proof of nothing.
        """
        if checkpoint.size < size:
            raise WitnessRefused(422, f"the log was rolled back: it has {checkpoint.size} entries, {size} were cosigned before")
        proof, root_before = growth_from(size)
        if size in (0, checkpoint.size):
            if proof:
                raise WitnessRefused(422, f"a proof from {size} entries to {checkpoint.size} has no hashes")
            return None
        old, new = bytes.fromhex(root), bytes.fromhex(checkpoint.root)
        if verify_consistency(size, checkpoint.size, old, new, proof):
            return None
        others = f"the first {size} entries are not those that were cosigned before"
        if root_before is not None and verify_consistency(size, checkpoint.size, root_before, new, proof):
            return f"the log was rewritten: {others}"
        raise WitnessRefused(422, f"the log was rewritten or rolled back, or the proof is wrong: by it, {others}")

    def _last(self, database: sqlite3.Connection, origin: str) -> tuple[int, str, str]:
        query = "SELECT size, root, note FROM cosigned WHERE origin = ? ORDER BY size DESC LIMIT 1"
        row = database.execute(query, (origin,)).fetchone()
        return (0, "", "") if row is None else (row[0], row[1], row[2])

    def _keep_contradiction(self, database: sqlite3.Connection, checkpoint: Checkpoint, text: str, why: str) -> None:
        """Keep a contradicting checkpoint, which the log signed: it is the evidence."""
        kept = database.execute("SELECT count(*) FROM refused WHERE origin = ?", (checkpoint.origin,)).fetchone()[0]
        if kept < _KEPT_REFUSALS:
            row = (*_row(checkpoint), int(self._clock()), why, text)
            database.execute("INSERT OR IGNORE INTO refused VALUES (?, ?, ?, ?, ?, ?)", row)
        database.execute("COMMIT")

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Open `seen.db` in one transaction, which the caller commits: the write lock is held from the first look on."""
        try:
            database = sqlite3.connect(self.folder / "seen.db", timeout=10, isolation_level=None)
            try:
                database.execute("PRAGMA synchronous = EXTRA")
                database.execute("BEGIN IMMEDIATE")
                yield database
            finally:
                database.close()
        except sqlite3.Error as error:
            raise StoreUnavailable(f"the witness cannot use {self.folder / 'seen.db'}: {error}") from error


def _row(checkpoint: Checkpoint) -> tuple[str, int, str]:
    return checkpoint.origin, checkpoint.size, checkpoint.root


def _request(body: bytes) -> tuple[int, list[bytes], str]:
    try:
        head, separator, text = body.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise WitnessRefused(400, "the request is not text") from error
    first, *hashes = head.split("\n")
    if not separator or not re.fullmatch(r"old (0|[1-9][0-9]{0,15})", first, re.ASCII) or len(hashes) > _MOST_PROOF:
        raise WitnessRefused(400, "expected `old SIZE`, at most 63 hashes, an empty line and a checkpoint")
    try:
        proof = [decoded(line, "a hash of the proof") for line in hashes]
    except InvalidRecord as error:
        raise WitnessRefused(400, str(error)) from error
    if any(len(node) != 32 for node in proof):
        raise WitnessRefused(400, "a hash of the proof is not a SHA-256")
    return int(first.removeprefix("old ")), proof, text
