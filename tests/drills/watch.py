"""A watched log that grows at a steady rate, is rotated and truncated: the lag of the decisions, and whether they are right.

One process writes lines of the simulated plant, in pieces that end anywhere, and notes when each was written. Now and then
it renames the file and begins another (rotation), or empties it as copytruncate does. `python -m dashboard watch` follows it.
``lag``: from the moment that a line was written until the record has its first decision, by the times of writer and record.
Every line must be in a decision, in order, none changed. Decisions (``checked`` of them, drawn at random) are judged once more
as ``audit-batch`` does, from the stored input alone: all that the record says, and every blob, must be the same.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from io import BufferedWriter, FileIO
from pathlib import Path

import numpy as np

from audit import AuditStore, DecisionRecord, open_store
from audit.records.payload import to_payload
from dashboard.service.batch.engines import Judge
from dashboard.service.decide.outcomes import FileFailure
from dashboard.service.decide.pipeline import reading_of
from dashboard.service.decide.recording import enter
from dashboard.service.watch import watch_status
from dashboard.service.watch.watch_status import WatcherStatus
from sample_data.plant import PlantConfig, generate
from sparsemix import SparseMixModel
from tests.drills.common import Json, say
from tests.support.paths import ROOT

WEIGHTS = ROOT / "sample_data" / "weights.safetensors"
LAG = 1.0  # seconds
# The first tenth of the run fills caches; from then on memory may grow by this factor.
FLAT = 1.1
_WRITE = 0.05  # seconds between two pieces
_PATIENCE = 120.0  # seconds
_SHIFT = 50_000  # lines
_OF_THE_RUN = (
    "id",
    "started_at",
    "ended_at",
    "caller",
    "due_at",
    "sampling_route",
    "inclusion_probability",
    "required_reviews",
)
_OF_THE_RUN += ("blind", "gate")
_OF_THE_MOMENT = ("live", "drift", "memory_mb", "compared_with")


def drill(arguments: Namespace) -> Json:
    """Run the drill."""
    folder = Path(tempfile.mkdtemp(prefix="sparsemix-watch-"))
    path, record = folder / "line4.log", folder / "watch.db"
    written = _Written(path, record, arguments)
    watcher = subprocess.Popen(_command(path, record, arguments), cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        _until(lambda: bool(watch_status.watchers(watch_status.folder(str(record)))), watcher, "the watcher did not begin")
        memory = written.run()
        say(f"{len(written.lines):,} lines written")
        status = _all_covered(record, len(written.lines), watcher)
    finally:
        watcher.send_signal(signal.SIGTERM)
        code = watcher.wait(_PATIENCE)
    with closing(open_store(record, read_only=True)) as store:
        decisions = _decisions(store)
        say(f"{len(decisions):,} decisions")
        lags, wrong = _lags(store, decisions, written)
        different = _judged_again(store, decisions, folder, arguments)
        verified = store.verify().ok
    size = record.stat().st_size
    shutil.rmtree(folder)
    exact = verified and code == 0 and not wrong and not different and status.failed == 0
    p50, p95, most = (round(float(np.quantile(lags, share)), 3) for share in (0.5, 0.95, 1.0))
    flat = _flat(memory)
    return {
        "ok": exact and (arguments.no_targets or (p95 < LAG and flat)),
        "lines": len(written.lines),
        # Of a watcher whose decisions are not right, the lag says nothing.
        **({"lag_s": {"p50": p50, "p95": p95, "max": most}} if exact else {}),
        "said_itself_s": {"p50": status.lag_p50, "p95": status.lag_p95, "max": status.lag_max},
        "decisions": len(decisions),
        "held": status.held,
        "skipped_ticks": status.skipped,
        "rotations": [written.rotations, status.rotations],
        "truncations": [written.truncations, status.truncations],
        "lines_wrong": wrong,
        "judged_again": min(arguments.checked, len(decisions)),
        "different": different,
        "verified": verified,
        "memory_mb": memory,
        "flat": flat,
        "record_mb": round(size / 1e6, 1),
    }


class _Written:
    """A writer that notes when each line was written."""

    def __init__(self, path: Path, record: Path, arguments: Namespace) -> None:
        self._path, self._record, self._rate, self._turn = path, record, arguments.rate, arguments.turn
        self._rng = np.random.default_rng(arguments.seed)
        self._wanted = deque(_plant(arguments.seconds * arguments.rate, arguments.seed))
        # Bytes that are due but not written yet, and the lines that are not wholly written.
        self._pending, self._open = bytearray(), deque[bytes]()
        self.lines: list[bytes] = []
        self.at: list[float] = []
        self.rotations = self.truncations = 0

    def run(self) -> list[Json]:
        """Write all lines; return the memory at the beginning and after every tenth."""
        total, memory = len(self._wanted), [_memory(self._record)]
        begun = turned = time.monotonic()
        file = self._path.open("ab", buffering=0)
        while self._wanted or self._pending:
            due = int((time.monotonic() - begun) * self._rate) - (total - len(self._wanted))
            turn = time.monotonic() - turned > self._turn
            self._write(file, max(due, 0), whole=turn or not self._wanted)
            if turn:
                file = self._other(file)
                turned = time.monotonic()
            if len(memory) <= 10 * len(self.lines) // total:
                memory.append(_memory(self._record))
            time.sleep(_WRITE)
        file.close()
        return memory

    def _write(self, file: BufferedWriter | FileIO, due: int, *, whole: bool) -> None:
        """Write so many further lines, the last one perhaps not to its end."""
        new = [self._wanted.popleft() for _ in range(min(due, len(self._wanted)))]
        self._open += new
        self._pending += b"".join(new)
        left = 0 if whole or not self._open else int(self._rng.integers(min(len(self._open[-1]), len(self._pending))))
        data = bytes(self._pending[: len(self._pending) - left])
        file.write(data)
        now = time.time()
        del self._pending[: len(data)]
        for _ in range(data.count(b"\n")):
            self.lines.append(self._open.popleft())
            self.at.append(now)

    def _other(self, file: BufferedWriter | FileIO) -> BufferedWriter | FileIO:
        """Rotate to a new file in its place, or empty the same file, in turns."""
        if self.rotations == self.truncations:
            self._path.rename(self._path.with_name(f"{self._path.name}.1"))
            file.close()
            self.rotations += 1
            return self._path.open("ab", buffering=0)
        # What is emptied before it is read is lost, to everybody: the writer waits for the reader.
        until = time.monotonic() + _PATIENCE
        while _status(self._record).lines < len(self.lines) and time.monotonic() < until:
            time.sleep(_WRITE)
        os.ftruncate(file.fileno(), 0)
        self.truncations += 1
        return file


def _plant(total: int, seed: int) -> Iterator[bytes]:
    """Generate the lines of one shift after the other."""
    for shift, start in enumerate(range(0, total, _SHIFT)):
        log = generate(PlantConfig(events=min(_SHIFT, max(total - start, 200))), seed * 1_000_000 + shift)
        yield from (line.encode() + b"\n" for line in log.lines[: total - start])


def _command(path: Path, record: Path, arguments: Namespace) -> list[str]:
    words = [
        "--db",
        str(record),
        "--weights",
        str(WEIGHTS),
        "--context",
        str(arguments.context),
        "--every",
        str(arguments.every),
    ]
    return [sys.executable, "-m", "dashboard", "watch", str(path), *words, "--seconds", "2"]


def _status(record: Path) -> WatcherStatus:
    return watch_status.watchers(watch_status.folder(str(record)))[0]


def _memory(record: Path) -> Json:
    found = _status(record)
    return {"reader": found.reader_mb, "judge": found.judge_mb}


def _flat(memory: list[Json]) -> bool:
    """Return whether the second half took no more memory than the first tenth, within what FLAT allows."""
    later = memory[len(memory) // 2 :]
    return all(max(one[name] or 0.0 for one in later) <= FLAT * (memory[1][name] or 0.0) for name in ("reader", "judge"))


def _until(true: Callable[[], bool], watcher: subprocess.Popen[bytes], problem: str) -> None:
    until = time.monotonic() + _PATIENCE
    while not true():
        if watcher.poll() is not None or time.monotonic() > until:
            raise RuntimeError(problem)
        time.sleep(_WRITE)


def _all_covered(record: Path, lines: int, watcher: subprocess.Popen[bytes]) -> WatcherStatus:
    """Wait for the decisions on the last lines, as long as decisions arrive."""
    while (before := _status(record).covered) < lines:
        _until(lambda before=before: _status(record).covered > before, watcher, "lines are not decided on")  # type: ignore[misc]
    return _status(record)


def _decisions(store: AuditStore) -> list[tuple[DecisionRecord, float]]:
    """Return all decisions in the order of the record, each with its time of recording."""
    entries = [entry for entry in store.entries(limit=10**9) if entry.type == "decision"]
    return [(store.decision(entry.subject), datetime.fromisoformat(entry.ts).timestamp()) for entry in entries]


def _lags(store: AuditStore, decisions: Sequence[tuple[DecisionRecord, float]], written: _Written) -> tuple[list[float], int]:
    """Return the wait of every line, and how many lines are missing, out of order or changed."""
    lags: list[float] = []
    wrong = 0
    for decision, at in decisions:
        said = decision.details["live"]
        first, last, new = said["first"], said["last"], said["new"]
        wrong += last - new != len(lags) or store.blob(decision.input_sha256) != b"".join(written.lines[first - 1 : last])
        lags += [at - when for when in written.at[last - new : last]]
    return lags, wrong + abs(len(written.lines) - len(lags))


def _judged_again(
    store: AuditStore, decisions: Sequence[tuple[DecisionRecord, float]], folder: Path, arguments: Namespace
) -> int:
    """Judge and record the inputs of randomly drawn decisions anew; return how many decisions differ."""
    rng, model, batch = np.random.default_rng(arguments.seed), SparseMixModel.load(WEIGHTS), Judge(WEIGHTS)
    drawn = rng.choice(len(decisions), min(arguments.checked, len(decisions)), replace=False)
    different = 0
    with closing(open_store(folder / "again.db")) as again:
        access = again.single_user("drill")
        for place in sorted(drawn.tolist()):
            live_one = decisions[place][0]
            judged = batch.of(store.blob(live_one.input_sha256), live_one.input_name, reading_of(live_one))
            if isinstance(judged, FileFailure):
                different += 1
                continue
            id = enter(judged, model=model, access=access, source=str(live_one.details["source"]))
            one, other = _facts(again.decision(id)), _facts(live_one)
            if one != other:
                different += 1
                say(f"otherwise: {', '.join(name for name in one if one[name] != other[name])} of {live_one.input_name}")
    return different


def _facts(decision: DecisionRecord) -> Json:
    """Return the fields that do not depend on time, author and number of a decision. The random sample depends on its id."""
    found: Json = {name: value for name, value in to_payload(decision).items() if name not in _OF_THE_RUN}
    # Long windows are judged on all cores, and here on one: the bits have to be the same.
    found["runtime"] = found["runtime"] | {"torch_threads": ""}
    details = found["details"]
    found["details"] = {name: value for name, value in details.items() if name not in _OF_THE_MOMENT}
    # Whether its source is in alarm, and whether an incident is new there, depends on all decisions before it.
    found["details"]["hold_reasons"] = [reason for reason in details["hold_reasons"] if reason != "drift"]
    found["details"]["incidents"] = [one | {"new": None} for one in details["incidents"]]
    return found
