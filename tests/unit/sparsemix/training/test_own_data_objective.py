"""Shares of a batch: their losses and gradients add up to those of the whole, whatever is learned and however it is divided."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sparsemix.dataset import read_dataset
from sparsemix.model.network import Network
from sparsemix.training.own_data import Plan, fitting, learning
from sparsemix.training.own_data.batches import Drawing, Drawn, Source
from sparsemix.training.own_data.fitting import Chances, Objective, measured
from tests.integration.sparsemix.training.test_learning import lots
from tests.support.sparsemix.matched_models import MATCHED, matched_data, matched_model

PLAN = Plan(events=200, longest=40, features=256, steps=2, double=True)


class StoppedError(Exception):
    pass


def fitted_from(path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> tuple[Network, list[Source]]:
    """The network and the sources that ``learn`` would fit."""
    found: list[tuple[Network, list[Source]]] = []

    def stop(network: Network, sources: list[Source], *_: object) -> None:
        found.append((network, sources))
        raise StoppedError

    monkeypatch.setattr(learning, "fit", stop)
    with pytest.raises(StoppedError):
        learning.learn(read_dataset(path), plan)
    return found[0]


def named_lots(tmp_path: Path) -> Path:
    """Lots of two faults, of different lengths."""
    rng = np.random.default_rng(2)
    says = {"ok": "run", "jam": "press jam cleared", "leak": "oil below minimum"}
    rows = []
    for number in range(36):
        label = list(says)[number % 3]
        events = [f"press stroke force={rng.normal(20, 1):.2f}" for _ in range(6 + number)]
        events[int(rng.integers(6))] = says[label]
        rows.append({"id": f"lot{number}", "events": events, "label": label})
    path = tmp_path / "named.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return path


def steps(tmp_path: Path) -> Path:
    """A table whose rows have labels of two faults."""
    rng = np.random.default_rng(6)
    rows = ["sequence_id,label,force"]
    for sequence in range(12):
        for step in range(24 + sequence):
            fault = ("high", "low")[sequence % 2] if step >= 20 else "ok"
            rows.append(f"s{sequence},{fault},{rng.normal({'ok': 0, 'high': 8, 'low': -8}[fault], 1):.3f}")
    path = tmp_path / "steps.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def rows(tmp_path: Path) -> Path:
    """The same table without labels."""
    path = tmp_path / "rows.csv"
    table = [line.split(",") for line in steps(tmp_path).read_text(encoding="utf-8").splitlines()]
    path.write_text("\n".join(f"{one[0]},{one[2]}" for one in table) + "\n", encoding="utf-8")
    return path


CASES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "whole logs": (lots, "label"),
    "named faults": (named_lots, "label"),
    "steps": (steps, "label"),
    "kinds": (lambda folder: lots(folder, faulty=0.0), "novelty"),
    "rows": (rows, "novelty"),
}


@pytest.mark.parametrize("kind", ["softmax", "entmax15"])
@pytest.mark.parametrize("case", sorted(CASES))
def test_shares_add_up_to_the_whole(case: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, task = CASES[case]
    network, sources = fitted_from(made(tmp_path), replace(PLAN, task=task), monkeypatch)
    network.double()
    fitting.set_kind(network, kind)
    rng = np.random.default_rng(4)
    drawn = Drawing(sources, task, PLAN).draw(1.0, rng)
    chances = fitting._chances(len(drawn.batch.value), drawn.batch.shape[1], PLAN, 0.5 if kind == "entmax15" else 0.0, rng)
    check_shares(network, drawn, chances)


def check_shares(network: Network, drawn: Drawn, chances: Chances) -> None:
    """Check that losses and gradients of any number of shares add up to those of the whole batch."""
    loss, gradient = outcome(network, drawn, chances, [slice(None)])
    assert loss != 0.0 and float(gradient.abs().max()) > 0.0
    windows = len(drawn.valid)
    for size in (2, 3, windows, windows + 1):
        parts = outcome(network, drawn, chances, [slice(rank, None, size) for rank in range(size)])
        assert parts[0] == pytest.approx(loss, rel=1e-12)
        torch.testing.assert_close(parts[1], gradient, rtol=1e-9, atol=1e-12)
    judged = [measured(network, drawn, slice(rank, None, 3)) for rank in range(3)]
    assert sum(judged) == pytest.approx(measured(network, drawn, slice(None)), rel=1e-12)


def outcome(network: Network, drawn: Drawn, chances: Chances, shares: list[slice]) -> tuple[float, torch.Tensor]:
    """Sums of losses and gradients over shares, each as a process of its own has it."""
    total, gradients = 0.0, []
    for share in shares:
        network.zero_grad()
        loss = Objective(network, share)(drawn, chances)
        loss.backward()
        learned = [parameter for parameter in network.parameters() if parameter.requires_grad]
        # Or an exchange of gradients would wait for one that never comes.
        assert all(parameter.grad is not None for parameter in learned)
        total += float(loss.detach())
        gradients.append(torch.cat([parameter.grad.flatten() for parameter in learned]))
    return total, torch.stack(gradients).sum(0)


def test_shares_add_up_where_identifiers_are_matched() -> None:
    """Of the events beside all windows, every share takes those of its own windows."""
    network = matched_model().network.double()
    sources = [Source.of(item, MATCHED.features, MATCHED.judge.reading) for item in matched_data(3).items]
    rng = np.random.default_rng(4)
    plan = replace(PLAN, span=1024)
    drawn = Drawing(sources, "label", plan).draw(1.0, rng)
    assert drawn.batch.beside is not None and len(drawn.batch.beside.offset)
    chances = fitting._chances(drawn.batch.features, drawn.batch.shape[1], plan, 0.5, rng)
    check_shares(network, drawn, chances)
