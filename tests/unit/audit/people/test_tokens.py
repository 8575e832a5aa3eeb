"""Tokens of other programs: they allow what their role allows, until they expire, and only the log holds them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from audit import Access, Action, AuditStore, Conflict, Denied, InvalidRecord, NotFound, Role, SignInFailed
from audit.__main__ import main
from audit.people.sessions import token_hash
from audit.people.tokens import MACHINE_ROLES
from tests.support.audit.builders import blobs_of, decision
from tests.support.audit.forging import edit
from tests.support.audit.team import Clock, change_account, join

DAY = 86_400


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(url: str, clock: Clock) -> AuditStore:
    opened = AuditStore(url, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def root(store: AuditStore) -> Access:
    return join(store, "root", Role.ADMIN)


def test_a_token_does_what_its_role_allows_and_nothing_else(store: AuditStore, root: Access) -> None:
    issued = root.tokens.issue("mes", (Role.SERVICE,), days=90)
    program = store.service(issued.token)
    person = program.person
    assert (person.id, person.name, person.roles) == (issued.known.account_id, "mes", (Role.SERVICE,))
    assert person.authentication == f"token {issued.known.sha256[:12]}"
    assert [action for action in Action if program.can(action)] == [Action.READ, Action.VERIFY, Action.ANALYSE]
    entry = program.record_decision(decision(), blobs_of())
    assert entry.actor == person.id
    with pytest.raises(Denied, match="mes may not"):
        program.queue.claim()
    onlooker = store.service(root.tokens.issue("screen", (Role.VIEWER,), days=90).token)
    assert onlooker.decision(entry.subject).id == entry.subject
    with pytest.raises(Denied):
        onlooker.record_decision(decision(), blobs_of())
    assert store.verify().ok


def test_the_record_does_not_hold_the_token(store: AuditStore, root: Access) -> None:
    issued = root.tokens.issue("mes", (Role.SERVICE,), days=90)
    assert issued.token.startswith("smx_") and len(issued.token) >= 47
    assert issued.known.sha256 == token_hash(issued.token)
    with store.database.read() as connection:
        payloads = list(connection.exec_driver_sql("SELECT payload FROM payloads").scalars())
    assert not any(issued.token in payload for payload in payloads)
    with pytest.raises(SignInFailed):
        store.service(issued.known.sha256).person  # noqa: B018 - asking is the point


def test_tokens_that_are_wrong_expired_or_revoked_let_nobody_in(store: AuditStore, root: Access, clock: Clock) -> None:
    issued = root.tokens.issue("mes", (Role.SERVICE,), days=2)
    other = root.tokens.issue("mes", (Role.SERVICE,), days=1)

    def refused(token: str, why: str) -> None:
        before = store.head().size
        with pytest.raises(SignInFailed, match=why):
            store.service(token).head()
        assert [(entry.type, entry.actor) for entry in store.entries(after=before)][-1] == ("denied", "unknown")

    for wrong in ("", "x", issued.token[:-1], issued.token.upper(), "\udcff"):
        refused(wrong, "nobody has this token")
    refused(root._token or "", "nobody has this token")
    with pytest.raises(SignInFailed):  # a program's token is not a session
        store.access(issued.token).head()
    clock.move(DAY - 1)
    store.service(other.token).head()
    clock.move(1)
    refused(other.token, "run out")
    store.service(issued.token).head()
    clock.move(-3 * DAY)
    refused(issued.token, "run out")
    clock.move(2 * DAY + 100)
    root = join(store, "second", Role.ADMIN)
    assert root.tokens.revoke(issued.known.sha256[:10]).revoked
    refused(issued.token, "revoked")
    assert {token.sha256: token.revoked for token in root.tokens.all()} == {
        issued.known.sha256: True,
        other.known.sha256: False,
    }
    with pytest.raises(Conflict, match="already"):
        root.tokens.revoke(issued.known.sha256)
    for unknown in ("", "z", "0" * 64):
        with pytest.raises(NotFound):
            root.tokens.revoke(unknown)


def test_an_account_that_is_ended_or_changed_takes_its_tokens_along(store: AuditStore, root: Access) -> None:
    issued = root.tokens.issue("mes", (Role.SERVICE,), days=90)
    account = issued.known.account_id
    change_account(root, account, roles=(Role.SERVICE, *(role for role in Role if role not in MACHINE_ROLES)))
    assert store.service(issued.token).person.roles == (Role.SERVICE,)  # a program judges no decisions
    change_account(root, account, active=False)
    with pytest.raises(SignInFailed, match="not active"):
        store.service(issued.token).head()
    root.admin.erase_account(account, "replaced")
    with pytest.raises(SignInFailed, match="gone"):
        store.service(issued.token).head()
    assert store.verify().ok


def test_a_service_account_is_nobodys_who_signs_in(store: AuditStore, root: Access) -> None:
    root.tokens.issue("mes", (Role.SERVICE,), days=90)
    with pytest.raises(SignInFailed):
        store.accounts.sign_in("mes", "")
    with pytest.raises(Conflict, match="a person's account"):
        root.tokens.issue("root", (Role.SERVICE,), days=90)
    with pytest.raises(Conflict, match="has the roles"):
        root.tokens.issue("mes", (Role.VIEWER,), days=90)
    for roles, days in (((Role.REVIEWER,), 90), ((), 90), ((Role.SERVICE,), 0), ((Role.SERVICE,), -3), ((Role.SERVICE,), 367)):
        with pytest.raises(InvalidRecord):
            root.tokens.issue("other", roles, days=days)
    with pytest.raises(Denied):
        join(store, "lea", Role.LEAD).tokens.issue("mes", (Role.SERVICE,), days=1)


def test_a_record_without_accounts_gives_no_tokens(store: AuditStore) -> None:
    with pytest.raises(Conflict, match="administrator first"):
        store.single_user("me").tokens.issue("mes", (Role.SERVICE,), days=90)
    assert not store.accounts.exist()


def test_tokens_written_by_hand_are_not_accepted_and_found(tmp_path: Path) -> None:
    path = tmp_path / "audit.db"
    store = AuditStore(path)
    root = join(store, "root", Role.ADMIN)
    issued = root.tokens.issue("mes", (Role.SERVICE,), days=90)
    root.tokens.revoke(issued.known.sha256)
    store.close()
    edit(
        str(path),
        """UPDATE payloads SET payload = replace(payload, '"revoked":true', '"revoked":false')
           WHERE seq = (SELECT max(seq) FROM log WHERE type = 'token')""",
    )
    store = AuditStore(path)
    with pytest.raises(Exception, match="was changed after it was recorded"):
        store.service(issued.token).head()
    assert not store.verify().ok
    store.close()


def test_from_the_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    db = str(tmp_path / "audit.db")
    typed = "correct horse battery\n"

    def run(*words: str) -> str:
        monkeypatch.setattr("sys.stdin", __import__("io").StringIO(typed))
        code = main([*words, "--db", db, "--password-stdin"])
        output = capsys.readouterr()
        assert code == 0, output.err
        return output.out

    run("user", "add", "root", "--role", "admin")
    issued = run("token", "issue", "--for", "mes", "--role", "service", "--days", "30", "--as", "root")
    token = issued.splitlines()[0]
    store = AuditStore(db)
    assert store.service(token).person.name == "mes"
    start = token_hash(token)[:12]
    assert start in run("token", "list", "--as", "root")
    assert json.loads(run("token", "list", "--json", "--as", "root"))[0]["login"] == "mes"
    run("token", "revoke", start, "--as", "root")
    assert "(revoked)" in run("token", "list", "--as", "root")
    with pytest.raises(SignInFailed):
        store.service(token).head()
    store.close()
    monkeypatch.setattr("sys.stdin", __import__("io").StringIO(typed))
    assert main(["token", "issue", "--for", "mes", "--as", "root", "--db", db, "--password-stdin"]) == 2
    assert "--role" in capsys.readouterr().err
