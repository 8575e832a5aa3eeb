"""The protocol on HDFS as raw lines: what is learned from, what is tested, in which windows, and who is told what.

The lines of all blocks are interleaved, in order of time. The cut is the first line of the first held-out block (`Hdfs.cut`).

| part | lines | what for |
|---|---|---|
| fitted | the first 85 % before the cut | fitting |
| kept | those between them and the cut | choosing a threshold |
| held out | all from the cut on, those of blocks that had begun before it included | the figures |

Windows of a length follow one another from the first line of a part, the last one partial where the length does not divide the
part. A window is seen whole, both ways.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sparsemix.errors import ConfigError
from tests.benchmarks.hdfs.data import Hdfs, load
from tests.benchmarks.hdfs.model import learned
from tests.benchmarks.report import BenchmarkRefused

Span = tuple[int, int]
"""The first line of a window, and the one behind its last."""


def read(data_dir: Path) -> Hdfs:
    """Read the two files in the folder ``hdfs``. Raises `ConfigError` that names the file and what to do about it, also when a
    part holds no line of an anomalous block."""
    data = load(data_dir / "hdfs")
    end = learned(data)
    for name, part in (
        ("fitted", data.label[:end]),
        ("kept", data.label[end : data.cut]),
        ("held-out", data.label[data.cut :]),
    ):
        if not part.any() or part.all():
            raise ConfigError(f"the {len(part)} {name} lines do not hold normal and anomalous blocks; use the whole files")
    return data


def fitted_windows(data: Hdfs, length: int) -> list[Span]:
    """Return the windows of the lines to fit on."""
    return _windows(0, learned(data), length)


def kept_windows(data: Hdfs, length: int) -> list[Span]:
    """Return the windows of the training lines that are kept for choosing a threshold."""
    return _windows(learned(data), data.cut, length)


def held_out_windows(data: Hdfs, length: int) -> list[Span]:
    """Return the windows of the test lines."""
    return _windows(data.cut, len(data.lines), length)


def _windows(start: int, stop: int, length: int) -> list[Span]:
    return [(first, min(first + length, stop)) for first in range(start, stop, length)]


def untold(data: Hdfs) -> Hdfs:
    """Return the data as a method sees them that is told no truth of the test lines: all lines, split and cut as they are, but
    every test line bears the number of the first held-out block, and no held-out block counts as anomalous.

    The blocks and labels of the lines before the cut are there to learn from.
    """
    block, anomalous = data.block.copy(), data.anomalous.copy()
    block[data.cut :] = data.split
    anomalous[data.split :] = False
    return dataclasses.replace(data, block=block, anomalous=anomalous)


def check(data: Hdfs, lengths: Sequence[int]) -> None:
    """Raise `BenchmarkRefused` unless lines, blocks and cut fit each other, every line names its block, and every test line is
    in exactly one window of each length."""
    numbers, first = np.unique(data.block, return_index=True)
    wrong = {
        "lines and blocks differ in number": not (
            len(data.lines) == len(data.block) and len(numbers) == len(data.names) == len(data.anomalous)
        ),
        "blocks are not numbered in the order of their first lines": bool((np.diff(first) <= 0).any()),
        "the cut is not the first line of a held-out block": bool(
            data.block[data.cut] != data.split or data.block[: data.cut].max(initial=0) >= data.split
        ),
    }
    for length in lengths:
        times = np.zeros(len(data.lines), np.int64)
        for start, stop in held_out_windows(data, length):
            times[start:stop] += 1
        wrong[f"a test line is not in exactly one window of {length} lines"] = bool(
            times[: data.cut].any() or (times[data.cut :] != 1).any()
        )
    found = [text for text, is_so in wrong.items() if is_so]
    if not found and not all(data.names[number] in line for number, line in zip(data.block.tolist(), data.lines, strict=True)):
        found = ["a line does not name its block"]
    if found:
        raise BenchmarkRefused(f"{'; '.join(found)}: nothing is reported")
