"""How many keys heads that match identifiers select in files like those of training, and whether a file differs from that.

Far fewer: its identifiers were not found, for they are of another form or stand between other words. Far more: words were taken
for identifiers that name nothing. Either way a verdict that rests on matching means little, though all words may be known.

Axis letters: H heads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sparsemix.errors import ConfigError

FAR = 3.0
"""Factor by which a head selects far less, or far more, than the least, or the most, in training."""
SHORTER = 2
"""Windows of training that are so many times shorter than a file, or more, say what is the least in it."""
# Keys an event at which a head selects next to nothing, of which a multiple says nothing either.
_NOTHING = 0.1


@dataclass(frozen=True, slots=True)
class UsualSelection:
    """Keys an event that each head selected in windows of ``length`` events of the logs of training: the ``least`` and the
    ``most`` of these windows [H]."""

    length: int
    least: tuple[float, ...]
    most: tuple[float, ...]

    def __post_init__(self) -> None:
        values = (*self.least, *self.most) if isinstance(self.least, tuple) and isinstance(self.most, tuple) else (math.nan,)
        finite = all(isinstance(value, float) and math.isfinite(value) for value in values)
        if type(self.length) is not int or self.length < 1 or not finite or len(self.least) != len(self.most):
            raise ConfigError("the usual selection of heads that match identifiers is damaged")


class Unlike(NamedTuple):
    """A file in which a head selects ``found`` keys an event, and from ``least`` to ``most`` in training."""

    found: float
    least: float
    most: float

    def in_words(self) -> str:
        """Say how it differs, and what that may come from."""
        much = "far less" if self.found < self.least else "far more"
        why = "as where names look different" if self.found < self.least else "as where other words are taken for names"
        return (
            f"heads that match identifiers select {much} than in training, {self.found:.2f} keys a line and not "
            f"{self.least:.2f} to {self.most:.2f}, {why}"
        )


def unlike_training(usual: Sequence[UsualSelection], pairs: Sequence[float], events: int) -> Unlike | None:
    """Return how a file of so many ``events`` differs from training, by the ``pairs`` that each head selected [H]: of the head
    that differs most. None where no head selects far less or far more; ``usual``: by length, shortest first.

    The longer a file, the more there is to select. So the least is that of clearly shorter windows of training, the longest
    such, and nothing where there are none; the most is that of all windows, and of longer files it grows with the length.
    """
    if not usual or not pairs:
        return None
    shorter = [one for one in usual if SHORTER * one.length <= events]
    least = shorter[-1].least if shorter else (0.0,) * len(usual[0].least)
    most = [max(1.0, events / usual[-1].length) * max(some) for some in zip(*(one.most for one in usual), strict=True)]
    apart = []
    for one, low, high in zip((count / max(events, 1) for count in pairs), least, most, strict=True):
        factor = max((low + _NOTHING) / (one + _NOTHING), (one + _NOTHING) / (high + _NOTHING))
        apart.append((factor, Unlike(one, low, high)))
    factor, differs = max(apart)
    return differs if factor > FAR else None


def unlike_as_json(unlike: Unlike | None) -> dict[str, float] | None:
    """Return as JSON types how a file differs from training."""
    return None if unlike is None else unlike._asdict()
