"""The log of a decision on its page: what its component is given, how its addresses open it, and what is said back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from audit import NotFound, Role, SignInFailed
from dashboard.features.analyse import file_choice
from dashboard.service.decide import judging
from dashboard.service.log.routes import CONNECTED, Refused
from dashboard.service.reading import reader
from dashboard.shared import cache, log_connection
from sparsemix.readers import ReadOptions
from tests.support.dashboard.app import PASSWORD, TIMEOUT, App
from tests.support.dashboard.fixtures import LOG


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weights: Path) -> App:
    monkeypatch.setattr(log_connection, "_REMEMBERED", 0.0)
    log_connection._opening.clear()  # of another record, and it remembers
    return App(monkeypatch, tmp_path, weights).run()


def held(monkeypatch: pytest.MonkeyPatch, owner: ModuleType, name: str) -> tuple[threading.Event, threading.Event]:
    """Have a function wait; return what says that it was reached, and what lets it go."""
    reached, go, original = threading.Event(), threading.Event(), getattr(owner, name)

    def slow(*given: Any) -> object:
        reached.set()
        assert go.wait(TIMEOUT)
        return original(*given)

    monkeypatch.setattr(owner, name, slow)
    return reached, go


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
    loaded, entry, _ = opening.opened(None, id)
    assert entry == app.access.case(id).entry_hash
    given = opening.answer(loaded, "text", 0, {}, print)
    assert isinstance(given, dict) and given["text"] == LOG.decode().splitlines()
    effects = opening.answer(loaded, "why", 23, {}, print)
    assert isinstance(effects, dict) and effects["event"] == 23
    with pytest.raises(NotFound):
        opening.opened(None, "0" * 32)


def test_what_is_not_in_memory_is_prepared_first_or_ahead(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    id = app.analyse("line.log", LOG)
    for ahead in (False, True):
        cache._evidence.clear()
        opening = log_connection._Opening()
        monkeypatch.setattr(CONNECTED, "opening", opening)
        case, _, who = opening.opened(None, id)
        assert who == "" and opening.size(case) == 2400
        assert opening.missing(case, "text", {}) == ["evidence", "index"] and opening.missing(case, "why", {}) == ["evidence"]
        if ahead:
            log_connection._prepare(app.access, id, "")
        else:
            for part in opening.missing(case, "text", {}):
                opening.prepare(case, part, lambda _share, _stage: None)
        assert opening.missing(case, "overview", {}) == []
        assert opening.missing(case, "find", {"to": "10:00"}) == ["moments"]


def test_the_log_is_there_before_it_is_judged_and_only_for_its_session(app: App) -> None:
    app.upload("line.log", LOG)
    waiting, opening = app.log, CONNECTED.opening
    assert waiting is not None and opening is not None
    assert (waiting["n"], waiting["incidents"], waiting["title"]["verdict"]) == (24, [], "Not judged yet")
    log, entry, _ = opening.opened(None, waiting["id"])
    assert waiting["base"] == f"/log/{waiting['id']}/{entry}"
    lines = LOG.decode().splitlines()
    assert opening.answer(log, "text", 0, {}, print)["text"] == lines  # type: ignore[index]
    warned = [number for number, line in enumerate(lines) if "WARN" in line]
    found = opening.answer(log, "find", -1, {"q": "WARN", "reads": "PLC", "incident": "0"}, print)
    assert list(memoryview(found).cast("I")) == warned and len(opening.answer(log, "overview", -1, {}, print)["severe"]) == 24  # type: ignore[arg-type, index]
    for what in ("line", "why", "flagged", "overlay"):
        with pytest.raises(Refused):
            opening.answer(log, what, 3, {}, print)
    app.account("lena", Role.ADMIN, Role.AUDITOR)
    with pytest.raises(SignInFailed):
        opening.opened("no token", waiting["id"])
    with pytest.raises(NotFound):
        opening.opened(app.store.accounts.sign_in("lena", PASSWORD).token, waiting["id"])


def test_what_was_flagged_is_told_before_it_is_explained(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go = held(monkeypatch, judging, "explained")
    app.upload("line.log", LOG).click("start")
    assert reached.wait(TIMEOUT)
    app.run()
    assert app.log is not None and app.log["title"]["verdict"].startswith("Provisional")
    told = [one["event"] for one in app.log["incidents"]]
    go.set()
    app.finish("analyse")
    assert app.log["title"]["tone"] == "held" and [one["event"] for one in app.log["incidents"]] == told


def test_the_first_lines_of_a_long_file_are_there_while_the_rest_is_read(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go = held(monkeypatch, file_choice, "preview")
    monkeypatch.setattr(file_choice, "_AT_ONCE", len(LOG))
    monkeypatch.setattr(reader, "_OF_HEAD", len(LOG) + 10)
    app.upload("line.log", LOG + LOG)
    assert reached.wait(TIMEOUT)
    assert app.log is not None and app.log["n"] == 24
    assert app.log["title"]["verdict"] == "The first 24 lines of a longer file"
    assert not app.has_button("start") and app.has_button("cancel_read")
    go.set()
    (slot,) = app.page.session_state["jobs"]
    app.finish(slot)
    assert app.log["n"] == 48 and app.has_button("start")


def test_a_file_whose_reading_was_cancelled_can_be_read_again(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_choice, "_AT_ONCE", 100)
    reached, go = held(monkeypatch, file_choice, "preview")
    app.upload("line.log", LOG)
    assert reached.wait(TIMEOUT)
    app.click("cancel_read")
    go.set()
    (slot,) = app.page.session_state["jobs"]
    app.finish(slot)
    assert not app.has_button("start")
    app.click("read_again")
    app.finish(slot)
    assert app.has_button("start") and not app.has_button("read_again")


def test_a_long_file_is_read_again_by_options_that_it_was_read_by_before(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_choice, "_AT_ONCE", 100)
    app.upload("line.log", LOG)
    (slot,) = app.page.session_state["jobs"]
    app.finish(slot)
    file = app.page.session_state["source"]
    first = file.preview
    for zone in ("Asia/Tokyo", None):
        file.flagged.append((23, 1))
        file.options = ReadOptions(time_zone=zone)
        app.run()
        app.finish(list(app.page.session_state["jobs"])[0 if zone is None else -1])
        assert file.preview is not first and file.preview.requested == file.options and file.flagged == []


def test_how_a_file_is_read_is_not_corrected_while_it_is_judged(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go = held(monkeypatch, judging, "explained")
    shown = {field.key for field in app.upload("line.log", LOG).page.selectbox}
    app.click("start")
    assert reached.wait(TIMEOUT)
    left = {field.key for field in app.run().page.selectbox}
    go.set()
    app.finish("analyse")
    assert shown > left


def test_reading_a_long_file_can_be_stopped(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, go = threading.Event(), threading.Event()

    def slow(_data: bytes, _name: str, _options: object, look: Callable[[float], None]) -> object:
        look(0.25)
        reached.set()
        assert go.wait(TIMEOUT)
        look(0.25)
        raise AssertionError

    monkeypatch.setattr(file_choice, "_AT_ONCE", 100)
    monkeypatch.setattr(file_choice, "preview", slow)
    app.upload("line.log", LOG)
    assert reached.wait(TIMEOUT)
    assert "25%" in str([bar.proto for bar in app.run().page.get("progress")])
    app.click("cancel_read")
    go.set()
    (slot,) = app.page.session_state["jobs"]
    app.finish(slot)
    assert "Stopped" in app.words and not app.has_button("start")


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
