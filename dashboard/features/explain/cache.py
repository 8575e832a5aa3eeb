"""What the Explain page computed, kept for every session."""

from __future__ import annotations

import streamlit as st

from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide.explanation import Explanations
from dashboard.service.decide.usual_pairs import Memory
from sparsemix import TokenSequence
from sparsemix.explain.comparison import Comparison


@st.cache_resource(show_spinner=False)
def explanations() -> Explanations:
    """Whole explanations."""
    return ResultCache(32)


@st.cache_resource(show_spinner=False)
def usual_pairs() -> Memory:
    """What is usually selected: tables of decisions, and what was made of them."""
    return Memory()


@st.cache_resource(show_spinner=False)
def comparisons() -> ResultCache[str, tuple[TokenSequence, Comparison]]:
    """Comparisons by the name of the slot that made them: the other run's events, and both runs. Whole runs, so only a few."""
    return ResultCache(6)
