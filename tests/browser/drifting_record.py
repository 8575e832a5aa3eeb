"""A record as a plant has it when the controllers of a line were replaced: real decisions on simulated logs."""

from __future__ import annotations

from pathlib import Path

from audit import AuditStore
from dashboard.service.decide.pipeline import analyse
from sparsemix import SparseMixModel
from tests.benchmarks.drift import A_DAY, month
from tests.browser.sample_record import people

_CHANGED = 7  # the day of the change
_LINES = 150  # of each log
_MONTHS = (("line-1", "en", _CHANGED * A_DAY + 20), ("line-2", "ja", 40), ("line-3", "mixed", 12))
_NEW_WORDS = (("finished", "completed"), ("temperature", "temp"), ("vibration", "vib"))


def fill(db: Path, weights: Path) -> None:
    """Make the record: one line that has changed, and two of which too little is known to tell."""
    store = AuditStore(db)
    try:
        (access, _), model = people(store), SparseMixModel.load(weights)
        for line, language, count in _MONTHS:
            for number, log in enumerate(month("assembly", language, 7_000_000, days=_CHANGED + 2)[:count]):
                text = "\n".join(log[:_LINES])
                if line == "line-1" and number >= _CHANGED * A_DAY:
                    for old, new in _NEW_WORDS:
                        text = text.replace(old, new)
                analyse(text.encode(), f"{line}-{number:04}.log", model=model, access=access)
    finally:
        store.close()
