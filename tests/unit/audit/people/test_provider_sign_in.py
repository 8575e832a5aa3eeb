"""Signing in through an identity provider: the provider says who it is, the record says what they may do."""

from __future__ import annotations

import pytest

from audit import AuditStore, Denied, InvalidRecord, Role, SignInFailed
from audit.people import sessions
from tests.support.audit.team import Clock, change_account, come_back, join

ISSUER = "https://login.plant.example"


def sign_in(store: AuditStore, clock: Clock, subject: str = "u-1", name: str = "Aiko", issuer: str = ISSUER, **more: object):
    options = {"issued_at": clock.text, "roles": (Role.VIEWER,)} | more
    return store.access(store.accounts.sign_in_by_provider(issuer, subject, name, **options).token)  # type: ignore[arg-type]


def test_somebody_new_gets_an_account_with_the_roles_for_newcomers(timed: AuditStore, clock: Clock) -> None:
    aiko = sign_in(timed, clock)
    person = aiko.person
    assert (person.name, person.roles) == ("Aiko", (Role.VIEWER,))
    assert person.authentication == f"OpenID Connect ({ISSUER})"
    assert [entry.type for entry in timed.entries()] == ["person", "account", "signed_in"]
    with pytest.raises(Denied):
        aiko.queue.claim()
    assert timed.verify().ok


def test_who_comes_again_is_the_same_person(timed: AuditStore, clock: Clock) -> None:
    first = sign_in(timed, clock).person.id
    again = sign_in(timed, clock, name="Aiko Sato", roles=tuple(Role))
    assert (again.person.id, again.person.name, again.person.roles) == (first, "Aiko", (Role.VIEWER,))


def test_roles_are_given_by_an_administrator_and_stay(timed: AuditStore, clock: Clock) -> None:
    root, account_id = join(timed, "root", Role.ADMIN), sign_in(timed, clock).person.id
    change_account(root, account_id, roles=(Role.REVIEWER,))
    assert sign_in(timed, clock).person.roles == (Role.REVIEWER,)


def test_who_was_ended_stays_out(timed: AuditStore, clock: Clock) -> None:
    root, account_id = join(timed, "root", Role.ADMIN), sign_in(timed, clock).person.id
    change_account(root, account_id, active=False)
    with pytest.raises(SignInFailed, match="not active"):
        sign_in(timed, clock)
    assert timed.entries()[-2].type == "account"


def test_a_failed_sign_in_is_noted(timed: AuditStore, clock: Clock) -> None:
    root, account_id = join(timed, "root", Role.ADMIN), sign_in(timed, clock).person.id
    change_account(root, account_id, active=False)
    with pytest.raises(SignInFailed):
        sign_in(timed, clock)
    entry = timed.entries()[-1]
    assert (entry.type, entry.subject) == ("sign_in_failed", account_id)


def test_the_word_of_the_provider_grows_old(timed: AuditStore, clock: Clock) -> None:
    """The provider's cookie lasts for a month; a session does not."""
    issued = clock.text
    clock.move(sessions.LONGEST - 1)
    assert sign_in(timed, clock, issued_at=issued).person.name == "Aiko"
    clock.move(1)
    with pytest.raises(SignInFailed, match="too long ago"):
        sign_in(timed, clock, issued_at=issued)
    with pytest.raises(InvalidRecord):
        sign_in(timed, clock, issued_at="yesterday")


def test_another_provider_is_another_person(timed: AuditStore, clock: Clock) -> None:
    first = sign_in(timed, clock).person.id
    second = sign_in(timed, clock, issuer="https://other.example").person.id
    assert first != second


def test_names_of_a_provider_that_differ_only_in_case_are_two_people(timed: AuditStore, clock: Clock) -> None:
    """OpenID Connect Core, section 2: `sub` is a case-sensitive string."""
    ids = {sign_in(timed, clock, subject=subject).person.id for subject in ("u-a", "U-a", "U-A", "u-a ")}
    assert len(ids) == 4
    assert sign_in(timed, clock, subject="U-A").person.id in ids
    assert len(timed.entries()) == 4 * 3 + 1


def test_a_password_account_of_the_same_name_is_not_taken_over(timed: AuditStore, clock: Clock) -> None:
    root = join(timed, "root", Role.ADMIN)
    root.admin.create_account(f"u-1@{ISSUER}", "Somebody else", (Role.ADMIN,), "correct horse battery")
    with pytest.raises(SignInFailed):
        sign_in(timed, clock)


def test_nobody_comes_in_with_a_password_through_such_an_account(timed: AuditStore, clock: Clock) -> None:
    sign_in(timed, clock)
    for password in ("", "x" * 12):
        with pytest.raises(SignInFailed):
            timed.accounts.sign_in(f"u-1@{ISSUER}", password)


@pytest.mark.parametrize("bad", [{"subject": ""}, {"subject": "x" * 151}, {"subject": "a\x00"}, {"issuer": ""}])
def test_what_is_no_name_is_refused(timed: AuditStore, clock: Clock, bad: dict[str, str]) -> None:
    with pytest.raises(InvalidRecord):
        sign_in(timed, clock, **bad)
    assert timed.head().size == 0


def test_a_name_that_is_missing_or_long_keeps_nobody_out(timed: AuditStore, clock: Clock) -> None:
    assert sign_in(timed, clock, name=" ").person.name == f"u-1@{ISSUER}"
    assert sign_in(timed, clock, subject="u-2", name="A" * 500).person.name == "A" * 200


def test_single_user_mode_ends_with_the_first_of_them(timed: AuditStore, clock: Clock) -> None:
    alone = timed.single_user("Aiko")
    sign_in(timed, clock)
    with pytest.raises(SignInFailed):
        alone.decisions()


def test_a_session_ends_as_any_other(timed: AuditStore, clock: Clock) -> None:
    access = sign_in(timed, clock)
    account_id = access.person.id
    clock.move(sessions.IDLE)
    with pytest.raises(SignInFailed):
        access.decisions()
    assert come_back(timed, account_id).decisions() == []
