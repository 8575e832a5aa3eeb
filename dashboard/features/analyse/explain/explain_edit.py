"""Counterfactuals: lines edited, deleted or inserted, the model run again, and both runs side by side. Nothing is recorded."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from dashboard.features.analyse.explain.comparison_view import comparison_view, comparisons
from dashboard.service.common.worker import Progress
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import failures, jobs
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from dashboard.views.verdict import one_line
from sparsemix import Rerun
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.explain.comparison import Edit, EditKind, counterfactual, edited

_LISTED = 20


@dataclass(slots=True)
class LogDraft:
    """Changes to a decision's log, in the order they were made."""

    decision: str
    edits: list[Edit] = field(default_factory=list)

    def undo(self) -> None:
        """Take the last change back."""
        self.edits.pop()

    @property
    def name(self) -> str:
        """Return a name that tells one set of changes from another."""
        return f"{self.decision}_{hash(tuple(self.edits)) & 0xFFFFFFFF:08x}"


def _current(decision: str) -> LogDraft:
    draft = st.session_state.get("explain_draft")
    if not isinstance(draft, LogDraft) or draft.decision != decision:
        draft = st.session_state["explain_draft"] = LogDraft(decision)
    return draft


def edit_section(t: Texts, loaded: LoadedDecision, target: int, rerun: Rerun) -> None:
    """Show the changes, then the comparison."""
    draft = _current(loaded.summary.decision.id)
    failures.show_deferred(t)
    if st.session_state.pop("edit_empty", False):
        st.warning(t("edit.empty"), icon=":material/edit_off:")
    _editor(t, loaded, target, draft)
    _changes(t, loaded, draft)
    slot = Slot("counterfactual", draft.name, loaded.size)
    cached, edits = comparisons(), tuple(draft.edits)

    def work(progress: Progress) -> None:
        sequence, comparison = counterfactual(rerun.model, loaded.sequence, rerun.run, edits, progress)
        cached.put(slot.key, (sequence, comparison, loaded.summary.decision.details, None))

    with st.container(horizontal=True):
        nothing = not draft.edits
        jobs.button(slot, t("edit.run"), work, key="edit_run", type="primary", icon=":material/play_arrow:", disabled=nothing)
        st.button(t("what_if.undo"), key="edit_undo", icon=":material/undo:", disabled=nothing, on_click=draft.undo)
        st.button(
            t("what_if.reset"), key="edit_reset", icon=":material/restart_alt:", disabled=nothing, on_click=draft.edits.clear
        )
    jobs.watch(slot, t)
    result = cached.get(slot.key)
    if result is not None:
        comparison_view(t, result, loaded.sequence, second_name=t("compare.after_edit"), target=target)


def _editor(t: Texts, loaded: LoadedDecision, target: int, draft: LogDraft) -> None:
    text = f"edit_text_{draft.decision}_{target}"
    st.text_area(t("edit.text"), _editable(loaded.sequence, target), key=text, height=80)
    with st.container(horizontal=True):
        for kind, icon in (("replace", "edit"), ("delete", "delete"), ("insert", "add")):
            st.button(
                t(f"edit.{kind}"),
                key=f"edit_{kind}",
                icon=f":material/{icon}:",
                on_click=_add,
                args=(loaded, draft, kind, target, text),
            )


def _add(loaded: LoadedDecision, draft: LogDraft, kind: EditKind, event: int, text: str) -> None:
    """Add a change after checking that it can be made; a second change of a line replaces the first."""
    edit = Edit(kind, event, "" if kind == "delete" else str(st.session_state[text]))
    if kind != "delete" and not edit.text.strip():
        st.session_state["edit_empty"] = True
        return
    others = [earlier for earlier in draft.edits if kind == "insert" or earlier.kind == "insert" or earlier.event != event]
    with failures.deferred():
        edited(loaded.sequence, [*others, edit])
        draft.edits[:] = [*others, edit]


def _changes(t: Texts, loaded: LoadedDecision, draft: LogDraft) -> None:
    events = loaded.sequence.events
    words = [
        t(f"edit.item.{edit.kind}", line=events[min(edit.event, len(events) - 1)].line, text=one_line(edit.text))
        for edit in draft.edits[-_LISTED:]
    ]
    st.markdown("\n".join(f"- {word}" for word in words))


def _editable(sequence: TokenSequence, event: int) -> str:
    """Return the text of an event that a person edits: the whole line of a log, the ``key=value`` text of a table or JSON."""
    original = sequence.events[event]
    return original.text if sequence.source_format == "log" else original.message
