"""The curriculum of training on generated logs, stage by stage.

The first stages use short, dense logs under soft attention: only selected pairs get a gradient, so a sharp start explores
badly. To tell whether a run has the recipe that was set up, the network must find both lines, and finding only one of them does
not lower the loss. So the soft stages are *guided*: a loss that fades to 0 asks some head to look at the line that decides each
check. Generated logs know these lines. Training with labels alone also reached event F1 0.99, but in half of the recipe faults
it used a line beside the cause.

Then the attention becomes entmax, and the windows and the distances between cause and effect grow together up to those of a
real log, with labels alone. The last stage mixes lengths, because a model that met only one length learns distances of that
length. The dense twin, the same network with softmax attention, goes through the same stages, steps, windows and guidance,
soft throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

from sparsemix.errors import ConfigError


@dataclass(frozen=True, slots=True)
class CurriculumStage:
    """``steps`` batches of ``batch`` windows of ``length`` events; ``soft``: softmax attention whatever the model's kind;
    ``pace`` and ``check_rate`` as in ``PlantConfig``; ``shortest``: windows of mixed lengths, ``length`` halved again and again
    down to this, the batch growing so that every step sees as many events (0: all windows are ``length`` long)."""

    length: int
    batch: int
    steps: int
    pace: float
    check_rate: float
    soft: bool = False
    shortest: int = 0

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Return the possible (batch, length) of a step; one of them is drawn for every step."""
        shapes = [(self.batch, self.length)]
        while self.shortest and shapes[-1][1] // 2 >= self.shortest:
            batch, length = shapes[-1]
            shapes.append((2 * batch, length // 2))
        return shapes


CURRICULUM = (
    CurriculumStage(length=128, batch=16, steps=2500, pace=0.05, check_rate=0.3, soft=True),
    CurriculumStage(length=256, batch=8, steps=1000, pace=0.12, check_rate=0.2, soft=True),
    CurriculumStage(length=512, batch=4, steps=800, pace=0.25, check_rate=0.15),
    CurriculumStage(length=1024, batch=2, steps=600, pace=0.6, check_rate=0.12),
    CurriculumStage(length=2048, batch=1, steps=800, pace=1.0, check_rate=0.1),
    CurriculumStage(length=4096, batch=1, steps=800, pace=1.0, check_rate=0.1, shortest=512),
)


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How a model is trained.

    ``learning_rate`` decays linearly to a tenth; scales and distance biases learn ``dynamic_rate`` times faster, or they
    would hardly move. ``guidance`` is the weight of the loss that asks for the deciding line in the soft stages, fading to 0.
    Two penalties, the sharpness penalty (``sharpness`` times the Tsallis entropy of the selected weights) and the search-cost
    penalty (``search_cost`` times the search cost that ``attention`` defines, from ``probes`` queries per step), wait until the
    moving mean of the task loss per check falls below ``gate``. Then they ramp up together over ``ramp`` steps. Applied from
    the first step, they would make a layer that has not learned yet select nothing for good. Validation runs every
    ``validate_every`` steps on ``validation_logs`` fresh logs like the stage's own; a stage ends early after ``patience``
    validations without a better F1. ``scale`` multiplies the steps of every stage (for trials). ``guard``: act on the monitor's
    readings; without it, the monitor only reports. ``double``: compute in double precision, in which runs on one and on several
    processes can be compared.
    """

    seed: int = 0
    learning_rate: float = 2e-3
    dynamic_rate: float = 10.0
    weight_decay: float = 0.01
    guidance: float = 0.3
    sharpness: float = 0.01
    search_cost: float = 0.1
    probes: int = 64
    gate: float = 0.05
    ramp: int = 600
    validate_every: int = 100
    validation_logs: int = 9
    patience: int = 8
    training_logs: int = 150
    log_events: int = 4096
    scale: float = 1.0
    guard: bool = True
    double: bool = False
    stages: tuple[CurriculumStage, ...] = CURRICULUM

    def __post_init__(self) -> None:
        # Written so that NaN is refused, too.
        if not 0 < self.scale < float("inf"):
            raise ConfigError("the scale must be positive")
