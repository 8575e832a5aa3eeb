"""Training on several processes beside one: python -m sparsemix bench parallel --json FILE.

The very commands of the shell, on the same data and in the same order of it. In double precision the losses of all steps are
compared, and nothing is reported when they differ by more than 1e-4; then single precision is timed, beside one process with
one thread and with as many threads as there are processes, for that is what a machine's cores would do otherwise.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from sample_data.plant import PlantConfig, generate
from sparsemix.bench.real import adfa
from sparsemix.bench.report import check_report, write_report
from sparsemix.errors import BenchmarkRefused, ConfigError

CLOSE = 1e-4
_ROOT = Path(__file__).resolve().parents[2]
_LIMIT = 3600
_LOGS, _EVENTS = 60, 512

Row = dict[str, object]


def add_parallel(parser: ArgumentParser) -> None:
    """Options of ``bench parallel``."""
    usual = Course()
    parser.add_argument("--json", type=Path, required=True, metavar="FILE", help="report to write")
    data = parser.add_mutually_exclusive_group()
    data.add_argument("--data", type=Path, metavar="D", help="as for train; default: generated logs")
    data.add_argument("--data-dir", type=Path, metavar="DIR", help="folder with adfa/, whose traces are learned from instead")
    parser.add_argument("--steps", type=int, default=usual.steps, help="of every training; default: %(default)s")
    parser.add_argument("--processes", type=int, default=usual.processes, help="beside one; default: %(default)s")
    parser.add_argument(
        "--repeats", type=int, default=usual.repeats, help="timed runs of each way, 0: none; default: %(default)s"
    )
    parser.set_defaults(run=parallel_command)


def parallel_command(options: Namespace) -> None:
    """``bench parallel``: the report, and a line a measurement on standard error."""
    check_report(options.json)
    if options.steps < 2 or options.processes < 2 or options.repeats < 0:
        raise ConfigError("at least two steps and two processes are needed, and repeats must not be negative")
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or Path(folder) / "data.jsonl"
        if options.data_dir is not None:
            system_calls(options.data_dir, data)
        elif options.data is None:
            plant_logs(data)
        course = Course(options.steps, options.processes, options.repeats)
        found = rows(data.resolve(), course, lambda text: print(text, file=sys.stderr, flush=True))
    write_report(options.json, found)


@dataclass(frozen=True, slots=True)
class Course:
    """``steps`` of every training, by ``processes`` or by one; ``repeats`` of what is timed, of which the median counts."""

    steps: int = 100
    processes: int = 2
    repeats: int = 3


@dataclass(frozen=True, slots=True)
class _Trained:
    """The loss of every step, seconds of the steps alone and of the whole command, and the weights' hash."""

    loss: list[float]
    seconds: float
    command_seconds: float
    weights: str


def rows(data: Path, course: Course, tell: Callable[[str], None]) -> list[Row]:
    """How far the curves are apart, and how fast each way is. Raises BenchmarkRefused when a training fails or learns
    something else than the same data teach one process."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        one = _train(place, data, course.steps, 1, 1, double=True)
        several = _train(place, data, course.steps, course.processes, 1, double=True)
        difference = float(np.abs(np.subtract(one.loss, several.loss)).max())
        if not difference <= CLOSE:
            raise BenchmarkRefused(f"the losses of one and of {course.processes} processes differ by up to {difference:.1e}")
        found.append(
            {
                "measure": "curves in float64",
                "steps": course.steps,
                "processes": course.processes,
                "largest_difference": difference,
                "same_weights": one.weights == several.weights,
            }
        )
        tell(f"float64: losses differ by at most {difference:.1e}, same weights: {one.weights == several.weights}")
        ways = ((1, 1), (1, course.processes), (course.processes, 1))
        timed: list[list[_Trained]] = [[] for _ in ways]
        for _ in range(course.repeats):
            # In turns, so that what else the machine does meets all alike.
            for way, (processes, threads) in zip(timed, ways, strict=True):
                way.append(_train(place, data, course.steps, processes, threads, double=False))
    for way, (processes, threads) in zip(timed, ways, strict=True) if course.repeats else ():
        speed = [course.steps / one.seconds for one in way]
        found.append(
            {
                "measure": "speed in float32",
                "steps": course.steps,
                "processes": processes,
                "threads": threads,
                "steps_a_second": statistics.median(speed),
                "steps_a_second_all": speed,
                "command_seconds": statistics.median(one.command_seconds for one in way),
                "largest_difference": float(np.abs(np.subtract(way[0].loss, timed[0][0].loss)).max()),
            }
        )
        tell(f"{processes} processes of {threads} threads: {statistics.median(speed):.2f} steps a second")
    return found


def _train(place: Path, data: Path, steps: int, processes: int, threads: int, *, double: bool) -> _Trained:
    weights, curve = place / "w.safetensors", place / "curve.json"
    command = ["-m", "sparsemix", "train", "--data", data, "--out", weights, "--curve", curve, "--steps", steps]
    if double:
        command.append("--float64")
    if processes > 1:
        command = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}", *command]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    started = time.perf_counter()
    found = subprocess.run(  # noqa: S603 - our own
        [sys.executable, *map(str, command)],
        cwd=_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_LIMIT,
    )
    if found.returncode:
        raise BenchmarkRefused(f"training failed: {found.stderr.strip()[-500:]}")
    seconds = time.perf_counter() - started
    said = json.loads(curve.read_text(encoding="utf-8"))
    return _Trained(said["loss"], said["seconds"], seconds, sha256(weights.read_bytes()).hexdigest())


def plant_logs(path: Path) -> None:
    """Labelled logs of the simulated plant, as JSON lines."""
    lines = []
    for seed in range(_LOGS):
        log = generate(PlantConfig(events=_EVENTS, fault_rate=0.3 * (seed % 2)), seed)
        lines.append({"id": f"log{seed}", "events": list(log.lines), "label": "fault" if seed % 2 else "normal"})
    path.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")


def system_calls(folder: Path, path: Path) -> None:
    """ADFA-LD's traces, as JSON lines: attacks, and the normal ones."""
    traces = adfa.load(folder / adfa.SET)
    labelled = [("normal", one) for one in (*traces.training, *traces.validation)] + [("attack", one) for one in traces.attacks]
    lines = [{"id": f"t{place}", "events": calls, "label": label} for place, (label, calls) in enumerate(labelled)]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
