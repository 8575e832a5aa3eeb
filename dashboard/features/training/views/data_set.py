"""A data set in numbers and words: how much of it there is, what is labelled, and what can be learned from it."""

from __future__ import annotations

import pandas as pd

from dashboard.service.training.own_data import Facts
from dashboard.texts import Texts
from sparsemix.dataset import DataSet
from sparsemix.dataset.item import is_normal
from sparsemix.training.own_data.plan import LEAST_OF_A_CLASS

FEW_LABELS = 32
"""Labelled sequences of a class below which one speaks of few."""
MOST_LABELS = 20


def labels(data: DataSet, t: Texts) -> pd.DataFrame:
    """How often every label of a sequence occurs, the most frequent first, and how it is read."""
    rows = [
        (label, count, t.plain("data.label_normal" if is_normal(label) else "data.label_faulty"))
        for label, count in data.labels.most_common(MOST_LABELS)
    ]
    return pd.DataFrame(rows, columns=[t.plain(f"data.{name}") for name in ("label", "times", "meaning")])


def lead(found: Facts, t: Texts) -> str:
    """What can be learned from these data, in a sentence."""
    if found.labels_suffice:
        fewest = min(found.faulty, found.normal) if found.labelled else min(found.marked, found.steps - found.marked)
        key = "data.suits_few" if fewest < FEW_LABELS else "data.suits_labels"
        return t(key, faulty=found.faulty, normal=found.normal)
    if found.sequences and found.faulty == found.sequences:
        return t("data.suits_nothing", faulty=found.faulty)
    return t("data.suits_one_class" if found.labelled else "data.suits_novelty", faulty=found.faulty, normal=found.normal)


def chosen(found: Facts, t: Texts) -> str:
    """Which task is taken when nobody says which, and why."""
    key = "training.auto_label" if found.labels_suffice else "training.auto_novelty"
    said = [t(key, faulty=found.faulty, normal=found.normal, needed=LEAST_OF_A_CLASS)]
    if found.steps:
        said.append(t("training.auto_steps", marked=found.marked, steps=found.steps))
    return " ".join(said)
