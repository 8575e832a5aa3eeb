"""Two readings of ten real logs, and the figures of what a method shows first against them.

The data: ``loghub/first_look/reader_1`` and ``reader_2`` with one ``NAME.json`` a log of LogHub's samples: incidents with all
their lines (``lines``), those to show first (``best``), lines that explain them (``causes``), and the ``grade``: 2 must be
seen, 1 is worth seeing. The figures are those of the ``score.py`` beside them:

- ``D@5``: incidents met by the first five leads, each counted once, over what five could meet;
- ``must@10``, ``any@10``: share of the incidents of grade 2, of all, that the first ten leads meet;
- ``lead@10``: share of all incidents with one of the first ten leads within three lines of a best line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import ConfigError

FOLDER = Path("loghub") / "first_look"
READERS = ("reader_1", "reader_2")
FIGURES = ("D@5", "must@10", "any@10", "lead@10")
_NEAR_BEST, _NEAR_CAUSE, _CAUSES_TOLD = 3, 1, 3
STRETCH = 200


@dataclass(frozen=True, slots=True)
class ReadIncident:
    """An incident of a reading: its ``lines`` (from 1), the ``best`` of them, its ``grade``, and the lines elsewhere and
    before that explain it (``causes``)."""

    lines: frozenset[int]
    best: tuple[int, ...]
    grade: int
    causes: tuple[int, ...]
    sure: int


Reading = dict[str, tuple[ReadIncident, ...]]
"""The incidents of every log, by its name."""


@dataclass(frozen=True, slots=True)
class Told:
    """An incident that a method shows: its ``lead``, and lines told as its ``causes``, best first."""

    lead: int
    causes: tuple[int, ...] = ()


def readings(data: Path) -> tuple[Reading, Reading]:
    """Return both readings. Raises `ConfigError` when they are not there."""
    found = []
    for reader in READERS:
        paths = sorted((data / FOLDER / reader).glob("*.json"))
        if not paths:
            raise ConfigError(f"--data-dir must lead to a folder with {FOLDER / reader}")
        found.append({path.stem: tuple(map(_incident, json.loads(path.read_text())["incidents"])) for path in paths})
    return found[0], found[1]


def _incident(read: dict[str, list[int]]) -> ReadIncident:
    lines, best = frozenset(read["lines"]) | frozenset(read["best"]), tuple(read["best"])
    causes = tuple(line for line in read["causes"] if best and line not in lines and line < best[0])
    sure = {"high": 0, "middle": 1, "low": 2}[str(read["sure"])]
    return ReadIncident(lines, best, int(str(read["grade"])), causes, sure)


def figures(leads: Sequence[int], incidents: Sequence[ReadIncident]) -> tuple[float, float, float, float]:
    """Return the FIGURES of the first lines that a method shows; must@10 is nan where nothing must be seen."""
    five, ten = set(leads[:5]), set(leads[:10])
    must = [bool(one.lines & ten) for one in incidents if one.grade == 2]
    near = [any(abs(lead - best) <= _NEAR_BEST for lead in ten for best in one.best) for one in incidents]
    met = sum(bool(one.lines & five) for one in incidents)
    return (
        min(1.0, met / min(5, len(incidents))),
        float(np.mean(must)) if must else np.nan,
        float(np.mean([bool(one.lines & ten) for one in incidents])),
        float(np.mean(near)),
    )


def mean_figures(rows: Sequence[Sequence[float] | NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the mean of each figure over those rows that have it; nan where none has."""
    values = np.array(rows)
    known = ~np.isnan(values)
    return np.where(known.any(0), np.where(known, values, 0.0).sum(0) / np.maximum(known.sum(0), 1), np.nan)


def other_reader(incidents: Sequence[ReadIncident]) -> list[int]:
    """Return the lines that a reader would show first, best first."""
    order = sorted((one for one in incidents if one.best), key=lambda one: (-one.grade, one.sure))
    return [one.best[0] for one in order]


@dataclass(frozen=True, slots=True)
class CauseCount:
    """Incidents with ``causes``, and how many of them are ``found`` with one in how many ``systems``; lines ``told`` as
    causes, and how many of them are ``right``."""

    causes: int
    found: int
    systems: int
    told: int
    right: int


def count_causes(looks: dict[str, list[Told]], both: Sequence[Reading]) -> CauseCount:
    """Count the causes that are told with the first ten incidents of every log, three of each, over both readings."""
    caused = found = told = right = 0
    systems = set()
    for name, look in looks.items():
        first = look[:10]
        for one in (one for reading in both for one in reading[name] if one.causes):
            caused += 1
            if any(
                shown.lead in one.lines and any(_near(c, one.causes) for c in shown.causes[:_CAUSES_TOLD]) for shown in first
            ):
                found += 1
                systems.add(name)
        for shown in first:
            for cause in shown.causes[:_CAUSES_TOLD]:
                told += 1
                right += any(shown.lead in one.lines and _near(cause, one.causes) for reading in both for one in reading[name])
    return CauseCount(caused, found, len(systems), told, right)


def _near(line: int, lines: Sequence[int]) -> bool:
    return any(abs(line - other) <= _NEAR_CAUSE for other in lines)


def stretches(both: Sequence[Reading], name: str, count: int) -> Iterator[tuple[int, int, bool]]:
    """Yield the stretches of 200 lines on which the readings agree: the first and the last line, and whether something must
    be seen there."""
    for start in range(1, count, STRETCH):
        here = set(range(start, start + STRETCH))
        must = [any(one.grade == 2 and one.lines & here for one in reading[name]) for reading in both]
        if must[0] == must[1]:
            yield start, min(start + STRETCH - 1, count), must[0]
