"""Training with all pairs written out, as on a GPU: what it computes is what the compiled loops compute."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from sparsemix.__main__ import main
from sparsemix.attention import AdaptiveSparseAttention
from sparsemix.bench import entmax as bench
from sparsemix.corpus import corpus, draw
from sparsemix.devices import CPU, device_of, moved
from sparsemix.entmax import dense_entmax15, entmax15, entmax_kernel, with_kernel
from sparsemix.errors import BenchmarkRefused, ConfigError
from sparsemix.network import Network
from sparsemix.objective import Objective, Weighing
from sparsemix.train import train
from sparsemix.world import World
from tests.sparsemix.support import SMALL
from tests.sparsemix.test_train import TINY, state

GPU = torch.cuda.is_available()


def attention() -> AdaptiveSparseAttention:
    torch.manual_seed(0)
    return AdaptiveSparseAttention(12, 3, 8).double()


@pytest.mark.parametrize("padding", [False, True])
@pytest.mark.parametrize("n", [1, 2, 31, 65])
def test_all_pairs_written_out_are_the_pairs_that_the_search_selects(n: int, padding: bool) -> None:
    layer = attention()
    x = torch.randn(3, n, 12, dtype=torch.float64, requires_grad=True)
    valid = torch.arange(n) < torch.tensor([n, 1, n // 2 + 1])[:, None] if padding else None
    out, found = layer(x, valid=valid)
    mixed, dense = layer.dense(*layer.project(x), valid=valid)
    written = layer.out(mixed.transpose(1, 2).flatten(2))
    torch.testing.assert_close(written, out, atol=1e-12, rtol=0)
    for name in ("sharpness", "selected", "anchor_share", "certified"):
        torch.testing.assert_close(getattr(dense, name), getattr(found, name))
    weight = torch.randn_like(out)
    inputs = [x, *layer.parameters()]
    ours, theirs = (
        torch.autograd.grad((y * weight).sum() + s.sharpness.sum(), inputs) for y, s in ((written, dense), (out, found))
    )
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, atol=1e-10, rtol=0)


def test_a_kernel_is_given_finite_rows_and_changes_nothing() -> None:
    z = torch.randn(2, 5, 33, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 4.0
    z[0, :, 7] = -torch.inf
    seen: list[Tensor] = []

    def kernel(rows: Tensor) -> Tensor:
        seen.append(rows.detach())
        return dense_entmax15(rows)

    grad = torch.randn_like(z)
    ours, plain = z.clone().requires_grad_(), z.clone().requires_grad_()
    p, expected = with_kernel(kernel, ours), dense_entmax15(plain)
    torch.testing.assert_close(p, expected)
    p.backward(grad)
    expected.backward(grad)
    there = torch.isfinite(z)
    torch.testing.assert_close(ours.grad[there], plain.grad[there])
    assert seen[0].isfinite().all() and seen[0].is_contiguous()
    assert torch.equal(entmax15(z), dense_entmax15(z))


@pytest.mark.parametrize(
    "weighing",
    [Weighing(), Weighing(0.1, 0.1, 0.0, torch.arange(16)), Weighing(guidance=1.0)],
    ids=["task", "penalties", "hint"],
)
def test_everything_is_computed_where_the_network_is(weighing: Weighing) -> None:
    """On PyTorch's device without numbers, which refuses to mix with the processor as a GPU does."""
    elsewhere = torch.device("meta")
    sample = draw(corpus(1, 300, 1, SMALL.features), 3, 65, np.random.default_rng(0))
    network = Network(replace(SMALL, attention="softmax" if weighing.guidance else "entmax15")).to(elsewhere)
    loss, task = Objective(network, slice(0, None, 2))(sample, weighing)
    loss.backward()
    assert {one.device for one in (loss, task, *(p.grad for p in network.parameters() if p.grad is not None))} == {elsewhere}
    assert network.embedding.grad is not None


def test_what_is_there_already_is_not_copied() -> None:
    sample = draw(corpus(1, 300, 1, SMALL.features), 1, 65, np.random.default_rng(0))
    assert moved(sample, CPU) is sample and device_of("cpu") == CPU


@pytest.mark.skipif(GPU, reason="there is a CUDA device here")
def test_without_a_gpu_one_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match="PyTorch sees 0 here; leave out --device"):
        device_of("cuda")
    assert main(["train", "--out", str(tmp_path / "w.safetensors"), "--device", "cuda"]) == 1
    assert "leave out --device" in capsys.readouterr().err
    assert main(["bench", "entmax", "--json", str(tmp_path / "r.json")]) == 1
    assert not list(tmp_path.iterdir())


def test_the_benchmark_compares_and_refuses_what_is_off() -> None:
    found = bench.rows({"one": dense_entmax15, "other": dense_entmax15}, CPU, (64,))
    assert [(row["way"], row["length"], row["windows"]) for row in found] == [("one", 64, 64), ("other", 64, 64)]
    with pytest.raises(BenchmarkRefused, match=r"other is .* off double precision"):
        bench.rows({"one": dense_entmax15, "other": lambda z: dense_entmax15(z) * 1.001}, CPU, (64,))


@pytest.mark.skipif(not GPU, reason="no CUDA device here")
def test_a_gpu_learns_what_the_processor_does() -> None:
    losses: dict[str, list[float]] = {"cpu": [], "cuda": []}
    plan = replace(TINY, double=True)
    ends = [
        state(train(SMALL, plan, lambda report, one=one: one.append(report.loss), world=World(device=device_of(name))))
        for name, one in losses.items()
    ]
    assert losses["cuda"] == pytest.approx(losses["cpu"], abs=1e-4)
    torch.testing.assert_close(*ends, atol=1e-4, rtol=1e-3)


@pytest.mark.skipif(not GPU or entmax_kernel() is None, reason="no CUDA device here, or adasplash is not installed")
@pytest.mark.parametrize("n", [1, 33, 1025])
def test_the_kernel_computes_exact_entmax(n: int) -> None:
    z = torch.randn(4, 7, n, generator=torch.Generator().manual_seed(0)) * 3.0
    z[0, :, n // 2 :] = -torch.inf
    z[..., 0] = 0.5
    grad = torch.randn(z.shape, generator=torch.Generator().manual_seed(1))
    ours, exact = z.cuda().requires_grad_(), z.double().requires_grad_()
    p, expected = entmax15(ours), dense_entmax15(exact)
    p.backward(grad.cuda())
    expected.backward(grad.double())
    torch.testing.assert_close(p.cpu().double(), expected, atol=1e-5, rtol=0)
    there = torch.isfinite(z)
    torch.testing.assert_close(ours.grad.cpu().double()[there], exact.grad[there], atol=1e-4, rtol=0)
