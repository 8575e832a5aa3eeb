"""Checks that a benchmark makes before it reports anything.

Attention is compared with dense entmax attention over all pairs. Pair effects are compared with the same reference, in which
the logits of the removed pairs are minus infinity.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.attention.entity_attention import EntityAttention
from sparsemix.attention.entmax import dense_entmax15
from sparsemix.encoding.encoder import encode
from sparsemix.encoding.hashing import HashedEvents
from sparsemix.encoding.matches import Matches
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.explain.effects import pair_effects
from sparsemix.explain.intervention import Intervention, Pair
from sparsemix.explain.rerun import Rerun
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.model import SparseMixModel
from sparsemix.training.generated.evaluation import fresh_log
from tests.benchmarks.report import BenchmarkRefused
from tests.benchmarks.tasks.accuracy import TOLERANCE, dense_entmax_attention

_EVENTS = 512
_PAIRS = 4
_TARGETS = 5


@torch.no_grad()
def without_pairs(model: SparseMixModel, sequence: TokenSequence, removed: frozenset[Pair]) -> NDArray[np.float64]:
    """Return the logits of all events [N] from dense layers over all pairs; the logits of ``removed`` pairs are minus infinity.

    Memory grows with the square of the number of events.
    """
    batch = EventBatch.of([encode(sequence.events, model.config.features, model.reading)])
    x = model.network.embed(batch)
    for index, layer in enumerate(model.network.stack):
        attention = layer.attention
        q, k, v = attention.project(layer.norm(x))
        z = attention.dense_logits(q, k, batch.matches)
        for pair in removed:
            if pair.layer == index:
                z[0, pair.head, pair.query, pair.key] = -torch.inf
        p = dense_entmax15(z)
        mixed = p[..., :-1] @ v + p[..., -1:] * attention.anchor_value[:, None]
        x = layer.after_attention(x, attention.out(mixed.transpose(1, 2).flatten(2)))
    return np.asarray(model.network.event_logits(x, model.knowledge.following(sequence.events))[0].numpy())


def dense_matches(attention: EntityAttention, x: Tensor, matches: Matches) -> Tensor:
    """Return the output for one sequence [1, N, M] from all logits: the reference of ``EntityAttention``."""
    q, k, v = attention.project(x)
    p = dense_entmax15(attention.dense_logits(q, k, matches))
    mixed = p[..., :-1] @ v + p[..., -1:] * attention.anchor_value[:, None]
    return torch.as_tensor(attention.out(mixed.transpose(1, 2).flatten(2)))


@torch.no_grad()
def check_attention(model: SparseMixModel, hashed: HashedEvents, what: str) -> float:
    """Return by how much the attention's output, as a run computes it, differs at most, in any layer, from dense entmax
    attention over all pairs; computed in float64.

    ``what`` names the data in the error message. Raises `BenchmarkRefused` above 1e-5.
    """
    batch = EventBatch.of([hashed])
    x = model.network.embed(batch)
    worst = 0.0
    for number, layer in enumerate(model.network.stack):
        normed = layer.norm(x)
        q, k, v = layer.attention.project(normed)
        mixed, _ = layer.attention.select(q[0], k[0], v[0], near_misses=0, matches=batch.matches)
        sparse = layer.attention.out(mixed.transpose(0, 1).flatten(1))[None]
        if batch.matches is not None and isinstance(layer.attention, EntityAttention):
            dense = dense_matches(layer.attention, normed, batch.matches)
        else:
            dense = dense_entmax_attention(layer.attention, normed)
        difference = float((sparse - dense).abs().max())
        # Written so that not-a-number is refused.
        if not difference <= TOLERANCE:
            raise BenchmarkRefused(
                f"layer {number} differs from dense entmax attention by {difference:.1e} on {what}; nothing is reported"
            )
        worst = max(worst, difference)
        x = layer.after_attention(x, sparse)
    return worst


def check_effects(model: SparseMixModel, seed: int, events: int = _EVENTS) -> float:
    """Apply `check_sequence` to some faulty events of a fresh log."""
    log = fresh_log(0, events, seed, model.config.features)
    return check_sequence(model, log.sequence, [effect for effect, _ in log.log.pairs[:_TARGETS]])


def check_sequence(model: SparseMixModel, sequence: TokenSequence, targets: Sequence[int]) -> float:
    """Return the largest difference, in logits, between pair effects and brute force over the strongest pairs of ``targets``.

    Raises `BenchmarkRefused` above 1e-5. Memory grows with the square of the length: for sequences of some hundred events.
    """
    rerun = Rerun(model, sequence, model.run_with_trace(sequence).trace)
    base = without_pairs(model, sequence, frozenset())
    worst = float(np.abs(rerun.logits - base).max())
    for target in targets:
        for pair in pair_effects(rerun, target, most=_PAIRS):
            brute = without_pairs(model, sequence, Intervention.without(pair.edge.pairs).removed)
            difference = abs(pair.effect.effect - float(base[target] - brute[target]))
            # Unlike max, this keeps not-a-number, which is refused below.
            worst = float(np.maximum(worst, difference))
    if not worst <= TOLERANCE:
        raise BenchmarkRefused(f"pair effects differ from brute force by {worst:.1e}; nothing is reported")
    return worst
