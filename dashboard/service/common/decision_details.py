"""The details of a decision with their types: what the record keeps beside the columns that every decision has.

A record may be older than a field, and a changed one may hold anything: what is missing, or of another type, has its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from audit import DecisionRecord
from dashboard.service.common.typed_fields import fitting


@dataclass(frozen=True, slots=True)
class DecisionDetails:
    """Where a decision's file came from and how it was read, what the weights judge by, and what was found, by the names of the
    recorded fields (`decision_record`)."""

    source: str = ""
    source_format: str = ""
    reading: dict[str, Any] = field(default_factory=dict)
    time_span: list[float] = field(default_factory=list)
    task: str = ""
    located: bool = True
    p_value: float | None = None
    reference_count: int | None = None
    false_alarm_rate: float | None = None
    false_alarms_asked: float | None = None
    known_share: float = 0.0
    familiarity_floor: float = 0.0
    unlike: list[float] = field(default_factory=list)
    event_threshold: float = 0.0
    hold_reasons: list[str] = field(default_factory=list)
    flagged_count: int = 0
    flagged: list[Any] = field(default_factory=list)
    highest: list[Any] = field(default_factory=list)
    fault: list[Any] = field(default_factory=list)
    fine: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
    incidents: list[Any] = field(default_factory=list)
    routine: list[Any] = field(default_factory=list)
    wrong_causes: list[Any] = field(default_factory=list)
    compared_with: dict[str, Any] = field(default_factory=dict)
    agreement: dict[str, Any] = field(default_factory=dict)
    without_pair: dict[str, Any] = field(default_factory=dict)
    profile: dict[str, Any] = field(default_factory=dict)
    drift: dict[str, Any] = field(default_factory=dict)
    live: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DriftDetails:
    """The state of its source that a decision keeps: how many decisions it had ``seen``, this one included; whether the file
    was ``repeated``, so that it adds no evidence; the entry by which its reference was ``accepted``, 0 for a source's first;
    and when and with which decision an alarm began (``since``)."""

    seen: int = 0
    repeated: bool = False
    accepted: int = 0
    since: dict[str, Any] = field(default_factory=dict)

    @property
    def began(self) -> tuple[str, str] | None:
        """When the change probably began and with which decision, where the source is in alarm; else None."""
        return (str(self.since["at"]), str(self.since["id"])) if {"at", "id"} <= self.since.keys() else None


def typed(details: Mapping[str, object]) -> DecisionDetails:
    """Return recorded details with their types."""
    return DecisionDetails(**fitting(DecisionDetails, details))


def details_of(decision: DecisionRecord) -> DecisionDetails:
    """Return the details of a decision."""
    return typed(decision.details)


def drift_of(decision: DecisionRecord) -> DriftDetails:
    """Return the state of its source that a decision keeps."""
    return DriftDetails(**fitting(DriftDetails, details_of(decision).drift))
