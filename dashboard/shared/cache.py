"""What all sessions share: the model, the record and the worker, each opened once, and the evidence of recent decisions."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from audit import Access, AuditStore, DecisionRecord, NotFound, default_location, open_store
from audit.storage.database import sqlite_path
from dashboard.service.common.places import HOME, PACKAGES
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.common.worker import Worker
from dashboard.service.decide import explanation
from dashboard.service.decide.explanation import Reruns, Scored
from dashboard.service.decide.pipeline import LoadedDecision, Seen, load_evidence
from dashboard.service.decide.weights_used import program_weights
from dashboard.service.training.pending_trainings import Trainings
from sparsemix import SelectionTrace, SparseMixModel, TokenSequence, TraceError, WeightsError
from sparsemix.attention.warm_up import warm_up
from sparsemix.monitoring.drift import SelectionProfile
from sparsemix.trace.selection_trace import mapped
from sparsemix.training.generated.reliability import Reliability
from sparsemix.training.generated.reliability import read as read_reliability

Evidence = tuple[TokenSequence, SelectionTrace]
_READING = threading.Lock()
_MOST_NUMBERS = 40_000_000
_log = logging.getLogger(__name__)

SAMPLES = PACKAGES / "sample_data" / "logs"
DATA = HOME / "data"


def weights_path() -> Path:
    """Where the weights lie: SPARSEMIX_WEIGHTS, else the ones that come with the app."""
    return program_weights()


def location() -> str:
    """Where the record lies: the path of its file, or a PostgreSQL URL (SPARSEMIX_DATABASE_URL, SPARSEMIX_AUDIT_DB)."""
    wanted = default_location()
    path = sqlite_path(wanted)
    return wanted if path is None else str((HOME / path).resolve())


def record_path() -> Path:
    """A file's path beside which the record's key and checkpoints lie: the record's own, or data/audit.db for PostgreSQL."""
    place = location()
    return DATA / "audit.db" if "://" in place else Path(place)


def model() -> SparseMixModel:
    """The model that new analyses are made with: the weights that the record says are in use, or else those that the program
    came with. Raises WeightsError when there are none to load, StoreUnavailable, Tampered."""
    used = store().weights_in_use()
    return program_model() if used is None or used.sha256 is None else registered_model(used.sha256)


def program_model() -> SparseMixModel:
    """The model of the weights that the program came with. Raises WeightsError when there are none to load."""
    return _model(str(weights_path()))


def registered_model(sha256: str) -> SparseMixModel:
    """The model of weights that the record keeps. Raises WeightsError where they are gone, or no weights of this program."""
    found = _stored_models().get(sha256)
    if found is None:
        try:
            found = SparseMixModel.from_bytes(store().blob(sha256))
        except NotFound as error:
            raise WeightsError(f"the record does not keep the weights {sha256[:12]}") from error
        _stored_models().put(sha256, found)
    return found


def store() -> AuditStore:
    """The record as a program has it. What a visitor does goes through ``session.access()``, which checks their roles.

    Raises StoreUnavailable when it cannot be opened.
    """
    return _store(location())


@st.cache_resource(show_spinner=False)
def worker() -> Worker:
    """The thread that runs the model: one, so that two uploads do not share the processor."""
    return Worker()


@st.cache_resource(show_spinner=False)
def trainer() -> Worker:
    """The thread that waits for those who learn, one after the other: beside the one that runs the model, or whoever wants to
    analyse would wait for minutes."""
    return Worker(history=20)


@st.cache_resource(show_spinner=False)
def trainings() -> Trainings:
    """Who has which training under way."""
    return Trainings()


@st.cache_resource(show_spinner=False)
def attributions() -> ResultCache[tuple[str, str, int, str], Scored]:
    """What was computed of who contributed to which line's score: by decision, weights, event and method."""
    return ResultCache(64)


@st.cache_resource(show_spinner=False)
def reruns() -> Reruns:
    """Runs held layer by layer for interventions: 50,000 events take a quarter of a gigabyte, so the last 120,000 events."""
    return ResultCache(120_000, lambda rerun: rerun.trace.length)


def model_of(access: Access, decision: DecisionRecord) -> SparseMixModel:
    """The weights of a decision, loaded or from the record. Raises WeightsError when they are gone."""
    try:
        current = model()
    except WeightsError:
        current = None
    if current is not None and current.weights_sha256 == decision.weights_sha256:
        return current
    found = _stored_models().get(decision.weights_sha256)
    if found is None:
        found = explanation.model_of(access, decision, current)
        _stored_models().put(decision.weights_sha256, found)
    return found


@st.cache_resource(show_spinner=False)
def _stored_models() -> ResultCache[str, SparseMixModel]:
    return ResultCache(4)


def loaded(access: Access, decision_id: str) -> LoadedDecision:
    """A decision as this person may see it now, with its events and selection; of these the last few are kept.

    Raises NotFound, Tampered, StoreUnavailable, Denied.
    """
    summary = access.summary(decision_id)
    place, kept = location(), _evidence()
    found = kept.get((place, decision_id))
    if found is None:
        # One at a time: many who open the same link at once would each read millions of pairs.
        with _READING:
            found = kept.get((place, decision_id)) or _mapped(*load_evidence(_store(place), summary.decision))
            kept.put((place, decision_id), found)
    return LoadedDecision(summary, *found)


def seen() -> Seen:
    """What keeps the evidence of a decision that was just made, so that nobody waits for it to be read again."""
    place, kept = location(), _evidence()
    return lambda id, sequence, trace: kept.put((place, id), _mapped(sequence, trace))


@st.cache_resource(show_spinner=False)
def _model(path: str) -> SparseMixModel:
    found = SparseMixModel.load(Path(path))
    warm_up()
    return found


def reliability(weights_sha256: str) -> Reliability | None:
    """How often probabilities of these weights are right, from the card beside the weights that are loaded; None where nobody
    counted, or these are others."""
    found = _card(str(weights_path().with_suffix(".card.json")))
    return found[1] if found is not None and found[0] == weights_sha256 else None


def practised(access: Access, weights_sha256: str) -> SelectionProfile | None:
    """What these weights selected in the data that they learned from, as their card says: the registered one, or that beside
    the weights that are loaded. None where no card says so."""
    registered = (one.card for one in access.weights.all() if one.sha256 == weights_sha256)
    card = next(registered, None) or _card_file(str(weights_path().with_suffix(".card.json")))
    said = card.get("practised") if card.get("weights_sha256") == weights_sha256 else None
    try:
        return None if said is None else SelectionProfile.from_payload(said)
    except TraceError:
        return None


@st.cache_resource(show_spinner=False)
def _card_file(path: str) -> Mapping[str, Any]:
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@st.cache_resource(show_spinner=False)
def _card(path: str) -> tuple[str, Reliability] | None:
    return read_reliability(Path(path))


@st.cache_resource(show_spinner=False)
def _store(place: str) -> AuditStore:
    if "://" not in place:
        Path(place).parent.mkdir(parents=True, exist_ok=True)
    return open_store(place)


@st.cache_resource(show_spinner=False)
def _evidence() -> ResultCache[tuple[str, str], Evidence]:
    """Events and selections of recent decisions, the same for everybody who may read at all, which ``loaded`` has checked; as
    many as hold forty million numbers, half a gigabyte, and 160 at most: small ones are read again in no time."""
    return ResultCache(_MOST_NUMBERS, _size)


def _mapped(sequence: TokenSequence, trace: SelectionTrace) -> Evidence:
    """The evidence with its trace out of the way of what else needs memory; where the disk has no room, as it is."""
    try:
        return sequence, mapped(trace)
    except OSError as error:
        _log.warning("a trace stays in memory: %s", error)
        return sequence, trace


def _size(found: Evidence) -> int:
    sequence, trace = found
    # A pair has five columns, an event some hundred bytes of text.
    numbers = 50 * len(sequence) + 2 * sum(trace.pair_count(layer) for layer in range(len(trace.heads)))
    return max(numbers, _MOST_NUMBERS // 160)
