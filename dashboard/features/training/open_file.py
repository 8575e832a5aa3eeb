"""The file whose verdict a person had open when they came to learn: what was said of it, and what other weights say of it.

Nothing is recorded until the person has the file analysed with the other weights.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from audit import Access, Action, DecisionRecord
from dashboard.features.training.views import before_after
from dashboard.service.common.decision_details import details_of
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.common.sources import source_of
from dashboard.service.common.worker import Progress
from dashboard.service.decide.decision_record import as_judged_by
from dashboard.service.decide.pipeline import LoadedDecision, analyse, reading_of
from dashboard.shared import cache, display, failures, jobs, session
from dashboard.shared.decision import verdict as verdict_component
from dashboard.shared.jobs import Slot
from dashboard.shared.navigation import PAGES
from dashboard.texts import Texts, literal
from dashboard.views import verdict
from dashboard.views.wording import by_itself, weights_name
from sparsemix import SparseMixModel, WeightsError

Load = Callable[[], SparseMixModel]


def show(sha256: str, load: Load, access: Access, t: Texts, *, kept: bool) -> None:
    """Show what the weights of this hash say of the file that was open, beside what was said of it; nothing where no file was
    open, or these weights made the open decision, or it is reviewed blind.

    ``load``: returns the weights; ``kept``: they are in the record. Then the comparison is made on request, and the file can be
    analysed with them. Weights that were just learned are compared at once.
    """
    with failures.contained(t):
        open_id = session.decision_id()
        loaded = None if open_id is None else cache.loaded(access, open_id)
        if loaded is None or loaded.summary.blind or loaded.summary.decision.weights_sha256 == sha256:
            return
        with st.container(border=True, key="open_file"):
            st.markdown(t("again.title", name=loaded.summary.decision.input_name))
            said = _said(loaded, sha256, load, t, at_once=not kept)
            if said is not None:
                _compare(said, loaded, access, t)
            if not kept:
                st.caption(t("again.keep_first"))
            elif access.can(Action.ANALYSE):
                _analyse(loaded, sha256, load, access, t)


@st.cache_resource(show_spinner=False)
def _verdicts() -> ResultCache[tuple[str, str, str], DecisionRecord]:
    """Return the cache of what other weights say of decided files, by record, decision and hash of the weights."""
    return ResultCache(64)


def _said(loaded: LoadedDecision, sha256: str, load: Load, t: Texts, *, at_once: bool) -> before_after.Verdicts | None:
    """Return both verdicts; until they are there, show how far the weights are, or the button that lets them begin."""
    decision, cached = loaded.summary.decision, _verdicts()
    key, slot = (cache.location(), decision.id, sha256), Slot("again", f"{decision.id}_{sha256[:16]}", loaded.size)

    def judge(model: SparseMixModel, progress: Progress) -> None:
        run = model.run_with_trace(loaded.sequence, progress)
        cached.put(key, as_judged_by(decision, model, loaded.sequence, run.decision))

    if cached.get(key) is None and at_once and jobs.job(slot) is None:
        jobs.start(slot, partial(judge, load()))
    jobs.watch(slot, t)
    after = cached.get(key)
    if after is not None:
        return decision, after
    if not jobs.under_way(slot):
        st.button(
            t("again.compare"),
            key="again_compare",
            icon=":material/compare_arrows:",
            on_click=_start,
            args=(slot, judge, load, session.jobs()),
        )
    return None


def _start(slot: Slot, work: Callable[..., object], load: Load, ids: dict[str, str]) -> None:
    """Hand the work to the worker, with the weights, which are loaded here: a thread has no session."""
    with failures.deferred():
        jobs.start(slot, partial(work, load()), ids=ids)


def _compare(said: before_after.Verdicts, loaded: LoadedDecision, access: Access, t: Texts) -> None:
    st.markdown(before_after.change(said, t))
    registered = access.weights.all()
    for column, name, decision in zip(st.columns(2), ("before", "after"), said, strict=True):
        # The program's own weights are not registered.
        own = decision.weights_sha256 == _program()
        weights = (
            t("itself.weights")
            if by_itself(decision)
            else weights_name(None if own else decision.weights_sha256, registered, t)
        )
        with column, st.container(border=True, key=f"again_{name}", height="stretch"):
            st.caption(f"{t(f'again.{name}')} · {literal(weights)}")
            st.markdown(f"**{verdict.headline(decision, t)}**")
            flagged, known = st.columns(2)
            with flagged:
                verdict_component.flagged_events(decision, t)
            with known:
                verdict_component.known_words(decision, t)
    table = before_after.lines(said, loaded.sequence, t)
    if len(table):
        number = st.column_config.NumberColumn
        shares = {t.plain(f"again.{name}"): number(format="%.1f%%", width="small") for name in ("before", "after")}
        st.caption(t("again.lines", n=before_after.MOST_LINES))
        display.table(
            t,
            table,
            "flagged_lines",
            key=f"again_lines_{said[1].weights_sha256[:12]}",
            height=display.height(len(table), 10),
            column_config={t.plain("word.line"): number(width="small"), **shares},
        )


def _program() -> str | None:
    """Return the hash of the program's own weights; None where there are none to load."""
    try:
        return cache.program_model().weights_sha256
    except WeightsError:
        return None


def _analyse(loaded: LoadedDecision, sha256: str, load: Load, access: Access, t: Texts) -> None:
    """Show the button that has the file analysed with these weights, or how far that is; then go to the verdict."""
    decision, seen = loaded.summary.decision, cache.seen()
    slot = Slot("analyse", f"{decision.id}_{sha256[:16]}", loaded.size)
    source = details_of(decision).source or source_of(decision.input_name)

    def decide(model: SparseMixModel, progress: Progress) -> str:
        data, options = access.blob(decision.input_sha256), reading_of(decision)
        return analyse(
            data, decision.input_name, model=model, access=access, progress=progress, seen=seen, source=source, options=options
        )

    busy = jobs.under_way(slot)
    done = jobs.watch(slot, t)
    if done is not None:
        # It is done once: back here, another click analyses the file once more.
        session.jobs().pop(slot.key, None)
        session.choose_decision(done.result)
        st.switch_page(PAGES["analyse"], query_params={"decision": done.result})
    elif not busy:
        st.button(
            t("again.analyse", name=decision.input_name),
            key="again_analyse",
            type="primary",
            icon=":material/play_arrow:",
            on_click=_start,
            args=(slot, decide, load, session.jobs()),
        )
    failures.show_deferred(t)
