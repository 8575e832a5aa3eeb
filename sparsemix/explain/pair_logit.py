"""A pair's logit taken apart: its parts, and the keys that were preferred or rejected beside it.

logit = content + distance + direction (see ``attention``). The content q . k is linear in the event's state once the norm's
scale is fixed, and the state is a sum: the event's own features, the values that earlier layers read from other events, and the
outputs of their feed-forward parts. So the content is split exactly into these parts, on the key's side and on the query's side
(as in direct logit attribution, Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits"; the norm's scale is
frozen).

Axis letters: N events, H heads, D head dimension, M model dimension.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from sparsemix.encoding.encoder import event_features
from sparsemix.errors import ExplanationError
from sparsemix.explain.intervention import Intervention, Pair
from sparsemix.explain.rerun import Rerun
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.network import Network

State = Literal["selected", "near miss", "not selected"]
PartKind = Literal["feature", "read", "anchor", "feed-forward"]
NEAREST = 3


@dataclass(frozen=True, slots=True)
class LogitPart:
    """One part of the content, in logits. ``kind`` "feature": ``name`` is the encoder's name of the feature, for example
    ``w:pressure``; "read": the value that was read from ``event`` in ``layer``; "anchor", "feed-forward": that part of
    ``layer``."""

    kind: PartKind
    value: float
    name: str = ""
    layer: int | None = None
    event: int | None = None


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another key of the same query; ``margin`` = logit / 2 - threshold, above 0 when it was selected."""

    key: int
    logit: float
    margin: float


@dataclass(frozen=True, slots=True)
class Why:
    """The parts of a pair's logit, all in logits except the ``weight`` in [0, 1]; ``threshold`` on the scale of logit / 2.

    ``identifier``: what sharing an identifier adds, in heads that match identifiers. ``selected`` and ``rejected``: the query's
    other selected keys, and the nearest keys that were not selected, best first. ``key_parts`` and ``query_parts`` each add up
    to ``content``, the largest first.
    """

    pair: Pair
    state: State
    content: float
    distance: float
    direction: float
    identifier: float
    logit: float
    threshold: float
    margin: float
    weight: float
    certified: bool
    selected: tuple[Alternative, ...]
    rejected: tuple[Alternative, ...]
    key_parts: tuple[LogitPart, ...]
    query_parts: tuple[LogitPart, ...]


def why(rerun: Rerun, pair: Pair, nearest: int = NEAREST) -> Why:
    """Take a pair's logit apart; the pair need not have been selected.

    Raises ``ExplanationError`` when the pair does not exist or its logit is not finite.
    """
    Intervention.without((pair,)).check(rerun.trace)
    layer, head, query, key = pair.layer, pair.head, pair.query, pair.key
    head_trace = rerun.trace.heads[layer][head]
    bias = rerun.model.network.stack[layer].attention.bias(head)
    logits, _ = rerun.row_logits(layer, head, query)
    tau = float(rerun.layers[layer].tau[head, query])
    log = math.log1p(abs(query - key))
    later = key > query
    distance, direction = -(bias.future if later else bias.past) * log, bias.future_offset if later else 0.0
    logit, identifier = float(logits[key]), rerun.gate(layer, head, query, key)
    selected = head_trace.key_index[head_trace.pairs_of(query)].tolist()
    near = head_trace.near_index[head_trace.near_of(query)].tolist()
    margin = logit / 2.0 - tau
    if not math.isfinite(logit):
        raise ExplanationError(
            "the pair's logit is not finite"
            if identifier > -math.inf
            else f"the two events share no identifier, and head {head} of layer {layer} looks only at events that share one"
        )
    with torch.no_grad():
        state = rerun.layers[layer]
        of_query, of_key = (part.at(torch.tensor([one]))[head, 0] for part, one in ((state.q, query), (state.k, key)))
        key_parts = _parts(rerun, layer, key, _reader(rerun, layer, head, of_query, "k"))
        query_parts = _parts(rerun, layer, query, _reader(rerun, layer, head, of_key, "q"))
    rejected = logits.clone()
    rejected[[*selected, key]] = -torch.inf
    best = torch.topk(rejected, min(nearest, len(rejected))).indices.tolist()
    others = sorted((other for other in selected if other != key), key=lambda other: -float(logits[other]))

    def alternative(other: int) -> Alternative:
        return Alternative(other, float(logits[other]), float(logits[other]) / 2.0 - tau)

    return Why(
        pair,
        "selected" if key in selected else "near miss" if key in near else "not selected",
        logit - distance - direction - identifier,
        distance,
        direction,
        identifier,
        logit,
        tau,
        margin,
        max(margin, 0.0) ** 2 if key in selected else 0.0,
        bool(head_trace.certified[query]),
        tuple(map(alternative, others)),
        tuple(alternative(other) for other in best if math.isfinite(float(rejected[other]))),
        key_parts,
        query_parts,
    )


def _reader(rerun: Rerun, layer: int, head: int, other: Tensor, side: Literal["q", "k"]) -> Tensor:
    """Return the vector [M] with which the content is linear: content = reader . (norm's gain times state / norm's scale)."""
    attention = rerun.model.network.stack[layer].attention
    rows = slice(head * attention.d_head, (head + 1) * attention.d_head)
    reader = (attention.k if side == "k" else attention.q).weight[rows].T @ other
    # The stored queries are scaled already; on the query's side the scale is applied here.
    return reader if side == "k" else reader * attention.log_scale[head].exp()


def _parts(rerun: Rerun, layer: int, event: int, reader: Tensor) -> tuple[LogitPart, ...]:
    """Return the parts of an event's state, scaled as by the layer's norm and read by ``reader`` [M], the largest first."""
    network = rerun.model.network
    state = rerun.layers[layer].x[event]
    norm = network.stack[layer].norm
    scaled = norm(state[None])[0]
    # The norm's factor for every element, so that the parts keep their sum.
    gain = norm.weight * _scale(state, norm.eps, scaled)
    reader = reader * gain
    parts = _features(network, rerun, event, reader)
    for index in range(layer):
        parts += _layer_parts(rerun, index, event, reader)
    return tuple(sorted(parts, key=lambda part: -abs(part.value)))


def _scale(state: Tensor, eps: float | None, like: Tensor) -> Tensor:
    """Return 1 / root mean square, as ``torch.nn.RMSNorm`` computes it."""
    least = torch.finfo(like.dtype).eps if eps is None else eps
    return torch.rsqrt(state.pow(2).mean() + least)


def _features(network: Network, rerun: Rerun, event: int, reader: Tensor) -> list[LogitPart]:
    model = rerun.model
    names, hashed = event_features(rerun.sequence.events, event, model.config.features, model.reading, rerun.numbers)
    batch = EventBatch.of([hashed])
    rows = network.embedding[batch.bucket] * batch.value[:, None].to(network.embedding.dtype)
    bag = torch.zeros_like(reader).expand(len(names), -1).clone()
    bag.index_add_(0, torch.repeat_interleave(torch.arange(len(names)), torch.from_numpy(np.diff(hashed.pointer))), rows)
    norm = network.embed_norm
    values = (bag * norm.weight * _scale(bag.sum(0), norm.eps, bag)) @ reader
    value_of: dict[str, float] = {}
    for name, value in zip(names, values.tolist(), strict=True):
        value_of[name] = value_of.get(name, 0.0) + value
    return [LogitPart("feature", value, name=name) for name, value in value_of.items()]


def _layer_parts(rerun: Rerun, index: int, event: int, reader: Tensor) -> list[LogitPart]:
    """Return the parts that a layer added to the event's state: read from each key, from the anchor, and feed-forward."""
    layer = rerun.model.network.stack[index]
    attention, v = layer.attention, rerun.layers[index].v
    read: dict[int, float] = {}
    anchored, total = 0.0, 0.0
    for head in range(attention.heads):
        columns = slice(head * attention.d_head, (head + 1) * attention.d_head)
        out = attention.out.weight[:, columns].T @ reader
        logits, anchor = rerun.row_logits(index, head, event)
        selection = rerun.trace.heads[index][head]
        tau = float(rerun.layers[index].tau[head, event])
        keys = torch.from_numpy(selection.key_index[selection.pairs_of(event)]).long()
        values = (logits[keys] / 2.0 - tau).clamp_min(0.0).square() * (v.at(keys)[head] @ out)
        for key, value in zip(keys.tolist(), values.tolist(), strict=True):
            read[key] = read.get(key, 0.0) + value
        anchored += max(anchor / 2.0 - tau, 0.0) ** 2 * float(attention.anchor_value[head] @ out)
    total = anchored + sum(read.values())
    after = rerun.layers[index + 1].x[event] - rerun.layers[index].x[event]
    parts = [LogitPart("read", value, layer=index, event=key) for key, value in read.items()]
    parts.append(LogitPart("anchor", anchored, layer=index))
    parts.append(LogitPart("feed-forward", float(after @ reader) - total, layer=index))
    return parts
