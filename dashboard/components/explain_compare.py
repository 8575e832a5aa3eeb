"""This decision beside another one, or beside the same log under other weights. Nothing is recorded."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import streamlit as st

from dashboard import resources, session
from dashboard.components import decision_choice, failures, jobs
from dashboard.components.comparison_view import comparison_view
from dashboard.components.jobs import Slot
from dashboard.explaining import rerun_of
from dashboard.pipeline import LoadedDecision
from dashboard.texts import Texts
from dashboard.worker import Progress, Work
from sparsemix import ExplanationError, Rerun, SparseMixModel, WeightsError
from sparsemix.explain.comparison import compare, match

_MAX_WEIGHTS_MB = 100


def compare_section(t: Texts, loaded: LoadedDecision, rerun: Rerun) -> None:
    """What to compare with, then both side by side."""
    st.caption(t("compare.lead"))
    what = st.segmented_control(
        t("compare.what"),
        ["decision", "weights"],
        default="decision",
        required=True,
        format_func=lambda name: t.plain(f"compare.{name}"),
        key="compare_what",
    )
    failures.show_kept(t)
    if what == "decision":
        _with_decision(t, loaded, rerun)
    else:
        _with_weights(t, loaded, rerun)


def _with_decision(t: Texts, loaded: LoadedDecision, rerun: Rerun) -> None:
    own = loaded.summary.decision.id
    others = {id: one for id, one in decision_choice.recent().items() if id != own and not one.blind}
    chosen = st.selectbox(
        t("compare.decision"),
        list(others),
        index=None,
        placeholder=t.plain("compare.choose"),
        format_func=lambda id: decision_choice.item(t, others[id]),
        key=f"compare_decision_{own}",
    )
    if chosen is None:
        return
    other = resources.loaded(session.access(), chosen)
    if other.summary.blind:
        st.info(t("blind.hidden"), icon=":material/visibility_off:")
        return
    kept = resources.comparisons()
    slot = Slot("compare", f"{own}_{chosen}")
    model, reruns = resources.model_of(session.access(), other.summary.decision), resources.reruns()

    def work(progress: Progress) -> None:
        second = rerun_of(reruns, model, other, progress)
        progress(0.6, "compare")
        found = compare(rerun.run, second.run, match(loaded.sequence, other.sequence))
        kept.put(slot.key, (other.sequence, found))

    _go(t, slot, work, loaded, t("compare.after_decision"))


def _with_weights(t: Texts, loaded: LoadedDecision, rerun: Rerun) -> None:
    file = st.file_uploader(t("compare.upload"), type=["safetensors"], key="compare_weights", max_upload_size=_MAX_WEIGHTS_MB)
    if file is None:
        return
    data = file.getvalue()
    slot = Slot("compare", f"{loaded.summary.decision.id}_{sha256(data).hexdigest()[:16]}")

    kept = resources.comparisons()

    def work(progress: Progress) -> None:
        try:
            model = SparseMixModel.from_bytes(data)
        except WeightsError as error:
            # Not the weights that the app runs with: their advice would mislead.
            raise ExplanationError(f"the file cannot be used: {error}") from error
        second = model.run_with_trace(loaded.sequence, progress)
        found = compare(rerun.run, second, np.arange(len(loaded.sequence)))
        kept.put(slot.key, (loaded.sequence, found))

    _go(t, slot, work, loaded, t("compare.after_weights"))


def _go(t: Texts, slot: Slot, work: Work, loaded: LoadedDecision, name: str) -> None:
    jobs.watch(slot, t)
    found = resources.comparisons().get(slot.key)
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
        return
    sequence, comparison = found
    matched = int((comparison.origin >= 0).sum())
    st.caption(t("compare.matched", matched=matched, total=len(sequence)))
    comparison_view(t, comparison, loaded.sequence, sequence, second_name=name)


def _start(slot: Slot, work: Work) -> None:
    with failures.kept():
        jobs.start(slot, work)
