"""HeadSelection: the pairs that one head selected, as CSR arrays.

The pairs of query i are ``key_index[query_ptr[i]:query_ptr[i + 1]]``. A query that selected nothing has no pairs and an
``anchor_weight`` of 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.matches import places_in_rows
from sparsemix.errors import TraceError
from sparsemix.kernels.compiled import compiled


class Route(IntEnum):
    """Why a pair was a candidate: by its content, or because it is near. No run gives a pair the route ANCHOR."""

    CONTENT = 0
    LOCAL = 1
    ANCHOR = 2


@dataclass(frozen=True, slots=True)
class HeadSelection:
    """The selection of one head over N queries.

    ``query_ptr`` int64 [N + 1]; per pair: ``key_index`` int32, ``weight``, ``logit`` float32, ``route`` uint8; per query:
    ``threshold`` float32 (tau, on the scale of logit / 2), ``anchor_weight`` float32, ``certified`` bool; near misses as CSR:
    ``near_ptr`` int64 [N + 1], ``near_index`` int32, ``near_logit`` float32, best first.
    """

    query_ptr: NDArray[np.int64]
    key_index: NDArray[np.int32]
    weight: NDArray[np.float32]
    logit: NDArray[np.float32]
    route: NDArray[np.uint8]
    threshold: NDArray[np.float32]
    anchor_weight: NDArray[np.float32]
    certified: NDArray[np.bool_]
    near_ptr: NDArray[np.int64]
    near_index: NDArray[np.int32]
    near_logit: NDArray[np.float32]

    def __post_init__(self) -> None:
        n = self.length
        pairs = len(self.key_index)
        if n < 0 or not _is_pointer(self.query_ptr, pairs):
            raise TraceError("query_ptr is not a CSR pointer of the pairs")
        if not len(self.weight) == len(self.logit) == len(self.route) == pairs:
            raise TraceError("the pair columns differ in length")
        if not len(self.threshold) == len(self.anchor_weight) == len(self.certified) == n == len(self.near_ptr) - 1:
            raise TraceError("the query columns differ in length")
        if not _is_pointer(self.near_ptr, len(self.near_index)):
            raise TraceError("near_ptr is not a CSR pointer of the near misses")
        if not (_are_places(self.key_index, n) and _are_places(self.near_index, n)):
            raise TraceError("a key lies outside the sequence")

    @property
    def length(self) -> int:
        """Return the number of queries N."""
        return len(self.query_ptr) - 1

    @property
    def query_index(self) -> NDArray[np.int32]:
        """Return the query of every pair, int32 [P]."""
        return np.repeat(np.arange(self.length, dtype=np.int32), np.diff(self.query_ptr))

    @property
    def margin(self) -> NDArray[np.float32]:
        """Return how clearly every pair was selected: logit / 2 - tau, float32 [P], > 0."""
        return (self.logit / 2 - self.threshold[self.query_index]).astype(np.float32)

    def pairs_of(self, query: int) -> slice:
        """Return the slice of the pair columns that holds the pairs of one query."""
        return slice(int(self.query_ptr[query]), int(self.query_ptr[query + 1]))

    def pairs_of_all(self, queries: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the number of pairs of every query [R], and the places of these pairs in the pair columns, query by query."""
        return places_in_rows(self.query_ptr, queries)

    def near_of(self, query: int) -> slice:
        """Return the slice of the near-miss columns that holds the near misses of one query."""
        return slice(int(self.near_ptr[query]), int(self.near_ptr[query + 1]))


@compiled()
def _is_pointer(pointer: Any, total: int) -> Any:
    return pointer[0] == 0 and pointer[-1] == total and (pointer[1:] >= pointer[:-1]).all()


@compiled()
def _are_places(index: Any, n: int) -> Any:
    return ((index >= 0) & (index < n)).all()
