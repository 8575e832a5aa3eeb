"""A data set in numbers and words: how much of it there is, what is labelled, and what can be learned from it."""

from __future__ import annotations

import pandas as pd

from dashboard.service.reading.data_sets import DataSetFacts
from dashboard.texts import Texts
from dashboard.views.frames import frame
from sparsemix.dataset.item import LEAST_OF_A_CLASS

FEW_LABELS = 32
"""Labelled sequences of a class below which the page calls them few."""
MOST_LABELS = 20


def labels(facts: DataSetFacts, t: Texts) -> pd.DataFrame:
    """Return how often every label of a sequence occurs, the most frequent first, and how it is read."""
    rows = [
        (label.label, label.times, t.plain("usual.among.normal" if label.normal else "usual.among.faulty"))
        for label in facts.labels[:MOST_LABELS]
    ]
    return frame(rows, "data", ("label", "times", "role"), t)


def lead(facts: DataSetFacts, t: Texts) -> str:
    """Say what can be learned from these data, in a sentence."""
    if facts.labels_suffice:
        fewest = min(facts.faulty, facts.normal) if facts.labelled else min(facts.marked, facts.steps - facts.marked)
        key = "data.suits_few" if fewest < FEW_LABELS else "data.suits_labels"
        return t(key, faulty=facts.faulty, normal=facts.normal)
    if facts.sequences and facts.faulty == facts.sequences:
        return t("data.suits_nothing", faulty=facts.faulty)
    return t("data.suits_one_class" if facts.labelled else "data.suits_novelty", faulty=facts.faulty, normal=facts.normal)


def chosen(facts: DataSetFacts, t: Texts) -> str:
    """Say which task is taken when nobody chooses one, and why."""
    task = t("training.task_label" if facts.labels_suffice else "training.task_novelty")
    sentences = [t("training.auto_label", task=task, faulty=facts.faulty, normal=facts.normal, needed=LEAST_OF_A_CLASS)]
    if facts.steps:
        sentences.append(t("training.auto_steps", marked=facts.marked, steps=facts.steps))
    return " ".join(sentences)
