"""The roll-out in words and tables: what the KPI say, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from audit import Assessment, Criterion, Kpi, Rollout, StageName, Statistic, StepKind
from audit.operation.rollout import AssessmentOutcome, CriterionPart, RolloutStep
from audit.operation.rollout_plan import CriterionStatus
from dashboard.features.monitor.views import kpi
from dashboard.texts import Texts
from dashboard.views.frames import frame
from dashboard.views.verdict import moment, person

Choice = tuple[StepKind, StageName]


def sentence(assessment: Assessment, t: Texts) -> str:
    """Say what the criteria say together."""
    states = [check.status for check in assessment.checked]
    if not states:
        return t("rollout.outcome.wait_none")
    waits = assessment.outcome is AssessmentOutcome.WAIT
    about = "outcome" if waits or assessment.following is not None else "stay"
    counted = {
        AssessmentOutcome.GO: (),
        AssessmentOutcome.NO_GO: (CriterionStatus.NOT_MET,),
        AssessmentOutcome.WAIT: (CriterionStatus.UNSURE, CriterionStatus.TOO_FEW),
    }
    count = sum(state in counted[assessment.outcome] for state in states)
    return t(f"rollout.{about}.{assessment.outcome.value}", n=count, all=len(states))


def choices(now: Rollout) -> list[Choice]:
    """Return what can be decided, the next stage first."""
    further = [(StepKind.GO, now.following)] if now.following else []
    return [*further, (StepKind.STAY, now.stage), *((StepKind.BACK, stage) for stage in now.earlier)]


def checked_table(assessment: Assessment, currency: str, t: Texts) -> pd.DataFrame:
    """Return one row for each criterion: what it asks for, what was measured, and whether it is met."""
    rows = []
    for check in assessment.checked:
        stage = assessment.stage if check.part is CriterionPart.EXIT else assessment.following or assessment.stage
        rows.append(
            (_part(check.part, stage, assessment.following is None, t), *_row(check.criterion, check.found, currency, t))
        )
    return _frame(rows, t)


def known_table(step: RolloutStep, currency: str, t: Texts) -> pd.DataFrame:
    """Return the table of ``checked_table`` as it was recorded with a step; no rows where none was."""
    rows = []
    for row in (step.assessment or {}).get("measured", []):
        criterion = Criterion(Kpi(row["kpi"]), row["limit"], row["least"], row["certain"])
        statistic = Statistic(row["value"], row["low"], row["high"], row["items"])
        before = step.before or step.after
        part = CriterionPart(row["part"])
        stage = before if part is CriterionPart.EXIT else _next(before)
        rows.append((_part(part, stage, before is StageName.FULL, t), *_row(criterion, statistic, currency, t, row["status"])))
    return _frame(rows, t)


def history_table(steps: Sequence[RolloutStep], names: Mapping[str, str], t: Texts) -> pd.DataFrame:
    """Return everything that was decided, newest first."""
    rows = [
        (moment(step.at), person(names.get(step.by, step.by), t), what(step, t), _said(step.assessment, t), step.why)
        for step in reversed(steps)
    ]
    return frame(rows, "rollout", ("time", "by", "what", "said", "reason"), t)


def what(step: RolloutStep, t: Texts) -> str:
    """Say what a step decided, in words."""
    words = t.plain(f"rollout.do.{step.kind.value}", stage=t.plain(f"rollout.{step.after.value}"))
    return t.plain("rollout.against_short", what=words) if step.against else words


def _next(stage: StageName) -> StageName:
    order = list(StageName)
    return order[min(order.index(stage) + 1, len(order) - 1)]


def _part(part: CriterionPart, stage: StageName, last: bool, t: Texts) -> str:
    name = "stay_title" if last and part is CriterionPart.EXIT else part.value
    return t.plain("rollout.part_of", part=t.plain(f"rollout.{name}"), stage=t.plain(f"rollout.{stage.value}"))


def _row(
    criterion: Criterion, statistic: Statistic, currency: str, t: Texts, status: str | None = None
) -> tuple[str, str, str, str, int, str]:
    certain = t.plain("rollout.certain_short") if criterion.certain else ""
    return (
        t.plain(f"kpi.{criterion.kpi.value}"),
        kpi.goal(criterion, currency, t) + certain,
        kpi.text(criterion.kpi, statistic.value, currency, t),
        kpi.note(criterion.kpi, statistic, currency, t),
        criterion.least,
        t.plain(f"rollout.status.{status or criterion.status(statistic).value}", n=statistic.items, least=criterion.least),
    )


def _frame(rows: list[tuple[Any, ...]], t: Texts) -> pd.DataFrame:
    names = ("rollout.part", "kpi.name", "rollout.criterion", "word.value", "word.interval_95", "rollout.needed")
    return pd.DataFrame(rows, columns=[t.plain(name) for name in (*names, "rollout.verdict")])


def _said(assessment: Mapping[str, Any] | None, t: Texts) -> str:
    return "–" if assessment is None else t.plain(f"rollout.says.{assessment['outcome']}")
