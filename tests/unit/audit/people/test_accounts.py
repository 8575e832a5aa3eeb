"""Accounts: the first administrator, the last administrator, who may see what, and that only the log grants roles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit import Access, AccountChanged, AuditStore, Conflict, Denied, InvalidRecord, NotFound, Role, SignInFailed, Tampered
from audit.records.canonical import parse
from tests.support.audit.builders import blobs_of, decision
from tests.support.audit.forging import edit, value, verdict
from tests.support.audit.team import PASSWORD, change_account, come_back, join


@pytest.fixture
def root(store: AuditStore) -> Access:
    """Return the first administrator, set up and signed in with a password, with the key open."""
    store.accounts.set_up("root", "Ren Root", PASSWORD)
    return store.access(store.accounts.sign_in("root", PASSWORD).token).signing(PASSWORD)


def test_nobody_can_come_in_before_the_first_account_is_made(store: AuditStore) -> None:
    assert not store.accounts.exist()
    for login, password in (("admin", "admin"), ("root", ""), ("", ""), ("admin", PASSWORD)):
        with pytest.raises(SignInFailed):
            store.accounts.sign_in(login, password)
    with pytest.raises(SignInFailed):
        store.access("").summary("x")


def test_the_first_account_is_an_administrator(store: AuditStore) -> None:
    account = store.accounts.set_up("  Root ", " Ren Root ", PASSWORD, roles=(Role.REVIEWER,))
    assert (account.login, account.name, account.provider, account.active) == ("root", "Ren Root", "password", True)
    assert set(account.roles) == {Role.REVIEWER, Role.ADMIN}
    assert store.accounts.exist()
    access = store.access(store.accounts.sign_in("ROOT ", PASSWORD).token)
    assert (access.person.name, set(access.person.roles)) == ("Ren Root", set(account.roles))
    assert access.person.authentication == "password (argon2id)"
    begun = ["set_up", "person", "account", *["key", "signature"] * 2]
    assert [entry.type for entry in store.entries()] == [*begun, "sessions_ended", "signature", "signed_in", "signature"]
    assert store.verify().ok


def test_there_is_no_second_set_up(store: AuditStore, root: Access) -> None:
    with pytest.raises(Conflict):
        store.accounts.set_up("other", "Other", PASSWORD)
    assert [account.login for account in root.admin.accounts()] == ["root"]


@pytest.mark.parametrize("password", ["", "short", "x" * 1001, "contains-ROOT-itself", "nul\x00nul\x00nul", "\ud800" * 10])
def test_a_bad_first_password_makes_no_account(store: AuditStore, password: str) -> None:
    with pytest.raises(InvalidRecord, match="password"):
        store.accounts.set_up("root", "Ren", password)
    assert not store.accounts.exist()
    assert store.head().size == 0


def test_single_user_mode_ends_with_the_first_account(store: AuditStore) -> None:
    alone = store.single_user("Aiko Tanaka")
    assert (alone.person.name, set(alone.person.roles)) == ("Aiko Tanaka", set(Role))
    assert "not verified" in alone.person.authentication
    assert store.single_user("  ").person.name == "the user of this machine"
    store.accounts.set_up("root", "Ren", PASSWORD)
    with pytest.raises(SignInFailed):
        alone.decisions()
    with pytest.raises(Denied):
        store.single_user("Aiko Tanaka").decisions()


def test_accounts_are_made_and_changed_by_administrators(store: AuditStore, root: Access) -> None:
    account = root.admin.create_account("Aiko", "Aiko Tanaka", (Role.REVIEWER,), PASSWORD)
    assert account.login == "aiko"
    access = store.access(store.accounts.sign_in("aiko", PASSWORD).token)
    assert access.person.roles == (Role.REVIEWER,)
    changed = change_account(root, account.id, name="Aiko Sato", roles=(Role.LEAD,))
    assert (changed.id, changed.name, changed.roles, changed.login) == (account.id, "Aiko Sato", (Role.LEAD,), "aiko")
    with pytest.raises(NotFound):
        root.admin.change_account(replace(changed, id="f" * 32), active=False)
    with pytest.raises(Conflict, match="taken"):
        root.admin.create_account(" AIKO", "Another Aiko", (), PASSWORD)
    assert {account.login for account in root.admin.accounts()} == {"root", "aiko"}
    assert store.verify().ok


@pytest.mark.parametrize("change", [{"name": "Aiko Sato"}, {"active": False}, {"active": True}, {"password": PASSWORD[::-1]}])
def test_a_change_of_an_account_that_changed_meanwhile_is_refused(
    store: AuditStore, root: Access, change: dict[str, object]
) -> None:
    """Two administrators at once: the second decides again, on the account as it is now."""
    seen = root.admin.create_account("aiko", "Aiko", (Role.LEAD, Role.REVIEWER), PASSWORD)
    now = root.admin.change_account(seen, roles=(Role.REVIEWER,), active=False)
    size = store.head().size
    with pytest.raises(AccountChanged, match="aiko was changed since"):
        root.admin.change_account(seen, **change)  # type: ignore[arg-type]
    assert store.head().size == size
    assert now in root.admin.accounts()
    again = root.admin.change_account(now, name="Aiko Sato")
    assert (again.name, again.roles, again.active) == ("Aiko Sato", (Role.REVIEWER,), False)
    assert store.verify().ok


def test_a_password_that_was_changed_meanwhile_is_a_change_too(store: AuditStore, root: Access) -> None:
    seen = root.admin.create_account("aiko", "Aiko", (Role.LEAD,), PASSWORD)
    store.accounts.change_password(store.accounts.sign_in("aiko", PASSWORD).token, PASSWORD, PASSWORD[::-1])
    with pytest.raises(AccountChanged):
        root.admin.change_account(seen, password=PASSWORD)


@pytest.mark.parametrize(
    "change",
    [
        {"login": ""},
        {"login": "a\x00"},
        {"login": "a" * 201},
        {"name": " "},
        {"name": "x" * 201},
        {"roles": (Role.VIEWER, Role.VIEWER)},
        {"roles": ("admin",)},
        {"password": "aiko-and-more"},
    ],
)
def test_an_account_refuses(store: AuditStore, root: Access, change: dict[str, object]) -> None:
    fields = {"login": "aiko", "name": "Aiko", "roles": (Role.VIEWER,), "password": PASSWORD} | change
    with pytest.raises(InvalidRecord):
        root.admin.create_account(**fields)  # type: ignore[arg-type]
    assert len(root.admin.accounts()) == 1


def test_an_active_administrator_always_remains(store: AuditStore, root: Access) -> None:
    other = root.admin.create_account("aiko", "Aiko", (Role.ADMIN,), PASSWORD)
    change_account(root, other.id, active=False)
    me = root.person.id
    for change in ({"active": False}, {"roles": (Role.LEAD,)}):
        with pytest.raises(Conflict, match="administrator has to remain"):
            change_account(root, me, **change)  # type: ignore[arg-type]
    change_account(root, other.id, active=True)
    change_account(root, me, roles=(Role.VIEWER,))
    with pytest.raises(Denied):
        come_back(store, me).admin.accounts()


def test_every_account_entry_commits_to_roles_and_credential(store: AuditStore, root: Access, url: str) -> None:
    names, content = (parse(store.sealed(entry.seq).payload) for entry in store.entries()[1:3])
    assert names == {"login": "root", "name": root.person.name}
    assert (content["roles"], content["active"], content["provider"]) == (["admin"], True, "password")
    assert not names.keys() & content.keys()
    assert content["credential_sha256"] is not None
    assert "password" not in {name for name in content if name != "provider"}
    hashed = value(url, "SELECT password_hash FROM credentials")
    assert hashed not in "".join(store.sealed(e.seq).payload for e in store.entries())


def test_a_role_that_was_written_by_hand_is_not_granted(store: AuditStore, url: str) -> None:
    aiko = join(store, "aiko", Role.VIEWER)
    edit(url, """UPDATE payloads SET payload=replace(payload, '"viewer"', '"admin"') WHERE payload LIKE '%viewer%'""")
    for use in (lambda: aiko.person, aiko.admin.accounts, aiko.decisions):
        with pytest.raises(Tampered):
            use()
    assert verdict(url)[0] == 6


def test_an_account_entry_that_was_written_by_hand_is_not_granted(store: AuditStore, url: str) -> None:
    aiko = join(store, "aiko", Role.VIEWER)
    edit(
        url,
        "INSERT INTO log SELECT 8, ts, actor, type, subject, commitment, hash, hash FROM log WHERE seq=6",
        """INSERT INTO payloads SELECT 8, salt, replace(payload, '"viewer"', '"admin"') FROM payloads WHERE seq=6""",
    )
    with pytest.raises(Tampered):
        aiko.admin.accounts()
    assert not store.verify().ok


def test_a_password_that_was_swapped_lets_nobody_in(store: AuditStore, root: Access, url: str) -> None:
    root.admin.create_account("aiko", "Aiko", (Role.VIEWER,), "another long password")
    edit(
        url,
        "UPDATE credentials SET password_hash=(SELECT password_hash FROM credentials WHERE login='aiko') WHERE login='root'",
    )
    for password in (PASSWORD, "another long password"):
        with pytest.raises(SignInFailed):
            store.accounts.sign_in("root", password)
    why = [parse(store.sealed(e.seq).payload)["how"] for e in store.entries() if e.type == "sign_in_failed"]
    assert any("not the one that the log committed to" in text for text in why)
    seq, text = verdict(url)
    assert seq == 3
    assert "login name or password" in text


def test_a_swapped_login_name_is_found(store: AuditStore, root: Access, url: str) -> None:
    root.admin.create_account("aiko", "Aiko", (Role.VIEWER,), "another long password")
    edit(
        url,
        "UPDATE credentials SET login='x' WHERE login='root'",
        "UPDATE credentials SET login='root' WHERE login='aiko'",
        "UPDATE credentials SET login='aiko' WHERE login='x'",
    )
    assert verdict(url)[0] == 3


def test_an_added_or_removed_credential_is_found(store: AuditStore, root: Access, url: str) -> None:
    edit(url, "INSERT INTO credentials (account_id, login, failures) VALUES ('someone', 'backdoor', 0)")
    assert "no log entry recorded" in verdict(url)[1]
    edit(url, "DELETE FROM credentials")
    assert verdict(url)[0] == 3


def test_single_user_mode_does_not_come_back_with_a_lost_password_table(store: AuditStore, root: Access, url: str) -> None:
    edit(url, "DELETE FROM credentials", "DELETE FROM sessions")
    assert store.accounts.exist()
    with pytest.raises(SignInFailed):
        store.single_user("Aiko").decisions()
    with pytest.raises(Conflict):
        store.accounts.set_up("mallory", "Mallory", PASSWORD)


def test_who_had_a_decision_made_is_the_actor(store: AuditStore) -> None:
    lead = join(store, "lead", Role.LEAD)
    recorded = decision()
    assert lead.record_decision(recorded, blobs_of()).actor == lead.person.id
