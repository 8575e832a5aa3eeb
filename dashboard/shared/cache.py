"""What all sessions share: the model, the record and the worker, each opened once, and the evidence of recent decisions."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import streamlit as st

from audit import Access, AuditStore, Case, DecisionRecord, NotFound, default_location
from audit.storage.database import sqlite_path
from dashboard.service.common.places import HOME, PACKAGES
from dashboard.service.common.record_opening import open_record
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.common.turns import PERSON, Turns
from dashboard.service.common.worker import Worker
from dashboard.service.decide import explanation
from dashboard.service.decide.explanation import Reruns, ScoredAttribution
from dashboard.service.decide.pipeline import LoadedDecision, RecordReader, Seen, load_evidence, size_of
from dashboard.service.decide.weights_used import program_weights
from dashboard.service.reading.wire import Look
from dashboard.service.training.training import Owner, Training
from sparsemix import SelectionTrace, SparseMixModel, TokenSequence, TraceError, WeightsError
from sparsemix.attention.warm_up import warm_up
from sparsemix.kernels.garbage import keep_loaded
from sparsemix.model.fallback import ANY_LOG_WEIGHTS
from sparsemix.monitoring.drift import SelectionProfile
from sparsemix.trace.selection_trace import mapped
from sparsemix.training.common.reliability import Reliability, read_reliability

EventsAndTrace = tuple[TokenSequence, SelectionTrace]
# Libraries that the first verdict and its explanation would else load while somebody waits: a second.
_LOADED_LATE = ("captum.attr", "scipy.stats")
_READING: Turns[object] = Turns(2)  # two who read the evidence of decisions
_MOST_NUMBERS = 40_000_000
_log = logging.getLogger(__name__)

SAMPLES = PACKAGES / "sample_data" / "logs"
DATA = HOME / "data"


def location() -> str:
    """Return where the record lies: the path of its file, or a PostgreSQL URL (SPARSEMIX_DATABASE_URL, SPARSEMIX_AUDIT_DB)."""
    place = default_location()
    path = sqlite_path(place)
    return place if path is None else str((HOME / path).resolve())


def model() -> SparseMixModel:
    """Return the model for new analyses: the weights that the record says are in use, or else the program's own weights.

    Raises `WeightsError` when there are no weights to load, `StoreUnavailable`, `Tampered`.
    """
    used = store().weights_in_use()
    return program_model() if used is None or used.sha256 is None else registered_model(used.sha256)


def program_model() -> SparseMixModel:
    """Return the model of the program's own weights. Raises `WeightsError` when there are none to load."""
    return _model(str(program_weights()))


def registered_model(sha256: str) -> SparseMixModel:
    """Return the model of weights that the record keeps. Raises `WeightsError` when the weights are gone or this program
    cannot use them."""
    try:
        return _stored_models().get_or_make(sha256, lambda: SparseMixModel.from_bytes(store().blob(sha256)))
    except NotFound as error:
        raise WeightsError(f"the record does not keep the weights {sha256[:12]}") from error


def store() -> AuditStore:
    """Return the record as a program has it. What a visitor does goes through ``session.access()``, which checks their
    roles.

    Raises `StoreUnavailable` when the record cannot be opened.
    """
    return _store(location())


@st.cache_resource(show_spinner=False)
def worker() -> Worker:
    """Return the threads that run the model: of what is long, one at a time, and what is short beside it."""
    return Worker(2)


@st.cache_resource(show_spinner=False)
def trainer() -> Worker:
    """Return the thread that runs trainings one after the other, beside the thread that runs the model: otherwise an
    analysis would wait for minutes."""
    return Worker(history=20)


@st.cache_resource(show_spinner=False)
def trainings() -> dict[Owner, Training]:
    """Return who has which training under way."""
    return {}


@st.cache_resource(show_spinner=False)
def attributions() -> ResultCache[tuple[str, str, int, str], ScoredAttribution]:
    """Return the cache of attributions, of how much each line contributed to one line's score: by decision, weights, event
    and method."""
    return ResultCache(64)


@st.cache_resource(show_spinner=False)
def reruns() -> Reruns:
    """Return the cache of runs held layer by layer for interventions. 50,000 events take a quarter of a gigabyte, so the
    cache holds the last 120,000 events."""
    return ResultCache(120_000, lambda rerun: rerun.trace.length)


def model_of(access: RecordReader, decision: DecisionRecord) -> SparseMixModel:
    """Return the model that made a decision, loaded or from the record. Raises `WeightsError` when its weights are gone."""
    try:
        current = model()
    except WeightsError:
        current = None
    if current is not None and current.weights_sha256 == decision.weights_sha256:
        return current
    sha256 = decision.weights_sha256
    return _stored_models().get_or_make(sha256, lambda: explanation.model_of(access, decision, current))


@st.cache_resource(show_spinner=False)
def _stored_models() -> ResultCache[str, SparseMixModel]:
    return ResultCache(4)


def loaded(access: Access, decision_id: str) -> LoadedDecision:
    """Return a decision as this person may see it now, with its events and selection, which stay cached for the last few
    decisions.

    Raises `NotFound`, `Tampered`, `StoreUnavailable`, `Denied`.
    """
    return with_evidence(access.case(decision_id))


def with_evidence(case: Case, look: Look = lambda _share: None) -> LoadedDecision:
    """Return a decision as it is, with the events and the selection that its entry names; ``look`` is called while they are
    waited for and read, and may raise to stop. Raises `Tampered`, `StoreUnavailable`."""
    place, decision = location(), case.summary.decision
    evidence = _kept(case, place)
    if evidence is None:
        # Long ones one at a time: people who open the same link together would each read millions of pairs.
        with _READING.place(object(), who=PERSON.get(), size=size_of(decision), look=lambda: look(0.0)):
            evidence = _kept(case, place) or _mapped(*load_evidence(_store(place), decision, look))
            _evidence().put((place, decision.id, case.entry_hash), evidence)
    return LoadedDecision(case.summary, *evidence)


def has_evidence(case: Case) -> bool:
    """Return whether `with_evidence` need not read the evidence."""
    return _kept(case, location()) is not None


def _kept(case: Case, place: str) -> EventsAndTrace | None:
    id = case.summary.decision.id
    return _evidence().get((place, id)) or _evidence().get((place, id, case.entry_hash))


def seen() -> Seen:
    """Return a function that caches the evidence of a decision that was just made, so that nobody waits for it to be read
    again."""
    place, recent = location(), _evidence()
    return lambda id, sequence, trace: recent.put((place, id), _mapped(sequence, trace))


@st.cache_resource(show_spinner=False)
def _model(path: str) -> SparseMixModel:
    loaded_model = SparseMixModel.load(Path(path))
    warm_up()
    threading.Thread(target=_import_ahead, name="import-ahead", daemon=True).start()
    return loaded_model


def _import_ahead() -> None:
    for name in _LOADED_LATE:
        import_module(name)
    keep_loaded()


def reliability(weights_sha256: str) -> Reliability | None:
    """Return how often probabilities of these weights are right, from the card beside the loaded weights; None where nobody
    counted, or the card belongs to other weights."""
    card = _card(str(program_weights().with_suffix(".card.json")))
    return card[1] if card is not None and card[0] == weights_sha256 else None


def counted_by_itself(weights_sha256: str) -> Mapping[str, Any] | None:
    """Return what the model for any log was worth on systems that it had not seen, from its card; None where the card belongs
    to other weights, or says nothing of it."""
    card = _card_file(str(ANY_LOG_WEIGHTS.with_suffix(".card.json")))
    figures = card.get("figures") if card.get("weights_sha256") == weights_sha256 else None
    return (
        figures if isinstance(figures, dict) and figures.keys() >= {"systems", "faulty", "normal", "found", "alarms"} else None
    )


def practised(access: Access, weights_sha256: str) -> SelectionProfile | None:
    """Return what these weights selected in the data that they learned from, as their card says: the registered card, or
    the card beside the loaded weights. None where no card says so."""
    registered = (weights.card for weights in access.weights.all() if weights.sha256 == weights_sha256)
    card = next(registered, None) or _card_file(str(program_weights().with_suffix(".card.json")))
    payload = card.get("practised") if card.get("weights_sha256") == weights_sha256 else None
    try:
        return None if payload is None else SelectionProfile.from_payload(payload)
    except TraceError:
        return None


@st.cache_resource(show_spinner=False)
def _card_file(path: str) -> Mapping[str, Any]:
    try:
        card = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return card if isinstance(card, dict) else {}


@st.cache_resource(show_spinner=False)
def _card(path: str) -> tuple[str, Reliability] | None:
    return read_reliability(Path(path))


@st.cache_resource(show_spinner=False)
def _store(place: str) -> AuditStore:
    if "://" not in place:
        Path(place).parent.mkdir(parents=True, exist_ok=True)
    return open_record(place)


@st.cache_resource(show_spinner=False)
def _evidence() -> ResultCache[tuple[str, ...], EventsAndTrace]:
    """Return the cache of events and selections of recent decisions, the same for everybody who may read at all, which
    ``loaded`` has checked: by place and decision where they were just made, with the decision's entry where they were read,
    because somebody may change it for that moment.

    It holds as many as have forty million numbers, half a gigabyte, and 160 at most: small ones are quickly read again.
    """
    return ResultCache(_MOST_NUMBERS, _size)


def _mapped(sequence: TokenSequence, trace: SelectionTrace) -> EventsAndTrace:
    """Move the trace of the evidence to a file, to leave memory to others; leave it in memory where the disk has no room."""
    try:
        return sequence, mapped(trace)
    except OSError as error:
        _log.warning("a trace stays in memory: %s", error)
        return sequence, trace


def _size(evidence: EventsAndTrace) -> int:
    sequence, trace = evidence
    # A pair has five columns, an event its text twice; a number has twelve bytes.
    text, pairs = sum(len(event.text) for event in sequence.events), sum(map(trace.pair_count, range(len(trace.heads))))
    numbers = 30 * len(sequence) + text // 6 + 2 * pairs
    return max(numbers, _MOST_NUMBERS // 160)
