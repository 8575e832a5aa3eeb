"""Where what belongs to a record, but is none of it, lies on this machine: what the gate has under way, what watchers tell.

    beside("data/audit.db", "gate")                            # data/audit.db.gate
    beside("postgresql://app:secret@host/record", "gate")      # data/record-6f0c….gate, below places.HOME

Two records never share such a place, and a password that was changed does not move it.
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from sqlalchemy.engine import make_url

from audit.storage.database import sqlite_path
from dashboard.service.common.places import HOME


def beside(location: str | Path, ending: str) -> Path:
    """The place with this ``ending``, beside an SQLite file; for PostgreSQL named by server and database. Errors:
    `StoreUnavailable` for the address of no record."""
    path = sqlite_path(location)
    if path is not None:
        return path.with_name(f"{path.name}.{ending}")
    url = make_url(str(location))
    database = url.database or ""
    server = url.query.get("host", url.host)
    key = sha256(repr((server, url.port or url.query.get("port"), database)).encode()).hexdigest()[:12]
    return HOME / "data" / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', database)}-{key}.{ending}"
