"""What the short courses of a log say by themselves: evidence for a fault, from which n-grams of events a sequence holds.

Where labels say which *sequences* are faulty and nothing else, much of what tells them apart is local: two or three events in a
row that come in the one kind and not in the other. A linear model on n-grams learns these from few sequences better than any
network, so it has its say and attention learns what is left: wide and deep (Cheng et al. 2016, "Wide & Deep Learning for
Recommender Systems", arXiv 1606.07792). Features are the n-grams of ``kinds`` by sublinear term frequency and
inverse document frequency, normalised (Salton and Buckley 1988, "Term-weighting approaches in automatic text retrieval"); the
model is logistic regression. As it is linear, what an event's n-grams add to the sequence's logit is known exactly.

Axis letters: N events, G n-grams.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from sparsemix.encoding.kinds import KINDS, Hashes, in_a_row, kinds, kind_basis
from sparsemix.encoding.sequence import Event
from sparsemix.errors import WeightsError

LONGEST = 3
_LEAST_SEQUENCES = 2
# Weights are to stay a file that can be handed on: 24 bytes each.
_MOST_GRAMS = 500_000
_INVERSE_REGULARISATION = 100.0
_ITERATIONS = 1000


@dataclass(frozen=True, slots=True)
class Evidence:
    """``gram`` uint64 [G], hashes ascending of n-grams of up to ``length`` kinds, read as ``by`` says; ``rarity`` float64 [G]:
    their inverse document frequency; ``weight`` float64 [G]; ``intercept``, in logits."""

    by: str
    length: int
    gram: Hashes
    rarity: NDArray[np.float64]
    weight: NDArray[np.float64]
    intercept: float

    def __post_init__(self) -> None:
        if (
            len({len(self.gram), len(self.rarity), len(self.weight)}) > 1
            or (self.gram[1:] <= self.gram[:-1]).any()
            or self.length < 1
        ):
            raise WeightsError("the evidence of n-grams is damaged")

    def of(self, events: Sequence[Event]) -> NDArray[np.float64]:
        """What the n-grams that end at every event add to the sequence's logit [N]; with the intercept, the sum is that logit.
        An n-gram that comes several times shares what it adds among them."""
        own = np.zeros(len(events))
        place, end = _known(self.gram, _grams(kinds(events, self.by), self.length))
        if not len(place):
            return own
        count = np.bincount(place, minlength=len(self.gram)).astype(np.float64)
        there = count > 0
        value = np.zeros(len(self.gram))
        value[there] = (1.0 + np.log(count[there])) * self.rarity[there]
        value[there] *= self.weight[there] / np.linalg.norm(value) / count[there]
        np.add.at(own, end, value[place])
        return own


@dataclass(frozen=True, slots=True)
class Weighed:
    """A sequence's logit in parts: ``alone``, what n-grams or columns say; ``own`` float64 [N], what those that end at every
    event, or its row, add to that; ``attended``, what attention adds. Of a table ``columns``: name, term
    (``behaviour.TERMS``) and what it adds, with the same sum as ``own``."""

    alone: float
    own: NDArray[np.float64]
    attended: float
    columns: tuple[tuple[str, str, float], ...] = ()


def fit(
    sequences: Sequence[Sequence[Event]], faulty: NDArray[np.bool_], length: int = LONGEST, by: str | None = None
) -> Evidence:
    """Learn from sequences of which it is known whether they are ``faulty`` bool [S], both among them."""
    by = by or kind_basis(sequences)
    grams = [_grams(kinds(events, by), length) for events in sequences]
    every, owners = np.unique(np.concatenate([np.unique(one) for one in grams]), return_counts=True)
    kept = np.flatnonzero(owners >= _LEAST_SEQUENCES)
    # Those in most sequences, where there are too many; ties: the smaller hash.
    kept = np.sort(kept[np.argsort(-owners[kept], kind="stable")[:_MOST_GRAMS]])
    gram, document = every[kept], owners[kept]
    rarity = np.log((1.0 + len(sequences)) / (1.0 + document)) + 1.0
    columns, values, pointer = [], [], [0]
    for one in grams:
        place, count = np.unique(_known(gram, one)[0], return_counts=True)
        value = (1.0 + np.log(count)) * rarity[place]
        columns.append(place)
        values.append(value / max(float(np.linalg.norm(value)), 1e-12))
        pointer.append(pointer[-1] + len(place))
    table = csr_matrix((np.concatenate(values), np.concatenate(columns), pointer), shape=(len(grams), len(gram)))
    fitted = LogisticRegression(C=_INVERSE_REGULARISATION, max_iter=_ITERATIONS).fit(table, faulty)
    return Evidence(by, length, gram, rarity, fitted.coef_[0].astype(np.float64), float(fitted.intercept_[0]))


def pack(evidence: Evidence) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
    """Columns that safetensors holds; ``shape``: the place of ``by`` among the kinds, and the length."""
    return {
        "shape": np.array([KINDS.index(evidence.by), evidence.length], np.int64),
        "gram": evidence.gram.view(np.int64),
        "rarity": evidence.rarity,
        "weight": evidence.weight,
        "intercept": np.array([evidence.intercept]),
    }


def unpack(columns: dict[str, NDArray[np.float64] | NDArray[np.int64]]) -> Evidence:
    """Raises WeightsError when it is not what ``pack`` gave."""
    try:
        by, length = columns["shape"].tolist()
        rarity, weight, intercept = (columns[name].astype(np.float64) for name in ("rarity", "weight", "intercept"))
        return Evidence(
            KINDS[by], int(length), columns["gram"].astype(np.int64).view(np.uint64), rarity, weight, intercept.item()
        )
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise WeightsError(f"the evidence of n-grams is damaged: {error}") from error


def _grams(kind: Hashes, length: int) -> Hashes:
    """Hashes of the n-grams of 1 to ``length`` kinds that end at every event [length, N]."""
    return np.stack([gram for _, gram in in_a_row(kind, length)])


def _known(gram: Hashes, wanted: Hashes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places among ``gram`` of the n-grams ``wanted`` [length, N] that are known, and the events that they end at."""
    if not len(gram):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    place = np.minimum(np.searchsorted(gram, wanted), len(gram) - 1)
    there = gram[place] == wanted
    return place[there], np.nonzero(there)[1]
