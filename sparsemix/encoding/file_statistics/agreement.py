"""Lines of one kind that say what lines of another kind set last for the same subject, such as a run that has the recipe of the
last set-up: which kinds agree more often than chance, and which lines do not.

Axis letters: N events, S events that name a subject, P pairs of lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.domains import BySubject, Domain, by_subject
from sparsemix.encoding.file_statistics.surprise import Codes, Column

_MOST_KINDS, _LEAST_PAIRS, _LEAST_AGREED = 12, 6, 3


@dataclass(frozen=True, slots=True)
class Link:
    """Lines of one kind that say what others ``set`` for the same subject: the ``events`` of the former, the lines of the
    latter, whether each ``agrees``, whether it ``repeats`` what was set before that, the ``evidence`` and the ``surprise``."""

    events: Codes
    set: Codes
    agrees: NDArray[np.bool_]
    repeats: NDArray[np.bool_]
    evidence: Column
    surprise: Column


def best_links(kind: Codes, shared: list[Domain], subjects: list[Domain]) -> list[Link]:
    """Return for every kind and domain of what it says the one link, of all kinds that may set it and all subjects, by which it
    agrees best; of two domains each of which may be the other's subject, the better one."""
    best: dict[tuple[int, int], tuple[float, int, Link]] = {}
    for subject, one in enumerate(subjects):
        at = by_subject(one)
        for number, value in enumerate(shared):
            for saying, link in _links(kind, at, value.code) if value is not one else ():
                evidence = float(link.evidence.mean())
                if evidence > best.get((saying, number), (0.0,))[0]:
                    best[saying, number] = (evidence, subject, link)
    return [
        link
        for (saying, number), (evidence, subject, link) in best.items()
        if best.get((saying, subject), (0.0, -1))[:2] <= (evidence, number) or best[saying, subject][1] != number
    ]


def _links(kind: Codes, at: BySubject, value: Codes) -> Iterator[tuple[int, Link]]:
    """Yield the kinds that have a value of what another kind set for their subject, and how they agree with it."""
    has = value[at.event] >= 0
    own_kind = kind[at.event]
    common = [one for one, often in Counter(own_kind[has].tolist()).most_common(_MOST_KINDS) if often >= _LEAST_AGREED]
    for setting in common:
        last = at.last(has & (own_kind == setting))
        before = np.where(last >= 0, last[last], -1)
        for saying in common:
            places = np.flatnonzero(has & (own_kind == saying) & (last >= 0))
            if saying == setting or len(places) < _LEAST_PAIRS:
                continue
            own, theirs = value[at.event[places]], value[at.event[last[places]]]
            agrees = own == theirs
            evidence, surprise = _evidence(agrees, _chance(own, theirs))
            repeats = ~agrees & (before[places] >= 0) & (value[at.event[before[places]]] == own)
            yield saying, Link(at.event[places], at.event[last[places]], agrees, repeats, evidence, surprise)


def _chance(own: Codes, theirs: Codes) -> float:
    """Return how often values would agree by chance."""
    most = int(max(own.max(), theirs.max())) + 1
    shares = (np.bincount(codes, minlength=most) / len(codes) for codes in (own, theirs))
    return float(np.prod(list(shares), 0).sum())


def _evidence(agrees: NDArray[np.bool_], chance: float) -> tuple[Column, Column]:
    """Return for every pair the evidence of all others that pairs agree more often than by ``chance``, in nats, and the
    surprise at a pair that does not agree."""
    others = len(agrees) - 1
    agreed = agrees.sum() - agrees
    share = (agreed + 0.5) / (others + 1.0)
    chance = min(max(chance, 0.5 / (others + 1.0)), 1.0 - 1e-6)
    inner = np.clip(share, 1e-9, 1.0 - 1e-9)
    divergence = inner * np.log(inner / chance) + (1.0 - inner) * np.log((1.0 - inner) / (1.0 - chance))
    real = (share > chance) & (agreed >= _LEAST_AGREED)
    return np.where(real, others * divergence, 0.0), -np.log1p(-inner)
