"""The index search: exact attention over the keys that matter, found without looking at all keys.

k-means puts the keys of one head into groups of similar content, and each group into sixteen cells. In every cell the keys are
in order of time, in blocks of sixteen. The box around a group's keys gives an upper bound of the content logit. The distance
bias only falls with distance, so the group's nearest key before and after the query bounds the rest of the logit. The boxes of
its cells do the same.

From the groups and cells with the best bounds the search goes outward in time until no remaining key can reach the floor: max z
so far - 2, or 2 tau of the keys found so far; no key below it can be selected (``reference``). The remaining keys are skipped
*with proof*, and the query is certified. A query that no bound helps looks at every key instead; a query that has scored its
``budget`` of blocks stops and is not certified.

Every bound and logit is computed in single precision with room for its rounding (``rounding``); the weights of the keys found
are then computed in the precision of the arguments.

Sources: entmax's range of support, Peters et al. 2019 (arXiv 1905.05702); inverted index over k-means cells as in Jegou et
al. 2011 (product quantization), made exact by bounds as in branch and bound.

Axis letters: R rows (one head of one sequence each), N events, D head dimension, G groups.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.attention import pair_kernels
from sparsemix.attention._index import index_kernels, scan_kernels, search_kernels
from sparsemix.attention.distance_bias import DistanceBias, logarithms
from sparsemix.attention.head_pairs import HeadPairs, joined
from sparsemix.errors import SelectionError
from sparsemix.kernels import parallel
from sparsemix.kernels.vectors import WIDTH as BLOCK

# Queries per task: fewer would take longer, each with a state of its own, and more would share the cores less evenly.
_CHUNK = 4096
# Keys per group; up to this number one group holds all keys. More groups than the limit cost more than looser boxes do.
_GROUP = 384
_MAX_GROUPS = 128
# k-means finds the groups on a sample: keys per group in it, and rounds.
_SAMPLE = 16
_ROUNDS = 3
# A query that has scored this share of all blocks gives up on bounds: a scan costs a fraction per key.
_PATIENCE = 1 / 12
# Below this many pairs, starting threads takes longer than the work.
_SMALL = 2**19
_NONE = np.empty(0)

Real = NDArray[Any]


@dataclass(frozen=True, slots=True)
class HeadInput:
    """Input of one head over one sequence: ``q`` (scaled), ``k``, ``v`` [N, D] of one dtype, contiguous; ``anchor_key`` and
    ``anchor_value`` [D]; ``valid`` bool [N]: the real events, no padding."""

    q: Real
    k: Real
    v: Real
    anchor_key: Real
    anchor_value: Real
    bias: DistanceBias
    valid: NDArray[np.bool_]

    @property
    def anchor(self) -> Real:
        """Return the anchor's logits [N]."""
        # Not as a product of matrices: the threads of numpy's BLAS would keep spinning beside ours.
        return np.asarray(np.einsum("nd,d->n", self.q, self.anchor_key))


@dataclass(frozen=True, slots=True)
class IndexSearch:
    """Settings of the search.

    ``budget``: blocks of sixteen keys per query, a trade of speed against the certified share. None: no limit, and every query
    is certified; a query whose keys no bound excludes looks at all keys, at about the cost of dense attention. Up to
    ``scan_up_to`` events all queries look at all keys: an index would cost more than it saves.

    ``step`` is called with the share done after every part of the work; it may raise to stop the search.
    """

    budget: int | None = None
    scan_up_to: int = 2048
    step: Callable[[float], None] | None = None

    def run(
        self, rows: Sequence[HeadInput], near_misses: int = 0, near_window: float = 0.0, mixed: Real | None = None
    ) -> tuple[Real, list[HeadPairs]]:
        """Return mixed values [R, N, D], and the selection of every row. All rows have the same shape. ``mixed``: where the
        values are written; the queries' own memory will do, because each is read before its values are written.

        At most ``near_misses`` per query, with margins above -``near_window``; a certified query misses none of these either.
        Events outside ``valid`` select nothing and get zeros. Raises `SelectionError` for values that are not finite or too
        large for single precision, and for a bias that grows with distance.
        """
        if self.budget is not None and self.budget < 1:
            raise SelectionError("the budget must be at least one block")
        for row in rows:
            _check(row)
        # A budget limits such work.
        if self.budget is None and all(len(row.q) <= self.scan_up_to for row in rows):
            small = sum(len(row.q) ** 2 for row in rows) < _SMALL
            tasks = [partial(_whole, row, near_misses, near_window) for row in rows]
            found, whole = zip(*parallel.run(tasks, self.step, threads=1 if small else None), strict=True)
            return np.stack(found, out=mixed), list(whole)
        mixed = np.empty((len(rows), *rows[0].v.shape), rows[0].v.dtype) if mixed is None else mixed
        prepare = [partial(_Prepared, row, self, near_misses, near_window, mixed[r]) for r, row in enumerate(rows)]
        starts, done = range(0, len(rows[0].q), _CHUNK), list[HeadPairs]()
        # As many rows at once as there are threads to prepare them: each takes as much memory again as its queries and keys.
        at_once = parallel.threads()
        for some in (prepare[start : start + at_once] for start in range(0, len(rows), at_once)):
            work = [partial(prepared.attend, start) for prepared in parallel.run(some) for start in starts]
            parts = parallel.run(work, partial(self._tell, len(done), len(some), len(rows)))
            # What was prepared takes more memory than what was found.
            del work
            of_rows = (parts[first : first + len(starts)] for first in range(0, len(parts), len(starts)))
            done += parallel.run([partial(joined, blocks) for blocks in of_rows])
        return mixed, done

    def _tell(self, before: int, some: int, rows: int, share: float) -> None:
        if self.step is not None:
            self.step((before + some * share) / rows)


class _Prepared:
    """Row with the index of its keys, and where its ``mixed`` values are written."""

    def __init__(self, row: HeadInput, search: IndexSearch, near_misses: int, near_window: float, mixed: Real) -> None:
        self.row, self.budget, self.near_misses, self.near_window = row, search.budget, near_misses, near_window
        self.mixed = mixed
        self.anchor = row.anchor
        window = near_window if near_misses else 0.0
        self.query, keys, self.single_anchor, self.reach, self.bias, self.single_bias = scan_kernels.prepared(
            row.q, row.k, self.anchor, logarithms(len(row.q)), *row.bias, window
        )
        past, future, future_offset = row.bias
        self.slopes = np.array([past * np.log(2), future * np.log(2), future_offset], np.float32)
        self.cell, self.before, *self.layout = _index(keys, row.valid)

    def attend(self, start: int) -> HeadPairs:
        """Write the mixed values and return the selection of the queries of the task that begins at ``start``."""
        stop = min(start + _CHUNK, len(self.row.q))
        pointer, key, certified, scored = self._candidates(start, stop)
        row = self.row
        arrays = (row.q, row.k, row.v, self.anchor, row.anchor_value, row.valid, self.bias)
        self.mixed[start:stop], *columns = pair_kernels.attend(
            start, *arrays, pointer, key, self.near_misses, self.near_window, _NONE
        )
        columns += [certified, scored]
        return HeadPairs(*columns)

    def _candidates(self, start: int, stop: int) -> tuple[Any, ...]:
        """Return the candidates as CSR, and for each query whether it is certified and how many keys it scored."""
        everything = -(-len(self.row.k) // BLOCK)
        budget = np.iinfo(np.int64).max if self.budget is None else self.budget
        patience = int(_PATIENCE * everything) if everything <= budget else budget
        arrays = self.query, self.single_anchor, self.reach, self.single_bias[: 2 * len(self.row.k) + 1], self.slopes
        last = self.before[start // _CHUNK]
        pointer, key, certified, gave_up, reached, scored = search_kernels.search(
            start, stop, *arrays, self.cell, last, *self.layout, budget, patience
        )
        which = np.flatnonzero(gave_up)
        if len(which):
            arrays = (self.query, self.single_anchor, self.reach, self.single_bias, *self._in_order)
            pointer, key = scan_kernels.scan(start, which + start, reached[which], *arrays, pointer, key)
            scored[which] += np.count_nonzero(self.row.valid)
        return pointer, key, certified, scored

    @cached_property
    def _in_order(self) -> tuple[Any, ...]:
        return tuple(scan_kernels.in_order(scan_kernels.single(self.row.k), self.row.valid))


def _whole(row: HeadInput, near_misses: int, near_window: float) -> tuple[Real, HeadPairs]:
    """Compute a whole row, whose queries all look at all keys."""
    arrays = row.q, row.k, row.v, row.anchor, row.anchor_value, row.valid, logarithms(len(row.q))
    mixed, *columns = scan_kernels.attend_all(*arrays, *row.bias, near_misses, near_window)
    return mixed, HeadPairs(*columns)


def groups_for(n: int) -> int:
    """Return the number of groups for ``n`` keys, a multiple of 16: some 24 keys for each of a group's sixteen cells."""
    return max(16, min(_MAX_GROUPS, 16 * round(n / _GROUP / 16)))


def _index(keys: NDArray[np.float32], valid: NDArray[np.bool_]) -> tuple[Any, ...]:
    """Return every key's cell and the layout (`lay_out`): k-means on a sample at even steps, so that the same keys give the
    same cells."""
    n, groups = len(keys), groups_for(len(keys))
    group = np.where(valid, 0, -1).astype(np.int32)
    sample = np.ascontiguousarray(keys[valid][:: max(1, int(valid.sum()) // (_SAMPLE * groups))])
    if n > _GROUP and len(sample) >= groups:
        centroid = np.ascontiguousarray(
            sample[:: len(sample) // groups][:groups].reshape(-1, BLOCK, keys.shape[1]).swapaxes(1, 2)
        )
        everywhere, nearest = np.ones(len(sample), np.bool_), np.empty(len(sample), np.int32)
        for _ in range(_ROUNDS):
            index_kernels.assign(sample, centroid, everywhere, nearest)
            index_kernels.centroids(sample, nearest, centroid)
        index_kernels.assign(keys, centroid, valid, group)
    cell = np.empty(n, np.int32)
    index_kernels.split(keys, group, groups, cell)
    return cell, *index_kernels.lay_out(keys, cell, groups, _CHUNK)


def _check(row: HeadInput) -> None:
    if not len(row.q):
        raise SelectionError("a sequence needs at least one event")
    if row.valid.shape != (len(row.q),) or row.valid.dtype != np.bool_:
        raise SelectionError("the mask must be boolean, with one entry per event")
    slopes = row.bias.past, row.bias.future
    if not (all(0 <= slope < 1e16 for slope in slopes) and abs(row.bias.future_offset) < 1e16):
        raise SelectionError("the distance bias must be finite and fall with distance; otherwise nothing bounds far keys")
    if not scan_kernels.usable(row.q, row.k, row.v, row.anchor_key, row.anchor_value):
        raise SelectionError("queries, keys and values must be finite, and queries and keys below 1e16")
