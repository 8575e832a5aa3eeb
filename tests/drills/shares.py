"""Ten people at one app, one of whom has long files read and judged: what a few lines of the others wait.

    python -m tests.drills shares --json

The places are the app's own, for reading and for judging; the pages and the record are left out. The drill fails where somebody
waits longer than `TARGET` until their lines are read and judged.
"""

from __future__ import annotations

import threading
import time
from argparse import Namespace
from collections.abc import Sequence
from functools import partial

from dashboard.service.common.turns import PERSON, Busy
from dashboard.service.common.worker import Job, Worker
from dashboard.service.decide.judging import judge
from dashboard.service.decide.weights_used import program_weights
from dashboard.service.reading.reader import Preview, preview
from sample_data.plant import PlantConfig, generate
from sparsemix import SparseMixModel
from sparsemix.attention.warm_up import warm_up
from sparsemix.readers import ReadOptions
from tests.drills.common import Json, figures

LINES = 300
TARGET = 5.0
_PATIENCE = 3600.0


def drill(arguments: Namespace) -> Json:
    """Let one person's long files be under way, and the others come one after the other until all of it is done."""
    model = SparseMixModel.load(program_weights())
    warm_up()
    worker = Worker(2)
    size = arguments.megabytes * 1_000_000
    long = [_log(arguments.events, arguments.seed + n, size) for n in range(arguments.files)]
    judge(_log(LINES, 0), "first.log", model=model)
    begun, ended, faults = time.monotonic(), list[float](), list[str]()

    def one_with_long_files() -> None:
        reading = [threading.Thread(target=reads_and_has_judged, args=(data,)) for data in long]
        for thread in reading:
            thread.start()
        for thread in reading:
            thread.join()

    def reads_and_has_judged(data: bytes) -> None:
        ended.append(_wait(worker, _submitted(worker, model, "long", data), faults) - begun)

    others = threading.Thread(target=one_with_long_files)
    others.start()
    waits, before = list[float](), 0
    while others.is_alive():
        for person in range(arguments.people - 1):
            came = time.monotonic()
            job = _submitted(worker, model, f"short {person}", _log(LINES, 100 + person))
            waits.append(_wait(worker, job, faults) - came)
            before += not ended
            others.join(arguments.pause)
    refused = _refused(worker)
    worker.close()
    in_time = max(waits) <= TARGET
    return {
        "ok": bool(waits) and refused and not faults and (in_time or arguments.no_targets),
        "short": figures(waits),
        "short_before_the_first_long": before,
        "long_ended_s": [round(seconds, 1) for seconds in sorted(ended)],
        "one_person_is_bounded": refused,
        "faults": faults,
    }


def _submitted(worker: Worker, model: SparseMixModel, who: str, data: bytes) -> Job:
    """Have a file read for its preview, then judged, as the page does."""
    PERSON.set(who)
    read: Preview = preview(data, f"{who}.log", ReadOptions())
    assert read.read is not None, read.error
    work = partial(judge, data, f"{who}.log", model=model, before=read.read)
    return worker.submit(lambda progress: work(progress=progress) and None, who=who, size=len(data))


def _wait(worker: Worker, job: Job, faults: list[str]) -> float:
    """Return when a job has ended."""
    found = worker.wait(job.id, _PATIENCE)
    if found is None or found.error is not None:
        faults.append(f"{job.kind}: {found}"[:500])
    return time.monotonic()


def _refused(worker: Worker) -> bool:
    """Return whether somebody with many jobs is refused one more, and another is not."""
    go = threading.Event()
    held = [worker.submit(lambda progress: go.wait(_PATIENCE), who="many") for _ in range(8)]
    try:
        worker.submit(lambda progress: None, who="many")
    except Busy:
        worker.submit(lambda progress: None, who="another")
        return True
    finally:
        go.set()
        for job in held:
            worker.wait(job.id, _PATIENCE)
    return False


def _log(events: int, seed: int, size: int = 0) -> bytes:
    lines: Sequence[str] = generate(PlantConfig(events=events), seed).lines
    # What is said of a line without a time is the line itself: 62 MB of such lines are read within the bounds of memory.
    filled = size // events
    return "".join(f"{line[30:] if filled else line}".ljust(max(filled - 1, 0), ".") + "\n" for line in lines).encode()
