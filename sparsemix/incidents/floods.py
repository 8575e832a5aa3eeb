"""Floods: identifiers, such as an address from which logins are tried, with many severe lines close together. No line of a
flood is rare by itself.

Axis letters: N events.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from sparsemix.encoding.file_statistics.lines import Lines
from sparsemix.encoding.file_statistics.surprise import Codes, in_order, members

# An identifier with so many severe lines, each at most so far from the next, is a flood where it is one of several of its
# shape.
LEAST_FLOOD = 8
_REACH, _LEAST_WORDS, _LEAST_CHARACTERS = 40, 3, 4
# Kinds of nearly as many and as severe lines: what is written last tells how it ended.
_NEARLY = 0.8
_MOST_SEVERE = 100_000
# How long something took, or when it was: no identifier.
_TIME = re.compile(r"[0-9]+:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Flood:
    """The severe ``events`` with an identifier, the ``word``, and the one to show first, the ``lead``."""

    word: str
    lead: int
    events: Codes


def floods_of(lines: Lines, kind: Codes, grade: Codes, source: Codes) -> list[Flood]:
    """Return the floods among events of these kinds [N], grades of severity [N] and sources [N]."""
    places, event = lines.with_words(lines.varies, np.flatnonzero(grade >= 1)[:_MOST_SEVERE])
    code, first = in_order(lines.word[places])
    named = lines.word[places[first]]
    words = [lines.words[word] for word in named.tolist()]
    able = np.array([len(word) >= _LEAST_CHARACTERS or not word.isdigit() for word in words], np.bool_)
    able[able] = np.bincount(shape := lines.shape[named[able]])[shape] >= _LEAST_WORDS
    found, seen = [], set()
    for word, one_of_several, own in zip(words, able.tolist(), members(code), strict=True):
        # A word may stand in a line twice.
        events = event[own][np.diff(event[own], prepend=-1) > 0]
        if not one_of_several or _TIME.fullmatch(word) or len(events) < LEAST_FLOOD or 2 * len(events) > len(kind):
            continue
        apart = (np.diff(events) > _REACH) | (np.diff(source[events]) != 0)
        run = max(np.split(events, np.flatnonzero(apart) + 1), key=len)
        lead = _lead(run, kind, grade)
        # Two words of the same lines, such as an address and the process that serves it, are one flood.
        if len(run) >= LEAST_FLOOD and lead not in seen:
            seen.add(lead)
            found.append(Flood(word, lead, run))
    return found


def _lead(run: Codes, kind: Codes, grade: Codes) -> int:
    """Return the first event of the kind that tells a flood: the most frequent and most severe; of nearly equal ones the one
    that comes last."""
    weight: dict[int, int] = defaultdict(int)
    for event in run.tolist():
        weight[int(kind[event])] += 1 + int(grade[event])
    most = max(weight.values())
    told = [one for one in weight if weight[one] >= _NEARLY * most][-1]
    return int(run[kind[run] == told][0])
