"""What a reviewer has filled in: in the session while the page is open, in the record as a draft, so that a reload, a lost
connection or a look at another page loses nothing.

The session keeps under ``{name}_{decision}``: verdict, reason, label, comment and, of a blind review, what was seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from audit import Access, AuditError, InvalidRecord, PairReview, PairVerdict, Reason, ReviewRecord, Verdict
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import failures, session

LABELS = ("normal", "fault")
_KINDS: dict[str, type[Verdict | Reason] | None] = {
    "verdict": Verdict,
    "reason": Reason,
    "label": None,
    "comment": None,
    "seen": None,
}


def value(name: str, id: str) -> Any:
    """Return the value of a field of the form, None where it is empty."""
    return st.session_state.get(f"{name}_{id}")


def set_value(name: str, id: str, new: object) -> None:
    """Fill in a field."""
    st.session_state[f"{name}_{id}"] = new


def restore(access: Access, loaded: LoadedDecision) -> None:
    """Fill the form from the draft when the page is opened; what this session has filled in already stays."""
    id = loaded.summary.decision.id
    if st.session_state.get("form_of") == id and f"comment_{id}" in st.session_state:
        return
    st.session_state["form_of"] = id
    draft = access.queue.draft(id) or {}
    texts = {"comment": draft.get("comment"), **{name: draft.get(name) for name in ("verdict", "reason", "label", "seen")}}
    for name, text in texts.items():
        if value(name, id) is None:
            set_value(name, id, _understood(name, text))
    if not session.marked(id):
        _mark(id, _pairs(draft.get("pairs"), len(loaded.sequence)))
    st.session_state["draft_kept"] = _content(id)


def keep(access: Access, id: str, *, claim: bool) -> None:
    """Keep what is filled in as a draft, if it has changed since; with ``claim`` also claim the decision, for filling in is
    judging."""
    content = _content(id)
    if content == st.session_state.get("draft_kept"):
        return
    try:
        if claim:
            access.queue.claim_decision(id)
        access.queue.keep_draft(id, content)
    except AuditError as error:
        failures.show(error, session.texts())
    else:
        st.session_state["draft_kept"] = content


def gone_on(id: str) -> bool:
    """Return whether the form is no longer this decision's. A fragment that was asked for first can cut short the run that
    would have drawn the next decision, and then has to ask for that run again."""
    return st.session_state.get("form_of") != id or session.decision_id() != id


def fill(id: str, review: ReviewRecord) -> None:
    """Start from the person's own review, to be amended or given anew."""
    forget(id)
    seen = review.corrected_label if not review.suggestion_visible else None
    fields = {"verdict": review.verdict, "reason": review.reason, "label": review.corrected_label, "comment": review.comment}
    for name, content in (fields | {"seen": seen}).items():
        set_value(name, id, content)
    _mark(id, review.pairs)
    st.session_state["form_of"] = id


def forget(id: str) -> None:
    """Empty the form."""
    session.forget_marks(id)
    for name in (*_KINDS, "amending"):
        st.session_state.pop(f"{name}_{id}", None)
    for name in ("draft_kept", "form_of"):
        st.session_state.pop(name, None)


def _content(id: str) -> dict[str, object]:
    """Return what is filled in, as JSON values."""
    content: dict[str, object] = {name: str(entered) for name in _KINDS if (entered := value(name, id))}
    marks = [[*place, said] for (decision, *place), said in session.marks().items() if decision == id]
    return content | ({"pairs": marks} if marks else {})


def _mark(id: str, pairs: Iterable[PairReview]) -> None:
    for pair in pairs:
        session.mark((id, pair.layer, pair.head, pair.query, pair.key), pair.verdict)


def _understood(name: str, text: object) -> object:
    """Return a field's value out of a draft; None for a value that is not valid."""
    if not isinstance(text, str):
        return "" if name == "comment" else None
    kind = _KINDS[name]
    if kind is not None:
        return kind(text) if text in set(kind) else None
    return text if name == "comment" or text in LABELS else None


def _pairs(rows: object, events: int) -> Iterable[PairReview]:
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, list) or len(row) != 5 or row[4] not in set(PairVerdict):
            continue
        try:
            pair = PairReview(row[0], row[1], row[2], row[3], PairVerdict(row[4]))
        except InvalidRecord:
            continue
        if max(pair.query, pair.key) < events:
            yield pair
