"""Lines that can be simulated: their places, names, words, rates and measured values.

The rules of faults are the same on every line and stand in ``plant``; this module holds all that differs from line to line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sample_data import phrases


@dataclass(frozen=True, slots=True)
class Measure:
    """A measured value: ``target`` plus a deviation of some size from ``small`` or ``large`` (low, high), in the unit that the
    line's phrase names, written with ``digits`` decimals."""

    target: float
    small: tuple[float, float]
    large: tuple[float, float]
    digits: int


@dataclass(frozen=True, slots=True)
class ProductionLine:
    """One kind of line.

    ``station_count`` (low, high): a log shows at least low and fewer than high of the ``stations``; ``interval`` (low, high):
    mean number of lines between two state lines of one kind at one place, at pace 1; ``large_share``: share of checks whose
    deviation is large; ``previous_share``: share of wrong recipes that are those of the set-up before the last;
    ``low_pressure``: bar (low, high) at an alarm; ``writers``: who writes the ``MES_EVENTS``, and who the rest. ``phrases``,
    ``operators`` and ``shifts`` are by language, ``levels`` and ``fillers`` (with weights) by event.
    """

    stations: tuple[str, ...]
    station_count: tuple[int, int]
    utilities: tuple[str, ...]
    recipes: tuple[str, ...]
    supplies: tuple[str, ...]
    interval: tuple[float, float]
    large_share: float
    previous_share: float
    drift: Measure
    offset: Measure
    low_pressure: tuple[float, float]
    writers: tuple[str, str]
    phrases: Mapping[str, Mapping[str, str]]
    operators: Mapping[str, tuple[str, ...]]
    shifts: Mapping[str, tuple[str, ...]]
    parts: tuple[str, ...]
    levels: Mapping[str, str]
    fillers: tuple[tuple[str, int], ...]


def _numbered(prefix: str, count: int, digits: int = 2) -> tuple[str, ...]:
    return tuple(f"{prefix}{i:0{digits}d}" for i in range(1, count + 1))


ASSEMBLY = ProductionLine(
    stations=_numbered("ST", 12),
    station_count=(6, 10),
    utilities=("UT01", "UT02"),
    recipes=_numbered("R", 12),
    supplies=_numbered("air-", 4, 1) + _numbered("coolant-", 4, 1),
    interval=(150, 1500),
    large_share=0.6,
    previous_share=0.75,
    drift=Measure(12.0, (0.01, 0.10), (0.35, 0.70), 2),
    offset=Measure(40.0, (0.001, 0.030), (0.08, 0.16), 3),
    low_pressure=(2.6, 3.9),
    writers=("MES", "PLC"),
    phrases=phrases.ASSEMBLY_PHRASES,
    operators=phrases.ASSEMBLY_OPERATORS,
    shifts=phrases.ASSEMBLY_SHIFTS,
    parts=phrases.ASSEMBLY_PARTS,
    levels=phrases.ASSEMBLY_LEVELS,
    fillers=phrases.ASSEMBLY_FILLERS,
)
LINES = {
    "assembly": ASSEMBLY,
    # The same machines and software in another plant, with other places, recipes, supplies, rates and tolerances.
    "sister": replace(
        ASSEMBLY,
        stations=_numbered("CL", 16),
        station_count=(4, 12),
        utilities=("ET11", "ET12", "ET13"),
        recipes=_numbered("F", 20),
        supplies=_numbered("vacuum-", 5, 1) + _numbered("glycol-", 3, 1),
        interval=(100, 2500),
        large_share=0.4,
        previous_share=0.6,
        drift=Measure(12.0, (0.02, 0.15), (0.28, 0.50), 2),
        offset=Measure(40.0, (0.002, 0.040), (0.07, 0.12), 3),
        low_pressure=(1.8, 3.2),
    ),
    "press": ProductionLine(
        stations=_numbered("PR", 9),
        station_count=(4, 8),
        utilities=("HY01", "HY02", "HY03"),
        recipes=_numbered("K", 16),
        supplies=_numbered("ram-oil-", 4, 1) + _numbered("lube-", 3, 1),
        interval=(100, 1000),
        large_share=0.45,
        previous_share=0.6,
        drift=Measure(800.0, (0.2, 4.0), (15.0, 40.0), 1),
        offset=Measure(3.2, (0.001, 0.020), (0.05, 0.12), 3),
        low_pressure=(120.0, 165.0),
        writers=("ERP", "NC"),
        phrases=phrases.PRESS_PHRASES,
        operators=phrases.PRESS_OPERATORS,
        shifts=phrases.PRESS_SHIFTS,
        parts=phrases.PRESS_PARTS,
        levels=phrases.PRESS_LEVELS,
        fillers=phrases.PRESS_FILLERS,
    ),
}
