"""A training under way, and what came of it: the loss as it falls, figures on held-out data, and the choice to keep the
weights.

Of learning from reviews it says what changed, and how well the marked pairs can be told from chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import streamlit as st

from audit import Access
from dashboard.features.training import learn_form, open_file
from dashboard.features.training.learn_form import SLOT
from dashboard.features.training.views import feedback
from dashboard.features.training.views import weights as views
from dashboard.service.decide.revision import code_revision
from dashboard.service.training.training import NewWeights, Training
from dashboard.shared import cache, display, failures, jobs, navigation, session
from dashboard.texts import Texts
from dashboard.views import wording
from sparsemix import SparseMixModel

NAME_SIGNS = 100
# Where the session keeps the section that the page shows in the next run.
NEXT_SECTION = "data_section_next"


def show(access: Access, t: Texts) -> None:
    """Show this person's training, if there is one; it is also found on another visit, or after the page was reloaded."""
    training = cache.trainings().get(learn_form.owner(access))
    if training is None:
        return
    session.jobs()[SLOT.key] = training.job
    navigation.scroll_here(training.job)  # the button that started it is at the end of the page
    st.header(t("feedback.title") if training.data is None else t("training.title", data=training.data), anchor=False)
    cancelled = t("feedback.cancelled" if training.data is None else "job.cancelled")
    done = jobs.watch(SLOT, t, cancelled=cancelled, draw_beside=partial(_curve, training))
    if done is not None:
        _result(training, done.result, access, t)
    elif not jobs.under_way(SLOT):
        # The training was stopped or failed, as the message above says: there is nothing to keep.
        st.button(t("log.close"), key="training_put_away", on_click=_drop, args=(training, access))
    st.divider()


def figures_table(card: Mapping[str, Any], key: str, t: Texts) -> bool:
    """Show the figures of a card beside those of the weights in use at that time; return whether there are any."""
    table = views.figures(card, t)
    if not len(table):
        return False
    names = {t.plain(f"training.{figure}"): t.plain(f"training.{figure}_help") for figure in views.FIGURES}
    number = st.column_config.NumberColumn
    config = {name: number(format="%.3f", help=help) for name, help in names.items()}
    display.table(t, table, "figures", key=f"figures_{key}", about=key, column_config=config)
    return True


def _curve(training: Training) -> None:
    t = session.texts()
    points = training.curve.points()
    if len(points) > 1:
        display.figure(t, views.curve(points, t), "loss", key="training_curve")


def _result(training: Training, trained: NewWeights, access: Access, t: Texts) -> None:
    card = trained.card
    task = t.plain("data.section_reviews") if training.data is None else views.task_word(card, t)
    st.markdown(t("training.done", task=task, id=wording.short_hash(trained.sha256)))
    if training.data is None:
        _feedback_result(trained, t)
    else:
        st.caption("  \n".join(filter(None, [views.held_out(card, t), views.vouched(card, t), views.matched(card, t)])))
        if figures_table(card, "training", t):
            st.caption(t("training.thresholds_note"))
    open_file.show(trained.sha256, lambda: SparseMixModel.from_bytes(trained.content), access, t, kept=False)
    if len(training.curve.points()) > 1:
        with st.expander(t("training.curve")):
            _curve(training)
    data = t.plain("feedback.data") if training.data is None else training.data
    name = st.text_input(
        t("word.name"), value=t.plain("training.name_of", data=data)[:NAME_SIGNS], max_chars=NAME_SIGNS, key="train_name"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            t("training.keep"), key="training_keep", type="primary", icon=":material/save:", disabled=not name.strip()
        ):
            _keep(training, trained, name, access, t)
        st.button(t("word.discard"), key="training_discard", icon=":material/delete:", on_click=_drop, args=(training, access))
        st.caption(t("training.undecided"))


def _keep(training: Training, trained: NewWeights, name: str, access: Access, t: Texts) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    card = trained.card | {"name": name, "made_by": access.person.name, "made_at": now, "code_revision": code_revision()}
    with failures.contained(t):
        entry = access.weights.register(trained.content, name, card, started_from=training.started_from)
        _drop(training, access)
        session.tell(t("training.kept", seq=entry.seq))
        st.query_params["weights"] = wording.short_hash(trained.sha256)
        st.session_state[NEXT_SECTION] = "weights"
        st.rerun()


def _drop(training: Training, access: Access) -> None:
    if cache.trainings().get(learn_form.owner(access)) is training:
        cache.trainings().pop(learn_form.owner(access), None)
    session.jobs().pop(SLOT.key, None)
    cache.trainer().forget(training.job)


def _feedback_result(trained: NewWeights, t: Texts) -> None:
    """Show what the new weights changed, before somebody keeps or discards them."""
    show_changes(trained.card, "new", t)
    display.save_json(t("feedback.pairs"), lambda: trained.pairs, "marked-pairs.json", "feedback_pairs")


def show_changes(card: Mapping[str, Any], key: str, t: Texts) -> None:
    """Show what a card of weights that learned from reviews says: from what, how sure that was, and what changed."""
    st.caption("  \n".join([feedback.source(card, t), feedback.judge(card, t)]))
    table = feedback.changes(card, t)
    if not len(table):
        return
    numbers = {name: st.column_config.NumberColumn(format="localized") for name in table.columns[1:]}
    display.table(t, table, "feedback_changes", key=f"changes_{key}", about=key, height="content", column_config=numbers)
    st.caption(t("feedback.changes_note"))
    held = card.get(feedback.PARTS[1])
    if not (isinstance(held, Mapping) and held.get("decisions")):
        st.caption(t("feedback.none_held_out"))
