"""What one visitor's session remembers: who it is, language, the decision that the pages show, the file being looked at.

Language and decision also stand in the address (``?lang=ja&decision=...``), so that a link works after a restart. How people
sign in and out is in ``session_sign_in``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import uuid4

import streamlit as st
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile

from audit import Access, PairReview, PairVerdict
from dashboard.service.common.sources import source_of
from dashboard.service.decide.several_files import UploadBatch
from dashboard.service.log.waiting import WaitingLog
from dashboard.service.reading.reader import Preview, preview, read_head
from dashboard.shared import session_sign_in
from dashboard.texts import LANGUAGES, Texts
from sparsemix.readers import ReadOptions

_ID = re.compile(r"[0-9a-f]{32}")
_LAST_LANGUAGE = "last_language"
LANGUAGE_COOKIE = "sparsemix_language"


@dataclass(slots=True)
class ChosenFile:
    """A file that was uploaded or chosen, how it was read, and the decision made on it. ``id`` ties its job to it.

    ``origin``: the line or machine that it comes from, at first what its name tells; ``options``: how it is to be read,
    None for what is remembered of the origin; ``fall_back``: whether it may be judged by itself; ``round`` grows whenever
    fields show values that were not typed into them; ``log``: what is shown before it is judged, with the events ``flagged`` so
    far.
    """

    name: str
    data: bytes
    preview: Preview | None = None
    decision_id: str | None = None
    id: str = field(default_factory=lambda: uuid4().hex)
    origin: str = ""
    options: ReadOptions | None = None
    round: int = 0
    sha256: str = ""
    fall_back: bool = True
    log: WaitingLog | None = None
    flagged: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sha256 = self.sha256 or sha256(self.data).hexdigest()
        self.origin = self.origin or source_of(self.name)

    def read(self, options: ReadOptions) -> Preview:
        """Read the file by these options, once."""
        if self.preview is None or self.preview.requested != options:
            self.preview = preview(self.data, self.name, options)
        return self.preview

    def lines(self) -> WaitingLog | None:
        """Return what can be shown before it is judged: all that was read, or the beginning of a long file."""
        sequence = None if self.preview is None else self.preview.sequence
        if sequence is not None and (self.log is None or self.log.sequence is not sequence):
            self.log = WaitingLog(sequence)
            self.flagged.clear()  # read otherwise, they were other events
        elif self.preview is None and self.log is None:
            head = read_head(self.data, self.name, self.options or ReadOptions())
            self.log = None if head is None else WaitingLog(head, head=True)
        return self.log


def language() -> str:
    """Return the language's code: as chosen here, as the address says, as chosen on an earlier visit, as the browser asks."""
    here, last = (st.session_state.get(key) for key in ("language", _LAST_LANGUAGE))
    browser = (st.context.locale or "").partition("-")[0]
    said = (here, st.query_params.get("lang"), last, st.context.cookies.get(LANGUAGE_COOKIE), browser)
    return next((str(code) for code in said if code in LANGUAGES), "en")


def language_chosen() -> None:
    """Note that the visitor has chosen the language, which the browser then keeps for later visits. A callback."""
    st.session_state[LANGUAGE_COOKIE] = True


def keep_language() -> None:
    """Put the chosen language into the address, and keep it for the next page: `st.switch_page` drops what widgets hold."""
    st.query_params["lang"] = st.session_state[_LAST_LANGUAGE] = language()


def texts() -> Texts:
    """Return the texts of the chosen language."""
    return Texts(language())


def access() -> Access:
    """Return what the visitor may read and do at the record, every single action checked against their roles.

    Raises `SignInFailed` when nobody is signed in (then the app asks for it), `StoreUnavailable`.
    """
    return session_sign_in.access()


def caller() -> str:
    """Return the printed name that decisions are recorded for. Raises the same errors as ``access``."""
    return access().person.name


def decision_id() -> str | None:
    """Return the decision that the address names, or else the last one looked at."""
    chosen = st.query_params.get("decision") or st.session_state.get("decision_id")
    if not chosen or not _ID.fullmatch(chosen):
        return None
    choose_decision(chosen)
    return str(chosen)


def choose_decision(id: str | None) -> None:
    """Make this the decision that every page shows. What the address says of another one goes."""
    if st.query_params.get("decision", id) != id:
        st.query_params.clear()
    st.session_state["decision_id"] = id
    put_in_address("decision", id or "")


def put_in_address(name: str, value: str) -> None:
    """Write a parameter into the address; an empty value removes it."""
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def chosen_file() -> ChosenFile | None:
    """Return the file being looked at; a decision chosen elsewhere puts it away."""
    file: ChosenFile | None = st.session_state.get("source")
    if file and file.decision_id and file.decision_id != decision_id():
        st.session_state["source"] = file = None
    return file


def take(name: str, data: bytes) -> None:
    """Look at this file; the pages no longer show the previous decision.

    If the same file is chosen again before it is decided, it stays with the job that may be under way; if it could not be read,
    it is read again.
    """
    current: ChosenFile | None = st.session_state.get("source")
    failed = current is not None and current.preview is not None and current.preview.error is not None
    if current is None or failed or current.decision_id is not None or (current.name, current.data) != (name, data):
        st.session_state["source"] = ChosenFile(name, data)
    st.session_state["batch"] = None
    choose_decision(None)


def put_away() -> None:
    """Look at no file."""
    st.session_state["source"] = st.session_state["batch"] = None


def batch() -> UploadBatch | None:
    """Return the files that are looked at together."""
    files: UploadBatch | None = st.session_state.get("batch")
    return files


def take_batch(files: UploadBatch) -> None:
    """Look at these files together, and at no single one."""
    st.session_state["source"], st.session_state["batch"] = None, files
    choose_decision(None)


def decided(file: ChosenFile, id: str) -> None:
    """Note that this decision was made on the file: its bytes and events are in the record from now on, and no longer here."""
    # In this order: a run that is cut short in between would put the file away as a file with another decision.
    choose_decision(id)
    file.decision_id = id
    file.data, file.preview, file.log = b"", None, None


def jobs() -> dict[str, str]:
    """Return the ids of this visitor's jobs, by the name of their slot; one run at a time writes to it."""
    ids: dict[str, str] = st.session_state.setdefault("jobs", {})
    return ids


def job_id(slot: str) -> str | None:
    """Return the id of the job in this slot. Reads only, so that a run that looks cannot undo what another run is writing."""
    ids: dict[str, str] = st.session_state.get("jobs", {})
    return ids.get(slot)


MarkedPlace = tuple[str, int | None, int | None, int, int]
"""Decision, layer, head, query, key; places from 0. A missing pair has neither layer nor head."""


def marks() -> dict[MarkedPlace, str]:
    """Return the opinions on pairs that wait for a review, as a PairVerdict's value, whichever page they were given on."""
    opinions: dict[MarkedPlace, str] = st.session_state.setdefault("marked_pairs", {})
    return opinions


def marked(decision: str) -> list[PairReview]:
    """Return the opinions on a decision's pairs, in the order in which they were given."""
    return [
        PairReview(layer, head, query, key, PairVerdict(said))
        for (id, layer, head, query, key), said in marks().items()
        if id == decision
    ]


def mark(pair: MarkedPlace, opinion: PairVerdict | None) -> None:
    """Keep an opinion on a pair; None takes it back."""
    if opinion:
        marks()[pair] = opinion.value
    else:
        marks().pop(pair, None)


def forget_marks(decision: str) -> None:
    """Drop the opinions on a decision's pairs."""
    st.session_state["marked_pairs"] = {pair: opinion for pair, opinion in marks().items() if pair[0] != decision}


def tell(message: str) -> None:
    """Leave a message that the next run shows as a toast: a toast shown now would vanish with the rerun."""
    st.session_state["message"] = message


def pending_message() -> str | None:
    """Return the message left for this run, and remove it."""
    message = st.session_state.pop("message", None)
    return str(message) if message else None


def uploaded(box: str) -> list[UploadedFile]:
    """Return the files in the upload box with this key whose bytes the server still has, in order.

    ``st.file_uploader`` leaves the other files out of what it returns; the session's value under its key does not: a
    message that the browser sent earlier (a click while a file is taken out, or just when the app emptied the box) still
    names them.
    """
    held = st.session_state.get(box) or []
    return [file for file in (held if isinstance(held, list) else [held]) if not isinstance(file, DeletedFile)]
