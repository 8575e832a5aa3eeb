"""Passkeys on a page: a field and button that add one, and a button that asks for it.

    secret = passkey.ask(access, t, "sign")
    if secret is not None:
        access.signing(secret).admin.set_retention(...)

The secret is there in the one run that the answer begins, and kept nowhere. What the server asks is good for one answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import streamlit as st

from audit import Access, SignatureFailed
from dashboard.service.sign_in import passkeys
from dashboard.service.sign_in.passkeys import PasskeyChallenge, PasskeyRefused, Site
from dashboard.shared import failures, session
from dashboard.texts import Texts

FOLDER = Path(__file__).parent
_BROWSER = st.components.v2.component(
    "passkey",
    html='<form><label><span></span><input type="password" autocomplete="current-password"></label><button></button></form>'
    '<p role="alert"></p>',
    css=(FOLDER / "passkeys.css").read_text(encoding="utf-8"),
    js=(FOLDER / "passkeys.js").read_text(encoding="utf-8"),
)
_WORDS = ("password", "empty", "insecure", "old", "address", "cancelled", "no_prf", "failed")
_ADDING = "add"


def _site() -> passkeys.Site | None:
    """Return where the page stands: at the address that was named (``--public-url``), else where the browser says it is."""
    named = st.get_option("server.corsAllowedOrigins")
    return passkeys.site(named[0] if named else st.context.url)


def exists(access: Access) -> bool:
    """Return whether this person has a passkey that can be read."""
    with suppress(SignatureFailed):
        return access.keys.passkey() is not None
    return False


def ask_anew(key: str) -> None:
    """Forget what was asked before and got no answer."""
    st.session_state.pop(f"{_name(key)}_asked", None)


def ask(
    access: Access, t: Texts, key: str, *, start: bool = False, on_answer: Callable[[], None] | None = None
) -> bytes | None:
    """Show a button that asks for the person's passkey; return its secret in the run that the answer begins, else None.

    Not inside a form: Streamlit takes no answer there. ``start``: ask at once, of somebody who has just pressed another button;
    ``on_answer``: a callback, which takes the secret itself, with `secret`. The person has a passkey (`access.keys.passkey`).
    """
    with failures.contained(t):
        taken = secret(access, key) if on_answer is None and is_answered(key) else None
        question = {**passkeys.question(access.keys.passkey() or {}), "start": start}
        _show(t, key, t.plain("passkey.sign"), _asked(key), question, on_answer)
        return taken
    return None


def is_answered(key: str) -> bool:
    """Return whether the browser's answer to `ask` began this run, and nobody has taken it yet."""
    return _answer(key) is not None and f"{_name(key)}_asked" in st.session_state


def secret(access: Access, key: str) -> bytes:
    """Take the secret of the passkey, once its answer has passed the check. Raises `SignatureFailed`."""
    site, asked, answer = _taken(key)
    stored = access.keys.passkey()
    if stored is None:
        raise PasskeyRefused("there is no passkey any more", "passkey_unreadable")
    opened, count = passkeys.used(answer.get("answer"), answer.get("secret"), asked, site, stored)
    access.keys.count_passkey(count)
    return opened


def add_form(access: Access, t: Texts) -> None:
    """Show whether this person has a passkey, and the field and button that add one, or replace it.

    The password signs that the new key is theirs. It comes with the browser's answer, and is kept nowhere either.
    """
    with failures.contained(t):
        if is_answered(_ADDING):
            _add(access)
            session.tell(t("passkey.added"))
            st.rerun()
    person, stored, asked = access.person, access.keys.passkey(), _asked(_ADDING)
    here = _site()
    if stored is not None:
        st.caption(t("passkey.there", site=str(stored.get("rp_id"))))
    st.caption(t("passkey.lead"))
    question = {
        "register": True,
        "user": passkeys.text_of(person.id.encode()),
        "name": person.name,
        "rp_id": here.rp_id if here else "",
        "algorithms": [int(algorithm) for algorithm in passkeys.ALGORITHMS],
        "salt": passkeys.salt_for(asked.salt),
    }
    _show(t, _ADDING, t.plain("passkey.add" if stored is None else "passkey.replace"), asked, question)


def _add(access: Access) -> None:
    site, asked, answer = _taken(_ADDING)
    opened, credential = passkeys.registered(answer.get("answer"), answer.get("secret"), asked, site, access.person.name)
    access.signing(str(answer.get("password") or "")).keys.add_passkey(opened, credential)


def _show(
    t: Texts,
    key: str,
    label: str,
    asked: PasskeyChallenge,
    question: Mapping[str, object],
    on_answer: Callable[[], None] | None = None,
) -> None:
    words = {name: t.plain(f"passkey.{name}", error="{error}") for name in _WORDS} | {"button": label}
    data = {"challenge": passkeys.text_of(asked.challenge), "words": words, **question}
    if _site() is None:
        data["missing"] = "address"
    _BROWSER(key=_name(key), data=data, on_answer_change=on_answer or (lambda: None))


def _asked(key: str) -> PasskeyChallenge:
    """Return what the browser is asked now; it stays the same until there is an answer."""
    asked: PasskeyChallenge = st.session_state.setdefault(f"{_name(key)}_asked", PasskeyChallenge())
    return asked


def _taken(key: str) -> tuple[Site, PasskeyChallenge, Mapping[str, object]]:
    """Return where this page stands, what was asked and what the browser answered; the question is used up."""
    answer, asked = _answer(key), st.session_state.pop(f"{_name(key)}_asked", None)
    # As the browser says. A page elsewhere that looks like this one could say the same, but browsers give it no passkey of this
    # host, and what they sign names the page's true origin.
    here = _site()
    if here is None:
        raise PasskeyRefused("browsers have no passkeys at this address", "passkey_address")
    if answer is None or asked is None:
        raise PasskeyRefused("nothing was asked, or the answer was used already", "passkey_late")
    return here, asked, answer


def _answer(key: str) -> Mapping[str, object] | None:
    held = st.session_state.get(_name(key))
    answer = held.get("answer") if isinstance(held, Mapping) else None
    return answer if isinstance(answer, Mapping) else None


def _name(key: str) -> str:
    return f"{key}_passkey"
