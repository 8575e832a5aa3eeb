"""The report of a decision: made in the background, because the test of its explanations takes a while, then downloaded."""

from __future__ import annotations

from functools import partial

import streamlit as st

from audit import Action
from dashboard.log.offline import Changes, changes_of
from dashboard.report import exports
from dashboard.report.report import check_report, report_name
from dashboard.service.common.worker import Progress
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import display, failures, jobs, session
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from sparsemix import Rerun
from sparsemix.explain.explanation import Explanation, explain
from sparsemix.explain.randomisation import LONGEST, Randomisation, randomisation_curve


def report(t: Texts, loaded: LoadedDecision, explanation: Explanation, rerun: Rerun) -> None:
    """Show a button that prepares the report, then a button that downloads it, which is recorded. Only people who may
    export see them."""
    access = session.access()
    if not access.can(Action.EXPORT):
        st.caption(t("export.not_allowed"))
        return
    slot = Slot("report", f"{loaded.summary.decision.id}_{explanation.target}", loaded.size)
    st.caption(t("report.make_help"))
    st.button(
        t("report.make"),
        key="report_make",
        icon=":material/description:",
        disabled=jobs.under_way(slot),
        on_click=_start,
        args=(slot, session.jobs(), loaded, explanation, rerun),
    )
    failures.show_deferred(t)
    done = jobs.watch(slot, t)
    if done is None:
        return
    whole, curve, changes = done.result
    file = partial(exports.export_report, access, loaded, whole, rerun, curve, t.language, changes)
    display.download(t("report.take"), file, report_name(loaded, explanation), "text/html", "report_take")
    st.caption(t("report.take_note"))


def _start(slot: Slot, ids: dict[str, str], loaded: LoadedDecision, explanation: Explanation, rerun: Rerun) -> None:
    """Make only what takes long; the file itself and its entry in the log are made at the moment of the download."""
    target = explanation.target

    def work(progress: Progress) -> tuple[Explanation, Randomisation | None, Changes]:
        whole = explanation if explanation.scores else explain(rerun, target, progress=progress)
        changes = changes_of(loaded, rerun, target)
        if len(loaded.sequence) > LONGEST:
            return whole, None, changes
        return whole, randomisation_curve(rerun.model, loaded.sequence, target, progress=progress), changes

    with failures.deferred():
        check_report(loaded, rerun)
        jobs.start(slot, work, ids=ids)
