"""Benchmark of drift over a month of a simulated plant: ``python -m tests.benchmarks drift --json FILE``.

For every seed three lines run for a month without a change. The first of them runs again for each kind of change, which begins
on a given day. Every log gets its decision, every decision its profile, every line its watch, as in the app. Rows say how many
alarms were raised where nothing had changed, and how long the alarm took where something had. A last kind of row counts false
alarms of the test alone, over far more decisions than any plant makes: p-values are drawn uniformly, as they are where nothing
changes.

The month is three lines, a log every two hours, three shifts a day, and a change planted on one of the lines:

    for log in month("assembly", "en", seed=1): ...                     # 360 logs of one line, in order
    changed = planted("controller", "assembly", "en", seed=1, day=20)   # the same month from day 20 on, with the change

The lines are those of ``sample_data``. A line runs without a break, so that the state set up before a log begins still counts
in that log. At night a line writes a third less, and few people open doors or sign on: what is normal changes with the shift.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np

from sample_data import PlantConfig, generate
from sparsemix.errors import ConfigError
from sparsemix.model.model import SparseMixModel
from sparsemix.monitoring.drift import SelectionProfile, SourceWatch, profile_of
from sparsemix.monitoring.drift.source_watch import ENOUGH, EXPONENTS, RUN_LENGTH, STATISTICS, wagered
from sparsemix.readers import read_bytes
from tests.benchmarks.report import Row, Tell

LINES = (("line-1", "assembly", "en"), ("line-2", "assembly", "ja"), ("line-3", "press", "en"))
# Days of the month, and logs a day.
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
# The day of the change, counted from 0.
DAY = 20
# For the false alarms of the test alone: sources, and decisions of each, three a day for a year.
SOURCES, A_YEAR = 4_000, 3 * 365


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


def rows(
    model: SparseMixModel,
    changes: Sequence[str] = tuple(CHANGES),
    seeds: Sequence[int] = (0,),
    day: int = DAY,
    days: int = DAYS,
    tell: Tell = lambda _text: None,
) -> list[Row]:
    """Return all rows: for each seed one of every line that did not change and one of every change; then the rows of the test
    alone.

    Raises `ConfigError` for an unknown change, or for a ``day`` outside the month or with too few logs before it.
    """
    unknown = set(changes) - set(CHANGES)
    if unknown:
        raise ConfigError(f"there is no change {', '.join(sorted(unknown))}; there are {', '.join(CHANGES)}")
    if not ENOUGH <= day * A_DAY < days * A_DAY:
        raise ConfigError(f"the change comes after {ENOUGH} logs at the earliest, that is from day {-(-ENOUGH // A_DAY)} on")
    result: list[Row] = []
    for seed in seeds:
        for line, kind, language in LINES:
            started = time.monotonic()
            states = _followed(None, model, month(kind, language, _seed(seed, line), days))
            result.append(_unchanged_row(seed, line, states, time.monotonic() - started))
            _report(tell, result[-1])
            if line != LINES[0][0]:
                continue
            before = states[day * A_DAY - 1]
            for change in changes:
                started = time.monotonic()
                logs = planted(change, kind, language, _seed(seed, line), day, days)
                after = _followed(before, model, logs)
                result.append(_changed_row(seed, line, change, before, after, day, time.monotonic() - started))
                _report(tell, result[-1])
    result += [false_alarms(together, seed=max(seeds)) for together in (False, True)]
    return result


def false_alarms(
    together: bool, *, seed: int, sources: int = SOURCES, decisions: int = A_YEAR, level: float = RUN_LENGTH
) -> Row:
    """Count the sources that raise an alarm though nothing changes; ``sources``: how many there are; ``decisions``: how many
    each has; ``together``: all statistics are the same number, otherwise they are independent."""
    rng = np.random.default_rng(seed)
    bets = np.zeros((len(EXPONENTS), sources, len(STATISTICS)))
    alarm = np.zeros(sources, np.bool_)
    for _ in range(decisions):
        p = 1.0 - rng.random((sources, 1 if together else len(STATISTICS)))
        bets = np.stack([wagered(before, p, exponent) for before, exponent in zip(bets, EXPONENTS, strict=True)])
        alarm |= bets.mean(axis=(0, 2)) >= level
    return {
        "row": "false alarms",
        "statistics": "the same" if together else "independent",
        "sources": sources,
        "decisions": decisions,
        "level": level,
        "alarms": int(alarm.sum()),
        "share": float(alarm.mean()),
        "promised": min(1.0, decisions / level),
    }


def _followed(watch: SourceWatch | None, model: SparseMixModel, logs: Iterable[Sequence[str]]) -> list[SourceWatch]:
    """Return the watch after every log."""
    states = []
    for log in logs:
        profile = _profile(model, log)
        watch = SourceWatch.begin(profile) if watch is None else watch.step(profile)
        states.append(watch)
    return states


def _profile(model: SparseMixModel, log: Sequence[str]) -> SelectionProfile:
    sequence = read_bytes(("\n".join(log) + "\n").encode(), "line.log")
    return profile_of(sequence, model.run_with_trace(sequence))


def _unchanged_row(seed: int, line: str, states: Sequence[SourceWatch], seconds: float) -> Row:
    return {
        "row": "no change",
        "seed": seed,
        "line": line,
        "decisions": len(states),
        "alarms": sum(after.alarm is not None and before.alarm is None for before, after in pairwise(states)),
        "highest_level": max(state.level for state in states),
        "seconds": seconds,
    }


def _changed_row(
    seed: int, line: str, change: str, before: SourceWatch, after: Sequence[SourceWatch], day: int, seconds: float
) -> Row:
    alarm = after[-1].alarm
    first = day * A_DAY
    # From the morning of the change to the end of the log whose decision raised the alarm.
    hours = None if alarm is None else (alarm.found - first) * 24 / A_DAY
    return {
        "row": "change",
        "seed": seed,
        "line": line,
        "change": change,
        "what": CHANGES[change].what,
        "alarms_before": int(before.alarm is not None),
        "decisions": None if alarm is None else alarm.found - first,
        "hours": hours,
        "within_a_day": hours is not None and hours <= 24,
        "began_off_by_hours": None if alarm is None else (alarm.since - 1 - first) * 24 / A_DAY,
        "statistics": None if alarm is None else list(alarm.statistics),
        "highest_level": max(state.level for state in after),
        "seconds": seconds,
    }


def _seed(seed: int, line: str) -> int:
    """Return a seed far from the seeds of training, of calibration and of evaluation."""
    return 7_000_000 + 1_000 * seed + [name for name, _, _ in LINES].index(line)


def _report(tell: Tell, row: Row) -> None:
    if row["row"] == "no change":
        tell(f"seed {row['seed']}, {row['line']}: {row['decisions']} decisions, alarms: {row['alarms']}")
    else:
        when = "no alarm" if row["hours"] is None else f"alarm after {row['hours']:.0f} h by {', '.join(row['statistics'])}"  # type: ignore[arg-type]
        tell(f"seed {row['seed']}, {row['line']}, {row['change']}: {when}")
