"""A batch audit of many files under both engines, killed on the way: nothing missing, nothing twice, the same bits; its time.

Both engines judge the same generated logs with two workers. Then the command is killed (SIGKILL, its workers with it) at random
moments and started again until it ends. The decisions of all records, without fields that depend on the moment, and the blobs
are compared. ``overhead``: Ray's time over the local engine's, less one; null without Ray.
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
from collections import Counter
from contextlib import closing
from pathlib import Path

import numpy as np
from sqlalchemy import select

from audit import open_store
from audit.storage.schema import decisions
from sample_data.plant import PlantConfig, generate
from tests.drills.common import Json, say

WORKERS = 2
_SAME = ("input_sha256", "sequence_sha256", "weights_sha256", "label", "score", "threshold", "event_count", "warnings")


def drill(arguments: Namespace) -> Json:
    """Run the drill."""
    folder = Path(tempfile.mkdtemp(prefix="sparsemix-batch-"))
    logs = folder / "logs"
    logs.mkdir()
    for number in range(arguments.files):
        log = generate(PlantConfig(events=arguments.events, fault_rate=0.3 * (number % 2)), arguments.seed * 1_000_000 + number)
        (logs / f"line{number % 8}-{number:06d}.log").write_text("\n".join(log.lines) + "\n", encoding="utf-8")
    say(f"{arguments.files:,} logs of {arguments.events} events")
    engines = ("local",) if arguments.no_ray else ("local", "ray")
    seconds = {engine: _run(logs, folder / f"{engine}.db", engine) for engine in engines}
    kills = _killed(logs, folder / "killed.db", arguments.kills, seconds["local"], np.random.default_rng(arguments.seed))
    found = {name: _read(folder / f"{name}.db") for name in (*engines, "killed")}
    missing = {name: arguments.files - len(rows) for name, rows in found.items()}
    double = {name: sum(count - 1 for count in _counts(folder / f"{name}.db").values()) for name in found}
    same = all(rows == found["killed"] for rows in found.values())
    verified = all(_verifies(folder / f"{name}.db") for name in found)
    size = sum(path.stat().st_size for path in folder.glob("local.db*"))
    size_of_logs = sum(path.stat().st_size for path in logs.iterdir())
    shutil.rmtree(folder)
    overhead = None if arguments.no_ray else round(seconds["ray"] / seconds["local"] - 1.0, 3)
    exact = same and verified and not any((*missing.values(), *double.values()))
    return {
        "ok": exact and (arguments.no_targets or overhead is None or overhead < 0.25),
        "seconds_of": {name: round(value, 1) for name, value in seconds.items()},
        "overhead": overhead,
        "events_a_second": round(arguments.files * arguments.events / seconds["local"]),
        "bytes_of_record_an_event": round(size / (arguments.files * arguments.events), 1),
        "bytes_of_logs_an_event": round(size_of_logs / (arguments.files * arguments.events), 1),
        "kills": kills,
        "missing": missing,
        "double": double,
        "same": same,
        "verified": verified,
    }


def _command(logs: Path, record: Path, engine: str) -> list[str]:
    words = ["audit-batch", "--input", str(logs), "--db", str(record), "--engine", engine, "--workers", str(WORKERS)]
    return [sys.executable, "-m", "dashboard", *words]


def _run(logs: Path, record: Path, engine: str) -> float:
    begun = time.monotonic()
    subprocess.run(_command(logs, record, engine), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = time.monotonic() - begun
    say(f"{engine}: {seconds:.0f} s")
    return seconds


def _killed(logs: Path, record: Path, kills: int, usual: float, rng: np.random.Generator) -> int:
    """Kill the command so many times within about its usual time, then let it end; return how often it was really killed."""
    done = 0
    for _ in range(kills):
        process = subprocess.Popen(
            _command(logs, record, "local"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            process.wait(rng.uniform(0.3, 1.0) * usual / (kills / 2 + 1))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            done += 1
    subprocess.run(_command(logs, record, "local"), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    say(f"killed {done} times")
    return done


def _read(record: Path) -> dict[str, tuple[object, ...]]:
    """Return, by name of the file, what its decision says and the hashes of its selections."""
    with closing(open_store(record, read_only=True)) as store, store.database.read() as connection:
        made = map(store.decision, connection.scalars(select(decisions.c.id)).all())
        return {
            one.input_name: (
                *(getattr(one, name) for name in _SAME),
                *sorted((part.layer, part.sha256, part.pair_count) for part in one.selections),
            )
            for one in made
        }


def _counts(record: Path) -> Counter[tuple[str, str]]:
    with closing(open_store(record, read_only=True)) as store, store.database.read() as connection:
        return Counter(
            (str(row["input_sha256"]), str(row["weights_sha256"])) for row in connection.execute(decisions.select()).mappings()
        )


def _verifies(record: Path) -> bool:
    with closing(open_store(record, read_only=True)) as store:
        return store.verify().ok
