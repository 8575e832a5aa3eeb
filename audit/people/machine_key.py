"""The key of a machine: it signs what the one person does who works there alone, in a record without accounts.

SPARSEMIX_MACHINE_KEY    its file (PEM, mode 0600), made when it is missing; without it nobody signs

It shows where something was done, not by whom. Keep a copy: a record that began with a machine's key takes nothing else that
judges or gives power without it, the first account included. It also confirms the key of the program.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection

from audit.log.private_keys import key_of
from audit.log.roles import SINGLE_USER, SYSTEM
from audit.log.signatures import Signer
from audit.people import keys
from audit.storage.database import Database


def machine_signer(environment: Mapping[str, str] = os.environ) -> Signer | None:
    """Return this machine's key; None where none is named. Raises `StoreUnavailable`, `InvalidRecord`."""
    named = environment.get("SPARSEMIX_MACHINE_KEY")
    if not named:
        return None
    return Signer(SINGLE_USER, "machine", key_of(Path(named)))


def begin_on_machine(database: Database, connection: Connection, signer: Signer) -> None:
    """Make a machine's key the root key of a record that has none; the key of another machine signs nothing."""
    if not keys.keys_exist(connection):
        keys.record(database, connection, SYSTEM, keys.public_key(signer, database.now(connection)))
    if _sign_as(database, connection, signer):
        keys.begin_program(database, connection, SINGLE_USER)


def sign_on_machine(database: Database, connection: Connection) -> None:
    """Let this machine's key sign a transaction of the program, where it is the record's. Raises as `machine_signer`."""
    _sign_as(database, connection, machine_signer())


def _sign_as(database: Database, connection: Connection, signer: Signer | None) -> bool:
    counts = signer is not None and keys.signs(connection, signer)
    database.sign_as(connection, signer if counts else None)
    return counts
