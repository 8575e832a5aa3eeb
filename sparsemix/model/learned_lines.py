"""Which lines weights learned from, as far as that is recognised later: hashes of windows of four lines in a row.

    known = learned_lines([item.sequence.events for item in items])     # int64 [at most 65,537], kept in the weights
    share_learned(known, sequence.events)                               # 1.0: all lines were among those learned from

A window is of lines as they are written, with their times. So a file that is cut in another way is recognised, and another
day's routine is not; windows without times that recur in training say nothing. Of very many windows those with the smallest
hashes are kept, whose share in a file estimates that of all (bottom-k sketch: Broder 1997, "On the resemblance and containment
of documents"). No line can be read from them; who has a file can find out whether it was learned from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zlib import crc32

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sparsemix.encoding.sequence import Event

Hashes = NDArray[np.int64]
NONE_KNOWN: Hashes = np.zeros(0, np.int64)
"""Of weights that do not know what they learned from."""

_LINES, _MOST = 4, 2**16
_ODD = np.random.default_rng(0).integers(2**63, size=_LINES, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


def learned_lines(logs: Iterable[Sequence[Event]], before: Hashes = NONE_KNOWN) -> Hashes:
    """Return the hashes of the windows of these logs and of those learned from ``before``, ascending; the last number bounds
    the hashes that were kept."""
    hashes, timed = map(np.concatenate, zip(*map(_windows, logs), strict=True))
    values, first, counts = np.unique(hashes, return_index=True, return_counts=True)
    bound = before[-1] if len(before) else np.iinfo(np.int64).max
    kept = np.union1d(values[timed[first] | (counts == 1)], before[:-1])
    kept = kept[kept < bound]
    return np.append(kept[:_MOST], kept[_MOST] if len(kept) > _MOST else bound)


def share_learned(known: Hashes, events: Sequence[Event]) -> float:
    """Return the share of a file's windows that are ``known`` to have been learned from."""
    if not len(known):
        return 0.0
    own = _windows(events)[0]
    own = own[own < known[-1]]
    return float(np.isin(own, known[:-1]).mean()) if len(own) else 0.0


def _windows(events: Sequence[Event]) -> tuple[Hashes, NDArray[np.bool_]]:
    """Return the hash of every window, and whether all of its lines have times; a shorter file is one window."""
    lines = min(_LINES, len(events))
    each = np.fromiter((crc32(event.text.encode("utf-8", "surrogatepass")) for event in events), np.uint64, len(events))
    timed = np.fromiter((event.time is not None for event in events), np.bool_, len(events))
    mixed = (sliding_window_view(each, lines) * _ODD[:lines]).sum(1)
    mixed = (mixed ^ (mixed >> np.uint64(32))) * _ODD[0]
    return (mixed >> np.uint64(1)).astype(np.int64), np.asarray(sliding_window_view(timed, lines).all(1))
