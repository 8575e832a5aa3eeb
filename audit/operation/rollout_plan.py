"""The plan of a roll-out: its stages, the sources that each stage applies to, and the criteria for entering and leaving it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from audit.errors import InvalidRecord
from audit.operation.kpi import HIGHER_IS_BETTER, Kpi
from audit.records import validation as v
from audit.review.agreement import Statistic

_MOST_CRITERIA = 40
_MOST_SOURCES = 500
_K = Kpi


class StageName(StrEnum):
    """The stages, in order."""

    PROTOTYPE = "prototype"
    PARTIAL = "partial"
    FULL = "full"


class CriterionStatus(StrEnum):
    """Status of a criterion under a measured value. UNSURE: the value meets the limit, its interval does not yet."""

    MET = "met"
    NOT_MET = "not_met"
    UNSURE = "unsure"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Criterion:
    """The demand that a KPI is at least or at most `limit` (as is better for that KPI), measured over at least `least` items.

    `certain`: the whole interval has to lie on the good side of the limit, not only the value.
    """

    kpi: Kpi
    limit: float
    least: int = 30
    certain: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.kpi, Kpi):
            raise InvalidRecord(f"a criterion is about one of {', '.join(Kpi)}, got {self.kpi!r:.80}")
        object.__setattr__(self, "limit", v.number("limit", self.limit, least=-1.0, most=1e12))
        v.whole("least", self.least, least=1, most=1_000_000)
        v.flag("certain", self.certain)

    def status(self, measured: Statistic) -> CriterionStatus:
        """Return the status of the criterion under a measured value."""
        if measured.value is None or measured.items < self.least:
            return CriterionStatus.TOO_FEW
        if not self._good(measured.value):
            return CriterionStatus.NOT_MET
        worst = measured.low if self.kpi in HIGHER_IS_BETTER else measured.high
        unsure = self.certain and (worst is None or not self._good(worst))
        return CriterionStatus.UNSURE if unsure else CriterionStatus.MET

    def _good(self, value: float) -> bool:
        return value >= self.limit if self.kpi in HIGHER_IS_BETTER else value <= self.limit


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: the sources that it applies to, as patterns (`*`, `?`; upper and lower case are alike), and its criteria.

    `entry` is measured on the stage's own sources before it begins, `exit` while it lasts; the `exit` criteria of the last
    stage have to hold for staying in it.
    """

    sources: tuple[str, ...] = ("*",)
    entry: tuple[Criterion, ...] = ()
    exit: tuple[Criterion, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.sources, tuple) or not 0 < len(self.sources) <= _MOST_SOURCES:
            raise InvalidRecord(f"a stage has between 1 and {_MOST_SOURCES} patterns of sources")
        for pattern in self.sources:
            v.text("source", pattern, limit=200)
        for part in (self.entry, self.exit):
            if not isinstance(part, tuple) or not all(isinstance(criterion, Criterion) for criterion in part):
                raise InvalidRecord("the criteria of a stage must be a tuple of Criterion")
            if len(part) > _MOST_CRITERIA or len({criterion.kpi for criterion in part}) < len(part):
                raise InvalidRecord(f"a stage has at most {_MOST_CRITERIA} criteria a part, one for each KPI")


_DEFAULT: Mapping[StageName, Stage] = {
    StageName.PROTOTYPE: Stage(
        exit=(
            Criterion(_K.ACCURACY, 0.9, 30),
            Criterion(_K.MISSED_FAULTS, 0.1, 10),
            Criterion(_K.MISSED_CAUSES, 0.3, 10),
            Criterion(_K.LATENCY, 60.0, 20),
        )
    ),
    StageName.PARTIAL: Stage(
        sources=("line-1*",),
        entry=(Criterion(_K.FALSE_ALARMS, 0.05, 30),),
        exit=(
            Criterion(_K.ACCURACY, 0.95, 100, certain=True),
            Criterion(_K.FALSE_ALARMS, 0.02, 100),
            # Only the random sample shows missed faults: without the interval, no fault among a few would pass for none at all.
            Criterion(_K.MISSED_FAULTS, 0.1, 20, certain=True),
            Criterion(_K.MISSED_CAUSES, 0.2, 20),
            Criterion(_K.REVIEW_LOAD, 4.0, 20),
            Criterion(_K.WAITING, 24.0, 20),
        ),
    ),
    StageName.FULL: Stage(
        entry=(Criterion(_K.MEMORY, 4_000.0, 20), Criterion(_K.COST_HOUR, 50.0, 100)),
        exit=(
            Criterion(_K.ACCURACY, 0.93, 100),
            Criterion(_K.FALSE_ALARMS, 0.03, 100),
            Criterion(_K.REVIEW_LOAD, 8.0, 20),
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class RolloutPlan:
    """All stages, and over how many past `days` a stage is measured at most (0: since it began)."""

    stages: Mapping[StageName, Stage] = field(default_factory=lambda: dict(_DEFAULT))
    days: int = 90

    def __post_init__(self) -> None:
        if set(self.stages) != set(StageName) or not all(isinstance(stage, Stage) for stage in self.stages.values()):
            raise InvalidRecord(f"a plan has the stages {', '.join(StageName)}")
        v.whole("days", self.days, most=3_660)

    def payload(self) -> dict[str, object]:
        """Return the plan as plain JSON types."""
        return {"days": self.days, "stages": {name.value: _plain(self.stages[name]) for name in StageName}}

    @staticmethod
    def from_payload(payload: Mapping[str, Any]) -> RolloutPlan:
        """Rebuild a plan. Raises `InvalidRecord`."""
        try:
            stages = {StageName(name): _stage(content) for name, content in payload["stages"].items()}
            return RolloutPlan(stages, payload["days"])
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise InvalidRecord(f"not a plan of a roll-out: {error}") from error


def _plain(stage: Stage) -> dict[str, object]:
    def rows(part: Sequence[Criterion]) -> list[dict[str, object]]:
        return [{**asdict(criterion), "kpi": criterion.kpi.value} for criterion in part]

    return {"sources": list(stage.sources), "entry": rows(stage.entry), "exit": rows(stage.exit)}


def _stage(content: Mapping[str, Any]) -> Stage:
    def criteria(rows: Sequence[Mapping[str, Any]]) -> tuple[Criterion, ...]:
        return tuple(Criterion(**{**row, "kpi": Kpi(row["kpi"])}) for row in rows)

    return Stage(tuple(content["sources"]), criteria(content["entry"]), criteria(content["exit"]))
