"""The network: embedded events, layers of attention and gated feed-forward, one logit per event.

Sources: RMSNorm, Zhang and Sennrich 2019 (arXiv 1910.07467); SwiGLU, Shazeer 2020 (arXiv 2002.05202): its product of two
projections lets a layer compare an event with its selected event. A sequence's logit is the highest of its events' logits. Or
it is a soft maximum between mean and highest with learned sharpness, for sequences that no single event gives away: McFee,
Salamon, Bello 2018, "Adaptive pooling operators for weakly labeled sound event detection" (arXiv 1804.10070). Where the network
learned what comes next, an event's logit is the surprise at what *followed* it, and heads look back only. In a log, attention
and counts of the events around are mixed, and the network sets the mixing weight anew at every event, as Grave, Joulin, Usunier
2017 mix a cache into a language model (arXiv 1612.04426). In a sensor table attention corrects each column's own forecast.

Axis letters: B batch, N events, M model dimension.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparsemix.attention.entity_attention import EntityAttention
from sparsemix.attention.pairs import SelectionStatistics, WatchedPairs
from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.config import LEAST, NOW, QUANTILES, STEEP, SparseMixConfig
from sparsemix.encoding.hashing import HashedEvents
from sparsemix.encoding.matches import Matches
from sparsemix.errors import ConfigError
from sparsemix.priors.event_priors import Following, NextKind, NextRow, Prior

# Events whose logits for all kinds are in memory at once.
_ROWS = 4096


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Hashed events of B sequences of N events each, row after row, ready for ``embedding_bag``.

    Where events are matched by identifiers: ``matches`` of the B * N events, whose keys are places among these and the events
    ``beside`` them."""

    bucket: Tensor
    offset: Tensor
    value: Tensor
    shape: tuple[int, int]
    matches: Matches | None = None
    beside: EventBatch | None = None

    @classmethod
    def of(cls, windows: list[HashedEvents]) -> EventBatch:
        """Return the batch of ``windows``, which must all have the same number of events."""
        bucket = torch.cat([torch.from_numpy(w.bucket) for w in windows])
        value = torch.cat([torch.from_numpy(w.value) for w in windows])
        counts = torch.cat([torch.from_numpy(w.pointer[1:] - w.pointer[:-1]) for w in windows])
        offset = counts.cumsum(0) - counts
        entities = windows[0].entities
        if entities is not None and len(windows) > 1:
            raise ConfigError("events of one sequence at a time are matched by identifiers")
        matches = None if entities is None else entities.all_matches
        return cls(bucket, offset, value, (len(windows), len(windows[0])), matches)

    def part(self, share: slice) -> EventBatch:
        """Return the batch of some of the sequences. The other events go beside them, where events are matched."""
        b, n = self.shape
        chosen = torch.zeros(b, dtype=torch.bool)
        chosen[share] = True
        if bool(chosen.all()):
            return self
        own = torch.arange(b * n).view(b, n)[share].flatten()
        events = self.at(own)
        part = EventBatch(events.bucket, events.offset, events.value, (len(own) // n, n))
        if self.matches is None:
            return part
        matches, place = self.matches.part(own.numpy(), own.numpy())
        return replace(part, matches=matches, beside=self._joined().at(torch.from_numpy(place)))

    @property
    def features(self) -> int:
        """Return how many features the events and those beside them have."""
        return len(self.value) + (0 if self.beside is None else len(self.beside.value))

    def scaled(self, factor: Tensor) -> EventBatch:
        """Return the batch with its features, and those of the events beside, multiplied by ``factor`` [features]."""
        own, further = factor[: len(self.value)], factor[len(self.value) :]
        beside = None if self.beside is None else replace(self.beside, value=self.beside.value * further)
        return replace(self, value=self.value * own, beside=beside)

    def at(self, events: Tensor) -> EventBatch:
        """Return some events [K] as one sequence."""
        edges = torch.cat([self.offset, self.offset.new_tensor([len(self.bucket)])])
        counts = edges.diff()[events]
        first = counts.cumsum(0) - counts
        place = torch.arange(int(counts.sum())) + (edges[events] - first).repeat_interleave(counts)
        return EventBatch(self.bucket[place], first, self.value[place], (1, len(events)))

    def _joined(self) -> EventBatch:
        """Return the events and those beside them as one sequence."""
        if self.beside is None:
            return replace(self, shape=(1, len(self.offset)))
        bucket, value = (torch.cat([getattr(part, name) for part in (self, self.beside)]) for name in ("bucket", "value"))
        offset = torch.cat([self.offset, self.beside.offset + len(self.bucket)])
        return EventBatch(bucket, offset, value, (1, len(offset)))


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
        if isinstance(self.attention, EntityAttention):
            further = None if beside is None else self.norm(beside)
            mixed, statistics = self.attention.forward_matches(self.norm(x), further, matches)
        else:
            mixed, statistics = self.attention(self.norm(x), watch=watch, probe=probe, valid=valid)
        return self.after_attention(x, mixed), statistics

    def after_attention(self, x: Tensor, mixed: Tensor) -> Tensor:
        """Compute the rest of the layer, given the attention's output ``mixed`` [B, N, M]."""
        x = x + mixed
        return torch.as_tensor(x + self.ff(self.ff_norm(x)))


class Network(nn.Module):
    """Network that computes event logits from hashed events."""

    def __init__(self, config: SparseMixConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Parameter(torch.randn(config.features, config.d_model) * 0.3)
        self.embed_norm = nn.RMSNorm(config.d_model)
        matched = [len(config.entities), *(0 for _ in range(config.layers - 1))]
        self.layers = nn.ModuleList(Layer(config, types) for types in matched)
        self.norm = nn.RMSNorm(config.d_model)
        self.head = nn.Linear(config.d_model, config.outputs)
        if config.expects:
            self.usual = nn.Parameter(torch.tensor(0.0), requires_grad=False)
            for layer in self.stack:
                layer.attention.look_back_only()
        if config.pooling == "soft":
            self.sharpness = nn.Parameter(torch.tensor(0.0))

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

    def event_logits(self, x: Tensor, following: Following | None = None) -> Tensor:
        """Return logits [B, N] for ``x`` [B, N, M] after the last layer.

        ``following`` [B, N] or [N]: what came next, and the logit is the surprise at it, less the ``usual`` surprise; or the
        evidence of n-grams or columns, which is added to the logit. Raises `ConfigError` when the network needs ``following``
        and gets none.
        """
        if not self.config.expects:
            own = self.class_logits(x)
            logits = own.logsumexp(-1) if self.config.classes else own.squeeze(-1)
            if not self.config.evidence:
                return logits
            if not isinstance(following, Prior):
                raise ConfigError("this network needs the evidence of n-grams or columns: pass it as following")
            if following.classes is not None:
                # Each fault's addition counts by the fault's probability; equal additions to all faults are added unchanged.
                probable = following.classes.to(own.dtype).log_softmax(-1)
                logits = (own + probable[..., None, :]).logsumexp(-1)
            return logits + following.logit.to(logits.dtype)
        if not isinstance(following, NextKind | NextRow):
            raise ConfigError("this network judges events by what followed them: pass it as following")
        rows = x.shape[1] if torch.is_grad_enabled() else _ROWS
        parts = []
        for start in range(0, x.shape[1], rows):
            part = slice(start, start + rows)
            out = self.head(self.norm(x[:, part]))
            if isinstance(following, NextKind):
                parts.append(
                    _kind_surprise(out, following.kind[..., part], following.expected[..., part], self.config.attended)
                )
            else:
                parts.append(_row_surprise(out, following.deviation[..., part, :], following.recent[..., part]))
        surprise = torch.cat(parts, 1)
        if following.unusual is not None:
            surprise = following.unusual.judged(surprise)
        return torch.as_tensor(torch.where(following.there.expand(surprise.shape), surprise, 0.0) - self.usual)

    def class_logits(self, x: Tensor) -> Tensor:
        """Return the logit of every fault [B, N, K], each against "nothing is wrong", for ``x`` [B, N, M] after the last
        layer."""
        return torch.as_tensor(self.head(self.norm(x)))

    def pooled(self, logits: Tensor, valid: Tensor | None = None, following: Following | None = None) -> Tensor:
        """Pool event logits [..., N] to the sequences' logits [...] before calibration.

        The pooled logit is the highest; a soft maximum; or the median, which single odd events do not move (in weights written
        earlier, the logit that six in ten do not exceed). ``valid`` bool [..., N]: which events are real. With evidence of
        n-grams or columns (``following``), only the part that attention adds is pooled, and the evidence of the whole is added
        to it. With terms of novelty, the highest event is one of the terms of the sequence.
        """
        if isinstance(following, Prior):
            return self._pooled(logits - following.logit.to(logits.dtype), valid) + following.alone.to(logits.dtype)
        if isinstance(following, NextKind | NextRow) and following.unusual is not None:
            return following.unusual.pooled(logits, self.usual.to(logits.dtype))
        return self._pooled(logits, valid)

    def _pooled(self, logits: Tensor, valid: Tensor | None) -> Tensor:
        quantile = QUANTILES.get(self.config.pooling)
        if quantile is not None:
            return (
                logits.quantile(quantile, -1)
                if valid is None
                else logits.masked_fill(~valid, torch.nan).nanquantile(quantile, -1)
            )
        soft = self.config.pooling == "soft"
        # Multiplied before padding becomes -inf: 0 times infinity has no gradient.
        sharpness = F.softplus(self.sharpness) if soft else logits.new_ones(())
        scaled = sharpness * logits if valid is None else (sharpness * logits).masked_fill(~valid, -torch.inf)
        if not soft:
            return scaled.amax(-1)
        count = torch.full_like(logits[..., 0], logits.shape[-1]) if valid is None else valid.sum(-1).to(logits.dtype)
        return torch.as_tensor((torch.logsumexp(scaled, -1) - count.log()) / sharpness)

    def pooled_classes(self, logits: Tensor, valid: Tensor | None = None, following: Following | None = None) -> Tensor:
        """Pool the logits of every fault [..., N, K] to those of the sequences [..., K]; their softmax says which fault it is,
        if any. Evidence of columns for the faults (``following``) is added."""
        pooled = self._pooled(logits.transpose(-1, -2), None if valid is None else valid[..., None, :])
        if isinstance(following, Prior) and following.classes is not None:
            return pooled + following.classes.to(pooled.dtype)
        return pooled

    def forward(
        self,
        batch: EventBatch,
        watch: WatchedPairs | None = None,
        probe: Tensor | None = None,
        valid: Tensor | None = None,
        following: Following | None = None,
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
        return x, statistics


def _kind_surprise(out: Tensor, kind: Tensor, expected: Tensor, part: float) -> Tensor:
    """Return -log of the probability of the kind that followed. ``out`` [B, N, K + 2]: the head's logits; ``part``: factor on
    their share in the mixture with the ``expected`` probability."""
    kind, expected = kind.expand(out.shape[:2]), expected.expand(out.shape[:2]).to(out.dtype)
    share = part * out[..., -1].sigmoid()
    attended = out[..., :-1].log_softmax(-1).gather(-1, kind.clamp_min(0)[..., None])[..., 0].exp()
    return -(share * attended + (1.0 - share) * expected).clamp_min(LEAST).log()


def _row_surprise(out: Tensor, deviation: Tensor, recent: Tensor) -> Tensor:
    """Return how far off the row that followed was: the logarithm of the mean square error of the forecast corrected by ``out``
    [B, N, C], mixed with the recent errors of the columns."""
    missed = (deviation.to(out.dtype) - out).square().mean(-1)
    return STEEP * (NOW * missed + (1.0 - NOW) * recent.to(out.dtype) + LEAST).log()
