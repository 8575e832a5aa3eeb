"""A month of a simulated plant: three lines, a log every two hours, three shifts a day, and a change planted on one of them.

    for log in month("assembly", "en", seed=1): ...                     # 360 logs of one line, in order
    changed = planted("controller", "assembly", "en", seed=1, day=20)   # the same month from day 20 on, with the change

The lines are those of ``sample_data``. A line runs without a break, so that the state set up before a log begins still counts
in that log. At night a line writes a third less, and few people open doors or sign on: what is normal changes with the shift.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from sample_data import PlantConfig, generate
from sparsemix.errors import ConfigError

LINES = (("line-1", "assembly", "en"), ("line-2", "assembly", "ja"), ("line-3", "press", "en"))
DAYS, A_DAY = 30, 12
BEGIN = datetime(2026, 3, 2, 6, tzinfo=UTC)
EVERY = timedelta(hours=24 / A_DAY)

_DAY_LINES, _NIGHT_LINES = 420, 280
_DAYTIME = (
    "login",
    "door",
    "material",
    "light curtain",
    "badge",
    "coil loaded",
    "signed on",
    "refilled",
    "扉",
    "サインオン",
    "補充",
)
_FAULT_RATE = 0.02


@dataclass(frozen=True, slots=True)
class Change:
    """A planted change: ``what`` it is in words, how lines are rewritten (None: not at all), and the options of the plant that
    change."""

    what: str
    rewrite: Callable[[str, str], str] | None = None
    plant: tuple[tuple[str, float], ...] = ()


def _controller(line: str, station: str) -> str:
    """Rewrite the lines of one station: its new controller uses other words for the same things."""
    if f" {station} " not in line:
        return line
    for old, new in (
        ("cycle finished time=", "cycle complete duration="),
        ("temperature spindle=", "spindle temp="),
        ("torque check torque=", "torque verification value="),
    ):
        line = line.replace(old, new)
    return line


def _unit(line: str, station: str) -> str:
    """Rewrite all alarms: they give the pressure in kPa."""
    del station
    return re.sub(r"pressure=(\d+\.\d+) bar", lambda match: f"pressure={float(match[1]) * 100:.0f} kPa", line)


def _scale(line: str, station: str) -> str:
    """Rewrite the lines of one station: its torque sensor shows deviations two and a half times too large."""
    if f" {station} " not in line:
        return line
    return re.sub(r"drift=([+-])(\d+\.\d+)", lambda match: f"drift={match[1]}{float(match[2]) * 2.5:.2f}", line)


CHANGES = {
    "controller": Change("one station's controller writes other words", _controller),
    "unit": Change("alarms give the pressure in another unit", _unit),
    "faults": Change("two states in ten turn out bad instead of one in fifty", plant=(("fault_rate", 0.2),)),
    "mix": Change("twice as many checks among the lines", plant=(("check_rate", 0.16),)),
    "scale": Change("one station's sensor is miscalibrated, in words and rates that stay the same", _scale),
}


def month(kind: str, language: str, seed: int, days: int = DAYS, **plant: float) -> list[list[str]]:
    """Generate the logs of one line, one every two hours from six in the morning on, as lines of text."""
    config = PlantConfig(events=days * A_DAY * _DAY_LINES, language=language, line=kind, **{"fault_rate": _FAULT_RATE, **plant})
    whole = generate(config, seed).lines
    rng = np.random.default_rng(seed)
    logs = []
    for number in range(days * A_DAY):
        part = list(whole[number * _DAY_LINES : (number + 1) * _DAY_LINES])
        if _night(number):
            part = [line for line in part if not any(word in line for word in _DAYTIME)][:_NIGHT_LINES]
        # Some hours are busier than others.
        logs.append(part[: round(len(part) * rng.uniform(0.8, 1.0))])
    return logs


def planted(change: str, kind: str, language: str, seed: int, day: int, days: int = DAYS) -> list[list[str]]:
    """Generate the logs of a line from the morning of a ``day`` (0: the first) on, with the change.

    Raises `ConfigError` for an unknown change.
    """
    if change not in CHANGES:
        raise ConfigError(f"there is no change {change!r}; there are {', '.join(CHANGES)}")
    planted_change = CHANGES[change]
    logs = month(kind, language, seed, days, **dict(planted_change.plant))[day * A_DAY :]
    rewrite = planted_change.rewrite
    if rewrite is None:
        return logs
    names = [line.split(" ")[2] for line in logs[0]]
    # The busiest station, so that the change matters.
    station = max(sorted(set(names)), key=names.count)
    return [[rewrite(line, station) for line in log] for log in logs]


def _night(number: int) -> bool:
    hour = (BEGIN + number * EVERY).hour
    return hour >= 22 or hour < 6
