"""Sessions: how long they last, what ends them, and that no forged, ended or replayed token works."""

# ruff: noqa: S608 - forging by hand is the point; no text comes from outside

from __future__ import annotations

import pytest

from audit import Access, AuditStore, Role, SignInFailed, StoreUnavailable
from audit.people import sessions
from audit.people.sessions import IDLE, LONGEST
from tests.support.audit.forging import edit, value
from tests.support.audit.team import PASSWORD, Clock, change_account, enrol, record


@pytest.fixture
def aiko(timed: AuditStore) -> Access:
    timed.accounts.set_up("aiko", "Aiko", PASSWORD, roles=(Role.REVIEWER, Role.ADMIN))
    return timed.access(timed.accounts.sign_in("aiko", PASSWORD).token).signing(PASSWORD)


def over(access: Access) -> bool:
    """Return whether every use of the session is refused, with a message."""
    refused = 0
    for use in (
        lambda: access.person,
        access.decisions,
        access.queue.claim,
        lambda: access.store.accounts.person(access._token),
    ):
        try:
            use()
        except SignInFailed:
            refused += 1
    assert refused in (0, 4)
    return refused == 4


def test_a_session_ends_after_half_an_hour_without_use(timed: AuditStore, clock: Clock, aiko: Access) -> None:
    clock.move(IDLE - 1)
    assert not over(aiko)
    clock.move(IDLE)
    assert over(aiko)


def test_using_it_keeps_it_alive_but_not_for_ever(timed: AuditStore, clock: Clock, aiko: Access) -> None:
    for _ in range(LONGEST // (IDLE - 60)):
        clock.move(IDLE - 60)
        assert not over(aiko)
    clock.move(LONGEST % (IDLE - 60) - 1)
    assert not over(aiko)
    clock.move(1)
    assert over(aiko)


def test_the_token_tells_when_it_ends_at_the_latest(timed: AuditStore, clock: Clock, aiko: Access) -> None:
    session = timed.accounts.sign_in("aiko", PASSWORD)
    clock.move(LONGEST)
    assert session.expires_at == clock.text


def test_a_clock_that_is_set_back_does_not_prolong_it(timed: AuditStore, clock: Clock, aiko: Access) -> None:
    clock.move(-IDLE - 1)
    assert over(aiko)


def test_signing_out_ends_it(timed: AuditStore, aiko: Access) -> None:
    other = timed.access(timed.accounts.sign_in("aiko", PASSWORD).token)
    aiko.sign_out()
    assert over(aiko)
    assert not over(other)
    assert [entry.type for entry in timed.entries() if entry.subject == other.person.id][-1] == "signed_out"


def test_signing_out_twice_or_too_late_is_no_failure(timed: AuditStore, clock: Clock, aiko: Access) -> None:
    aiko.sign_out()
    size = timed.head().size
    aiko.sign_out()
    timed.accounts.sign_out("never was one")
    assert timed.head().size == size
    late = timed.access(timed.accounts.sign_in("aiko", PASSWORD).token)
    clock.move(IDLE)
    late.sign_out()
    clock.move(-60)
    assert over(late), "a session that was signed out came back with the clock"


@pytest.mark.parametrize(
    "change",
    [{"active": False}, {"roles": (Role.VIEWER,)}, {"name": "Aiko Sato"}, {"password": "a fresh new password"}],
)
def test_a_change_of_the_account_ends_all_its_sessions(timed: AuditStore, aiko: Access, change: dict[str, object]) -> None:
    account = aiko.admin.create_account("kenji", "Kenji", (Role.REVIEWER,), PASSWORD)
    held = [timed.access(timed.accounts.sign_in("kenji", PASSWORD).token) for _ in range(2)]
    assert not any(map(over, held))
    change_account(aiko, account.id, **change)  # type: ignore[arg-type]
    assert all(map(over, held))
    assert not over(aiko)


def test_an_account_that_is_not_active_cannot_come_in(timed: AuditStore, aiko: Access) -> None:
    account = aiko.admin.create_account("kenji", "Kenji", (Role.REVIEWER,), PASSWORD)
    change_account(aiko, account.id, active=False)
    with pytest.raises(SignInFailed):
        timed.accounts.sign_in("kenji", PASSWORD)
    with timed.database.write() as connection:  # even if there were a session
        token = sessions.open_session(timed.database, connection, account, "password (argon2id)").token
    assert over(timed.access(token))


@pytest.mark.parametrize("token", ["", "x", "\x00", "\udcff", "x" * 100_000, "' OR 1=1 --"])
def test_a_made_up_token_is_nobody(timed: AuditStore, aiko: Access, token: str) -> None:
    assert over(timed.access(token))


def test_what_is_stored_of_a_token_is_no_token(timed: AuditStore, aiko: Access, url: str) -> None:
    assert over(timed.access(value(url, "SELECT token_sha256 FROM sessions")))


def test_a_session_of_an_account_that_the_log_does_not_know_is_nobody(timed: AuditStore, aiko: Access, url: str) -> None:
    edit(url, "UPDATE sessions SET account_id='someone'")
    with pytest.raises(SignInFailed, match="this account is gone"):
        aiko.decisions()


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE sessions SET account_id='{root}' WHERE account_id='{aiko}'",
        "UPDATE sessions SET account_id='{root}', seq={seq} WHERE account_id='{aiko}'",
        "UPDATE sessions SET seq={seq} WHERE account_id='{aiko}'",
        "UPDATE sessions SET seq=99 WHERE account_id='{aiko}'",
        "UPDATE sessions SET expires_at='2030-01-01T00:00:00.000Z' WHERE account_id='{aiko}'",
        "UPDATE sessions SET authentication='in person' WHERE account_id='{aiko}'",
    ],
)
def test_a_session_that_was_changed_by_hand_is_nobody(timed: AuditStore, aiko: Access, url: str, forgery: str) -> None:
    """A person who can write to the database must not become somebody else or extend a session."""
    root = enrol(timed, aiko, "root", Role.ADMIN).person.id
    seq = timed.head().size
    assert not over(aiko)
    edit(url, forgery.format(root=root, seq=seq, aiko=timed.access(aiko._token or "").person.id))
    assert over(aiko)


def test_a_session_that_was_put_in_by_hand_is_nobody(timed: AuditStore, aiko: Access, url: str) -> None:
    forged = sessions.token_hash("made up")
    columns = "account_id, authentication, created_at, seen_at, expires_at, ended_at"
    edit(url, f"INSERT INTO sessions (token_sha256, seq, {columns}) SELECT '{forged}', seq, {columns} FROM sessions")
    assert over(timed.access("made up"))
    assert not over(aiko)


def test_a_refused_session_is_noted(timed: AuditStore, clock: Clock, aiko: Access) -> None:
    clock.move(IDLE)
    id = record(timed)
    with pytest.raises(SignInFailed):
        aiko.queue.claim_decision(id)
    entry = timed.entries()[-1]
    assert (entry.type, entry.actor, entry.subject) == ("denied", "unknown", id)


def test_what_was_done_stays_done_when_the_note_of_use_fails(timed: AuditStore, clock: Clock, aiko: Access, url: str) -> None:
    """Otherwise a person would read that nothing was stored, and review again."""
    id = record(timed)
    refuse = "BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
    if not url.startswith("sqlite"):
        edit(url, "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'disk is full'; END $$")
        refuse = "FOR EACH ROW EXECUTE FUNCTION full_disk()"
    edit(url, f"CREATE TRIGGER full_disk BEFORE UPDATE ON sessions {refuse}")
    clock.move(120)
    claim = aiko.queue.claim_decision(id)
    assert aiko.queue.claims() == [claim]
    with pytest.raises(StoreUnavailable):
        aiko.sign_out()


def test_reading_with_a_session_that_cannot_be_noted(timed: AuditStore, clock: Clock, aiko: Access, url: str) -> None:
    reader = AuditStore(url, read_only=True, clock=clock)
    clock.move(120)
    assert reader.access(aiko._token or "").decisions() == []
    reader.close()


def test_two_people_at_one_record_are_told_apart(timed: AuditStore, aiko: Access) -> None:
    other = enrol(timed, aiko, "kenji", Role.REVIEWER)
    assert {aiko.person.name, other.person.name} == {"Aiko", "Kenji"}
    assert aiko.names() == {aiko.person.id: "Aiko", other.person.id: "Kenji"}


def test_sessions_that_are_long_over_are_forgotten(timed: AuditStore, clock: Clock, aiko: Access) -> None:
    count = "SELECT count(*) FROM sessions"
    clock.move(LONGEST + 23 * 3600)
    timed.accounts.sign_in("aiko", PASSWORD)
    with timed.database.read() as connection:
        assert connection.exec_driver_sql(count).scalar_one() == 2
    clock.move(3600)
    timed.accounts.sign_in("aiko", PASSWORD)
    with timed.database.read() as connection:
        assert connection.exec_driver_sql(count).scalar_one() == 2
    assert timed.verify().ok
    assert over(aiko)
