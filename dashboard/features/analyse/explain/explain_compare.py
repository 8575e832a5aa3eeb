"""This decision beside another decision, or beside the same log under other weights. Nothing is recorded."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256

import numpy as np
import streamlit as st

from audit import DecisionSummary, NotFound
from dashboard.features.analyse.explain.comparison_view import ComparedRun, comparison_view, comparisons
from dashboard.features.analyse.explain.views.comparison import few_matched, kind_changes
from dashboard.service.common.worker import Progress, Work
from dashboard.service.decide.decision_record import judged_by
from dashboard.service.decide.explanation import rerun_of
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import cache, failures, jobs, navigation, session
from dashboard.shared.decision import decision_choice
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from dashboard.views.wording import short_hash
from sparsemix import ExplanationError, Rerun, SparseMixModel, WeightsError
from sparsemix.explain.comparison import compare, match
from sparsemix.model.template_pairs import template_pairs

_MAX_WEIGHTS_MB = 64


def compare_section(t: Texts, loaded: LoadedDecision, rerun: Rerun, target: int) -> None:
    """Show what to compare with, then both side by side. ``target``: the event that is explained, whose pairs are
    shown."""
    what = st.segmented_control(
        t("usual.among"),
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


def _with_decision(t: Texts, loaded: LoadedDecision, rerun: Rerun, target: int) -> None:
    decision_id = loaded.summary.decision.id
    others = {id: summary for id, summary in decision_choice.recent().items() if id != decision_id and not summary.blind}
    named = _named(decision_id, others)
    chosen = st.selectbox(
        t("compare.decision"),
        list(others),
        index=list(others).index(named) if named else None,
        placeholder=t.plain("compare.choose"),
        format_func=lambda id: decision_choice.item(t, others[id]),
        key=f"compare_decision_{decision_id}",
    )
    if chosen is None:
        st.query_params.pop("other", None)
        return
    st.query_params["other"] = chosen
    other = cache.loaded(session.access(), chosen)
    if other.summary.blind:
        navigation.empty_state(t, t("blind.hidden"), icon=":material/visibility_off:", page="review")
        return
    here, there = (short_hash(one.summary.decision.weights_sha256) for one in (loaded, other))
    if here != there:
        st.warning(t("compare.other_model", here=here, there=there), icon=":material/model_training:")
    cached = comparisons()
    slot = Slot("compare", f"{decision_id}_{chosen}", loaded.size + other.size)
    model, reruns = cache.model_of(session.access(), other.summary.decision), cache.reruns()

    def work(progress: Progress) -> None:
        second = rerun_of(reruns, model, other, progress)
        progress(0.6, "compare")
        comparison = compare(rerun.run, second.run, match(loaded.sequence, other.sequence))
        kinds = None
        if few_matched(comparison):
            progress(0.7, "compare")
            here = template_pairs(loaded.sequence, comparison.first.trace)
            kinds = kind_changes(here, template_pairs(other.sequence, comparison.second.trace))
        cached.put(slot.key, (other.sequence, comparison, other.summary.decision.details, kinds))

    result = _go(t, slot, work)
    if result is None:
        return
    sequence, comparison, _, kinds = result
    if kinds is None and other.summary.decision.sequence_sha256 != loaded.summary.decision.sequence_sha256:
        st.caption(t("compare.matched", matched=int((comparison.origin >= 0).sum()), total=len(sequence)))
    comparison_view(t, result, loaded.sequence, second_name=t("compare.after_decision"), target=target)


def _named(decision_id: str, others: dict[str, DecisionSummary]) -> str | None:
    """Return the other decision that the address names (``&other=``); an older one is put among those to choose from."""
    named = st.query_params.get("other", "")
    if named and named != decision_id and named not in others:
        with suppress(NotFound):
            summary = session.access().summary(named)
            if not summary.blind:
                others[named] = summary
    return named if named in others else None


def _with_weights(t: Texts, loaded: LoadedDecision, rerun: Rerun, target: int) -> None:
    file = st.file_uploader(t("compare.upload"), type=["safetensors"], key="compare_weights", max_upload_size=_MAX_WEIGHTS_MB)
    if file is None:
        return
    data = file.getvalue()
    slot = Slot("compare", f"{loaded.summary.decision.id}_{sha256(data).hexdigest()[:16]}", loaded.size)
    cached = comparisons()

    def work(progress: Progress) -> None:
        try:
            model = SparseMixModel.from_bytes(data)
        except WeightsError as error:
            # These are not the weights that the app runs with: the advice of a WeightsError would mislead.
            raise ExplanationError(f"the file cannot be used: {error}") from error
        second = model.run_with_trace(loaded.sequence, progress)
        comparison = compare(rerun.run, second, np.arange(len(loaded.sequence)))
        cached.put(slot.key, (loaded.sequence, comparison, judged_by(model, second.decision), None))

    result = _go(t, slot, work)
    if result is not None:
        comparison_view(t, result, loaded.sequence, second_name=t("compare.after_weights"), target=target)


def _go(t: Texts, slot: Slot, work: Work) -> ComparedRun | None:
    """Return the comparison, or show the button that has them compared."""
    jobs.watch(slot, t)
    result = comparisons().get(slot.key)
    if result is None:
        jobs.button(slot, t("compare.run"), work, key="compare_run", type="primary", icon=":material/compare_arrows:")
    return result
