"""Signatures of reviews, to read: whose they are and what they mean, for the people who may see the review."""

from __future__ import annotations

import pytest

from audit import Access, AuditStore, NotFound, Role, Tampered, Verdict
from tests.support.audit.forging import edit
from tests.support.audit.team import PASSWORD, give, record

OWN = "seven quiet presses"


@pytest.fixture
def lead(store: AuditStore) -> Access:
    """Return the access of the first administrator, who reviews too; the key is the record's root key."""
    store.accounts.set_up("lena", "Lena Ito", PASSWORD, roles=(Role.ADMIN, Role.LEAD, Role.REVIEWER))
    return store.access(store.accounts.sign_in("lena", PASSWORD).token)


def newcomer(lead: Access, login: str) -> Access:
    """Return a reviewer who has chosen their own password."""
    lead.signing(PASSWORD).admin.create_account(login, login.title(), (Role.REVIEWER,), PASSWORD)
    accounts = lead.store.accounts
    return lead.store.access(accounts.change_password(accounts.sign_in(login, PASSWORD).token, PASSWORD, OWN).token)


def test_a_signature_says_who_with_which_key_and_what_it_means(store: AuditStore, lead: Access) -> None:
    id = record(store)
    review = give(lead.signing(PASSWORD), id, Verdict.FLAG)
    signature = lead.signatures(id)[review.id]
    assert (signature.account_id, signature.fingerprint) == (lead.person.id, lead.keys.root())
    assert signature.meaning == "I have reviewed the evidence that I was shown, and I flag this decision."
    with pytest.raises(NotFound):
        lead.signatures("f" * 32)


def test_nobody_learns_from_a_signature_what_a_review_said_that_they_may_not_see(store: AuditStore, lead: Access) -> None:
    id = record(store, required_reviews=2)
    ann = newcomer(lead, "ann")
    review = give(lead.signing(PASSWORD), id)
    assert set(lead.signatures(id)) == {review.id}
    assert ann.signatures(id) == {}
    second = give(ann.signing(OWN), id)
    assert set(ann.signatures(id)) == {review.id, second.id}


def test_a_review_that_nobody_signed_has_no_signature(store: AuditStore) -> None:
    alone = store.single_user("Aiko")
    id = record(store)
    give(alone, id)
    assert alone.signatures(id) == {}


def test_without_its_content_a_signature_is_none(store: AuditStore, url: str, lead: Access) -> None:
    id = record(store)
    give(lead.signing(PASSWORD), id)
    edit(url, "DELETE FROM payloads WHERE seq = (SELECT max(seq) FROM log)")
    with pytest.raises(Tampered, match="is not what was recorded"):
        lead.signatures(id)
