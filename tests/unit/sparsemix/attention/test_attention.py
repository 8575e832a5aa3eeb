"""The sparse attention against dense entmax attention: outputs, gradients, selection."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from sparsemix.attention._index.index_search import IndexSearch
from sparsemix.attention.entmax import dense_entmax15
from sparsemix.attention.pairs import WatchedPairs
from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.errors import ConfigError, SelectionError
from tests.support.sparsemix.reference_attention import ReferenceAttention, near_queries

LENGTHS = (1, 2, 31, 63, 65)
Kind = type[AdaptiveSparseAttention]
KINDS: tuple[Kind, ...] = (AdaptiveSparseAttention, ReferenceAttention)


def attention(kind: str = "entmax15", seed: int = 0, of: Kind = AdaptiveSparseAttention) -> AdaptiveSparseAttention:
    torch.manual_seed(seed)
    return of(12, 3, 8, kind).double()


def dense(layer: AdaptiveSparseAttention, x: Tensor) -> Tensor:
    """Compute the same attention with every logit in memory and plain autograd."""
    q, k, v = layer.project(x)
    p = dense_entmax15(layer.dense_logits(q, k))
    mixed = p[..., :-1] @ v + p[..., -1:] * layer.anchor_value[:, None]
    return torch.as_tensor(layer.out(mixed.transpose(1, 2).flatten(2)))


@pytest.mark.parametrize("of", KINDS)
@pytest.mark.parametrize("n", LENGTHS)
def test_output_and_gradients_equal_dense_entmax(n: int, of: Kind) -> None:
    layer = attention(of=of)
    x = torch.randn(2, n, 12, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(2, n, 12, dtype=torch.float64)
    inputs = [x, *layer.parameters()]
    sparse_out, _ = layer(x)
    dense_out = dense(layer, x)
    assert torch.allclose(sparse_out, dense_out, atol=1e-10)
    sparse_grads = torch.autograd.grad((sparse_out * weight).sum(), inputs)
    dense_grads = torch.autograd.grad((dense_out * weight).sum(), inputs)
    for ours, reference in zip(sparse_grads, dense_grads, strict=True):
        assert torch.allclose(ours, reference, atol=1e-9)


@pytest.mark.parametrize("of", KINDS)
def test_padding_changes_nothing(of: Kind) -> None:
    """Compare a batch of unequal lengths with every sequence alone, gradients included."""
    layer, lengths = attention(of=of), (65, 1, 31)
    x = torch.randn(3, 65, 12, dtype=torch.float64, requires_grad=True)
    valid = torch.arange(65) < torch.tensor(lengths)[:, None]
    weight = torch.randn(3, 65, 12, dtype=torch.float64)
    together, _ = layer(x, valid=valid)
    alone = [layer(x[i : i + 1, :n])[0] for i, n in enumerate(lengths)]
    assert bool((together[~valid] == 0).all())
    for i, n in enumerate(lengths):
        assert torch.allclose(together[i, :n], alone[i][0], atol=1e-12)
    inputs = [x, *layer.parameters()]
    ours = torch.autograd.grad((together * weight).sum(), inputs)
    parts = sum(((out[0] * weight[i, : lengths[i]]).sum() for i, out in enumerate(alone)), torch.zeros(()))
    for one, other in zip(ours, torch.autograd.grad(parts, inputs), strict=True):
        assert torch.allclose(one, other, atol=1e-10)


@pytest.mark.parametrize("of", KINDS)
def test_any_events_can_be_masked(of: Kind) -> None:
    layer = attention(of=of)
    valid = torch.rand(2, 63, generator=torch.Generator().manual_seed(1)) < 0.6
    with torch.no_grad():
        x = torch.randn(2, 63, 12, dtype=torch.float64)
        q, k, v = layer.project(x)
        z = layer.dense_logits(q, k)
        z[..., :-1].masked_fill_(~valid[:, None, None, :], -torch.inf)
        p = dense_entmax15(z)
        mixed = (p[..., :-1] @ v + p[..., -1:] * layer.anchor_value[:, None]) * valid[:, None, :, None]
        expected = layer.out(mixed.transpose(1, 2).flatten(2))
        assert torch.allclose(layer(x, valid=valid)[0], expected, atol=1e-10)


@pytest.mark.parametrize("n", [500, 1300])
def test_long_sequences_give_the_same_as_the_reference_forward_and_backward(n: int) -> None:
    """Compare on sequences long enough for many groups and cells."""
    layers = [attention(of=of) for of in KINDS]
    x = torch.randn(1, n, 12, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(1, n, 12, dtype=torch.float64)
    outputs = [layer(x)[0] for layer in layers]
    assert torch.allclose(outputs[0], outputs[1], atol=1e-10)
    ours, reference = (
        torch.autograd.grad((out * weight).sum(), [x, *layer.parameters()]) for layer, out in zip(layers, outputs, strict=True)
    )
    for one, other in zip(ours, reference, strict=True):
        assert torch.allclose(one, other, atol=1e-9)


def test_gradcheck_through_the_whole_layer() -> None:
    layer = attention()
    x = torch.randn(1, 7, 12, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: layer(t)[0], (x,))


@pytest.mark.parametrize("of", KINDS)
@pytest.mark.parametrize("n", LENGTHS)
def test_selection_is_what_is_positive_in_dense_entmax(n: int, of: Kind) -> None:
    layer = attention(of=of)
    with torch.no_grad():
        q, k, v = layer.project(torch.randn(1, n, 12, dtype=torch.float64))
        p = dense_entmax15(layer.dense_logits(q, k))[0]
        _, heads = layer.select(q[0], k[0], v[0], 3)
    for head, pairs in enumerate(heads):
        query, key = (p[head, :, :-1] > 1e-12).nonzero(as_tuple=True)
        assert pairs.query.tolist() == query.tolist()
        assert pairs.key.tolist() == key.tolist()
        assert np.allclose(pairs.weight, p[head, query, key], atol=1e-9)
        assert np.allclose(pairs.anchor_weight, p[head, :, -1], atol=1e-9)
        assert pairs.certified.all()


@pytest.mark.parametrize("of", KINDS)
def test_near_misses_are_the_best_that_were_not_selected(of: Kind) -> None:
    layer = attention(of=of)
    with torch.no_grad():
        q, k, v = layer.project(torch.randn(1, 40, 12, dtype=torch.float64))
        logits = layer.dense_logits(q, k)[0, 0, :, :-1]
        pairs = layer.select(q[0], k[0], v[0], 2)[1][0]
    selected = set(zip(pairs.query.tolist(), pairs.key.tolist(), strict=True))
    assert len(near_queries(pairs)) > 0
    for query in range(40):
        near = pairs.near_key[near_queries(pairs) == query].tolist()
        others = sorted((j for j in range(40) if (query, j) not in selected), key=lambda j: -float(logits[query, j]))
        assert near == others[: len(near)]
        assert len(near) <= 2
    assert (pairs.near_logit / 2 <= pairs.threshold[near_queries(pairs)]).all()


def test_the_softmax_twin_uses_the_same_logits_and_selects_everything() -> None:
    layer = attention("softmax")
    x = torch.randn(1, 9, 12, dtype=torch.float64)
    q, k, v = layer.project(x)
    p = layer.dense_logits(q, k).softmax(-1)
    mixed = p[..., :-1] @ v + p[..., -1:] * layer.anchor_value[:, None]
    out, statistics = layer(x)
    assert torch.allclose(out, layer.out(mixed.transpose(1, 2).flatten(2)))
    assert statistics.selected.tolist() == [9.0, 9.0, 9.0]


def test_the_twin_without_gradient_is_the_same_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sparsemix.attention.sparse_attention.CHUNK_BYTES", 8 * 65 * 7)
    layer = attention("softmax")
    x = torch.randn(2, 65, 12, dtype=torch.float64)
    whole, statistics = layer(x)
    with torch.no_grad():
        rows, by_row = layer(x)
    assert torch.allclose(whole, rows, atol=1e-12)
    assert torch.allclose(statistics.anchor_share, by_row.anchor_share)


def test_an_anchor_that_beats_every_key_selects_nothing() -> None:
    layer = attention()
    with torch.no_grad():
        layer.k.weight.zero_()
        layer.past_raw.fill_(5.0)
        layer.future_offset.fill_(-50.0)
        x = torch.randn(1, 20, 12, dtype=torch.float64)
        q, _, _ = layer.project(x)
        layer.anchor_key.copy_(100 * q[0, :, 5])
        _, statistics = layer(x)
        pairs = layer.select(q[0], q[0] * 0, q[0], 3)[1][0]
    assert float(pairs.anchor_weight[5]) == 1.0
    assert 5 not in pairs.query.tolist()
    assert float(statistics.anchor_share.max()) <= 1.0


def test_watched_pairs_tell_how_much_no_head_looks_at_them() -> None:
    layer = attention("softmax")
    x = torch.randn(2, 9, 12, dtype=torch.float64)
    watch = WatchedPairs(torch.tensor([0, 1]), torch.tensor([8, 3]), torch.tensor([2, 0]))
    q, k, _ = layer.project(x)
    p = layer.dense_logits(q, k).softmax(-1)
    _, statistics = layer(x, watch=watch)
    expected = torch.stack([(1 - p[0, :, 8, 2]).prod(), (1 - p[1, :, 3, 0]).prod()])
    assert statistics.missed is not None
    assert torch.allclose(statistics.missed, expected)


@pytest.mark.parametrize(
    ("of", "search"),
    [(AdaptiveSparseAttention, None), (AdaptiveSparseAttention, IndexSearch(budget=1)), (ReferenceAttention, None)],
)
def test_padding_is_not_counted(of: Kind, search: IndexSearch | None) -> None:
    """Check that statistics are means over the valid events only."""
    layer = attention(of=of)
    x = torch.randn(1, 100, 12, dtype=torch.float64)
    padded = torch.cat([x, torch.randn(1, 300, 12, dtype=torch.float64)], 1)
    valid = (torch.arange(400) < 100)[None]
    probe = torch.tensor([3, 50, 99, 250])
    _, alone = layer(x, search, probe=probe[:3])
    _, together = layer(padded, search, valid=valid, probe=probe)
    for name in ("sharpness", "search_cost"):
        assert torch.allclose(getattr(alone, name), getattr(together, name))
    if search is None:
        assert torch.allclose(alone.selected, together.selected)
        assert torch.allclose(alone.anchor_share, together.anchor_share)
        assert torch.allclose(alone.certified, together.certified)
    else:
        assert float(together.certified.max()) < 0.5


@pytest.mark.parametrize("kind", ["entmax15", "softmax"])
@pytest.mark.parametrize("mask", [torch.ones(1, 3, dtype=torch.bool), torch.ones(1, 6, dtype=torch.int64)])
def test_a_mask_of_another_shape_or_kind_is_refused(mask: Tensor, kind: str) -> None:
    with pytest.raises(SelectionError, match="mask"):
        attention(kind)(torch.randn(1, 6, 12, dtype=torch.float64), valid=mask)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ConfigError, match="entmax"):
        attention("entmax")


def test_what_changes_before_the_backward_pass_is_refused() -> None:
    """Refuse a changed value: its gradients would be wrong in silence."""
    layer = attention()
    out, _ = layer(torch.randn(1, 20, 12, dtype=torch.float64))
    with torch.no_grad():
        layer.anchor_key.add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.sum().backward()
