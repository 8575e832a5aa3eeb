"""What a person can say about an incident of a verdict: that it is routine, that its cause is right or wrong; and all that was
said about the source, to be taken back."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st

from audit import Access, Action, DecisionRecord
from audit.intake.marks import Mark
from audit.records.records import LogEntry
from dashboard.service.common.decision_details import details_of
from dashboard.service.decide.marks import mark_cause, mark_incident, marks_of
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import failures, session
from dashboard.texts import Texts, literal
from dashboard.views.incidents import ShownIncident, shown_incidents
from dashboard.views.verdict import person, shortened

_SHORT = 160  # characters of an example
_LISTED = 10
"""Marks that are told in full where none is chosen: the newest."""


def of(loaded: LoadedDecision, access: Access) -> dict[str, Mark] | None:
    """Return the marks of a decision's source by kind; None where this person may make none, or the decision has no source."""
    source = details_of(loaded.summary.decision).source
    if not source or loaded.summary.blind or not access.can(Action.MARK):
        return None
    return marks_of(access, source)


def form(loaded: LoadedDecision, marks: Mapping[str, Mark] | None, access: Access, t: Texts) -> None:
    """Show what can be said about each incident; nothing where nothing can."""
    # Decisions made earlier keep no kinds, by which an incident could be known again.
    offered = [] if marks is None else [one for one in shown_incidents(loaded, t) if one.kind]
    if marks is None or not offered:
        return
    decision = loaded.summary.decision
    with st.expander(t("marks.open"), icon=":material/rate_review:"):
        st.caption(t("marks.open_help"))
        one = st.selectbox(
            t("marks.incident"),
            offered,
            format_func=lambda one: t.plain("compare.line_item", line=one.line, text=one.text),
            key=f"mark_{decision.id}",
        )
        _about(decision, one or offered[0], marks, access, t)


def _about(decision: DecisionRecord, one: ShownIncident, marks: Mapping[str, Mark], access: Access, t: Texts) -> None:
    key = f"{decision.id[:8]}_{one.event}"
    for kind in (one.kind, *(cause.kind for cause in one.causes)):
        if kind in marks and marks[kind].decision == decision.id:
            st.caption(literal(_words(marks[kind], t)))
    why = st.text_input(t("next.why"), key=f"mark_why_{key}", max_chars=500) or ""
    args = (decision, one.kind, one.text, why, access, t)
    st.button(t("marks.routine"), key=f"routine_{key}", help=t("marks.routine_help"), on_click=_routine, args=args)
    for number, cause in enumerate(one.causes):
        st.caption(literal(cause.said))
        example = f"{one.text} ← {cause.text}"
        with st.container(horizontal=True):
            for name, right in (("right", True), ("wrong", False)):
                st.button(
                    t(f"marks.{name}"),
                    key=f"{name}_{key}_{number}",
                    on_click=_cause,
                    args=(decision, cause.kind, example, why, access, t),
                    kwargs={"right": right},
                )


def _routine(decision: DecisionRecord, kind: str, example: str, why: str, access: Access, t: Texts) -> None:
    with failures.deferred():
        _told(mark_incident(access, decision, kind, example, why), t)


def _cause(decision: DecisionRecord, kind: str, example: str, why: str, access: Access, t: Texts, *, right: bool) -> None:
    with failures.deferred():
        _told(mark_cause(access, decision, kind, example, why, right=right), t)


def _told(entry: LogEntry, t: Texts) -> None:
    session.tell(t("marks.saved", source=entry.subject, seq=entry.seq))


def show(loaded: LoadedDecision, marks: Mapping[str, Mark], access: Access, t: Texts) -> None:
    """List what was said about the source, with the buttons that take it back."""
    source = details_of(loaded.summary.decision).source
    if marks:
        with st.expander(t("marks.all", source=source, n=len(marks))):
            chosen = st.multiselect(
                t("marks.take_back_which"),
                list(marks),
                format_func=lambda kind: _words(marks[kind], t),
                placeholder=t.plain("marks.choose"),
                key=f"marked_{len(marks)}_{max(mark.seq for mark in marks.values())}",
            )
            names = access.names()
            for kind in chosen or list(marks)[-_LISTED:]:
                mark = marks[kind]
                who, time = person(names.get(mark.by, mark.by), t), mark.at[:16].replace("T", " ")
                st.caption(t("marks.by", seq=mark.seq, said=_words(mark, t), name=who, time=time, why=mark.why or "–"))
            with st.container(horizontal=True):
                for key, kinds in (("take_back", chosen), ("take_back_all", None)):
                    st.button(
                        t(f"marks.{key}"),
                        key=key,
                        icon=":material/undo:",
                        disabled=kinds == [],
                        on_click=_take_back,
                        args=(source, kinds, access, t),
                    )
    failures.show_deferred(t)


def _words(mark: Mark, t: Texts) -> str:
    return t.plain(f"marks.was_{mark.said}", example=shortened(mark.example, _SHORT) or "–")


def _take_back(source: str, kinds: Collection[str] | None, access: Access, t: Texts) -> None:
    with failures.deferred():
        entry = access.marks.take_back(source, kinds)
        session.tell(t("marks.taken_back", source=source, seq=entry.seq))
