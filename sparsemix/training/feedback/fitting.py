"""Moving pairs over the threshold: a margin loss on the logits, beside the distillation of everything else.

The margin m of a pair says, in each layer and head, how far the pair is above (below) the threshold:

    m = z_ij / 2 - tau_i        selected: m > 0, weight m^2

The threshold moves with the logits it comes from: d tau_i / d z_ij = g_ij / (2 sum g), g = sqrt(p) (Peters, Niculae, Martins
2019, arXiv 1905.05702). Rows of the given queries are computed densely, so margins are exact, and independent of any search.

The loss of a pair is

    spurious pair            sum over layers and heads of relu(m + gap)
    relevant pair            sum over the heads that select it most, up to three of those that did, of relu(gap - m)
    missing pair             relu(gap - max over layers and heads of m)

each times the belief in it, |2 p - 1|. Heads that match identifiers have a margin only for pairs that share one. The logits of
the events are distilled from the earlier weights (Hinton, Vinyals, Dean 2015, arXiv 1503.02531), on the reviewed sequences and
on the replayed ones, so that whatever nobody objected to stays; the verdicts on whole sequences pull at the pooled logit, as
far as reviewers and model together believe in them. Feature embeddings are not changed: the serial numbers of a reviewed pair
are no reason to select or to reject other pairs.

Axis letters: P pairs, L layers, H heads, N events, D head dimension, M model dimension.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from scipy.special import expit, logit
from torch import Tensor

from sparsemix.attention.entmax import segment_threshold
from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.encoding.hashing import HashedEvents
from sparsemix.encoding.matches import Matches
from sparsemix.errors import TrainingCollapsed
from sparsemix.judges.following import Following
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.network import Network
from sparsemix.training.common.optimizer import Average, Optimizer
from sparsemix.training.feedback.targets import Targets

GAP = 0.3
"""How far from the threshold a pair is moved; the whole range within which pairs can be selected is 1."""
_DYNAMIC_RATE = 10.0
# Weights of two losses: distilled event logits, and verdicts on whole sequences.
_DISTILLED, _VERDICTS = 10.0, 0.1
# Limit of the model's own logit: a review against a certain model is more often wrong than the model.
_SUREST = 3.0
_LOOKS = 10  # evaluations of the checks during training
_NEVER = -1e4  # below every logit
_RARE = 64  # where fewer events were faulty, one in so many counts as faulty


def with_margins(network: Network, batch: EventBatch, query: Tensor, key: Tensor) -> tuple[Tensor, Tensor]:
    """Run one sequence, and return ``x`` [1, N, M] after the last layer and the margins [P, L, H] of the pairs ``query``,
    ``key`` int64 [P]."""
    x, margins_of_layers = network.embed(batch), []
    for layer in network.stack:
        normed = layer.norm(x)
        q, k, v = layer.attention.project(normed)
        margins_of_layers.append(margins(layer.attention, q[0], k[0], query, key, batch.matches))
        x = layer.after_attention(x, layer.attention.output(normed, (q, k, v), batch.matches))
    return x, torch.stack(margins_of_layers, 1)


def margins(
    attention: AdaptiveSparseAttention, q: Tensor, k: Tensor, query: Tensor, key: Tensor, matches: Matches | None = None
) -> Tensor:
    """Return the margins [P, H], with gradient, of pairs of one sequence, ``q`` and ``k`` [H, N, D]; -inf, without gradient,
    for pairs that share no identifier in heads that match identifiers (``matches``)."""
    h, n, _ = q.shape
    # Several pairs share a query, and its row.
    queries, place = torch.unique(query, return_inverse=True)
    rows = q[:, queries]
    z = rows @ k.transpose(-1, -2)
    z = z + attention.distance_bias(torch.arange(n) - queries[:, None], q.dtype)
    anchor = (rows * attention.anchor_key[:, None]).sum(-1)
    z = z + attention.gate_rows(queries.numpy(), matches)
    # The difference of two infinities is no gradient.
    tau = _threshold(torch.cat([z.clamp_min(_NEVER), anchor[..., None]], -1))
    return (z[:, place, key] / 2.0 - tau[:, place]).T.reshape(len(query), h)


def _threshold(z: Tensor) -> Tensor:
    """Return the thresholds [...] of rows of logits ``z`` [..., K], on the scale of z / 2, with gradient."""
    half = z.detach().flatten(0, -2) / 2.0
    top = half.amax(-1, keepdim=True)
    owner = torch.arange(len(half)).repeat_interleave(half.shape[-1])
    tau = segment_threshold((half - top).flatten(), owner, len(half)) + top[:, 0]
    root = (half - tau[:, None]).clamp_min(0.0)
    share = (root / root.sum(-1, keepdim=True)).view(z.shape)
    # The value of ``tau`` is exact; the sum is 0 and only adds the gradient.
    return tau.view(z.shape[:-1]) + (share * (z - z.detach()) / 2.0).sum(-1)


@dataclass(frozen=True, slots=True)
class FeedbackPlan:
    """``steps`` of ``windows`` windows of about ``window`` events (more where a pair lies further apart, up to ``longest``),
    each with at most ``pairs`` pairs; and of ``replayed`` more windows where there is something to replay."""

    steps: int = 600
    learning_rate: float = 6e-4
    windows: int = 2
    replayed: int = 3
    window: int = 2048
    longest: int = 16_384
    pairs: int = 150
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Lesson:
    """A sequence to learn from: its ``hashed`` events and their ``following``, the ``targets`` of its pairs (None: unknown),
    how probably the sequence is ``faulty`` by the reviews, and the event logits ``before`` [1, N] if known."""

    hashed: HashedEvents
    following: Following
    targets: Targets | None = None
    faulty: float = 0.5
    before: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """The losses of a step: of ``spurious`` pairs, of ``relevant`` pairs, of the event logits to be ``kept``; ``share`` of all
    steps done."""

    step: int
    share: float
    spurious: float
    relevant: float
    kept: float

    @property
    def loss(self) -> float:
        """Return the whole loss, as it is learned, without the verdicts on whole sequences, which few windows have."""
        return self.spurious + self.relevant + _DISTILLED * self.kept


class Teacher:
    """The earlier weights, in single precision, and their ``calibration`` of the logits of whole sequences."""

    def __init__(self, network: Network, calibration: tuple[float, float]) -> None:
        self.network, self.calibration = copy.deepcopy(network).float(), calibration
        self.network.requires_grad_(False)

    @torch.no_grad()
    def logits(self, lesson: Lesson) -> Tensor:
        """Return the earlier weights' logits of the events [1, N]."""
        logits, _ = self.network(EventBatch.of([lesson.hashed]), following=lesson.following)
        return torch.as_tensor(logits)

    def kept(self, lessons: Sequence[Lesson], window: int) -> list[Lesson]:
        """Return the lessons; those that fit into a ``window`` are drawn as a whole, and get their earlier logits here."""
        return [replace(lesson, before=self.logits(lesson)) if len(lesson.hashed) <= window else lesson for lesson in lessons]

    def verdict(self, pooled: Tensor, faulty: float) -> float:
        """Return how probably a sequence is faulty, by the model and the reviewers together."""
        scale, shift = self.calibration
        own = float(torch.clamp(pooled * scale + shift, -_SUREST, _SUREST))
        return float(expit(own + logit(np.clip(faulty, 1e-3, 1 - 1e-3))))


def fit_feedback(
    teacher: Teacher,
    lessons: Sequence[Lesson],
    replay: Sequence[Lesson],
    checks: Sequence[Lesson],
    plan: FeedbackPlan,
    report: Callable[[Fit], None] = lambda _fit: None,
) -> Network:
    """Learn, and return the network where it did best on ``checks``, which it does not learn from; without checks, at the end.

    Raises ``TrainingCollapsed`` when the loss is not finite, and any error that ``report`` raises.
    """
    network = copy.deepcopy(teacher.network).train()
    network.requires_grad_(True)
    # With frozen embeddings, the network cannot memorise features that never occur again.
    network.embedding.requires_grad_(False)
    network.embed_norm.requires_grad_(False)
    for layer in network.stack:
        layer.attention.future_offset.requires_grad_(not network.judge.later)
    optimizer = Optimizer(network, plan.learning_rate, weight_decay=0.0, dynamic_rate=_DYNAMIC_RATE)
    average, rng, best = Average(network, 0.98), np.random.default_rng([plan.seed, 4]), _Best(teacher, checks, plan)
    pools = ((lessons, plan.windows), (replay, plan.replayed))
    drawn = [(teacher.kept(pool, plan.window), count) for pool, count in pools if pool]
    for step in range(plan.steps):
        total, losses = torch.zeros(()), np.zeros(3)
        for pool, count in drawn:
            for _ in range(count):
                window = _window(pool[int(rng.integers(len(pool)))], plan, rng)
                parts = _losses(network, teacher, window)
                total = total + (parts[0] + parts[1] + _DISTILLED * parts[2] + _VERDICTS * parts[3]) / count
                losses += np.array([float(part.detach()) for part in parts[:3]]) / count
        if not math.isfinite(float(total.detach())):
            raise TrainingCollapsed(f"the loss is not finite at step {step}; lower the learning rate")
        optimizer.step(total, step, 1.0 - 0.9 * step / plan.steps)
        average.follow(network, step + 1)
        report(Fit(step + 1, (step + 1) / plan.steps, *losses.tolist()))
        if (step + 1) % max(1, plan.steps // _LOOKS) == 0 or step + 1 == plan.steps:
            best.look(average.module)
    average.module.load_state_dict(best.state)
    return average.module.eval()


class _Best:
    """Keeps the weights that do best on the checks."""

    def __init__(self, teacher: Teacher, checks: Sequence[Lesson], plan: FeedbackPlan) -> None:
        rng = np.random.default_rng([plan.seed, 5])
        self._teacher, self._lowest = teacher, math.inf
        self._windows = [_window(lesson, plan, rng) for lesson in checks]
        self.state: dict[str, Tensor] = {}

    def look(self, network: Network) -> None:
        with torch.no_grad():
            losses = [_losses(network, self._teacher, window) for window in self._windows]
        loss = sum(float(parts[0] + parts[1] + _DISTILLED * parts[2]) for parts in losses)
        if not self.state or not self._windows or loss < self._lowest:
            self._lowest = loss
            self.state = {name: value.clone() for name, value in network.state_dict().items()}


def _window(lesson: Lesson, plan: FeedbackPlan, rng: np.random.Generator) -> Lesson:
    """Draw a part of a sequence, around one of its pairs where it has pairs."""
    n, targets = len(lesson.hashed), lesson.targets
    low, high = 0, n - 1
    if targets is not None and len(targets.query):
        place = int(rng.integers(len(targets.query)))
        low, high = sorted((int(targets.query[place]), int(targets.key[place])))
    length = min(n, max(plan.window, high + 1 - low))
    if targets is None or not len(targets.query) or length > plan.longest:
        length = min(n, plan.window)
        # Then the window may begin anywhere.
        low, high = n - length, length - 1
    start = int(rng.integers(max(0, high + 1 - length), min(low, n - length) + 1))
    stop = start + length
    following = lesson.following.at(np.arange(start, stop))
    inside = None if targets is None else targets.within(start, stop).some(rng, plan.pairs)
    if length == n:
        return replace(lesson, targets=inside)
    # The verdict on the whole sequence says little about a part of it.
    return Lesson(lesson.hashed.by_itself(start, stop), following, inside)


def _losses(network: Network, teacher: Teacher, lesson: Lesson) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the losses of spurious pairs, of relevant pairs, of events, and of the verdict on the whole sequence."""
    batch, targets = EventBatch.of([lesson.hashed]), lesson.targets
    before = teacher.logits(lesson) if lesson.before is None else lesson.before
    spurious = relevant = verdict = before.new_zeros(())
    if targets is None or not len(targets.query):
        logits, _ = network(batch, following=lesson.following)
    else:
        x, margin = with_margins(network, batch, torch.from_numpy(targets.query), torch.from_numpy(targets.key))
        logits = network.event_logits(x, lesson.following)
        direction = torch.from_numpy(2.0 * targets.relevant - 1.0).to(margin.dtype)
        against, in_favour = (-direction).clamp_min(0.0), direction.clamp_min(0.0)
        spurious = (F.relu(margin + GAP).sum((1, 2)) * against).sum() / against.sum().clamp_min(1.0)
        highest = torch.sort(margin.flatten(1), 1, descending=True).values
        # Heads that can never select a pair have nothing to learn from it.
        highest = highest.masked_fill(highest == -torch.inf, GAP)
        counted = torch.arange(highest.shape[1]) < torch.from_numpy(targets.heads)[:, None]
        relevant = (F.relu(GAP - highest) * counted * in_favour[:, None]).sum() / in_favour.sum().clamp_min(1.0)
    if lesson.faulty != 0.5:
        scale, shift = teacher.calibration
        target = teacher.verdict(teacher.network.pooled(before[0], following=lesson.following), lesson.faulty)
        pooled = network.pooled(logits[0], following=lesson.following) * scale + shift
        verdict = F.binary_cross_entropy_with_logits(pooled, pooled.new_tensor(target))
    return spurious, relevant, _distilled(logits, before), verdict


def _distilled(logits: Tensor, before: Tensor) -> Tensor:
    """Return the divergence of the events' probabilities from the earlier ones, per event that was faulty before.

    Faulty events are few, and a mean over all events would let them drift.
    """
    target = before.sigmoid()
    cross = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    own = F.binary_cross_entropy_with_logits(before, target, reduction="none")
    return (cross - own).sum() / (target > 0.5).sum().clamp_min(max(1, logits.shape[1] // _RARE))
