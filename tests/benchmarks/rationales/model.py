"""A small SparseMix model that learns from human rationales which words of a post to look at.

The train set teaches three things:

- *posts*: a post with marked words is positive at its summary; the same post with these words cut out, and a post without
  marked words, is negative;
- *words*: every word's own logit says whether it was marked;
- *selection* (``guidance``, see `own_loss`): the summary's attention in the last layer selects the marked words with equal
  weights, and the anchor where there are none.

With ``guidance`` and ``words`` both 0 the model is told only which posts are positive; the posts without their marked words
are still among the negatives.

The final weights are a moving average over the steps, which is steadier when there are few examples.

Axis letters: B batch, N events (padded), W words, H heads, M model dimension, K keys.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.attention.entmax import dense_entmax15
from sparsemix.config import SparseMixConfig
from sparsemix.encoding.hashing import HashedEvents
from sparsemix.errors import ConfigError, TrainingCollapsed
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.model import SparseMixModel
from sparsemix.model.network import Layer, Network
from sparsemix.training.common.optimizer import Average, Optimizer
from tests.benchmarks.rationales.data import Post
from tests.benchmarks.report import Tell

CONFIG = SparseMixConfig(features=16_384, near_misses=0)
_DYNAMIC_RATE = 5.0
# Beside finite logits of common size, a logit this low gets no weight.
_NEVER = -1e4


@dataclass(frozen=True, slots=True)
class RationalePlan:
    """How a model is trained: ``epochs`` over all posts (a share of one is allowed), about ``events`` events per batch, a
    linearly falling learning rate; weights of the losses ``words`` (of one word, summed over a post), ``posts`` and
    ``guidance``; ``dropout`` of activations and ``feature_dropout`` of hashed features, because there are few posts."""

    epochs: float = 3.0
    events: int = 2000
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    words: float = 0.5
    posts: float = 0.5
    guidance: float = 0.5
    dropout: float = 0.2
    feature_dropout: float = 0.1

    def __post_init__(self) -> None:
        if not (self.epochs > 0 and self.events > 0 and self.learning_rate > 0):
            raise ConfigError("epochs, events and the learning rate of training must be positive")


@dataclass(frozen=True, slots=True)
class _Example:
    """Hashed events of a post, the summary last, and the truth of its words [W]."""

    hashed: HashedEvents
    toxic: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Padded:
    """Examples of a batch, padded to N events: ``toxic`` float [B, N], ``valid`` bool [B, N], ``summary`` int64 [B] the place
    of each summary."""

    batch: EventBatch
    toxic: Tensor
    valid: Tensor
    summary: Tensor

    @classmethod
    def of(cls, examples: Sequence[_Example]) -> _Padded:
        size = max(len(example.hashed) for example in examples)
        rows, toxic, valid = [], torch.zeros(len(examples), size), torch.zeros(len(examples), size, dtype=torch.bool)
        for place, example in enumerate(examples):
            hashed = example.hashed
            pointer = np.pad(hashed.pointer, (0, size - len(hashed)), mode="edge")
            rows.append(HashedEvents(pointer, hashed.bucket, hashed.value))
            toxic[place, : len(example.toxic)] = torch.from_numpy(example.toxic).float()
            valid[place, : len(hashed)] = True
        return cls(EventBatch.of(rows), toxic, valid, valid.sum(1) - 1)


def train(posts: Sequence[Post], plan: RationalePlan, seed: int, tell: Tell = lambda _text: None) -> SparseMixModel:
    """Train a model of shape ``CONFIG``. The same arguments give the same weights on the same machine.

    Raises `ConfigError` when no post has a marked word, `TrainingCollapsed` when the loss is not finite.
    """
    examples = _examples(posts)
    if not any(example.toxic.any() for example in examples):
        raise ConfigError("training needs posts with words that people marked")
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = _network()
    average = Average(network)
    optimizer = Optimizer(network, plan.learning_rate, weight_decay=plan.weight_decay, dynamic_rate=_DYNAMIC_RATE)
    per_epoch = sum(1 for _ in _batches(examples, plan.events, np.random.default_rng(seed)))
    steps, step = max(2, round(plan.epochs * per_epoch)), 0
    while step < steps:
        for chosen in _batches(examples, plan.events, rng):
            loss = _loss(network, _Padded.of(chosen), plan)
            if not math.isfinite(float(loss.detach())):
                raise TrainingCollapsed(f"the loss is not finite at step {step} of seed {seed}")
            optimizer.step(loss, step, max(0.05, 1.0 - step / steps))
            step += 1
            average.follow(network, step)
            if step % 200 == 0 or step == steps:
                tell(f"seed {seed}: step {step} of {steps}, loss {float(loss.detach()):.3f}")
            if step == steps:
                break
    return _finished(average.module, examples)


def _examples(posts: Sequence[Post]) -> list[_Example]:
    """Return every post, and every post with marked words once more without them."""
    examples = []
    for post in posts:
        examples.append(_Example(post.hashed(CONFIG.features), post.toxic))
        if post.toxic.any() and not post.toxic.all():
            rest = post.without(post.toxic)
            examples.append(_Example(rest.hashed(CONFIG.features), rest.toxic))
    return examples


def _network() -> Network:
    """Return a fresh network. All layers but the last start by looking at neighbours, to both sides."""
    network = Network(CONFIG)
    for layer in network.stack:
        attention = layer.attention
        # The summary is the last event: it must not prefer late words.
        attention.start_bias(0.0)
        attention.future_offset.data.zero_()
        if layer is not network.stack[-1]:
            attention.past_raw.data.fill_(1.0)
            attention.future_raw.data.fill_(1.0)
    return network


def _batches(examples: Sequence[_Example], events: int, rng: np.random.Generator) -> Iterator[list[_Example]]:
    """Yield all examples once, in random batches of about the same length."""
    length = np.array([len(example.hashed) for example in examples])
    order = np.argsort(length * rng.uniform(0.9, 1.1, len(length)) + rng.uniform(0.0, 2.0, len(length)))
    groups: list[list[int]] = [[]]
    longest = 0
    for place in order.tolist():
        longest = max(longest, int(length[place]))
        if groups[-1] and longest * (len(groups[-1]) + 1) > events:
            groups.append([])
            longest = int(length[place])
        groups[-1].append(place)
    for group in rng.permutation(len(groups)).tolist():
        yield [examples[place] for place in groups[group]]


def _loss(network: Network, padded: _Padded, plan: RationalePlan) -> Tensor:
    logits, summary_logits = _forward(network, padded, plan)
    items = torch.arange(len(padded.summary))
    is_word = padded.valid.clone()
    is_word[items, padded.summary] = False
    count = padded.toxic.sum(1, keepdim=True)
    of_words = F.binary_cross_entropy_with_logits(logits, padded.toxic, reduction="none")
    of_posts = F.binary_cross_entropy_with_logits(logits[items, padded.summary], (count[:, 0] > 0).float())
    share = torch.cat([padded.toxic / count.clamp_min(1.0), (count == 0).float()], 1)
    guidance = own_loss(summary_logits, share[:, None].expand_as(summary_logits)).mean()
    return plan.words * (of_words * is_word).sum() / len(items) + plan.posts * of_posts + plan.guidance * guidance


def _forward(network: Network, padded: _Padded, plan: RationalePlan) -> tuple[Tensor, Tensor]:
    """Return, with dropout, the logits of all events [B, N] and the attention logits of the summaries in the last layer
    [B, H, N + 1], the anchor last."""
    batch = padded.batch
    value = F.dropout(batch.value, plan.feature_dropout)
    x = F.dropout(network.embed(EventBatch(batch.bucket, batch.offset, value, batch.shape)), plan.dropout)
    selecting = x.new_zeros(0)
    for layer in network.stack:
        selecting = row_logits(layer, x, padded.summary, padded.valid)
        mixed, _ = layer.attention(layer.norm(x), valid=padded.valid)
        x = F.dropout(layer.after_attention(x, F.dropout(mixed, plan.dropout)), plan.dropout / 2)
    return torch.as_tensor(network.head(F.dropout(network.norm(x), plan.dropout))).squeeze(-1), selecting


def _finished(network: Network, examples: Sequence[_Example]) -> SparseMixModel:
    """Return the model, with the mean embedded word of training as the neutral event and an empty vocabulary."""
    with torch.no_grad():
        total, count = torch.zeros(CONFIG.d_model), 0
        for example in examples:
            embedded = network.embed(EventBatch.of([example.hashed]))[0, :-1]
            total, count = total + embedded.sum(0), count + len(embedded)
    return SparseMixModel(network, np.zeros(0, np.uint32), total / max(count, 1))


def own_loss(z: Tensor, share: Tensor) -> Tensor:
    """Return entmax-1.5's Fenchel-Young loss [...] of logits ``z`` [..., K], all finite, against shares [..., K] that sum to 1.

    The gradient by z is entmax(z) - share. Unlike the gradient of a loss on the network's output, it also reaches keys that are
    not selected yet. The loss is 0 when the weights are the shares.

    Source: Blondel, Martins, Niculae 2020, "Learning with Fenchel-Young losses" (arXiv 1901.02324).
    """
    return torch.as_tensor(_OwnLoss.apply(z, share))  # type: ignore[no-untyped-call]


class _OwnLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, share: Tensor) -> Tensor:
        p = dense_entmax15(z)
        ctx.save_for_backward(p - share)
        entropy = [4.0 / 3.0 * (part - part * part.sqrt()).sum(-1) for part in (p, share)]
        return ((p - share) * z).sum(-1) + entropy[0] - entropy[1]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (difference,) = ctx.saved_tensors
        return grads[0][..., None] * difference, None


def row_logits(layer: Layer, x: Tensor, query: Tensor, valid: Tensor) -> Tensor:
    """Return the attention logits [B, H, N + 1] of one query per sequence to itself and to all events before it, the anchor
    last.

    ``x`` [B, N, M]: the input of the layer; ``query`` int64 [B]; ``valid`` bool [B, N]: false for padding and for all events
    after the query.
    """
    attention, normed = layer.attention, layer.norm(x)
    b, n, _ = x.shape
    q = attention.q(normed[torch.arange(b), query]).view(b, attention.heads, -1) * attention.log_scale.exp()[:, None]
    k = attention.k(normed).view(b, n, attention.heads, -1)
    distance = (query[:, None] - torch.arange(n)).clamp_min(0).to(x.dtype)
    z = torch.einsum("bhd,bnhd->bhn", q, k) - attention.past[:, None] * torch.log1p(distance)[:, None]
    z = z.masked_fill(~valid[:, None], _NEVER)
    return torch.cat([z, (q * attention.anchor_key).sum(-1, keepdim=True)], -1)
