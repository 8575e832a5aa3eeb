"""The first steps of a newcomer: have a file analysed, one's own or a sample, look at the pair that carried its verdict, review
it; one button each.

A person who has neither analysed nor reviewed anything sees the steps until they close them; afterwards the steps appear when
the person asks for them. A step ticks itself off, from the session and the record.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from audit import Access, Action, Case, NotFound, QueueState, Verdict
from dashboard.shared import cache, navigation, session
from dashboard.texts import Texts
from dashboard.views import decisions, reasons

STEPS = ("file", "pair", "review")
_RECENT = 50
_PAGES = {"file": "analyse", "pair": "selection", "review": "review"}


@dataclass(slots=True)
class Tour:
    """How far a person is. ``before``: the decision that was in view when they began, which does not count; ``decision``: the
    first one that they had made since; ``looked``: whether they have looked at its pair."""

    before: str | None = None
    decision: str | None = None
    looked: bool = False


def offer(access: Access, t: Texts) -> None:
    """Show a button that brings the steps back, while they are not shown."""
    if _may(access) and _tour(access) is None:
        st.button(t("steps.begin"), key="steps_begin", type="tertiary", icon=":material/school:", on_click=_begin)


def show(access: Access, t: Texts, *, here: str, brief: bool = False) -> None:
    """Show the steps, unless they were closed. ``brief``: in one row without a title, where the page shows a file or a verdict,
    which comes first."""
    tour = _tour(access) if _may(access) else None
    if tour is None:
        return
    case = _go_on(tour, access, here)
    done = _done(tour, case, access)
    with st.container(border=True, key="first_steps"):
        if all(done.values()):
            st.markdown(t("steps.done"))
        elif here == "analyse" and not brief:
            st.markdown(t("steps.title"))
        # In one short row, to leave room for the page below.
        *columns, last = st.columns([3, 3, 3, 1], vertical_alignment="center")
        for column, step in zip(columns, STEPS, strict=True):
            with column:
                _step(step, case, access, t, done=done[step], here=here)
        with last:
            st.button(t("steps.close"), key="steps_close", type="tertiary", icon=":material/close:", on_click=_close)


def _step(step: str, case: Case | None, access: Access, t: Texts, *, done: bool, here: str) -> None:
    """Show a step: ticked off, as a link to its page, or on its page."""
    if done:
        free = step == "review" and case is not None and _needs_no_review(case)
        st.markdown(f":green[:material/check_circle:] {t('steps.review_free' if free else f'steps.{step}')}")
        return
    if _PAGES[step] == here:
        st.markdown(f":material/radio_button_unchecked: {t(f'steps.{step}')}")
        if case is not None:
            st.caption(t(f"steps.{step}_here"))
        return
    hidden = step == "pair" and case is not None and case.summary.blind
    navigation.link(
        _PAGES[step],
        t(f"steps.{step}"),
        _address(step, case, access),
        icon=":material/arrow_forward:",
        disabled=(step != "file" and case is None) or hidden,
        help=t("blind.hidden") if hidden else None,
    )


def _address(step: str, case: Case | None, access: Access) -> dict[str, str] | None:
    """Return where a step's link leads: to the decision, and to the strongest of the pairs that carried it."""
    if case is None:
        return None
    address = {"decision": case.summary.decision.id}
    if step == "pair" and not case.summary.blind and (pair := _pair(case, access)):
        address["pair"] = pair
    return address


def _pair(case: Case, access: Access) -> str | None:
    return reasons.carrying_pair(cache.loaded(access, case.summary.decision.id))


def _may(access: Access) -> bool:
    return access.can(Action.ANALYSE) and access.can(Action.SUBMIT)


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
    decision_id = tour.decision or _made(tour)
    if decision_id is None:
        return None
    try:
        case = access.case(decision_id)
    except NotFound:
        tour.decision = None
        return None
    tour.decision = decision_id
    at_it = here == "selection" and session.decision_id() == decision_id and not case.summary.blind
    # A log of one's own may have no pair to look at.
    if at_it and not tour.looked:
        tour.looked = "pair" in st.query_params or _pair(case, access) is None
    return case


def _made(tour: Tour) -> str | None:
    """Return the decision in view if it was made on a file that this visitor chose since the steps began."""
    current, file, batch = session.decision_id(), session.chosen_file(), session.batch()
    made = {None if file is None else file.decision_id, *(file.decision_id for file in (batch.files if batch else ()))}
    return current if current in made and current != tour.before else None


def _done(tour: Tour, case: Case | None, access: Access) -> dict[str, bool]:
    person = access.person.id
    reviewed = case is not None and (
        _needs_no_review(case) or any(r.reviewer_id == person and r.verdict is not Verdict.WITHDRAW for r in case.reviews)
    )
    return {"file": case is not None, "pair": tour.looked, "review": reviewed}


def _needs_no_review(case: Case) -> bool:
    """Return whether the decision was released and not drawn for a review."""
    return case.summary.state is QueueState.SETTLED and not case.reviews


def _begin() -> None:
    st.session_state["first_steps"] = Tour(before=session.decision_id())


def _close() -> None:
    st.session_state["first_steps"] = None
