"""How to learn from a data set: what, from which weights on, for how long; and the start."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from audit import Access, Action, RegisteredWeights
from dashboard.features.training.views import data_set
from dashboard.service.common.worker import Progress, Work
from dashboard.service.reading.data_sets import DataSetFacts
from dashboard.service.training.own_data import OwnData
from dashboard.service.training.training import Curve, NewWeights, Training, TrainingRequest, train
from dashboard.shared import cache, failures, jobs, session
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from dashboard.views import wording
from sparsemix import SparseMixModel, WeightsError
from sparsemix.model.fallback import any_log_model
from sparsemix.training.own_data import Plan
from sparsemix.training.own_data.of_file import STEPS

SLOT = Slot("train", training=True)
FRESH, PROGRAM, ANY_LOG = "fresh", "program", "any_log"
TASKS = ("auto", "label", "novelty")
MOST_MINUTES = 240.0
MOST_STEPS = 1_000_000


def show(own_data: OwnData, data: DataSetFacts, access: Access, t: Texts) -> None:
    """Show the settings and the button, which is disabled while a training of this person is under way, or its weights
    wait to be kept or discarded."""
    plan, initial = _settings(own_data, access.weights.all(), t)
    st.button(
        t("training.start"),
        key="train",
        type="primary",
        icon=":material/model_training:",
        disabled=owner(access) in cache.trainings(),
        on_click=_start,
        args=(own_data, data.name, plan, initial, access, session.jobs()),
    )
    failures.show_deferred(t)


def owner(access: Access) -> tuple[str, str]:
    """Return what tells trainings of different people apart."""
    return cache.location(), access.person.id


def _settings(own_data: OwnData, registered: list[RegisteredWeights], t: Texts) -> tuple[Plan, str]:
    # Not in a column: on a tablet its three words would be cut.
    above = st.container()
    left, right = st.columns(2, gap="large")
    with left:
        initial = st.selectbox(
            t("training.initial"),
            [FRESH, PROGRAM, ANY_LOG, *(weights.sha256 for weights in reversed(registered) if not weights.retired)],
            format_func=lambda name: initial_name(name, registered, t),
            key="train_initial",
            help=t("training.initial_help"),
        )
    by_itself = initial == ANY_LOG or next((_by_itself(one) for one in registered if one.sha256 == initial), False)
    with above:
        task = st.segmented_control(
            t("training.task"),
            TASKS,
            default=TASKS[0],
            required=True,
            format_func=lambda name: t.plain(f"training.task_{name}"),
            key="train_task",
            help=t("training.task_help"),
        )
        if task == "auto" and own_data.facts is not None and not by_itself:
            st.caption(data_set.chosen(own_data.facts, t))
    with right:
        minutes = st.number_input(
            t("training.minutes"),
            0.1,
            MOST_MINUTES,
            5.0,
            1.0,
            format="%g",
            key="train_minutes",
            help=t("training.minutes_help"),
            disabled=by_itself,
        )
        false_alarms = st.number_input(
            t("training.asked"),
            0.1,
            40.0,
            1.0,
            0.5,
            format="%g",
            key="train_alarms",
            help=t("training.asked_help"),
            disabled=by_itself,
        )
    steps = _steps(t)
    if by_itself:
        st.caption(t("training.any_log_note", steps=STEPS))
    elif initial not in (FRESH, None) and own_data.facts is not None and own_data.facts.labels_suffice:
        st.caption(t("training.few_labels"))
    plan = Plan(task=task or TASKS[0], minutes=float(minutes), steps=steps, false_alarms=float(false_alarms) / 100)
    return plan, initial or FRESH


def _steps(t: Texts) -> int | None:
    """Show the setting that few people need; return the steps, None for no limit but the minutes."""
    with st.expander(t("training.more")):
        steps = st.number_input(t("training.steps"), 0, MOST_STEPS, 0, 100, key="train_steps", help=t("training.steps_help"))
    # Two steps at least: the attention is soft in the first half and sparse in the second.
    return max(2, int(steps)) if steps else None


def _by_itself(weights: RegisteredWeights) -> bool:
    """Return whether weights judge a file by itself, as the model for any log does."""
    config = weights.card.get("config")
    return isinstance(config, Mapping) and bool(config.get("of_file"))


def initial_name(initial: str, registered: list[RegisteredWeights], t: Texts) -> str:
    """Return the name of what training starts from: registered weights, PROGRAM, ANY_LOG or FRESH."""
    if initial in (FRESH, ANY_LOG):
        return t.plain(f"training.{initial}")
    sha256 = None if initial == PROGRAM else initial
    name = wording.weights_name(sha256, registered, t)
    return name if sha256 is None else f"{name} ({wording.short_hash(sha256)})"


def _start(own: OwnData, data: str, plan: Plan, start_from: str, access: Access, ids: dict[str, str]) -> None:
    """Hand the data to the process that learns. A callback: the run that a click starts can be cut short. ``start_from``: a
    hash of registered weights, FRESH, PROGRAM or ANY_LOG."""
    with failures.deferred():
        access.require(Action.TRAIN, own.id)
        if owner(access) in cache.trainings():
            return
        initial, curve = _initial(start_from), Curve()
        weights = None if initial is None else initial.to_bytes()
        request = TrainingRequest(own.files, own.labels, own.asked, plan, weights, _rival(), own.normal)

        def work(progress: Progress) -> NewWeights:
            return train(request, progress, curve)

        begin(access, work, data, None if initial is None else initial.weights_sha256, curve, ids)


def begin(access: Access, work: Work, data: str | None, started_from: str | None, curve: Curve, ids: dict[str, str]) -> None:
    """Start this person's training, unless another one began in between; the fields are those of a `Training`."""
    jobs.start(SLOT, work, ids=ids)
    job = ids[SLOT.key]
    training = Training(job, data, started_from, curve)
    if cache.trainings().setdefault(owner(access), training) is not training:
        cache.trainer().forget(job)


def _initial(initial: str) -> SparseMixModel | None:
    """Return the weights that training starts from. Raises `WeightsError` when they cannot be loaded."""
    if initial == FRESH:
        return None
    if initial == ANY_LOG:
        return any_log_model()
    return cache.program_model() if initial == PROGRAM else cache.registered_model(initial)


def _rival() -> bytes | None:
    """Return the weights in use, to be measured on the same data; None where there are none that can be loaded."""
    try:
        return cache.model().to_bytes()
    except WeightsError:
        return None
