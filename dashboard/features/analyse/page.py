"""Analyse: files in, verdicts out, and all decisions to choose from."""

from __future__ import annotations

from functools import partial

import streamlit as st

from audit import Access, Action, DecisionRecord
from dashboard.features.analyse import batches, decision_list, file_choice, panels, record_panel
from dashboard.service.common.decision_details import details_of
from dashboard.service.decide.pipeline import LoadedDecision, analyse, reading_of
from dashboard.service.decide.reading_settings import remembered
from dashboard.shared import cache, failures, jobs, log_connection, navigation, session
from dashboard.shared.decision import log_panel, verdict
from dashboard.shared.session import ChosenFile

t = session.texts()
access = session.access()


def start(file: ChosenFile, access: Access, ids: dict[str, str]) -> None:
    """Hand the file to the worker, unless it is decided: the second half of a double click can come when all is done.

    A callback, not ``if st.button(...)``: the run that a click starts can be cut short before it reaches the button, and the
    click would be lost.
    """
    if file.decision_id is not None:
        return
    with failures.contained(t):
        # What the work needs is fetched here: a thread has no session.
        model, seen = cache.model(), cache.seen()
        origin, options = file.origin, file.options or remembered(access, file.origin)
        work = partial(analyse, file.data, file.name, model=model, access=access, seen=seen, source=origin, options=options)
        before = file.preview.read if file.preview is not None and file.preview.requested == options else None
        file.flagged.clear()
        work = partial(work, early=file.flagged.extend)
        jobs.start(file_choice.slot(file), partial(work, fall_back=file.fall_back, before=before), once=True, ids=ids)


def again(decision: DecisionRecord, access: Access, ids: dict[str, str], *, fall_back: bool) -> None:
    """Have the file of a decision judged once more, read as it was then; ``fall_back``: as in `judging.judge`. A callback."""
    with failures.deferred():
        session.take(decision.input_name, access.blob(decision.input_sha256))
        taken = session.chosen_file()
        if taken is not None:
            taken.origin, taken.options = details_of(decision).source or taken.origin, reading_of(decision)
            taken.fall_back = fall_back
            start(taken, access, ids)


def in_view() -> LoadedDecision | None:
    """Return the decision that the address names. The page shows why one cannot be shown, and goes on."""
    with failures.contained(t):
        return None if named is None else cache.loaded(access, named)
    return None


def prepare(chosen: ChosenFile) -> None:
    """Show what was read from a file, and the button to analyse it, or how far its analysis is."""
    slot = file_choice.slot(chosen)
    # Asked before the job is watched: a job that ends in between must not be offered again.
    busy = jobs.under_way(slot)
    sequence = file_choice.show(chosen, access, t, judged=busy)
    told = len(chosen.flagged)

    def follow() -> None:
        if len(chosen.flagged) != told:
            st.rerun()

    if sequence is not None and (done := jobs.watch(slot, t, draw_beside=follow)) is not None:
        if chosen.log is not None:
            with failures.contained(t):
                log_connection.judged(chosen.log, cache.loaded(access, done.result))
        session.decided(chosen, done.result)
        file_choice.empty_box()
        st.rerun()
    with st.container(horizontal=True):
        if sequence is not None and not busy:
            st.button(
                t("analyse.start", n=len(sequence)),
                key="start",
                type="primary",
                icon=":material/play_arrow:",
                on_click=start,
                args=(chosen, access, session.jobs()),
            )
        file_choice.another(access, start, t, beside=chosen.id)
    with failures.contained(t):
        log_panel.show_waiting(chosen, t)


def to_list() -> None:
    """Show all decisions. A callback."""
    session.put_away()
    session.choose_decision(None)


def show_file(loaded: LoadedDecision) -> None:
    """Show in one row which file it is, where another is chosen, and the ways to all decisions and to its review."""
    id = loaded.summary.decision.id
    with st.container(horizontal=True, key="file_line", vertical_alignment="center"):
        file_choice.in_brief(loaded, t)
        if may_analyse and batch is None:
            file_choice.another(access, start, t, beside=id)
        st.button(t("link.list"), key="all_decisions", type="tertiary", icon=":material/list:", on_click=to_list)
        navigation.link("review", t("review.page"), {"decision": id})


def show_log(loaded: LoadedDecision) -> None:
    """Show the log with what was decided on it; of a decision under blind review only which file it is."""
    case = access.case(loaded.summary.decision.id)
    if case.summary.blind:
        verdict.hidden(case.summary, t)
    else:
        log_panel.show(case, loaded, t)


may_analyse = access.can(Action.ANALYSE)
batch = session.batch() if may_analyse else None
chosen = session.chosen_file() if may_analyse and batch is None else None
waiting = chosen if chosen is not None and chosen.decision_id is None else None
named = session.decision_id() if "decision" in st.query_params else None
loaded = in_view()
panel = panels.named()
# A page with a file or a verdict begins with it: the choice of files folds away behind a button, the list behind another.
folded = batch is None and (waiting is not None or loaded is not None)
if not folded:
    st.title(t("link.analyse"), anchor=False)
if not may_analyse:
    st.info(t("analyse.not_allowed"), icon=":material/visibility:")
elif not folded:
    file_choice.choose(access, start, t, slim=bool(access.count_decisions()), disabled=batches.under_way(batch))
if batch is not None:
    with failures.contained(t):
        batches.show(batch, access, t)
elif waiting is not None:
    prepare(waiting)
if loaded is not None:
    if waiting is None:
        with failures.contained(t):
            show_file(loaded)
    with failures.contained(t):
        show_log(loaded)
    with failures.contained(t):
        panels.show(loaded, again, access, t, steps=waiting is None and batch is None)
elif named is not None and panel == "record":
    # Also of a decision whose log cannot be shown.
    with failures.contained(t):
        record_panel.show(access, access.summary(named), t)
if not folded:
    with failures.contained(t):
        decision_list.show(access, t)
