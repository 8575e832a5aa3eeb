"""A file that was read, as tables and sentences: columns, first rows, sampling, templates, skipped lines, notes, errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pandas as pd

from dashboard.service.reading.forms import HEAD
from dashboard.service.reading.survey import ColumnSurvey, Sampling
from dashboard.texts import Texts, literal
from dashboard.views.frames import frame
from dashboard.views.times import clock, duration
from sparsemix import InputError, TokenSequence
from sparsemix.readers import ReadOptions
from sparsemix.readers.collect import parts_of
from sparsemix.readers.sources import Split
from sparsemix.readers.table import Table

MOST_COLUMNS = 500
"""Columns of a wide table that are listed."""
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp932": "Shift-JIS (CP932)",
    "euc-jp": "EUC-JP",
    "gb18030": "GB 18030",
    "euc-kr": "EUC-KR",
    "cp1252": "Windows-1252",
}
"""Encodings by the names that people know."""
_HEAD_COLUMNS = 40
_CELL = 300
MAX_SKIPPED = 200


def columns(surveys: Sequence[ColumnSurvey], t: Texts) -> pd.DataFrame:
    """Return one row a column, with a range where it holds numbers."""
    rows = [
        (
            survey.name,
            t.plain(f"column_role.{survey.role}"),
            t.plain(f"column_kind.{survey.kind}"),
            survey.missing,
            survey.distinct,
            "" if survey.least is None else f"{survey.least:g} – {survey.most:g}",
            t.plain("unit.join").join(example[:_CELL] for example in survey.examples),
        )
        for survey in surveys[:MOST_COLUMNS]
    ]
    return frame(rows, "reading", ("column", "role", "kind", "missing", "distinct", "range", "examples"), t)


def rows(table: Table) -> pd.DataFrame:
    """Return the first rows of a table, cells as they are."""
    names = table.names[:_HEAD_COLUMNS]
    cells = [[cell[:_CELL] for cell in row.cells[: len(names)]] for row in table.rows[:HEAD]]
    return pd.DataFrame(cells, columns=names)


def events(sequence: TokenSequence, t: Texts) -> pd.DataFrame:
    """Return the first events: line, time in UTC, level, station, and the message that the model reads."""
    rows = [
        (
            event.line,
            "" if event.time is None else clock(event.time),
            event.level or "",
            event.source or "",
            event.message[:_CELL],
        )
        for event in sequence.events[:HEAD]
    ]
    return frame(rows, "reading", ("line", "time", "level", "source", "message"), t)


def sampling(times: Sampling | None, sequence: TokenSequence, t: Texts) -> list[str]:
    """Describe in sentences how the times follow each other; empty where there are no times."""
    if times is None:
        return []
    # Of a log, whose lines come when something happens, a usual step says nothing.
    sentences = [t("reading.step", time=duration(times.step, t))] * (times.step > 0 and sequence.source_format != "log")
    sentences += [t("reading.irregular")] * (times.irregular and sequence.source_format == "csv")
    if times.gaps and sequence.source_format == "csv":
        line = sequence.events[times.after_longest].line
        sentences.append(t("reading.gaps", n=times.gaps, time=duration(times.longest, t), line=line))
    sentences += [t("reading.backwards", n=times.backwards)] * bool(times.backwards)
    untimed = len(sequence) - times.timed
    return sentences + [t("reading.untimed", n=untimed)] * bool(untimed)


def remarks(surveys: Sequence[ColumnSurvey], t: Texts) -> list[str]:
    """Describe what a reader should know of a table: several sequences in it, labels that the model does not see, empty
    cells."""
    sentences = []
    for survey in surveys:
        if survey.role == "sequence_id" and survey.distinct > 1:
            sentences.append(t("reading.sequences", column=survey.name, n=survey.distinct))
        if survey.role == "label":
            sentences.append(t("reading.label_unread", column=survey.name))
    missing = sum(survey.missing for survey in surveys if survey.role in ("feature", "source", "level"))
    return sentences + [t("note.missing_cells", n=missing)] * bool(missing)


def how(options: ReadOptions, t: Texts) -> str:
    """Describe in a line how a file was read: encoding, time zone, roles of columns."""
    parts = [options.encoding.upper()] if options.encoding else []
    if options.time_zone:
        parts.append(t.plain("reading.how_zone", zone=options.time_zone))
    parts += [sources(options.sources, t)] if options.sources else []
    roles = options.columns.payload()
    ignored = roles.pop("ignore", [])
    parts += [f"{t.plain(f'column_role.{role}')}: {name}" for role, name in roles.items() if name]
    if isinstance(ignored, list) and ignored:
        parts.append(f"{t.plain('column_role.ignore')}: {', '.join(str(name) for name in ignored)}")
    return t("reading.how", what=t.plain("unit.join").join(parts)) if parts else ""


def sources(split: Split, t: Texts) -> str:
    """Return how a file is split into sources."""
    return {"one": t.plain("reading.sources_one"), "clock": t.plain("reading.sources_clock")}[split]


def input_message(error: InputError, t: Texts) -> str:
    """Say in the visitor's language what is wrong with the input and what to do."""
    key = f"input.{error.code}"
    sentence = t(key, **error.params) if t.has(key) else t("input.other")
    # The text of the error does not name the file, which may be one of many.
    return f"{literal(str(error.params['file']))}: {sentence}" if "file" in error.params else sentence


def time_span(span: tuple[float, float] | None, t: Texts) -> str:
    """Return the first and last time in UTC, or say that the events have no time."""
    if span is None:
        return t.plain("parsed.no_time")
    try:
        first, last = (datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S") for seconds in span)
    except (OverflowError, ValueError, OSError):  # beyond the calendar's years
        return f"{span[0]:.0f} – {span[1]:.0f} s"
    return f"{first} – {last} UTC"


def skipped(sequence: TokenSequence, t: Texts) -> pd.DataFrame:
    """Return the lines that became no event, without blank ones, with the reason in words."""
    rows = [(line.line, skip_reason(line.reason, t), line.excerpt) for line in sequence.skipped if line.reason != "blank"][
        :MAX_SKIPPED
    ]
    return frame(rows, "parsed", ("line", "reason", "excerpt"), t)


def skip_reason(code: str, t: Texts) -> str:
    """Return a reason in words, or its code where it has no text."""
    return t.plain(f"skip.{code}") if t.has(f"skip.{code}") else code


def skipped_by_reason(skipped: Mapping[str, int], t: Texts) -> list[str]:
    """Say how many lines were skipped for each reason, the most common first."""
    counts = sorted(skipped.items(), key=lambda item: (-item[1], item[0]))
    return [t("parsed.skip_count", n=count, reason=skip_reason(reason, t)) for reason, count in counts]


def notes(codes: tuple[str, ...], t: Texts) -> list[str]:
    """Return notes and warnings in words; each code has a count or names after a colon where there are any."""
    return [_note(code, t) for code in codes]


def _note(note: str, t: Texts) -> str:
    code, values = parts_of(note)
    return t(f"note.{code}", **values) if t.has(f"note.{code}") else t("note.unknown", code=note)
