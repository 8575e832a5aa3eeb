"""How the log page's addresses open a decision: with the session's own rights, and with what all sessions share."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from weakref import WeakValueDictionary

import streamlit as st
from cachetools import TTLCache

from audit import Access, AuditError, Case, SignInFailed
from dashboard.service.common.turns import PERSON
from dashboard.service.decide.explanation import ScoredAttribution, rerun_of, scored
from dashboard.service.decide.pipeline import LoadedDecision, size_of
from dashboard.service.log.answers import Answers, id_of
from dashboard.service.log.routes import CONNECTED, Opened, Refused, prepare
from dashboard.service.log.waiting import Log, WaitingLog
from dashboard.service.sign_in.identity import Mode
from dashboard.shared import cache, session_sign_in
from sparsemix import InputError, Rerun
from sparsemix.model.run import Progress

_EVIDENCE = "evidence"
_LATER = 1.0  # seconds: first comes what is on the screen
_REMEMBERED, _MOST = 2.0, 200  # seconds that a right is remembered, and rights


class _Opening:
    """What `routes.Opening` asks for."""

    def __init__(self) -> None:
        self._answers = Answers(_again, _attributed)
        # Twenty people who scroll ask a hundred times a second.
        self._asked: TTLCache[tuple[str | None, str], Opened] = TTLCache(_MOST, _REMEMBERED)
        # Each lies with the file of its session, and is gone with it.
        self._waiting: WeakValueDictionary[tuple[str | None, str], WaitingLog] = WeakValueDictionary()
        self._lock = threading.Lock()

    def opened(self, token: str | None, decision_id: str) -> Opened:
        """Open a decision, unless its verdict is hidden from this person, or a log of this session that waits for one. The
        record is asked once in some seconds."""
        with self._lock:
            known = self._asked.get((token, decision_id))
        if known is None:
            known = self._open(token, decision_id)
            self.note(token, decision_id, known)
        return known

    def note(self, token: str | None, decision_id: str, opened: Opened) -> None:
        """Note how a session may read this decision, as the record has just said."""
        with self._lock:
            self._asked[token, decision_id] = opened

    def wait(self, token: str | None, id: str, log: WaitingLog) -> None:
        """Note that this session has a log that waits for its verdict."""
        with self._lock:
            self._waiting[token, id] = log
        # The browser may still ask for its lines when its decision has just taken its place.
        self.note(token, id, Opened(log, log.entry, PERSON.get()))

    def judged(self, log: WaitingLog, loaded: LoadedDecision) -> None:
        """Note which decision was made on a log."""
        self._answers.judged(log, loaded)

    def _open(self, token: str | None, decision_id: str) -> Opened:
        store = cache.store()
        if session_sign_in.mode() is Mode.SINGLE:
            access, who = store.single_user(""), ""
        elif token:
            access, who = store.access(token), store.accounts.person(token).id
        else:
            raise SignInFailed("nobody is signed in; sign in")
        with self._lock:
            waiting = self._waiting.get((token, decision_id))
        if waiting is not None:
            return Opened(waiting, waiting.entry, who)
        case = access.case(decision_id)
        if case.summary.blind:
            raise Refused(HTTPStatus.FORBIDDEN, "hidden")
        return Opened(case, case.entry_hash, who)

    def size(self, decision: Log | Case) -> int:
        """Return about how many bytes its log has."""
        return size_of(decision.summary.decision) if isinstance(decision, Case) else decision.size

    def missing(self, decision: Log | Case, what: str, asked: Mapping[str, str]) -> list[str]:
        """Return what is not in memory and takes long: evidence, the index of the lines, their moments."""
        evidence = isinstance(decision, Case) and not cache.has_evidence(decision)
        id = decision.summary.decision.id if isinstance(decision, Case) else id_of(decision)
        parts = [] if what == "text" and isinstance(decision, WaitingLog) else self._answers.missing(id, what, asked)
        return [_EVIDENCE, *parts] if evidence else parts

    def prepare(self, decision: Log | Case, part: str, progress: Progress) -> None:
        """Have it in memory."""
        log = _read(decision, progress)
        if part != _EVIDENCE:
            self._answers.prepare(log, part, progress)

    def answer(
        self, decision: Log | Case, what: str, number: int, asked: Mapping[str, str], progress: Progress
    ) -> bytes | Mapping[str, object]:
        """Return what is asked about it."""
        return self._answers.of(_read(decision, progress), what, number, asked, progress)


def _read(decision: Log | Case, progress: Progress) -> Log:
    """Return a decision with its evidence."""
    if not isinstance(decision, Case):
        return decision
    try:
        return cache.with_evidence(decision, look=lambda share: progress(share, "read"))
    except InputError as error:
        raise Refused(HTTPStatus.CONFLICT, "tampered", str(error)) from error


def ahead(access: Access, decision_id: str) -> None:
    """Have in memory, before this person opens it, what this decision's log is made of. Nobody waits for it."""
    if st.session_state.get("log_ahead") == decision_id:
        return
    st.session_state["log_ahead"] = decision_id
    threading.Timer(_LATER, _prepare, (access, decision_id, PERSON.get())).start()


def _prepare(access: Access, decision_id: str, who: str) -> None:
    # The page that opens the decision says what is wrong with it.
    with suppress(AuditError, Refused):
        case = access.case(decision_id)
        prepare(Opened(case, case.entry_hash, who), decision_id)


def connect(loaded: LoadedDecision, entry_hash: str) -> None:
    """Tell the addresses how a decision is opened, and that this one may be. Every run of the log page does it: after a restart
    none has."""
    CONNECTED.opening, CONNECTED.cookie = _opening(), session_sign_in.cookie_name()
    id = loaded.summary.decision.id
    _opening().note(session_sign_in.own_token(), id, Opened(loaded, entry_hash, PERSON.get()))


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
