"""Dense attention measured on this machine: the same network, every pair, and times that a law is fitted to."""

from __future__ import annotations

import pytest
import torch

from dashboard.service.decide import dense_cost
from dashboard.service.decide.dense_cost import measure
from sparsemix import RunCancelled, SparseMixModel
from sparsemix.model.network import Network


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> tuple[int, ...]:
    monkeypatch.setattr(dense_cost, "LENGTHS", (64, 128, 256))
    return dense_cost.LENGTHS


def test_both_are_run_at_every_length_and_nothing_is_negative(model: SparseMixModel, short: tuple[int, ...]) -> None:
    shares: list[float] = []
    found = measure(model, lambda share, _stage: shares.append(share))
    assert tuple(found.dense) == tuple(found.sparse) == short
    assert min(*found.dense.values(), *found.sparse.values()) > 0
    assert found.us_event >= 0
    assert found.ns_pair >= 0
    assert found.us_event + found.ns_pair > 0
    assert found.machine
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_the_measurement_leaves_the_model_as_it_is(model: SparseMixModel, short: tuple[int, ...]) -> None:
    before = model.to_bytes()
    measure(model, lambda _share, _stage: None)
    assert model.to_bytes() == before
    assert next(model.network.parameters()).dtype == torch.float64


def test_the_dense_run_is_a_run_of_the_whole_network(model: SparseMixModel) -> None:
    twin = Network(model.config)
    twin.load_state_dict(model.network.state_dict())
    sequence = dense_cost._sequence(64)
    out = dense_cost._dense_run(model, twin.float().eval(), sequence)()
    assert isinstance(out, torch.Tensor)
    assert out.shape == (1, 64, model.config.d_model)
    assert torch.isfinite(out).all()


def test_it_can_be_cancelled(model: SparseMixModel, short: tuple[int, ...]) -> None:
    def stop(share: float, _stage: str) -> None:
        if share > 0.4:
            raise RunCancelled

    with pytest.raises(RunCancelled):
        measure(model, stop)
