"""Choosing a file, and what was read from it."""

from __future__ import annotations

import streamlit as st

from dashboard import resources, session
from dashboard.components import failures, tables
from dashboard.pipeline import display_name
from dashboard.session import Source
from dashboard.texts import Texts
from dashboard.views import parsed
from sparsemix import TokenSequence

TYPES = ["log", "txt", "csv", "tsv", "jsonl", "json", "gz"]
SAMPLES = {"healthy": "healthy.log", "faulty": "faulty.log", "long": "long.log.gz"}
MAX_UPLOAD_MB = 64


def choose(t: Texts) -> None:
    """Upload a file or take a sample; the choice lands in the session."""
    st.file_uploader(
        t("analyse.upload"),
        type=TYPES,
        key="upload",
        max_upload_size=MAX_UPLOAD_MB,
        on_change=_take_upload,
        help=t("analyse.upload_help"),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t("analyse.samples"), width="content")
        for name, file in SAMPLES.items():
            if (resources.SAMPLES / file).is_file():
                st.button(
                    t(f"analyse.sample_{name}"),
                    key=f"sample_{name}",
                    icon=":material/description:",
                    on_click=_take_sample,
                    args=(file,),
                )


def show(source: Source, t: Texts) -> TokenSequence | None:
    """What was read from the file, or why it cannot be used; the sequence if it can."""
    with st.spinner(t("parsed.reading")):
        found = source.read()
    if found.sequence is None:
        st.text(display_name(source.name))
        if found.error is not None:
            failures.show(found.error, t)
        return None
    with st.container(border=True, key="parsed"):
        _facts(found.sequence, t)
    return found.sequence


def _facts(sequence: TokenSequence, t: Texts) -> None:
    st.markdown(t("parsed.file", name=sequence.name))
    facts = st.columns(4)
    facts[0].metric(t("parsed.events"), t("parsed.events_n", n=len(sequence)))
    span = sequence.time_span
    facts[1].metric(t("parsed.span"), parsed.duration(span[1] - span[0], t) if span else "–")
    facts[2].metric(t("parsed.format"), t(f"format.{sequence.source_format}"))
    facts[3].metric(t("parsed.encoding"), sequence.encoding.upper())
    remarks = [t("parsed.from_to", span=parsed.time_span(span, t))]
    remarks += [*parsed.skipped_summary(sequence, t), *parsed.notes(sequence.notes, t)]
    st.caption("  \n".join(remarks))
    with st.expander(t("parsed.templates", n=parsed.TOP_TEMPLATES)):
        share = t.plain("parsed.share")
        tables.show(
            t,
            parsed.templates(sequence, t),
            "templates",
            column_config={
                share: st.column_config.NumberColumn(format="%.1f %%"),
                t.plain("parsed.template"): st.column_config.TextColumn(help=t.plain("glossary.template")),
            },
        )
    skipped = parsed.skipped(sequence, t)
    if len(skipped):
        with st.expander(t("parsed.skipped", n=len(skipped))):
            tables.show(t, skipped, "skipped_lines")


def _take_upload() -> None:
    file = st.session_state.get("upload")
    if file is None:
        session.put_away()
    else:
        session.take(file.name, file.getvalue())


def _take_sample(file: str) -> None:
    session.take(file, (resources.SAMPLES / file).read_bytes())
