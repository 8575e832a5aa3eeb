"""Backups under load: the machine is lost, the record restored elsewhere, verified, and worked on.

    python -m tests.drills backup --json --rounds 100

In every round two processes do everything that people do to a record, and acknowledge it, while backups are made: one is killed
on the way, and must not be there unless it is whole; one is completed. They work on, checkpoints are signed in another folder,
the processes are killed, and the database with its files is removed. The backup is restored and judged:

- every acknowledged entry up to the backup's point is there, under its number and with its hash, and so is every one that was
  acknowledged before the backup began;
- every acknowledged entry after that point that a checkpoint signed is among those that are named as missing;
- the record verifies; people decide and review on it; new checkpoints follow the backup's, and the old ones contradict them.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import signal
import tempfile
import time
from argparse import Namespace
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from audit import AuditError, Role, Tampered
from audit.backup.backup import write_backup
from audit.backup.known import known_checkpoints
from audit.backup.manifest import Manifest
from audit.backup.restore import restore_backup
from audit.checkpoint_schedule import CheckpointKeeper
from tests.drills.common import Json, Place, admit, each, figures, opened, say
from tests.drills.operations import OPERATIONS, Actor
from tests.drills.victim import work

WRITERS = 2
BEFORE = 150  # operations on the record that every round begins with
MORE = 12  # operations on the restored record
_PIPE = 2**20  # bytes that a writer may say while nobody listens
_fork = get_context("fork")  # from a parent that has imported everything already


class _Writer:
    """A process that works on the record, and the entries that it acknowledged so far, by number."""

    def __init__(self, url: str, token: str, seed: int) -> None:
        self._pipe, writing = os.pipe()
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE)
        self.process = _fork.Process(target=work, args=(url, token, seed, None, writing), daemon=True)
        self.process.start()
        os.close(writing)
        self._said = b""
        while b"\n" not in self._said:  # until it is ready
            more = os.read(self._pipe, 65536)
            if not more:
                raise RuntimeError("a writer could not begin to work; its error is above")
            self._said += more
        os.set_blocking(self._pipe, False)
        self.entries: dict[int, str] = {}
        self.trouble: list[str] = []

    def listen(self) -> None:
        """Take in what was said so far; a line that a kill cut off does not count."""
        try:
            while more := os.read(self._pipe, 65536):
                self._said += more
        except BlockingIOError:
            pass
        *lines, self._said = self._said.split(b"\n")
        for line in map(json.loads, lines):
            if line[0] == "done":
                self.entries |= dict(line[1])
            elif line[0] == "unavailable":
                self.trouble.append(f"a writer was refused: {line[1]}")

    def kill(self) -> None:
        """Lose the process as a power loss would."""
        if self.process.exitcode is not None:
            self.trouble.append(f"a writer ended by itself with {self.process.exitcode}")
        _end(self.process)
        self.listen()
        os.close(self._pipe)


@dataclass
class _Tally:
    """What was tried and found in all rounds."""

    acknowledged: int = 0
    during: int = 0
    backed_up: int = 0
    lost: list[str] = field(default_factory=list)
    missing: int = 0
    not_named: list[str] = field(default_factory=list)
    unsigned: int = 0
    cut_off: int = 0
    half: list[str] = field(default_factory=list)
    went_on: int = 0
    faults: list[str] = field(default_factory=list)
    backups: list[float] = field(default_factory=list)
    restorings: list[float] = field(default_factory=list)


def drill(arguments: Namespace) -> Json:
    """Lose the machine `--rounds` times in each store."""
    # Whole databases are made and dropped, and none has to outlive its server.
    return each(arguments, lambda place: _Drill(place, arguments.seed).run(arguments.rounds), durable=False)


class _Drill:
    def __init__(self, place: Place, seed: int) -> None:
        self.place, self.random = place, random.Random(f"{seed} {place.kind}")  # noqa: S311 - a drill
        self.tally = _Tally()
        self.begun = place.copy()
        with opened(self.begun) as store:
            _act(Actor(store.access(admit(store, "before", *Role)), self.random), BEFORE)
            self.entries = {entry.seq: entry.hash for entry in store.entries()}

    def run(self, rounds: int) -> Json:
        tally = self.tally
        for number in range(1, rounds + 1):
            with tempfile.TemporaryDirectory(prefix="sparsemix-") as folder:
                self._round(Path(folder))
            if number % 10 == 0 or number == rounds:
                say(f"{self.place.kind}: {number} rounds, {len(tally.lost)} lost, {len(tally.not_named)} not named")
        self.place.drop(self.begun)
        return {
            "ok": not (tally.lost or tally.not_named or tally.half or tally.faults) and tally.went_on == rounds,
            "rounds": rounds,
            "acknowledged": tally.acknowledged,
            "acknowledged_while_backed_up": tally.during,
            "acknowledged_up_to_the_backup": tally.backed_up,
            "lost_up_to_the_backup": len(tally.lost),
            "acknowledged_later_and_signed": tally.missing,
            "not_named_as_missing": len(tally.not_named),
            "acknowledged_after_the_last_checkpoint": tally.unsigned,
            "backups_killed": tally.cut_off,
            "taken_for_whole": len(tally.half),
            "went_on": tally.went_on,
            "other_faults": len(tally.faults),
            "first_faults": [*tally.lost, *tally.not_named, *tally.half, *tally.faults][:5],
            "backup": figures(tally.backups),
            "restore": figures(tally.restorings),
        }

    def _round(self, folder: Path) -> None:
        tally = self.tally
        url = self.place.copy(self.begun)
        with opened(url) as store:  # a session from the beginning of the drill would run out
            tokens = [admit(store, f"person-{i}", *Role) for i in range(WRITERS)]
        writers = [_Writer(url, token, self.random.randrange(2**32)) for token in tokens]
        try:
            self._work(0.2, 0.8)
            self._kill_a_backup(url, folder)
            with opened(url, read_only=True) as store:
                CheckpointKeeper(store, folder / "key.pem", folder / "signed").look(now=True)
            before = _entries(writers)
            begun = time.monotonic()
            manifest = write_backup(url, folder / "backup", checkpoints=folder / "signed", key=folder / "key.pem")
            tally.backups.append(time.monotonic() - begun)
            tally.during += len(_entries(writers)) - len(before)
            self._work(0.1, 0.6)
            with opened(url, read_only=True) as store:
                CheckpointKeeper(store, folder / "key.pem", folder / "signed").look(now=True)
            self._work(0.0, 0.1)
        finally:
            for writer in writers:
                writer.kill()
            self.place.drop(url)
        tally.faults += [trouble for writer in writers for trouble in writer.trouble]
        late = [seq for seq in before if seq > manifest.entries]
        tally.lost += [f"entry {seq} was acknowledged before the backup and is not in it" for seq in late]
        again = self.place.empty()
        try:
            self._judge(folder, manifest, again, self.entries | _entries(writers))
        except AuditError as error:
            tally.faults.append(f"{type(error).__name__}: {error}")
        finally:
            self.place.drop(again)

    def _work(self, least: float, most: float) -> None:
        time.sleep(self.random.uniform(least, most))

    def _kill_a_backup(self, url: str, folder: Path) -> None:
        """Kill a backup at any moment: under its name there is nothing, or the whole of it."""
        target = folder / "killed"
        process = _fork.Process(target=write_backup, args=(url, target), daemon=True)
        process.start()
        process.join(self.random.uniform(0.0, 0.5))
        finished = process.exitcode == 0
        _end(process)
        self.tally.cut_off += not finished
        if not target.exists():
            if finished:
                self.tally.half.append("a backup was acknowledged and is not there")
            return
        with tempfile.TemporaryDirectory(prefix="sparsemix-") as elsewhere:
            try:
                restored = restore_backup(target, Path(elsewhere) / "record.db")
            except AuditError as error:
                self.tally.half.append(f"a killed backup stands under its name and is not whole: {error}")
            else:
                self.tally.half += [restored.problem] if restored.problem else []

    def _judge(self, folder: Path, manifest: Manifest, url: str, entries: dict[int, str]) -> None:
        tally = self.tally
        known = known_checkpoints(folder / "signed")
        signed = known[-1].size
        begun = time.monotonic()
        restored = restore_backup(folder / "backup", url, known, checkpoints_to=folder / "next", key_to=folder / "next.pem")
        tally.restorings.append(time.monotonic() - begun)
        if restored.problem is not None or manifest.problem is not None:
            tally.faults.append(str(restored.problem or manifest.problem))
            return
        first, last = restored.missing or (manifest.entries + 1, manifest.entries)
        tally.acknowledged += len(entries) - len(self.entries)
        for seq in entries:
            if manifest.entries < seq <= signed:
                tally.missing += 1
                if not first <= seq <= last:
                    tally.not_named.append(f"entry {seq} is not among {first} to {last}")
            tally.unsigned += seq > signed
        with opened(url) as store:
            stored = {entry.seq: entry.hash for entry in store.entries(limit=10**6)}
            due = {seq: hashed for seq, hashed in entries.items() if seq <= manifest.entries}
            tally.backed_up += len(due)
            tally.lost += [f"entry {seq}" for seq, hashed in due.items() if stored.get(seq) != hashed]
            person = Actor(store.access(admit(store, "after", *Role)), self.random)
            _act(person, MORE)
            for name in ("decide", "claim", "submit"):
                person.do(name)
            report = store.verify(checkpoint=max((c for c in known if c.size <= manifest.entries), key=lambda c: c.size))
            if not report.ok:
                tally.faults.append(str(report.problem_text))
            CheckpointKeeper(store, folder / "next.pem", folder / "next").look(now=True)
            tally.went_on += report.ok and self._contradicted(folder, store, signed > manifest.entries)

    def _contradicted(self, folder: Path, store: object, lost: bool) -> bool:
        """Return whether the checkpoints of before say what they should: a lost tail does not fit, all else does."""
        try:
            CheckpointKeeper(store, folder / "key.pem", folder / "signed").look(now=True)  # type: ignore[arg-type]
        except Tampered:
            return lost
        return not lost


def _act(person: Actor, times: int) -> None:
    for name in person.random.choices(list(OPERATIONS), list(OPERATIONS.values()), k=times):
        person.do(name)


def _entries(writers: list[_Writer]) -> dict[int, str]:
    """Return what all writers acknowledged so far."""
    for writer in writers:
        if writer.process.is_alive():
            writer.listen()
    return {seq: hashed for writer in writers for seq, hashed in writer.entries.items()}


def _end(process: BaseProcess) -> None:
    if process.is_alive() and process.pid is not None:
        os.kill(process.pid, signal.SIGKILL)
    process.join()
