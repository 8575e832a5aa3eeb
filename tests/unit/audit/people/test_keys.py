"""Keys: sealed under a password, opened by it alone, and what forged ones lead to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import Connection, select

from audit import AuditStore, InvalidRecord, Role, SignatureFailed, SignatureNeeded, TooManyPasswords
from audit.log.entries import KEY
from audit.log.roles import SYSTEM
from audit.log.signatures import Signer, public_half
from audit.people import hashing as hashing_places
from audit.people import keys, sealed_keys
from audit.people.hashing import hashing
from audit.people.keys import PublicKey
from audit.storage.schema import signing_keys
from tests.support.audit.fixtures import SEALING, cheap
from tests.support.audit.team import PASSWORD, enrol, set_up

FRESH = PASSWORD[::-1]
NOW = "2026-03-01T10:00:00.000Z"
SEALED = keys.new_key()


class UndoneError(Exception):
    pass


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AuditStore]:
    """Yield a record with a sealed key of "aiko"."""
    store = AuditStore(tmp_path_factory.mktemp("keys") / "audit.db")
    with cheap(), store.database.write() as connection:
        sealed_keys.store(connection, "aiko", SEALED, PASSWORD, NOW)
    yield store
    store.close()


@pytest.fixture
def connection(sealed: AuditStore) -> Iterator[Connection]:
    """Yield a transaction that is undone."""
    with pytest.raises(UndoneError), sealed.database.write() as opened:
        yield opened
        raise UndoneError


def cell(connection: Connection, name: str) -> Any:
    return connection.execute(select(signing_keys.c[name])).scalar_one()


def forge(connection: Connection, **cells: Any) -> None:
    connection.exec_driver_sql(f"UPDATE signing_keys SET {', '.join(f'{name} = ?' for name in cells)}", tuple(cells.values()))  # noqa: S608


def test_the_right_password_opens_the_key_that_was_sealed(connection: Connection) -> None:
    signer = sealed_keys.opened(connection, "aiko", PASSWORD)
    assert signer is not None
    assert (signer.account_id, signer.kind, public_half(signer.private)) == ("aiko", "password", public_half(SEALED))
    assert sealed_keys.has_sealed(connection, "aiko")
    assert not sealed_keys.has_sealed(connection, "ben")


def test_neither_the_key_nor_the_password_is_stored_in_the_clear(connection: Connection) -> None:
    stored = json.dumps([dict(row) for row in connection.execute(select(signing_keys)).mappings()])
    assert SEALED.private_bytes_raw().hex() not in stored
    assert PASSWORD not in stored


@pytest.mark.parametrize("password", ["", PASSWORD[1:], PASSWORD.upper(), PASSWORD + "\0", "\udcff", "x" * 100_000], ids=len)
def test_another_password_opens_nothing(connection: Connection, password: str) -> None:
    assert sealed_keys.opened(connection, "aiko", password) is None


def test_a_person_without_a_key_is_told_what_to_do(connection: Connection) -> None:
    with pytest.raises(SignatureFailed, match="sign out and in again"):
        sealed_keys.opened(connection, "ben", PASSWORD)


def test_a_key_is_sealed_for_its_account_and_its_public_half(connection: Connection) -> None:
    """Moved to another account, or under another public key, it opens with no password."""
    forge(connection, account_id="ben")
    assert sealed_keys.opened(connection, "ben", PASSWORD) is None
    forge(connection, account_id="aiko", public_key=public_half(keys.new_key()))
    assert sealed_keys.opened(connection, "aiko", PASSWORD) is None


def test_a_new_key_replaces_the_stored_one_and_has_another_salt(connection: Connection) -> None:
    before = cell(connection, "sealed")
    sealed_keys.store(connection, "aiko", SEALED, PASSWORD, NOW)
    old, new = json.loads(before), json.loads(cell(connection, "sealed"))
    assert old.pop("proof") == new.pop("proof")  # of the same key
    assert not {*old.values()} & {*new.values()}
    sealed_keys.drop(connection, "aiko")
    assert not sealed_keys.has_sealed(connection, "aiko")


def _sealed(**parts: Any) -> str:
    return json.dumps({"salt": "ab" * 16, "nonce": "cd" * 12, "sealed": "ef" * 48} | parts)


FORGED = [
    *("", "null", "5", "[]", "{}", '"x"', "{", "\0", "[" * 100_000, '{"a":' * 100_000, "9" * 10_000, "NaN", '{"salt": 1e999}'),
    *(_sealed(salt=bad) for bad in ("", "ab", "ab" * 7, "zz", None, 5, [], {}, "ab" * 100_000, "\ud800")),
    *(_sealed(nonce=bad) for bad in ("", "cd", "cd" * 13, "zz", None, 5, [])),
    *(_sealed(sealed=bad) for bad in ("", "ef", "ef" * 47, "ef" * 100_000, "zz", None, 5)),
    *(_sealed(extra=bad) for bad in ("zz", None)),
    *(
        5,
        1.5,
        b"",
        b"\xff\xfe",
        b"{}",
        _sealed().encode(),
        _sealed().encode("utf-16"),
        "\ud800".encode("utf-8", "surrogatepass"),
    ),
]


@pytest.mark.parametrize("stored", FORGED, ids=lambda stored: repr(stored)[:40])
def test_a_forged_sealed_key_opens_nothing(connection: Connection, stored: Any) -> None:
    forge(connection, sealed=stored)
    try:
        assert sealed_keys.opened(connection, "aiko", PASSWORD) is None
    except SignatureFailed as failed:
        assert "ask an administrator" in str(failed)


@pytest.mark.parametrize("name", ["public_key", "kind", "made_at"])
@pytest.mark.parametrize("stored", ["", "x", "ab" * 31, "\0", 5, 1.5, b"", b"\xff", "AB" * 32, "ü" * 64, "[" * 200], ids=repr)
def test_forged_cells_beside_it_open_nothing_and_break_no_list(connection: Connection, name: str, stored: Any) -> None:
    forge(connection, **{name: stored})
    signer = None
    with suppress(SignatureFailed):
        signer = sealed_keys.opened(connection, "aiko", PASSWORD)
    assert (signer is not None) is (name == "made_at")
    if name == "kind":
        with suppress(SignatureFailed):
            assert sealed_keys.opener(connection, "aiko", b"secret")() is None
    for key in keys.waiting(connection):
        assert len(key.fingerprint.split()) == 8
        assert (key.kind, type(key.made_at)) == ("password", str)


def test_a_fingerprint_is_half_a_hash_in_groups() -> None:
    one, other = (keys.fingerprint(public_half(keys.new_key())) for _ in range(2))
    assert one != other
    assert keys.fingerprint("00" * 32) == "6668 7aad f862 bd77 6c8f c18b 8e9f 8e20"


def test_sealing_and_opening_take_a_place(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing_places, "PATIENCE", 0.01)
    with hashing(signed_in=True), hashing(signed_in=True):
        with pytest.raises(TooManyPasswords):
            sealed_keys.opened(connection, "aiko", PASSWORD)
        with pytest.raises(TooManyPasswords):
            sealed_keys.store(connection, "aiko", SEALED, PASSWORD, NOW)


def test_the_costs_are_those_that_rfc_9106_recommends() -> None:
    assert SEALING == {"_MEMORY": 64 * 1024, "_PASSES": 3, "_LANES": 4}


def test_keys_in_the_log(store: AuditStore) -> None:
    """The root, keys that replace those of their kind, and those that are revoked."""
    root = set_up(store)
    aiko = enrol(store, root, "aiko", Role.REVIEWER)
    id, admin = aiko.person.id, root.person.id
    kinds = ("password", "passkey", "password")
    made = [keys.public_key(Signer(id, kind, keys.new_key()), "", initial=n == 2) for n, kind in enumerate(kinds)]
    public = [key.public_key for key in made]
    database = store.database
    with database.write() as connection:
        assert keys.root_key(connection) == public_half(root.signer.private)  # type: ignore[union-attr]
        database.sign_as(connection, root.signer)
        database.sign_as(connection, aiko.signer)
        keys.record(database, connection, id, made[1])
        keys.record(database, connection, id, made[0])
        database.sign_as(connection, root.signer)
        held = keys.account_keys(connection, id)
        assert [(key.public_key, key.kind) for key in held] == [(public[1], "passkey"), (public[0], "password")]
        keys.record(database, connection, admin, made[2])
        held = keys.account_keys(connection, id)
        assert [(key.public_key, key.initial) for key in held] == [(public[1], False), (public[2], True)]
        content = {"public_key": public[1], "kind": "passkey", "initial": False, "revoked": True}
        database.append(connection, actor=admin, type=KEY, subject=id, payload=content)
        assert [key.public_key for key in keys.account_keys(connection, id)] == [public[2]]
    assert store.verify().ok


def test_nothing_but_a_key_of_a_known_kind_is_recorded(store: AuditStore) -> None:
    with store.database.write() as connection:
        assert keys.root_key(connection) is None
        for public, kind in (("ab" * 32, "stamp"), ("AB" * 32, "password"), ("ab" * 31, "password"), (b"x", "password")):
            with pytest.raises(InvalidRecord):
                keys.record(store.database, connection, SYSTEM, PublicKey("aiko", public, kind, ""))  # type: ignore[arg-type]
        with pytest.raises(SignatureNeeded):
            keys.record(store.database, connection, SYSTEM, PublicKey("aiko", "ab" * 32, "password", ""))
    assert store.head().size == 0
