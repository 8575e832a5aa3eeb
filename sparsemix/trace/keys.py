"""The keys of a trace as small numbers: a key that followed its neighbour before is named by how recently.

Events of one kind select much the same keys again and again. For every key, the 16 keys that came right after it in earlier
rows are kept, the latest first; a key among them is written as its place there, any other as SLOTS and, in a second array, by
its distance from the query. The first key of a row follows whatever the caller says, or the row's beginning.

Axis letters: N queries, P pairs, L keys written by their distance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import TraceError
from sparsemix.kernels.compiled import compiled

Pointer = NDArray[np.int64]
Keys = NDArray[np.int32]

SLOTS = 16
"""Rank of a key that is written by its distance."""


def ranks(pointer: Pointer, key: Keys, before: Keys) -> tuple[NDArray[np.uint8], NDArray[np.uint32]]:
    """Ranks uint8 [P] of the keys, and the distances [L] of those of rank SLOTS: 2 d for d = query - key >= 0, else -2 d - 1.

    ``pointer`` [N + 1] and ``key`` [P] as in HeadSelection; ``before`` [N]: the key that a row's first one is taken to follow,
    N for the row's beginning.
    """
    rank, distance = np.empty(len(key), np.uint8), np.empty(len(key), np.uint32)
    used = _write(pointer, key, before, rank, distance)
    return rank, distance[:used]


def keys(pointer: Pointer, rank: NDArray[np.uint8], distance: NDArray[np.uint32], before: Keys) -> Keys:
    """What ``ranks`` was given, int32 [P]. Raises TraceError when the numbers name a key outside 0..N - 1."""
    key = np.empty(len(rank), np.int32)
    if _read(pointer, rank, distance, before, key) != len(distance):
        raise TraceError("the keys of the selection blob contradict each other")
    return key


@compiled()
def _write(pointer: Pointer, key: Keys, before: Keys, rank: NDArray[np.uint8], distance: NDArray[np.uint32]) -> int:
    """Distances used."""
    n = len(pointer) - 1
    recent = np.full((n + 1, SLOTS), -1, np.int32)
    used = 0
    for query in range(n):
        row = recent[before[query]]
        for place in range(pointer[query], pointer[query + 1]):
            wanted = key[place]
            found = 0
            while found < SLOTS and row[found] != wanted:
                found += 1
            rank[place] = found
            if found == SLOTS:
                away = query - np.int64(wanted)
                distance[used] = 2 * away if away >= 0 else -2 * away - 1
                used += 1
                found = SLOTS - 1
            for slot in range(found, 0, -1):
                row[slot] = row[slot - 1]
            row[0] = wanted
            row = recent[wanted]
    return used


@compiled()
def _read(pointer: Pointer, rank: NDArray[np.uint8], distance: NDArray[np.uint32], before: Keys, key: Keys) -> int:
    """Distances used, -1 when something does not fit. Compiled code checks no index: every one is checked here."""
    n = len(pointer) - 1
    recent = np.full((n + 1, SLOTS), -1, np.int32)
    used = 0
    for query in range(n):
        row = recent[before[query]]
        for place in range(pointer[query], pointer[query + 1]):
            found = np.int64(rank[place])
            if found < SLOTS:
                wanted = np.int64(row[found])
            elif used < len(distance):
                coded = np.int64(distance[used])
                wanted = np.int64(query - coded // 2 if coded % 2 == 0 else query + (coded + 1) // 2)
                used += 1
                found = np.int64(SLOTS - 1)
            else:
                return -1
            if wanted < 0 or wanted >= n:
                return -1
            for slot in range(found, 0, -1):
                row[slot] = row[slot - 1]
            row[0] = wanted
            key[place] = wanted
            row = recent[wanted]
    return used
