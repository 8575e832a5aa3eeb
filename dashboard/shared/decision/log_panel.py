"""The log of a decision as the browser shows it: the component, what it is given, and what it says back."""

from __future__ import annotations

import streamlit as st

from audit import Case
from dashboard.log import source
from dashboard.log.given import given, given_waiting
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import log_connection, session, session_sign_in
from dashboard.shared.decision import log_choice
from dashboard.shared.decision.pairs import OPINIONS
from dashboard.shared.session import ChosenFile
from dashboard.texts import PlainTexts, Texts
from sparsemix import SelectionTrace

_LOG = st.components.v2.component("sparsemix_log", css=source.style(), js=source.module())


def show(case: Case, loaded: LoadedDecision, t: Texts, *, may_mark: bool = False) -> None:
    """Show the log with its incidents and pairs. ``may_mark``: a review takes along what is said of pairs; it begins at the
    first incident.

    Line, pair, search and filters stand in the address, where the component reads and writes them."""
    log_connection.connect(loaded, case.entry_hash)
    id = case.summary.decision.id
    marks = {"-".join(map(str, pair[1:])): said for pair, said in session.marks().items() if pair[0] == id}
    data = given(loaded, case.entry_hash, PlainTexts(t.language), marks, may_mark=may_mark)
    data["ticket"] = session_sign_in.ticket_name()
    if not may_mark:
        file = session.chosen_file()
        data["waited"] = file.id if file is not None and file.decision_id == id else None
        log_choice.name_former(loaded)
    elif st.session_state.get("log_begun") != id:
        st.session_state["log_begun"] = id
        if data["incidents"] and "line" not in st.query_params:
            session.put_in_address("line", str(data["incidents"][0]["line"]))
    key = _key(id)
    _LOG(key=key, data=data, on_mark_change=lambda: _mark(key, id, loaded.trace), on_seen_change=lambda: None)


def show_waiting(file: ChosenFile, t: Texts) -> None:
    """Show the log of a file that is not judged yet, with what was flagged so far."""
    log = file.lines()
    if log is None:
        return
    log_connection.connect_waiting(file.id, log)
    data = given_waiting(log, file.id, file.name, file.flagged, PlainTexts(t.language))
    data["ticket"] = session_sign_in.ticket_name()
    _LOG(key=f"log_{file.id}", data=data, on_mark_change=lambda: None, on_seen_change=lambda: None)


def seen(decision: str) -> object:
    """Return what the component says of the evidence that was in view, when a judgement is sent; None where there is no log."""
    return (st.session_state.get(_key(decision)) or {}).get("seen")


def _key(decision: str) -> str:
    return f"log_{decision}_{log_choice.round_of_log()}"


def _mark(key: str, decision: str, trace: SelectionTrace) -> None:
    """Keep what the person said of a pair in the component. A callback."""
    match st.session_state[key].get("mark"):
        case {"layer": int(layer), "head": int(head), "query": int(query), "key": int(cause), "mark": said} if (
            0 <= layer < len(trace.heads)
            and 0 <= head < len(trace.heads[layer])
            and 0 <= min(query, cause) <= max(query, cause) < trace.length
        ):
            opinion = next((one for one in OPINIONS if one.value == said), None)
            session.mark((decision, layer, head, query, cause), opinion)
