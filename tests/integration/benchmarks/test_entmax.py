"""The benchmark ``entmax``: it compares ways to compute entmax, and refuses what is off."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sparsemix.attention.entmax import dense_entmax15
from sparsemix.training.common.world import CPU
from tests.benchmarks import entmax as bench
from tests.benchmarks.__main__ import main
from tests.benchmarks.report import BenchmarkRefused


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_without_a_gpu_there_is_nothing_to_compare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["entmax", "--json", str(tmp_path / "r.json")]) == 1
    assert "PyTorch sees 0 here" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_benchmark_compares_and_refuses_what_is_off() -> None:
    found = bench.rows({"one": dense_entmax15, "other": dense_entmax15}, CPU, (64,))
    assert [(row["way"], row["length"], row["windows"]) for row in found] == [("one", 64, 64), ("other", 64, 64)]
    with pytest.raises(BenchmarkRefused, match=r"other is .* off double precision"):
        bench.rows({"one": dense_entmax15, "other": lambda z: dense_entmax15(z) * 1.001}, CPU, (64,))
