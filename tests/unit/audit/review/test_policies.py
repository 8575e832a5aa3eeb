"""The review policy: a document of the log, changed by leads only, and never by hand."""

from __future__ import annotations

import pytest

from audit import AuditStore, InvalidRecord, ReviewPolicy, Role, Tampered
from audit.records.canonical import parse
from audit.storage import documents
from tests.support.audit.forging import edit, verdict
from tests.support.audit.team import join, record, set_policy


def test_the_default_needs_no_entry(store: AuditStore) -> None:
    assert store.policy() == ReviewPolicy()
    assert store.head().size == 0


def test_a_change_is_an_entry_that_says_who_made_it(store: AuditStore) -> None:
    lead = join(store, "lead", Role.LEAD)
    wanted = ReviewPolicy(overlap=2, lease_seconds=60, blind=True, control_share=0.25)
    entry = lead.admin.set_policy(wanted)
    assert (entry.type, entry.actor, entry.subject) == ("policy", lead.person.id, "review")
    assert store.policy() == lead.policy() == wanted
    lead.admin.set_policy(ReviewPolicy())
    assert store.policy() == ReviewPolicy()
    assert [e.type for e in store.entries()][-2:] == ["policy", "policy"]
    assert parse(store.sealed(entry.seq).payload)["overlap"] == 2
    assert store.verify().ok


def test_settings_that_an_older_version_did_not_know_have_their_default() -> None:
    assert documents.setting_from(ReviewPolicy, {"overlap": 3}) == ReviewPolicy(overlap=3)
    with pytest.raises(InvalidRecord):
        documents.setting_from(ReviewPolicy, {"overlap": 3, "bulk_approval": True})


@pytest.mark.parametrize(
    "settings",
    [
        {"overlap": 0},
        {"overlap": 10},
        {"overlap": 1.0},
        {"lease_seconds": 0},
        {"lease_seconds": 86_401},
        {"due_hours": -1},
        {"blind": 1},
        {"sampling_share": 1.1},
        {"sampling_share": float("nan")},
        {"control_share": 0.6},
        {"control_share": -0.1},
        {"undo_seconds": -1},
    ],
)
def test_a_policy_refuses(settings: dict[str, object]) -> None:
    with pytest.raises(InvalidRecord, match=next(iter(settings))):
        ReviewPolicy(**settings)  # type: ignore[arg-type]


def test_a_policy_that_was_changed_by_hand_is_not_followed(store: AuditStore, url: str) -> None:
    set_policy(store, overlap=3)
    reviewer = join(store, "aiko", Role.REVIEWER)
    record(store)
    edit(url, """UPDATE payloads SET payload=replace(payload, '"overlap":3', '"overlap":1') WHERE seq=1""")
    for use in (store.policy, reviewer.policy, reviewer.queue.claim):
        with pytest.raises(Tampered):
            use()
    assert verdict(url)[0] == 1


def test_a_policy_that_was_put_in_by_hand_is_not_followed(store: AuditStore, url: str) -> None:
    set_policy(store, overlap=3)
    edit(
        url,
        "INSERT INTO log SELECT 2, ts, actor, type, subject, commitment, hash, hash FROM log WHERE seq=1",
        """INSERT INTO payloads SELECT 2, salt, replace(payload, '"overlap":3', '"overlap":1') FROM payloads WHERE seq=1""",
    )
    with pytest.raises(Tampered):
        store.policy()
