"""How the log page's addresses open a decision: with the session's own rights, and with what all sessions share."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from weakref import WeakValueDictionary

import streamlit as st
from cachetools import TTLCache

from audit import Access, AuditError, SignInFailed
from dashboard.service.decide.explanation import ScoredAttribution, rerun_of, scored
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.service.log.answers import Answers
from dashboard.service.log.routes import CONNECTED, Refused
from dashboard.service.log.waiting import Log, WaitingLog
from dashboard.service.sign_in.identity import Mode
from dashboard.shared import cache, session_sign_in
from sparsemix import InputError, Rerun
from sparsemix.model.run import Progress

_LATER = 1.0  # seconds: first comes what is on the screen
_REMEMBERED, _MOST = 2.0, 200  # seconds that a right is remembered, and rights


class _Opening:
    """What `routes.Opening` asks for."""

    def __init__(self) -> None:
        self._answers = Answers(_again, _attributed)
        # Twenty people who scroll ask a hundred times a second.
        self._asked: TTLCache[tuple[str | None, str], tuple[Log, str]] = TTLCache(_MOST, _REMEMBERED)
        # Each lies with the file of its session, and is gone with it.
        self._waiting: WeakValueDictionary[tuple[str | None, str], WaitingLog] = WeakValueDictionary()
        self._lock = threading.Lock()

    def opened(self, token: str | None, decision_id: str) -> tuple[Log, str]:
        """Open a decision, unless its verdict is hidden from this person, or a log of this session that waits for one. The
        record is asked once in some seconds."""
        with self._lock:
            known = self._asked.get((token, decision_id))
        if known is None:
            known = self._open(token, decision_id)
            with self._lock:
                self._asked[token, decision_id] = known
        return known

    def note(self, token: str | None, loaded: LoadedDecision, entry_hash: str) -> None:
        """Note that a session may read this decision, as the record has just said."""
        with self._lock:
            self._asked[token, loaded.summary.decision.id] = loaded, entry_hash

    def wait(self, token: str | None, id: str, log: WaitingLog) -> None:
        """Note that this session has a log that waits for its verdict."""
        with self._lock:
            self._waiting[token, id] = log
            # The browser may still ask for its lines when its decision has just taken its place.
            self._asked[token, id] = log, log.entry

    def judged(self, log: WaitingLog, loaded: LoadedDecision) -> None:
        """Note which decision was made on a log."""
        self._answers.judged(log, loaded)

    def _open(self, token: str | None, decision_id: str) -> tuple[Log, str]:
        store = cache.store()
        if session_sign_in.mode() is Mode.SINGLE:
            access = store.single_user("")
        elif token:
            access = store.access(token)
        else:
            raise SignInFailed("nobody is signed in; sign in")
        with self._lock:
            waiting = self._waiting.get((token, decision_id))
        if waiting is not None:
            return waiting, waiting.entry
        case = access.case(decision_id)
        if case.summary.blind:
            raise Refused(HTTPStatus.FORBIDDEN, "hidden")
        try:
            return cache.with_evidence(case), case.entry_hash
        except InputError as error:
            raise Refused(HTTPStatus.CONFLICT, "tampered", str(error)) from error

    def answer(
        self, decision: Log, what: str, number: int, asked: Mapping[str, str], progress: Progress
    ) -> bytes | Mapping[str, object]:
        """Return what is asked about it."""
        return self._answers.of(decision, what, number, asked, progress)


def ahead(access: Access, decision_id: str) -> None:
    """Have in memory, before this person opens it, what this decision's log is made of. Nobody waits for it."""
    if st.session_state.get("log_ahead") == decision_id:
        return
    st.session_state["log_ahead"] = decision_id
    threading.Timer(_LATER, _prepare, (access, decision_id, cache.location())).start()


def _prepare(access: Access, decision_id: str, place: str) -> None:
    # The page that opens the decision says what is wrong with it.
    with suppress(AuditError, InputError, Refused):
        loaded = cache.with_evidence(access.case(decision_id), place)
        _opening().answer(loaded, "overview", -1, {}, lambda _share, _stage: None)


def connect(loaded: LoadedDecision, entry_hash: str) -> None:
    """Tell the addresses how a decision is opened, and that this one may be. Every run of the log page does it: after a restart
    none has."""
    CONNECTED.opening, CONNECTED.cookie = _opening(), session_sign_in.cookie_name()
    _opening().note(session_sign_in.own_token(), loaded, entry_hash)


def connect_waiting(id: str, log: WaitingLog) -> None:
    """Tell the addresses of a log of this session that waits for its verdict, under the ``id`` of its file."""
    CONNECTED.opening, CONNECTED.cookie = _opening(), session_sign_in.cookie_name()
    _opening().wait(session_sign_in.own_token(), id, log)


def judged(log: WaitingLog, loaded: LoadedDecision) -> None:
    """Have what was computed of a log that waited serve the decision that was made on it."""
    _opening().judged(log, loaded)


@st.cache_resource(show_spinner=False)
def _opening() -> _Opening:
    return _Opening()


def _again(loaded: LoadedDecision) -> Rerun:
    return rerun_of(cache.reruns(), cache.model_of(cache.store(), loaded.summary.decision), loaded)


def _attributed(rerun: Rerun, decision_id: str, event: int, method: str, progress: Progress) -> ScoredAttribution:
    key = (decision_id, rerun.model.weights_sha256, event, method)
    return cache.attributions().get_or_make(key, lambda: scored(rerun, event, method, progress))
