"""A training under way, and what came of it: the loss as it falls, figures on held-out data, and the choice to keep it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import streamlit as st

from audit import Access, AuditError
from dashboard.features.training import data_sections, feedback_result, learn_form
from dashboard.features.training.learn_form import SLOT
from dashboard.features.training.views import training as views
from dashboard.service.decide.revision import code_revision
from dashboard.service.training.pending_trainings import Training
from dashboard.service.training.training import Trained
from dashboard.shared import cache, failures, figures, jobs, session, tables
from dashboard.texts import Texts
from dashboard.views import weights_name

NAME_SIGNS = 100


def show(access: Access, t: Texts) -> None:
    """This person's training, if there is one: another visit, or a page that was loaded anew, finds it as well."""
    found = cache.trainings().of(learn_form.owner(access))
    if found is None:
        return
    session.jobs()[SLOT.key] = found.job
    st.header(t("feedback.title") if found.data is None else t("training.title", data=found.data), anchor=False)
    cancelled = t("feedback.cancelled" if found.data is None else "training.cancelled")
    done = jobs.watch(SLOT, t, cancelled=cancelled, beside=partial(_curve, found))
    if done is not None:
        _result(found, done.result, access, t)
    elif not jobs.under_way(SLOT):
        # Stopped or failed, which was said above: there is nothing to keep.
        st.button(t("training.put_away"), key="training_put_away", on_click=_drop, args=(found, access))
    st.divider()


def figures_table(card: Mapping[str, Any], key: str, t: Texts) -> bool:
    """The figures of a card beside those of the weights that were in use then; whether there are any."""
    table = views.figures(card, t)
    if not len(table):
        return False
    names = {t.plain(f"training.{one}"): t.plain(f"training.{one}_help") for one in views.FIGURES}
    number = st.column_config.NumberColumn
    config = {name: number(format="%.3f", help=help) for name, help in names.items()}
    tables.show(t, table, "figures", key=f"figures_{key}", about=key, column_config=config)
    return True


def _curve(found: Training) -> None:
    t = session.texts()
    points = found.curve.points()
    if len(points) > 1:
        figures.show(t, views.curve(points, t), "loss", key="training_curve")


def _result(found: Training, trained: Trained, access: Access, t: Texts) -> None:
    card = trained.card
    task = t.plain("data.section_reviews") if found.data is None else views.task_word(card, t)
    st.markdown(t("training.done", task=task, id=weights_name.short(trained.sha256)))
    if found.data is None:
        feedback_result.show(trained, t)
    else:
        st.caption("  \n".join(filter(None, [views.held_out(card, t), views.vouched(card, t)])))
        if figures_table(card, "training", t):
            st.caption(t("training.thresholds_note"))
    if len(found.curve.points()) > 1:
        with st.expander(t("training.curve")):
            _curve(found)
    data = t.plain("feedback.data") if found.data is None else found.data
    name = st.text_input(
        t("training.name"),
        value=t.plain("training.name_of", data=data)[:NAME_SIGNS],
        max_chars=NAME_SIGNS,
        key="train_name",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            t("training.keep"), key="training_keep", type="primary", icon=":material/save:", disabled=not name.strip()
        ):
            _keep(found, trained, name, access, t)
        st.button(t("training.discard"), key="training_discard", icon=":material/delete:", on_click=_drop, args=(found, access))
        st.caption(t("training.undecided"))


def _keep(found: Training, trained: Trained, name: str, access: Access, t: Texts) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    card = trained.card | {"name": name, "made_by": access.person.name, "made_at": now, "code_revision": code_revision()}
    try:
        entry = access.weights.register(trained.content, name, card, started_from=found.started_from)
    except AuditError as error:
        failures.show(error, t)
        return
    _drop(found, access)
    session.tell(t("training.kept", seq=entry.seq))
    st.query_params["weights"] = weights_name.short(trained.sha256)
    data_sections.go_on_with("weights")
    st.rerun()


def _drop(found: Training, access: Access) -> None:
    cache.trainings().drop(learn_form.owner(access), found.job)
    session.jobs().pop(SLOT.key, None)
    cache.trainer().forget(found.job)
