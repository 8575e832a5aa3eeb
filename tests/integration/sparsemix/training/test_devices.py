"""Training with all pairs written out, as on a GPU: what it computes is what the compiled loops compute."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from sparsemix.__main__ import main
from sparsemix.attention.entmax import dense_entmax15, entmax15, entmax_kernel, segment_entmax15, with_kernel
from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.dataset import read_dataset
from sparsemix.errors import ConfigError
from sparsemix.model.network import Network
from sparsemix.training.common.world import CPU, ProcessGroup, device_of, moved
from sparsemix.training.generated.corpus import corpus, draw
from sparsemix.training.generated.training import GuidedObjective, Weighing, train
from sparsemix.training.own_data import learn
from tests.integration.sparsemix.training.test_learning import QUICK, lots
from tests.integration.sparsemix.training.test_train import TINY, state
from tests.support.sparsemix.small_models import SMALL

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


@pytest.mark.parametrize("n", [1, 33, 256, 257])
def test_a_kernel_is_given_whole_finite_rows_and_changes_nothing(n: int) -> None:
    z = torch.randn(2, 5, n, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 4.0
    z[0, :, 7:9] = -torch.inf
    seen: list[Tensor] = []

    def kernel(rows: Tensor) -> Tensor:
        seen.append(rows)
        return dense_entmax15(rows)

    torch.testing.assert_close(with_kernel(kernel, z), dense_entmax15(z))
    (rows,) = seen
    assert rows.isfinite().all() and rows.is_contiguous() and rows.shape[-1] % 256 == 0


def test_the_gradient_of_written_out_rows_is_that_of_their_entries() -> None:
    z = torch.randn(6, 33, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 2.0
    z[2, 7] = -torch.inf
    weight = torch.randn(z.shape, dtype=torch.float64)
    ours, plain = z.clone().requires_grad_(), z.clone().requires_grad_()
    p, flat = entmax15(ours), segment_entmax15(plain.flatten(), torch.arange(6).repeat_interleave(33), 6)[0]
    torch.testing.assert_close(p, flat.view_as(p))
    for one, given in ((p, ours), (flat.view_as(p), plain)):
        (one * weight).sum().backward()
        assert given.grad is not None and given.grad.isfinite().all()
    torch.testing.assert_close(ours.grad, plain.grad)
    # Just as far below the others as can be selected: the steps of the reference have no derivative there.
    edge = torch.tensor([0.0, 0.0, -2.0, -2.0], requires_grad=True)
    (entmax15(edge) * torch.arange(4.0)).sum().backward()
    assert edge.grad is not None and edge.grad.tolist() == pytest.approx([-0.3535534, 0.3535534, 0.0, 0.0])


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
    loss, task = GuidedObjective(network, slice(0, None, 2))(sample, weighing)
    loss.backward()
    assert {one.device for one in (loss, task, *(p.grad for p in network.parameters() if p.grad is not None))} == {elsewhere}
    assert network.embedding.grad is not None


def test_what_is_there_already_is_not_copied() -> None:
    sample = draw(corpus(1, 300, 1, SMALL.features), 1, 65, np.random.default_rng(0))
    assert moved(sample, CPU) is sample and device_of("cpu") == CPU


@pytest.mark.skipif(GPU, reason="there is a CUDA device here")
def test_without_a_gpu_one_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match="PyTorch sees 0 here"):
        device_of("cuda")
    assert main(["train", "--out", str(tmp_path / "w.safetensors"), "--device", "cuda"]) == 1
    assert "PyTorch sees 0 here" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not GPU, reason="no CUDA device here")
def test_a_gpu_learns_what_the_processor_does() -> None:
    losses: dict[str, list[float]] = {"cpu": [], "cuda": []}
    plan = replace(TINY, double=True)
    ends = [
        state(train(SMALL, plan, lambda report, one=one: one.append(report.loss), world=ProcessGroup(device=device_of(name))))
        for name, one in losses.items()
    ]
    assert losses["cuda"] == pytest.approx(losses["cpu"], abs=1e-4)
    torch.testing.assert_close(*ends, atol=1e-4, rtol=1e-3)


@pytest.mark.skipif(not GPU, reason="no CUDA device here")
@pytest.mark.parametrize("task", ["label", "novelty"])
def test_a_gpu_learns_from_data_what_the_processor_does(task: str, tmp_path: Path) -> None:
    data = read_dataset(lots(tmp_path, faulty=0.5 if task == "label" else 0.0))
    plan = replace(QUICK, task=task, steps=20, double=True)
    ours, theirs = (learn(data, plan, world=ProcessGroup(device=device_of(name))) for name in ("cuda", "cpu"))
    assert ours.curve == pytest.approx(theirs.curve, abs=1e-4) and (ours.device, theirs.device) == ("cuda", "cpu")
    single = learn(data, replace(plan, double=False), world=ProcessGroup(device=device_of("cuda")))
    assert single.curve == pytest.approx(theirs.curve, abs=1e-2)


@pytest.mark.skipif(not GPU or entmax_kernel() is None, reason="no CUDA device here, or adasplash is not installed")
@pytest.mark.parametrize("n", [1, 33, 1025])
def test_the_kernel_computes_exact_entmax(n: int) -> None:
    z = torch.randn(4, 7, n, generator=torch.Generator().manual_seed(0)) * 3.0
    z[0, :, n // 2 :] = -torch.inf
    z[..., 0] = 0.5
    torch.testing.assert_close(entmax15(z.cuda()).cpu().double(), dense_entmax15(z.double()), atol=1e-5, rtol=0)
