"""A job of this session: started once, watched twice a second, cancelled by a button, remembered across pages."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard import resources, session
from dashboard.components import failures
from dashboard.texts import Texts
from dashboard.views.parsed import duration
from dashboard.worker import Job, State, Work


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a page where a job runs; ``subject`` tells jobs of the same kind apart."""

    kind: str
    subject: str = ""

    @property
    def key(self) -> str:
        """The name under which the session keeps the job's id."""
        return f"{self.kind}{'_' if self.subject else ''}{self.subject}"


def start(slot: Slot, work: Work) -> None:
    """Queue the work, unless the same is under way."""
    if under_way(slot):
        return
    ids, worker = session.jobs(), resources.worker()
    # Nothing of the session may be touched between these two: every access to it can cut the run short for the next
    # one, which would then not know of the job and start it again.
    ids[slot.key] = worker.submit(work, slot.kind).id


def job(slot: Slot) -> Job | None:
    """The slot's job as it is now."""
    id = session.jobs().get(slot.key)
    return resources.worker().get(id) if id else None


def under_way(slot: Slot) -> bool:
    """Whether the slot's job is queued or running."""
    current = job(slot)
    return current is not None and not current.finished


def forget(slot: Slot) -> None:
    """Empty the slot."""
    session.jobs().pop(slot.key, None)


def watch(slot: Slot, t: Texts) -> Job | None:
    """Show a job that is under way, or say that it failed or was cancelled; return it once it is done."""
    current = job(slot)
    if current is None:
        return None
    if not current.finished:
        _progress(slot)
        return None
    if current.state is State.CANCELLED:
        st.info(t("job.cancelled"), icon=":material/cancel:")
    elif current.error is not None:
        failures.show(current.error, t, error_id=current.id)
    return current if current.state is State.DONE else None


@st.fragment(run_every="0.5s")
def _progress(slot: Slot) -> None:
    t = session.texts()
    current = job(slot)
    if current is None or current.finished:
        st.rerun()
        return
    with st.container(border=True, key=f"progress_{slot.kind}"):
        st.progress(min(max(current.share, 0.0), 1.0), text=_words(current, t))
        st.button(
            t("job.cancelling" if current.cancelling else "job.cancel"),
            key=f"cancel_{slot.kind}",
            icon=":material/cancel:",
            disabled=current.cancelling,
            on_click=resources.worker().cancel,
            args=(current.id,),
        )


def _words(current: Job, t: Texts) -> str:
    if current.state is State.QUEUED:
        return t("job.queued")
    stage, _, number = current.stage.partition(" ")
    name = t(f"stage.{stage}", n=number) if t.has(f"stage.{stage}") else t("stage.work")
    percent = t("job.percent", share=current.share)
    left = t("job.left", time=duration(current.eta, t)) if current.eta is not None else t("job.left_unknown")
    return f"{name} · {percent} · {left}"
