"""A text as a sequence of words that know where they stand, so that what is found can be marked in the text."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.readers.limits import Limits

# Letters and digits with the signs that words hold inside (don't, 3.5, a-b); every other sign that is no space is a word of its
# own. Japanese has no spaces: runs of one script are the closest to words that needs no dictionary.
_WORD = re.compile(
    r"[\u30a0-\u30ff\uff66-\uff9f]+|[\u3040-\u309f]+|[\u3400-\u9fff々]+"
    r"|[^\W\u3040-\u30ff\u3400-\u9fff々\uff66-\uff9f]+(?:['’.,:@*$!#&+/-]+[^\W\u3040-\u30ff\u3400-\u9fff]+)*|[^\w\s]+"
)


def split_words(text: str) -> NDArray[np.int64]:
    """Character offsets [N, 2] of the words, each [start, stop)."""
    return np.array([found.span() for found in _WORD.finditer(text)], np.int64).reshape(-1, 2)


def word_sequence(text: str, name: str, limits: Limits) -> tuple[TokenSequence, NDArray[np.int64]]:
    """The words as events, cut to the limits, and their offsets [N, 2]."""
    offsets = split_words(text)[: limits.max_events]
    events = tuple(_event(text, start, stop, limits.max_line_chars) for start, stop in offsets.tolist())
    return TokenSequence(name, events, "jsonl", "utf-8", (), {}, ()), offsets


def marked_words(offsets: NDArray[np.int64], marked: Iterable[tuple[int, int]]) -> NDArray[np.bool_]:
    """Which words [N] have more than half of their characters within the ``marked`` spans."""
    if not len(offsets):
        return np.zeros(0, np.bool_)
    covered = np.zeros(int(offsets[-1, 1]) + 1, np.int64)
    for start, stop in marked:
        covered[max(start, 0) : max(stop, 0)] = 1
    before = np.concatenate([[0], covered.cumsum()])
    inside = before[offsets[:, 1]] - before[offsets[:, 0]]
    return np.asarray(2 * inside > offsets[:, 1] - offsets[:, 0])


def _event(text: str, start: int, stop: int, cap: int) -> Event:
    word = text[start : min(stop, start + cap)]
    return Event(word, word, None, None, None, text.count("\n", 0, start) + 1)
