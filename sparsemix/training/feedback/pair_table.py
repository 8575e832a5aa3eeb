"""Features of a run's selected pairs for a judge: not their words, but how the two events relate to each other.

The table has one row per pair of two different events that any layer and head selected for a query: how far apart the events
are and how many words they share, whether a nearer event of the same template shares as many (a state that was superseded), and
how the attention was distributed among the query's keys. The kind of a pair is its two templates (``template_pairs``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.model.template_pairs import coded_templates
from sparsemix.trace.selection_trace import SelectionTrace

FEATURES = (
    "distance",
    "later",
    "shared_words",
    "superseded",
    "same_between",
    "nearer_keys",
    "nearer_keys_as_alike",
    "keys_more_alike",
    "weight",
    "share_of_query",
    "heads",
    "margin",
    "heavier_keys",
    "keys",
)
_LOOKED_AT = 40  # at most so many events of the key's template between query and key are compared
_WORDS = re.compile(r"[\s=]+")

Kind = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PairTable:
    """P pairs of one run: ``query`` and ``key`` int64 [P], their ``kind`` [P], ``features`` float64 [P, len(FEATURES)]."""

    query: NDArray[np.int64]
    key: NDArray[np.int64]
    kind: tuple[Kind, ...]
    features: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.query)


def pair_table(sequence: TokenSequence, trace: SelectionTrace, queries: NDArray[np.int64]) -> PairTable:
    """Return the table of the pairs of ``queries``, sorted by query and key."""
    n = len(sequence)
    codes, templates = coded_templates(sequence)
    is_query = np.zeros(n, np.bool_)
    is_query[queries] = True
    parts = []
    for _, _, head in trace:
        of_queries = is_query[head.query_index] & (head.query_index != head.key_index)
        pair = head.query_index[of_queries].astype(np.int64) * n + head.key_index[of_queries]
        parts.append((pair, head.weight[of_queries].astype(np.float64), head.margin[of_queries].astype(np.float64)))
    pair, place = np.unique(np.concatenate([part[0] for part in parts]), return_inverse=True)
    weight = np.bincount(place, np.concatenate([part[1] for part in parts]), len(pair)).astype(np.float64)
    heads = np.bincount(place, minlength=len(pair)).astype(np.float64)
    margin = np.full(len(pair), -np.inf)
    np.maximum.at(margin, place, np.concatenate([part[2] for part in parts]))
    query, key = np.divmod(pair, n)
    rows = _Rows(sequence, codes)
    features = np.empty((len(pair), len(FEATURES)))
    for start, stop in _spans(query):
        own = slice(start, stop)
        features[own] = rows.of(int(query[start]), key[own], weight[own], heads[own], margin[own])
    kinds = tuple((templates[codes[a]], templates[codes[b]]) for a, b in zip(query, key, strict=True))
    return PairTable(query, key, kinds, features)


def _spans(query: NDArray[np.int64]) -> Sequence[tuple[int, int]]:
    """Return [start, stop) of the rows of each query; ``query`` is sorted."""
    edges = np.flatnonzero(np.diff(query)) + 1
    bounds = [0, *edges.tolist(), len(query)]
    return [(a, b) for a, b in pairwise(bounds) if b > a]


class _Rows:
    """Computes the rows of the table, those of one query at a time."""

    def __init__(self, sequence: TokenSequence, codes: NDArray[np.int64]) -> None:
        self._codes = codes
        same = defaultdict(list)
        for place, code in enumerate(codes.tolist()):
            same[code].append(place)
        self._same = {code: np.array(places) for code, places in same.items()}
        self._words = cache(lambda place: frozenset(_WORDS.split(sequence.events[place].message)))

    def of(
        self,
        query: int,
        keys: NDArray[np.int64],
        weight: NDArray[np.float64],
        heads: NDArray[np.float64],
        margin: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        own = self._words(query)
        alike = np.array([len(own & self._words(key)) for key in keys.tolist()])
        distance = np.abs(keys - query)
        nearer = distance[None] < distance[:, None]
        as_alike = alike[None] >= alike[:, None]
        between = [self._between(query, key) for key in keys.tolist()]
        superseded = [
            sum(len(own & self._words(place_between)) >= alike[place] for place_between in places[-_LOOKED_AT:].tolist())
            for place, places in enumerate(between)
        ]
        return np.column_stack(
            [
                np.log1p(distance),
                keys > query,
                alike,
                superseded,
                [len(places) for places in between],
                nearer.sum(1),
                (nearer & as_alike).sum(1),
                (alike[None] > alike[:, None]).sum(1),
                weight,
                weight / weight.sum(),
                heads,
                margin,
                (weight[None] > weight[:, None]).sum(1),
                np.full(len(keys), len(keys)),
            ]
        ).astype(np.float64)

    def _between(self, query: int, key: int) -> NDArray[np.int64]:
        """Return the events of the key's template that lie between the two."""
        same = self._same[int(self._codes[key])]
        low, high = min(query, key), max(query, key)
        return same[np.searchsorted(same, low, "right") : np.searchsorted(same, high, "left")]
