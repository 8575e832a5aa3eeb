"""The log of a decision on its page: what its component is given, how its addresses open it, and what is said back."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import NotFound, Role, SignInFailed
from dashboard.service.log.routes import CONNECTED, Refused
from dashboard.shared import log_connection
from tests.support.dashboard.app import PASSWORD, App
from tests.support.dashboard.fixtures import LOG


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    monkeypatch.setattr(log_connection, "_REMEMBERED", 0.0)
    log_connection._opening.clear()  # of another record, and it remembers
    return App(monkeypatch, tmp_path, weights).run()


def test_the_component_is_given_the_verdict_its_incidents_and_where_the_rest_is(app: App) -> None:
    id = app.analyse("line.log", LOG)
    case = app.access.case(id)
    assert app.log is not None and app.log["base"] == f"/log/{id}/{case.entry_hash[:16]}"
    assert app.log["n"] == 24 and app.log["title"]["file"] == "line.log" and app.log["title"]["tone"] == "held"
    assert [one["event"] for one in app.log["incidents"]] == [
        one["lead"][0][0] for one in case.summary.decision.details["incidents"]
    ]
    assert len(app.page.get("bidi_component")[0].proto.json) < 30_000


def test_what_the_addresses_give_is_what_was_decided_on(app: App) -> None:
    id = app.analyse("line.log", LOG)
    opening = CONNECTED.opening
    assert opening is not None
    loaded, entry = opening.opened(None, id)
    assert entry == app.access.case(id).entry_hash
    given = opening.answer(loaded, "text", 0, {}, print)
    assert isinstance(given, dict) and given["text"] == LOG.decode().splitlines()
    effects = opening.answer(loaded, "why", 23, {}, print)
    assert isinstance(effects, dict) and effects["event"] == 23
    with pytest.raises(NotFound):
        opening.opened(None, "0" * 32)


def test_an_address_opens_with_the_rights_of_the_session_and_no_others(app: App) -> None:
    id = app.analyse("line.log", LOG)
    app.account("lena", Role.ADMIN, Role.AUDITOR)
    opening = CONNECTED.opening
    assert opening is not None
    for token in (None, "", "no token"):
        with pytest.raises(SignInFailed):
            opening.opened(token, id)
    token = app.store.accounts.sign_in("lena", PASSWORD).token
    assert opening.opened(token, id)[1] == app.store.access(token).case(id).entry_hash
    app.store.accounts.sign_out(token)
    with pytest.raises(SignInFailed):
        opening.opened(token, id)


def test_an_erased_decision_is_gone_at_its_addresses(app: App) -> None:
    id = app.analyse("line.log", LOG)
    opening = CONNECTED.opening
    assert opening is not None
    opening.opened(None, id)
    app.access.admin.erase(id, "asked for", early=True)
    with pytest.raises((NotFound, Refused)):
        opening.opened(None, id)
