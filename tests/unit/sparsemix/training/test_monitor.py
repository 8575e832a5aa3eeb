"""What training watches, and what it does about it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from sparsemix.model.network import Network
from sparsemix.training.generated import guard, training
from sparsemix.training.generated.corpus import corpus
from sparsemix.training.generated.guard import WENT_BACK, Monitor, Vitals
from sparsemix.training.generated.training import TrainingReport, train
from tests.integration.sparsemix.training.test_train import TINY
from tests.support.sparsemix.small_models import SMALL


def test_a_look_tells_of_every_head_and_of_what_changed() -> None:
    torch.manual_seed(0)
    monitor, network = Monitor(corpus(1, 200, 5, SMALL.features)[0]), Network(SMALL)
    first = monitor.look(network, {})
    assert first.largest_churn == 0.0
    assert first.certified_share == 1.0
    assert [len(layer) for layer in first.selected] == [SMALL.heads] * SMALL.layers
    assert min(map(min, first.selected)) > 0
    before = {name: value.clone() for name, value in network.state_dict().items()}
    assert monitor.look(network, before).churn == first.churn
    with torch.no_grad():
        network.stack[0].attention.q.weight.mul_(-1)
    assert monitor.look(network, before).largest_churn > 0.1


def dead(vitals: Vitals) -> Vitals:
    return replace(vitals, selected=[[0.0] * SMALL.heads] * SMALL.layers)


def unproven(vitals: Vitals) -> Vitals:
    return replace(vitals, certified=[[0.5] * SMALL.heads] * SMALL.layers)


@pytest.mark.parametrize("guarded", [True, False])
def test_too_few_certificates_raise_the_search_cost(guarded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    look = Monitor.look
    monkeypatch.setattr(training.Monitor, "look", lambda self, network, best: unproven(look(self, network, best)))
    reports: list[TrainingReport] = []
    train(SMALL, replace(TINY, guard=guarded), reports.append)
    doubled = [report.action for report in reports if "doubled" in report.action]
    assert bool(doubled) == guarded
    assert (reports[-1].cost_factor > 1.0) == guarded


def test_a_network_that_selects_nothing_has_collapsed(monkeypatch: pytest.MonkeyPatch) -> None:
    # As if the task had been learned before.
    monkeypatch.setattr(guard, "_LEARNED", 0.0)
    look = Monitor.look
    monkeypatch.setattr(training.Monitor, "look", lambda self, network, best: dead(look(self, network, best)))
    reports: list[TrainingReport] = []
    plan = replace(TINY, stages=(TINY.stages[0], replace(TINY.stages[1], steps=8)), validate_every=4)
    train(SMALL, plan, reports.append)
    assert [report.action for report in reports if report.stage == 1] == [WENT_BACK] * 2


def test_a_restless_selection_keeps_its_stage_from_ending_early(monkeypatch: pytest.MonkeyPatch) -> None:
    look = Monitor.look
    restless = [[1.0] * SMALL.heads] * SMALL.layers

    def steps(churn: list[list[float]] | None) -> int:
        def changed(self: Monitor, network: Network, best: dict[str, torch.Tensor]) -> Vitals:
            found = look(self, network, best)
            return replace(found, churn=churn) if churn else found

        monkeypatch.setattr(training.Monitor, "look", changed)
        reports: list[TrainingReport] = []
        stage = replace(TINY.stages[1], steps=24)
        train(SMALL, replace(TINY, stages=(stage,), validate_every=2, patience=1, learning_rate=1e-9), reports.append)
        return len(reports)

    assert steps(restless) == 12
    assert steps([[0.0] * SMALL.heads] * SMALL.layers) < 12


def test_mixed_lengths_keep_the_number_of_events() -> None:
    shapes = replace(TINY.stages[1], length=4096, batch=1, shortest=512).shapes
    assert shapes == [(1, 4096), (2, 2048), (4, 1024), (8, 512)]
    assert TINY.stages[1].shapes == [(2, 48)]
