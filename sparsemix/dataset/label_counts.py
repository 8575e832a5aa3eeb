"""How many labels of each kind a data set has, and whether they suffice to learn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sparsemix.dataset.item import Item

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
