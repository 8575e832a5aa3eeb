"""This decision beside another one, or beside the same log under other weights. Nothing is recorded."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256

import numpy as np
import pandas as pd
import streamlit as st

from audit import DecisionSummary, NotFound
from dashboard.features.explain.comparison_view import comparison_view, comparisons
from dashboard.features.explain.views.comparison import few_matched, kind_changes
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.common.worker import Progress, Work
from dashboard.service.decide.explanation import rerun_of
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import cache, failures, jobs, navigation, session
from dashboard.shared.decision import decision_choice
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from sparsemix import ExplanationError, Rerun, SparseMixModel, TokenSequence, WeightsError
from sparsemix.explain.comparison import Comparison, compare, match
from sparsemix.model.template_pairs import template_pairs

_MAX_WEIGHTS_MB = 100


@st.cache_resource(show_spinner=False)
def kinds_of_pairs() -> ResultCache[str, pd.DataFrame]:
    """Comparisons by kind of pair where hardly any line is the same, by the name of the slot that made them."""
    return ResultCache(32)


def compare_section(t: Texts, loaded: LoadedDecision, rerun: Rerun, target: int | None = None) -> None:
    """What to compare with, then both side by side. ``target``: the event that is explained, whose pairs are shown first."""
    st.caption(t("compare.lead"))
    what = st.segmented_control(
        t("compare.what"),
        ["decision", "weights"],
        default="decision",
        required=True,
        format_func=lambda name: t.plain(f"compare.{name}"),
        key="compare_what",
    )
    failures.show_deferred(t)
    if what == "decision":
        _with_decision(t, loaded, rerun, target)
    else:
        _with_weights(t, loaded, rerun, target)


def _with_decision(t: Texts, loaded: LoadedDecision, rerun: Rerun, target: int | None) -> None:
    own = loaded.summary.decision.id
    others = {id: one for id, one in decision_choice.recent().items() if id != own and not one.blind}
    named = _named(own, others)
    chosen = st.selectbox(
        t("compare.decision"),
        list(others),
        index=list(others).index(named) if named else None,
        placeholder=t.plain("compare.choose"),
        format_func=lambda id: decision_choice.item(t, others[id]),
        key=f"compare_decision_{own}",
    )
    if chosen is None:
        st.query_params.pop("other", None)
        return
    st.query_params["other"] = chosen
    other = cache.loaded(session.access(), chosen)
    if other.summary.blind:
        navigation.empty_state(t, t("blind.hidden"), icon=":material/visibility_off:", page="review")
        return
    kept, kinds = comparisons(), kinds_of_pairs()
    slot = Slot("compare", f"{own}_{chosen}")
    model, reruns = cache.model_of(session.access(), other.summary.decision), cache.reruns()

    def work(progress: Progress) -> None:
        second = rerun_of(reruns, model, other, progress)
        progress(0.6, "compare")
        found = compare(rerun.run, second.run, match(loaded.sequence, other.sequence))
        if few_matched(found):
            progress(0.7, "compare")
            pairs = (template_pairs(loaded.sequence, found.first.trace), template_pairs(other.sequence, found.second.trace))
            # Before the comparison, so that no page finds one without the other.
            kinds.put(slot.key, kind_changes(*pairs))
        kept.put(slot.key, (other.sequence, found))

    found = _go(t, slot, work)
    if found is None:
        return
    sequence, comparison = found
    if other.summary.decision.sequence_sha256 == loaded.summary.decision.sequence_sha256:
        st.caption(t("compare.same_log"))
    elif not few_matched(comparison):
        st.caption(t("compare.matched", matched=int((comparison.origin >= 0).sum()), total=len(sequence)))
    comparison_view(
        t,
        comparison,
        loaded.sequence,
        sequence,
        second_name=t("compare.after_decision"),
        target=target,
        kinds=kinds.get(slot.key),
    )


def _named(own: str, others: dict[str, DecisionSummary]) -> str | None:
    """The other decision that the address names (``&other=``), put among those to choose from if it is an older one."""
    named = st.query_params.get("other", "")
    if named and named != own and named not in others:
        with suppress(NotFound):
            found = session.access().summary(named)
            if not found.blind:
                others[named] = found
    return named if named in others else None


def _with_weights(t: Texts, loaded: LoadedDecision, rerun: Rerun, target: int | None) -> None:
    file = st.file_uploader(t("compare.upload"), type=["safetensors"], key="compare_weights", max_upload_size=_MAX_WEIGHTS_MB)
    if file is None:
        return
    data = file.getvalue()
    slot = Slot("compare", f"{loaded.summary.decision.id}_{sha256(data).hexdigest()[:16]}")
    kept = comparisons()

    def work(progress: Progress) -> None:
        try:
            model = SparseMixModel.from_bytes(data)
        except WeightsError as error:
            # Not the weights that the app runs with: their advice would mislead.
            raise ExplanationError(f"the file cannot be used: {error}") from error
        second = model.run_with_trace(loaded.sequence, progress)
        found = compare(rerun.run, second, np.arange(len(loaded.sequence)))
        kept.put(slot.key, (loaded.sequence, found))

    result = _go(t, slot, work)
    if result is not None:
        st.caption(t("compare.one_log"))
        comparison_view(t, result[1], loaded.sequence, result[0], second_name=t("compare.after_weights"), target=target)


def _go(t: Texts, slot: Slot, work: Work) -> tuple[TokenSequence, Comparison] | None:
    """The other events and both runs, or the button that has them compared."""
    jobs.watch(slot, t)
    found = comparisons().get(slot.key)
    if found is None:
        st.button(
            t("compare.run"),
            key="compare_run",
            type="primary",
            icon=":material/compare_arrows:",
            disabled=jobs.under_way(slot),
            on_click=_start,
            args=(slot, work),
        )
    return found


def _start(slot: Slot, work: Work) -> None:
    with failures.deferred():
        jobs.start(slot, work)
