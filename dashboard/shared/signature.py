"""Signing: what the signature will mean, a field for the password that opens the person's key, and the buttons beside it.

    with signature.form(access, t, "meaning.retention", key="retention") as signing:
        pressed = signing.button(t("keeping.set"), key="set_retention")
    if pressed:
        signing().admin.set_retention(...)

Every signature asks for the password anew (21 CFR 11.200). It reaches the server with the press of the button, is taken out of
the session as soon as it is used, and the field is drawn anew, empty. Where nobody signs, there are just the buttons.

Who has a passkey leaves the field empty: the browser asks for the passkey, and its answer does what the button would have done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import streamlit as st

from audit import Access, SignatureNeeded
from dashboard.shared import passkey
from dashboard.texts import Texts

_FIELD_WIDTH = 172


class Signing:
    """One signature to be given; calling it opens the person's key with what was typed, for one action."""

    def __init__(self, access: Access, key: str, *, within_form: bool = False) -> None:
        self.needed = access.keys.needed()
        self._access, self._within_form = access, within_form or self.needed
        self._counter = f"{key}_signings"
        self._number = st.session_state.get(self._counter, 0)
        self._field = f"{key}_password_{self._number}"
        # In the run that a press began, the field before this one still holds what was typed.
        self._typed = str(st.session_state.pop(f"{key}_password_{self._number - 1}", ""))
        self._key, self._waiting = key, f"{key}_waits_for_passkey"
        self._has_passkey = self.needed and passkey.exists(access)
        self._then: Callable[[], None] | None = None
        if st.session_state.get(self._waiting, ("", _decision()))[1] != _decision():
            del st.session_state[self._waiting]  # the person has left what they were about to sign
        # The button whose press asked for the passkey, when this run begins with the answer: it counts as pressed now.
        self._resumed = st.session_state.pop(self._waiting, None) if passkey.is_answered(key) else None

    def __call__(self) -> Access:
        """Return the person's access whose next action is signed.

        Raises `SignatureNeeded` without a password or passkey, `SignatureFailed`, `StoreUnavailable`.
        """
        if not self.needed:
            return self._access
        typed, self._typed = self._typed, ""
        if not typed and passkey.is_answered(self._key):
            return self._access.signing(passkey.secret(self._access, self._key))
        if not typed:
            raise SignatureNeeded("type the password with which you sign")
        return self._access.signing(typed)

    def ask(self, t: Texts) -> None:
        """Show the field for the password."""
        if self.needed:
            label = "signature.password_or_passkey" if self._has_passkey else "signature.password"
            password_field(label, self._field, t)

    def button(
        self,
        label: str,
        *,
        key: str,
        on_click: Callable[..., None] | None = None,
        args: tuple[object, ...] = (),
        **options: Any,
    ) -> bool:
        """Show a button that sends the password; a callback can sign, or else the run that the press begins."""
        if not self._within_form:
            return st.button(label, key=key, on_click=on_click, args=args, **options)
        pressed = st.form_submit_button(label, key=key, on_click=self._sent, args=(key, on_click, args), **options)
        this = (key, _decision())
        if self._resumed == this:
            return True
        waits = st.session_state.get(self._waiting) == this
        if waits and on_click is not None:
            self._then = lambda: self._answered(on_click, args)
        return pressed and not waits

    def ask_passkey(self, t: Texts) -> None:
        """Ask for the passkey where a button waits for it: after the form, in which Streamlit would take no answer."""
        if st.session_state.get(self._waiting) is not None:
            passkey.ask(self._access, t, self._key, start=True, on_answer=self._then or _nothing)

    def _sent(self, button: str, on_click: Callable[..., object] | None, args: tuple[object, ...]) -> None:
        st.session_state[self._counter] = self._number + 1
        st.session_state.pop(self._waiting, None)
        if self._has_passkey and not st.session_state.get(self._field):
            st.session_state[self._waiting] = (button, _decision())
            passkey.ask_anew(self._key)
        elif on_click is not None:
            self._typed = str(st.session_state.pop(self._field, ""))
            try:
                on_click(*args)
            finally:
                self._typed = ""

    def _answered(self, on_click: Callable[..., object], args: tuple[object, ...]) -> None:
        st.session_state.pop(self._waiting, None)
        on_click(*args)


def password_field(label: str, key: str, t: Texts) -> str:
    """Show the field for the password that opens a key; ``label``: the key of its text."""
    return st.text_input(
        t(label),
        type="password",
        key=key,
        placeholder=t.plain(label),
        label_visibility="collapsed",
        autocomplete="off",
        width=_FIELD_WIDTH,
    )


def _nothing() -> None:
    """Leave the answer to the run that it begins."""


def _decision() -> str | None:
    """Return the decision that the page shows."""
    return st.query_params.get("decision")


@contextmanager
def form(access: Access, t: Texts, meaning: str | None, *, key: str, narrow: bool = False) -> Iterator[Signing]:
    """Show the meaning and, in one row, the field and what is drawn inside; Enter presses the first button.

    ``meaning``: the key of its text, None where it is shown elsewhere; ``narrow``: no wider than the row.
    """
    signing = Signing(access, key)
    width: Literal["content", "stretch"] = "content" if narrow else "stretch"
    if not signing.needed:
        with st.container(horizontal=True, vertical_alignment="center", width=width):
            yield signing
        return
    with st.form(f"{key}_signing", border=False, width=width):
        if meaning is not None:
            says(t, meaning)
        with st.container(horizontal=True, vertical_alignment="center", width=width):
            signing.ask(t)
            yield signing
    signing.ask_passkey(t)


@contextmanager
def within(access: Access, t: Texts, meaning: str, *, key: str) -> Iterator[Signing]:
    """Show the same inside a form of the caller's, who calls `Signing.ask_passkey` after the form."""
    signing = Signing(access, key, within_form=True)
    if signing.needed:
        says(t, meaning)
    with st.container(horizontal=True, vertical_alignment="center"):
        signing.ask(t)
        yield signing


def says(t: Texts, meaning: str) -> None:
    """Say what a signature means (`audit.log.signatures.meaning_of`), in the reader's language; recorded is the English."""
    st.caption(t("signature.means", meaning=t.plain(meaning)))
