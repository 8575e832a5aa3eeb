"""Files that were made to take the app along: each is refused or read, within memory and time, and the app goes on.

    python -m tests.drills bombs --json

Every crafted file (`bombs_made`) goes every way by which the app reads files: looked at and read as a log, taken from several
files, as a data set, as normal runs, as weights. Measured are the growth of this process, which stands for the app, the peak
of the child that reads, the time, and how long a thread of the app had to wait for its turn meanwhile. Archives in which bytes
were changed are dropped beside good files: neither those nor what is intact in the archive may be lost.
"""

from __future__ import annotations

import random
import struct
import threading
import time
import zipfile
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from dashboard.service.common.memory import Peak, resident_mb
from dashboard.service.decide.normal_runs import RUN_LIMITS
from dashboard.service.decide.several_files import FileState, Upload, UploadBatch
from dashboard.service.reading.process import the_process
from dashboard.service.reading.reader import preview, preview_data_set, read_event_tables, read_file
from dashboard.service.training.own_data import OwnData
from sparsemix import InputError, SparseMixModel, WeightsError
from sparsemix.readers import Limits, ReadOptions
from sparsemix.readers import read_file as read_here
from tests.drills.bombs_made import LINE, Bomb, bombs
from tests.drills.common import Json, say

GROWTH_MB, CHILD_MB, SECONDS = 1_600, 2_600, 112
_TICK = 0.02
_LARGEST_MB = Limits().max_bytes >> 20
"""What the app takes as an upload."""
_DICTIONARY = 64 * 1024 * 1024  # bytes; LZMA's highest preset
_KINDS = (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


def drill(arguments: Namespace) -> Json:
    """Drop every file, then the damaged archives."""
    chosen = [bomb for bomb in bombs() if not (arguments.light and bomb.heavy)][:: arguments.every]
    begun, protection = time.monotonic(), the_process().protection()
    started = time.monotonic() - begun
    # What is loaded at the first use is no growth that a file causes.
    read_file(LINE * 3, "first.log", ReadOptions())
    dropped, tries = _drop(chosen), _damaged(arguments.damaged, random.Random(arguments.seed))  # noqa: S311 - damage that can be repeated
    return {
        "ok": dropped["ok"] and not tries["lost"],
        "bombs": dropped,
        "damaged": tries,
        "small_file": _small_file(),
        "start_s": round(started, 2),
        "not_possible_here": protection.missing(),
    }


def _drop(chosen: list[Bomb]) -> Json:
    outcomes: Counter[str] = Counter()
    worst = {"growth_mb": (0.0, ""), "child_mb": (0.0, ""), "seconds": (0.0, ""), "pause_s": (0.0, "")}
    faults: list[str] = []
    with TemporaryDirectory(prefix="sparsemix-") as folder, ProcessPoolExecutor(1, get_context("spawn")) as maker:
        for bomb in chosen:
            path = Path(folder) / "bomb"
            # In another process: making a bomb may take as much memory as it does.
            size = maker.submit(_write, bomb.name, path).result()
            if size > (_LARGEST_MB << 20):
                path.write_bytes(path.read_bytes()[: _LARGEST_MB << 20])
            for way, go in _ways(bomb.name):
                found = _measured(go, path.read_bytes(), bomb.name)
                outcomes["read" if found["outcome"] == "read" else "refused"] += 1
                where = f"{bomb.name} as {way}: {found['outcome']}"
                say(f"{where}, {found['seconds']:.1f} s, +{found['growth_mb']:.0f} MB, child {found['child_mb']:.0f} MB")
                for name, (most, _) in worst.items():
                    if found[name] > most:
                        worst[name] = (round(found[name], 2), where)
                over = found["growth_mb"] > GROWTH_MB or found["child_mb"] > CHILD_MB or found["seconds"] > SECONDS
                if over or found["fault"]:
                    faults.append(where)
    return {
        "ok": not faults,
        "files": len(chosen),
        **outcomes,
        "worst": {name: {"value": value, "where": where} for name, (value, where) in worst.items()},
        "asked": {"growth_mb": GROWTH_MB, "child_mb": CHILD_MB, "seconds": SECONDS},
        "over_or_unforeseen": faults,
    }


def _write(name: str, path: Path) -> int:
    data = next(bomb for bomb in bombs() if bomb.name == name).made()
    path.write_bytes(data)
    return len(data)


Way = Callable[[bytes, str], None]


def _ways(name: str) -> list[tuple[str, Way]]:
    """Return the ways that a file of this name goes in the app."""
    if name.endswith(".safetensors"):
        return [("weights", _weights)]
    if name.endswith(".zip"):
        return [("several files", _several), ("columns", _columns), ("data set", _data_set), ("normal runs", _runs)]
    runs = [("normal runs", _runs)] if name.startswith("events") else []
    return [("log", _log), ("columns", _columns), ("data set", _data_set), *runs]


def _log(data: bytes, name: str) -> None:
    looked = preview(data, name, ReadOptions())
    if looked.error is not None:
        raise looked.error


def _several(data: bytes, name: str) -> None:
    batch = UploadBatch()
    batch.add([Upload("1", name, data)])
    for file in batch.unread()[:3]:
        file.read()
    errors = [file.error for file in batch.files if isinstance(file.error, InputError)]
    if errors and not batch.waiting():
        raise errors[0]


def _columns(data: bytes, name: str) -> None:
    looked = preview_data_set([(name, data)], ReadOptions())
    if looked.error is not None:
        raise looked.error


def _data_set(data: bytes, name: str) -> None:
    own = OwnData(((name, data),)).read()
    if own.error is not None:
        raise own.error


def _runs(data: bytes, name: str) -> None:
    read_event_tables([(name, data)], RUN_LIMITS)


def _weights(data: bytes, _name: str) -> None:
    SparseMixModel.from_bytes(data)


def _measured(go: Way, data: bytes, name: str) -> Json:
    before, peak, fault = resident_mb() or 0.0, Peak(), False
    the_process().peak = 0
    begun = time.monotonic()
    with _pauses() as pauses:
        try:
            go(data, name)
            outcome = "read"
        except InputError as error:
            outcome, fault = error.code, error.code == "invalid"
        except WeightsError:
            outcome = "no weights"
        except Exception as error:  # what the drill looks for
            outcome, fault = f"{type(error).__name__}: {error}"[:200], True
    seconds = time.monotonic() - begun
    return {
        "outcome": outcome,
        "fault": fault,
        "seconds": seconds,
        "growth_mb": max(0.0, (peak.megabytes() or 0.0) - before),
        "child_mb": the_process().peak / 1e6,
        "pause_s": max(pauses, default=0.0),
    }


@contextmanager
def _pauses() -> Iterator[list[float]]:
    """Yield how long another thread waited for its turn, each time."""
    waited, done = list[float](), threading.Event()

    def tick() -> None:
        while not done.is_set():
            begun = time.monotonic()
            time.sleep(_TICK)
            waited.append(time.monotonic() - begun - _TICK)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        yield waited
    finally:
        done.set()
        thread.join()


def _damaged(tries: int, at_random: random.Random) -> Json:
    """Drop damaged archives beside a good file."""
    lost: list[str] = []
    told = archives = 0
    for number in range(tries):
        files = {f"{n}.log": LINE * at_random.randint(2, 60) + b"%d %d\n" % (number, n) for n in range(5)}
        out = BytesIO()
        with zipfile.ZipFile(out, "w", at_random.choice(_KINDS)) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        spoilt = _spoilt(out.getvalue(), at_random)
        batch, good = UploadBatch(), LINE * 3 + b"%d\n" % number
        batch.add([Upload("1", "spoilt.zip", spoilt), Upload("2", "good.log", good)])
        found = {file.sha256 for file in batch.files if file.state in (FileState.UNREAD, FileState.SAME)}
        wanted = {sha256(content).hexdigest() for content in (good, *_intact(spoilt))}
        told += sum(file.error is not None for file in batch.files)
        archives += any(file.upload == "1" and file.name == "spoilt.zip" for file in batch.files)
        if wanted - found:
            lost.append(f"try {number}: {len(wanted - found)} of {len(wanted)}")
        if number % 100 == 99:
            say(f"{number + 1} damaged archives")
    return {"tries": tries, "lost": len(lost), "which": lost[:20], "told": told, "unreadable_as_a_whole": archives}


def _spoilt(data: bytes, at_random: random.Random) -> bytes:
    spoilt = bytearray(data)
    way = at_random.randrange(4)
    if way == 0:
        del spoilt[at_random.randrange(len(spoilt)) :]
    elif way == 1:
        start = at_random.randrange(len(spoilt))
        spoilt[start : start + at_random.randint(1, 60)] = b""
    else:
        for _ in range(at_random.randint(1, 6)):
            spoilt[at_random.randrange(len(spoilt))] ^= 1 << at_random.randrange(8)
    return bytes(spoilt)


def _intact(data: bytes) -> Iterator[bytes]:
    """Yield what can be had of an archive, file by file."""
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except Exception:  # its directory is damaged, whatever that leads to
        return
    for entry in archive.infolist():
        content = _content(archive, entry, data)
        if content and not entry.is_dir() and not entry.filename.startswith("."):
            yield content


def _wants_memory(data: bytes, entry: zipfile.ZipInfo) -> bool:
    """Return whether the damage has a file ask for a dictionary that no file needs: in bounded memory it cannot be read."""
    if entry.compress_type != zipfile.ZIP_LZMA:
        return False
    name, extra = struct.unpack_from("<HH", data, entry.header_offset + 26)
    return int(struct.unpack_from("<L", data, entry.header_offset + 30 + name + extra + 5)[0]) > _DICTIONARY


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, data: bytes) -> bytes:
    try:
        return b"" if _wants_memory(data, entry) else archive.read(entry)
    except Exception:  # as above
        return b""


def _small_file() -> Json:
    """Return how much longer an ordinary file takes in the child than in this process, in milliseconds."""
    data, times = LINE * 500, {"child": list[float](), "here": list[float]()}
    for _ in range(20):
        begun = time.perf_counter()
        read_file(data, "a.log", ReadOptions())
        times["child"].append(time.perf_counter() - begun)
        begun = time.perf_counter()
        read_here(data, "a.log", Limits(), ReadOptions())
        times["here"].append(time.perf_counter() - begun)
    return {f"{name}_ms": round(1000 * sorted(taken)[len(taken) // 2], 1) for name, taken in times.items()}
