"""How long content is kept: at least, at most, and for ever while a legal hold lasts."""

from __future__ import annotations

import pytest

from audit import AuditStore, Conflict, InvalidRecord, NotFound, Retention, Role, new_id
from audit.administration import Administration
from audit.retention.retention import PERIODS
from tests.support.audit.team import Clock, come_back, join, record

DAY = 86_400  # seconds; decisions here ended half an hour before the clock starts


class Root:
    """An administrator who comes back whenever a session has run out."""

    def __init__(self, store: AuditStore) -> None:
        self._store, self._id = store, join(store, "root", Role.ADMIN).person.id

    @property
    def admin(self) -> Administration:
        return come_back(self._store, self._id).admin


@pytest.fixture
def root(timed: AuditStore) -> Root:
    return Root(timed)


def test_the_law_asks_for_six_months_at_least() -> None:
    """EU AI Act, Art. 19(1) and 26(6)."""
    for period in PERIODS.values():
        assert period.at_least is None or period.at_least >= 183
        assert (period.at_least is None) == (period.at_most is None)
    assert set(PERIODS) == set(Retention)


@pytest.mark.parametrize("retention", [Retention.STANDARD, Retention.EXTENDED])
def test_nothing_is_erased_before_its_time_unless_somebody_says_so(
    timed: AuditStore, clock: Clock, root: Root, retention: Retention
) -> None:
    first, second = record(timed, retention=retention), record(timed, retention=retention)
    days = PERIODS[retention].at_least
    assert days is not None
    clock.move(days * DAY - 1800)
    with pytest.raises(Conflict, match="must be kept until"):
        root.admin.erase(first, "tidying up")
    root.admin.erase(first, "Art. 17 GDPR", early=True)
    clock.move(1)
    root.admin.erase(second, "tidying up")
    assert timed.verify().ok


def test_a_legal_hold_stops_every_erasure(timed: AuditStore, clock: Clock, root: Root) -> None:
    id = record(timed)
    entry = root.admin.set_retention(id, Retention.LEGAL_HOLD, "case 12/26")
    assert (entry.type, entry.subject) == ("retention", id)
    clock.move(10_000 * DAY)
    for early in (False, True):
        with pytest.raises(Conflict, match="legal hold"):
            root.admin.erase(id, "tidying up", early=early)
    assert root.admin.due_for_erasure() == []
    root.admin.set_retention(id, Retention.STANDARD, "case closed")
    assert root.admin.due_for_erasure() == [id]
    root.admin.erase(id, "tidying up")
    assert timed.verify().ok


def test_a_decision_recorded_under_a_legal_hold(timed: AuditStore, root: Root) -> None:
    id = record(timed, retention=Retention.LEGAL_HOLD)
    with pytest.raises(Conflict, match="legal hold"):
        root.admin.erase(id, "tidying up", early=True)


def test_what_is_over_its_longest_time_is_due(timed: AuditStore, clock: Clock, root: Root) -> None:
    standard, extended = record(timed), record(timed, retention=Retention.EXTENDED)
    moved = record(timed)
    root.admin.set_retention(moved, Retention.EXTENDED, "a pattern to watch")
    assert root.admin.due_for_erasure() == []
    clock.move(730 * DAY)
    assert root.admin.due_for_erasure() == [standard]
    clock.move((3_653 - 730) * DAY)
    assert root.admin.due_for_erasure() == [standard, extended, moved]
    for id in (standard, extended, moved):
        root.admin.erase(id, "its time is over")
    assert root.admin.due_for_erasure() == []


def test_what_cannot_be_set(timed: AuditStore, root: Root) -> None:
    with pytest.raises(NotFound):
        root.admin.set_retention(new_id(), Retention.EXTENDED, "why not")
    id = record(timed)
    with pytest.raises(InvalidRecord):
        root.admin.set_retention(id, Retention.EXTENDED, " ")
    root.admin.erase(id, "asked for", early=True)
    with pytest.raises(NotFound):
        root.admin.set_retention(id, Retention.LEGAL_HOLD, "too late")
