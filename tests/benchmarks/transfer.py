"""Benchmark of transfer, weights of one line used on another: ``python -m tests.benchmarks transfer --json FILE``.

The other line (``sample_data.lines``) is a ``press`` with stations, words, keys, magnitudes and rates of its own, or the
``sister`` plant, which has the same machines, and thus the same words, and all else of its own. What decides a fault is the
same. Labelled logs of the other line are few, so a row says what a number of them is worth: to trained weights
(``transferred``), to a fresh network (``scratch``) that gets the same logs and as many steps, or several times as many, and to
the model for any log (``any log``), which reads no words (``training.any_log``). The first two learn by the same plan, guided
in its soft half as in ``curriculum``: a labelled log here names the line that decides each check (``guidance`` 0: labels
alone). All steps are done, without early stop, and the event threshold is chosen on the same logs. The figures come from fresh
logs of the other line.

Before anything is reported of a model, its attention by way of the index search is compared with dense entmax attention over
all pairs of its own queries, keys and values.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sparsemix.encoding.encoder import encode
from sparsemix.errors import ConfigError
from sparsemix.model.fallback import any_log_model
from sparsemix.model.model import SparseMixModel
from sparsemix.training.any_log.pretraining import labelled_example
from sparsemix.training.any_log.pretraining import tuned as tuned_of_file
from sparsemix.training.generated.corpus import LabelledLog, corpus
from sparsemix.training.generated.curriculum import CurriculumStage, TrainConfig
from sparsemix.training.generated.evaluation import Figure, evaluate, fresh_log
from sparsemix.training.generated.training import best_threshold, logits_of
from tests.benchmarks.brute_force import check_attention
from tests.benchmarks.given_logs import train_on
from tests.benchmarks.report import Row, Tell

LINES = ("press", "sister")
STARTS = ("any log", "transferred", "scratch")
SEQUENCES = (0, 2, 8, 32)
# A fresh network gets as many steps as the trained weights, and in rows of its own this many times as many.
FACTORS = (1, 4)
# Far from the seeds of training, validation and calibration (below a million) and of evaluation (from ten million on).
_SEED = 5_000_000
_CHECKED_EVENTS = 512


@dataclass(frozen=True, slots=True)
class TransferScale:
    """Size of the benchmark: ``steps`` of fine-tuning; ``logs`` fresh logs measured; ``events`` lines per log, labelled or
    fresh; ``guidance`` as in ``TrainConfig``; ``line``: the other line."""

    steps: int = 300
    logs: int = 20
    events: int = 2048
    guidance: float = TrainConfig().guidance
    line: str = LINES[0]

    def __post_init__(self) -> None:
        if self.steps < 2 or self.logs < 1 or self.events < 64 or self.guidance < 0:
            raise ConfigError("transfer needs at least 2 steps, 1 log, 64 events a log and a guidance of at least 0")
        if self.line not in LINES:
            raise ConfigError(f"the other line must be {' or '.join(LINES)}, not {self.line!r}")


def rows(
    model: SparseMixModel,
    sequences: Sequence[int] = SEQUENCES,
    seeds: Sequence[int] = (0,),
    scale: TransferScale | None = None,
    tell: Tell = lambda _text: None,
    starts: Sequence[str] = STARTS,
) -> list[Row]:
    """Return all rows, seed by seed and number by number of labelled sequences; with 0 the weights are used as they are.

    ``starts``: which of ``STARTS``. Raises `ConfigError` for a negative number, no number or seed, another start, and for the
    softmax twin; `BenchmarkRefused` when an
    attention is wrong.
    """
    scale = scale or TransferScale()
    if min(sequences, default=-1) < 0 or not seeds:
        raise ConfigError("the numbers of sequences must not be negative, and at least one number and one seed are needed")
    if not set(starts) <= set(STARTS):
        raise ConfigError(f"a start is one of {', '.join(STARTS)}, not {', '.join(set(starts) - set(STARTS))}")
    if model.config.attention != "entmax15":
        raise ConfigError("a dense softmax model selects every pair: there is no selection to measure")
    result = []
    for seed in seeds:
        labelled = labelled_logs(model, max(sequences), seed, scale)
        for count in sequences:
            for start, factor in ((one, factor) for one in starts for factor in (FACTORS if one == "scratch" else (1,))):
                if count == 0 and start == "scratch":
                    continue
                tell(f"seed {seed}: {count} sequences, {start}, {factor if count else 0} x {scale.steps} steps")
                result.append(measured(model, labelled[:count], start, factor, seed, scale))
    return result


def labelled_logs(model: SparseMixModel, count: int, seed: int, scale: TransferScale) -> list[LabelledLog]:
    """Return labelled logs of the other line; a larger ``count`` gives the same first logs as a smaller one."""
    return corpus(count, scale.events, _SEED + 1_000 * seed, model.config.features, line=scale.line)


def measured(model: SparseMixModel, logs: list[LabelledLog], start: str, factor: int, seed: int, scale: TransferScale) -> Row:
    """Train on ``logs`` for ``factor`` times the steps from a ``start``; return the row measured on fresh logs."""
    steps = factor * scale.steps if logs else 0
    started = time.monotonic()
    if start == "any log":
        used = _on_from_any_log(logs, steps, seed, scale)
    else:
        used = tuned(model, logs, start, _plan(scale, steps, seed)) if logs else model
    seconds = time.monotonic() - started
    difference = check_exact(used, fresh_log(0, min(scale.events, _CHECKED_EVENTS), seed, used.config.features, scale.line))
    result = evaluate(used, None, generated=scale.logs, events=scale.events, seed=seed, line=scale.line)
    row: Row = {
        "sequences": len(logs),
        "seed": seed,
        "start": start,
        "steps": steps,
        "guidance": scale.guidance,
        "seconds": round(seconds, 1),
        "event_threshold": used.config.event_threshold,
        "logs": result.logs,
        "events": result.events,
        "effects": result.effects,
        "certified_share": result.certified_share,
        "difference_to_dense": difference,
    }
    for name in ("event_f1", "cause_recall", "selected_per_query"):
        figure: Figure = getattr(result, name)
        row |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
    return row


def tuned(model: SparseMixModel, logs: list[LabelledLog], start: str, plan: TrainConfig) -> SparseMixModel:
    """Train a model of the shape of ``model`` on ``logs``, from its weights ("transferred") or from fresh ones ("scratch").

    Familiarity and the calibration of sequences stay those of ``model``: neither is measured here.
    """
    network = train_on(logs, model.config, plan, initial=model.network.state_dict() if start == "transferred" else None)
    threshold = best_threshold([logits_of(network, log) for log in logs], logs)
    network.config = replace(model.config, event_threshold=threshold)
    return SparseMixModel(network, model.vocabulary, model.neutral, model.calibration)


def _on_from_any_log(logs: list[LabelledLog], steps: int, seed: int, scale: TransferScale) -> SparseMixModel:
    """Return the model for any log, where there are labelled logs tuned on them."""
    if not logs:
        return any_log_model()
    examples = [
        labelled_example(log.sequence.events, log.label > 0, log.decided_by if scale.guidance else None) for log in logs
    ]
    return tuned_of_file(any_log_model(), examples, examples, steps, seed)


def _plan(scale: TransferScale, steps: int, seed: int) -> TrainConfig:
    """Return a plan of exactly ``steps`` steps, the first half under soft attention for both starts: only selected pairs get a
    gradient, and nothing has shown yet which pairs the new words need."""
    short, long = min(512, scale.events), min(1024, scale.events)
    # Pace and check rate are those of the given logs.
    stages = (
        CurriculumStage(length=short, batch=4, steps=steps // 2, pace=1.0, check_rate=0.08, soft=True),
        CurriculumStage(length=long, batch=2, steps=steps - steps // 2, pace=1.0, check_rate=0.08),
    )
    # One validation, at the end of a stage: validation logs would be labelled logs too, and there are none to spare.
    return TrainConfig(
        seed=seed, guidance=scale.guidance, validate_every=steps, validation_logs=1, log_events=long, stages=stages
    )


def check_exact(model: SparseMixModel, log: LabelledLog) -> float:
    """Apply `check_attention` to a log of the other line."""
    hashed = encode(log.sequence.events, model.config.features, model.reading)
    return check_attention(model, hashed, "logs of another line")
