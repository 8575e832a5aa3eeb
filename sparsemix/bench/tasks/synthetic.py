"""Synthetic tasks that need far, sparse look-ups: multi-query associative recall and selective copying.

Sources: recall as in Arora et al. 2023, "Zoology" (arXiv 2312.04927); selective copying as in Gu and Dao 2023, "Mamba"
(arXiv 2312.00752), after Arjovsky et al. 2016 (arXiv 1511.06464).

Axis letters: B sequences, N tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import ConfigError

# Target of positions that nobody asks about.
UNASKED = -1


@dataclass(frozen=True, slots=True)
class Examples:
    """``tokens`` int64 [B, N], and ``target`` int64 [B, N]: the class to answer at a position, or ``UNASKED``."""

    tokens: NDArray[np.int64]
    target: NDArray[np.int64]


class Task(Protocol):
    """Examples of any length from a generator; ``vocabulary`` tokens, ``classes`` answers."""

    name: str
    vocabulary: int
    classes: int

    def sample(self, length: int, count: int, rng: np.random.Generator) -> Examples:
        """``count`` fresh examples of ``length`` tokens."""
        ...


class AssociativeRecall:
    """Multi-query associative recall: pairs of key and value first, then every key once more, among noise, in random order.

    At the second sight of a key its value is asked for. Pairs *and* noise grow with the length: one pair for every 16 tokens.
    Tokens: 0 to ``noise`` - 1 noise, then the keys, then the values.
    """

    name = "recall"
    tokens_per_pair = 16

    def __init__(self, keys: int = 128, values: int = 32, noise: int = 8) -> None:
        self.keys, self.classes, self.noise = keys, values, noise
        self.vocabulary = noise + keys + values

    def sample(self, length: int, count: int, rng: np.random.Generator) -> Examples:
        """``count`` examples of ``length`` tokens; raises ConfigError when there are not enough keys for that."""
        pairs = length // self.tokens_per_pair
        if not 1 <= pairs <= self.keys:
            raise ConfigError(f"{self.keys} keys make sequences of 16 to {self.tokens_per_pair * self.keys + 15} tokens")
        tokens = rng.integers(self.noise, size=(count, length))
        target = np.full((count, length), UNASKED, np.int64)
        for row in range(count):
            key = rng.choice(self.keys, pairs, replace=False)
            value = rng.integers(self.classes, size=pairs)
            tokens[row, 0 : 2 * pairs : 2] = self.noise + key
            tokens[row, 1 : 2 * pairs : 2] = self.noise + self.keys + value
            place = 2 * pairs + rng.choice(length - 2 * pairs, pairs, replace=False)
            tokens[row, place] = self.noise + key
            target[row, place] = value
        return Examples(tokens, target)


class SelectiveCopying:
    """Selective copying: ``items`` data tokens at random places among noise, then as many markers, which ask for them in order.

    Noise alone grows with the length. Tokens: 0 noise, 1 the marker, then ``kinds`` data tokens.
    """

    name = "copying"

    def __init__(self, items: int = 16, kinds: int = 16) -> None:
        self.items, self.classes = items, kinds
        self.vocabulary = 2 + kinds

    def sample(self, length: int, count: int, rng: np.random.Generator) -> Examples:
        """``count`` examples of ``length`` tokens; raises ConfigError when the items and markers do not fit."""
        room = length - self.items
        if room < self.items:
            raise ConfigError(f"selective copying needs at least {2 * self.items} tokens")
        tokens = np.zeros((count, length), np.int64)
        target = np.full((count, length), UNASKED, np.int64)
        item = rng.integers(self.classes, size=(count, self.items))
        for row in range(count):
            tokens[row, np.sort(rng.choice(room, self.items, replace=False))] = 2 + item[row]
        tokens[:, room:] = 1
        target[:, room:] = item
        return Examples(tokens, target)
