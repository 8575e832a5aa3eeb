"""Learning from somebody's data, from the app: a process of its own, watched and stopped by the job that waits for it.

    request = Request(own.files, own.labels, own.asked, Plan(minutes=5), initial=..., rival=...)
    trained = train(request, progress, curve)

In its own process, at low priority, learning takes neither the interpreter's lock nor all cores from those who analyse and
review meanwhile, and its memory is gone when it ends. What comes out is held in memory until somebody keeps it: a run that
fails or is stopped leaves nothing behind. No streamlit here.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from dashboard.service.common.places import PACKAGES
from dashboard.service.training.own_data import File, safe
from sparsemix import ConfigError, InputError, SparseMixError, TrainingCollapsed, WeightsError
from sparsemix.errors import FeedbackError
from sparsemix.readers import ReadOptions
from sparsemix.training.own_data import Plan

Progress = Callable[[float, str], None]
WEIGHTS, RESULT, PLAN, INITIAL, RIVAL = "out.safetensors", "out.json", "plan.json", "initial.safetensors", "rival.safetensors"
DATA, LABELS, PAIRS = "data", "labels", "out.pairs.json"
_LOOK = 0.25  # seconds between two looks at whether somebody cancelled
_MOST_POINTS = 400
_LINE = 64 * 1024
_ERRORS = {kind.__name__: kind for kind in (ConfigError, WeightsError, TrainingCollapsed, FeedbackError)}


class ReviewsRefused(SparseMixError):  # noqa: N818 - said to the visitor, who has people review more
    """Nothing can be learned from reviews. ``code``: "unmarked", "chance", or of the weights "dense" or "novelty"."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """What to learn from and how. ``labels``: those that lie in a file of their own; ``initial``: a weights file to go on from;
    ``rival``: one whose figures on the same held-out data are to stand beside those of the new ones."""

    files: tuple[File, ...]
    labels: File | None
    options: ReadOptions
    plan: Plan
    initial: bytes | None = None
    rival: bytes | None = None


class Point(NamedTuple):
    """The moving loss at a step; ``sparse``: attention is entmax by now."""

    step: int
    loss: float
    sparse: bool


class Curve:
    """The loss over the steps, as it grows: written by the job, read by pages. Of many points every other one goes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._points: list[Point] = []

    def add(self, point: Point) -> None:
        """The next point."""
        with self._lock:
            self._points.append(point)
            if len(self._points) > _MOST_POINTS:
                del self._points[1::2]

    def points(self) -> list[Point]:
        """All points so far."""
        with self._lock:
            return list(self._points)


@dataclass(frozen=True, slots=True)
class Trained:
    """New weights that nobody has kept yet: the file's ``content`` and ``sha256``, and their ``card``. Its ``figures`` are of
    held-out data; those of the weights that are in use stand under ``rival``, where there were any to compare with. ``pairs``:
    what became of every pair that people spoke of; None for what was not learned from reviews."""

    content: bytes = field(repr=False)
    sha256: str
    card: dict[str, Any] = field(repr=False)
    pairs: list[dict[str, Any]] | None = field(default=None, repr=False)


def train(request: Request, progress: Progress, curve: Curve) -> Trained:
    """Learn; ``progress`` is called four times a second at least, and may raise to stop.

    Raises InputError where the data do not suffice, ConfigError, WeightsError, TrainingCollapsed, and what ``progress`` raises.
    """
    with tempfile.TemporaryDirectory(prefix="sparsemix-training-") as name:
        folder = Path(name)
        _prepare(request, folder)
        return learned_in(folder, progress, curve)


def learned_in(folder: Path, progress: Progress, curve: Curve) -> Trained:
    """Have a process learn from what was laid into a folder; ``progress`` as for `train`, and it raises what that raises, and
    ReviewsRefused."""
    process = subprocess.Popen(  # noqa: S603 - this interpreter, on a module of ours
        [sys.executable, "-m", "dashboard.service.training.training_process", str(folder)],
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
    told = json.loads(pairs.read_text(encoding="utf-8")) if pairs.is_file() else None
    return Trained(content, sha256(content).hexdigest(), card, told)


def _prepare(request: Request, folder: Path) -> None:
    (folder / DATA).mkdir()
    for name, content in request.files:
        (folder / DATA / safe(name)).write_bytes(content)
    plan: dict[str, object] = {"plan": asdict(request.plan), "options": request.options.payload()}
    if request.labels is not None:
        plan["labels"] = safe(request.labels[0])
        (folder / LABELS).write_bytes(request.labels[1])
    (folder / PLAN).write_text(json.dumps(plan), encoding="utf-8")
    for name, weights in ((INITIAL, request.initial), (RIVAL, request.rival)):
        if weights is not None:
            (folder / name).write_bytes(weights)


def _watch(process: subprocess.Popen[bytes], progress: Progress, curve: Curve) -> None:
    """Pass on what the process says until it is done. Raises what it raised."""
    last = (0.0, "read")
    for line in _lines(process):
        said: dict[str, Any] = json.loads(line) if line else {}
        if "error" in said:
            raise _error(said)
        if "step" in said:
            curve.add(Point(said["step"], said["loss"], said["sparse"]))
        if said.get("done"):
            return
        last = (said["share"], said["stage"]) if said else last
        progress(*last)
    raise RuntimeError(f"the training process ended with exit code {process.wait()}")


def _lines(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """The lines that the process writes; an empty one whenever it has been silent for a moment."""
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


def _error(said: dict[str, Any]) -> SparseMixError:
    if said["error"] == InputError.__name__:
        return InputError(said["message"], code=said["code"], **said["params"])
    if said["error"] == ReviewsRefused.__name__:
        return ReviewsRefused(said["code"], said["message"])
    return _ERRORS.get(said["error"], SparseMixError)(said["message"])
