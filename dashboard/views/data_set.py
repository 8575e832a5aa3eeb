"""A data set in numbers and words: how much of it there is, what is labelled, and what can be learned from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.texts import Texts
from sparsemix import InputError
from sparsemix.dataset import DataSet
from sparsemix.dataset.labels import is_normal
from sparsemix.learn import Plan
from sparsemix.learn.plan import by_class, task_of

FEW_LABELS = 32
"""Labelled sequences of a class below which one speaks of few."""
MOST_LABELS = 20


@dataclass(frozen=True, slots=True)
class Facts:
    """Numbers of a data set: ``sequences``, ``events``, the ``shortest``, ``median`` and ``longest`` sequence in events;
    ``faulty`` and ``normal`` labelled sequences; ``marked`` steps of the ``steps`` that have labels of their own."""

    sequences: int
    events: int
    shortest: int
    median: int
    longest: int
    faulty: int
    normal: int
    marked: int
    steps: int

    @property
    def labelled(self) -> int:
        """Sequences of which it is known whether something is wrong with them."""
        return self.faulty + self.normal


def facts(data: DataSet) -> Facts:
    """Count."""
    lengths = np.array([len(item) for item in data.items])
    faulty, normal = by_class(data.items)
    stepped = [item for item in data.items if item.steps is not None]
    return Facts(
        len(data),
        data.events,
        int(lengths.min()),
        int(np.median(lengths)),
        int(lengths.max()),
        len(faulty),
        len(normal),
        sum(int(item.faulty_steps.sum()) for item in stepped),
        sum(len(item) for item in stepped),
    )


def labels(data: DataSet, t: Texts) -> pd.DataFrame:
    """How often every label of a sequence occurs, the most frequent first, and how it is read."""
    rows = [
        (label, count, t.plain("data.label_normal" if is_normal(label) else "data.label_faulty"))
        for label, count in data.labels.most_common(MOST_LABELS)
    ]
    return pd.DataFrame(rows, columns=[t.plain(f"data.{name}") for name in ("label", "times", "meaning")])


def labels_suffice(data: DataSet) -> bool:
    """Whether there are labels enough of both kinds to learn from."""
    try:
        return task_of(data, Plan(task="label")) == "label"
    except InputError:
        return False


def lead(data: DataSet, t: Texts) -> str:
    """What can be learned from these data, in a sentence."""
    found = facts(data)
    if labels_suffice(data):
        fewest = min(found.faulty, found.normal) if found.labelled else min(found.marked, found.steps - found.marked)
        key = "data.suits_few" if fewest < FEW_LABELS else "data.suits_labels"
        return t(key, faulty=found.faulty, normal=found.normal)
    return t("data.suits_one_class" if found.labelled else "data.suits_novelty", faulty=found.faulty, normal=found.normal)
