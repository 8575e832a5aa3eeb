"""Drafts of reviews: for their author alone, gone once they are sent or the decision is erased; and what they said last."""

from __future__ import annotations

import pytest

from audit import AuditStore, InvalidRecord, NotFound, Role, Verdict, new_id
from tests.support.audit.team import Clock, change_account, come_back, give, join, judgement, record

DRAFT = {"verdict": "flag", "comment": "弁 was open", "pairs": [[0, 1, 5, 2, "relevant"]]}


def test_a_draft_comes_back_to_its_author_alone_and_changes_no_evidence(store: AuditStore) -> None:
    aiko, kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER)
    id = record(store)
    before = store.head()
    assert aiko.queue.draft(id) is None
    aiko.queue.keep_draft(id, {"comment": "first"})
    aiko.queue.keep_draft(id, DRAFT)
    assert aiko.queue.draft(id) == DRAFT
    assert kenji.queue.draft(id) is None
    assert store.head() == before
    assert store.verify().ok


@pytest.mark.parametrize("amended", [False, True])
def test_what_was_sent_is_no_draft_any_more(store: AuditStore, amended: bool) -> None:
    aiko, id = join(store, "aiko", Role.REVIEWER), record(store)
    given = give(aiko, id) if amended else None
    aiko.queue.keep_draft(id, DRAFT)
    if given is None:
        give(aiko, id)
    else:
        aiko.queue.amend(given.id, judgement(aiko, given, Verdict.FLAG))
    assert aiko.queue.draft(id) is None


def test_a_draft_survives_that_the_claim_is_given_back(store: AuditStore) -> None:
    aiko, id = join(store, "aiko", Role.REVIEWER), record(store)
    claim = aiko.queue.claim_decision(id)
    aiko.queue.keep_draft(id, DRAFT)
    aiko.queue.release(claim)
    assert aiko.queue.draft(id) == DRAFT


def test_only_json_about_a_decision_that_there_is(store: AuditStore) -> None:
    aiko, id = join(store, "aiko", Role.REVIEWER), record(store)
    with pytest.raises(NotFound):
        aiko.queue.keep_draft(new_id(), DRAFT)
    for bad in ({"comment": object()}, {"comment": "x" * 2_000_000}):
        with pytest.raises(InvalidRecord):
            aiko.queue.keep_draft(id, bad)
    assert aiko.queue.draft(id) is None


def test_a_draft_goes_with_the_decision_and_with_the_account(store: AuditStore) -> None:
    aiko, root = join(store, "aiko", Role.REVIEWER), join(store, "root", Role.ADMIN)
    who, first, second = aiko.person.id, record(store), record(store)
    for id in (first, second):
        aiko.queue.keep_draft(id, DRAFT)
    root.admin.erase(first, "asked for", early=True)
    with store.database.read() as connection:
        left = connection.exec_driver_sql("SELECT decision_id FROM drafts").scalars().all()
    assert left == [second]
    change_account(root, who, active=False)
    root.admin.erase_account(who, "left")
    with store.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM drafts").scalar_one() == 0


def test_the_last_review_as_long_as_it_can_be_withdrawn(timed: AuditStore, clock: Clock) -> None:
    store = timed
    aiko, kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER)
    assert aiko.queue.last_review() is None
    give(aiko, record(store))
    second = give(aiko, record(store))
    give(kenji, record(store))
    assert aiko.queue.last_review() == second
    clock.move(store.policy().undo_seconds + 1)
    assert aiko.queue.last_review() is None


def test_what_was_withdrawn_is_not_offered_again(store: AuditStore) -> None:
    aiko = join(store, "aiko", Role.REVIEWER)
    given = give(aiko, record(store))
    aiko.queue.withdraw(given.id)
    assert aiko.queue.last_review() is None


def test_recent_reviews_newest_first(store: AuditStore) -> None:
    aiko, kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER)
    given = [give(aiko, record(store), comment=comment) for comment in ("valve", "", "gauge")]
    give(kenji, record(store), comment="of somebody else")
    assert aiko.queue.recent_reviews() == given[::-1]
    assert aiko.queue.recent_reviews(1) == given[-1:]


def test_a_streak_counts_days_in_a_row_and_today_still_has_time(timed: AuditStore, clock: Clock) -> None:
    store = timed
    aiko = join(store, "aiko", Role.REVIEWER)

    def streak() -> int:
        found = aiko.progress()
        assert found is not None
        return found.streak

    id = aiko.person.id
    give(aiko, record(store))
    assert streak() == 1
    clock.move(86_400)
    aiko = come_back(store, id)
    assert streak() == 1
    for _ in range(2):
        give(aiko, record(store))
    assert streak() == 2
    clock.move(2 * 86_400)
    aiko = come_back(store, id)
    assert streak() == 0
