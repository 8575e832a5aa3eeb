"""A generated file of another kind than a plant's log, with its ground truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlantedFile:
    """The ``lines`` of a file, and what was planted in it; line numbers count from 1, as an editor shows them.

    ``events``: number of lines that are events: those of a table do not count its header; ``faults``: line number -> kind of
    fault; ``pairs``: line numbers (effect, cause).
    """

    lines: tuple[str, ...]
    events: int
    faults: Mapping[int, str]
    pairs: tuple[tuple[int, int], ...]
    seed: int
