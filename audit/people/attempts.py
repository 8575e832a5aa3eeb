"""Wrong passwords and passkeys: counted at the sign-in and, apart from that, at signatures; too many in a row lock the account.

Anybody who knows a login name can type wrong passwords at the sign-in: they lock signing in, and nobody who is signed in loses
the signature by it. At a signature, and where a person changes their password, somebody types who has a session: a thief at an
open screen. Too many there lock both.
"""

from __future__ import annotations

from enum import Enum

from sqlalchemy import Connection, RowMapping, select

from audit.log.roles import SYSTEM
from audit.people.sessions import LOCKED_FOR, MAX_FAILURES
from audit.records.clock import shifted
from audit.storage.database import Database
from audit.storage.schema import credentials


class At(Enum):
    """Where a password is typed; the values are the columns that count it there."""

    SIGN_IN = ("failures", "locked_until")
    SIGNATURE = ("signing_failures", "signing_locked_until")


def held(connection: Connection, account_id: str) -> RowMapping | None:
    """Return an account's row with its counts, which nobody else can change until the transaction ends; None without one."""
    row = select(credentials).where(credentials.c.account_id == account_id).with_for_update()
    return connection.execute(row).mappings().first()


def is_locked(row: RowMapping, at: At, now: str) -> bool:
    """Return whether nobody can try a password there now."""
    until = row[at.value[1]]
    return until is not None and now < until


def count_right(connection: Connection, row: RowMapping, at: At) -> None:
    """End a row of wrong passwords."""
    _set(connection, row, {at.value[0]: 0, at.value[1]: None})


def count_wrong(database: Database, connection: Connection, row: RowMapping, at: At, now: str) -> None:
    """Count a wrong password; with too many in a row, lock the account there, which is an entry of the log."""
    failures = row[at.value[0]] + 1
    if failures < MAX_FAILURES:
        _set(connection, row, {at.value[0]: failures})
        return
    until, content = shifted(now, LOCKED_FOR), {"how": f"{failures} failures in a row"}
    locked = (at,) if at is At.SIGN_IN else tuple(At)
    _set(connection, row, {name: value for place in locked for name, value in zip(place.value, (0, until), strict=True)})
    database.append(connection, actor=SYSTEM, type="locked_out", subject=row["account_id"], payload=content)


def _set(connection: Connection, row: RowMapping, values: dict[str, object]) -> None:
    own = credentials.c.account_id == row["account_id"]
    connection.execute(credentials.update().where(own).values(values))
