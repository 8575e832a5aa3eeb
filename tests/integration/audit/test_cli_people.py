"""`python -m audit user` and `key` in a record where people sign: the password of `--as` signs what the command does."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from audit import AuditStore, Role, SignatureFailed
from audit.__main__ import main
from audit.log.roles import SYSTEM
from audit.people import sessions
from tests.support.audit.team import PASSWORD

Run = Callable[..., int]
SECOND = "another long password"


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPARSEMIX_DATABASE_URL", str(tmp_path / "audit.db"))
    return tmp_path / "audit.db"


@pytest.fixture
def run(db: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    def command(*words: str, typed: str = PASSWORD) -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
        return main([*words, "--password-stdin"])

    return command


@contextmanager
def opened(db: Path) -> Iterator[AuditStore]:
    store = AuditStore(db)
    yield store
    store.close()


def older(db: Path) -> None:
    """Fill a record as versions before signatures did: root, an administrator, and ann, a reviewer, who was here since."""
    with opened(db) as store:
        with store.database.write() as connection:
            made = {"name": "Somebody", "password": PASSWORD}
            root = sessions.create(store.database, connection, SYSTEM, login="root", roles=(Role.ADMIN,), **made)
            sessions.open_session(store.database, connection, root, "password (argon2id)")
            sessions.create(store.database, connection, root.id, login="ann", roles=(Role.REVIEWER,), **made)
        store.accounts.sign_in("ann", PASSWORD)


def listed(run: Run, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    capsys.readouterr()
    assert run("key", "list", "--as", "root", "--json") == 0
    states = {row["login"]: row["state"] for row in json.loads(capsys.readouterr().out)}
    assert states.pop("program") == "signs"
    return states


def test_accounts_are_signed_for_and_their_first_keys_sign_nothing(
    db: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("user", "add", "root", "--role", "admin") == 0
    assert "fingerprint of the root key" in capsys.readouterr().out
    assert run("user", "add", "ann", "--role", "reviewer", "--as", "root", typed=f"{PASSWORD}\n{SECOND}") == 0
    assert listed(run, capsys) == {"root": "signs", "ann": "signs its successor only"}
    assert run("user", "roles", "ann", "--role", "lead", "--as", "root") == 0
    assert run("user", "password", "root", "--as", "root", typed=f"{PASSWORD}\n{SECOND}") == 0
    assert run("user", "deactivate", "ann", "--as", "root", typed=SECOND) == 0
    assert main(["verify"]) == 0
    assert "people's signatures hold" in capsys.readouterr().out


def test_a_revoked_key_signs_nothing_and_the_last_one_stays(db: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("user", "add", "root", "--role", "admin")
    run("user", "add", "ann", "--role", "admin", "--as", "root", typed=f"{PASSWORD}\n{SECOND}")
    with opened(db) as store:
        token = store.accounts.sign_in("ann", SECOND).token
        token = store.accounts.change_password(token, SECOND, PASSWORD).token
    assert run("key", "revoke", "ann", "--as", "root") == 0
    with opened(db) as store, pytest.raises(SignatureFailed):
        store.access(token).signing(PASSWORD)
    assert run("key", "revoke", "root", "--as", "root") == 2
    assert "another administrator" in capsys.readouterr().err
    assert run("key", "revoke", "ann", "--as", "root") == 2
    assert run("key", "revoke", "program", "--as", "root") == 0
    assert "nothing is decided" in capsys.readouterr().out
    assert main(["verify"]) == 0


def test_an_administrator_confirms_another_key_of_the_program_where_the_file_is_lost(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("user", "add", "root", "--role", "admin")
    assert run("user", "list", "--as", "root") == 0
    monkeypatch.setenv("SPARSEMIX_PROGRAM_KEY", str(tmp_path / "another.key"))
    assert run("user", "list", "--as", "root") == 2
    assert "confirm it with `python -m audit key confirm`" in capsys.readouterr().err
    assert run("key", "list", "--as", "root", "--json") == 0
    waiting = next(row for row in json.loads(capsys.readouterr().out) if row["state"] == "waits")
    assert run("key", "confirm", waiting["fingerprint"], "--as", "root") == 0
    assert run("user", "list", "--as", "root") == 0
    assert main(["verify"]) == 0


def test_a_waiting_key_is_confirmed_by_its_fingerprint(db: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    older(db)
    assert main(["verify"]) == 0
    assert "nobody signs yet" in capsys.readouterr().out
    assert main(["key", "begin"]) == 2
    assert run("key", "begin", "--as", "root") == 0
    assert listed(run, capsys) == {"root": "signs", "ann": "waits"}
    assert run("key", "list", "--as", "root", "--json") == 0
    waiting = next(row for row in json.loads(capsys.readouterr().out) if row["login"] == "ann")
    assert run("key", "confirm", "ffff", "--as", "root") == 2
    assert run("key", "confirm", waiting["fingerprint"][:9], "--as", "root") == 0
    assert listed(run, capsys) == {"root": "signs", "ann": "signs"}
    assert run("key", "begin", "--as", "root") == 2
    assert main(["verify"]) == 0


AS_ROOT = [
    ("user", "add", "ann", "--role", "reviewer"),
    ("user", "add", "ann", "--role", "admin"),
    ("user", "list"),
    ("token", "issue", "--for", "mes", "--role", "service"),
    ("token", "list"),
    ("key", "list"),
    ("key", "begin"),
    ("weights", "use", "default"),
    ("weights", "add", "w.pt"),
    ("erase", "--due"),
]


@pytest.mark.parametrize("command", AS_ROOT)
def test_nobody_is_anybody_in_a_record_without_accounts(
    db: Path, run: Run, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    assert run(*command, "--as", "root", typed=f"{PASSWORD}\n{SECOND}") == 2
    assert "no audit database" in capsys.readouterr().err and not db.exists()
    with opened(db) as store:
        before = store.head()
        assert run(*command, "--as", "root", typed=f"{PASSWORD}\n{SECOND}") == 2
        assert "no accounts" in (told := capsys.readouterr().err) and "check --db" in told
        assert store.head() == before and not store.accounts.exist()


@pytest.mark.parametrize("roles", [(), ("--role", "reviewer")])
def test_the_first_account_is_an_administrators_or_none(
    db: Path, run: Run, capsys: pytest.CaptureFixture[str], roles: tuple[str, ...]
) -> None:
    assert run("user", "add", "ann", *roles) == 2
    assert "--role admin" in capsys.readouterr().err and not db.exists()


@pytest.mark.parametrize("command", [("user", "list"), ("token", "list"), ("weights", "use", "default"), ("grant", "app")])
def test_a_mistyped_path_makes_no_record(db: Path, command: tuple[str, ...]) -> None:
    assert main([*command]) == 2
    assert not db.exists()
