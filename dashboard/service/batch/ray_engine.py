"""Ray does the work of a batch, on this machine or on a cluster.

    for outcome in ray_data(tasks, Path("weights.safetensors"), workers=2, address=None): ...

As ``engines.local``: it judges and does not record, and outcomes come in the order of the tasks. Scheduler, transport and what
happens when a machine is lost are Ray's own (the extra ``scale``; Moritz et al. 2018, "Ray: A Distributed
Framework for Emerging AI Applications", arXiv 1712.05889). Ray would give a task that its workers die of to others for ever. So
a worker has a process of its own judge, which it replaces, and gives a task up that three of them die of.
"""

from __future__ import annotations

import logging
import math
import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path

from dashboard.service.batch.engines import Task
from dashboard.service.batch.judge_process import JudgeProcess
from dashboard.service.decide.outcomes import Outcome
from sparsemix import WeightsError

_TOGETHER, _TURNS = 8, 16
"""Tasks that are handed out together, for each hand-over costs some milliseconds; but every worker has this many turns."""


class RayJudge:
    """A worker of Ray's."""

    def __init__(self, weights: str) -> None:
        self._weights, self._judge = Path(weights), JudgeProcess()

    def __call__(self, batch: dict[str, list[bytes]]) -> dict[str, list[bytes]]:
        """The packed outcomes of packed tasks."""
        # What our own command packed a moment ago; nobody else writes here.
        tasks = [pickle.loads(one) for one in batch["task"]]  # noqa: S301
        return {"outcome": [pickle.dumps(self._outcome(task)) for task in tasks]}

    def _outcome(self, task: Task) -> Outcome | WeightsError:
        """Weights that cannot be loaded come back as an outcome: of an error that is raised here Ray keeps the text alone."""
        try:
            return self._judge(task, self._weights)
        except WeightsError as error:
            return error


def ray_data(tasks: Sequence[Task], weights: Path, *, workers: int, address: str | None = None) -> Iterator[Outcome]:
    """Judge by Ray Data on ``workers`` actors of the cluster at ``address``, or of one on this machine. Raises ImportError
    where Ray is not installed, ConnectionError where there is no cluster, or Ray gives up, WeightsError where a worker cannot
    load the weights."""
    import ray  # noqa: PLC0415 - an optional extra

    if not tasks:
        return
    own = not ray.is_initialized()
    if own:
        try:
            ray.init(
                address=address,
                num_cpus=None if address else workers,
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        except ValueError as error:
            raise ConnectionError(f"there is no way to Ray at {address}: {error}") from error
    try:
        context = ray.data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        blocks = min(len(tasks), max(_TURNS * workers, math.ceil(len(tasks) / _TOGETHER)))
        rows = ray.data.from_items([{"task": pickle.dumps(task)} for task in tasks], override_num_blocks=blocks)
        judged = rows.map_batches(
            RayJudge,
            fn_constructor_args=(str(weights),),
            compute=ray.data.ActorPoolStrategy(size=workers),
            num_cpus=1,
            batch_size=None,
        )
        for row in judged.iter_rows():
            outcome = pickle.loads(row["outcome"])  # noqa: S301 - what our own worker packed
            if isinstance(outcome, WeightsError):
                raise outcome
            yield outcome
    except ray.exceptions.RayError as error:
        raise ConnectionError(f"Ray gave up, and the same command goes on from there: {error}") from error
    finally:
        if own:
            ray.shutdown()
