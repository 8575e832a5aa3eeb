"""Small and large made-up traces and sequences for the tests of the views."""

from __future__ import annotations

import numpy as np

from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.trace.selection_trace import HeadSelection, Route, SelectionTrace


def sequence(texts: list[str], *, start: float | None = 1_772_000_000.0) -> TokenSequence:
    """Return one event for each text, a second apart, on lines 1, 2, ..."""
    events = tuple(Event(text, text, None if start is None else start + i, None, None, i + 1) for i, text in enumerate(texts))
    return TokenSequence("made-up.log", events, "log", "utf-8", (), {}, ())


def head(
    n: int, pairs: dict[tuple[int, int], float], near: dict[tuple[int, int], float] | None = None, tau: float = 0.5
) -> HeadSelection:
    """Return a head with these weights and near-miss logits by (query, key); logit = 2 * (tau + weight)."""
    near = near or {}
    places, near_places = sorted(pairs), sorted(near, key=lambda place: (place[0], -near[place]))
    weight = np.array([pairs[place] for place in places], np.float32)
    return HeadSelection(
        query_ptr=_pointer(n, [query for query, _ in places]),
        key_index=np.array([key for _, key in places], np.int32),
        weight=weight,
        logit=(2 * (tau + weight)).astype(np.float32),
        route=np.array([Route.LOCAL if abs(q - k) <= 1 else Route.CONTENT for q, k in places], np.uint8),
        threshold=np.full(n, tau, np.float32),
        anchor_weight=np.zeros(n, np.float32),
        certified=np.arange(n) % 4 != 3,
        near_ptr=_pointer(n, [query for query, _ in near_places]),
        near_index=np.array([key for _, key in near_places], np.int32),
        near_logit=np.array([near[place] for place in near_places], np.float32),
    )


def random_head(n: int, pairs: int, seed: int = 0) -> HeadSelection:
    """Return a head with ``pairs`` random pairs; a query may hold a key twice, which the views must accept."""
    rng = np.random.default_rng(seed)
    query = np.sort(rng.integers(0, n, pairs))
    weight = rng.random(pairs, dtype=np.float32)
    return HeadSelection(
        query_ptr=_pointer(n, query),
        key_index=rng.integers(0, n, pairs).astype(np.int32),
        weight=weight,
        logit=(weight + 1).astype(np.float32),
        route=np.zeros(pairs, np.uint8),
        threshold=np.full(n, 0.25, np.float32),
        anchor_weight=np.zeros(n, np.float32),
        certified=np.ones(n, np.bool_),
        near_ptr=np.zeros(n + 1, np.int64),
        near_index=np.zeros(0, np.int32),
        near_logit=np.zeros(0, np.float32),
    )


def trace(*heads: HeadSelection) -> SelectionTrace:
    """Return a trace of one layer with these heads."""
    return SelectionTrace((heads,))


def _pointer(n: int, query: object) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(np.bincount(np.asarray(query, dtype=np.int64), minlength=n))]).astype(np.int64)
