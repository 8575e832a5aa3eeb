"""Benchmark of training on several processes beside one: python -m tests.benchmarks parallel --json FILE.

It runs the ``train`` command itself, on the same data in the same order. In double precision the losses of all steps are
compared; nothing is reported when they differ by more than 1e-4. Then single precision is timed beside one process, with one
thread and with as many threads as there are processes: that is how the cores of a machine would be used otherwise.
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
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from sample_data.plant import PlantConfig, generate
from sparsemix.errors import ConfigError
from tests.benchmarks.real import adfa
from tests.benchmarks.report import BenchmarkRefused, Row, Tell, check_report, tell_on_stderr, write_report
from tests.support.paths import ROOT

CLOSE = 1e-4
# Seconds that a training may take.
_LIMIT = 3600
_LOGS, _EVENTS = 60, 512


def add_parallel_options(parser: ArgumentParser) -> None:
    """Add the options of the benchmark ``parallel``."""
    usual = Course()
    data = parser.add_mutually_exclusive_group()
    data.add_argument("--data", type=Path, metavar="D", help="as for train; default: generated logs")
    data.add_argument("--data-dir", type=Path, metavar="DIR", help="folder with adfa/, whose traces are learned from instead")
    parser.add_argument("--steps", type=int, default=usual.steps, help="of every training; default: %(default)s")
    parser.add_argument("--processes", type=int, default=usual.processes, help="beside one; default: %(default)s")
    parser.add_argument(
        "--repeats", type=int, default=usual.repeats, help="timed runs of each way, 0: none; default: %(default)s"
    )


def parallel_command(options: Namespace) -> None:
    """Run the benchmark ``parallel``: write the report, and print a line per measurement on standard error."""
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
        measurements = rows(data.resolve(), course, tell_on_stderr)
    write_report(options.json, measurements)


@dataclass(frozen=True, slots=True)
class Course:
    """Size of the benchmark: ``steps`` of every training, by ``processes`` or by one; ``repeats`` timed runs, of which the
    median counts."""

    steps: int = 100
    processes: int = 2
    repeats: int = 3


@dataclass(frozen=True, slots=True)
class _Trained:
    """One training: the loss of every step, seconds of the steps alone and of the whole command, and the weights' hash."""

    loss: list[float]
    seconds: float
    command_seconds: float
    weights: str


def rows(data: Path, course: Course, tell: Tell) -> list[Row]:
    """Return how far the curves are apart, and how fast each way is.

    Raises `BenchmarkRefused` when a training fails, or when several processes learn otherwise than one does from the same data.
    """
    result: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        one = _train(place, data, course.steps, 1, 1, double=True)
        several = _train(place, data, course.steps, course.processes, 1, double=True)
        difference = float(np.abs(np.subtract(one.loss, several.loss)).max())
        if not difference <= CLOSE:
            raise BenchmarkRefused(f"the losses of one and of {course.processes} processes differ by up to {difference:.1e}")
        result.append(
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
            # In turns, so that other load on the machine disturbs all of them alike.
            for way, (processes, threads) in zip(timed, ways, strict=True):
                way.append(_train(place, data, course.steps, processes, threads, double=False))
    for way, (processes, threads) in zip(timed, ways, strict=True) if course.repeats else ():
        speed = [course.steps / training.seconds for training in way]
        result.append(
            {
                "measure": "speed in float32",
                "steps": course.steps,
                "processes": processes,
                "threads": threads,
                "steps_a_second": statistics.median(speed),
                "steps_a_second_all": speed,
                "command_seconds": statistics.median(training.command_seconds for training in way),
                "largest_difference": float(np.abs(np.subtract(way[0].loss, timed[0][0].loss)).max()),
            }
        )
        tell(f"{processes} processes of {threads} threads: {statistics.median(speed):.2f} steps a second")
    return result


def _train(place: Path, data: Path, steps: int, processes: int, threads: int, *, double: bool) -> _Trained:
    weights, curve = place / "w.safetensors", place / "curve.json"
    command = ["-m", "sparsemix", "train", "--data", data, "--out", weights, "--curve", curve, "--steps", steps]
    if double:
        command.append("--float64")
    if processes > 1:
        command = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}", *command]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    started = time.perf_counter()
    process = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_LIMIT,
    )
    if process.returncode:
        raise BenchmarkRefused(f"training failed: {process.stderr.strip()[-500:]}")
    seconds = time.perf_counter() - started
    losses = json.loads(curve.read_text(encoding="utf-8"))
    return _Trained(losses["loss"], losses["seconds"], seconds, sha256(weights.read_bytes()).hexdigest())


def plant_logs(path: Path) -> None:
    """Write labelled logs of the simulated plant to ``path``, as JSON lines."""
    lines = []
    for seed in range(_LOGS):
        log = generate(PlantConfig(events=_EVENTS, fault_rate=0.3 * (seed % 2)), seed)
        lines.append({"id": f"log{seed}", "events": list(log.lines), "label": "fault" if seed % 2 else "normal"})
    path.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")


def system_calls(folder: Path, path: Path) -> None:
    """Write the traces of ADFA-LD to ``path``, attacks and normal ones, as JSON lines."""
    traces = adfa.load(folder / adfa.SET)
    labelled = [("normal", calls) for calls in (*traces.training, *traces.validation)]
    labelled += [("attack", calls) for calls in traces.attacks]
    lines = [{"id": f"t{place}", "events": calls, "label": label} for place, (label, calls) in enumerate(labelled)]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
