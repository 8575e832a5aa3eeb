"""Drift over a month of a simulated plant: ``python -m sparsemix bench drift --json FILE``.

For every seed three lines run for a month without a change, and one of them once more with each planted change from a day on.
Every log gets its decision, every decision its profile, every line its watch, as in the app. Rows say how many alarms there
were where nothing had changed, and how long it took where something had. A last kind of row counts false alarms of the test
alone, over far more decisions than any plant makes: p-values are drawn uniform, as they are where nothing changes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np

from sparsemix.bench.month import A_DAY, CHANGES, DAYS, LINES, month, planted
from sparsemix.errors import ConfigError
from sparsemix.model.model import SparseMixModel
from sparsemix.monitoring.drift import SelectionProfile, Watch, profile_of
from sparsemix.monitoring.drift.statistics import EXPONENTS, wagered
from sparsemix.monitoring.drift.source_watch import ENOUGH, RUN_LENGTH
from sparsemix.monitoring.drift.statistics import STATISTICS
from sparsemix.readers import read_bytes

DAY = 20
SOURCES, A_YEAR = 4_000, 3 * 365

Row = dict[str, object]
Progress = Callable[[str], None]


def rows(
    model: SparseMixModel,
    changes: Sequence[str] = tuple(CHANGES),
    seeds: Sequence[int] = (0,),
    day: int = DAY,
    days: int = DAYS,
    tell: Progress | None = None,
) -> list[Row]:
    """All rows: per seed one of every line that did not change, one of every change; then those of the test alone.

    Raises ConfigError for an unknown change, or a day before which a line is not known well enough.
    """
    unknown = set(changes) - set(CHANGES)
    if unknown:
        raise ConfigError(f"there is no change {', '.join(sorted(unknown))}; there are {', '.join(CHANGES)}")
    if not ENOUGH <= day * A_DAY < days * A_DAY:
        raise ConfigError(f"the change comes after {ENOUGH} logs at the earliest, that is from day {-(-ENOUGH // A_DAY)} on")
    found: list[Row] = []
    for seed in seeds:
        for line, kind, language in LINES:
            begun = time.monotonic()
            states = _followed(None, model, month(kind, language, _seed(seed, line), days))
            found.append(_quiet(seed, line, states, time.monotonic() - begun))
            _say(tell, found[-1])
            if line != LINES[0][0]:
                continue
            before = states[day * A_DAY - 1]
            for change in changes:
                begun = time.monotonic()
                logs = planted(change, kind, language, _seed(seed, line), day, days)
                after = _followed(before, model, logs)
                found.append(_changed(seed, line, change, before, after, day, time.monotonic() - begun))
                _say(tell, found[-1])
    found += [false_alarms(together, seed=max(seeds)) for together in (False, True)]
    return found


def false_alarms(
    together: bool, *, seed: int, sources: int = SOURCES, decisions: int = A_YEAR, level: float = RUN_LENGTH
) -> Row:
    """How many of ``sources`` that do not change raise an alarm within so many ``decisions``; the statistics hang together
    not at all, or altogether."""
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


def _followed(watch: Watch | None, model: SparseMixModel, logs: Iterable[Sequence[str]]) -> list[Watch]:
    """The state after every log."""
    states = []
    for log in logs:
        profile = _profile(model, log)
        watch = Watch.begin(profile) if watch is None else watch.step(profile)
        states.append(watch)
    return states


def _profile(model: SparseMixModel, log: Sequence[str]) -> SelectionProfile:
    sequence = read_bytes(("\n".join(log) + "\n").encode(), "line.log")
    return profile_of(sequence, model.run_with_trace(sequence))


def _quiet(seed: int, line: str, states: Sequence[Watch], seconds: float) -> Row:
    return {
        "row": "no change",
        "seed": seed,
        "line": line,
        "decisions": len(states),
        "alarms": sum(after.alarm is not None and before.alarm is None for before, after in pairwise(states)),
        "highest_level": max(state.level for state in states),
        "seconds": seconds,
    }


def _changed(seed: int, line: str, change: str, before: Watch, after: Sequence[Watch], day: int, seconds: float) -> Row:
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
    """Far from the seeds of training, of calibration and of evaluation."""
    return 7_000_000 + 1_000 * seed + [name for name, _, _ in LINES].index(line)


def _say(tell: Progress | None, row: Row) -> None:
    if tell is None:
        return
    if row["row"] == "no change":
        tell(f"seed {row['seed']}, {row['line']}: {row['decisions']} decisions, alarms: {row['alarms']}")
    else:
        when = "no alarm" if row["hours"] is None else f"alarm after {row['hours']:.0f} h by {', '.join(row['statistics'])}"  # type: ignore[arg-type]
        tell(f"seed {row['seed']}, {row['line']}, {row['change']}: {when}")
