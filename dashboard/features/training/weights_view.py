"""Registered weights: which are in use, all of them, and the card of one with what may be done with it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from audit import Access, Action, RegisteredWeights
from dashboard.features.training import open_file, training_view
from dashboard.features.training.views import feedback, weights
from dashboard.shared import cache, display, failures, navigation, session, signature
from dashboard.shared.signature import Signing
from dashboard.texts import Texts, literal
from dashboard.views import wording


def show(access: Access, t: Texts) -> None:
    """Show the weights in use, the list, and the chosen card."""
    registered, uses = access.weights.all(), access.weights.uses()
    used = uses[-1].sha256 if uses else None
    st.markdown(t("model.now", name=wording.weights_name(used, registered, t)))
    if not registered:
        navigation.empty_state(t, t("model.none"), icon=":material/model_training:")
        return
    display.table(t, weights.table(registered, used, access.names(), t), "weights", key="weights_table")
    chosen = _choose(registered, used, t)
    with st.container(border=True, key="weights_card"), failures.contained(t):
        _card(chosen, registered, used, access, t)
    if not chosen.retired:
        open_file.show(chosen.sha256, partial(cache.registered_model, chosen.sha256), access, t, kept=True)
    if access.can(Action.USE_WEIGHTS):
        _ways_back(weights.used_before(uses, registered), used, access, t)
    failures.show_deferred(t)


def _ways_back(before: RegisteredWeights | None, used: str | None, access: Access, t: Texts) -> None:
    """Show buttons to use the weights used before, or the program's own weights."""
    ways: dict[str, str | None] = {} if before is None else {"use_before": before.sha256}
    if used is not None:
        ways["use_program"] = None
    if not ways:
        return
    with signature.form(access, t, "meaning.weights_in_use", key="use_earlier") as signing:
        for key, sha256 in ways.items():
            signing.button(
                t(f"model.{key}", name="" if before is None else before.name),
                key=key,
                icon=":material/undo:",
                on_click=_use,
                args=(signing, sha256, t),
                help=t("model.use_program_help"),
            )


def _choose(registered: list[RegisteredWeights], used: str | None, t: Texts) -> RegisteredWeights:
    """Return the weights whose card is shown: those that the address names, those in use, or the newest."""
    order = list(reversed(registered))
    named_hash = st.query_params.get("weights", "") or (used or "")
    named = next((entry.sha256 for entry in order if named_hash and entry.sha256.startswith(named_hash)), order[0].sha256)
    by_hash = {entry.sha256: entry for entry in order}
    # A link, or weights that were just registered, come before the choice of an earlier visit.
    if st.session_state.get("weights_named") != named or st.session_state.get("weights_chosen") not in by_hash:
        st.session_state["weights_named"] = st.session_state["weights_chosen"] = named
    chosen = st.selectbox(
        t("model.choose"),
        list(by_hash),
        format_func=lambda sha256: f"{by_hash[sha256].name} ({wording.short_hash(sha256)})",
        key="weights_chosen",
    )
    weights_shown = by_hash[chosen or named]
    st.query_params["weights"] = wording.short_hash(weights_shown.sha256)
    st.session_state["weights_named"] = weights_shown.sha256
    return weights_shown


def _card(entry: RegisteredWeights, registered: list[RegisteredWeights], used: str | None, access: Access, t: Texts) -> None:
    st.header(literal(entry.name), anchor=False)
    st.caption(t("model.lineage", line=" ← ".join(weights.line(entry, registered, t))))
    display.table(
        t,
        weights.facts(entry, t),
        "card",
        key=f"card_{entry.sha256[:12]}",
        about=entry.sha256[:12],
        height="content",
        column_config={t.plain("word.what"): st.column_config.TextColumn(width="medium")},
    )
    if "figures" in entry.card:
        st.caption("  \n".join(filter(None, [weights.held_out(entry.card, t), weights.vouched(entry.card, t)])))
        training_view.figures_table(entry.card, entry.sha256[:12], t)
    if feedback.from_reviews(entry.card):
        training_view.show_changes(entry.card, entry.sha256[:12], t)
    with st.container(horizontal=True, vertical_alignment="center"):
        if access.can(Action.USE_WEIGHTS):
            _buttons(entry, used, access, t)
        if access.can(Action.TAKE_WEIGHTS):
            _downloads(entry, access, t)


def _buttons(entry: RegisteredWeights, used: str | None, access: Access, t: Texts) -> None:
    if entry.sha256 != used and not entry.retired:
        with signature.form(access, t, "meaning.weights_in_use", key="use", narrow=True) as signing:
            signing.button(
                t("model.use"),
                key="use_weights",
                type="primary",
                icon=":material/play_circle:",
                on_click=_use,
                args=(signing, entry.sha256, t),
            )
    if entry.sha256 != used:
        with st.popover(t("model.bring_back" if entry.retired else "model.retire"), icon=":material/archive:"):
            why = st.text_input(t("word.why"), key=f"retire_why_{entry.sha256[:12]}", max_chars=1_000)
            with signature.form(access, t, "meaning.weights_retired", key="retire") as signing:
                signing.button(
                    t("model.bring_back" if entry.retired else "model.retire"),
                    key="retire_weights",
                    disabled=not why.strip(),
                    on_click=_retire,
                    args=(signing, entry, why, t),
                )


def _downloads(entry: RegisteredWeights, access: Access, t: Texts) -> None:
    stem = f"sparsemix-{wording.short_hash(entry.sha256)}"
    file, kind = partial(access.weights.take_away, entry.sha256), "application/octet-stream"
    display.download(t("identity.weights_at"), file, f"{stem}.safetensors", kind, "take_weights", help=t("model.take_help"))
    card, icon = weights.card_file(entry), ":material/description:"
    display.download(t("model.take_card"), card, f"{stem}.card.json", "application/json", "take_card", icon=icon)


def _use(signing: Signing, sha256: str | None, t: Texts) -> None:
    with failures.deferred():
        # Weights that this program cannot load must not be put to use: every later analysis would fail.
        (cache.program_model() if sha256 is None else cache.registered_model(sha256))
        session.tell(t("word.recorded", seq=signing().weights.use(sha256).seq))


def _retire(signing: Signing, chosen: RegisteredWeights, why: str, t: Texts) -> None:
    """Retire the chosen weights, or bring retired ones back."""
    with failures.deferred():
        entry = signing().weights.retire(chosen.sha256, why, retired=not chosen.retired)
        session.tell(t("word.recorded", seq=entry.seq))
