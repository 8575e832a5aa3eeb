"""Cost assumptions that a lead sets, visible and recorded (type "costs", subject "assumptions").

Nothing here is measured; measured values come from the record (`audit.operation.kpi`). All money is in one `currency`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import Connection

from audit.errors import InvalidRecord
from audit.log.entries import COSTS
from audit.records import validation as v
from audit.storage import documents

SUBJECT = "assumptions"
_MOST = 1e12
_SHARES = ("fault_share", "manual_share", "manual_found")
_POSITIVE = ("sequences_day", "events_sequence", "hours_day", "days_year", "manual_lines_hour")


@dataclass(frozen=True, slots=True)
class Costs:
    """The assumptions of every comparison of costs.

    - Volume: `sequences_day` of `events_sequence` events each, on `days_year` days of `hours_day` hours; the share
      `fault_share` of the sequences holds a fault.
    - Prices: `machine_hour` of the machine that runs SparseMix, `dense_machine_hour` of a machine that would run dense
      attention, `reviewer_hour`, `engineer_hour` of the person who reads logs today. `dedicated`: the machine is paid all day,
      used or not; otherwise only the used time is paid.
    - Dense attention: `dense_us_event` microseconds an event and `dense_ns_pair` nanoseconds a pair of events, both measurable
      (`measured_on` says on which machine; empty: they are guesses), and `dense_review_factor`: how many times as long a review
      takes without recorded pairs.
    - Work by hand today: `manual_lines_hour` lines read an hour, `manual_share` of the logs read, `manual_found` of their
      faults found.
    - Consequences: `missed_fault` and `false_alarm`, the cost of one of each.
    - Once: `set_up`, `training`, `labelling`, and `dense_hardware` for dense attention. `upkeep_year`: retraining and support.
    """

    currency: str = "EUR"
    sequences_day: float = 50.0
    events_sequence: float = 5_000.0
    hours_day: float = 16.0
    days_year: float = 250.0
    fault_share: float = 0.02
    machine_hour: float = 0.4
    dedicated: bool = True
    dense_machine_hour: float = 0.4
    dense_us_event: float = 30.0
    dense_ns_pair: float = 15.0
    measured_on: str = ""
    dense_review_factor: float = 1.0
    reviewer_hour: float = 45.0
    engineer_hour: float = 60.0
    manual_lines_hour: float = 6_000.0
    manual_share: float = 0.1
    manual_found: float = 0.8
    missed_fault: float = 100.0
    false_alarm: float = 20.0
    set_up: float = 15_000.0
    training: float = 2_000.0
    labelling: float = 4_000.0
    dense_hardware: float = 0.0
    upkeep_year: float = 5_000.0

    def __post_init__(self) -> None:
        v.text("currency", self.currency, limit=8)
        v.text("measured_on", self.measured_on, limit=200, empty=True)
        v.flag("dedicated", self.dedicated)
        for name in numbers():
            value = v.number(name, getattr(self, name), least=0.0, most=1.0 if name in _SHARES else _MOST)
            if name in _POSITIVE and value == 0.0:
                raise InvalidRecord(f"{name} must be above 0")
            # The log gives a whole number back as an int.
            object.__setattr__(self, name, value)
        v.number("hours_day", self.hours_day, most=24.0)
        v.number("days_year", self.days_year, most=366.0)


def numbers() -> list[str]:
    """Return the names of all assumptions that are numbers, in order."""
    return [field.name for field in fields(Costs) if field.type == "float"]


def current_costs(connection: Connection) -> Costs:
    """Return the assumptions that the log states, or the defaults. Raises `Tampered`."""
    return documents.setting(connection, COSTS, SUBJECT, Costs)
