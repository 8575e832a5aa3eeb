"""What a decision is tied to, and a button that runs it again."""

from __future__ import annotations

import streamlit as st

from audit import Access, DecisionSummary
from dashboard.service.decide.replay import replay_bits
from dashboard.shared import cache, failures, jobs, tables
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts
from dashboard.views import record


def identity(summary: DecisionSummary, t: Texts) -> None:
    """Hashes and versions of one decision."""
    tables.show(
        t,
        record.identity_table(summary, t),
        "identity",
        about=summary.decision.id[:8],
        height="content",
        column_config={t.plain("identity.name"): st.column_config.TextColumn(width="medium")},
    )


def replay(access: Access, summary: DecisionSummary, t: Texts) -> None:
    """Run the decision again, and whether every bit came out the same."""
    id = summary.decision.id
    slot = Slot("replay", id)
    if st.button(t("replay.button"), key="replay", icon=":material/replay:", help=t("replay.help")):
        with failures.contained(t):
            _start(access, slot, id)
    done = jobs.watch(slot, t)
    if done is None:
        return
    found = done.result
    show = st.success if found.identical else st.error
    show(record.replay_text(found, t), icon=":material/verified:" if found.identical else ":material/difference:")
    if found.surroundings:
        with st.expander(t("replay.surroundings", n=len(found.surroundings)), expanded=not found.identical):
            tables.show(t, record.surroundings_table(found, t), "surroundings", about=id[:8], height="content")


def _start(access: Access, slot: Slot, id: str) -> None:
    model = cache.model()
    jobs.start(slot, lambda progress: replay_bits(access, id, model=model, progress=progress))
