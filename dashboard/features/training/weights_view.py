"""Registered weights: which are in use, all of them, and the card of one with what may be done with it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from audit import Access, Action, LogEntry, RegisteredWeights
from dashboard.features.training import training_view
from dashboard.features.training.views import feedback, weights
from dashboard.shared import cache, display, failures, navigation, session
from dashboard.texts import Texts
from dashboard.views import weights_name


def show(access: Access, t: Texts) -> None:
    """What is in use, the list, and the card that was chosen."""
    known, uses = access.weights.all(), access.weights.uses()
    used = uses[-1].sha256 if uses else None
    st.markdown(t("model.now", name=weights_name.name_of(used, known, t)))
    if not known:
        navigation.empty_state(t, t("model.none"), icon=":material/model_training:")
        return
    display.table(t, weights.table(known, used, access.names(), t), "weights", key="weights_table")
    chosen = _choose(known, used, t)
    with st.container(border=True, key="weights_card"), failures.contained(t):
        _card(chosen, known, used, access, t)
    if access.can(Action.USE_WEIGHTS):
        with st.container(horizontal=True):
            _ways_back(weights.used_before(uses, known), used, access, t)
    failures.show_deferred(t)


def _ways_back(before: RegisteredWeights | None, used: str | None, access: Access, t: Texts) -> None:
    """To what was used before, and to the program's own."""
    ways = {"use_before": None if before is None else before.sha256, "use_program": None}
    for key, sha256 in ways.items():
        if (used if key == "use_program" else before) is not None:
            name = "" if before is None else before.name
            st.button(
                t(f"model.{key}", name=name),
                key=key,
                icon=":material/undo:",
                on_click=_use,
                args=(access, sha256, t),
                help=t("model.use_program_help"),
            )


def _choose(known: list[RegisteredWeights], used: str | None, t: Texts) -> RegisteredWeights:
    """Whose card is shown: those that the address names, those in use, or the newest."""
    order = list(reversed(known))
    wanted = st.query_params.get("weights", "") or (used or "")
    named = next((one.sha256 for one in order if wanted and one.sha256.startswith(wanted)), order[0].sha256)
    by_hash = {one.sha256: one for one in order}
    # A link, or what was just registered, comes before what was chosen on an earlier visit.
    if st.session_state.get("weights_named") != named or st.session_state.get("weights_chosen") not in by_hash:
        st.session_state["weights_named"] = st.session_state["weights_chosen"] = named
    chosen = st.selectbox(
        t("model.choose"),
        list(by_hash),
        format_func=lambda one: f"{by_hash[one].name} ({weights_name.short(one)})",
        key="weights_chosen",
    )
    found = by_hash[chosen or named]
    st.query_params["weights"] = weights_name.short(found.sha256)
    st.session_state["weights_named"] = found.sha256
    return found


def _card(one: RegisteredWeights, known: list[RegisteredWeights], used: str | None, access: Access, t: Texts) -> None:
    st.header(t("model.title", name=one.name), anchor=False)
    st.caption(t("model.lineage", line=t.plain("model.from").join(weights.line(one, known, t))))
    display.table(
        t,
        weights.facts(one, t),
        "card",
        key=f"card_{one.sha256[:12]}",
        about=one.sha256[:12],
        height="content",
        column_config={t.plain("card.name"): st.column_config.TextColumn(width="medium")},
    )
    if "figures" in one.card:
        st.caption("  \n".join(filter(None, [weights.held_out(one.card, t), weights.vouched(one.card, t)])))
        training_view.figures_table(one.card, one.sha256[:12], t)
    if feedback.from_reviews(one.card):
        training_view.show_changes(one.card, one.sha256[:12], t)
    with st.container(horizontal=True, vertical_alignment="center"):
        if access.can(Action.USE_WEIGHTS):
            _buttons(one, used, access, t)
        if access.can(Action.TAKE_WEIGHTS):
            _downloads(one, access, t)


def _buttons(one: RegisteredWeights, used: str | None, access: Access, t: Texts) -> None:
    if one.sha256 != used and not one.retired:
        st.button(
            t("model.use"),
            key="use_weights",
            type="primary",
            icon=":material/play_circle:",
            on_click=_use,
            args=(access, one.sha256, t),
        )
    if one.sha256 != used:
        with st.popover(t("model.bring_back" if one.retired else "model.retire"), icon=":material/archive:"):
            why = st.text_input(t("model.why"), key=f"retire_why_{one.sha256[:12]}", max_chars=1_000)
            st.button(
                t("model.bring_back" if one.retired else "model.retire"),
                key="retire_weights",
                disabled=not why.strip(),
                on_click=_retire,
                args=(access, one, why, t),
            )


def _downloads(one: RegisteredWeights, access: Access, t: Texts) -> None:
    stem = f"sparsemix-{weights_name.short(one.sha256)}"
    st.download_button(
        t("model.take"),
        partial(access.weights.take_away, one.sha256),
        f"{stem}.safetensors",
        "application/octet-stream",
        key="take_weights",
        icon=":material/download:",
        on_click="ignore",
        help=t("model.take_help"),
    )
    st.download_button(
        t("model.take_card"),
        weights.card_file(one),
        f"{stem}.card.json",
        "application/json",
        key="take_card",
        icon=":material/description:",
        on_click="ignore",
    )


def _use(access: Access, sha256: str | None, t: Texts) -> None:
    with failures.deferred():
        # What this program cannot load is not put to use: the next analysis would fail, and everybody's.
        (cache.program_model() if sha256 is None else cache.registered_model(sha256))
        _said(access.weights.use(sha256), "model.used", t)


def _retire(access: Access, one: RegisteredWeights, why: str, t: Texts) -> None:
    with failures.deferred():
        entry = access.weights.retire(one.sha256, why, retired=not one.retired)
        _said(entry, "model.brought_back" if one.retired else "model.is_retired", t)


def _said(entry: LogEntry, key: str, t: Texts) -> None:
    session.tell(t(key, seq=entry.seq))
