"""The benchmark ``attention``: what its rows say, and that it measures nothing that is wrong or that the machine cannot do."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.errors import ConfigError
from sparsemix.model.model import SparseMixModel
from tests.benchmarks import attention as bench
from tests.benchmarks.report import BenchmarkRefused
from tests.benchmarks.rivals import DenseBf16
from tests.support.paths import WEIGHTS


@pytest.fixture(scope="module")
def model() -> SparseMixModel:
    return SparseMixModel.load(WEIGHTS)


@pytest.mark.deep
def test_a_row_says_which_head_which_units_and_how_many_keys_were_scored(
    model: SparseMixModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    found = bench.rows(model, [64], passes=["forward"], data=["random"], rivals=["dense", "dense bf16"], head_sizes=[32])
    said = [(row["head_size"], row["rival"], row["units"]) for row in found]
    assert said == [(size, *rival) for size in (16, 32) for rival in (("dense", "float32"), ("dense bf16", "avx512_bf16"))]
    assert {(row["scored"], row["scanned"]) for row in found} == {(1.0, 1.0)}
    (indexed, *_) = bench.rows(model, [4096], passes=["forward"], data=["trained"], rivals=["dense"])
    assert 0 < indexed["scored"] < 0.5  # type: ignore[operator]


def test_a_rival_without_its_units_is_left_out_and_told(model: SparseMixModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_f": True})
    assert DenseBf16().units() is None
    told: list[str] = []
    with pytest.raises(ConfigError, match="none of these rivals"):
        bench.rows(model, [64], rivals=["dense bf16"], tell=told.append)
    assert told == ["dense bf16: left out, the processor has no instructions for it"]


@pytest.mark.deep
@pytest.mark.parametrize("size", [32, 64])
def test_what_is_wrong_for_heads_of_another_size_is_not_measured(
    size: int, model: SparseMixModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    select = AdaptiveSparseAttention.select

    def wrong(self: AdaptiveSparseAttention, *arguments: object) -> object:
        mixed, heads = select(self, *arguments)  # type: ignore[arg-type]
        return mixed * (1.001 if self.d_head == size else 1.0), heads

    monkeypatch.setattr(AdaptiveSparseAttention, "select", wrong)
    with pytest.raises(BenchmarkRefused, match="certified queries differ"):
        bench.rows(model, [64], passes=["forward"], data=["random"], rivals=["dense"], head_sizes=[size])
    assert np.isfinite(bench.rows(model, [64], passes=["forward"], data=["random"], rivals=["dense"])[0]["sparse_s"])  # type: ignore[arg-type]
