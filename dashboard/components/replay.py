"""What a decision is tied to, and a button that runs it again."""

from __future__ import annotations

import streamlit as st

from audit import DecisionSummary
from dashboard import resources
from dashboard.components import jobs
from dashboard.components.jobs import Slot
from dashboard.pipeline import replay_bits
from dashboard.texts import Texts
from dashboard.views import record


def identity(summary: DecisionSummary, t: Texts) -> None:
    """Hashes and versions of one decision."""
    st.dataframe(
        record.identity_table(summary, t),
        hide_index=True,
        key="identity",
        height="content",
        column_config={t.plain("identity.name"): st.column_config.TextColumn(width="medium")},
    )


def replay(summary: DecisionSummary, t: Texts) -> None:
    """Run the decision again, and whether every bit came out the same."""
    id = summary.decision.id
    slot = Slot("replay", id)
    if st.button(t("replay.button"), key="replay", icon=":material/replay:", help=t("replay.help")):
        _start(slot, id)
    done = jobs.watch(slot, t)
    if done is not None:
        show = st.success if done.result.identical else st.error
        show(
            record.replay_text(done.result, t), icon=":material/verified:" if done.result.identical else ":material/difference:"
        )


def _start(slot: Slot, id: str) -> None:
    store, model = resources.store(), resources.model()
    jobs.start(slot, lambda progress: replay_bits(store, id, model=model, progress=progress))
