"""Learning from reviews: what people have said so far, how to learn from it, and the start."""

from __future__ import annotations

import streamlit as st

from audit import Access, Action, RegisteredWeights
from audit.review.feedback_set import FeedbackSummary
from audit.review.reviewed_decisions import MOST_DECISIONS
from dashboard.features.training.learn_form import PROGRAM, begin, initial_name, owner
from dashboard.features.training.views import feedback
from dashboard.service.common.worker import Progress
from dashboard.service.training.feedback_training import MOST_BESIDE, FeedbackRequest, learn, require_learnable
from dashboard.service.training.training import Curve, NewWeights
from dashboard.shared import cache, failures, navigation, session
from dashboard.texts import Texts
from sparsemix.training.feedback.fitting import FeedbackPlan

MOST_STEPS = 100_000


def show(access: Access, t: Texts) -> None:
    """Show what there is to learn from, the settings and the button, which is disabled while a training of this person is
    under way, or its weights wait to be kept or discarded."""
    summary = access.feedback.summary()
    if not summary.relevant + summary.spurious + summary.missing:
        key = "feedback.no_marks" if summary.reviews else "feedback.waiting" if summary.waiting else "feedback.none"
        navigation.empty_state(t, t(key, n=summary.reviews or summary.waiting), icon=":material/rate_review:", page="review")
        return
    _told(summary, t)
    st.header(t("feedback.form"), anchor=False)
    settings = _settings(access, t)
    st.button(
        t("feedback.start"),
        key="learn_reviews",
        type="primary",
        icon=":material/model_training:",
        disabled=owner(access) in cache.trainings(),
        on_click=_start,
        args=(*settings, access, session.jobs()),
        help=t("feedback.start_help"),
    )
    failures.show_deferred(t)


def _told(summary: FeedbackSummary, t: Texts) -> None:
    with st.container(key="feedback_said"):
        columns = st.columns(5)
        columns[0].metric(t("card.reviewed"), f"{summary.decisions:,}", help=t("feedback.decisions_help"))
        columns[1].metric(t("card.reviewers"), f"{summary.reviewers:,}")
        for column, name in zip(columns[2:], ("relevant", "spurious", "missing"), strict=True):
            column.metric(t(f"feedback.{name}"), f"{getattr(summary, name):,}")
    notes = [t("feedback.lead"), t("feedback.beside", most=MOST_BESIDE)]
    if summary.decisions > MOST_DECISIONS:
        notes.append(t("feedback.most", most=MOST_DECISIONS))
    if summary.waiting:
        notes.append(t("feedback.waiting", n=summary.waiting))
    st.caption("  \n".join(notes))


def _settings(access: Access, t: Texts) -> tuple[str, FeedbackPlan, bool]:
    """Show the settings; return what to start from (a hash of registered weights, or PROGRAM), the plan, and whether reviewers'
    errors are allowed for."""
    registered, uses = access.weights.all(), access.weights.uses()
    left, right = st.columns(2, gap="large")
    initial = left.selectbox(
        t("training.initial"),
        _initial(registered, uses[-1].sha256 if uses else None),
        format_func=lambda initial_choice: initial_name(initial_choice, registered, t),
        key="feedback_initial",
        help=t("feedback.initial_help"),
    )
    steps = right.number_input(
        t("feedback.steps"), 1, MOST_STEPS, FeedbackPlan().steps, 100, key="feedback_steps", help=t("feedback.steps_help")
    )
    control = st.toggle(t("feedback.noise_control"), value=True, key="feedback_noise")
    st.caption(t("feedback.noise_on" if control else "feedback.noise_off"))
    return initial or PROGRAM, FeedbackPlan(steps=int(steps)), control


def _initial(registered: list[RegisteredWeights], used: str | None) -> list[str]:
    """Return the weights that training can start from, the weights in use first."""
    able = [weights.sha256 for weights in reversed(registered) if feedback.learnable(weights)]
    return sorted([PROGRAM, *able], key=lambda sha256: sha256 != (used or PROGRAM))


def _start(initial: str, plan: FeedbackPlan, noise_control: bool, access: Access, ids: dict[str, str]) -> None:
    """Have the feedback set extracted and learned from. A callback: the run that a click starts can be cut short."""
    with failures.deferred():
        access.require(Action.TRAIN, "reviews")
        access.require(Action.TAKE_FEEDBACK, "reviews")
        if owner(access) in cache.trainings():
            return
        model = cache.program_model() if initial == PROGRAM else cache.registered_model(initial)
        require_learnable(model)
        request, curve = FeedbackRequest(model.to_bytes(), plan, noise_control), Curve()

        def work(progress: Progress) -> NewWeights:
            return learn(request, access, progress, curve)

        begin(access, work, None, model.weights_sha256, curve, ids)
