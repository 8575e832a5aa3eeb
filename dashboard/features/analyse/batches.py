"""Several files together: what was read from each, one run over all of them, and what was decided."""

from __future__ import annotations

import streamlit as st

from audit import Access, DecisionFilter, DecisionSummary
from dashboard.features.analyse import file_choice
from dashboard.features.analyse.views import batch as views
from dashboard.service.common.sources import source_of
from dashboard.service.common.worker import Progress
from dashboard.service.decide.pipeline import analyse
from dashboard.service.decide.reading_settings import remembered
from dashboard.service.decide.several_files import MAX_FILES, FileState, UploadBatch, analyse_all
from dashboard.shared import cache, failures, jobs, session
from dashboard.shared.decision import decision_choice
from dashboard.shared.jobs import Slot
from dashboard.texts import Texts, literal


def slot(batch: UploadBatch) -> Slot:
    """Return where the batch's job runs."""
    return Slot("batch", batch.id, sum(file.size for file in batch.waiting()))


def under_way(batch: UploadBatch | None) -> bool:
    """Return whether the batch's job waits or runs."""
    return batch is not None and jobs.under_way(slot(batch))


def show(batch: UploadBatch, access: Access, t: Texts) -> None:
    """Show the files with what became of each, and what can be done next."""
    _read(batch, access, t)
    with st.container(border=True, key="batch"):
        st.markdown(t("batch.title", n=len(batch.files)))
        # Asked before the job is watched: a job that ends in between must not be offered again.
        busy = under_way(batch)
        stopped = t("batch.cancelled", done=len(batch.decided()), left=len(batch.waiting()))
        jobs.watch(slot(batch), t, cancelled=stopped, draw_beside=lambda: _growing(batch, access, session.texts()))
        if busy:
            return
        if batch.finished and file_choice.empty_box():
            st.rerun()
        failures.show_deferred(t)
        _messages(batch, t)
        _table(batch, access, t)
        _next(batch, access, t)


def _read(batch: UploadBatch, access: Access, t: Texts) -> None:
    """Read the files that were not read yet; a run that is cut short leaves the rest to the next one."""
    unread = batch.unread()
    if not unread:
        return
    bar = st.progress(0.0)
    for number, file in enumerate(unread):
        bar.progress(number / len(unread), t("batch.reading", number=number + 1, of=len(unread), name=file.name))
        file.read(lambda name: remembered(access, source_of(name)))
        before = access.find(DecisionFilter(input_sha256=file.sha256), limit=1).summaries
        file.before = before[0].decision.ended_at if before else ""
    bar.empty()


def _messages(batch: UploadBatch, t: Texts) -> None:
    """Say how many were decided, and what went wrong, in sentences: few people read a column of a table."""
    count = {state: [file for file in batch.files if file.state is state] for state in FileState}
    if done := count[FileState.DECIDED]:
        text = t("batch.done", done=len(done), n=len(batch.files))
        st.success(text, icon=":material/check_circle:") if batch.finished else st.caption(text)
    left_out = [*count[FileState.UNREADABLE], *count[FileState.TOO_MANY], *count[FileState.TOO_LARGE]]
    if left_out:
        lines = [f"- **{literal(file.name)}:** {literal(views.remark(file, t))}" for file in left_out]
        more = [t("batch.more", n=len(lines) - views.MAX_SAID)] if len(lines) > views.MAX_SAID else []
        head = t("batch.left_out", n=len(left_out), of=len(batch.files))
        st.warning("\n".join([head, "", *lines[: views.MAX_SAID], *more]), icon=":material/warning:")
    if same := count[FileState.SAME]:
        names = [file.name for file in same[: views.MAX_SAID]] + ["…"] * (len(same) > views.MAX_SAID)
        st.info(t("batch.same_once", names=t.plain("unit.join").join(names)), icon=":material/content_copy:")
    failed = {str(file.error): file for file in count[FileState.FAILED]}
    for file in list(failed.values())[: views.MAX_SAID]:
        if file.error is not None:
            failures.show(file.error, t, error_id=file.error_id)


def _growing(batch: UploadBatch, access: Access, t: Texts) -> None:
    decision_choice.plain_table(views.table(batch.files, _summaries(batch, access), t), t)


def _table(batch: UploadBatch, access: Access, t: Texts) -> None:
    summaries = _summaries(batch, access)
    table = views.table(batch.files, summaries, t)
    if not summaries:
        decision_choice.plain_table(table, t)
        return
    rows = [summaries.get(file.decision_id or "") for file in batch.files]
    # Rows are chosen by their place: a new key clears the choice when rows change.
    decision_choice.choose_in_table(table, rows, f"batch_{batch.id}_{len(rows)}_{len(summaries)}", t)


def _next(batch: UploadBatch, access: Access, t: Texts) -> None:
    waiting = batch.waiting()
    with st.container(horizontal=True):
        if waiting:
            events = sum(file.facts.events for file in waiting if file.facts)
            st.button(
                t("batch.start", n=len(waiting), of=len(batch.files), events=events),
                key="start_batch",
                type="primary",
                icon=":material/play_arrow:",
                on_click=_start,
                args=(batch, access, session.jobs()),
            )
        st.button(t("batch.put_away"), key="batch_put_away", icon=":material/close:", on_click=_put_away)


def _start(batch: UploadBatch, access: Access, ids: dict[str, str]) -> None:
    """Hand the waiting files to the worker. What the work needs is fetched here, because a thread has no session."""
    files = batch.waiting()
    if not files:
        return
    with failures.deferred():
        model, seen = cache.model(), cache.seen()

        def decide(data: bytes, name: str, progress: Progress) -> str:
            options = remembered(access, source_of(name))
            return analyse(data, name, model=model, access=access, progress=progress, seen=seen, options=options)

        jobs.start(slot(batch), lambda progress: analyse_all(files, decide, progress), ids=ids)


def _summaries(batch: UploadBatch, access: Access) -> dict[str, DecisionSummary]:
    """Return the batch's decisions as they stand now."""
    ids = tuple(file.decision_id for file in batch.decided() if file.decision_id)
    summaries = access.find(DecisionFilter(ids=ids), limit=MAX_FILES).summaries if ids else []
    return {summary.decision.id: summary for summary in summaries}


def _put_away() -> None:
    file_choice.empty_box()
    session.put_away()
