"""How a file or a data set is read: the guess, shown with the first rows as they are read, and fields to correct it.

Analyse reads a file by what ``file`` returns, Data & training a data set by what ``data_set`` returns. When the returned
options differ from those it was read by, somebody has corrected them: read it again, and run again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import get_args
from zlib import crc32
from zoneinfo import available_timezones

import streamlit as st

from audit import Access
from dashboard.service.reading.reader import Preview, preview_data_set
from dashboard.service.reading.survey import ColumnSurvey
from dashboard.service.training.own_data import OwnData
from dashboard.shared import display
from dashboard.shared.files import reading_memory
from dashboard.shared.files.reading_memory import FileSource
from dashboard.shared.session import ChosenFile
from dashboard.texts import Texts
from dashboard.views import reading as view
from sparsemix.readers import Columns, ReadOptions
from sparsemix.readers.columns import SINGLE_ROLES
from sparsemix.readers.options import UTC_NAME
from sparsemix.readers.sources import Split
from sparsemix.readers.table import Table
from sparsemix.readers.text import ENCODINGS

_GUESS, _NONE = "\0guess", "\0none"
_NO_TEXT = (".parquet", ".xlsx")


def file(source: ChosenFile, read: Preview, access: Access, t: Texts) -> ReadOptions:
    """Show how a file is read, with fields to correct it and its source, and buttons to remember or forget it for the
    source.

    Returns what the fields say; when it differs from ``read.requested``, somebody has just corrected it. Raises the errors
    of reading the record.
    """
    reading_memory.show_remembered(source, access, t, fits=read.error is None)
    key = f"read_{source.id}_{source.round}"
    with _corrected(source, read, read.requested, (source.name,), access, key, t) as chosen:
        if read.head is not None and read.sequence is not None and read.sequence.source_format == "csv":
            show_rows(read.head, key=key, t=t)
        elif read.sequence is not None:
            st.caption(t("reading.first_rows"))
            display.table(t, view.events(read.sequence, t), "read_rows", key=f"{key}_rows", height=250)
    return chosen


def data_set(data: OwnData, access: Access, t: Texts) -> ReadOptions:
    """Show the columns of the first table of a data set and its first rows, with fields to say what they are, and its
    source with buttons to remember or forget that.

    Returns what the fields say; when it differs from what the data set was read by, somebody has just corrected it. Files
    that are no tables have an encoding and a time zone only. Errors in the data are shown by the code that reads all files.
    """
    preview_key, options = f"read_preview_{data.id}", data.asked
    read = st.session_state.get(preview_key)
    if not isinstance(read, Preview) or read.requested != options:
        read = st.session_state[preview_key] = preview_data_set(data.files, options)
    reading_memory.show_remembered(data, access, t, fits=data.error is None)
    key = f"{data.id}_{data.round}"
    with _corrected(data, read, options, [name for name, _ in data.files], access, key, t) as chosen:
        if read.head is not None:
            show_rows(read.head, key=key, t=t)
    return chosen


@contextmanager
def _corrected(
    source: FileSource, read: Preview, options: ReadOptions, files: Sequence[str], access: Access, key: str, t: Texts
) -> Iterator[ReadOptions]:
    """Show the fields of what was read by these options, and hand on what they say; what is drawn inside stands below."""
    with st.expander(t("reading.title"), icon=":material/tune:", expanded=read.error is not None):
        st.caption(t("reading.lead"))
        reading_memory.origin_field(source, access, t)
        text = not all(name.lower().endswith(_NO_TEXT) for name in files)
        names = read.head.names if read.head else ()
        chosen = fields(options, read.options or ReadOptions(), names, key=key, t=t, text=text)
        if read.sequence is not None and read.sequence.source_format != "csv":
            chosen = replace(chosen, sources=_sources(options, key, t))
        reading_memory.buttons(source, options, access, t)
        if read.columns:
            show_columns(read.columns, key=key, t=t)
        yield chosen


def fields(
    chosen: ReadOptions, settled: ReadOptions, names: Sequence[str], *, key: str, t: Texts, text: bool = True
) -> ReadOptions:
    """Show fields for encoding (of a ``text``), time zone and the roles of columns with these ``names``; return what they
    say now.

    ``chosen``: what somebody chose before; ``settled``: the settings that resulted, shown as the guess where nothing was
    chosen.
    """
    encoding, zone = chosen.encoding, chosen.time_zone
    with st.container(horizontal=True):
        if text:
            name = f"{key}_encoding"
            encoding = _choice(
                t("reading.encoding"), chosen.encoding, settled.encoding, ENCODINGS, name, t, shown=view.ENCODINGS
            )
        zone = st.selectbox(
            t("reading.time_zone"),
            time_zones(),
            index=time_zones().index(chosen.time_zone or UTC_NAME),
            key=f"{key}_time_zone",
            help=t("reading.time_zone_help"),
        )
    if not names:
        return ReadOptions(encoding, _unless_default(zone, chosen.time_zone), chosen.columns, sources=chosen.sources)
    roles: dict[str, str | None] = {}
    columns = st.columns(3)
    for place, role in enumerate(SINGLE_ROLES):
        with columns[place % 3]:
            before, guess = getattr(chosen.columns, role), getattr(settled.columns, role)
            about = t(f"reading.{role}_help") if role in ("clock", "message") else None
            roles[role] = _choice(t(f"column_role.{role}"), before, guess, names, f"{key}_{role}", t, about=about)
    ignored = st.multiselect(
        t("reading.ignore"),
        [*names, *(name for name in chosen.columns.ignore if name not in names)],
        default=list(chosen.columns.ignore),
        key=f"{key}_ignore_{_crc(names)}",
        placeholder=t("reading.none"),
        help=t("reading.ignore_help"),
    )
    return ReadOptions(
        encoding, _unless_default(zone, chosen.time_zone), Columns(**roles, ignore=tuple(ignored)), sources=chosen.sources
    )


def _sources(chosen: ReadOptions, key: str, t: Texts) -> Split | None:
    """Show the field for how a file is split into sources, and return what it says."""
    splits = {split: view.sources(split, t) for split in get_args(Split)}
    label, about = t("reading.sources"), t("reading.sources_help")
    picked = _choice(label, chosen.sources, None, list(splits), f"{key}_sources", t, about=about, shown=splits)
    return next((split for split in get_args(Split) if split == picked), None)


def show_columns(surveys: Sequence[ColumnSurvey], *, key: str, t: Texts) -> None:
    """Show what every column holds."""
    shown = min(len(surveys), view.MOST_COLUMNS)
    whole = shown == len(surveys)
    st.caption(t("reading.columns", n=len(surveys)) if whole else t("reading.some_columns", shown=shown, n=len(surveys)))
    display.table(t, view.columns(surveys, t), "read_columns", key=f"{key}_columns", height="content" if shown <= 10 else 380)


def show_rows(table: Table, *, key: str, t: Texts) -> None:
    """Show the first rows of a table."""
    st.caption(t("reading.first_rows"))
    display.table(t, view.rows(table), "read_rows", key=f"{key}_rows", height=250)


def _choice(
    label: str,
    chosen: str | None,
    guess: str | None,
    values: Sequence[str],
    key: str,
    t: Texts,
    *,
    about: str | None = None,
    shown: Mapping[str, str] | None = None,
) -> str | None:
    """Show a field, and return the chosen value; None for the guess. ``about``: the help of the field; ``shown``: names to
    show the values by. Without such names the field also offers "none", which is returned as an empty text."""
    # A chosen value stays visible where it does not fit.
    words_of = shown or {}
    options = [_GUESS, *([] if words_of else [_NONE]), *values, *([chosen] if chosen and chosen not in values else [])]
    guess_words = t.plain("reading.none") if guess == "" else guess and words_of.get(guess, guess)
    guessed = (
        t.plain("reading.guess") if guess_words is None or chosen is not None else t.plain("reading.guessed", value=guess_words)
    )
    words = {_GUESS: guessed, _NONE: t.plain("reading.none"), **words_of}
    current = _GUESS if chosen is None else chosen or _NONE
    picked = st.selectbox(
        label,
        options,
        index=options.index(current),
        format_func=lambda value: words.get(value, value),
        key=f"{key}_{_crc(values)}",
        help=about,
    )
    return None if picked == _GUESS else "" if picked == _NONE else picked


def _crc(names: Sequence[str]) -> str:
    """Return a key for fields with these names to choose from: a field keeps what was chosen among its own names."""
    return f"{crc32(chr(0).join(names).encode('utf-8', 'surrogatepass')):08x}"


def _unless_default(zone: str, chosen: str | None) -> str | None:
    """Return the time zone; None for UTC unless somebody chose it."""
    return zone if zone != UTC_NAME or chosen is not None else None


@st.cache_data(show_spinner=False)
def time_zones() -> list[str]:
    """Return the names of the time zones, UTC first, places before abbreviations."""
    named = available_timezones() - {UTC_NAME}
    places = sorted(name for name in named if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [UTC_NAME, *places, *sorted(named.difference(places))]
