"""Reading settings that are remembered of a source."""

from __future__ import annotations

from dataclasses import replace

from audit import Access
from sparsemix.readers import ReadOptions
from sparsemix.readers.stamps import RULES


def remembered(access: Access, source: str) -> ReadOptions:
    """Return how files of a source are to be read; what is not set is guessed, by the rules of this version. Raises
    `InputError` when the settings are invalid."""
    reading = access.readings.of(source)
    return ReadOptions() if reading is None else replace(ReadOptions.from_payload(reading.settings), rules=RULES)
