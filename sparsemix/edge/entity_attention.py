"""Attention over events that share an identifier, in NumPy: what ``sparsemix.attention.entity_attention`` computes with torch.

Axis letters: N events, T types of identifiers.
"""

from __future__ import annotations

import numpy as np

from sparsemix.attention.head_pairs import HeadPairs, joined
from sparsemix.edge.attention import EdgeHead, Matrix, anchor_logits, weighed
from sparsemix.encoding.matches import Matches

# Queries that are weighed at once.
_ROWS = 2048


def attend_matches(head: EdgeHead, gates: Matrix, matches: Matches, near_misses: int) -> tuple[Matrix, HeadPairs]:
    """Return the mixed values [N, D] and the selection among the pairs that match; ``gates``: those of the head, of every set
    of shared types [2^T]; ``near_misses``: at most so many per query.

    Raises ``SelectionError`` as ``attention.attend`` does.
    """
    anchor = anchor_logits(head)
    parts = []
    for start in range(0, len(anchor), _ROWS):
        stop = min(start + _ROWS, len(anchor))
        own = matches.rows(start, stop)
        row, key = own.row, own.key.astype(np.int64)
        content = np.einsum("cd,cd->c", head.q[start + row], head.k[key])
        logit = content + (head.bias.of(own.offset) + gates[own.shared])
        parts.append(weighed(head, anchor[start:stop], row, key, logit, near_misses))
    return joined(parts)


def gates_of(gate: Matrix) -> Matrix:
    """Return a head's gate of every set of shared types [2^T], that of its highest type, from its gates of the types [T]."""
    among = (np.arange(1 << len(gate))[:, None] >> np.arange(len(gate))) & 1
    return np.asarray(np.where(among == 1, gate, -np.inf).max(-1))
