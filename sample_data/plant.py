"""The simulated production line: stations, their state, and faults whose causes lie far back.

A *check* is a line whose meaning depends on the most recent *state* line of one kind:

=====================  =======================================  ====================================================
fault                  effect (a check line)                    cause (the most recent state line that decides)
=====================  =======================================  ====================================================
recipe_mismatch        run with recipe other than set up        change-over of the same station
skipped_calibration    torque check with a large drift          "calibration skipped" of the same station
maintenance_offset     SPC line with a large offset             maintenance with "zero point not verified", same station
supply_closed          low-pressure alarm                       valve of that supply closed, logged by *another* station
=====================  =======================================  ====================================================

Every check also occurs in its harmless form with the same words and values: the same drift after a finished calibration, the
same alarm while the valve stands open. Neither line alone shows a fault; only the pair does.

The words above are those of the assembly line. Other lines (``lines``) have other words, places and rates, and the same rules.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum

import numpy as np

from sample_data.lines import LINES, Measure
from sample_data.phrases import MES_EVENTS

LANGUAGES = ("en", "ja", "mixed")
_PLANT_ZONE = timezone(timedelta(hours=9))


class Fault(StrEnum):
    """Kinds of planted faults."""

    RECIPE_MISMATCH = "recipe_mismatch"
    SKIPPED_CALIBRATION = "skipped_calibration"
    MAINTENANCE_OFFSET = "maintenance_offset"
    SUPPLY_CLOSED = "supply_closed"


@dataclass(frozen=True, slots=True)
class PlantConfig:
    """Settings of a generated log.

    ``events`` lines; ``fault_rate`` in [0, 1] is the chance that a state turns bad (and that a run takes a wrong recipe): 0
    gives a healthy log. ``pace`` scales the mean number of lines between two state lines of the same station (1.0: several
    hundred); ``check_rate`` is the share of check lines. ``language`` is one of ``LANGUAGES``, ``line``
    one of ``LINES``.
    """

    events: int = 2048
    fault_rate: float = 0.3
    pace: float = 1.0
    check_rate: float = 0.08
    language: str = "en"
    line: str = "assembly"

    def __post_init__(self) -> None:
        if self.events < 2:
            raise ValueError("events must be at least 2")
        if not 0.0 <= self.fault_rate <= 1.0 or not 0.0 < self.check_rate < 1.0:
            raise ValueError("fault_rate must lie in [0, 1] and check_rate in (0, 1)")
        if self.pace <= 0.0:
            raise ValueError("pace must be positive")
        if self.language not in LANGUAGES:
            raise ValueError(f"language must be one of {', '.join(LANGUAGES)}")
        if self.line not in LINES:
            raise ValueError(f"line must be one of {', '.join(LINES)}")


@dataclass(frozen=True, slots=True)
class GeneratedLog:
    """A log and its ground truth; indices count lines from 0.

    ``labels[i]`` is 1 for a faulty event; ``faults[i]`` its kind or None; ``decided_by[i]`` the state line that decides a check
    (faulty or not), -1 elsewhere. ``pairs`` holds the true (effect, cause) pairs: the faulty checks and their state lines.
    """

    lines: tuple[str, ...]
    labels: tuple[int, ...]
    faults: tuple[Fault | None, ...]
    decided_by: tuple[int, ...]
    language: str
    seed: int

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        return tuple((i, self.decided_by[i]) for i, label in enumerate(self.labels) if label)

    @property
    def label(self) -> int:
        """Return 1 if any event is faulty, else 0."""
        return int(any(self.labels))


@dataclass(slots=True)
class _State:
    """The most recent state line of one kind at one place."""

    line: int
    bad: bool
    value: str = ""


class _Plant:
    """One run of the simulation. ``emit`` writes a line; the ``do_*`` methods keep the state that decides later checks."""

    def __init__(self, config: PlantConfig, seed: int) -> None:
        self.config = config
        self.line = LINES[config.line]
        self.rng = np.random.default_rng(seed)
        rng, line = self.rng, self.line
        self.stations = [str(s) for s in rng.permutation(line.stations)[: int(rng.integers(*line.station_count))]]
        self.recipes = [str(r) for r in rng.permutation(line.recipes)[:8]]
        self.supplies = [str(s) for s in rng.permutation(line.supplies)[:5]]
        self.valve_owner = {s: str(rng.choice(line.utilities)) for s in self.supplies}
        language = config.language
        places = (*self.stations, *line.utilities)
        self.language = {p: str(rng.choice(["en", "ja"])) if language == "mixed" else language for p in places}
        self.clock = datetime(2026, 3, 2, 6, 0, tzinfo=_PLANT_ZONE) + timedelta(seconds=int(rng.integers(0, 86_400)))
        self.lines: list[str] = []
        self.faults: list[Fault | None] = []
        self.decided_by: list[int] = []
        self.setup: dict[str, _State] = {}
        self.previous_recipe: dict[str, str] = {}
        self.calibration: dict[str, _State] = {}
        self.maintenance: dict[str, _State] = {}
        self.valve: dict[str, _State] = {}
        self.fillers = [name for name, _ in line.fillers]
        self.filler_cumulative = np.cumsum([w for _, w in line.fillers]) / sum(w for _, w in line.fillers)
        # Lines between two state lines of one kind at one place: a few hundred for some, over a thousand for others.
        low, high = np.log(line.interval)
        self.interval = {
            (kind, place): config.pace * float(np.exp(rng.uniform(low, high)))
            for kind, group in self._groups()
            for place in group
        }

    def _groups(self) -> list[tuple[str, list[str]]]:
        return [
            ("setup", self.stations),
            ("calibration", self.stations),
            ("maintenance", self.stations),
            ("valve", self.supplies),
        ]

    def emit(self, place: str, event: str, decided_by: int = -1, fault: Fault | None = None, **fields: str) -> int:
        """Append one line and return its index."""
        language = self.language[place]
        self.clock += timedelta(milliseconds=int(self.rng.exponential(900)) + 1)
        stamp = self.clock.isoformat(timespec="milliseconds")
        writer = self.line.writers[event not in MES_EVENTS]
        text = self.line.phrases[language][event].format(**fields)
        self.lines.append(f"{stamp} {self.line.levels.get(event, 'INFO')} {place} {writer} {text}")
        self.decided_by.append(decided_by)
        self.faults.append(fault)
        return len(self.lines) - 1

    def _operator(self, place: str) -> str:
        return str(self.rng.choice(self.line.operators[self.language[place]]))

    def _number(self, low: float, high: float, digits: int = 2) -> str:
        return f"{self.rng.uniform(low, high):.{digits}f}"

    def _identifier(self, prefix: str) -> str:
        return f"{prefix}{int(self.rng.integers(10_000, 99_999))}"

    def _turns_bad(self) -> bool:
        return bool(self.rng.random() < self.config.fault_rate)

    def do_setup(self, station: str) -> None:
        choices = [r for r in self.recipes if station not in self.setup or r != self.setup[station].value]
        recipe = str(self.rng.choice(choices))
        order = self._identifier("A")
        if station in self.setup:
            self.previous_recipe[station] = self.setup[station].value
        line = self.emit(station, "setup", recipe=recipe, order=order, operator=self._operator(station))
        self.setup[station] = _State(line, False, recipe)

    def do_calibration(self, station: str) -> None:
        bad = self._turns_bad()
        gauge = f"G{int(self.rng.integers(1, 5))}"
        if bad:
            line = self.emit(station, "calibration_skipped", gauge=gauge, operator=self._operator(station))
        else:
            line = self.emit(station, "calibration_done", gauge=gauge, small=self._number(0.001, 0.006, 3))
        self.calibration[station] = _State(line, bad)

    def do_maintenance(self, station: str) -> None:
        bad = self._turns_bad()
        event = "maintenance_open" if bad else "maintenance_verified"
        self.maintenance[station] = _State(self.emit(station, event, part=str(self.rng.choice(self.line.parts))), bad)

    def do_valve(self, supply: str) -> None:
        # A closed valve is opened next, so that both states keep occurring at any fault rate above 0.
        bad = supply in self.valve and not self.valve[supply].bad and self._turns_bad()
        event = "valve_closed" if bad else "valve_opened"
        self.valve[supply] = _State(self.emit(self.valve_owner[supply], event, supply=supply), bad)

    def check_run(self, station: str) -> None:
        state = self.setup[station]
        wrong = self._turns_bad()
        recipe = self._wrong_recipe(station) if wrong else state.value
        fault = Fault.RECIPE_MISMATCH if wrong else None
        self.emit(station, "run", state.line, fault, recipe=recipe, lot=self._identifier("L"))

    def _wrong_recipe(self, station: str) -> str:
        """Draw a wrong recipe, mostly that of the set-up before the last: it runs when a change-over is not followed."""
        previous = self.previous_recipe.get(station)
        if previous is not None and self.rng.random() < self.line.previous_share:
            return previous
        return str(self.rng.choice([r for r in self.recipes if r != self.setup[station].value]))

    def check_drift(self, station: str) -> None:
        state = self.calibration[station]
        drift, large = self._deviation(self.line.drift)
        drift *= self.rng.choice([-1, 1])
        fault = Fault.SKIPPED_CALIBRATION if large and state.bad else None
        reading, drift_text = self._written(self.line.drift, drift)
        self.emit(station, "drift", state.line, fault, reading=reading, drift=drift_text)

    def check_offset(self, station: str) -> None:
        state = self.maintenance[station]
        offset, large = self._deviation(self.line.offset)
        fault = Fault.MAINTENANCE_OFFSET if large and state.bad else None
        reading, offset_text = self._written(self.line.offset, offset)
        self.emit(station, "offset", state.line, fault, reading=reading, offset=offset_text)

    def _deviation(self, measure: Measure) -> tuple[float, bool]:
        """Draw a deviation; return it and whether it is large."""
        large = bool(self.rng.random() < self.line.large_share)
        return self.rng.uniform(*(measure.large if large else measure.small)), large

    @staticmethod
    def _written(measure: Measure, deviation: float) -> tuple[str, str]:
        """Format the reading and its deviation as a line shows them."""
        return f"{measure.target + deviation:.{measure.digits}f}", f"{deviation:+.{measure.digits}f}"

    def check_alarm(self, station: str) -> None:
        supply = str(self.rng.choice(self.supplies))
        state = self.valve[supply]
        fault = Fault.SUPPLY_CLOSED if state.bad else None
        self.emit(station, "alarm", state.line, fault, supply=supply, pressure=self._number(*self.line.low_pressure, 1))

    def filler(self, place: str) -> None:
        event = self.fillers[int(np.searchsorted(self.filler_cumulative, self.rng.random()))]
        language = self.language[place]
        self.emit(
            place,
            event,
            operator=self._operator(place),
            shift=str(self.rng.choice(self.line.shifts[language])),
            order=self._identifier("A"),
            lot=self._identifier("L"),
            serial=self._identifier("P"),
            cycle=self._number(18, 31, 1),
            count=str(int(self.rng.integers(1, 900))),
            temperature=self._number(31, 58, 1),
            vibration=self._number(0.3, 2.4),
            latency=self._number(1, 40, 0),
            speed=self._number(4, 9, 1),
            code=str(int(self.rng.integers(1, 9))),
            percent=str(int(self.rng.integers(5, 100))),
        )

    def run(self) -> None:
        """Start every place (so that each check has its state line), then run until the log is long enough."""
        do = {
            "setup": self.do_setup,
            "calibration": self.do_calibration,
            "maintenance": self.do_maintenance,
            "valve": self.do_valve,
        }
        checks = (self.check_run, self.check_drift, self.check_offset, self.check_alarm)
        events = self.config.events
        todo = [(kind, place) for kind, group in self._groups() for place in group]
        for index in self.rng.permutation(len(todo)):
            kind, place = todo[index]
            do[kind](place)
        due = [(self._due(*key), *key) for key in todo]
        heapq.heapify(due)
        last_was_state = True
        while len(self.lines) < events:
            due_line, kind, place = due[0]
            # At a fast pace state lines alone would fill the log: every other line is kept for checks and fillers.
            if due_line <= len(self.lines) and not last_was_state:
                last_was_state = True
                do[kind](place)
                heapq.heapreplace(due, (self._due(kind, place), kind, place))
                continue
            last_was_state = False
            if self.rng.random() < self.config.check_rate:
                checks[int(self.rng.integers(len(checks)))](str(self.rng.choice(self.stations)))
            else:
                self.filler(str(self.rng.choice(self.stations)))

    def _due(self, kind: str, place: str) -> float:
        """Draw the line at which the next state line of a kind is due: orders and service intervals vary, but never follow at
        once."""
        return len(self.lines) + self.interval[kind, place] * self.rng.uniform(0.5, 1.5)


def generate(config: PlantConfig, seed: int) -> GeneratedLog:
    """Generate one log. The same configuration and seed give the same lines."""
    plant = _Plant(config, seed)
    plant.run()
    n = config.events
    faults = tuple(plant.faults[:n])
    return GeneratedLog(
        lines=tuple(plant.lines[:n]),
        labels=tuple(int(f is not None) for f in faults),
        faults=faults,
        decided_by=tuple(plant.decided_by[:n]),
        language=config.language,
        seed=seed,
    )
