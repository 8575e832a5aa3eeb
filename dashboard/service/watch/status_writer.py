"""Tells Monitor how a watcher does, for as long as it can: that nobody hears of it is no reason not to decide.

telling = Telling(live.folder(location))
telling.tell(status)      # a share that is gone for a moment is told on standard error, once, and once more when it is back
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from audit import StoreUnavailable
from dashboard.service.watch import watch_status
from dashboard.service.watch.watch_status import Status

_DAY = 86_400.0


class Telling:
    """Writes a watcher's status, and clears away once a day what others told that are gone for good."""

    def __init__(self, into: Path) -> None:
        self._into, self._unheard, self._cleared = into, False, -_DAY

    def tell(self, status: Status) -> None:
        """Write it; raises nothing where that fails."""
        try:
            watch_status.write(self._into, status)
        except (StoreUnavailable, OSError) as error:
            if not self._unheard:
                _say(f"Monitor cannot be told how this goes; lines are decided on all the same: {error}")
            self._unheard = True
            return
        if self._unheard:
            _say("Monitor is told again how this goes")
        self._unheard = False
        now = time.monotonic()
        if now - self._cleared >= _DAY:
            self._cleared = now
            try:
                watch_status.forget(self._into, status)
            except OSError as error:
                _say(f"what watchers told that are long gone could not be cleared away: {error}")


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
