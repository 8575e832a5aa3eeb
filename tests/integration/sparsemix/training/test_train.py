"""Training on a tiny plan: it learns, repeats, resumes, and guards against collapse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sparsemix import ConfigError, TrainingCollapsed, WeightsError
from sparsemix.model.network import Network
from sparsemix.training.common.checkpoint import before
from sparsemix.training.generated import guard, training
from sparsemix.training.generated.corpus import corpus, draw, whole
from sparsemix.training.generated.curriculum import CurriculumStage, TrainConfig
from sparsemix.training.generated.training import TrainingReport, train, validate
from tests.support.sparsemix.small_models import SMALL

TINY = TrainConfig(
    stages=(
        CurriculumStage(length=32, batch=4, steps=8, pace=0.05, check_rate=0.3, soft=True),
        CurriculumStage(length=48, batch=2, steps=8, pace=0.05, check_rate=0.3),
    ),
    training_logs=3,
    log_events=256,
    validation_logs=1,
    validate_every=4,
    gate=1e9,
    ramp=4,
)


def state(network: Network) -> torch.Tensor:
    return torch.cat([value.flatten() for value in network.state_dict().values()])


def test_the_loss_falls() -> None:
    reports: list[TrainingReport] = []
    plan = replace(TINY, stages=(replace(TINY.stages[0], steps=60),), validate_every=10, patience=100)
    train(SMALL, plan, reports.append)
    assert reports[-1].loss < reports[0].loss
    assert reports[-1].step == reports[-1].total == 60


@pytest.mark.deep
def test_the_same_seed_gives_the_same_weights() -> None:
    assert torch.equal(state(train(SMALL, TINY)), state(train(SMALL, TINY)))
    assert not torch.equal(state(train(SMALL, TINY)), state(train(SMALL, replace(TINY, seed=1))))


@pytest.mark.deep
def test_a_run_that_was_cut_off_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    class CutOffError(Exception):
        pass

    def cut(report: TrainingReport) -> None:
        if report.step == 12:
            raise CutOffError

    path = tmp_path / "run.safetensors"
    with pytest.raises(CutOffError):
        train(SMALL, TINY, cut, path)
    assert path.exists()
    assert torch.equal(state(train(SMALL, TINY, checkpoint=path)), state(train(SMALL, TINY)))


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    train(SMALL, TINY, checkpoint=path)
    with pytest.raises(WeightsError, match="another training run"):
        train(SMALL, replace(TINY, seed=5), checkpoint=path)
    before(path).unlink()
    path.write_bytes(b"no checkpoint")
    with pytest.raises(WeightsError, match="cannot be read"):
        train(SMALL, TINY, checkpoint=path)


@pytest.mark.deep
def test_the_penalty_waits_for_the_task_and_ramps() -> None:
    reports: list[TrainingReport] = []
    train(SMALL, replace(TINY, validate_every=2), reports.append)
    soft = [r.penalty for r in reports if r.stage == 0]
    sharp = [r.penalty for r in reports if r.stage == 1]
    assert set(soft) == {0.0}
    assert sharp[0] < sharp[-1] == 1.0
    reports.clear()
    train(SMALL, replace(TINY, gate=0.0), reports.append)
    assert {r.penalty for r in reports} == {0.0}


@pytest.mark.deep
def test_a_collapsing_selection_halves_the_penalty_and_then_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    reports: list[TrainingReport] = []
    monkeypatch.setattr(guard, "_LEAST_SELECTED", 1e9)
    # As if the task had been learned before.
    monkeypatch.setattr(guard, "_LEARNED", 0.0)
    plan = replace(TINY, stages=(TINY.stages[0], replace(TINY.stages[1], steps=60)), validate_every=2)
    with pytest.raises(TrainingCollapsed, match="repeatedly"):
        train(SMALL, plan, reports.append)
    penalties = [r.penalty for r in reports if r.stage == 1]
    assert min(penalties) < max(penalties)


@pytest.mark.deep
def test_attention_that_was_never_given_time_becomes_soft_again_and_then_sharp(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way: penalties from the first step, no progress, a soft spell, and back when the loss has fallen."""
    monkeypatch.setattr(guard, "_FAR_BELOW", 0.8)
    kinds: list[str] = []
    set_kind = training.set_kind
    monkeypatch.setattr(training, "set_kind", lambda network, kind: (kinds.append(kind), set_kind(network, kind)))
    reports: list[TrainingReport] = []
    plan = replace(TINY, stages=(replace(TINY.stages[0], steps=120, soft=False),), validate_every=4, patience=1000)
    network = train(SMALL, plan, reports.append)
    at = next(place for place, report in enumerate(reports) if report.action == guard.SOFTENED)
    assert kinds[0] == "entmax15"
    assert reports[at + 1].vitals is None
    assert reports[at + 1].penalty == 0.0
    assert "softmax" in kinds
    again = [report for report in reports[at + 1 :] if report.vitals]
    assert again
    assert max(report.penalty for report in again) <= 0.5
    assert network.layers[0].attention.kind == "entmax15"


def test_a_loss_that_is_not_finite_stops_the_run() -> None:
    with pytest.raises(TrainingCollapsed, match="not finite"):
        train(SMALL, replace(TINY, learning_rate=1e30))


def test_the_twin_trains_through_the_same_stages() -> None:
    reports: list[TrainingReport] = []
    network = train(replace(SMALL, attention="softmax"), TINY, reports.append)
    assert {r.stage for r in reports} == {0, 1}
    assert {r.penalty for r in reports} == {0.0}
    assert network.layers[0].attention.kind == "softmax"


def test_a_window_leaves_out_what_cannot_be_known_from_it() -> None:
    logs = corpus(2, 200, 3, 256, check_rate=0.4)
    rng = np.random.default_rng(0)
    hidden = 0
    for _ in range(20):
        sample = draw(logs, 2, 40, rng)
        hidden += int((~sample.known).sum())
        assert sample.label.shape == sample.known.shape == (2, 40)
    assert hidden > 0


def test_validation_counts_what_its_windows_can_tell() -> None:
    logs = corpus(1, 128, 7, 256, check_rate=0.3)
    network = Network(SMALL)
    with torch.no_grad():
        network.head.bias.fill_(1e3)
    counts = validate(network, logs, 64)
    assert counts.fn == 0
    assert counts.tp + counts.fp == 128 - int(((logs[0].decided_by[64:] >= 0) & (logs[0].decided_by[64:] < 64)).sum())


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")])
def test_a_scale_that_gives_no_steps_is_refused(scale: float) -> None:
    with pytest.raises(ConfigError, match="must be positive"):
        replace(TINY, scale=scale)


def test_guidance_teaches_where_to_look_and_fades_out() -> None:
    logs = corpus(2, 256, 11, SMALL.features, pace=0.05, check_rate=0.3)
    sample = draw(logs, 8, 64, np.random.default_rng(1))

    def unseen(guidance: float) -> float:
        plan = replace(TINY, stages=(replace(TINY.stages[0], steps=80, length=64),), validate_every=40, guidance=guidance)
        network = train(replace(SMALL, attention="softmax"), plan)
        with torch.no_grad():
            return float(training.unseen(network(sample.batch, sample.deciding)[1]))

    assert unseen(1.0) < unseen(0.0)
    run = training.Training(SMALL, TINY, None, None)
    weights = []
    for step in range(9):
        run.state.total_step = step
        weights.append(run._guidance(TINY.stages[0]))
    assert weights == sorted(weights, reverse=True)
    assert (weights[0], weights[8]) == (TINY.guidance, 0.0)
    assert run._guidance(TINY.stages[1]) == 0.0


def test_deciding_pairs_are_the_ground_truth_inside_the_window() -> None:
    log = corpus(1, 128, 5, 256, check_rate=0.3)[0]
    sample = whole(log, 64)
    pairs = zip(sample.deciding.item.tolist(), sample.deciding.query.tolist(), sample.deciding.key.tolist(), strict=True)
    expected = [(i // 64, i % 64, int(d) % 64) for i, d in enumerate(log.decided_by) if d >= i - i % 64]
    assert list(pairs) == expected
