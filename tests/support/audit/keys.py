"""What tests of keys and signatures ask of a record."""

from __future__ import annotations

from audit import (
    Access,
    AuditStore,
    Role,
)
from audit.log.signatures import public_half
from audit.people import keys, sealed_keys

ISSUER = "https://idp"


def types(store: AuditStore, after: int = 0) -> list[str]:
    return [entry.type for entry in store.entries(after=after)]


def keys_of(store: AuditStore, id: str) -> list[tuple[str, bool]]:
    with store.database.read() as connection:
        return [(key.public_key, key.initial) for key in keys.account_keys(connection, id)]


def public(access: Access) -> str:
    assert access.signer is not None
    return public_half(access.signer.private)


def sealed(store: AuditStore, id: str) -> bool:
    with store.database.read() as connection:
        return sealed_keys.has_sealed(connection, id)


def holds(store: AuditStore) -> bool:
    report = store.verify()
    assert report.ok, report.problem_text
    return True


def provided(store: AuditStore, name: str, *roles: Role) -> Access:
    now = {"issued_at": "2126-01-01T00:00:00.000Z", "roles": roles}
    return store.access(store.accounts.sign_in_by_provider(ISSUER, name, name, **now).token)
