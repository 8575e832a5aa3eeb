"""The Ray engine of a batch, on this machine or on a cluster.

    for outcome in ray_data(tasks, Path("weights.safetensors"), workers=2, address=None): ...

Like ``engines.local``, it judges and does not record, and outcomes come in the order of the tasks. Scheduler, transport and the
handling of a lost machine are Ray's own (the extra ``scale``; Moritz et al. 2018, "Ray: A Distributed Framework for Emerging AI
Applications", arXiv 1712.05889). Ray would give a task that kills its worker to other workers for ever. So a worker has a
process of its own that judges. It replaces this process, and gives a task up that killed three of them.
"""

from __future__ import annotations

import logging
import math
import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path

from dashboard.service.batch.engines import JudgeProcess, Task
from dashboard.service.decide.outcomes import Outcome
from sparsemix import WeightsError

_TOGETHER, _TURNS = 8, 16
"""Tasks that are handed out together, because each hand-over costs some milliseconds; and the least number of turns per
worker."""


class RayJudge:
    """A Ray worker."""

    def __init__(self, weights: str) -> None:
        self._weights, self._judge = Path(weights), JudgeProcess()

    def __call__(self, batch: dict[str, list[bytes]]) -> dict[str, list[bytes]]:
        """Judge packed tasks; return their packed outcomes."""
        # Packed by our own command a moment ago; no other program writes here.
        tasks = [pickle.loads(task) for task in batch["task"]]  # noqa: S301
        return {"outcome": [pickle.dumps(self._outcome(task)) for task in tasks]}

    def _outcome(self, task: Task) -> Outcome | WeightsError:
        """Judge a task. Weights that cannot be loaded are returned as an outcome: of a raised error Ray keeps only the text."""
        try:
            return self._judge(task, self._weights)
        except WeightsError as error:
            return error


def ray_data(tasks: Sequence[Task], weights: Path, *, workers: int, address: str | None = None) -> Iterator[Outcome]:
    """Judge by Ray Data on ``workers`` actors of the cluster at ``address``, or of a cluster on this machine.

    Raises `ImportError` when Ray is not installed, `ConnectionError` when there is no cluster or Ray gives up, `WeightsError`
    when a worker cannot load the weights.
    """
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
