"""Other forms of blocks' names: what a name looks like is a habit of the program that writes the log.

| Form | Example |
|---|---|
| ``hex`` | ``0f31c2a9d47be680`` |
| ``uuid`` | ``6158541f-c4f9-934a-d2ba-3a4bee669624`` |
| ``job`` | ``job-17/attempt_3`` |
| ``letters`` | ``job-N4/attempt_i``: what tells jobs and attempts apart are letters, too |
| ``lot`` | ``LOT-00017`` |
| ``number`` | ``17`` |
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase

import numpy as np

from tests.benchmarks.hdfs.data import Hdfs

_NAME = re.compile(r"blk_-?\d+")
HEX = "hex"


def _letters(number: int) -> str:
    job, attempt = divmod(number, len(ascii_lowercase))
    return f"job-{ascii_uppercase[job % 26]}{job // 26}/attempt_{ascii_lowercase[attempt]}"


_NUMBERED: dict[str, Callable[[int], str]] = {
    "job": lambda number: f"job-{number // 10}/attempt_{number % 10}",
    "letters": _letters,
    "lot": lambda number: f"LOT-{number:05d}",
    "number": lambda number: str(number + 1),
}
FORMS = (HEX, "uuid", *_NUMBERED)


def _names(form: str, count: int, seed: int) -> list[str]:
    """Return different names; numbered ones in an order that is drawn."""
    rng = np.random.default_rng([seed, 2])
    if form in _NUMBERED:
        return [_NUMBERED[form](number) for number in rng.permutation(count).tolist()]
    drawn = rng.integers(2**32, size=(count, 2 if form == HEX else 4)).tolist()
    words = ["".join(f"{part:08x}" for part in row) for row in drawn]
    edges = (0, 16) if form == HEX else (0, 8, 12, 16, 20, 32)
    return ["-".join(word[low:high] for low, high in pairwise(edges)) for word in words]


def renamed(data: Hdfs, form: str, seed: int, start: int = 0) -> Hdfs:
    """Return the data with names of another form in place of the blocks' in the lines from ``start`` on, the same one
    everywhere there. Lines also name blocks that have no lines of their own."""
    lines = data.lines[start:]
    blocks = list(dict.fromkeys([*data.names, *(name for line in lines for name in _NAME.findall(line))]))
    other = dict(zip(blocks, _names(form, len(blocks), seed), strict=True))
    written = tuple(_NAME.sub(lambda found: other[found[0]], line) for line in lines)
    return dataclasses.replace(data, lines=data.lines[:start] + written, names=tuple(other[name] for name in data.names))
