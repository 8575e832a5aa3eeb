"""How a file is read, as tables and sentences: its columns, its first rows, how its times follow each other."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.service.decide.reading_settings import HEAD
from dashboard.texts import Texts
from dashboard.views.times import clock, duration
from sparsemix import TokenSequence
from sparsemix.readers import ReadOptions
from sparsemix.readers.survey import ColumnSurvey, Sampling
from sparsemix.readers.table import Table

MOST_COLUMNS = 500
"""Of a wide table, how many are listed."""
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


def columns(surveys: Sequence[ColumnSurvey], t: Texts) -> pd.DataFrame:
    """One row a column; a range only of numbers."""
    rows = [
        (
            one.name,
            t.plain(f"column_role.{one.role}"),
            t.plain(f"column_kind.{one.kind}"),
            one.unit,
            one.missing,
            one.distinct,
            "" if one.least is None else f"{one.least:g} – {one.most:g}",
            t.plain("unit.join").join(example[:_CELL] for example in one.examples),
        )
        for one in surveys[:MOST_COLUMNS]
    ]
    names = ("column", "role", "kind", "unit", "missing", "distinct", "range", "examples")
    return pd.DataFrame(rows, columns=[t.plain(f"reading.{name}") for name in names])


def rows(table: Table) -> pd.DataFrame:
    """The first rows of a table, cells as they are."""
    names = table.names[:_HEAD_COLUMNS]
    cells = [[cell[:_CELL] for cell in row.cells[: len(names)]] for row in table.rows[:HEAD]]
    return pd.DataFrame(cells, columns=names)


def events(sequence: TokenSequence, t: Texts) -> pd.DataFrame:
    """The first events: line, time in UTC, level, station, and what the model reads."""
    made = [
        (one.line, "" if one.time is None else clock(one.time), one.level or "", one.source or "", one.message[:_CELL])
        for one in sequence.events[:HEAD]
    ]
    names = ("line", "time", "level", "source", "message")
    return pd.DataFrame(made, columns=[t.plain(f"reading.{name}") for name in names])


def sampling(found: Sampling | None, sequence: TokenSequence, t: Texts) -> list[str]:
    """How the times follow each other, in sentences; nothing where there are no times."""
    if found is None:
        return []
    said = [t("reading.step", time=duration(found.step, t))] if found.step else []
    said += [t("reading.irregular")] * (found.irregular and sequence.source_format == "csv")
    if found.gaps and sequence.source_format == "csv":
        line = sequence.events[found.after_longest].line
        said.append(t("reading.gaps", n=found.gaps, time=duration(found.longest, t), line=line))
    said += [t("reading.backwards", n=found.backwards)] * bool(found.backwards)
    untimed = len(sequence) - found.timed
    return said + [t("reading.untimed", n=untimed)] * bool(untimed)


def remarks(surveys: Sequence[ColumnSurvey], t: Texts) -> list[str]:
    """What is to be known of a table: several sequences in it, labels that the model does not see, cells that hold nothing."""
    said = []
    for one in surveys:
        if one.role == "sequence_id" and one.distinct > 1:
            said.append(t("reading.sequences", column=one.name, n=one.distinct))
        if one.role == "label":
            said.append(t("reading.label_unread", column=one.name))
    missing = sum(one.missing for one in surveys if one.role in ("feature", "source", "level"))
    return said + [t("reading.missing_cells", n=missing)] * bool(missing)


def how(options: ReadOptions, t: Texts) -> str:
    """How a file was read, in a line: encoding, zone, roles of columns."""
    parts = [options.encoding.upper()] if options.encoding else []
    if options.time_zone:
        parts.append(t.plain("reading.how_zone", zone=options.time_zone))
    said = options.columns.payload()
    ignored = said.pop("ignore", [])
    parts += [f"{t.plain(f'column_role.{role}')}: {name}" for role, name in said.items() if name]
    if isinstance(ignored, list) and ignored:
        parts.append(f"{t.plain('column_role.ignore')}: {', '.join(str(name) for name in ignored)}")
    return t("reading.how", what=t.plain("unit.join").join(parts)) if parts else ""
