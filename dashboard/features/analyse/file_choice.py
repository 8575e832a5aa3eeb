"""Choosing files, and what was read from one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from audit import Access, DecisionFilter
from dashboard.service.common.names import display_name
from dashboard.service.common.worker import Progress, State
from dashboard.service.decide.pipeline import LoadedDecision, reading_of
from dashboard.service.decide.several_files import MAX_FILES, MAX_TOTAL_MB, Upload, UploadBatch, is_archive
from dashboard.service.reading.reader import Preview, preview
from dashboard.shared import cache, display, failures, jobs, navigation, session
from dashboard.shared.files import reading_memory, reading_preview
from dashboard.shared.jobs import Slot
from dashboard.shared.session import ChosenFile
from dashboard.texts import Texts
from dashboard.views import reading
from dashboard.views.reading import how, remarks, sampling
from dashboard.views.times import whole_duration
from dashboard.views.verdict import moment
from sparsemix import TokenSequence
from sparsemix.readers import Limits, ReadOptions

TYPES = ["log", "txt", "xml", "csv", "tsv", "jsonl", "json", "ndjson", "parquet", "xlsx", "gz", "zip"]
SAMPLES = {"faulty": "faulty.log", "web": "web.log", "sensors": "sensors.csv", "healthy": "healthy.log", "long": "long.log.gz"}
MAX_UPLOAD_MB, MAX_EVENTS = Limits().max_bytes // 1_000_000, Limits().max_events
_AT_ONCE = 2_000_000  # bytes that are read within half a second


StartAnalysis = Callable[[ChosenFile, Access, dict[str, str]], None]
"""Begins the analysis of a file: ``page.start``."""


def slot(file: ChosenFile) -> Slot:
    """Return where the file is analysed."""
    return Slot("analyse", file.id, len(file.data))


def choose(access: Access, start: StartAnalysis, t: Texts, *, slim: bool, disabled: bool = False) -> None:
    """Let the visitor upload files, or have a sample analysed, and put the choice into the session.

    ``slim``: in a bar, the samples behind a button, else both side by side; ``disabled`` while several files are analysed.
    """
    if slim:
        with st.container(horizontal=True, vertical_alignment="center", key="intake"):
            _upload(t, disabled=disabled, label_visibility="collapsed")
            with st.popover(t("analyse.samples"), width="content"):
                _samples(access, start, t, disabled=disabled)
        return
    with st.container(key="split_intake"):
        own, sample = st.columns(2)
    with own, st.container(border=True, height="stretch", key="own_file"):
        _upload(t, disabled=disabled)
    with sample, st.container(border=True, height="stretch", key="samples"):
        st.markdown(t("analyse.samples"))
        _samples(access, start, t, disabled=disabled)


def in_brief(loaded: LoadedDecision, t: Texts) -> None:
    """Show in a line which file was decided on; all that is known of how it was read unfolds from it."""
    sequence = loaded.sequence
    with st.expander(" · ".join([t("parsed.file", name=sequence.name), *(value for _, value in _read_facts(sequence, t))])):
        _facts(sequence, [how(reading_of(loaded.summary.decision), t)], t)
        _skipped(sequence, t)


def another(access: Access, start: StartAnalysis, t: Texts, *, beside: str) -> None:
    """Show the button behind which another file is chosen. ``beside``: the file or decision that is looked at; with the next
    one the box is closed again."""
    with st.popover(t("analyse.another"), icon=":material/upload_file:", width="content", key=f"another_file_{beside}"):
        _upload(t)
        _samples(access, start, t)


def show(source: ChosenFile, access: Access, t: Texts, *, judged: bool) -> TokenSequence | None:
    """Show what was read from a file that is not decided yet, or why it cannot be used, with fields to correct how it is read;
    return the sequence if it can be used. ``judged``: it is being judged as it was read, so nothing is corrected meanwhile."""
    options = reading_memory.read_options(source, access, t)
    read = _read(source, options, t)
    if read is None:
        return None
    with st.container(border=True, key="parsed"):
        if read.sequence is None:
            st.markdown(t("parsed.file", name=display_name(source.name)))
            if read.error is not None:
                failures.show(read.error, t)
        else:
            st.markdown(t("parsed.file", name=read.sequence.name))
            _facts(read.sequence, [*sampling(read.sampling, read.sequence, t), *remarks(read.columns, t)], t)
            _decided_before(source, access, t)
        chosen = options if judged else reading_preview.file(source, read, access, t)
        if read.sequence is not None:
            _skipped(read.sequence, t)
    if chosen != options:
        source.options = chosen
        st.rerun()
    return read.sequence


def _read(source: ChosenFile, options: ReadOptions, t: Texts) -> Preview | None:
    """Return what was read of a file; None while a long one is being read, which is shown and can be stopped."""
    known = source.preview
    if len(source.data) <= _AT_ONCE or (known is not None and known.requested == options):
        with st.spinner(t("stage.read")):
            return source.read(options)
    # The process that reads has turns of its own; here it waits behind no long analysis.
    place, work = Slot("read", f"{source.id}_{hash(options)}", size=0), partial(_read_all, source, options)
    # What was read by these options before may have made room for what was read by others.
    if (current := jobs.job(place)) is not None and current.state is State.DONE:
        with failures.contained(t):
            jobs.start(place, work)
    jobs.begin(place, t, work, key="read_again")
    current = jobs.job(place)
    return None if current is None or current.state is not State.DONE else source.preview


def _read_all(source: ChosenFile, options: ReadOptions, *, progress: Progress) -> None:
    # Not the job's result: finished jobs are remembered, and this may be half a gigabyte.
    source.preview = preview(source.data, source.name, options, lambda share: progress(share, "read"))


def empty_box() -> bool:
    """Begin with an empty box, and return whether something lay in it. The server then frees the bytes of what lay in it."""
    ids: list[str] = st.session_state.pop("in_box", [])
    context = get_script_run_ctx()
    if not ids or context is None:
        return False
    st.session_state["boxes"] = st.session_state.get("boxes", 0) + 1
    # Streamlit itself keeps what a box held until the session ends.
    if isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        for id in ids:
            context.uploaded_file_mgr.remove_file(context.session_id, id)
    return True


def _decided_before(source: ChosenFile, access: Access, t: Texts) -> None:
    """Say so when the record has a decision on exactly these bytes."""
    before = access.find(DecisionFilter(input_sha256=source.sha256), limit=1).summaries
    if before:
        decision = before[0].decision
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info(t("reading.again", time=moment(decision.ended_at)), icon=":material/history:")
            navigation.link("analyse", t("reading.open"), {"decision": decision.id}, icon=":material/open_in_new:")


def _read_facts(sequence: TokenSequence, t: Texts) -> list[tuple[str, str]]:
    """Return name and value of what is said of every file."""
    span = sequence.time_span
    return [
        (t("parsed.events"), t("parsed.events_n", n=len(sequence))),
        (t("parsed.span"), whole_duration(span[1] - span[0], t) if span else "–"),
        (t("parsed.format"), t(f"format.{sequence.source_format}")),
        (t("reading.encoding"), sequence.encoding.upper()),
    ]


def _facts(sequence: TokenSequence, more: list[str], t: Texts) -> None:
    for column, (name, value) in zip(st.columns(4), _read_facts(sequence, t), strict=True):
        column.metric(name, value)
    lines = [t("parsed.from_to", span=reading.time_span(sequence.time_span, t)), *more]
    lines += [*reading.skipped_by_reason(sequence.skipped_counts, t), *reading.notes(sequence.notes, t)]
    st.caption("  \n".join(filter(None, lines)))


def _skipped(sequence: TokenSequence, t: Texts) -> None:
    skipped = reading.skipped(sequence, t)
    if len(skipped):
        with st.expander(t("parsed.skipped", n=len(skipped))):
            display.table(t, skipped, "skipped_lines")


def _upload(t: Texts, *, disabled: bool = False, **options: Any) -> None:
    box = _box()
    st.file_uploader(
        t("analyse.upload", files=MAX_FILES),
        type=TYPES,
        key=box,
        max_upload_size=MAX_UPLOAD_MB,
        accept_multiple_files=True,
        on_change=_take_uploads,
        args=(box,),
        help=t("analyse.upload_help", most=MAX_UPLOAD_MB, events=MAX_EVENTS, files=MAX_FILES, total=MAX_TOTAL_MB),
        disabled=disabled,
        **options,
    )


def _samples(access: Access, start: StartAnalysis, t: Texts, *, disabled: bool = False) -> None:
    for name, file in SAMPLES.items():
        if (cache.SAMPLES / file).is_file():
            button, planted = st.columns([2, 3], vertical_alignment="center")
            button.button(
                t(f"sample.{name}"),
                key=f"sample_{name}",
                icon=":material/play_arrow:",
                width="stretch",
                on_click=_take_sample,
                args=(file, start, access),
                disabled=disabled,
            )
            planted.caption(t(f"sample.{name}_planted"))


def _box() -> str:
    return f"upload_{st.session_state.get('boxes', 0)}"


def _take_uploads(box: str) -> None:
    # For a file that was not written to, this returns the bytes that the server keeps, and no copy.
    uploads = [Upload(file.file_id, file.name, file.getvalue()) for file in session.uploaded(box)]
    if not uploads and box != _box():
        # The app emptied that box, not the person: its files were decided and stay in view.
        return
    before: list[str] = st.session_state.get("in_box", [])
    st.session_state["in_box"] = now = [upload.id for upload in uploads]
    batch = session.batch()
    if batch is not None and not batch.finished:
        added = [upload for upload in uploads if upload.id not in before]
        batch.add(added)
        # After a visit to another page the box is empty, and its earlier files must not be lost with the next file.
        if not added:
            batch.remove(set(before).difference(now))
        if not batch.files:
            session.put_away()
    elif not uploads:
        session.put_away()
    elif len(uploads) == 1 and not is_archive(uploads[0].name):
        session.take(uploads[0].name, uploads[0].data)
    else:
        current = session.chosen_file()
        if current is not None and (id := session.job_id(slot(current).key)) is not None:
            # The file is analysed with the others from now on.
            cache.worker().cancel(id)
        batch = UploadBatch()
        batch.add(uploads)
        session.take_batch(batch)


def _take_sample(file: str, start: StartAnalysis, access: Access) -> None:
    """Have a sample analysed at once: how it is read needs no correction."""
    session.take(file, (cache.SAMPLES / file).read_bytes())
    taken = session.chosen_file()
    if taken is not None:
        start(taken, access, session.jobs())
