"""Trivial detectors of unusual lines in one log, which stand beside every figure: each scores every line, more unusual higher.

| Name | Score of a line |
|---|---|
| ``rarity`` | minus the logarithm of how often its template occurs |
| ``severity`` | the severest word in it: fatal 3, error 2, warning 1 |
| ``new template`` | how late in the log its template occurs for the first time, 0 from the second time on |
| ``new pair`` | minus the logarithm of how often its template follows the one before it |
| ``3-grams`` | minus the logarithm of how often the last three templates occur in this order |
| ``isolation forest`` | that of drain3's template counts in the window around it (Liu, Ting, Zhou 2008, "Isolation forest") |

Templates are drain3's (He et al. 2017, "Drain"), of the text behind the time, with numbers masked.

Axis letters: N lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from drain3.drain import Drain
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from tests.benchmarks.zero.logs import SystemLog

Scores = NDArray[np.float64]
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|\d+(?:[.:,/-]\d+)*")
_SEVERE = (
    (3.0, re.compile(r"\b(?:fatal|emerg\w*|panic|critical|crit|alert|severe)\b", re.IGNORECASE)),
    (2.0, re.compile(r"\b(?:err|error|errors|fail|fails|failed|failure|failures|exception|exceptions)\b", re.IGNORECASE)),
    (1.0, re.compile(r"\b(?:warn|warning|warnings|invalid|refused|denied|timeout|unable|cannot)\b", re.IGNORECASE)),
)
_WINDOW = 20


def templates(log: SystemLog) -> NDArray[np.int64]:
    """Return the number of every line's template [N]."""
    drain, known = Drain(), {}
    numbers = []
    for line, head in zip(log.lines, log.head.tolist(), strict=True):
        masked = _NUMBER.sub("<*>", line[head:])
        if masked not in known:
            known[masked] = drain.add_log_message(masked)[0].cluster_id
        numbers.append(known[masked])
    return np.array(numbers, np.int64)


def _rarity(_log: SystemLog, kind: NDArray[np.int64]) -> Scores:
    return -np.log(_counts(kind.tolist()))


def _severity(log: SystemLog, _kind: NDArray[np.int64]) -> Scores:
    return np.array([next((value for value, word in _SEVERE if word.search(line)), 0.0) for line in log.lines])


def _new_template(_log: SystemLog, kind: NDArray[np.int64]) -> Scores:
    score = np.zeros(len(kind))
    _, first = np.unique(kind, return_index=True)
    score[first] = first / len(kind)
    return score


def _new_pair(_log: SystemLog, kind: NDArray[np.int64]) -> Scores:
    return -np.log(_counts(list(zip([-1, *kind.tolist()[:-1]], kind.tolist(), strict=True))))


def _three(_log: SystemLog, kind: NDArray[np.int64]) -> Scores:
    padded = [-1, -1, *kind.tolist()]
    return -np.log(_counts(list(zip(padded, padded[1:], padded[2:], strict=False))))


def _isolation_forest(_log: SystemLog, kind: NDArray[np.int64]) -> Scores:
    _, dense = np.unique(kind, return_inverse=True)
    once = np.eye(int(dense.max()) + 1)[dense]
    total = np.concatenate([np.zeros((1, once.shape[1])), once.cumsum(0)])
    # Whole windows at the ends, too: a shorter one would look unusual for its length.
    low = np.clip(np.arange(len(kind)) - _WINDOW // 2, 0, max(len(kind) - _WINDOW, 0))
    high = np.minimum(low + _WINDOW, len(kind))
    window = total[high] - total[low]
    return -np.asarray(IsolationForest(random_state=0).fit(window).score_samples(window), np.float64)


def _counts(values: Sequence[object]) -> Scores:
    """Return how often every value occurs [N]."""
    count = Counter(values)
    return np.array([count[value] for value in values], np.float64)


DETECTORS: dict[str, Callable[[SystemLog, NDArray[np.int64]], Scores]] = {
    "rarity": _rarity,
    "severity": _severity,
    "new template": _new_template,
    "new pair": _new_pair,
    "3-grams": _three,
    "isolation forest": _isolation_forest,
}
