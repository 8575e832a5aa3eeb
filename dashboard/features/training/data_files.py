"""The data set to learn from: uploaded files, or a made-up data set; what its columns are, and what was read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from zlib import crc32

import streamlit as st

from audit import Access
from dashboard.features.training.views import data_set
from dashboard.service.common.decision_details import details_of
from dashboard.service.decide.pipeline import reading_of
from dashboard.service.reading.data_sets import MAX_FILES, MAX_TOTAL_MB, DataSetFacts, File
from dashboard.service.training.own_data import OwnData, sample
from dashboard.shared import display, failures, session
from dashboard.shared.files import reading_memory, reading_preview
from dashboard.texts import Texts
from dashboard.views import reading
from sparsemix.readers import ReadOptions

TYPES = ["jsonl", "json", "ndjson", "csv", "tsv", "parquet", "xlsx", "log", "txt", "xml", "gz", "zip"]
MAX_UPLOAD_MB = 64
LEARN_FROM = "learn_from"
"""In the address: the decision whose file is to be learned from."""
_GIVEN = "data_given"
_TOO_MUCH = ("too_many_files", "too_large", "too_many_columns")
"""Errors after which no preview is shown: fields for a million columns would take minutes."""


@dataclass(frozen=True, slots=True)
class LinkedFile:
    """The file of a decision that a link asked to learn from, its source, and how it was read."""

    file: File
    origin: str
    options: ReadOptions


def take_from_link(access: Access) -> None:
    """Choose the file of the decision that the link to this page asked to learn from. Raises `AuditError`."""
    id = st.query_params.get(LEARN_FROM)
    if id is None:
        return
    # Once: from here on the page goes by what is chosen on it.
    del st.query_params[LEARN_FROM]
    decision = access.decision(id)
    file = (decision.input_name, access.blob(decision.input_sha256))
    st.session_state[_GIVEN] = LinkedFile(file, details_of(decision).source, reading_of(decision))
    _put_together(())


def choose(t: Texts) -> None:
    """Let the visitor upload files or take the made-up data, and put the choice into the session."""
    given = _given()
    if given is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(t("data.given", name=given.file[0]), width="stretch")
            st.button(t("data.give_back"), key="data_give_back", icon=":material/close:", on_click=_give_back)
    st.file_uploader(
        t("data.upload"),
        type=TYPES,
        key="data_files",
        max_upload_size=MAX_UPLOAD_MB,
        accept_multiple_files=True,
        on_change=_take_uploads,
        help=t("data.upload_help", files=MAX_FILES, total=MAX_TOTAL_MB),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t("data.no_file"), width="content")
        st.button(t("data.sample"), key="data_sample", icon=":material/factory:", on_click=_take_sample)


def in_view() -> OwnData | None:
    """Return the data set that is looked at."""
    own_data: OwnData | None = st.session_state.get("own_data")
    return own_data


def show(own_data: OwnData, access: Access, t: Texts) -> DataSetFacts | None:
    """Show what was read, or why nothing was; return the facts of the data set if it can be used."""
    options = reading_memory.read_options(own_data, access, t)
    with st.spinner(t("stage.read")):
        facts = own_data.read(options).facts
    if own_data.error is None or own_data.error.code not in _TOO_MUCH:
        chosen = reading_preview.data_set(own_data, access, t)
        if chosen != options:
            own_data.options = chosen
            st.rerun()
    _labels(own_data, t)
    if facts is None:
        st.text(", ".join(name for name, _ in own_data.files[:5]))
        if own_data.error is not None:
            failures.show(own_data.error, t)
        if own_data.asks:
            _normal_words(own_data, t)
        else:
            st.caption(t("data.nothing_read"))
        return None
    if own_data.asks:
        _normal_words(own_data, t)
    with st.container(border=True, key="data_set"):
        _facts(facts, t)
    return facts


def _labels(own_data: OwnData, t: Texts) -> None:
    """Show the field for labels in a separate file; each data set has its own field."""
    key = f"data_labels_{own_data.id}"
    st.file_uploader(
        t("data.label_file"),
        type=["csv", "tsv", "parquet", "xlsx"],
        key=key,
        max_upload_size=MAX_UPLOAD_MB,
        on_change=_take_labels,
        args=(own_data, key),
        help=t("data.label_file_help"),
    )


def _take_labels(own_data: OwnData, key: str) -> None:
    files = session.uploaded(key)
    own_data.label_by((files[0].name, files[0].getvalue()) if files else None)


def _normal_words(own_data: OwnData, t: Texts) -> None:
    """Ask which labels mean normal; a change is taken at once."""
    words = own_data.words
    picked = st.multiselect(
        t("data.normal_words"),
        words,
        default=own_data.normal or (),
        # The same field as long as the same words are on the labels.
        key=f"data_normal_{own_data.id}_{crc32(json.dumps(words).encode()):08x}",
        placeholder=t("data.normal_none"),
        help=t("data.normal_words_help"),
    )
    if tuple(picked) != (own_data.normal or ()):
        own_data.take_as_normal(tuple(picked))
        st.rerun()


def _facts(facts: DataSetFacts, t: Texts) -> None:
    st.markdown(t("parsed.file", name=facts.name))
    columns = st.columns(4)
    columns[0].metric(t("word.sequences"), f"{facts.sequences:,}")
    columns[1].metric(t("word.events"), f"{facts.events:,}")
    columns[2].metric(
        t("data.length"),
        f"{facts.shortest:,} · {facts.median:,} · {facts.longest:,}",
        help=t("data.lengths_help"),
    )
    columns[3].metric(t("data.labelled"), f"{facts.labelled:,}")
    remarks = [data_set.lead(facts, t)]
    if facts.steps:
        remarks.append(t("data.steps", marked=facts.marked, steps=facts.steps))
    st.caption("  \n".join([*remarks, *reading.notes(facts.notes, t)]))
    if facts.labels:
        with st.expander(t("training.task_label")):
            display.table(t, data_set.labels(facts, t), "labels", width="content")


def _take_uploads() -> None:
    _put_together(tuple((file.name, file.getvalue()) for file in session.uploaded("data_files")))


def _put_together(uploads: tuple[File, ...]) -> None:
    """Learn from the uploaded files, and from the file that a link gave, unless it was uploaded once more."""
    given = _given()
    if given is None:
        st.session_state["own_data"] = OwnData(uploads) if uploads else None
        return
    files = uploads if given.file in uploads else (given.file, *uploads)
    st.session_state["own_data"] = OwnData(files, origin=given.origin, options=given.options)


def _given() -> LinkedFile | None:
    given: LinkedFile | None = st.session_state.get(_GIVEN)
    return given


def _give_back() -> None:
    st.session_state[_GIVEN] = None
    _take_uploads()


def _take_sample() -> None:
    st.session_state[_GIVEN] = None
    st.session_state["own_data"] = OwnData((sample(),))
