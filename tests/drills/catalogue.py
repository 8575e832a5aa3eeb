"""The database itself changed by its owner: refused by name at opening, in verification and at the running gate.

    python -m tests.drills catalogue --json

Every change of `tests.support.audit.catalogues` is made to a copy of a record whose gate is running. What could hide, swallow
or invent rows must be refused by all three; after what is harmless, the record opens, verifies, and its gate answers.
"""

from __future__ import annotations

import sqlite3
from argparse import Namespace
from contextlib import closing

import psycopg

from audit import Gate, Tampered, gate
from audit.storage.database import sqlite_path
from tests.drills.common import Json, Place, each, opened
from tests.support.audit.catalogues import Change, foreign, harmless
from tests.support.audit.forging import fill
from tests.support.audit.team import record

_NAMED = ("not built as this program builds it", "An index does not hold what its table does")


def drill(arguments: Namespace) -> Json:
    """Make every change on every store; `every`: only each n-th of them."""
    return each(arguments, lambda place: _on(place, arguments.every), durable=False)


def _on(place: Place, every: int) -> Json:
    base = place.copy()
    with opened(base) as store:
        fill(store)
        released = record(store, gate=Gate.RELEASED, required_reviews=0)
    refused, allowed = list(foreign(place.kind))[::every], list(harmless(place.kind))[::every]
    faults = [fault for change in refused for fault in _faults(place, base, change, released, refuse=True)]
    faults += [fault for change in allowed for fault in _faults(place, base, change, released, refuse=False)]
    place.drop(base)
    return {"ok": not faults, "refused": len(refused), "harmless": len(allowed), "faults": len(faults), "first": faults[:10]}


def _faults(place: Place, base: str, change: Change, released: str, *, refuse: bool) -> list[str]:
    """Return which of the three do not say of a changed copy what they should."""
    url = place.copy(base)
    with opened(url) as running:
        gate(running, released)
        apply(url, change)
        answer, report = gate(running, released), running.verify()
    told = {} if change.unseen == "content" else {"opening": opening(url), "a reader's opening": opening(url, read_only=True)}
    if change.unseen != "all":
        told["verification"] = report.problem_text
    if not change.unseen:
        told["the gate"] = None if answer else answer.reason
    place.drop(url)
    return [
        f"{change.name}: {who} said {text!r:.300}"
        for who, text in told.items()
        if any(one in (text or "") for one in _NAMED) != refuse
    ]


def apply(url: str, change: Change) -> None:
    """Make a change as the owner of the database."""
    path = sqlite_path(url)
    if path is None:
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in change.statements:
                connection.execute(statement)
        return
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in change.statements:
            connection.execute(statement)


def opening(url: str, *, read_only: bool = False) -> str | None:
    """Return why a record does not open, or None."""
    try:
        with opened(url, read_only=read_only):
            return None
    except Tampered as error:
        return str(error)
