"""The program's key: what it decides counts only with a signature by a key that an administrator or a machine confirmed."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import Access, AuditStore, Gate, NotFound, Role, StoreUnavailable, gate
from audit.export.bundle import SignedLog, write_bundle
from audit.export.verify_bundle import verify
from audit.log.checkpoints import DEFAULT_ORIGIN, Checkpoint, public_key, sign_checkpoint
from audit.log.private_keys import create_key
from audit.log.roles import PROGRAM
from tests.support.audit.builders import blobs_of, decision
from tests.support.audit.keys import holds, keys_of, types
from tests.support.audit.team import PASSWORD, Clock, change_account, enrol, give, join, record, set_up
from tests.support.audit.unfounded import Person, make

NAME = "SPARSEMIX_PROGRAM_KEY"


@pytest.fixture(autouse=True)
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(NAME, str(tmp_path / "program.key"))
    return tmp_path / "program.key"


def reopened(store: AuditStore, clock: Clock) -> AuditStore:
    """Open the record once more, as another process does."""
    return AuditStore(store.database.location, clock=clock)


def forged(store: AuditStore, by: str) -> str:
    """Let somebody who can write to the database append a released decision; return its id."""
    with store.database.write() as connection:
        make(connection, None, "decision", Person(by), store.database.now(connection))  # type: ignore[arg-type]
    return store.entries()[-1].subject


def bundled(store: AuditStore, folder: Path) -> str | None:
    """Return what the stand-alone verifier says is wrong with a bundle of the record."""
    head, signing = store.head(), create_key(folder / "checkpoint.key")
    signed = sign_checkpoint(signing, head.size, head.root, DEFAULT_ORIGIN)
    log = SignedLog(Checkpoint(DEFAULT_ORIGIN, head.size, head.root), signed, public_key(signing, DEFAULT_ORIGIN))
    write_bundle(folder / "bundle", log, evidence=iter(store.evidence(0, head.size)), read_blob=store.blob)
    return verify(folder / "bundle").problem_text


def test_the_set_up_confirms_the_key_and_decisions_are_signed(timed: AuditStore, key: Path, tmp_path: Path) -> None:
    root = set_up(timed)
    assert key.stat().st_mode & 0o777 == 0o600
    ((owner, confirmed, state),) = [held for held in root.keys.all() if held[0].id == PROGRAM]
    assert (owner.login, confirmed.kind, state) == ("program", "program", "signs")
    issued, before = root.tokens.issue("mes", (Role.SERVICE,), days=1), timed.head().size
    timed.service(issued.token).record_decision(decision(), blobs_of())
    assert types(timed, before) == ["decision", "signature"]
    assert timed.entries()[-1].actor == PROGRAM
    assert holds(timed)
    assert bundled(timed, tmp_path) is None


def test_a_released_decision_that_the_program_did_not_sign_is_refused(timed: AuditStore, tmp_path: Path) -> None:
    root = set_up(timed, Role.LEAD)
    good = record(timed, gate=Gate.RELEASED, required_reviews=0)
    id = forged(timed, root.person.id)
    answer = gate(timed, id)
    assert not answer and "nobody signed it" in answer.reason
    assert gate(timed, good)  # it closes its own gate only
    report = timed.verify()
    assert f"(decision {id}) was made without the right to it: nobody signed it" in str(report.problem_text)
    assert str(bundled(timed, tmp_path)) == report.problem_text


def test_what_a_lead_accepts_is_signed_by_the_program(timed: AuditStore) -> None:
    lead = enrol(timed, set_up(timed), "lead", Role.LEAD)
    before = timed.head().size
    lead.readings.remember("line 3", {"time_zone": "UTC"})
    assert types(timed, before) == ["reading", "signature"]
    assert holds(timed)


def test_without_the_file_nothing_is_recorded_until_another_key_is_confirmed(
    timed: AuditStore, clock: Clock, key: Path
) -> None:
    root = set_up(timed, Role.LEAD)
    earlier = record(timed, gate=Gate.RELEASED, required_reviews=0)
    key.unlink()
    other = reopened(timed, clock)
    before = other.head().size
    with pytest.raises(StoreUnavailable, match=f"{key} does not count in this record.*confirm"):
        record(other)
    assert other.head().size == before
    access = Access(other, token=root._token, signer=root.signer)
    ((owner, waiting),) = access.keys.waiting()
    assert (owner.id, waiting.kind) == (PROGRAM, "program")
    access.keys.confirm(waiting.public_key)
    assert access.keys.waiting() == []
    record(other)
    record(timed)  # the other host's key counts as well
    assert gate(other, earlier)
    assert holds(other)
    other.close()


def test_a_revoked_key_decides_nothing_more_and_what_it_signed_stays(timed: AuditStore, key: Path) -> None:
    root = set_up(timed, Role.LEAD)
    earlier = record(timed, gate=Gate.RELEASED, required_reviews=0)
    assert root.keys.revoke(PROGRAM) == 1
    with pytest.raises(StoreUnavailable, match="does not count"):
        record(timed)
    assert root.keys.waiting() == []  # it never comes back
    id = forged(timed, root.person.id)
    assert gate(timed, earlier)
    assert not gate(timed, id)
    with pytest.raises(NotFound):
        root.keys.revoke(PROGRAM)


def test_a_key_that_was_not_there_at_the_set_up_waits(
    timed: AuditStore, clock: Clock, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until an administrator confirms it, decisions keep the standing that they had."""
    monkeypatch.setenv(NAME, str(tmp_path / "nowhere" / "program.key"))
    elsewhere = reopened(timed, clock)
    root = set_up(elsewhere, Role.LEAD)
    old = record(elsewhere, gate=Gate.RELEASED, required_reviews=0)
    elsewhere.close()
    root = Access(timed, token=root._token, signer=root.signer)
    assert [state for owner, _, state in root.keys.all() if owner.id == PROGRAM] == ["waits"]
    root.keys.confirm(root.keys.waiting()[0][1].public_key)
    assert gate(timed, old)
    assert gate(timed, record(timed, gate=Gate.RELEASED, required_reviews=0))
    assert holds(timed)
    assert not gate(timed, forged(timed, root.person.id))


def test_who_begins_to_sign_confirms_the_key_as_well(timed: AuditStore) -> None:
    old = join(timed, "old", Role.ADMIN)
    change_account(old, old.person.id, password=PASSWORD)
    root = timed.access(timed.accounts.sign_in("old", PASSWORD).token)
    root.keys.begin(PASSWORD)
    assert {owner.login: state for owner, _, state in root.keys.all()} == {"old": "signs", "program": "signs"}
    assert holds(timed)


def test_a_machines_key_confirms_the_key(store: AuditStore, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    access = store.single_user("Aiko")
    old = decision(gate=Gate.RELEASED, required_reviews=0)
    access.record_decision(old, blobs_of())
    monkeypatch.setenv("SPARSEMIX_MACHINE_KEY", str(tmp_path / "machine.key"))
    access = store.single_user("Aiko")
    first = decision(gate=Gate.RELEASED, required_reviews=0)
    access.record_decision(first, blobs_of())
    assert types(store, 1) == ["key", "signature", "key", "signature", "decision", "signature"]
    give(access, record(store))
    assert gate(store, old.id) and gate(store, first.id)
    assert holds(store)
    assert keys_of(store, PROGRAM)
    id = forged(store, "single-user")
    assert not gate(store, id)
    assert id in str(store.verify().problem_text)


def test_a_machines_key_confirms_the_next_key_where_the_file_is_lost(
    store: AuditStore, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARSEMIX_MACHINE_KEY", str(tmp_path / "machine.key"))
    store.single_user("Aiko").record_decision(decision(), blobs_of())
    key.unlink()
    other = AuditStore(store.database.location)
    other.single_user("Aiko").record_decision(decision(), blobs_of())
    assert len(keys_of(other, PROGRAM)) == 2
    assert holds(other)
    other.close()
