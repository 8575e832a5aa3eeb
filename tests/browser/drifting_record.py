"""A record as a plant has it in the week in which the controllers of a line were replaced: real decisions on simulated logs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from audit import AuditStore
from dashboard.pipeline import analyse
from sparsemix import SparseMixModel
from sparsemix.bench.month import A_DAY, month
from tests.browser.sample_record import LEAD_NAME

_DAYS, _CHANGED = 8, 7
_LINES = 150  # of each log
_OTHERS = (("line-2", "ja", 40), ("line-3", "mixed", 12))
_NEW_WORDS = (("finished", "completed"), ("temperature", "temp"), ("vibration", "vib"))


class _Clock:
    """The record's clock, two hours further with every decision."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def fill(db: Path, weights: Path) -> None:
    """Make the record: one line that has changed, one that has not, one of which too little is known."""
    clock = _Clock()
    store = AuditStore(db, clock=clock)
    try:
        access, model = store.single_user(LEAD_NAME), SparseMixModel.load(weights)
        for line, language, count in (("line-1", "en", _CHANGED * A_DAY + 20), *_OTHERS):
            for number, log in enumerate(month("assembly", language, 7_000_000, days=_DAYS + 1)[:count]):
                text = "\n".join(log[:_LINES])
                if line == "line-1" and number >= _CHANGED * A_DAY:
                    for old, new in _NEW_WORDS:
                        text = text.replace(old, new)
                analyse(text.encode(), f"{line}-{number:04}.log", model=model, access=access)
                clock.now += timedelta(hours=24 / A_DAY)
    finally:
        store.close()
