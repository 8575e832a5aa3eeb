"""Costs and savings: SparseMix as measured, dense attention as modelled, today's work by hand; pure functions.

    ways(costs, CostFigures.of(report, policy, costs))["sparse"].year      # the cost of a year

Everything follows from the assumptions (`audit.operation.costs`) and from what the record measures; this module holds no number
but units. Dense attention computes every pair of events, so a run takes `dense_us_event` an event and `dense_ns_pair` a pair.
It is assumed to judge as well as SparseMix does; how much longer its reviewers take, without recorded pairs, is an assumption
too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from scipy.optimize import nnls

from audit import Costs, Kpi, KpiReport, ReviewPolicy
from audit.operation.estimates import TimeByLength

SHORT, LONG = 0.25, 3.0
"""Years of the short and of the long term."""
SWING = 0.5
"""How far every assumption is moved, as a share of its value, to see how much the result depends on it."""
SPARSE, DENSE, MANUAL = "sparse", "dense", "manual"
WAYS = (SPARSE, DENSE, MANUAL)
_HOUR, _DAYS = 3_600.0, 365.25
_NEEDED = ("seconds_sequence", "reviews_sequence", "seconds_review", "false_alarm_rate", "missed_rate")
_ONE_OFF = ("set_up", "training", "labelling")
_SHARES = frozenset({"fault_share", "manual_share", "manual_found", "false_alarm_rate", "missed_rate"})
# The values that the clock or the calendar limits.
_MOST = {"hours_day": 24.0, "days_year": 366.0}


@dataclass(frozen=True, slots=True)
class CostFigures:
    """Measurements of SparseMix from the record: machine seconds for a sequence of the assumed length, reviews a sequence,
    seconds a review, the share of normal sequences called faulty and of faulty sequences called normal.
    None: not measured yet. `time_by_length`: the line that gave the seconds, None where they were taken to grow
    in proportion to the number of events."""

    seconds_sequence: float | None
    reviews_sequence: float | None
    seconds_review: float | None
    false_alarm_rate: float | None
    missed_rate: float | None
    time_by_length: TimeByLength | None = None

    @staticmethod
    def of(report: KpiReport, policy: ReviewPolicy, costs: Costs) -> CostFigures:
        """Compute the measurements from the KPI. Reviews are those that today's policy would ask for: of decisions that are
        held for their verdict, and of the random share of all others."""
        seconds, events, reasoned = report.mean_seconds.value, report.mean_events.value, report.reasoned.value
        in_proportion = seconds * costs.events_sequence / events if seconds is not None and events else None
        line = report.time_by_length
        reviews = None
        if reasoned is not None:
            reviews = policy.overlap * (reasoned + policy.sampling_share * (1 - reasoned))
        return CostFigures(
            line.seconds(costs.events_sequence) if line else in_proportion,
            reviews,
            report.mean_review_seconds.value,
            report.values[Kpi.FALSE_ALARMS].value,
            report.values[Kpi.MISSED_FAULTS].value,
            line,
        )

    def seconds_of(self, events: float, costs: Costs) -> float | None:
        """Return the machine seconds for a sequence of another length than the assumed one."""
        if self.time_by_length is not None:
            return self.time_by_length.seconds(events)
        return None if self.seconds_sequence is None else self.seconds_sequence * events / costs.events_sequence

    @property
    def missing(self) -> list[str]:
        """The names of the values that are not measured yet."""
        return [name for name in _NEEDED if getattr(self, name) is None]


@dataclass(frozen=True, slots=True)
class Way:
    """The costs of one way of working: parts of a year, and what is spent once before it."""

    machine: float
    people: float
    false_alarms: float
    missed_faults: float
    upkeep: float
    once: float

    @property
    def year(self) -> float:
        """The cost of a year of operation, without what is spent once."""
        return self.machine + self.people + self.false_alarms + self.missed_faults + self.upkeep

    def over(self, years: float) -> float:
        """Return the cost of so many years, with what is spent once."""
        return self.once + years * self.year


@dataclass(frozen=True, slots=True)
class Swing:
    """The saving over the long term when one assumption is half as large (``less``), or half as large again (``more``)."""

    name: str
    less: float
    more: float


def ways(costs: Costs, measured: CostFigures) -> dict[str, Way]:
    """Compute every way of working; SparseMix and dense attention only when everything is measured."""
    computed = {MANUAL: _by_hand(costs)}
    if not measured.missing:
        computed |= {SPARSE: _sparse(costs, measured), DENSE: _dense(costs, measured)}
    return {name: computed[name] for name in WAYS if name in computed}


def saving(computed: Mapping[str, Way], rival: str, years: float) -> float | None:
    """Return what SparseMix saves against another way over so many years; below 0 it costs more."""
    return computed[rival].over(years) - computed[SPARSE].over(years) if SPARSE in computed else None


def hour(way: Way, costs: Costs) -> float:
    """Return the cost of an hour of operation."""
    return way.year / (costs.hours_day * costs.days_year)


def break_even(computed: Mapping[str, Way], rival: str, begin: date) -> date | None:
    """Return the day from which SparseMix has cost less than another way, counted from the beginning of operation; None:
    never, or not within 100 years."""
    if SPARSE not in computed:
        return None
    extra, yearly = computed[SPARSE].once - computed[rival].once, computed[rival].year - computed[SPARSE].year
    if extra <= 0 <= yearly:
        return begin
    if yearly <= 0 or extra / yearly > 100:
        return None
    return begin + timedelta(days=math.ceil(extra / yearly * _DAYS))


def tornado(costs: Costs, measured: CostFigures, rival: str = MANUAL, years: float = LONG) -> list[Swing]:
    """Move every assumption and every measured value by SWING; return the savings, the largest differences first."""
    if measured.missing:
        return []
    swings = []
    for name, value in _numbers(costs, measured):
        ends = [_saving_with(costs, measured, name, value * factor, rival, years) for factor in (1 - SWING, 1 + SWING)]
        swings.append(Swing(name, ends[0], ends[1]))
    return sorted((swing for swing in swings if swing.less != swing.more), key=lambda swing: -abs(swing.more - swing.less))


def dense_seconds(costs: Costs, events: float) -> float:
    """Return the seconds that dense attention takes over so many events."""
    return costs.dense_us_event * events / 1e6 + costs.dense_ns_pair * events**2 / 1e9


def busy(costs: Costs, seconds_sequence: float) -> float:
    """Return the share of the hours of operation that logs of so many seconds keep a machine busy; above 1 several are
    needed."""
    return seconds_sequence * costs.sequences_day / _HOUR / costs.hours_day


def fitted(lengths: Sequence[float], seconds: Sequence[float]) -> tuple[float, float]:
    """Fit microseconds an event and nanoseconds a pair to the times that runs of these lengths took: least squares of the
    relative errors, neither below 0. Source: Lawson and Hanson 1974."""
    length, taken = np.array(lengths, np.float64), np.array(seconds, np.float64)
    terms = np.column_stack([length, length**2]) / taken[:, None]
    scale = np.linalg.norm(terms, axis=0)
    linear, square = nnls(terms / scale, np.ones(len(terms)))[0] / scale
    return float(linear * 1e6), float(square * 1e9)


def _numbers(costs: Costs, measured: CostFigures) -> list[tuple[str, float]]:
    assumed = [(field.name, getattr(costs, field.name)) for field in fields(costs)]
    known = [(name, getattr(measured, name)) for name in _NEEDED]
    # Texts, switches and zeros cannot be moved by a share.
    return [(name, value) for name, value in [*assumed, *known] if type(value) is float and value > 0]


def _saving_with(costs: Costs, measured: CostFigures, name: str, value: float, rival: str, years: float) -> float:
    most = 1.0 if name in _SHARES else _MOST.get(name, math.inf)
    change: dict[str, Any] = {name: min(value, most)}
    if hasattr(measured, name):
        measured = replace(measured, **change)
    elif name == "events_sequence":
        longer = measured.seconds_of(change[name], costs)
        costs, measured = replace(costs, **change), replace(measured, seconds_sequence=longer)
    else:
        costs = replace(costs, **change)
    computed = ways(costs, measured)
    return computed[rival].over(years) - computed[SPARSE].over(years)


def _once(costs: Costs) -> float:
    return float(sum(getattr(costs, name) for name in _ONE_OFF))


def _sequences(costs: Costs) -> float:
    return costs.sequences_day * costs.days_year


def _machine(costs: Costs, seconds_sequence: float, price: float) -> float:
    """Return the cost of a year of machines: dedicated ones through all hours of operation, or else only the time used."""
    machines = busy(costs, seconds_sequence)
    if costs.dedicated:
        machines = max(1, math.ceil(machines))
    return machines * costs.hours_day * costs.days_year * price


def _consequences(costs: Costs, measured: CostFigures) -> tuple[float, float]:
    sequences = _sequences(costs)
    false_alarms = (1 - costs.fault_share) * (measured.false_alarm_rate or 0.0) * sequences * costs.false_alarm
    return false_alarms, costs.fault_share * (measured.missed_rate or 0.0) * sequences * costs.missed_fault


def _reviews(costs: Costs, measured: CostFigures) -> float:
    hours = (measured.reviews_sequence or 0.0) * (measured.seconds_review or 0.0) / _HOUR
    return hours * _sequences(costs) * costs.reviewer_hour


def _sparse(costs: Costs, measured: CostFigures) -> Way:
    machine = _machine(costs, measured.seconds_sequence or 0.0, costs.machine_hour)
    return Way(machine, _reviews(costs, measured), *_consequences(costs, measured), costs.upkeep_year, _once(costs))


def _dense(costs: Costs, measured: CostFigures) -> Way:
    machine = _machine(costs, dense_seconds(costs, costs.events_sequence), costs.dense_machine_hour)
    people = _reviews(costs, measured) * costs.dense_review_factor
    once = _once(costs) + costs.dense_hardware
    return Way(machine, people, *_consequences(costs, measured), costs.upkeep_year, once)


def _by_hand(costs: Costs) -> Way:
    sequences = _sequences(costs)
    reading = sequences * costs.manual_share * costs.events_sequence / costs.manual_lines_hour * costs.engineer_hour
    missed = sequences * costs.fault_share * (1 - costs.manual_share * costs.manual_found) * costs.missed_fault
    return Way(0.0, reading, 0.0, missed, 0.0, 0.0)
