"""Lists of decisions as tables."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from audit import AuditStore, DecisionSummary, Gate
from dashboard.texts import Texts
from dashboard.views import verdict

QUEUE_LIMIT = 200


def recent(store: AuditStore, limit: int) -> list[DecisionSummary]:
    """The last decisions, newest first."""
    count = store.count_decisions()
    return store.decisions(limit=limit, offset=max(0, count - limit))[::-1]


def queue(store: AuditStore) -> list[DecisionSummary]:
    """What waits for a person: held decisions first, then released ones, each oldest first."""
    held = store.decisions(gate=Gate.HELD, unreviewed=True, limit=QUEUE_LIMIT)
    released = store.decisions(gate=Gate.RELEASED, unreviewed=True, limit=QUEUE_LIMIT)
    return (held + released)[:QUEUE_LIMIT]


def table(summaries: Sequence[DecisionSummary], t: Texts) -> pd.DataFrame:
    """One row a decision: when, which file, what, how probable, where it stands, who reviewed it."""
    rows = [
        (
            verdict.moment(s.decision.started_at),
            s.decision.input_name,
            s.decision.event_count,
            verdict.label(s.decision, t),
            100 * s.decision.score,
            t.plain(f"gate.{s.gate.value}"),
            s.latest_review.reviewer_name if s.latest_review else "",
        )
        for s in summaries
    ]
    names = ("time", "file", "events", "label", "probability", "gate", "reviewer")
    return pd.DataFrame(rows, columns=[t.plain(f"decisions.{name}") for name in names])


def queue_table(summaries: Sequence[DecisionSummary], t: Texts) -> pd.DataFrame:
    """The queue in a narrow column: state, file, probability."""
    rows = [
        (
            t.plain(f"gate.{s.gate.value}"),
            s.decision.input_name,
            100 * s.decision.score,
        )
        for s in summaries
    ]
    names = ("gate", "file", "short_probability")
    return pd.DataFrame(rows, columns=[t.plain(f"decisions.{name}") for name in names])
