"""What a person can do about a verdict on a file that was judged by itself: name lines that are fine and have the file judged
again, learn from it, or have the weights in use judge it all the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from audit import Access, Action, DecisionRecord
from audit.intake.marks import FINE, Mark
from dashboard.service.common.decision_details import details_of
from dashboard.service.decide.marks import LineKind, flagged_kinds, name_fine
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import failures, navigation, session
from dashboard.texts import Texts
from dashboard.views.verdict import shortened
from dashboard.views.wording import by_itself
from sparsemix.incidents.incident import all_alike

SHOWN = 8
"""Kinds of flagged lines that are offered at once."""
_SHORT = 160  # characters of an example

Again = Callable[..., None]
"""``page.again``: has the file of a decision judged once more."""


def show(loaded: LoadedDecision, marks: Mapping[str, Mark], again: Again, access: Access, t: Texts) -> None:
    """Show the steps; nothing where the file was not judged by itself, is reviewed blind, or the person may not analyse.

    ``marks``: of the source, by kind."""
    decision = loaded.summary.decision
    if loaded.summary.blind or not by_itself(decision) or not access.can(Action.ANALYSE):
        return
    with st.container(border=True, key="next_steps"):
        st.markdown(t("next.title"))
        # Of a file of equal lines none is named, so none is offered to be named fine.
        if access.can(Action.MARK) and details_of(decision).source and not all_alike(loaded.sequence.events):
            with st.expander(t("next.fine_title"), icon=":material/done_all:"):
                _fine_lines(loaded, marks, access, t)
        with st.container(horizontal=True, vertical_alignment="center"):
            _again("judge_again", decision, again, access, t, fall_back=True)
            _again("judge_anyway", decision, again, access, t, fall_back=False)
            if access.can(Action.TRAIN):
                address = {"section": "learn", "learn_from": decision.id, "decision": decision.id}
                navigation.link("data", t("next.learn"), address, help=t("next.learn_help"))


def _again(key: str, decision: DecisionRecord, again: Again, access: Access, t: Texts, *, fall_back: bool) -> None:
    st.button(
        t(f"next.{key}"),
        key=key,
        icon=":material/replay:" if fall_back else ":material/translate:",
        help=t(f"next.{key}_help"),
        on_click=again,
        args=(decision, access, session.jobs()),
        kwargs={"fall_back": fall_back},
    )


def _fine_lines(loaded: LoadedDecision, marks: Mapping[str, Mark], access: Access, t: Texts) -> None:
    """Show the first kinds of flagged lines, each to be ticked, and the button that names them fine."""
    decision, known = loaded.summary.decision, {kind for kind, mark in marks.items() if mark.said == FINE}
    kinds = flagged_kinds(decision, loaded.sequence)
    offered = [kind for kind in kinds if kind.kind not in known]
    if len(offered) < len(kinds):
        st.caption(t("next.named", n=len(kinds) - len(offered)))
    offered = offered[:SHOWN]
    if not offered:
        return
    st.caption(t("next.fine", source=details_of(decision).source))
    ticked = [kind for kind in offered if st.checkbox(_words(kind, t), key=f"fine_{decision.id[:8]}_{kind.kind}")]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        why = st.text_input(t("next.why"), key=f"fine_why_{decision.id}", max_chars=500)
        st.button(
            t("next.these_are_fine"),
            key="name_fine",
            icon=":material/done_all:",
            disabled=not ticked,
            on_click=_name,
            args=(decision, ticked, why or "", access, t),
        )


def _words(kind: LineKind, t: Texts) -> str:
    shown = shortened(kind.example, _SHORT)
    return t("compare.line_item" if kind.count == 1 else "next.kind_more", line=kind.line, text=shown, n=kind.count - 1)


def _name(decision: DecisionRecord, kinds: list[LineKind], why: str, access: Access, t: Texts) -> None:
    with failures.deferred():
        entry = name_fine(access, decision, kinds, why)
        session.tell(t("next.saved", source=details_of(decision).source, seq=entry.seq))
