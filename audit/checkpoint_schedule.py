"""Signed checkpoints on a schedule, outside the database: after every 256 entries or 10 minutes, whichever comes first.

    keeper = CheckpointKeeper(store, key_path, folder)
    keeper.look()                     # signs if it is time; the app and `python -m audit checkpoint --watch` call it regularly

A checkpoint protects only when it is kept where people who can rewrite the database cannot reach it: another machine's share,
a write-once medium, a mailbox. Before it signs, the keeper proves that the log still contains what it signed last: at the
start from the first entry on, later from where it stopped.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.errors import AuditError, Conflict, StoreUnavailable, Tampered
from audit.log.chain import check_entry
from audit.log.checkpoints import DEFAULT_ORIGIN, Checkpoint, create_key, load_key, open_checkpoint, public_key, sign_checkpoint
from audit.log.merkle_tree import Frontier
from audit.records.atomic_files import read_text, replace_text
from audit.records.clock import moment_text, seconds_between
from audit.records.records import LogEntry
from audit.records.validation import utc_now

__all__ = ["CheckpointKeeper", "SignedFile", "key_of", "signed_in"]

_NAME = re.compile(r"checkpoint-(\d{12})\.txt")
_BATCH = 1_000  # entries read at once


class _Log(Protocol):
    def entries(self, after: int = 0, limit: int = 1000) -> list[LogEntry]: ...
    def log_size(self) -> int: ...


def key_of(path: Path) -> Ed25519PrivateKey:
    """Return the signing key at `path`; create it on first use. Raises `StoreUnavailable`, `InvalidRecord`."""
    try:
        return load_key(path) if path.exists() else create_key(path)
    except Conflict:  # another process created it a moment ago
        return load_key(path)


class SignedFile(NamedTuple):
    """A checkpoint in a folder, its signature checked, and when its file was written."""

    path: Path
    checkpoint: Checkpoint
    written_at: str


def signed_in(folder: Path, verifier_key: str, *, last: int | None = None) -> list[SignedFile]:
    """List the checkpoints in a folder, or the `last` ones, by size. Raises `Tampered`, `InvalidRecord`, `StoreUnavailable`."""
    try:
        paths = sorted(path for path in folder.glob("checkpoint-*.txt") if _NAME.fullmatch(path.name))
        return [
            SignedFile(
                path,
                open_checkpoint(read_text(path), verifier_key),
                moment_text(datetime.fromtimestamp(path.stat().st_mtime, UTC)),
            )
            for path in paths[-last if last else None :]
        ]
    except OSError as error:  # any of these calls fails when a network share is gone
        raise StoreUnavailable(f"cannot read the checkpoints in {folder}: {os.strerror(error.errno or 0)}") from error


class CheckpointKeeper:
    """Signs the log's size and root into `folder` when `every` entries or `seconds` have passed since the last time."""

    def __init__(
        self,
        store: _Log,
        key_path: Path,
        folder: Path,
        *,
        every: int = 256,
        seconds: float = 600.0,
        origin: str = DEFAULT_ORIGIN,
    ) -> None:
        self._store, self.key_path, self.folder = store, key_path, folder
        self._every, self._seconds, self._origin = every, seconds, origin
        self._lock = threading.Lock()
        self._tree: Frontier | None = None
        self._previous: LogEntry | None = None
        self._signed = 0
        self._signed_at = utc_now()
        self.problem: AuditError | None = None

    def look(self, *, now: bool = False) -> Path | None:
        """Sign a checkpoint if it is time, or in any case with `now`; return its file.

        Raises `Tampered` when the log no longer holds what was signed (also kept in `problem`), `StoreUnavailable`.
        """
        with self._lock:
            try:
                path = self._look(now)
            except OSError as error:
                self.problem = StoreUnavailable(f"cannot use {self.folder}: {os.strerror(error.errno or 0)}")
                raise self.problem from error
            except AuditError as error:
                self.problem = error
                raise
            self.problem = None
            return path

    def watch(
        self, stop: threading.Event, pause: float = 10.0, report: Callable[[AuditError], None] = lambda _problem: None
    ) -> None:
        """Call `look` every `pause` seconds until `stop` is set; report an error, keep it in `problem`, and try again."""
        while not stop.is_set():
            try:
                self.look()
            except AuditError as error:
                report(error)
                # Walk from the first entry again: this tells a log that was only out of reach from one that was rewritten.
                self._tree = None
            stop.wait(pause)

    def _look(self, now: bool) -> Path | None:
        size = self._store.log_size()
        if self._tree is not None and not now:
            waited = seconds_between(self._signed_at, utc_now())
            # The absolute value, because a clock that was set back must not delay the next checkpoint.
            due = size - self._signed >= self._every or (size > self._signed and abs(waited) >= self._seconds)
            if not due and size >= self._signed:
                return None
        key = key_of(self.key_path)
        if self._tree is None:
            self._start(public_key(key, self._origin))
        tree = self._follow(size)
        if size < max(self._signed, tree.size):
            raise Tampered(f"the log ends after {size} entries, but {self._signed} were signed")
        if tree.size == self._signed and not now:
            return None
        return self._sign(key, tree)

    def _start(self, verifier_key: str) -> None:
        """Walk the log from its first entry and compare the root at every size that was signed before."""
        signed = (
            {}
            if not self.folder.exists()
            else {file.checkpoint.size: file.checkpoint.root for file in signed_in(self.folder, verifier_key)}
        )
        self._tree, self._previous = Frontier(), None
        self._signed = max(signed, default=0)
        for size in sorted(signed):
            tree = self._follow(size)
            if tree.size < size:
                raise Tampered(f"the log ends after {tree.size} entries, but {size} were signed")
            if tree.root().hex() != signed[size]:
                raise Tampered(f"the first {size} entries are not those that were signed: the log was rewritten")

    def _follow(self, size: int) -> Frontier:
        tree = self._tree = self._tree or Frontier()
        while tree.size < size:
            entries = self._store.entries(tree.size, min(_BATCH, size - tree.size))
            if not entries:
                break
            for entry in entries:
                problem = check_entry(self._previous, entry)
                if problem is not None:
                    raise Tampered(problem.text)
                tree.append(bytes.fromhex(entry.hash))
                self._previous = entry
        return tree

    def _sign(self, key: Ed25519PrivateKey, tree: Frontier) -> Path:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / f"checkpoint-{tree.size:012d}.txt"
            replace_text(self.folder / "public_key.txt", public_key(key, self._origin) + "\n")
            replace_text(path, sign_checkpoint(key, tree.size, tree.root().hex(), self._origin))
        except OSError as error:
            raise StoreUnavailable(f"cannot write a checkpoint to {self.folder}: {os.strerror(error.errno or 0)}") from error
        self._signed, self._signed_at = tree.size, utc_now()
        return path
