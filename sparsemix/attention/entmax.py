"""alpha-entmax with alpha = 1.5 over rows of different length, with exact zeros and an exact sparse gradient.

    p_ij = max(z_ij / 2 - tau_i, 0)^2,   tau_i such that sum_j p_ij = 1

Source: Peters, Niculae, Martins 2019, "Sparse Sequence-to-Sequence Models" (arXiv 1905.05702). Newton's method,
from the left, finds the support among the values that can be positive at all. A closed form on the support then gives the
threshold, exact to rounding, without a sort. The gradient touches selected entries only:

    dL/dz = g * dL/dp - g * (sum g * dL/dp) / (sum g),   g = sqrt(p)

Axis letters: R rows, P entries of all rows one after another.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import pad

# From tau = max - 1 every Newton step at least halves the error; float64 reaches its limit in far fewer steps.
_MAX_NEWTON_STEPS = 60
# A row's weights add up to 1, so no logit 2 or more below the highest one is selected.
_OUT_OF_REACH = 3.0
_KERNEL_STEPS = 8
_ROUND = 256
Kernel = Callable[[Tensor], Tensor]


def segment_sum(values: Tensor, row: Tensor, rows: int) -> Tensor:
    """Sum ``values`` [P] by ``row`` [P] into [rows]."""
    return values.new_zeros(rows).index_add_(0, row, values)


def segment_threshold(half: Tensor, row: Tensor, rows: int) -> Tensor:
    """Return the thresholds tau [R] for ``half`` = z / 2 [P]; every row must own at least one entry.

    Values should be shifted so that each row's maximum is 0: then tau lies in [-1, 0) and keeps full precision.
    """
    top = half.new_full((rows,), -torch.inf).scatter_reduce_(0, row, half, "amax")
    tau = top - 1.0
    live = half > tau[row]
    value, owner = half[live], row[live]
    tolerance = torch.finfo(half.dtype).eps
    for _ in range(_MAX_NEWTON_STEPS):
        excess = (value - tau[owner]).clamp_min_(0.0)
        first = segment_sum(excess, owner, rows)
        second = segment_sum(excess * excess, owner, rows)
        step = (second - 1.0) / (2.0 * first)
        tau = tau + step.clamp_min(0.0)
        if bool((step <= tolerance).all()):
            break
    support = value > tau[owner]
    value, owner = value[support], owner[support]
    count = segment_sum(torch.ones_like(value), owner, rows)
    mean = segment_sum(value, owner, rows) / count
    centred = value - mean[owner]
    spread = segment_sum(centred * centred, owner, rows)
    return mean - ((1.0 - spread).clamp_min(0.0) / count).sqrt()


class _SegmentEntmax15(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, row: Tensor, rows: int) -> tuple[Tensor, Tensor]:
        top = z.new_full((rows,), -torch.inf).scatter_reduce_(0, row, z, "amax")
        half = (z - top[row]) / 2.0
        tau = segment_threshold(half, row, rows)
        root = (half - tau[row]).clamp_min_(0.0)
        ctx.save_for_backward(root, row)
        ctx.rows = rows
        tau = tau + top / 2.0
        ctx.mark_non_differentiable(tau)
        return root * root, tau

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        root, row = ctx.saved_tensors
        weighted = root * grads[0]
        mean = segment_sum(weighted, row, ctx.rows) / segment_sum(root, row, ctx.rows)
        return weighted - root * mean[row], None, None


def segment_entmax15(z: Tensor, row: Tensor, rows: int) -> tuple[Tensor, Tensor]:
    """Return weights p [P] and thresholds tau [R] for logits ``z`` [P] that belong to rows ``row`` [P] (int64, < rows).

    ``tau`` is on the scale of z / 2 and carries no gradient. Every row must own at least one entry.
    """
    p, tau = _SegmentEntmax15.apply(z, row, rows)  # type: ignore[no-untyped-call]
    return p, tau


def entmax15(z: Tensor) -> Tensor:
    """Return entmax-1.5 over the last axis of ``z`` [..., N], on the device of ``z``.

    A CUDA device in single precision uses the kernel of ``adasplash`` if it is installed; otherwise the reference is used. -inf
    entries are never selected and get no gradient.

    Source: Goncalves, Treviso, Martins 2025, "AdaSplash: Adaptive Sparse Flash Attention" (arXiv 2502.12082).
    """
    kernel = entmax_kernel() if z.is_cuda and z.dtype == torch.float32 else None
    p: Tensor = _DenseEntmax15.apply(z, kernel)  # type: ignore[no-untyped-call]
    return p


class _DenseEntmax15(torch.autograd.Function):
    """Entmax whose gradient comes from the weights alone.

    Autograd through the steps of the reference has no value where an entry equals the threshold, and the gradient of a kernel
    would be compiled anew for every length.
    """

    @staticmethod
    def forward(ctx: Any, z: Tensor, kernel: Kernel | None) -> Tensor:
        p = dense_entmax15(z) if kernel is None else with_kernel(kernel, z)
        ctx.save_for_backward(p.sqrt())
        return p

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (root,) = ctx.saved_tensors
        weighted = root * grads[0]
        return weighted - root * (weighted.sum(-1, keepdim=True) / root.sum(-1, keepdim=True)), None


def with_kernel(kernel: Kernel, z: Tensor) -> Tensor:
    """Return the weights of ``z`` [..., N] from a kernel that needs finite logits in contiguous rows; without gradient.

    Logits too low to be selected are raised to a value that is still too low, and rows are padded with this value; neither
    changes the result. Padding bounds the number of row lengths, because the kernel is compiled for each length.
    """
    n = z.shape[-1]
    filled = pad((z - z.amax(-1, keepdim=True)).clamp_min(-_OUT_OF_REACH), (0, -n % _ROUND), value=-_OUT_OF_REACH)
    # A kernel runs on the process's current device.
    with torch.cuda.device_of(z):  # type: ignore[no-untyped-call]
        return kernel(filled.contiguous())[..., :n]


@cache
def entmax_kernel() -> Kernel | None:
    """Return the compiled kernel for CUDA devices; None when it is not installed."""
    if find_spec("adasplash") is None:
        return None
    # More than the usual two steps, so that weights are exact in single precision. They cost little: the row is in the cache.
    return partial(import_module("adasplash").triton_entmax15, n_iter=_KERNEL_STEPS)


def dense_entmax15(z: Tensor) -> Tensor:
    """Return entmax-1.5 over the last axis of ``z`` [..., N] by sorting: the reference. -inf entries are never selected.

    It shares no code with the functions above, so that they can be compared with it, and it supports plain autograd.
    """
    half = (z - z.amax(-1, keepdim=True).detach()) / 2.0
    ordered, _ = half.sort(-1, descending=True)
    finite = torch.where(torch.isfinite(ordered), ordered, torch.full_like(ordered, -1e4))
    rank = torch.arange(1, z.shape[-1] + 1, dtype=z.dtype, device=z.device)
    mean = finite.cumsum(-1) / rank
    mean_of_squares = (finite * finite).cumsum(-1) / rank
    spread = rank * (mean_of_squares - mean * mean)
    tau = mean - ((1.0 - spread).clamp_min(0.0) / rank).sqrt()
    size = (tau <= finite).sum(-1, keepdim=True)
    chosen = tau.gather(-1, size - 1)
    return (half - chosen).clamp_min(0.0) ** 2
