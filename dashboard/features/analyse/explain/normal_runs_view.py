"""The normal runs that the variables of an event table are ranked by: uploaded, or found normal by people earlier."""

from __future__ import annotations

from hashlib import sha256

import streamlit as st

from audit import DecisionRecord
from dashboard.service.common.decision_details import details_of
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.common.worker import Progress
from dashboard.service.decide.normal_runs import MOST_FILES, MOST_TOTAL_MB, NormalRuns, approved_runs, normal_runs
from dashboard.shared import failures, jobs, session
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts

TYPES = ["csv", "tsv", "txt", "parquet", "xlsx", "gz", "zip"]
MAX_UPLOAD_MB = 64
_MIB = 2**20


def normal_runs_view(t: Texts, decision: DecisionRecord) -> NormalRuns | None:
    """Return what the normal runs of an event table say, or show how to give them."""
    st.caption(t("variables.lead"))
    approved = approved_runs(session.access(), decision)
    kept = f"variables_runs_{decision.id}"
    runs = _known_runs().get(st.session_state.get(kept, ""))
    if runs is not None:
        with st.popover(t("variables.by", n=len(runs.names)), icon=":material/rule:"):
            st.text(t.plain("unit.join").join(runs.names))
            st.button(t("variables.change"), key="variables_change", on_click=_forget, args=(kept,))
        return runs
    box = f"variables_files_{decision.id}"
    st.file_uploader(
        t("variables.upload"),
        type=TYPES,
        key=box,
        max_upload_size=MAX_UPLOAD_MB,
        accept_multiple_files=True,
        help=t("variables.upload_help", files=MOST_FILES, total=MOST_TOTAL_MB),
    )
    if approved and not st.toggle(
        t("variables.approved", n=len(approved), source=details_of(decision).source),
        value=True,
        key=f"variables_approved_{decision.id}",
    ):
        approved = ()
    files = session.uploaded(box)
    too_much = len(files) > MOST_FILES or sum(file.size for file in files) > MOST_TOTAL_MB * _MIB
    if too_much:
        st.warning(t("variables.too_much", files=MOST_FILES, total=MOST_TOTAL_MB), icon=":material/warning:")
    given = "\n".join([*(file.file_id for file in files), *(run.id for run in approved)])
    slot = Slot("variables", f"{decision.id}_{sha256(given.encode()).hexdigest()[:16]}")
    if files or approved:
        st.button(
            t("variables.learn"),
            key="variables_learn",
            type="primary",
            icon=":material/account_tree:",
            disabled=too_much or jobs.under_way(slot),
            on_click=_start,
            args=(slot, kept, box, approved, session.jobs()),
        )
    failures.show_deferred(t)
    jobs.watch(slot, t)
    return None


def _forget(kept: str) -> None:
    st.session_state.pop(kept, None)


def _start(slot: Slot, kept: str, box: str, approved: tuple[DecisionRecord, ...], ids: dict[str, str]) -> None:
    """Hand the files to the worker. What it needs is fetched here, because a thread has no session."""
    known, access = _known_runs(), session.access()
    files = [(file.name, file.getvalue()) for file in session.uploaded(box)]

    def work(progress: Progress) -> None:
        known.put(slot.key, normal_runs(files, approved, access, progress))

    with failures.deferred():
        jobs.start(slot, work, ids=ids)
        st.session_state[kept] = slot.key


@st.cache_resource(show_spinner=False)
def _known_runs() -> ResultCache[str, NormalRuns]:
    """Return the cache of what normal runs say, by the key of the slot that read them."""
    return ResultCache(16)
