"""Evidence of n-grams for a fault: which n-grams of events a sequence of a log contains.

When labels say only which *sequences* are faulty, much of the difference is local: two or three events in a row that occur in
faulty sequences only, or in normal ones only. A linear model on n-grams learns these from few sequences better than any
network. So its evidence counts, and attention learns the rest: wide and deep (Cheng et al. 2016, "Wide & Deep Learning for
Recommender Systems", arXiv 1606.07792). Features are the n-grams of ``kinds`` by sublinear term frequency and inverse document
frequency, normalised (Salton and Buckley 1988, "Term-weighting approaches in automatic text retrieval"); the model is logistic
regression. The model is linear, so the contribution of an event's n-grams to the sequence's logit is exact.

Axis letters: N events, G n-grams.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from sparsemix.encoding.kinds import KINDS, Hashes, in_a_row, kind_basis, kinds
from sparsemix.encoding.sequence import Event
from sparsemix.errors import WeightsError

LONGEST = 3
_LEAST_SEQUENCES = 2
# A limit on the size of the weights file: each n-gram takes 24 bytes.
_MOST_GRAMS = 500_000
_INVERSE_REGULARISATION = 100.0
_ITERATIONS = 1000


@dataclass(frozen=True, slots=True)
class NgramEvidence:
    """Linear model of n-grams. Raises `WeightsError` when damaged.

    ``gram`` uint64 [G], hashes ascending of n-grams of up to ``length`` kinds, read as ``by`` says; ``rarity`` float64 [G]:
    their inverse document frequency; ``weight`` float64 [G]; ``intercept``, in logits.
    """

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
        """Return what the n-grams that end at every event add to the sequence's logit [N]; their sum and the intercept are that
        logit. The contribution of an n-gram that occurs several times is shared among its occurrences."""
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
class LogitParts:
    """Parts of a sequence's logit: ``alone``, the evidence of n-grams or columns; ``own`` float64 [N], the part of ``alone``
    that belongs to every event or row; ``attended``, what attention adds. For a table ``columns``: name, term
    (``column_evidence.TERMS``) and contribution, with the same sum as ``own``."""

    alone: float
    own: NDArray[np.float64]
    attended: float
    columns: tuple[tuple[str, str, float], ...] = ()


def fit(
    sequences: Sequence[Sequence[Event]], faulty: NDArray[np.bool_], length: int = LONGEST, by: str | None = None
) -> NgramEvidence:
    """Fit the model on sequences that are known to be ``faulty`` or not, bool [S]; both must occur. ``length``: of the longest
    n-grams; ``by``: one of KINDS, by default what ``kind_basis`` says."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to load

    by = by or kind_basis(sequences)
    grams = [_grams(kinds(events, by), length) for events in sequences]
    every, owners = np.unique(np.concatenate([np.unique(sequence_grams) for sequence_grams in grams]), return_counts=True)
    kept = np.flatnonzero(owners >= _LEAST_SEQUENCES)
    # If there are too many n-grams, those in most sequences stay; ties: the smaller hash.
    kept = np.sort(kept[np.argsort(-owners[kept], kind="stable")[:_MOST_GRAMS]])
    gram, document = every[kept], owners[kept]
    rarity = np.log((1.0 + len(sequences)) / (1.0 + document)) + 1.0
    columns, values, pointer = [], [], [0]
    for sequence_grams in grams:
        place, count = np.unique(_known(gram, sequence_grams)[0], return_counts=True)
        value = (1.0 + np.log(count)) * rarity[place]
        columns.append(place)
        values.append(value / max(float(np.linalg.norm(value)), 1e-12))
        pointer.append(pointer[-1] + len(place))
    table = csr_matrix((np.concatenate(values), np.concatenate(columns), pointer), shape=(len(grams), len(gram)))
    fitted = LogisticRegression(C=_INVERSE_REGULARISATION, max_iter=_ITERATIONS).fit(table, faulty)
    return NgramEvidence(by, length, gram, rarity, fitted.coef_[0].astype(np.float64), float(fitted.intercept_[0]))


def pack(evidence: NgramEvidence) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
    """Return the model as arrays for safetensors; ``shape``: the position of ``by`` among the kinds, and the length."""
    return {
        "shape": np.array([KINDS.index(evidence.by), evidence.length], np.int64),
        "gram": evidence.gram.view(np.int64),
        "rarity": evidence.rarity,
        "weight": evidence.weight,
        "intercept": np.array([evidence.intercept]),
    }


def unpack(columns: dict[str, NDArray[np.float64] | NDArray[np.int64]]) -> NgramEvidence:
    """Read what ``pack`` returned. Raises `WeightsError` for anything else."""
    try:
        by, length = columns["shape"].tolist()
        rarity, weight, intercept = (columns[name].astype(np.float64) for name in ("rarity", "weight", "intercept"))
        evidence = NgramEvidence(
            KINDS[by], int(length), columns["gram"].astype(np.int64).view(np.uint64), rarity, weight, intercept.item()
        )
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise WeightsError(f"the evidence of n-grams is damaged: {error}") from error
    if not all(np.isfinite(column).all() for column in (rarity, weight, intercept)):
        raise WeightsError("the evidence of n-grams holds values that are not finite")
    return evidence


def _grams(kind: Hashes, length: int) -> Hashes:
    """Return hashes of the n-grams of 1 to ``length`` kinds that end at every event [length, N]."""
    return np.stack([gram for _, gram in in_a_row(kind, length)])


def _known(gram: Hashes, wanted: Hashes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the positions in ``gram`` of those of the n-grams ``wanted`` [length, N] that it contains, and the events at which
    they end."""
    if not len(gram):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    place = np.minimum(np.searchsorted(gram, wanted), len(gram) - 1)
    there = gram[place] == wanted
    return place[there], np.nonzero(there)[1]
