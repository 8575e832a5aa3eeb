"""Analyse: a file in, a verdict out."""

from __future__ import annotations

import streamlit as st

from dashboard import resources, session
from dashboard.components import decisions, failures, jobs, source, verdict
from dashboard.components.jobs import Slot
from dashboard.pipeline import analyse
from dashboard.worker import Progress

t = session.texts()
SLOT = Slot("analyse")


def start(name: str, data: bytes) -> None:
    """Hand the file to the worker. What the work needs is fetched here: a thread has no session."""
    model, store, caller = resources.model(), resources.store(), session.caller()

    def work(progress: Progress) -> str:
        return analyse(data, name, model=model, store=store, caller=caller, progress=progress)

    jobs.start(SLOT, work)


st.title(t("analyse.title"), anchor=False)
st.caption(t("analyse.lead"))
source.choose(t)

chosen = session.source()
if chosen is not None:
    sequence = source.show(chosen, t)
    if sequence is not None and chosen.decision_id is None:
        done = jobs.watch(SLOT, t)
        current = jobs.job(SLOT)
        if done is not None:
            chosen.decision_id = done.result
            session.choose_decision(done.result)
            jobs.forget(SLOT)
            st.rerun()
        elif (current is None or current.finished) and st.button(
            t("analyse.start", n=len(sequence)), key="start", type="primary", icon=":material/play_arrow:"
        ):
            start(chosen.name, chosen.data)
            st.rerun()

if (decision_id := session.decision_id()) is not None:
    with failures.contained(t), st.container(border=True, key="verdict"):
        loaded = resources.loaded(decision_id)
        verdict.header(loaded.summary, t)
        verdict.events(loaded, t)
        verdict.links(decision_id, t, here="analyse")

decisions.recent(t)
