"""How files of a source are read, remembered: the settings of a file or data set, its source, and buttons to remember or forget
the settings for the source."""

from __future__ import annotations

from typing import Protocol

import streamlit as st

from audit import Access, Action
from dashboard.service.common.sources import LONGEST, cleaned
from dashboard.service.decide.reading_settings import remembered
from dashboard.shared import failures, session
from dashboard.texts import Texts
from dashboard.views.verdict import moment
from sparsemix import InputError
from sparsemix.readers import ReadOptions


class FileSource(Protocol):
    """A file or a data set: its ``id``, the source that it comes from (``origin``), the settings that somebody chose for it
    (None: those remembered for the source), and the ``round`` of its fields, which grows when they show values that were
    not typed."""

    id: str
    origin: str
    options: ReadOptions | None
    round: int


def read_options(source: FileSource, access: Access, t: Texts) -> ReadOptions:
    """Return the settings to read it by. Raises the errors of reading the record."""
    try:
        return source.options or remembered(access, source.origin)
    except InputError as error:  # settings of another version; the buttons below can forget them
        failures.show(error, t)
        return ReadOptions()


def show_remembered(source: FileSource, access: Access, t: Texts, *, fits: bool) -> None:
    """Say whether settings are remembered for the source, and whether they fit."""
    failures.show_deferred(t)
    remembered_settings = access.readings.of(source.origin)
    if remembered_settings is not None:
        st.caption(
            t("reading.remembered", source=source.origin, seq=remembered_settings.seq, time=moment(remembered_settings.at))
        )
        if not fits and source.options is None:
            st.warning(t("reading.not_fitting"), icon=":material/tune:")


def origin_field(source: FileSource, access: Access, t: Texts) -> None:
    """Show the field for the source; when another source is typed, its settings apply at once."""
    typed = cleaned(
        st.text_input(
            t("reading.origin"),
            value=source.origin,
            key=f"origin_{source.id}_{source.round}",
            max_chars=LONGEST,
            help=t("reading.origin_help"),
        )
    )
    if typed != source.origin:
        source.origin = typed
        if access.readings.of(typed) is not None:
            source.options, source.round = None, source.round + 1
        st.rerun()


def buttons(source: FileSource, options: ReadOptions, access: Access, t: Texts) -> None:
    """Show buttons to remember the present settings, go back to the guess, and forget what is remembered."""
    may, guess, remembered_settings = access.can(Action.SET_READING), ReadOptions(), access.readings.of(source.origin)
    same = remembered_settings is not None and remembered_settings.settings == options.payload()
    with st.container(horizontal=True):
        if may:
            st.button(
                t("reading.remember"),
                key="remember_reading",
                icon=":material/bookmark_add:",
                disabled=same or options == guess,
                on_click=_remember,
                args=(source, options, access, t),
            )
        if options != guess:
            st.button(t("reading.back"), key="guess_reading", icon=":material/undo:", on_click=_guess, args=(source,))
        if may and remembered_settings is not None:
            st.button(
                t("reading.forget"),
                key="forget_reading",
                icon=":material/bookmark_remove:",
                on_click=_forget,
                args=(source, access, t),
            )


def _remember(source: FileSource, options: ReadOptions, access: Access, t: Texts) -> None:
    with failures.deferred():
        entry = access.readings.remember(source.origin, options.payload())
        session.tell(t("word.recorded", seq=entry.seq))


def _forget(source: FileSource, access: Access, t: Texts) -> None:
    with failures.deferred():
        entry = access.readings.forget(source.origin)
        session.tell(t("word.recorded", seq=entry.seq))
        _guess(source)


def _guess(source: FileSource) -> None:
    source.options, source.round = ReadOptions(), source.round + 1
