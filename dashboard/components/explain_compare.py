"""This decision beside another one, or beside the same log under other weights. Nothing is recorded."""

from __future__ import annotations

from hashlib import sha256

import streamlit as st

from dashboard import resources, session
from dashboard.components import decision_choice, failures, jobs
from dashboard.components.comparison_view import comparison_view
from dashboard.components.jobs import Slot
from dashboard.explaining import rerun_of
from dashboard.pipeline import LoadedDecision
from dashboard.texts import Texts
from dashboard.worker import Progress, Work
from sparsemix import Rerun, SparseMixModel
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
    slot = Slot("compare", f"{own}_{chosen}")
    model, reruns = resources.model_of(session.access(), other.summary.decision), resources.reruns()

    def work(progress: Progress) -> object:
        second = rerun_of(reruns, model, other, progress)
        progress(0.6, "compare")
        return other.sequence, compare(rerun.run, second.run, match(loaded.sequence, other.sequence))

    _go(t, slot, work, loaded, t("compare.after_decision"))


def _with_weights(t: Texts, loaded: LoadedDecision, rerun: Rerun) -> None:
    file = st.file_uploader(t("compare.upload"), type=["safetensors"], key="compare_weights", max_upload_size=_MAX_WEIGHTS_MB)
    if file is None:
        return
    data = file.getvalue()
    slot = Slot("compare", f"{loaded.summary.decision.id}_{sha256(data).hexdigest()[:16]}")

    def work(progress: Progress) -> object:
        model = SparseMixModel.from_bytes(data)
        second = model.run_with_trace(loaded.sequence, progress)
        return loaded.sequence, compare(rerun.run, second, match(loaded.sequence, loaded.sequence))

    _go(t, slot, work, loaded, t("compare.after_weights"))


def _go(t: Texts, slot: Slot, work: Work, loaded: LoadedDecision, name: str) -> None:
    done = jobs.watch(slot, t)
    if done is None:
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
    sequence, comparison = done.result
    matched = int((comparison.origin >= 0).sum())
    st.caption(t("compare.matched", matched=matched, total=len(sequence)))
    comparison_view(t, comparison, loaded.sequence, sequence, second_name=name)


def _start(slot: Slot, work: Work) -> None:
    with failures.kept():
        jobs.start(slot, work)
