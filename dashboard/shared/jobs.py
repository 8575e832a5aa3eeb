"""A job of this session: started once, watched twice a second, cancelled by a button, remembered across pages."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.service.common.turns import LONG
from dashboard.service.common.worker import Job, State, Work, Worker
from dashboard.shared import cache, failures, session, session_sign_in
from dashboard.shared.fragments import fragment
from dashboard.texts import Texts
from dashboard.views.times import whole_duration

# Two clicks in a row are two runs of the session's script at once: the first goes on until its next use of the session.
_STARTING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a page where a job runs; ``subject`` tells jobs of the same kind apart; ``size``: about how many bytes its
    work goes over; a ``training`` takes minutes and has a thread of its own."""

    kind: str
    subject: str = ""
    size: int = LONG
    training: bool = False

    @property
    def key(self) -> str:
        """Return the name under which the session keeps the job's id."""
        return f"{self.kind}{'_' if self.subject else ''}{self.subject}"

    @property
    def worker(self) -> Worker:
        """Return the worker that does the slot's jobs."""
        return cache.trainer() if self.training else cache.worker()


def start(slot: Slot, work: Work, *, once: bool = False, ids: dict[str, str] | None = None) -> None:
    """Queue the work, unless the same is under way; with ``once`` also unless it was done before. Raises `Busy` when too
    many jobs of this person wait or run.

    A callback hands over ``ids`` (``session.jobs()``, fetched when the page was drawn): every access to the session can cut
    a run short for the next one, and then the click would be lost, or its job unknown.
    """
    with _STARTING:
        ids, worker = session.jobs() if ids is None else ids, slot.worker
        earlier = worker.get(ids.get(slot.key, ""))
        if earlier is not None and (not earlier.finished or (once and earlier.state is State.DONE)):
            return
        ids[slot.key] = worker.submit(work, slot.kind, who=session_sign_in.whom(), size=slot.size).id
        if earlier is not None:
            worker.forget(earlier.id)  # its result can be a copy of the whole record


def job(slot: Slot) -> Job | None:
    """Return the slot's job as it is now."""
    id = session.job_id(slot.key)
    return slot.worker.get(id) if id else None


def under_way(slot: Slot) -> bool:
    """Return whether the slot's job is queued or running."""
    current = job(slot)
    return current is not None and not current.finished


def button(slot: Slot, label: str, work: Work, *, key: str, disabled: bool = False, **options: Any) -> None:
    """Show a button that starts the work, disabled while the slot's job is under way; `failures.show_deferred` says why a start
    failed. What the work needs is fetched before: a thread has no session. ``options`` go to ``st.button``."""
    st.button(
        label,
        key=key,
        disabled=disabled or under_way(slot),
        on_click=_start_later,
        args=(slot, work, session.jobs()),
        **options,
    )


def begin(slot: Slot, t: Texts, work: Work, *, key: str) -> None:
    """Begin the work at once and show it; a button begins again what was cancelled, failed, or is kept no more."""
    if job(slot) is None:
        with failures.deferred():
            start(slot, work)
    busy = under_way(slot)
    watch(slot, t)
    failures.show_deferred(t)
    if not busy:
        button(slot, t("log.again"), work, key=key, type="primary", icon=":material/replay:")


def _start_later(slot: Slot, work: Work, ids: dict[str, str]) -> None:
    with failures.deferred():
        start(slot, work, ids=ids)


def watch(slot: Slot, t: Texts, *, cancelled: str | None = None, draw_beside: Callable[[], None] | None = None) -> Job | None:
    """Show a job that is under way, or say that it failed or was cancelled; return it once it is done.

    ``cancelled``: the message for a job that was cancelled after something was stored; ``draw_beside``: a function that draws
    what grows with the job.
    """
    current = job(slot)
    if current is None:
        return None
    if not current.finished:
        _progress(slot, draw_beside)
        return None
    if current.state is State.CANCELLED:
        st.info(cancelled or t("job.cancelled"), icon=":material/cancel:")
    elif current.error is not None:
        failures.show(current.error, t, error_id=current.id)
    return current if current.state is State.DONE else None


@fragment(run_every="0.5s")
def _progress(slot: Slot, draw_beside: Callable[[], None] | None) -> None:
    t = session.texts()
    current = job(slot)
    if current is None or current.finished:
        st.rerun()
        return
    with st.container(border=True, key=f"progress_{slot.kind}"):
        st.progress(min(max(current.share, 0.0), 1.0), text=_words(slot, current, t))
        st.button(
            t("job.cancelling" if current.cancelling else "job.cancel"),
            key=f"cancel_{slot.kind}",
            icon=":material/cancel:",
            disabled=current.cancelling,
            on_click=slot.worker.cancel,
            args=(current.id,),
        )
    if draw_beside is not None:
        draw_beside()


def _words(slot: Slot, current: Job, t: Texts) -> str:
    if current.state is State.QUEUED:
        return t("stage.wait", n=max(1, slot.worker.ahead(current.id)))
    stage = current.stage
    if "/" in stage:
        # One of several files: ``analyse_all`` puts "number/of" before the stage.
        place, _, stage = stage.partition(" ")
        number, _, of = place.partition("/")
        return f"{t('job.file', number=number, of=of)} · {_at(stage, current, t)}"
    return _at(stage, current, t)


def _at(stage: str, current: Job, t: Texts) -> str:
    stage, _, number = stage.partition(" ")
    name = t(f"stage.{stage}", n=number) if t.has(f"stage.{stage}") else t("stage.work")
    left = t("job.left", time=whole_duration(current.eta, t)) if current.eta is not None else t("job.left_unknown")
    return f"{name} · {current.share:.0%} · {left}"
