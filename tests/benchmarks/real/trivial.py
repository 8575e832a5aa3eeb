"""Trivial detectors, which stand beside every figure of novelty, and paired intervals of the difference.

Of logs: how rare a line's template is, words of severity, new templates, new pairs of templates, new runs of three, and an
isolation forest on counts of drain3's templates (where drain3 is installed). Where few messages occur again and again, such as
the numbers of system calls, the messages themselves stand in place of templates, as they do for the product. Of tables: the
residual of principal components, and an isolation forest. All of them see what training sees, and nothing else. Most anomalies
of the usual sets of logs are found by such rules (Landauer et al. 2024, "A critical review of common log data sets", arXiv
2309.02854).

Axis letters: S sequences, N rows, C columns.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest

from sparsemix.dataset import Item
from sparsemix.encoding.kinds import kind_basis
from sparsemix.encoding.sequence import template

Scores = NDArray[np.float64]
Measure = Callable[[NDArray[np.int64]], float]
"""A figure of the chosen units (sequences, machines or faults; with repetition)."""

_SEVERE = re.compile(r"\b(?:error|fatal|fail(?:ed|ure)?|exception|critical|panic|alert|severe|abort(?:ed)?)\b", re.IGNORECASE)
_DRAWS = 1000
_COMPONENTS = 5


def log_detectors(normal: Sequence[Item], asked: Sequence[Item], seed: int) -> dict[str, Scores]:
    """Return the scores of ``asked`` sequences [S] by each trivial detector of logs, fitted on the ``normal`` ones."""
    by_message = kind_basis([item.sequence.events for item in normal]) == "message"
    given, judged = (
        [[event.message if by_message else template(event.message) for event in item.sequence.events] for item in part]
        for part in (normal, asked)
    )
    counts = {size: Counter(gram for kinds in given for gram in _grams(kinds, size)) for size in (1, 2, 3)}
    total = max(sum(counts[1].values()), 1)
    result = {
        "rarity": [
            max((-np.log((counts[1][gram] + 0.5) / total) for gram in _grams(kinds, 1)), default=0.0) for kinds in judged
        ],
        "severity words": [sum(bool(_SEVERE.search(event.message)) for event in item.sequence.events) for item in asked],
        "new template": [_new(kinds, counts[1], 1) for kinds in judged],
        "new pair": [_new(kinds, counts[2], 2) for kinds in judged],
        "3-gram counts": [_new(kinds, counts[3], 3) / max(len(kinds), 1) for kinds in judged],
    }
    scores = {name: np.array(values, np.float64) for name, values in result.items()}
    if by_message:
        place = {kind: number for number, kind in enumerate(sorted({kind for kinds in given for kind in kinds}), 1)}
        found, matched = ([[place.get(kind, 0) for kind in kinds] for kinds in part] for part in (given, judged))
        scores["counts + isolation forest"] = _isolated(found, matched, seed)
    elif find_spec("drain3") is not None:
        scores["drain3 + isolation forest"] = _drained(normal, asked, seed)
    return scores


def table_detectors(normal: Scores, asked: Scores, seed: int) -> dict[str, Scores]:
    """Return the scores of ``asked`` rows [N, C] by each trivial detector of tables, fitted on the ``normal`` ones."""
    center, width = normal.mean(0), normal.std(0)
    width = np.where(width < 1e-6, 1.0, width)
    given, judged = ((part - center) / width for part in (normal, asked))
    fitted = PCA(min(_COMPONENTS, given.shape[1]), random_state=seed).fit(given)
    residual = (judged - fitted.inverse_transform(fitted.transform(judged))) ** 2
    forest = IsolationForest(random_state=seed).fit(given)
    return {"principal components": residual.sum(1), "isolation forest": -forest.score_samples(judged)}


def paired_interval(ours: Measure, theirs: Measure, units: int, seed: int) -> tuple[float, float]:
    """Return the 95 % interval of the difference of two figures, by bootstrap over the same ``units``."""
    rng = np.random.default_rng([seed, 3])
    differences = []
    for _ in range(_DRAWS):
        chosen = rng.integers(0, units, units)
        differences.append(ours(chosen) - theirs(chosen))
    low, high = np.nanquantile(differences, [0.025, 0.975])
    return float(low), float(high)


def mean_of(values: Sequence[float]) -> Measure:
    """Return the mean of chosen values as a function."""
    every = np.array(values)
    return lambda chosen: float(every[chosen].mean())


def _grams(kinds: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(kinds[start : start + size]) for start in range(len(kinds) - size + 1)]


def _new(kinds: Sequence[str], known: Counter[tuple[str, ...]], size: int) -> float:
    return float(sum(known[gram] == 0 for gram in _grams(kinds, size)))


def _drained(normal: Sequence[Item], asked: Sequence[Item], seed: int) -> Scores:
    """Return how isolated the counts of drain3's templates are."""
    miner = import_module("drain3").TemplateMiner()
    found = [[int(miner.add_log_message(e.message)["cluster_id"]) for e in item.sequence.events] for item in normal]
    matched = [[_cluster(miner.match(e.message)) for e in item.sequence.events] for item in asked]
    return _isolated(found, matched, seed)


def _isolated(found: Sequence[Sequence[int]], matched: Sequence[Sequence[int]], seed: int) -> Scores:
    """Return how isolated the counts of the kinds of each ``matched`` sequence are among those ``found`` in normal ones; 0 is
    the number of a kind that was not found."""
    width = max((one for places in found for one in places), default=0) + 1
    given, judged = (np.stack([np.bincount(places, minlength=width) for places in part]) for part in (found, matched))
    forest = IsolationForest(random_state=seed).fit(np.log1p(given))
    return np.asarray(-forest.score_samples(np.log1p(judged)))


def _cluster(match: object) -> int:
    return int(getattr(match, "cluster_id", 0))
