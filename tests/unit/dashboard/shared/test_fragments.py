"""A part of a page that is drawn again by itself asks first whether its person may still see it."""

from __future__ import annotations

import pytest

from audit import Access, AuditStore, Role, StoreUnavailable
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.shared import fragments
from dashboard.shared.fragments import fragment
from tests.support.audit.team import change_account, join, record
from tests.support.paths import ROOT


class _DrawnAgainError(Exception):
    """The whole page is drawn again."""


@pytest.fixture
def person(store: AuditStore, monkeypatch: pytest.MonkeyPatch) -> Access:
    def again(**_: object) -> None:
        raise _DrawnAgainError

    found = join(store, "rita", Role.REVIEWER)
    monkeypatch.setattr(fragments.st, "fragment", lambda draw, **_: draw)
    monkeypatch.setattr(fragments.st, "rerun", again)
    monkeypatch.setattr(fragments.session, "access", lambda: found)
    return found


def test_it_is_drawn_as_long_as_its_person_may_read(store: AuditStore, person: Access) -> None:
    draw = fragment()(lambda word: f"drawn {word}")
    assert draw("here") == "drawn here"
    change_account(join(store, "ada", Role.ADMIN), person.person.id, active=False)
    with pytest.raises(_DrawnAgainError):
        draw("here")


def test_it_is_not_drawn_once_its_decision_is_erased(store: AuditStore, person: Access) -> None:
    id = record(store)
    shown = LoadedDecision(person.summary(id), None, None)  # type: ignore[arg-type]
    draw = fragment()(lambda loaded: loaded.summary.decision.id)
    assert draw(shown) == id
    join(store, "ada", Role.ADMIN).admin.erase(id, "it has to go", early=True)
    with pytest.raises(_DrawnAgainError):
        draw(shown)


def test_without_the_record_it_says_so_and_is_not_drawn(person: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*_: object) -> None:
        raise StoreUnavailable("the disk is gone")

    told: list[Exception] = []
    monkeypatch.setattr(type(person), "require", unavailable)
    monkeypatch.setattr(fragments.failures, "show", lambda error, _: told.append(error))
    assert fragment()(lambda: "drawn")() is None
    assert str(told[0]) == "the disk is gone"


def test_every_fragment_of_the_app_asks() -> None:
    using = [path.name for path in (ROOT / "dashboard").rglob("*.py") if "st.fragment(" in path.read_text(encoding="utf-8")]
    assert using == ["fragments.py"]
