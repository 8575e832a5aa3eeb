"""How a file or a data set is read: the guess, shown with what it makes of the first rows, and fields to correct it.

On Analyse a file is read by what ``file`` returns, on Data & training a data set by what ``data_set`` returns::

    chosen = read_preview.data_set(own, access, t)
    if chosen != own.asked:            # somebody corrected it: read again, and run again
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zlib import crc32

import streamlit as st

from audit import Access
from dashboard.service.decide.reading_settings import Preview, preview_data_set
from dashboard.service.training.own_data import OwnData
from dashboard.shared import display
from dashboard.shared.files import reading_memory
from dashboard.shared.session import Source
from dashboard.texts import Texts
from dashboard.views import reading as view
from sparsemix.readers import Columns, ReadOptions
from sparsemix.readers.columns import SINGLE_ROLES
from sparsemix.readers.options import UTC_NAME, time_zones
from sparsemix.readers.survey import ColumnSurvey
from sparsemix.readers.table import Table
from sparsemix.readers.text import ENCODINGS

_GUESS, _NONE = "\0guess", "\0none"
_NO_TEXT = (".parquet", ".xlsx")


def file(source: Source, found: Preview, access: Access, t: Texts) -> ReadOptions:
    """Show how a file is read, with fields to correct it and its source, and buttons to remember or forget it for the source.

    Returns what the fields say; when it differs from what ``found`` was asked, somebody has just corrected it. Raises what
    reading the record raises.
    """
    reading_memory.told(source, access, t, fits=found.error is None)
    key = f"read_{source.id}_{source.round}"
    with st.expander(t("reading.title"), icon=":material/tune:", expanded=found.error is not None):
        st.caption(t("reading.lead"))
        reading_memory.origin(source, access, t)
        settled = found.options or ReadOptions()
        names = found.head.names if found.head else ()
        text = not source.name.lower().endswith(_NO_TEXT)
        chosen = fields(found.asked, settled, names, key=key, t=t, text=text)
        reading_memory.buttons(source, found.asked, access, t)
        if found.columns:
            show_columns(found.columns, key=key, t=t)
        if found.head is not None and found.sequence is not None and found.sequence.source_format == "csv":
            show_rows(found.head, key=key, t=t)
        elif found.sequence is not None:
            st.caption(t("reading.first_rows"))
            display.table(t, view.events(found.sequence, t), "read_rows", key=f"{key}_rows", height=250)
    return chosen


def data_set(own: OwnData, access: Access, t: Texts) -> ReadOptions:
    """Show the columns of the first table of a data set and its first rows, with fields to say what they are, and its source
    with buttons to remember or forget that.

    Returns what the fields say; when it differs from what the data set was read by, somebody has just corrected it. Files that
    are no tables have an encoding and a time zone only. What is wrong with the data says whoever reads all of them.
    """
    kept, said = f"read_preview_{own.id}", own.asked
    found = st.session_state.get(kept)
    if not isinstance(found, Preview) or found.asked != said:
        found = st.session_state[kept] = preview_data_set(own.files, said)
    reading_memory.told(own, access, t, fits=own.error is None)
    with st.expander(t("reading.title"), icon=":material/tune:", expanded=found.error is not None):
        st.caption(t("reading.lead"))
        reading_memory.origin(own, access, t)
        text = not all(name.lower().endswith(_NO_TEXT) for name, _ in own.files)
        names = found.head.names if found.head else ()
        key = f"{own.id}_{own.round}"
        chosen = fields(said, found.options or ReadOptions(), names, key=key, t=t, text=text)
        reading_memory.buttons(own, said, access, t)
        if found.columns:
            show_columns(found.columns, key=key, t=t)
        if found.head is not None:
            show_rows(found.head, key=key, t=t)
    return chosen


def fields(
    said: ReadOptions, found: ReadOptions, names: Sequence[str], *, key: str, t: Texts, text: bool = True
) -> ReadOptions:
    """Fields for encoding (of a ``text``), time zone and the roles of columns with these ``names``; what they say now.

    ``said``: what somebody said before; ``found``: what was made of it, which is shown as the guess where they said nothing.
    """
    encoding, zone = said.encoding, said.time_zone
    with st.container(horizontal=True):
        if text:
            name = f"{key}_encoding"
            encoding = _choice(t("reading.encoding"), said.encoding, found.encoding, ENCODINGS, name, t, shown=view.ENCODINGS)
        zone = st.selectbox(
            t("reading.time_zone"),
            _time_zones(),
            index=_time_zones().index(said.time_zone or UTC_NAME),
            key=f"{key}_time_zone",
            help=t("reading.time_zone_help"),
        )
    if not names:
        return ReadOptions(encoding, _unless_default(zone, said.time_zone), said.columns)
    roles: dict[str, str | None] = {}
    columns = st.columns(3)
    for place, role in enumerate(SINGLE_ROLES):
        with columns[place % 3]:
            before, guess = getattr(said.columns, role), getattr(found.columns, role)
            about = t("reading.clock_help") if role == "clock" else None
            roles[role] = _choice(t(f"column_role.{role}"), before, guess, names, f"{key}_{role}", t, about=about)
    ignored = st.multiselect(
        t("reading.ignore"),
        [*names, *(name for name in said.columns.ignore if name not in names)],
        default=list(said.columns.ignore),
        key=f"{key}_ignore_{_crc(names)}",
        placeholder=t("reading.none"),
        help=t("reading.ignore_help"),
    )
    return ReadOptions(encoding, _unless_default(zone, said.time_zone), Columns(**roles, ignore=tuple(ignored)))


def show_columns(surveys: Sequence[ColumnSurvey], *, key: str, t: Texts) -> None:
    """What every column holds."""
    shown = min(len(surveys), view.MOST_COLUMNS)
    whole = shown == len(surveys)
    st.caption(t("reading.columns", n=len(surveys)) if whole else t("reading.some_columns", shown=shown, n=len(surveys)))
    display.table(t, view.columns(surveys, t), "read_columns", key=f"{key}_columns", height="content" if shown <= 10 else 380)


def show_rows(table: Table, *, key: str, t: Texts) -> None:
    """The first rows of a table."""
    st.caption(t("reading.first_rows"))
    display.table(t, view.rows(table), "read_rows", key=f"{key}_rows", height=250)


def _choice(
    label: str,
    said: str | None,
    guess: str | None,
    values: Sequence[str],
    key: str,
    t: Texts,
    *,
    about: str | None = None,
    shown: Mapping[str, str] | None = None,
) -> str | None:
    """One of the values, or the guess (None), or none of them (empty text), where values have no names to be ``shown`` by."""
    # What was said stays to be seen where it does not fit.
    known = shown or {}
    options = [_GUESS, *([] if known else [_NONE]), *values, *([said] if said and said not in values else [])]
    found = t.plain("reading.none") if guess == "" else guess and known.get(guess, guess)
    guessed = t.plain("reading.guess") if found is None or said is not None else t.plain("reading.guessed", value=found)
    words = {_GUESS: guessed, _NONE: t.plain("reading.none"), **known}
    current = _GUESS if said is None else said or _NONE
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
    """Sets fields with other names to choose from apart: a field keeps what was chosen among its own."""
    return f"{crc32(chr(0).join(names).encode('utf-8', 'surrogatepass')):08x}"


def _unless_default(zone: str, said: str | None) -> str | None:
    """UTC is what nobody said, unless somebody did."""
    return zone if zone != UTC_NAME or said is not None else None


@st.cache_data(show_spinner=False)
def _time_zones() -> list[str]:
    return time_zones()
