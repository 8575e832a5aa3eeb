"""The network: embedded events, layers of attention and gated feed-forward, one logit per event.

Sources: RMSNorm, Zhang and Sennrich 2019 (arXiv 1910.07467); SwiGLU, Shazeer 2020 (arXiv 2002.05202): its product of two
projections lets a layer compare an event with its selected event. A sequence's logit is the highest of its events' logits. Or
it is a soft maximum between mean and highest with learned sharpness, for sequences that no single event gives away: McFee,
Salamon, Bello 2018, "Adaptive pooling operators for weakly labeled sound event detection" (arXiv 1804.10070). Where the network
learned what comes next, an event's logit is the surprise at what *followed* it, and heads look back only (``judges``).

Axis letters: B batch, N events, M model dimension.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparsemix.attention.entity_attention import EntityAttention
from sparsemix.attention.pairs import SelectionStatistics, WatchedPairs
from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.config import SparseMixConfig
from sparsemix.encoding.hashing import HashedEvents
from sparsemix.encoding.matches import Matches
from sparsemix.encoding.row_kernels import sum_rows
from sparsemix.judges import Judges
from sparsemix.judges.following import NOTHING, Following
from sparsemix.judges.judge import QUANTILES
from sparsemix.kernels import parallel
from sparsemix.model.event_batch import EventBatch

# Events whose values in a layer fit a cache, fewer than which are not multiplied alone, and parts that are one task.
_EVENTS, _FEW, _TOGETHER = 512, 16, 8
_SUMMED = 2**15  # numbers that torch sums in one thread


class SwiGLU(nn.Module):
    """Gated feed-forward network."""

    def __init__(self, d_model: int, d_ff: int) -> None:
        super().__init__()
        self.gate = nn.Linear(d_model, d_ff, bias=False)
        self.up = nn.Linear(d_model, d_ff, bias=False)
        self.down = nn.Linear(d_ff, d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.down(F.silu(self.gate(x)) * self.up(x))
        return out


class Layer(nn.Module):
    """x + attention(norm(x)), then x + feed-forward(norm(x)); ``matched``: the number of types of identifiers that its heads
    match, 0 for heads that search by content."""

    def __init__(self, config: SparseMixConfig, matched: int = 0) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(config.d_model)
        self.attention: AdaptiveSparseAttention = (
            EntityAttention(config.d_model, config.heads, config.d_head, matched)
            if matched
            else AdaptiveSparseAttention(config.d_model, config.heads, config.d_head, config.attention)
        )
        self.ff_norm = nn.RMSNorm(config.d_model)
        self.ff = SwiGLU(config.d_model, config.d_ff)

    def forward(
        self,
        x: Tensor,
        watch: WatchedPairs | None = None,
        probe: Tensor | None = None,
        valid: Tensor | None = None,
        matches: Matches | None = None,
        beside: Tensor | None = None,
    ) -> tuple[Tensor, SelectionStatistics]:
        further = None if beside is None else self.norm(beside)
        mixed, statistics = self.attention(self.norm(x), watch=watch, probe=probe, valid=valid, matches=matches, beside=further)
        return self.after_attention(x, mixed), statistics

    def projected(
        self,
        x: Tensor,
        which: str = "qkv",
        step: Callable[[float], None] | None = None,
        into: Sequence[Sequence[Tensor]] = (),
    ) -> list[Tensor]:
        """Return queries, keys and values [H, N, D] of one sequence ``x`` [N, M], or only those in ``which``; ``step`` as for
        `parallel.run`. ``into``: memory for those of every head [N, D], which is written and not returned."""
        attention = self.attention
        found = [] if into else [x.new_empty(attention.heads, len(x), attention.d_head) for _ in which]
        memory: Sequence[Sequence[Tensor] | Tensor] = into or found

        def project(some: slice) -> None:
            for wholes, parts in zip(memory, attention.project(self.norm(x[None, some]), which), strict=True):
                for head, part in zip(range(len(wholes)), parts[0], strict=True):
                    wholes[head][some] = part

        _in_parts(len(x), project, step)
        return found

    def after_mixing(
        self, x: Tensor, mixed: Tensor, step: Callable[[float], None] | None = None, found: Tensor | None = None
    ) -> Tensor:
        """Compute the rest of the layer for some events ``x`` [N, M], given their ``mixed`` values [H, N, D]; ``step`` as for
        `parallel.run`; ``found``: memory for it [N, M]."""
        found = torch.empty_like(x) if found is None else found

        def compute(some: slice) -> None:
            out = self.attention.out(mixed[:, some].transpose(0, 1).flatten(1))
            found[some] = self.after_attention(x[None, some], out[None])[0]

        _in_parts(len(x), compute, step)
        return found

    def after_attention(self, x: Tensor, mixed: Tensor) -> Tensor:
        """Compute the rest of the layer, given the attention's output ``mixed`` [B, N, M]."""
        x = x + mixed
        return torch.as_tensor(x + self.ff(self.ff_norm(x)))


def _in_parts(events: int, compute: Callable[[slice], None], step: Callable[[float], None] | None = None) -> None:
    """Compute what belongs to each event, in parts that fit a cache, on all threads."""
    learns = torch.is_grad_enabled()

    def some(parts: list[slice]) -> None:
        # Whether torch keeps gradients is told to each thread by itself.
        with torch.set_grad_enabled(learns):
            for part in parts:
                compute(part)

    parts = in_cache(events)
    parallel.run([partial(some, parts[start : start + _TOGETHER]) for start in range(0, len(parts), _TOGETHER)], step)


def in_cache(events: int) -> list[slice]:
    """Return parts of so many events whose values in a layer fit a processor's cache: that takes half of the time, and bits
    stay those of the whole. Very few events alone would be multiplied another way."""
    starts = range(0, max(events - _FEW, 1), _EVENTS)
    return [slice(start, stop) for start, stop in pairwise([*starts, events])]


class Network(nn.Module):
    """Network that computes event logits from hashed events."""

    def __init__(self, config: SparseMixConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Parameter(torch.randn(config.features, config.d_model) * 0.3)
        self.embed_norm = nn.RMSNorm(config.d_model)
        matched = [len(self.judge.entities), *(0 for _ in range(config.layers - 1))]
        self.layers = nn.ModuleList(Layer(config, types) for types in matched)
        self.norm = nn.RMSNorm(config.d_model)
        self.head = nn.Linear(config.d_model, self.judge.outputs)
        if self.judge.later:
            self.usual = nn.Parameter(torch.tensor(0.0), requires_grad=False)
            for layer in self.stack:
                layer.attention.look_back_only()
        if self.judge.pooling == "soft":
            self.sharpness = nn.Parameter(torch.tensor(0.0))

    @property
    def judge(self) -> Judges:
        """Return what events are judged by."""
        return self.config.judge

    @property
    def stack(self) -> list[Layer]:
        """Return the layers, in order."""
        return [layer for layer in self.layers if isinstance(layer, Layer)]

    @property
    def device(self) -> torch.device:
        """Return the device of the weights."""
        return self.embedding.device

    def embed(self, batch: EventBatch) -> Tensor:
        """Return normalised sums of feature embeddings [B, N, M]."""
        bags = F.embedding_bag(
            batch.bucket, self.embedding, batch.offset, mode="sum", per_sample_weights=batch.value.to(self.embedding.dtype)
        )
        return torch.as_tensor(self.embed_norm(bags.view(*batch.shape, self.config.d_model)))

    def embed_rows(self, rows: HashedEvents) -> Tensor:
        """Return ``embed`` of one sequence [N, M], without gradients: the same sums, in a loop that is compiled for them."""
        sums = self.embedding.new_zeros(len(rows), self.config.d_model)
        sum_rows(rows.pointer, rows.bucket, rows.value, self.embedding.detach().numpy(), sums.numpy())
        return torch.as_tensor(self.embed_norm(sums))

    def event_logits(self, x: Tensor, following: Following = NOTHING) -> Tensor:
        """Return logits [B, N] for ``x`` [B, N, M] after the last layer; ``following`` [B, N] or [N]: what is known of the
        events besides. Raises `ConfigError` when the network needs it and gets none."""
        return following.event_logits(self, x)

    def class_logits(self, x: Tensor) -> Tensor:
        """Return the head's outputs [B, N, K] for ``x`` [B, N, M] after the last layer: where there are faults to tell apart,
        the logit of each against "nothing is wrong"."""
        if torch.is_grad_enabled() or len(x) > 1:
            return torch.as_tensor(self.head(self.norm(x)))
        found = x.new_empty(*x.shape[:2], self.head.out_features)

        def compute(some: slice) -> None:
            found[:, some] = self.head(self.norm(x[:, some]))

        _in_parts(x.shape[1], compute)
        return found

    def pooled(self, logits: Tensor, valid: Tensor | None = None, following: Following = NOTHING) -> Tensor:
        """Pool event logits [..., N] to the sequences' logits [...] before calibration.

        The pooled logit is the highest; a soft maximum; or the median, which single odd events do not move (in weights written
        earlier, the logit that six in ten do not exceed). ``valid`` bool [..., N]: which events are real; ``following``: what
        is known of the events besides.
        """
        return following.pooled(self, logits, valid)

    def pool(self, logits: Tensor, valid: Tensor | None = None) -> Tensor:
        """Pool event logits as ``pooled`` does, by nothing but themselves."""
        quantile = QUANTILES.get(self.judge.pooling)
        if quantile is not None:
            return (
                logits.quantile(quantile, -1)
                if valid is None
                else logits.masked_fill(~valid, torch.nan).nanquantile(quantile, -1)
            )
        soft = self.judge.pooling == "soft"
        # Multiplied before padding becomes -inf: 0 times infinity has no gradient.
        sharpness = F.softplus(self.sharpness) if soft else logits.new_ones(())
        scaled = sharpness * logits if valid is None else (sharpness * logits).masked_fill(~valid, -torch.inf)
        if not soft:
            return scaled.amax(-1)
        count = torch.full_like(logits[..., 0], logits.shape[-1]) if valid is None else valid.sum(-1).to(logits.dtype)
        # Part by part: of more events, torch would sum them in another order on another number of threads.
        highest = torch.cat([part.logsumexp(-1, keepdim=True) for part in torch.split(scaled, _SUMMED, -1)], -1)
        return torch.as_tensor((highest.logsumexp(-1) - count.log()) / sharpness)

    def pooled_classes(self, logits: Tensor, valid: Tensor | None = None, following: Following = NOTHING) -> Tensor:
        """Pool the logits of every fault [..., N, K] to those of the sequences [..., K]; their softmax says which fault it is,
        if any."""
        pooled = self.pool(logits.transpose(-1, -2), None if valid is None else valid[..., None, :])
        return following.pooled_classes(pooled)

    def forward(
        self,
        batch: EventBatch,
        watch: WatchedPairs | None = None,
        probe: Tensor | None = None,
        valid: Tensor | None = None,
        following: Following = NOTHING,
    ) -> tuple[Tensor, list[SelectionStatistics]]:
        """Return event logits [B, N] and the selection statistics of every layer; ``watch``, ``probe`` and ``valid`` as for the
        attention, ``following`` as for ``event_logits``."""
        x, statistics = self.attended(batch, watch, probe, valid)
        return self.event_logits(x, following), statistics

    def attended(
        self, batch: EventBatch, watch: WatchedPairs | None = None, probe: Tensor | None = None, valid: Tensor | None = None
    ) -> tuple[Tensor, list[SelectionStatistics]]:
        """Return ``x`` [B, N, M] after the last layer, and the selection statistics of every layer."""
        x = self.embed(batch)
        statistics = []
        beside = None if batch.beside is None else self.embed(batch.beside)[0]
        for layer in self.layers:
            x, layer_statistics = layer(x, watch, probe, valid, batch.matches, beside)
            statistics.append(layer_statistics)
            beside = None  # Only the first layer matches events.
        return x, statistics
