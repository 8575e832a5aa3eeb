"""Lists of decisions as tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import pandas as pd

from audit import DecisionSummary, Gate, QueueState, Verdict
from dashboard.texts import Texts
from dashboard.views import verdict
from dashboard.views.frames import frame
from dashboard.views.times import about

QUEUE_LIMIT = 200


class Lister(Protocol):
    """A lister of decisions: the store, or a person's access to it."""

    def decisions(
        self,
        *,
        gate: Gate | None = None,
        state: QueueState | None = None,
        limit: int = 100,
        offset: int = 0,
        newest_first: bool = False,
        urgent_first: bool = False,
    ) -> list[DecisionSummary]: ...


def recent(lister: Lister, limit: int) -> list[DecisionSummary]:
    """Return the last decisions, newest first."""
    return lister.decisions(limit=limit, newest_first=True)


def queue(lister: Lister, state: QueueState) -> list[DecisionSummary]:
    """Return the decisions that wait for a person, in the order in which they are claimed; settled decisions newest first."""
    settled = state is QueueState.SETTLED
    return lister.decisions(state=state, limit=QUEUE_LIMIT, newest_first=settled, urgent_first=not settled)


def table(summaries: Sequence[DecisionSummary], t: Texts) -> pd.DataFrame:
    """Return one row a decision: time, file, number of events, label, probability, flagged events, gate, familiarity,
    reviewer."""
    rows = [
        (
            verdict.moment(s.decision.started_at),
            s.decision.input_name,
            s.decision.event_count,
            *model_cells(s, t),
            _reviewer(s, t),
        )
        for s in summaries
    ]
    cells = frame(
        rows, "decisions", ("time", "file", "events", "verdict", "probability", "flagged", "state", "familiar", "reviewer"), t
    )
    # With missing values plain whole numbers would turn into 3.0.
    return cells.astype({t.plain("decisions.flagged"): "Int64"})


def _reviewer(summary: DecisionSummary, t: Texts) -> str:
    """Return the reviewer whose review counts; empty where it was withdrawn."""
    review = summary.latest_review
    return "" if review is None or review.verdict is Verdict.WITHDRAW else verdict.person(review.reviewer_name, t)


def model_cells(summary: DecisionSummary, t: Texts) -> tuple[object, ...]:
    """Return the model's verdict as cells: label, probability in percent, flagged events, gate, familiarity; empty where the
    decision is reviewed blind."""
    if summary.blind:
        return (t.plain("blind.short"), None, None, t.plain("blind.short"), "")
    decision = summary.decision
    return (
        verdict.label(decision, t),
        100 * decision.score,
        verdict.flagged_count(decision),
        t.plain(verdict.gate_key(summary)),
        t.plain("decisions.unfamiliar" if verdict.unfamiliar(decision) else "decisions.known"),
    )


def queue_table(summaries: Sequence[DecisionSummary], now: str, t: Texts) -> pd.DataFrame:
    """Return the queue for a narrow column: gate, file, when it was decided, when it is due, probability (empty for decisions
    reviewed blind)."""
    rows = [
        (
            t.plain("blind.short") if s.blind else t.plain(verdict.gate_key(s)),
            s.decision.input_name,
            # As a time, which a narrow column can shorten and files keep whole.
            pd.Timestamp(verdict.moment(s.decision.started_at)),
            due_text(s, now, t),
            None if s.blind else 100 * s.decision.score,
        )
        for s in summaries
    ]
    return frame(rows, "decisions", ("state", "file", "time", "due", "probability"), t)


def due_text(summary: DecisionSummary, now: str, t: Texts) -> str:
    """Say in how much time an open decision is due, or that it is overdue."""
    due = summary.due_at
    if due is None or summary.state is QueueState.SETTLED:
        return ""
    left = (datetime.fromisoformat(due) - datetime.fromisoformat(now)).total_seconds()
    return t.plain("decisions.due_in" if left >= 0 else "decisions.overdue", time=about(left, t))
