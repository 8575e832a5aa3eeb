"""What the labels of a data set mean: decided for all its sequences at once, because one word explains another.

data = understood(read_dataset(path), ["NEG"])
meaning(data)    # {"NEG": True, "POS": False}: whether each label means normal
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from sparsemix.dataset.item import DataSet
from sparsemix.dataset.label_words import is_normal, listed, normal_words


def understood(data: DataSet, chosen: Collection[str] | None = None, known: Mapping[str, bool] | None = None) -> DataSet:
    """Return the data set with it settled which labels mean normal; unchanged when nothing is labelled. ``chosen``, ``known``
    and errors as in `normal_words`."""
    labels = data.written
    if not labels:
        return data
    normal = normal_words(labels, data.name, chosen, known)
    return replace(data, items=tuple(item.understood(normal) for item in data.items))


def meaning(data: DataSet) -> dict[str, bool]:
    """Return for every label of the data set, the most frequent first, whether it means normal."""
    normal = data.items[0].normal if data.items else frozenset[str]()
    return {label: is_normal(label, normal) for label, _ in data.written.most_common()}


def meaning_in_words(data: DataSet) -> str:
    """Return what the labels mean as a sentence; empty when there are none."""
    means = meaning(data)
    parts = [
        f"{kind}: {listed([label for label, normal in means.items() if normal is wanted])}"
        for kind, wanted in (("normal", True), ("faulty", False))
        if wanted in means.values()
    ]
    return f"labels that mean {'; '.join(parts)}" if parts else ""
