"""How files of a source are read, remembered: by which settings a file or a data set is read, of which source it is, and
buttons to have its settings used from now on, or no longer."""

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


class Reading(Protocol):
    """A file or a data set: its ``id``, the source that it is of (``origin``), how somebody said that it is to be read (None:
    as is remembered of the source), and the ``round`` of its fields, which grows when they show what was not typed there."""

    id: str
    origin: str
    options: ReadOptions | None
    round: int


def asked(one: Reading, access: Access, t: Texts) -> ReadOptions:
    """By what it is to be read. Raises what reading the record raises."""
    try:
        return one.options or remembered(access, one.origin)
    except InputError as error:  # of another version; it can be forgotten below
        failures.show(error, t)
        return ReadOptions()


def told(one: Reading, access: Access, t: Texts, *, fits: bool) -> None:
    """Whether settings are remembered of the source, and whether they fit."""
    failures.show_kept(t)
    kept = access.readings.of(one.origin)
    if kept is not None:
        st.caption(t("reading.remembered", source=one.origin, seq=kept.seq, time=moment(kept.at)))
        if not fits and one.options is None:
            st.warning(t("reading.not_fitting"), icon=":material/tune:")


def origin(one: Reading, access: Access, t: Texts) -> None:
    """The field for the source; another one's settings are read by at once."""
    typed = cleaned(
        st.text_input(
            t("reading.origin"),
            value=one.origin,
            key=f"origin_{one.id}_{one.round}",
            max_chars=LONGEST,
            help=t("reading.origin_help"),
        )
    )
    if typed != one.origin:
        one.origin = typed
        if access.readings.of(typed) is not None:
            one.options, one.round = None, one.round + 1
        st.rerun()


def buttons(one: Reading, said: ReadOptions, access: Access, t: Texts) -> None:
    """Remember what is said now, go back to the guess, forget what is remembered."""
    may, guess, kept = access.can(Action.SET_READING), ReadOptions(), access.readings.of(one.origin)
    same = kept is not None and kept.settings == said.payload()
    with st.container(horizontal=True):
        if may:
            st.button(
                t("reading.remember"),
                key="remember_reading",
                icon=":material/bookmark_add:",
                disabled=same or said == guess,
                on_click=_remember,
                args=(one, said, access, t),
            )
        if said != guess:
            st.button(t("reading.back"), key="guess_reading", icon=":material/undo:", on_click=_guess, args=(one,))
        if may and kept is not None:
            st.button(
                t("reading.forget"),
                key="forget_reading",
                icon=":material/bookmark_remove:",
                on_click=_forget,
                args=(one, access, t),
            )


def _remember(one: Reading, said: ReadOptions, access: Access, t: Texts) -> None:
    with failures.kept():
        entry = access.readings.remember(one.origin, said.payload())
        session.tell(t("reading.saved", source=one.origin, seq=entry.seq))


def _forget(one: Reading, access: Access, t: Texts) -> None:
    with failures.kept():
        entry = access.readings.forget(one.origin)
        session.tell(t("reading.forgotten", source=one.origin, seq=entry.seq))
        _guess(one)


def _guess(one: Reading) -> None:
    one.options, one.round = ReadOptions(), one.round + 1
