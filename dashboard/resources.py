"""What all sessions share: the model, the record and the worker, each opened once, and the evidence of recent decisions."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from audit import AuditStore, default_location, open_store
from dashboard.attributions import Attributions
from dashboard.pipeline import LoadedDecision, load_evidence
from dashboard.worker import Worker
from sparsemix import SelectionTrace, SparseMixModel, TokenSequence
from sparsemix.warm_up import warm_up

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "sample_data" / "logs"


def weights_path() -> Path:
    """Where the weights lie: SPARSEMIX_WEIGHTS, else the ones that come with the app."""
    return Path(os.environ.get("SPARSEMIX_WEIGHTS") or ROOT / "sample_data" / "weights.safetensors")


def record_path() -> Path:
    """Where the record lies: SPARSEMIX_AUDIT_DB, else data/audit.db."""
    return (ROOT / default_location()).resolve()


def model() -> SparseMixModel:
    """The model. Raises WeightsError when there is none to load."""
    return _model(str(weights_path()))


def store() -> AuditStore:
    """The record. Raises StoreUnavailable when it cannot be opened."""
    return _store(str(record_path()))


@st.cache_resource(show_spinner=False)
def worker() -> Worker:
    """The thread that runs the model: one, so that two uploads do not share the processor."""
    return Worker()


@st.cache_resource(show_spinner=False)
def attributions() -> Attributions:
    """What was computed of who contributed to which line's score."""
    return Attributions()


def loaded(decision_id: str) -> LoadedDecision:
    """A decision as it stands now, with its events and selection; the last few are kept, for they cannot change.

    Raises NotFound, Tampered, StoreUnavailable.
    """
    summary = store().summary(decision_id)
    sequence, trace = _evidence(str(record_path()), decision_id)
    return LoadedDecision(summary, sequence, trace)


@st.cache_resource(show_spinner=False)
def _model(path: str) -> SparseMixModel:
    found = SparseMixModel.load(Path(path))
    warm_up()
    return found


@st.cache_resource(show_spinner=False)
def _store(path: str) -> AuditStore:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    return open_store(path)


@st.cache_resource(show_spinner=False, max_entries=4)
def _evidence(path: str, decision_id: str) -> tuple[TokenSequence, SelectionTrace]:
    opened = _store(path)
    return load_evidence(opened, opened.decision(decision_id))
