"""Files as the product reads them, with the truth by event, and the files of one kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.readers import read_bytes
from tests.benchmarks.newcomer.files import Make, PlantedFile
from tests.benchmarks.report import BenchmarkRefused

NORMAL, FAULTY, FRESH = 20, 5, 10


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A ``sequence`` as read, and the indices of the events that are ``faults``, and of those that are their ``causes``."""

    sequence: TokenSequence
    faults: frozenset[int]
    causes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of one kind: ``normal`` ones to learn from, ``faulty`` ones, and ``fresh`` normal ones."""

    normal: tuple[PlantedFile, ...]
    faulty: tuple[PlantedFile, ...]
    fresh: tuple[PlantedFile, ...]

    def write(self, path: Path) -> None:
        """Write the files to a folder for each part. Raises `OSError`."""
        for part, files in (("normal", self.normal), ("faulty", self.faulty), ("fresh", self.fresh)):
            (path / part).mkdir(parents=True, exist_ok=True)
            for file in files:
                (path / part / file.name).write_bytes(file.data)


def folder_of(make: Make, kind: int, seed: int) -> Folder:
    """Return the files of the ``kind`` with this number; the same seed gives the same files."""
    parts = [
        tuple(
            make(np.random.default_rng([seed, kind, place, number]), f"{name}-{number + 1:02}", name == "faulty")
            for number in range(count)
        )
        for place, (name, count) in enumerate((("normal", NORMAL), ("faulty", FAULTY), ("fresh", FRESH)))
    ]
    return Folder(*parts)


def read(file: PlantedFile) -> ReadFile:
    """Read a file as the product does. Raises `BenchmarkRefused` when a line of the truth is not there as it was written."""
    sequence = read_bytes(file.data, file.name)
    place = {event.line: index for index, event in enumerate(sequence.events)}

    def events(truth: Mapping[int, str]) -> frozenset[int]:
        for line, text in truth.items():
            if line not in place or text not in sequence.events[place[line]].text:
                raise BenchmarkRefused(f"{file.name}, line {line:,}: {text!r} was planted and is not read")
        return frozenset(place[line] for line in truth)

    return ReadFile(sequence, events(file.faults), events(file.causes))
