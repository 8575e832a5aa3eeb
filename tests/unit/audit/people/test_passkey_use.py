"""A passkey's counter: kept with the sealed key, which it does not touch, and an answer counts once."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from audit import Access, AuditStore, SignatureFailed
from audit.storage.schema import signing_keys
from tests.support.audit.team import PASSWORD

SECRET = bytes(range(32))


@pytest.fixture
def root(store: AuditStore) -> Access:
    """The first administrator, who has a passkey that was used twice."""
    store.accounts.set_up("root", "Ren Root", PASSWORD)
    access = store.access(store.accounts.sign_in("root", PASSWORD).token)
    access.signing(PASSWORD).keys.add_passkey(SECRET, {"id": "one", "sign_count": 2})
    return access


def test_a_count_is_kept_and_the_key_opens_as_before(root: Access) -> None:
    root.keys.count_passkey(3)
    assert root.keys.passkey() == {"id": "one", "sign_count": 3}
    assert root.signing(SECRET).person == root.person


@pytest.mark.parametrize("count", [2, 1, 0])
def test_an_answer_that_was_used_and_a_copy_that_lags_behind_are_refused(root: Access, count: int) -> None:
    with pytest.raises(SignatureFailed, match="used before"):
        root.keys.count_passkey(count)
    assert root.keys.passkey() == {"id": "one", "sign_count": 2}


def test_a_passkey_that_counts_nothing_says_0_each_time(root: Access) -> None:
    root.signing(PASSWORD).keys.add_passkey(SECRET, {"id": "two", "sign_count": 0})
    for _ in range(2):
        root.keys.count_passkey(0)
    root.keys.count_passkey(1)
    with pytest.raises(SignatureFailed):
        root.keys.count_passkey(0)


def test_without_a_passkey_there_is_nothing_to_count(store: AuditStore) -> None:
    store.accounts.set_up("root", "Ren Root", PASSWORD)
    access = store.access(store.accounts.sign_in("root", PASSWORD).token)
    assert access.keys.passkey() is None
    with pytest.raises(SignatureFailed) as refused:
        access.keys.count_passkey(1)
    assert refused.value.code == "no_key"


@pytest.mark.parametrize("credential", [None, [], 7, {"sign_count": "2"}, {"sign_count": None}, {"sign_count": [1]}])
def test_a_forged_cell_is_refused(store: AuditStore, root: Access, credential: object) -> None:
    of_passkey = signing_keys.c.kind == "passkey"
    with store.database.write() as connection:
        parts = json.loads(connection.execute(select(signing_keys.c.sealed).where(of_passkey)).scalar_one())
        forged = json.dumps(parts | {"credential": credential})
        connection.execute(signing_keys.update().where(of_passkey).values(sealed=forged))
    with pytest.raises(SignatureFailed) as refused:
        root.keys.count_passkey(3)
    assert refused.value.code == "unreadable"


def test_the_fingerprint_that_a_person_reads_stays_that_of_the_key_under_their_password(root: Access) -> None:
    key, counts = root.keys.own()
    assert key is not None
    assert (key.kind, counts) == ("password", True)
