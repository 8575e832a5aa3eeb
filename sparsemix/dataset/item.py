"""One sequence with its labels, the data set of all sequences, and labels as people write them: how many there are, and what
they mean. That is decided for all sequences at once, because one word explains another.

    data = understood(read_dataset(path), ["NEG"])
    meaning(data)    # {"NEG": True, "POS": False}: whether each label means normal
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sparsemix.dataset.label_words import NORMAL, is_normal, listed, normal_words
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import InputError

UNMARKED = "0"
_MAX_LABEL = 200


def label_text(value: object, where: str) -> str | None:
    """Return a label as text; None, for an unknown label, when it is null, empty or NaN. Raises `InputError` bad_label."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if not isinstance(value, str | int | float):
        raise InputError(
            f"{where}: a label must be a text or a number, not {type(value).__name__}; single events are labelled by "
            'their places, such as "spans": [3, [10, 14]].',
            code="bad_label",
            where=where,
        )
    text = str(value).strip()
    if len(text) > _MAX_LABEL:
        raise InputError(f"{where}: the label has more than {_MAX_LABEL} characters.", code="bad_label", where=where)
    return text if text and text.lower() not in ("nan", "null") else None


def first_faulty(labels: Sequence[str], normal: Collection[str]) -> str:
    """Return the first of several labels of one step that means faulty, or the first one when all mean ``normal``."""
    return next((label for label in labels if not is_normal(label, normal)), labels[0])


@dataclass(frozen=True, slots=True)
class Item:
    """A sequence of N events: its ``id``, its ``label`` as written, the labels of its steps [N], and the character ``offsets``
    int64 [N, 2] of the words of a text; None for what is not known. ``marked``: the steps are marked as faulty or "0" instead
    of labelled in words; ``normal``: the words of labels that mean normal; ``several``: all labels of the steps that have more
    than one, until it is settled which of them mean normal."""

    id: str
    sequence: TokenSequence
    label: str | None = None
    steps: tuple[str, ...] | None = None
    offsets: NDArray[np.int64] | None = None
    marked: bool = False
    normal: frozenset[str] = NORMAL
    several: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.sequence)

    def part(self, start: int, stop: int) -> Item:
        """Return the events from ``start`` to ``stop`` - 1 as a sequence of their own. It keeps the labels of its steps; the
        label of the whole sequence only where steps have none."""
        return replace(
            self,
            id=f"{self.id}[{start}:{stop}]",
            sequence=replace(self.sequence, events=self.sequence.events[start:stop], starts=()),
            label=None if self.steps is not None else self.label,
            steps=None if self.steps is None else self.steps[start:stop],
            offsets=None if self.offsets is None else self.offsets[start:stop],
            several={step - start: labels for step, labels in self.several.items() if start <= step < stop},
        )

    def understood(self, normal: frozenset[str]) -> Item:
        """Return the sequence with these words meaning ``normal``; a step with several labels has its first faulty one."""
        if self.steps is None or not self.several:
            return replace(self, normal=normal)
        settled = {step: first_faulty(labels, normal) for step, labels in self.several.items()}
        steps = tuple(settled.get(place, step) for place, step in enumerate(self.steps))
        return replace(self, normal=normal, steps=steps, several={})

    @property
    def faulty(self) -> bool | None:
        """Return whether something is wrong with the sequence, by its label or else by its steps' labels; None when unknown."""
        if self.label is not None:
            return not is_normal(self.label, self.normal)
        return None if self.steps is None else bool(self.faulty_steps.any())

    @property
    def faulty_steps(self) -> NDArray[np.bool_]:
        """Return which events are faulty [N]; none where steps have no labels."""
        if self.steps is None:
            return np.zeros(len(self), np.bool_)
        # Marks are no words: whatever the words mean, "0" is what was not marked.
        fine = {step for step in set(self.steps) if (step == UNMARKED if self.marked else is_normal(step, self.normal))}
        return np.array([step not in fine for step in self.steps], np.bool_)

    @property
    def faults(self) -> list[str]:
        """Return the labels of the sequence and of its steps that mean faulty."""
        own = [self.label] if self.label is not None and self.faulty else []
        if self.steps is None:
            return own
        return own + [step for step, faulty in zip(self.steps, self.faulty_steps, strict=True) if faulty]


@dataclass(frozen=True, slots=True)
class DataSet:
    """All sequences of one source; ``notes``: stable codes, with a count after a colon where there is one."""

    name: str
    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.items)

    @property
    def events(self) -> int:
        """Return the number of events in all sequences."""
        return sum(len(item) for item in self.items)

    @property
    def labels(self) -> Counter[str]:
        """Return how often every label of a sequence occurs."""
        return Counter(item.label for item in self.items if item.label is not None)

    @property
    def written(self) -> Counter[str]:
        """Return how often every label occurs, on sequences and on steps that were labelled in words. Of steps with several
        labels each is counted, until it is settled which of them mean normal."""
        written = self.labels
        for item in self.items:
            if item.steps is not None and not item.marked:
                written.update(step for place, step in enumerate(item.steps) if step and place not in item.several)
                written.update(label for labels in item.several.values() for label in labels)
        return written

    @property
    def labelled(self) -> tuple[Item, ...]:
        """Return the sequences of which it is known whether something is wrong with them."""
        return tuple(item for item in self.items if item.faulty is not None)

    @property
    def sha256(self) -> str:
        """Return the SHA-256 (hex) of ids, labels and events in their order: packing does not change it."""
        digest = hashlib.sha256(b"sparsemix-dataset-1\n")
        for item in self.items:
            record = [item.id, item.label, item.steps, item.sequence.sha256]
            digest.update(json.dumps(record, separators=(",", ":")).encode("ascii") + b"\n")
        return digest.hexdigest()


LEAST_OF_A_CLASS = 4


@dataclass(frozen=True, slots=True)
class Labelled:
    """Numbers of sequences labelled ``faulty`` and ``normal``, and of single events, in sequences with labelled events, that
    are ``marked`` as faulty and ``unmarked``."""

    faulty: int
    normal: int
    marked: int
    unmarked: int

    @property
    def suffice(self) -> bool:
        """Return whether there are enough labels of both kinds to learn from."""
        return max(min(self.faulty, self.normal), min(self.marked, self.unmarked)) >= LEAST_OF_A_CLASS


def labelled(items: Sequence[Item]) -> Labelled:
    """Count the labels."""
    known = Counter(item.faulty for item in items)
    steps = [item for item in items if item.steps is not None]
    marked = sum(int(item.faulty_steps.sum()) for item in steps)
    return Labelled(known[True], known[False], marked, sum(len(item) for item in steps) - marked)


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
