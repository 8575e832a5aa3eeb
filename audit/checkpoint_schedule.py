"""Signed checkpoints on a schedule, outside the database: after every 256 entries or 10 minutes, whichever comes first.

    keeper = CheckpointKeeper(store, key_path, folder)
    keeper.look()                     # signs if it is time; the app and `python -m audit checkpoint --watch` call it regularly
    keeper.newest()                   # the log as it is now, signed; the gate's answers carry it

A checkpoint protects only when it is kept where people who can rewrite the database cannot reach it: another machine's share,
a write-once medium, a mailbox. Before it signs, the keeper proves that the log still contains what it signed last: at the
start from the first entry on, later from where it stopped.
"""

from __future__ import annotations

import base64
import os
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.errors import AuditError, InvalidRecord, StoreUnavailable, Tampered
from audit.log.checkpoints import DEFAULT_ORIGIN, Checkpoint, open_checkpoint, public_key, sign_checkpoint
from audit.log.notes import VerifierKey
from audit.log.private_keys import key_of, load_key
from audit.log.tiled_tree import ProvenTree, TiledTree
from audit.records.atomic_files import read_text, replace_text
from audit.records.clock import moment_text, seconds_between
from audit.records.validation import utc_now
from audit.transparency.followed_log import FollowedLog, RecordLog
from audit.transparency.outside import Outside
from audit.transparency.tiles import CHECKPOINT

R = TypeVar("R")

_NAME = re.compile(r"checkpoint-(\d{12})\.txt")
_MOST_TOLD = 5  # files that are named: everybody may put thousands on a share
_RETRY = 60.0  # seconds until what `publish` could not do is tried again
_NEWEST = "newest.txt"  # what was signed between two checkpoints of the series
_SOON = 45.0  # seconds until what is new is signed there


class SignedFile(NamedTuple):
    """A checkpoint in a folder, its signature checked, and when its file was written."""

    path: Path
    checkpoint: Checkpoint
    written_at: str


def signed_in(
    folder: Path,
    verifier_key: str,
    *,
    last: int | None = None,
    report: Callable[[AuditError], None] = lambda _passed_over: None,
) -> list[SignedFile]:
    """List the checkpoints in a folder that this key signed, or the `last` ones, by size.

    Others may write there: what the key did not sign is passed over, and told to `report`. Raises `Tampered` when the key
    signed none of the checkpoints there, `InvalidRecord` for a malformed key, `StoreUnavailable`.
    """
    VerifierKey.parse(verifier_key)
    found: list[SignedFile] = []
    passed: list[AuditError] = []
    named = 0  # files whose name is that of their size: an old checkpoint under a new name must not hide the newest
    try:
        for path in sorted((path for path in folder.glob("checkpoint-*.txt") if _NAME.fullmatch(path.name)), reverse=True):
            try:
                checkpoint = _opened(path, verifier_key)
                found.append(SignedFile(path, checkpoint, moment_text(datetime.fromtimestamp(path.stat().st_mtime, UTC))))
            except (InvalidRecord, Tampered) as wrong:
                passed.append(wrong)
                continue
            named += path == _path(folder, checkpoint.size)
            if named == last:
                break
    except OSError as error:  # any of these calls fails when a network share is gone
        raise StoreUnavailable(f"cannot read the checkpoints in {folder}: {os.strerror(error.errno or 0)}") from error
    for unsigned in passed:
        if not found and isinstance(unsigned, Tampered):  # it is the key that is another one, not a file among others
            raise unsigned
        report(unsigned)
    return sorted(found, key=lambda file: file.checkpoint.size)[-last if last else None :]


def newest_signed(folder: Path, key_path: Path) -> Checkpoint | None:
    """Return the newest checkpoint in a folder that this machine's key signed; None without a key or a checkpoint.

    Raises what `signed_in` raises.
    """
    if not key_path.exists() or not folder.exists():
        return None
    verifier_key = public_key(load_key(key_path))
    found = [file.checkpoint for file in signed_in(folder, verifier_key, last=1)]
    with suppress(InvalidRecord, Tampered):  # another program's, or of another key
        found += [_opened(folder / _NEWEST, verifier_key)] if (folder / _NEWEST).exists() else []
    return max(found, key=lambda checkpoint: checkpoint.size, default=None)


def _opened(path: Path, verifier_key: str) -> Checkpoint:
    """Open a checkpoint in a folder where others may write; an error names the file."""
    advice = "find out who put it there, and take it away"
    try:
        return open_checkpoint(read_text(path), verifier_key)
    except (InvalidRecord, Tampered) as error:
        raise type(error)(f"{path} is not signed by the key of this log ({error}): {advice}") from error
    except StoreUnavailable as error:
        if isinstance(error.__cause__, FileNotFoundError | PermissionError):  # of this file, not of the whole share
            raise InvalidRecord(f"{path} cannot be read ({error.__cause__.strerror}): {advice}") from error
        raise


def _path(folder: Path, size: int) -> Path:
    return folder / f"checkpoint-{size:012d}.txt"


class CheckpointKeeper:
    """Signs the log's size and root into `folder` when `every` entries or `seconds` have passed since the last time."""

    def __init__(
        self,
        store: RecordLog,
        key_path: Path,
        folder: Path,
        *,
        every: int = 256,
        seconds: float = 600.0,
        origin: str = DEFAULT_ORIGIN,
        outside: Outside | None = None,
    ) -> None:
        self._store, self.key_path, self.folder = store, key_path, folder
        self._every, self._seconds, self._origin = every, seconds, origin
        self._lock = threading.Lock()
        self._log: FollowedLog | None = None
        self._signed, self._verifier_key = 0, ""
        self._signed_at = self._fresh_at = utc_now()
        self._soon = min(_SOON, seconds)
        self._newest: tuple[int, str] | None = None
        self._outside, self._tried_at = outside or Outside(), 0.0
        self._published: Path | None = None
        self._contradiction: Tampered | None = None  # between the log and what a witness has seen
        self.problem: AuditError | None = None
        self.not_done: list[str] = []
        self.passed_over: list[str] = []  # files among the checkpoints that the key did not sign

    def look(self, *, now: bool = False) -> Path | None:
        """Sign a checkpoint if it is time, or in any case with `now`; return its file.

        Raises `Tampered` when the log no longer holds what was signed (also kept in `problem`), `StoreUnavailable`.
        """
        return self._kept(lambda: self._look(now))

    def newest(self) -> tuple[str, ProvenTree]:
        """Return the signed note of the log as it is now, and its tree for proofs. Signs only when the log has grown, and keeps
        the note in the folder: what was signed binds the keeper, after a restart too.

        Needs a key; none is made. Raises `Tampered` when the log no longer holds what was signed, `StoreUnavailable`.
        """
        note, tree = self._kept(self._now)
        # The log beneath may have been exchanged since it was signed.
        if note.split("\n")[2] != base64.b64encode(tree.root()).decode():
            raise Tampered(f"the log is not the one of {tree.size} entries that was signed")
        return note, tree

    def publish(self) -> list[str]:
        """Give the last checkpoint to witnesses and a time authority, and write tiles, where that is set and was not done yet.

        Return what could not be done, a sentence each; it is kept in `not_done` and tried again later. Raises `Tampered` when a
        witness has seen another log, which stays in `problem`.
        """
        with self._lock:
            path, log = _path(self.folder, self._signed), self._log
        again = bool(self.not_done or self._contradiction) and time.monotonic() - self._tried_at > _RETRY
        if not self._outside or log is None or (path == self._published and not again) or not path.exists():
            return []
        self._published, self._tried_at = path, time.monotonic()
        try:
            self.not_done = self._outside.publish(path, self._store, log.tree, self._verifier_key)
            self._contradiction = None
        except Tampered as error:
            self.problem = self._contradiction = error
            raise
        except AuditError as error:
            self.not_done = [str(error)]
        return self.not_done

    def _kept(self, work: Callable[[], R]) -> R:
        """Do something under the lock, and keep what is wrong in `problem`."""
        with self._lock:
            try:
                done = work()
            except OSError as error:
                self.problem = StoreUnavailable(f"cannot use {self.folder}: {os.strerror(error.errno or 0)}")
                raise self.problem from error
            except AuditError as error:
                self.problem = error
                raise
            self.problem = self._contradiction
            return done

    def watch(
        self, stop: threading.Event, pause: float = 10.0, report: Callable[[AuditError], None] = lambda _problem: None
    ) -> None:
        """Call `look` every `pause` seconds until `stop` is set; report an error, keep it in `problem`, and try again."""
        while not stop.is_set():
            try:
                self.look()
                for problem in self.publish():
                    report(StoreUnavailable(problem))
            except AuditError as error:
                report(error)
                # Walk from the first entry again: this tells a log that was only out of reach from one that was rewritten.
                self._log = None
            stop.wait(pause)

    def _look(self, now: bool) -> Path | None:
        size = self._store.log_size()
        if self._log is not None and not now:
            waited = seconds_between(self._signed_at, utc_now())
            # The absolute value, because a clock that was set back must not delay the next checkpoint.
            due = size - self._signed >= self._every or (size > self._signed and abs(waited) >= self._seconds)
            if not due and size >= self._signed:
                # Flags and revocations must not be undone by an older copy: within a minute they are signed for.
                fresh = self._newest[0] if self._newest else 0
                if size > max(self._signed, fresh) and abs(seconds_between(self._fresh_at, utc_now())) >= self._soon:
                    self._now()
                    self._fresh_at = utc_now()
                return None
        key = key_of(self.key_path)
        tree = self._follow(key, size)
        if tree.size == self._signed and not now:
            return None
        return self._sign(key, tree)

    def _now(self) -> tuple[str, ProvenTree]:
        size = self._store.log_size()
        if self._newest is None or self._newest[0] != size or self._log is None:
            key = load_key(self.key_path)
            tree = self._follow(key, size)
            note = self._signed_note(key, tree)
            self.folder.mkdir(parents=True, exist_ok=True)
            replace_text(self.folder / _NEWEST, note)
            self._newest = (tree.size, note)
            return note, tree.at()
        return self._newest[1], self._log.tree.at(size)

    def _follow(self, key: Ed25519PrivateKey, size: int) -> TiledTree:
        """Go on to `size` entries. Raises `Tampered` when the log is shorter than what was signed, or another one."""
        log = self._log = self._log or self._started(public_key(key, self._origin))
        tree = log.follow(size)
        bound = max(self._signed, tree.size, self._newest[0] if self._newest else 0)
        if size < bound:
            raise Tampered(f"the log ends after {size} entries, but {bound} were signed")
        return tree

    def _started(self, verifier_key: str) -> FollowedLog:
        """Walk the log from its first entry and compare the root at every size that was signed before."""
        signed: dict[int, str] = {}
        self._signed, self._newest, self._verifier_key = 0, None, verifier_key
        for one in self._signed_before(verifier_key):
            if signed.setdefault(one.size, one.root) != one.root:
                raise Tampered(f"two different logs of {one.size} entries were signed in {self.folder}")
        log = FollowedLog(self._store)
        for size in sorted(signed):
            tree = log.follow(size)
            if tree.size < size:
                raise Tampered(f"the log ends after {tree.size} entries, but {size} were signed")
            if tree.root().hex() != signed[size]:
                raise Tampered(f"the first {size} entries are not those that were signed: the log was rewritten")
        return log

    def _signed_before(self, verifier_key: str) -> list[Checkpoint]:
        """Return what the key signed in the folder; note in `passed_over` what is there and it did not sign."""
        if not self.folder.exists():
            return []
        passed: list[AuditError] = []
        signed = [file.checkpoint for file in signed_in(self.folder, verifier_key, report=passed.append)]
        self._signed = max((one.size for one in signed), default=0)
        for path in filter(Path.exists, (self.folder / _NEWEST, self.folder / CHECKPOINT)):
            try:
                signed.append(_opened(path, verifier_key))
            except (InvalidRecord, Tampered) as error:
                passed.append(error)
        self.passed_over = list(map(str, passed[:_MOST_TOLD]))
        if len(passed) > _MOST_TOLD:
            self.passed_over.append(f"{len(passed) - _MOST_TOLD} more files in {self.folder}")
        return signed

    def _signed_note(self, key: Ed25519PrivateKey, tree: ProvenTree | TiledTree) -> str:
        return sign_checkpoint(key, tree.size, tree.root().hex(), self._origin, root_key=self._store.root_key())

    def _sign(self, key: Ed25519PrivateKey, tree: TiledTree) -> Path:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = _path(self.folder, tree.size)
            replace_text(self.folder / "public_key.txt", public_key(key, self._origin) + "\n")
            replace_text(path, self._signed_note(key, tree))
        except OSError as error:
            raise StoreUnavailable(f"cannot write a checkpoint to {self.folder}: {os.strerror(error.errno or 0)}") from error
        self._signed, self._signed_at = tree.size, utc_now()
        return path
