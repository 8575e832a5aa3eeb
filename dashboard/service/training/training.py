"""Learning from a user's data, from the app: a process of its own, watched and stopped by the job that waits for it.

    request = TrainingRequest(own.files, own.labels, own.asked, Plan(minutes=5), initial=..., rival=...)
    trained = train(request, progress, curve)

In its own process, at low priority, learning takes neither the interpreter's lock nor all cores from analysis and review, and
its memory is free when it ends. The result stays in memory until its user keeps it: a run that fails or is stopped leaves
nothing behind. A training outlasts a reload of the page. No streamlit here.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from dashboard.service.common.places import PACKAGES
from dashboard.service.reading.data_sets import File, safe
from dashboard.service.training.training_folder import (
    DATA,
    INITIAL,
    LABELS,
    PAIRS,
    PLAN,
    RESULT,
    RIVAL,
    WEIGHTS,
    ReviewsRefused,
)
from dashboard.service.training.training_process import COMMAND
from sparsemix import ConfigError, InputError, SparseMixError, TrainingCollapsed, WeightsError
from sparsemix.errors import FeedbackError
from sparsemix.readers import ReadOptions
from sparsemix.training.own_data import Plan

Progress = Callable[[float, str], None]
_LOOK = 0.25  # seconds between two checks for a cancellation
_MOST_POINTS = 400
_LINE = 64 * 1024
_ERRORS = {kind.__name__: kind for kind in (ConfigError, WeightsError, TrainingCollapsed, FeedbackError)}
Owner = tuple[str, str]
"""The location of the record, and the id of the person, who has one training until they keep or discard it."""


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """The data to learn from, and the plan. ``labels``: a file of labels; ``initial``: a weights file to start from; ``rival``:
    a weights file that is measured on the same held-out data, for comparison with the new weights; ``normal``: the labels of
    which somebody said that they mean normal."""

    files: tuple[File, ...]
    labels: File | None
    options: ReadOptions
    plan: Plan
    initial: bytes | None = None
    rival: bytes | None = None
    normal: tuple[str, ...] | None = None


class Point(NamedTuple):
    """The moving loss at a step; ``sparse``: attention is already entmax."""

    step: int
    loss: float
    sparse: bool


class Curve:
    """The loss over the steps so far: written by the job, read by pages. When there are too many points, every other one is
    dropped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._points: list[Point] = []

    def add(self, point: Point) -> None:
        """Add the next point."""
        with self._lock:
            self._points.append(point)
            if len(self._points) > _MOST_POINTS:
                del self._points[1::2]

    def points(self) -> list[Point]:
        """Return all points so far."""
        with self._lock:
            return list(self._points)


@dataclass(frozen=True, slots=True)
class NewWeights:
    """New weights that are not kept yet: the file's ``content`` and ``sha256``, and their ``card``. Its ``figures`` are of
    held-out data; the figures of the weights in use, if there were any to compare with, are under ``rival``. ``pairs``: how
    learning changed every pair that reviews mark; None for weights that did not learn from reviews."""

    content: bytes = field(repr=False)
    sha256: str
    card: dict[str, Any] = field(repr=False)
    pairs: list[dict[str, Any]] | None = field(default=None, repr=False)


def train(request: TrainingRequest, progress: Progress, curve: Curve) -> NewWeights:
    """Learn; ``progress`` is called at least four times a second, and may raise to stop.

    Raises `InputError` when the data do not suffice, `ConfigError`, `WeightsError`, `TrainingCollapsed`, and the errors of
    ``progress``.
    """
    with tempfile.TemporaryDirectory(prefix="sparsemix-training-") as name:
        folder = Path(name)
        _prepare(request, folder)
        return learned_in(folder, progress, curve)


def learned_in(folder: Path, progress: Progress, curve: Curve) -> NewWeights:
    """Start a process that learns from a prepared folder, and wait for it; ``progress`` as for `train`.

    Raises `ReviewsRefused`, and as `train`.
    """
    process = subprocess.Popen(  # noqa: S603 - this interpreter, on a module of ours
        [*COMMAND, str(folder)],
        cwd=PACKAGES,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        _watch(process, progress, curve)
    finally:
        process.kill()
        process.communicate()
    content, pairs = (folder / WEIGHTS).read_bytes(), folder / PAIRS
    card: dict[str, Any] = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    changes = json.loads(pairs.read_text(encoding="utf-8")) if pairs.is_file() else None
    return NewWeights(content, sha256(content).hexdigest(), card, changes)


def _prepare(request: TrainingRequest, folder: Path) -> None:
    (folder / DATA).mkdir()
    for name, content in request.files:
        (folder / DATA / safe(name)).write_bytes(content)
    plan: dict[str, object] = {
        "plan": asdict(request.plan),
        "options": request.options.payload(),
        "normal": request.normal,
    }
    if request.labels is not None:
        plan["labels"] = safe(request.labels[0])
        (folder / LABELS).write_bytes(request.labels[1])
    (folder / PLAN).write_text(json.dumps(plan), encoding="utf-8")
    for name, weights in ((INITIAL, request.initial), (RIVAL, request.rival)):
        if weights is not None:
            (folder / name).write_bytes(weights)


def _watch(process: subprocess.Popen[bytes], progress: Progress, curve: Curve) -> None:
    """Pass on the reports of the process until it is done. Raises the error that the process reports."""
    last = (0.0, "read")
    for line in _lines(process):
        report: dict[str, Any] = json.loads(line) if line else {}
        if "error" in report:
            raise _error(report)
        if "step" in report:
            curve.add(Point(report["step"], report["loss"], report["sparse"]))
        if report.get("done"):
            return
        last = (report["share"], report["stage"]) if report else last
        progress(*last)
    raise RuntimeError(f"the training process ended with exit code {process.wait()}")


def _lines(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """Yield the lines that the process writes, and an empty one whenever it has been silent for a moment."""
    if process.stdout is None:
        raise RuntimeError("the training process has no output")
    number, rest = process.stdout.fileno(), b""
    with selectors.DefaultSelector() as waiting:
        waiting.register(number, selectors.EVENT_READ)
        while True:
            if not waiting.select(_LOOK):
                yield b""
                continue
            part = os.read(number, _LINE)
            if not part:
                return
            *whole, rest = (rest + part).split(b"\n")
            yield from filter(None, whole)


def _error(report: dict[str, Any]) -> SparseMixError:
    if report["error"] == InputError.__name__:
        return InputError(report["message"], code=report["code"], **report["params"])
    if report["error"] == ReviewsRefused.__name__:
        return ReviewsRefused(report["code"], report["message"])
    return _ERRORS.get(report["error"], SparseMixError)(report["message"])


@dataclass(frozen=True, slots=True)
class Training:
    """The ``job`` that learns, from which ``data`` (None: from reviews), which weights it ``started_from`` (a hash, None:
    none), and the loss so far."""

    job: str
    data: str | None
    started_from: str | None
    curve: Curve = field(repr=False)
