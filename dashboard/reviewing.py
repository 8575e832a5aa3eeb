"""A person's word on a decision: what is shown, pairs that the model missed, and the review record. No streamlit here."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from hashlib import sha256

import pandas as pd

from audit import (
    AuditStore,
    Conflict,
    LogEntry,
    PairReview,
    PairVerdict,
    Reason,
    ReviewRecord,
    Verdict,
    new_id,
    utc_now,
)
from audit.canonical import canonical
from dashboard.pipeline import LoadedDecision
from dashboard.views.verdict import SuspectEvent

AUTHENTICATION = "name given in the app, not verified"
ROLE = "reviewer"
PLACE = ("layer", "head", "query", "key")


class ReviewProblem(Exception):  # noqa: N818 - said to the reviewer, who puts it right
    """Something is missing or impossible in a review; ``code`` names its text, ``values`` go into it."""

    def __init__(self, code: str, **values: int) -> None:
        super().__init__(code)
        self.code, self.values = code, values


def shown_sha256(loaded: LoadedDecision, events: Sequence[SuspectEvent], pairs: pd.DataFrame, language: str) -> str:
    """Hash of what the reviewer has on the screen: verdict, warnings, events and pairs with their lines' text."""
    decision = loaded.summary.decision
    texts = [loaded.sequence.events[event.index].text for event in events]
    content = {
        "decision": decision.id,
        "language": language,
        "label": decision.label,
        "score": decision.score,
        "threshold": decision.threshold,
        "warnings": list(decision.warnings),
        "events": [[e.line, e.probability, text] for e, text in zip(events, texts, strict=True)],
        "pairs": [
            [*(int(p[name]) for name in PLACE), float(p["weight"]), str(p["query_text"]), str(p["key_text"])]
            for p in pairs.to_dict("records")
        ],
    }
    return sha256(canonical(content)).hexdigest()


def missing_pair(loaded: LoadedDecision, effect_line: int, cause_line: int) -> PairReview:
    """The pair of events on these lines of the file, as one that the model should have selected.

    Raises ReviewProblem when a line has no event, both are the same event, or a head selected the pair after all.
    """
    effect, cause = _event_at(loaded, effect_line), _event_at(loaded, cause_line)
    if effect == cause:
        raise ReviewProblem("same_event")
    for layer, head, selection in loaded.trace:
        if cause in selection.key_index[selection.pairs_of(effect)]:
            raise ReviewProblem("already_selected", layer=layer + 1, head=head + 1)
    return PairReview(None, None, effect, cause, PairVerdict.MISSING)


def submit_review(
    store: AuditStore,
    loaded: LoadedDecision,
    *,
    reviewer: str,
    opened_at: str,
    shown: str,
    verdict: Verdict | None,
    pairs: Sequence[PairReview] = (),
    reason: Reason | None = None,
    comment: str = "",
    corrected_label: str | None = None,
    supersedes: str | None = None,
) -> LogEntry:
    """Record a review. ``supersedes``: the latest review that the reviewer saw, or None.

    Raises ReviewProblem for what the reviewer can put right, Conflict when somebody was faster (the refusal is recorded).
    """
    if not reviewer.strip():
        raise ReviewProblem("no_reviewer")
    if verdict is None:
        raise ReviewProblem("no_verdict")
    if verdict is Verdict.FLAG and reason is None:
        raise ReviewProblem("no_reason")
    name = reviewer.strip()
    review = ReviewRecord(
        id=new_id(),
        decision_id=loaded.summary.decision.id,
        reviewer_id=f"local:{name.casefold()}",
        reviewer_name=name,
        role=ROLE,
        authentication=AUTHENTICATION,
        opened_at=opened_at,
        submitted_at=utc_now(),
        shown_sha256=shown,
        suggestion_visible=True,
        verdict=verdict,
        pairs=tuple(pairs),
        reason=reason if verdict is Verdict.FLAG else None,
        comment=comment.strip(),
        corrected_label=corrected_label if verdict is Verdict.FLAG else None,
        supersedes=supersedes,
    )
    try:
        return store.record_review(review)
    except Conflict:
        refused = {"verdict": verdict.value, "supersedes": supersedes}
        store.record_event(review.reviewer_id, "review_refused", review.decision_id, refused)
        raise


def _event_at(loaded: LoadedDecision, line: int) -> int:
    """The event that a line of the file belongs to: the last one that starts at or before it."""
    lines = [event.line for event in loaded.sequence.events]
    found = bisect_right(lines, line) - 1
    last = lines[-1] + loaded.sequence.events[-1].text.count("\n")
    if found < 0 or line > last:
        raise ReviewProblem("no_such_line", line=line, last=last)
    return found
