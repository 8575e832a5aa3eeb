"""A machine's key signs what its one person does; without its file such a record takes no more reviews and no account."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import AuditStore, Role, SignatureNeeded, gate, utc_now
from audit.log.roles import SYSTEM
from audit.people import sessions
from audit.people.machine_key import machine_signer
from tests.support.audit.builders import blobs_of, decision
from tests.support.audit.team import PASSWORD, give
from tests.support.audit.unfounded import append

NAME = "SPARSEMIX_MACHINE_KEY"


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(NAME, str(tmp_path / "machine.key"))
    return tmp_path / "machine.key"


def reviewed(store: AuditStore) -> str:
    access, made = store.single_user("Aiko"), decision()
    access.record_decision(made, blobs_of())
    give(access, made.id)
    return made.id


def test_without_a_named_file_nobody_signs(store: AuditStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    assert machine_signer() is None
    reviewed(store)
    assert store.root_key() is None
    assert store.verify().ok


def test_what_the_person_does_is_signed_and_asks_for_nothing(store: AuditStore, key: Path) -> None:
    id = reviewed(store)
    report = store.verify()
    assert report.ok, report.problem_text
    assert report.root_key is not None
    assert gate(store, id)
    assert [signature.account_id for signature in store.signatures(id).values()] == ["single-user"]
    assert not store.single_user("Aiko").keys.needed()
    assert key.stat().st_mode & 0o777 == 0o600


def test_without_the_file_neither_a_review_nor_an_account_is_taken(
    store: AuditStore, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewed(store)
    monkeypatch.delenv(NAME)
    before = store.head().size
    with pytest.raises(SignatureNeeded, match=NAME):
        store.accounts.set_up("root", "Ren", PASSWORD)
    with pytest.raises(SignatureNeeded, match=NAME):
        store.accounts.sign_in_by_provider("https://idp", "x", "X", issued_at=utc_now(), roles=(Role.ADMIN,))
    assert store.head().size == before
    with pytest.raises(SignatureNeeded, match=NAME):
        reviewed(store)
    assert store.verify().ok


def test_the_key_of_another_machine_signs_nothing(store: AuditStore, key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it signed would never count."""
    reviewed(store)
    monkeypatch.setenv(NAME, str(key.with_name("other.key")))
    with pytest.raises(SignatureNeeded, match=NAME):
        reviewed(store)
    with pytest.raises(SignatureNeeded, match=NAME):
        store.accounts.set_up("root", "Ren", PASSWORD)
    assert store.verify().ok
    monkeypatch.setenv(NAME, str(key))
    reviewed(store)
    assert store.verify().ok


def test_the_first_account_takes_the_record_over(store: AuditStore, key: Path) -> None:
    reviewed(store)
    root_key = store.root_key()
    store.accounts.set_up("root", "Ren", PASSWORD)
    access = store.access(store.accounts.sign_in("root", PASSWORD).token)
    access.signing(PASSWORD).admin.create_account("lea", "Lea", (Role.LEAD,), PASSWORD)
    report = store.verify()
    assert report.ok, report.problem_text
    assert report.root_key == root_key


def test_an_account_that_the_machine_did_not_sign_is_found_and_closes_every_gate(store: AuditStore, key: Path) -> None:
    id = reviewed(store)
    made = sessions.Account("ab" * 16, "mallory", "Mallory", (Role.ADMIN,), True, "password", None)
    with store.database.write() as connection:
        seq = append(connection, store.database.now(connection), SYSTEM, "account", made.id, made.payload())
    report = store.verify()
    assert (report.ok, report.problem_seq) == (False, seq)
    assert "nobody signed it" in (report.problem_text or "")
    assert not gate(store, id)
