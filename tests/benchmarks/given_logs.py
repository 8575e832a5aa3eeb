"""Training of the product's own kind on labelled logs that a benchmark gives, instead of generated ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from torch import Tensor

from sparsemix.config import SparseMixConfig
from sparsemix.model.network import Network
from sparsemix.training.generated.corpus import LabelledLog
from sparsemix.training.generated.curriculum import CurriculumStage, TrainConfig
from sparsemix.training.generated.training import Training, TrainingReport


class _OnGivenLogs(Training):
    given: list[LabelledLog]

    def logs(self, stage: CurriculumStage, count: int, events: int, seed: int) -> list[LabelledLog]:  # noqa: ARG002 - they are given
        return self.given[:count]


def train_on(
    given: list[LabelledLog],
    config: SparseMixConfig,
    plan: TrainConfig,
    report: Callable[[TrainingReport], None] | None = None,
    initial: dict[str, Tensor] | None = None,
) -> Network:
    """Train on ``given`` logs, at least as long as the longest window, and validate on the first of them; ``initial``: weights
    to start from instead of random ones."""
    run = _OnGivenLogs(config, replace(plan, training_logs=len(given)), report)
    run.given = given
    if initial is not None:
        run.network.load_state_dict(initial)
    return run.run()
