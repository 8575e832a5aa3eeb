"""The first steps of a newcomer: take the sample, look at the pair that carried its verdict, review it; one button each.

A person who has neither analysed nor reviewed anything sees the steps until they close them; afterwards the steps appear when
the person asks for them. A step ticks itself off, from the session and the record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import streamlit as st

from audit import Access, Action, Case, NotFound, Verdict
from dashboard.shared import cache, jobs, session
from dashboard.shared.jobs import Slot
from dashboard.shared.navigation import PAGES
from dashboard.shared.session import ChosenFile
from dashboard.texts import Texts
from dashboard.views import decisions, reasons

SAMPLE = "faulty.log"
STEPS = ("sample", "pair", "review")
StartAnalysis = Callable[[ChosenFile, Slot, Access, dict[str, str]], None]
_RECENT = 50
_PAGES = {"sample": "analyse", "pair": "selection", "review": "review"}


@dataclass(slots=True)
class Tour:
    """How far a person is. ``before``: the decision that was in view when they began, or a decision on a file of their own;
    neither counts. ``decision``: the decision on the sample; ``looked``: whether they have looked at its pair."""

    before: str | None = None
    decision: str | None = None
    looked: bool = False


def show(access: Access, t: Texts, *, here: str, start: StartAnalysis | None = None) -> None:
    """Show the steps, or on Analyse a button to bring them back. ``start``: the function that begins the analysis of a
    file, on Analyse."""
    if not (access.can(Action.ANALYSE) and access.can(Action.SUBMIT)):
        return
    tour = _tour(access)
    if tour is None:
        if here == "analyse":
            st.button(t("steps.begin"), key="steps_begin", type="tertiary", icon=":material/school:", on_click=_begin)
        return
    case = _go_on(tour, access, here)
    done = _done(tour, case, access)
    with st.container(border=True, key="first_steps"):
        if here == "analyse" or all(done.values()):
            st.markdown(t("steps.done" if all(done.values()) else "steps.title"))
        # In one short row, to leave room for the page below.
        *columns, last = st.columns([3, 3, 3, 1])
        for column, step in zip(columns, STEPS, strict=True):
            with column:
                _step(step, case, access, t, done=done[step], here=here, start=start)
        with last:
            st.button(t("steps.close"), key="steps_close", type="tertiary", icon=":material/close:", on_click=_close)


def _step(
    step: str, case: Case | None, access: Access, t: Texts, *, done: bool, here: str, start: StartAnalysis | None
) -> None:
    mark = ":green[:material/check_circle:]" if done else ":material/radio_button_unchecked:"
    st.markdown(f"{mark} {t(f'steps.{step}')}")
    if done:
        return
    if step == "sample" and start is not None:
        file = session.chosen_file()
        busy = file is not None and jobs.under_way(Slot("analyse", file.id))
        st.button(
            t("steps.sample_do"),
            key="steps_sample",
            icon=":material/play_arrow:",
            disabled=busy,
            on_click=_take,
            args=(start, access),
        )
        return
    if _PAGES[step] == here:
        if case is not None:
            st.caption(t(f"steps.{step}_here"))
        return
    hidden = step == "pair" and case is not None and case.summary.blind
    st.page_link(
        PAGES[_PAGES[step]],
        label=t(f"steps.{step}_do"),
        icon=":material/arrow_forward:",
        disabled=(step != "sample" and case is None) or hidden,
        help=t("blind.hidden") if hidden else None,
        query_params=_address(step, case, access),
    )


def _address(step: str, case: Case | None, access: Access) -> dict[str, str] | None:
    """Return where a step's link leads: to the decision, and to the strongest of the pairs that carried it."""
    if case is None:
        return None
    address = {"decision": case.summary.decision.id}
    if step == "pair" and not case.summary.blind:
        carried = reasons.carried(cache.loaded(access, address["decision"]), session.texts())
        if carried:
            address["pair"] = carried[0].pair
    return address


def _tour(access: Access) -> Tour | None:
    """Return how far this visitor is; for newcomers the steps begin by themselves, once a session."""
    if "first_steps" not in st.session_state:
        st.session_state["first_steps"] = Tour() if _is_new(access) else None
    tour: Tour | None = st.session_state["first_steps"]
    return tour


def _is_new(access: Access) -> bool:
    name = access.person.name
    return access.progress() is None and all(s.decision.caller != name for s in decisions.recent(access, _RECENT))


def _go_on(tour: Tour, access: Access, here: str) -> Case | None:
    """Note what happened since the last run, and return the steps' decision in its present state."""
    current = session.decision_id()
    decision_id = tour.decision or (current if current != tour.before else None)
    if decision_id is None:
        return None
    try:
        case = access.case(decision_id)
    except NotFound:
        tour.decision = None
        return None
    if tour.decision is None and case.summary.decision.input_sha256 != sha256(_sample()).hexdigest():
        # The step names the sample: a person's own log may have no pair to look at.
        tour.before = current
        return None
    tour.decision = decision_id
    if here == "selection" and current == tour.decision and "pair" in st.query_params:
        tour.looked = True
    return case


def _done(tour: Tour, case: Case | None, access: Access) -> dict[str, bool]:
    person = access.person.id
    reviewed = case is not None and any(r.reviewer_id == person and r.verdict is not Verdict.WITHDRAW for r in case.reviews)
    return {"sample": case is not None, "pair": tour.looked, "review": reviewed}


def _begin() -> None:
    st.session_state["first_steps"] = Tour(before=session.decision_id())


def _close() -> None:
    st.session_state["first_steps"] = None


def _take(start: StartAnalysis, access: Access) -> None:
    session.take(SAMPLE, _sample())
    file = session.chosen_file()
    if file is not None:
        start(file, Slot("analyse", file.id), access, session.jobs())


def _sample() -> bytes:
    return (cache.SAMPLES / SAMPLE).read_bytes()
