"""What the lead steers by, on a case small enough to be worked out by hand."""

from __future__ import annotations

import pytest

from audit import AuditStore, Gate, ReviewKind, Role, TeamReport, Verdict
from tests.support.audit.team import Clock, come_back, give, join, record, set_policy

A, F = Verdict.APPROVE, Verdict.FLAG


class Team:
    """Aiko reviews four decisions, Kenji three of them; a lead settles the third, Mika has claimed the fourth."""

    def __init__(self, store: AuditStore) -> None:
        set_policy(store, overlap=2)
        self.aiko, self.kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER)
        self.lead, self.mika = join(store, "lead", Role.LEAD), join(store, "mika", Role.REVIEWER)
        self.ids = [record(store, required_reviews=2, due_at="2026-03-01T09:59:59.000Z") for _ in range(4)]
        first = give(self.kenji, self.ids[0], F)
        self.kenji.queue.withdraw(first.id)
        give(self.kenji, self.ids[0], A)
        # The clock stands at 10:00:00, so they took 60, 90, 30 and 120 seconds.
        opened = ("09:59:00", "09:58:30", "09:59:30", "09:58:00")
        for id, verdict, at in zip(self.ids, (A, F, A, A), opened, strict=True):
            give(self.aiko, id, verdict, opened_at=f"2026-03-01T{at}.000Z")
        for id in self.ids[1:3]:
            give(self.kenji, id, F)
        give(self.lead, self.ids[2], A, kind=ReviewKind.ADJUDICATION)
        self.mika.queue.claim_decision(self.ids[3])

    def report(self) -> TeamReport:
        return self.lead.admin.team()


@pytest.fixture
def team(timed: AuditStore) -> Team:
    return Team(timed)


def test_the_queue(team: Team) -> None:
    queue = team.report().queue
    assert (queue.open, queue.disputed, queue.settled) == (1, 0, 3)
    assert (queue.held, queue.overdue, queue.claimed) == (1, 1, 1)
    assert queue.oldest_seconds == pytest.approx(30 * 60 - 0.125)


def test_every_person(team: Team) -> None:
    people = {person.name: person for person in team.report().people}
    assert set(people) == {"Aiko", "Kenji", "Lead"}
    aiko, kenji, lead = people["Aiko"], people["Kenji"], people["Lead"]
    assert (aiko.reviews, aiko.today, aiko.flagged, aiko.withdrawn, aiko.adjudications) == (4, 4, 1, 0, 0)
    assert aiko.median_seconds == 75  # of 30, 60, 90, 120
    assert (kenji.reviews, kenji.flagged, kenji.withdrawn) == (3, 2, 1)
    assert (lead.reviews, lead.adjudications, lead.median_seconds) == (0, 1, None)
    assert (aiko.with_outcome.value, aiko.with_outcome.items) == (1.0, 3)
    assert (kenji.with_outcome.value, kenji.with_outcome.items) == (pytest.approx(2 / 3), 3)
    assert (lead.with_outcome.value, lead.with_outcome.items) == (None, 0)
    assert all(person.control.items == 0 for person in people.values())


def test_agreement(team: Team) -> None:
    """Three decisions with two reviews: both approve, both flag, one each.

    Observed: 2/3. Cohen: expected 2/3 * 1/3 + 1/3 * 2/3 = 4/9, so (2/3 - 4/9) / (5/9) = 2/5. Fleiss: expected 1/2, so 1/3.
    Krippendorff: 1 - (2/6) / (2 * 3 * 3 / 30) = 4/9.
    """
    found = team.report().agreement
    assert found.observed.value == pytest.approx(2 / 3)
    assert found.krippendorff.value == pytest.approx(4 / 9)
    assert found.fleiss.value == pytest.approx(1 / 3)
    pair = tuple(sorted((team.aiko.person.id, team.kenji.person.id)))
    assert list(found.pairs) == [pair]
    assert (found.pairs[pair].value, found.pairs[pair].items) == (pytest.approx(2 / 5), 3)  # type: ignore[index]


def test_the_next_day(timed: AuditStore, clock: Clock, team: Team) -> None:
    who = team.lead.person.id
    clock.move(14 * 3600)
    report = come_back(timed, who).admin.team()
    assert {person.today for person in report.people} == {0}
    assert report.queue.oldest_seconds == pytest.approx(14.5 * 3600 - 0.125)


def test_ones_own_progress(team: Team) -> None:
    own = team.kenji.progress()
    assert own is not None
    assert (own.name, own.reviews, own.flagged, own.withdrawn) == ("Kenji", 3, 2, 1)
    assert own.with_outcome.items == 0  # what others made of it is not for the reviewer to know
    assert team.mika.progress() is None


def test_an_empty_record(timed: AuditStore) -> None:
    report = join(timed, "lead", Role.LEAD).admin.team()
    assert (report.queue.open, report.queue.oldest_seconds, report.people) == (0, None, [])
    assert (report.agreement.observed.value, report.agreement.krippendorff.value, report.agreement.pairs) == (None, None, {})


def test_what_is_released_and_settled_waits_for_nobody(timed: AuditStore) -> None:
    record(timed, gate=Gate.RELEASED, required_reviews=0)
    queue = join(timed, "lead", Role.LEAD).admin.team().queue
    assert (queue.open, queue.settled, queue.held, queue.overdue, queue.oldest_seconds) == (0, 1, 0, 0, None)


def test_a_lead_sees_who_holds_what(team: Team) -> None:
    (claim,) = team.lead.queue.live_claims()
    assert (claim.decision_id, claim.actor) == (team.ids[3], team.mika.person.id)
