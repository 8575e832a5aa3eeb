"""A small SparseMix model that learns from human rationales which words of a post to look at.

What it is taught, all from the train set:

- *posts*: a post with marked words is positive at its summary; the same post with these words cut out, and a post in which
  nobody marked anything, is negative;
- *words*: every word's own logit says whether it was marked;
- *selection* (``guidance``, see ``rationale_guidance``): the summary's attention in the last layer shall select the marked
  words, all alike, and the anchor where there are none.

With ``guidance`` and ``words`` both 0 the model sees no rationale, only which posts are positive.

The weights that are kept are a moving average over the steps, which few examples make steadier.

Axis letters: B batch, N events (padded), W words, H heads.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.bench.rationales.data import Post
from sparsemix.bench.rationales.guidance import own_loss, row_logits
from sparsemix.config import SparseMixConfig
from sparsemix.encoding.hashing import HashedEvents
from sparsemix.errors import ConfigError, TrainingCollapsed
from sparsemix.model.model import SparseMixModel
from sparsemix.model.network import Batch, Network
from sparsemix.training.common.optimizer import Average, Optimizer

CONFIG = SparseMixConfig(features=16_384, near_misses=0)
_DYNAMIC_RATE = 5.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How a model is trained: ``epochs`` over all posts (a share of one is allowed), about ``events`` events a batch, the
    learning rate falling linearly; weights of the losses ``words`` (a word's, summed over a post), ``posts`` and ``guidance``;
    ``dropout`` of activations and ``feature_dropout`` of hashed features, for there are few posts."""

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
            raise ConfigError("training needs some epochs, events in a batch and a learning rate")


@dataclass(frozen=True, slots=True)
class _Example:
    """Hashed events of a post, the summary last, and the truth of its words [W]."""

    hashed: HashedEvents
    toxic: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Padded:
    """Examples of a batch filled up to N events: ``toxic`` float [B, N], ``valid`` bool [B, N], ``summary`` int64 [B] the place
    of each summary."""

    batch: Batch
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
        return cls(Batch.of(rows), toxic, valid, valid.sum(1) - 1)


def train(posts: Sequence[Post], plan: Plan, seed: int, tell: Callable[[str], None] = lambda _text: None) -> SparseMixModel:
    """A model of shape ``CONFIG``. The same arguments give the same weights on the same machine.

    Raises ConfigError when there is nothing to learn from, TrainingCollapsed when the loss is not finite.
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
    """Every post, and every marked one also without its marked words."""
    found = []
    for post in posts:
        found.append(_Example(post.hashed(CONFIG.features), post.toxic))
        if post.toxic.any() and not post.toxic.all():
            rest = post.without(post.toxic)
            found.append(_Example(rest.hashed(CONFIG.features), rest.toxic))
    return found


def _network() -> Network:
    """A fresh network whose layers, but for the last, start out looking at neighbours, to both sides."""
    network = Network(CONFIG)
    for layer in network.stack:
        attention = layer.attention
        # The summary stands at the end: it must not prefer late words.
        attention.start_bias(0.0)
        attention.future_offset.data.zero_()
        if layer is not network.stack[-1]:
            attention.past_raw.data.fill_(1.0)
            attention.future_raw.data.fill_(1.0)
    return network


def _batches(examples: Sequence[_Example], events: int, rng: np.random.Generator) -> Iterator[list[_Example]]:
    """All examples once, in random batches of about the same length."""
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


def _loss(network: Network, padded: _Padded, plan: Plan) -> Tensor:
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


def _forward(network: Network, padded: _Padded, plan: Plan) -> tuple[Tensor, Tensor]:
    """Logits of all events [B, N], and the attention logits of the summaries in the last layer [B, H, N + 1], the anchor last;
    with dropout."""
    batch = padded.batch
    value = F.dropout(batch.value, plan.feature_dropout)
    x = F.dropout(network.embed(Batch(batch.bucket, batch.offset, value, batch.shape)), plan.dropout)
    selecting = x.new_zeros(0)
    for layer in network.stack:
        selecting = row_logits(layer, x, padded.summary, padded.valid)
        mixed, _ = layer.attention(layer.norm(x), valid=padded.valid)
        x = F.dropout(layer.after_attention(x, F.dropout(mixed, plan.dropout)), plan.dropout / 2)
    return torch.as_tensor(network.head(F.dropout(network.norm(x), plan.dropout))).squeeze(-1), selecting


def _finished(network: Network, examples: Sequence[_Example]) -> SparseMixModel:
    """With the mean embedded word of training as the neutral event. Posts have no vocabulary to be familiar with."""
    with torch.no_grad():
        total, count = torch.zeros(CONFIG.d_model), 0
        for example in examples:
            embedded = network.embed(Batch.of([example.hashed]))[0, :-1]
            total, count = total + embedded.sum(0), count + len(embedded)
    return SparseMixModel(network, np.zeros(0, np.uint32), total / max(count, 1))
