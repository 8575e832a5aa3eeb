"""Plain rules by which anyone would order a log's lines, and chance.

Severity: fatal, panic, emerg 5; crit, alert 4; error, exception, severe 3; fail 2.5; warn 2, also inside words. Kinds: those
of drain3 with its default settings, on the messages with every run of digits as 0. No place within ten lines of an earlier
one, and every kind once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
from drain3 import TemplateMiner
from drain3.template_miner_config import TemplateMinerConfig
from numpy.typing import NDArray

from tests.benchmarks.zero.logs import SystemLog

_GRADES = (
    (5.0, ("fatal", "panic", "emerg")),
    (4.0, ("crit", "alert")),
    (3.0, ("error", "exception", "severe")),
    (2.5, ("fail",)),
    (2.0, ("warn",)),
)
_GAP, _MOST, _RANDOM = 10, 10, 20


def _texts(log: SystemLog) -> list[str]:
    return [line[start:] for line, start in zip(log.lines, log.head.tolist(), strict=True)]


def _kinds(log: SystemLog) -> NDArray[np.int64]:
    miner = TemplateMiner(config=TemplateMinerConfig())
    return np.array([miner.add_log_message(re.sub(r"\d+", "0", text))["cluster_id"] for text in _texts(log)])


def _severity(log: SystemLog) -> NDArray[np.float64]:
    texts = [text.lower() for text in _texts(log)]
    return np.array([next((grade for grade, words in _GRADES if any(word in text for word in words)), 0.0) for text in texts])


def _first(score: NDArray[np.float64], kind: NDArray[np.int64]) -> list[int]:
    shown: list[int] = []
    kinds: set[int] = set()
    for event in np.argsort(-score, kind="stable").tolist():
        if int(kind[event]) not in kinds and all(abs(event - other) > _GAP for other in shown):
            shown.append(event)
        kinds.add(int(kind[event]))
        if len(shown) == _MOST:
            break
    return [place + 1 for place in shown]


def _by_severity(log: SystemLog) -> list[int]:
    kind = _kinds(log)
    count = np.bincount(kind)[kind]
    return _first(_severity(log) * len(kind) - count / len(kind), kind)


def _by_root(log: SystemLog) -> list[int]:
    kind = _kinds(log)
    return _first((_severity(log) + 0.5) / np.sqrt(np.bincount(kind)[kind]), kind)


def _by_rarity(log: SystemLog) -> list[int]:
    kind = _kinds(log)
    return _first(-np.bincount(kind)[kind].astype(np.float64), kind)


RULES: Mapping[str, Callable[[SystemLog], list[int]]] = {
    "severity, then rarity": _by_severity,
    "severity and square root of the count": _by_root,
    "rarest kind": _by_rarity,
}


def random_order(log: SystemLog) -> list[list[int]]:
    """Return twenty random orders of a log's lines, the first ten lines of each."""
    rng = np.random.default_rng(0)
    lines = np.arange(1, len(log.lines) + 1)
    return [rng.permutation(lines)[:_MOST].tolist() for _ in range(_RANDOM)]
