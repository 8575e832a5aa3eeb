"""A person's opinion on one pair: the same control, with the same state, on every page that shows the pair."""

from __future__ import annotations

from typing import Any

import streamlit as st

from audit import PairVerdict
from dashboard.shared import session
from dashboard.texts import Texts

OPINIONS = (PairVerdict.RELEVANT, PairVerdict.SPURIOUS)


def opinion(pair: tuple[str, int, int, int, int], label: str, t: Texts, **options: Any) -> PairVerdict | None:
    """Relevant, spurious or neither for this pair of this decision; kept until a review takes it along."""
    key = "opinion_" + "_".join(map(str, pair))

    def keep() -> None:
        session.mark(pair, st.session_state[key])

    # What is kept outlives the control and may have been changed on another page; the control only mirrors it.
    kept = session.marks().get(pair)
    st.session_state[key] = None if kept is None else PairVerdict(kept)
    chosen: PairVerdict | None = st.segmented_control(
        label,
        OPINIONS,
        format_func=lambda value: t.plain(f"pair_verdict.{value.value}"),
        key=key,
        on_change=keep,
        **options,
    )
    return chosen
