"""Brute force: the dense layers over all pairs, logits edited one by one, in float64."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from sparsemix import SelectionTrace, SparseMixModel, TokenSequence
from sparsemix.attention.entmax import dense_entmax15
from sparsemix.encoding.encoder import encode
from sparsemix.explain.intervention import Intervention
from sparsemix.model.event_batch import EventBatch


@torch.no_grad()
def dense_logits(
    model: SparseMixModel, sequence: TokenSequence, change: Intervention, trace: SelectionTrace | None = None
) -> NDArray[np.float64]:
    """Return the logits of all events [N] under an intervention; a frozen one needs the ``trace``."""
    batch = EventBatch.of([encode(sequence.events, model.config.features, model.reading)])
    x = model.network.embed(batch).clone()
    x[0, sorted(change.neutral)] = model.neutral
    for index, layer in enumerate(model.network.stack):
        attention = layer.attention
        q, k, v = attention.project(layer.norm(x))
        z = attention.dense_logits(q, k, batch.matches)[0]
        whole = z.clone()
        if change.frozen:
            allowed = torch.zeros_like(z, dtype=torch.bool)
            allowed[..., -1] = True
            for number, head in enumerate(trace.heads[index]):
                allowed[number, torch.from_numpy(head.query_index).long(), torch.from_numpy(head.key_index).long()] = True
            z[~allowed] = -torch.inf
        for event in change.absent:
            own = z[:, event, event].clone()
            z[:, :, event] = -torch.inf
            z[:, event, event] = own
        for pair in change.removed:
            if pair.layer == index:
                z[pair.head, pair.query, pair.key] = -torch.inf
        rows = {(p.head, p.query) for p in change.forced if p.layer == index}
        for head, query in rows:
            keys = [p.key for p in change.forced if (p.layer, p.head, p.query) == (index, head, query)]
            others = z[head, query].clone()
            others[keys] = -torch.inf
            for key in keys:
                z[head, query, key] = torch.maximum(whole[head, query, key], others.max())
        p = dense_entmax15(z)[None]
        mixed = p[..., :-1] @ v + p[..., -1:] * attention.anchor_value[:, None]
        x = layer.after_attention(x, attention.out(mixed.transpose(1, 2).flatten(2)))
    return model.network.event_logits(x, model.knowledge.following(sequence.events))[0].numpy()
