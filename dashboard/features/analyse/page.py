"""Analyse: files in, verdicts out, and all decisions to choose from."""

from __future__ import annotations

from functools import partial

import streamlit as st

from audit import Access, Action
from dashboard.features.analyse import batches, decision_list, file_choice
from dashboard.service.decide.pipeline import analyse
from dashboard.service.decide.reading_settings import remembered
from dashboard.shared import cache, failures, first_steps, jobs, session
from dashboard.shared.decision import verdict
from dashboard.shared.jobs import Slot
from dashboard.shared.session import ChosenFile

t = session.texts()
access = session.access()


def start(file: ChosenFile, slot: Slot, access: Access, ids: dict[str, str]) -> None:
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
        jobs.start(slot, work, once=True, ids=ids)


st.title(t("analyse.title"), anchor=False)
st.caption(t("analyse.lead"))
first_steps.show(access, t, here="analyse", start=start)
may_analyse = access.can(Action.ANALYSE)
batch = session.batch() if may_analyse else None
if may_analyse:
    file_choice.choose(t, disabled=batches.under_way(batch))
else:
    st.info(t("analyse.not_allowed"), icon=":material/visibility:")

chosen = session.chosen_file() if may_analyse else None
if batch is not None:
    with failures.contained(t):
        batches.show(batch, access, t)
elif chosen is not None:
    sequence = file_choice.show(chosen, access, t)
    if sequence is not None and chosen.decision_id is None:
        slot = Slot("analyse", chosen.id)
        # Asked before the job is watched: a job that ends in between must not be offered again.
        busy = jobs.under_way(slot)
        done = jobs.watch(slot, t)
        if done is not None:
            session.decided(chosen, done.result)
            file_choice.empty_box()
            st.rerun()
        elif not busy:
            st.button(
                t("analyse.start", n=len(sequence)),
                key="start",
                type="primary",
                icon=":material/play_arrow:",
                on_click=start,
                args=(chosen, slot, access, session.jobs()),
            )

if (decision_id := session.decision_id()) is not None:
    with failures.contained(t), st.container(border=True, key="verdict"):
        verdict.full(cache.loaded(access, decision_id), t)
        verdict.links(decision_id, t, here="analyse")

with failures.contained(t):
    decision_list.show(access, t)
