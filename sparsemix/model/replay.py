"""Replay: a dense layer, masked to the logged pairs, must give the output of the run.

This test shows that the trace *is* what the layer did, and not a summary: the reference computes all logits, and sets every
pair that was not logged to minus infinity before a sort-based dense entmax.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sparsemix.attention._index.index_search import IndexSearch
from sparsemix.attention.entmax import dense_entmax15
from sparsemix.encoding.matches import Matches
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import TraceError
from sparsemix.model.model import SparseMixModel
from sparsemix.model.network import Layer
from sparsemix.trace.selection_trace import HeadSelection, SelectionTrace

MAX_EVENTS = 4096


def replay(
    model: SparseMixModel, sequence: TokenSequence, trace: SelectionTrace, search: IndexSearch | None = None
) -> list[float]:
    """Return the largest absolute difference of the attention's output, layer by layer, between the attention as a run computes
    it, with the run's ``search``, and the masked dense layer.

    Memory grows with the square of the length. Raises `TraceError` above 4,096 events, and when the trace does not
    fit the length of the sequence, or the layers and heads of the model.
    """
    if trace.length != len(sequence) or trace.length > MAX_EVENTS:
        raise TraceError(f"replay takes the trace of its own sequence, of at most {MAX_EVENTS:,} events")
    if [len(heads) for heads in trace.heads] != [model.config.heads] * model.config.layers:
        raise TraceError("replay takes the trace of its own model: this trace has another number of layers or heads")
    differences = []
    with torch.no_grad():
        x, matches = model.embed(sequence.events)[None], model.matches(sequence.events)
        for layer, heads in zip(model.network.stack, trace.heads, strict=True):
            normed = layer.norm(x)
            dense = _masked(layer, normed, heads, matches)
            mixed, _ = layer.attention(normed, search, matches=matches)
            differences.append(float((dense - mixed).abs().max()))
            x = layer.after_attention(x, dense)
    return differences


def _masked(layer: Layer, normed: Tensor, heads: Sequence[HeadSelection], matches: Matches | None) -> Tensor:
    attention = layer.attention
    q, k, v = attention.project(normed)
    logits = attention.dense_logits(q, k, matches)
    mask = torch.full_like(logits, -torch.inf)
    mask[..., -1] = 0.0
    for index, head in enumerate(heads):
        mask[0, index, torch.from_numpy(head.query_index).long(), torch.from_numpy(head.key_index).long()] = 0.0
    p = dense_entmax15(logits + mask)
    mixed = p[..., :-1] @ v + p[..., -1:] * attention.anchor_value[:, None]
    return torch.as_tensor(attention.out(mixed.transpose(1, 2).flatten(2)))
