"""Where one line stands from another, in words that no clock contradicts."""

from __future__ import annotations

from dashboard.texts import Texts
from dashboard.views.times import duration


def apart(lines: int | None, seconds: float | None, t: Texts) -> str:
    """Say where a line stands that is ``lines`` and ``seconds`` before another, behind it where they are negative.

    ``lines``: None for a line of another source, from which lines cannot be counted; ``seconds``: None without times.
    """
    if lines is None:
        if seconds is None:
            return t.plain("apart.source")
        clocks = _side(duration(seconds, t), seconds > 0, t) if seconds else t.plain("apart.same_time")
        return t.plain("apart.source_time", time=clocks)
    count = t.plain("apart.line") if abs(lines) == 1 else t.plain("apart.lines", n=abs(lines))
    if not seconds:
        return _side(count, lines > 0, t)
    time = duration(seconds, t)
    if (seconds > 0) == (lines > 0):
        return _side(t.plain("apart.both", lines=count, time=time), lines > 0, t)
    return t.plain("apart.against", lines=_side(count, lines > 0, t), time=_side(time, seconds > 0, t))


def _side(gap: str, earlier: bool, t: Texts) -> str:
    return t.plain("apart.earlier" if earlier else "apart.later", gap=gap)
