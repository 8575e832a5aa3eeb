"""Who does the work of a batch: processes of this machine (or Ray: ``ray_engine``). They judge and do not record.

    for outcome in local([Task("a.log", options), ...], Path("weights.safetensors"), workers=2): ...

Outcomes come in the order of the tasks, whoever finished first, so that whoever records them records the same under either.
A worker that dies is replaced and its task done again; a task that workers die of three times, or that takes too long, is given
up.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from dashboard.service.common.child_processes import end_with_parent, kill, undisturbed
from dashboard.service.decide.outcomes import CRASHED, TOO_LONG, UNEXPECTED, UNREADABLE, Failed, Outcome
from dashboard.service.decide.pipeline import judge
from sparsemix import SparseMixError, SparseMixModel
from sparsemix.attention.warm_up import warm_up
from sparsemix.model.overlap import Overlap
from sparsemix.readers import Limits, ReadOptions

_AHEAD = 4
"""Tasks a worker that are done or under way before the first of them is taken: bounds what is in memory."""
DEATHS = 3
"""Processes that may die of one file before it is given up."""
LONGEST = 600.0
"""Seconds that a process which others wait for may judge one sequence."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """A file to be judged, how it is to be read, and its name where it lies under another one."""

    path: str
    options: ReadOptions
    name: str = ""


Engine = Callable[[Sequence[Task], Path], Iterator[Outcome]]


class Judge:
    """A worker's model, loaded once, on one core; ``overlap``: where what is judged is windows of one stream."""

    def __init__(self, weights: Path, overlap: Overlap | None = None) -> None:
        # One core a worker: they are as many as there are cores.
        os.environ["OMP_NUM_THREADS"] = "1"
        import torch  # noqa: PLC0415 - after the number of its threads is known

        torch.set_num_threads(1)
        self._model = SparseMixModel.load(weights)
        self._overlap = overlap
        warm_up()

    def __call__(self, task: Task) -> Outcome:
        """What the model says of a file, or why it cannot."""
        try:
            data = read_limited(Path(task.path))
        except OSError as error:
            return Failed(UNREADABLE, f"the file cannot be read: {error.strerror}")
        return self.of(data, task.name or Path(task.path).name, task.options)

    def of(self, data: bytes, name: str, options: ReadOptions) -> Outcome:
        """What the model says of a file's bytes, or why it cannot."""
        try:
            return judge(data, name, model=self._model, options=options, overlap=self._overlap)
        except SparseMixError as error:
            code, values = getattr(error, "code", "") or UNREADABLE, getattr(error, "params", {})
            return Failed(code, str(error), values, sha256(data).hexdigest())
        except Exception as error:
            # One sequence that this program or its memory is not up to must not be the end of all others.
            _log.exception("judging %s failed", name)
            why = f"judging it failed ({type(error).__name__}); the log of the process that judged it says more"
            return Failed(UNEXPECTED, why, sha256=sha256(data).hexdigest())
        finally:
            if self._overlap is not None:
                self._overlap.turn()


def read_limited(path: Path) -> bytes:
    """A file's bytes, one more than the limit at most: what is too large is refused by the reader, not loaded whole."""
    with path.open("rb") as file:
        return file.read(Limits().max_bytes + 1)


_judges: dict[Path, Judge] = {}


def loaded(weights: Path) -> Judge:
    """This process's model, loaded when it is first asked for, and those before it forgotten. Not when the process begins: why
    weights cannot be loaded would be taken for the death of whatever file came first. Raises WeightsError."""
    if weights not in _judges:
        _judges.clear()
        _judges[weights] = Judge(weights)
    return _judges[weights]


def _work(task: Task, weights: Path) -> Outcome:
    return loaded(weights)(task)


def local(tasks: Sequence[Task], weights: Path, *, workers: int, longest: float = LONGEST) -> Iterator[Outcome]:
    """Judge on ``workers`` processes of this machine, no file for more than about ``longest`` seconds. Raises WeightsError when
    one of them cannot load the weights."""
    left, deaths, suspects = deque(range(len(tasks))), [0] * len(tasks), 0
    while left:
        pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=end_with_parent)
        under_way: deque[tuple[int, Future[Outcome]]] = deque()
        try:
            while left or under_way:
                # One at a time after a death, until it is known whose it was.
                while left and len(under_way) < (1 if suspects else _AHEAD * workers):
                    # Taken from what is left once it is under way: where a worker has died meanwhile, this raises.
                    with undisturbed():
                        under_way.append((left[0], pool.submit(_work, tasks[left[0]], weights)))
                    left.popleft()
                # Whoever came before it is done, so that it is being judged.
                outcome = under_way[0][1].result(longest)
                under_way.popleft()
                suspects = max(suspects - 1, 0)
                yield outcome
        except BrokenProcessPool:
            if len(under_way) == 1:
                deaths[under_way[0][0]] += 1
            suspects = max(suspects, len(under_way))
            left.extendleft(number for number, _ in reversed(under_way))
            if deaths[left[0]] >= DEATHS:
                left.popleft()
                suspects -= 1
                yield Failed(CRASHED, f"the process that judged this file died {DEATHS} times; it may need more memory")
        except TimeoutError:
            under_way.popleft()
            left.extendleft(number for number, _ in reversed(under_way))
            kill(pool, wait=True)
            yield Failed(TOO_LONG, f"it was not judged within {longest:.0f} s")
        finally:
            kill(pool, wait=False)
