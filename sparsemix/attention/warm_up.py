"""Compilation ahead of the first run: every loop of a run and of its explanation is compiled, or loaded from the cache on
disk."""

from __future__ import annotations

import numpy as np
import torch

from sparsemix.attention._index.index_search import IndexSearch
from sparsemix.attention._index.scan_kernels import in_order, scan
from sparsemix.attention.distance_bias import logarithms
from sparsemix.attention.given_pairs import GivenPairs, attend_given
from sparsemix.attention.head_pairs import head_selection
from sparsemix.attention.pair_kernels import given_bias
from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.encoding.file_statistics.statistics import CODES, NAMES, FileStatistics
from sparsemix.encoding.of_file import FEATURES, features_of
from sparsemix.encoding.row_kernels import sum_rows
from sparsemix.encoding.tokens import tokens_of
from sparsemix.trace.selection_trace import SelectionTrace

# Enough for groups of keys.
_EVENTS = 512
# The index and the scan of every key have loops of their own; both then use the same loops.
_SEARCHES = (IndexSearch(scan_up_to=0), IndexSearch())


def warm_up(dtype: torch.dtype = torch.float64, training: bool = False) -> None:
    """Run every loop once on a few events in the precision ``dtype``; with ``training`` the backward pass too.

    This takes some ten seconds when the cache is empty, later half a second.
    """
    attention = AdaptiveSparseAttention(8, 1, 8).to(dtype)
    zeros = torch.zeros(1, _EVENTS, 8, dtype=dtype)
    for search in _SEARCHES:
        _, heads = attention.select(zeros, zeros, zeros, 1, search)
        SelectionTrace((tuple(head_selection(pairs, 1) for pairs in heads),)).layer_blob(0)
    _scan()
    _again()
    _encode(dtype)
    if training:
        q, k, v = (torch.zeros(1, 1, 2, 8, dtype=dtype, requires_grad=True) for _ in range(3))
        attention.mix(q, k, v, IndexSearch()).sum().backward()  # type: ignore[no-untyped-call]


def _scan() -> None:
    """Compile the scan for queries of a long log that no bound helps."""
    none, single = np.zeros(0, np.int32), np.zeros(1, np.float32)
    keys, bias = np.zeros((1, 8), np.float32), np.zeros(18, np.float32)
    laid_out = in_order(keys, np.ones(1, np.bool_))
    scan(0, np.zeros(1, np.int64), single, keys, single, single, bias, *laid_out, np.zeros(2, np.int64), none)


def _encode(dtype: torch.dtype) -> None:
    """Compile what reads words and files, sums the embeddings of features, and matches identifiers."""
    tokens_of([""])
    rows = features_of(FileStatistics(np.zeros((2, len(NAMES))), np.zeros((len(CODES), 2), np.int64)), types=())
    table = torch.zeros(FEATURES, 8, dtype=dtype).numpy()
    sum_rows(rows.pointer, rows.bucket, rows.value, table, table[:2].copy())
    given_bias(logarithms(1), 0.0, 0.0, 0.0, np.zeros(1, np.int32), np.zeros(2), np.zeros(1, np.uint8))


def _again() -> None:
    """Compile what an explanation computes again, with its gradient; it always computes in double precision."""
    q, k, v = (torch.zeros(1, 1, 2, 8, dtype=torch.float64, requires_grad=True) for _ in range(3))
    anchor = torch.zeros(1, 8, dtype=torch.float64)
    pairs = GivenPairs(np.arange(3), np.zeros(2, np.int32), np.zeros(2))
    attend_given(q, k, v, anchor, anchor, [pairs]).sum().backward()  # type: ignore[no-untyped-call]
