"""Light baselines: three classifiers that are told which lines belong to one block, and a trivial detector that is not.

A told classifier reads of each line: log(1 + count) of every template among the lines of its block in the window, whether the
template occurs there, and the line's own template.

| Name | What it is | Threshold |
|---|---|---|
| ``told, logistic`` | logistic regression | the best on the kept lines |
| ``told, mlp`` | a network with one hidden layer of 64 units, 20 epochs | the best on the kept lines |
| ``told, forest`` | a random forest of 60 trees | 0.5 |
| ``template share`` | of the fitted lines of the line's template, the share of anomalous blocks | the best on the kept lines |

Axis letters: M test lines, R lines of some windows, T templates.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from tests.benchmarks.hdfs.data import Hdfs
from tests.benchmarks.hdfs.model import learned
from tests.benchmarks.long.data import Span, fitted_windows, held_out_windows, kept_windows
from tests.benchmarks.long.scores import Scored, Scores, best_threshold

LOGISTIC, MLP, FOREST = "told, logistic", "told, mlp", "told, forest"
TOLD = (LOGISTIC, MLP, FOREST)
DRAWN = (MLP, FOREST)
"""Those that a seed changes."""
SHARE = "template share"
_HIDDEN, _EPOCHS, _TREES = 64, 20, 60


class _Classifier(Protocol):
    def fit(self, x: NDArray[np.float32], y: NDArray[np.bool_]) -> object: ...

    def predict_proba(self, x: NDArray[np.float32]) -> ArrayLike: ...


@dataclass(frozen=True, slots=True)
class ToldLines:
    """Features float32 [R, 3 T] of the lines of every part, in windows of one length, and the labels bool [R] of those before
    the cut."""

    fitted: NDArray[np.float32]
    kept: NDArray[np.float32]
    held_out: NDArray[np.float32]
    fitted_label: NDArray[np.bool_]
    kept_label: NDArray[np.bool_]

    @classmethod
    def of(cls, data: Hdfs, length: int) -> ToldLines:
        """Count templates in windows of ``length`` lines."""
        windows = fitted_windows(data, length), kept_windows(data, length), held_out_windows(data, length)
        fitted, kept, held_out = (told_features(data, some) for some in windows)
        end = learned(data)
        return cls(fitted, kept, held_out, data.label[:end], data.label[end : data.cut])

    def scored(self, name: str, seed: int) -> Scored:
        """Fit one of ``TOLD``, and score the test lines."""
        classifier = _classifier(name, seed)
        with warnings.catch_warnings():
            # The number of epochs is fixed on purpose.
            warnings.simplefilter("ignore", ConvergenceWarning)
            classifier.fit(self.fitted, self.fitted_label)
        threshold = 0.5 if name == FOREST else best_threshold(_probability(classifier, self.kept), self.kept_label)
        return _probability(classifier, self.held_out), threshold


def told_features(data: Hdfs, windows: Sequence[Span]) -> NDArray[np.float32]:
    """Return the features [R, 3 T] of the lines of these windows, one after another."""
    once = np.eye(int(data.template.max()) + 1, dtype=np.float32)
    parts = []
    for start, stop in windows:
        own = once[data.template[start:stop]]
        blocks, block = np.unique(data.block[start:stop], return_inverse=True)
        counts = np.zeros((len(blocks), len(once)), np.float32)
        np.add.at(counts, (block, data.template[start:stop]), 1.0)
        parts.append(np.concatenate([np.log1p(counts)[block], (counts > 0.0)[block], own], axis=1, dtype=np.float32))
    return np.concatenate(parts)


def template_share(data: Hdfs) -> Scored:
    """Score every test line by its template; a template that no fitted line has scores 0."""
    end, templates = learned(data), int(data.template.max()) + 1
    seen, label = data.template[:end], data.label[:end]
    share = np.bincount(seen[label], minlength=templates) / np.maximum(np.bincount(seen, minlength=templates), 1)
    kept = slice(end, data.cut)
    threshold = best_threshold(share[data.template[kept]], data.label[kept])
    return share[data.template[data.cut :]], threshold


def _classifier(name: str, seed: int) -> _Classifier:
    made: dict[str, _Classifier] = {
        LOGISTIC: LogisticRegression(max_iter=1000),
        MLP: MLPClassifier((_HIDDEN,), max_iter=_EPOCHS, random_state=seed),
        FOREST: RandomForestClassifier(_TREES, random_state=seed, n_jobs=1),
    }
    return made[name]


def _probability(classifier: _Classifier, features: NDArray[np.float32]) -> Scores:
    return np.asarray(classifier.predict_proba(features), np.float64)[:, 1]
