"""Rarity of what an event consists of: its kind, form and words, how it begins, and whether it is new where little is new.

Axis letters: N events.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sparsemix.encoding.file_statistics.lines import Lines
from sparsemix.encoding.file_statistics.surprise import Codes, Column, counts_of
from sparsemix.encoding.tokens import numbered

_LETTERS = re.compile(r"[^\W\d_]{2,}")
_UPPER, _LOWER, _DIGITS = re.compile("[A-Z]+"), re.compile("[a-z]+"), re.compile("[0-9０-９]+")
_BEGINNING = 12
_OTHERS_LEAST = 0.5
# Events that count as before, as around, and as close by.
_BEFORE, _AROUND, _CLOSE = 100, 20, 5
_RARE = 2


class Rarity(NamedTuple):
    """Columns [N], in nats where nothing else is said: rarity of the ``kind`` and of the ``form``; of the rarest word and of
    the words on average; the share of words that occur nowhere else; rarity of how the first two words, and the first
    characters, are written; how far the length is from the usual one, in widths; the surprise at a new kind, given how many
    were new of late; log(1 + other rare events around); the mean rarity of the kinds close by, and how many different kinds
    these are."""

    kind: Column
    form: Column
    rarest_word: Column
    words: Column
    new_words: Column
    head: Column
    beginning: Column
    length: Column
    new_kind: Column
    rare_around: Column
    close_by: Column
    variety: Column


def rarity(messages: Sequence[str], lines: Lines) -> Rarity:
    """Return how rare every event and its parts are."""
    length = len(messages)
    starts, start = numbered(message[:_BEGINNING] for message in messages)
    beginnings = numbered(_LOWER.sub("a", _outline(text).lower()) for text in starts)[1][start]
    often = counts_of(lines.kind)
    rare = (often <= _RARE).astype(np.float64)
    return Rarity(
        -np.log(often / length),
        -np.log(counts_of(lines.form) / length),
        *_words(lines),
        -np.log((counts_of(_heads(lines)) - _OTHERS_LEAST) / length),
        -np.log((counts_of(beginnings) - _OTHERS_LEAST) / length),
        _far(np.log1p([len(message) for message in messages])),
        _new(lines.kind),
        np.log1p(summed(rare, _AROUND, _AROUND + 1) - rare),
        summed(-np.log(often / length), _CLOSE, _CLOSE + 1) / summed(np.ones(length), _CLOSE, _CLOSE + 1),
        _variety(lines.kind),
    )


def _heads(lines: Lines) -> Codes:
    """Return how the first two words of every event are written, as codes [N]."""
    both = np.zeros((2, len(lines)), np.int64)
    for place, own in enumerate(both):
        there = np.flatnonzero(lines.length > place)
        own[there] = lines.at(there, place)
    used, which = np.unique(both, return_inverse=True)
    first, second = numbered(_outline(lines.words[word]) for word in used.tolist())[1][which.reshape(2, -1)]
    return np.asarray(first * len(used) + second)


def _outline(text: str) -> str:
    """Return how a text is written: capitals, small letters and digits each as one."""
    return _LOWER.sub("a", _UPPER.sub("A", _DIGITS.sub("0", text)))


def _words(lines: Lines) -> tuple[Column, Column, Column]:
    found = [sorted({word.lower() for word in _LETTERS.findall(form)}) for form in lines.forms]
    events: Counter[str] = Counter()
    for words, often in zip(found, np.bincount(lines.form).tolist(), strict=True):
        events.update(dict.fromkeys(words, often))
    rare = {word: math.log(len(lines.form) / max(often - 1, _OTHERS_LEAST)) for word, often in events.items()}
    each = [[rare[word] for word in words] or [0.0] for words in found]
    new = [sum(events[word] == 1 for word in words) / max(len(words), 1) for words in found]
    columns = ([max(one) for one in each], [sum(one) / len(one) for one in each], new)
    rarest, mean, share = (np.array(column)[lines.form] for column in columns)
    return rarest, mean, share


def _far(values: Column) -> Column:
    middle = np.median(values)
    return np.asarray(np.abs(values - middle) / (np.median(np.abs(values - middle)) + 0.1), np.float64)


def _new(kind: Codes) -> Column:
    first = np.zeros(len(kind))
    first[np.unique(kind, return_index=True)[1]] = 1.0
    of_late = (summed(first, _BEFORE, 0) + _OTHERS_LEAST) / (np.minimum(np.arange(len(kind)), _BEFORE) + 1.0)
    return np.where(first > 0, -np.log(np.minimum(of_late, 1.0)), 0.0)


def _variety(kind: Codes) -> Column:
    """Return how many different kinds there are among the events close by [N]."""
    padded = np.pad(kind, _CLOSE, mode="edge")
    near = np.sort(np.lib.stride_tricks.sliding_window_view(padded, 2 * _CLOSE + 1), axis=1)
    return np.asarray(1.0 + (np.diff(near, axis=1) != 0).sum(1), np.float64)


def summed(values: Column, before: int, after: int) -> Column:
    """Return the sums over the ``before`` events before each event up to ``after`` from it, exclusively [N]."""
    total = np.append(0.0, values.cumsum())
    place = np.arange(len(values))
    return np.asarray(total[np.minimum(place + after, len(values))] - total[np.maximum(place - before, 0)], np.float64)
