"""Places on this machine: of the program, of its data, and of files that belong to a record.

- ``PACKAGES``: the folder that holds the packages: the root of a checkout, or ``site-packages``.
- ``HOME``: the folder that ``data/audit.db`` and the app's other relative paths belong to: the root of a checkout; for an
  installed copy the folder where the command was given.
- ``checkpoint_folder()``, ``checkpoint_key()``: where the checkpoints of a record and the key that signs them lie: where
  SPARSEMIX_CHECKPOINTS and SPARSEMIX_CHECKPOINT_KEY say, else beside an SQLite file, for PostgreSQL in ``data``.
- ``beside()``: the place of files that belong to a record but are not in it: what the gate API has under way, the status of
  watchers::

    beside("data/audit.db", "gate")                            # data/audit.db.gate
    beside("postgresql://app:secret@host/record", "gate")      # data/record-6f0c….gate, below HOME

Two records never share such a place, and a changed password does not move it.
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from sqlalchemy.engine import make_url

from audit import checkpoint_places
from audit.storage.database import sqlite_path

PACKAGES = Path(__file__).resolve().parents[3]
IN_CHECKOUT = (PACKAGES / "pyproject.toml").is_file()
HOME = PACKAGES if IN_CHECKOUT else Path.cwd()


def how_to_install(extra: str) -> str:
    """Return the command that installs an optional part: ``gate`` or ``scale``."""
    return f"pip install -r requirements-{extra}.txt" if IN_CHECKOUT else f'pip install "sparsemix[{extra}]"'


def beside(location: str | Path, ending: str) -> Path:
    """Return the place with this ``ending``: beside an SQLite file; for PostgreSQL named by server and database.

    Raises `StoreUnavailable` when ``location`` is not the address of a record.
    """
    path = sqlite_path(location)
    if path is not None:
        return path.with_name(f"{path.name}.{ending}")
    url = make_url(str(location))
    database = url.database or ""
    server = url.query.get("host", url.host)
    key = sha256(repr((server, url.port or url.query.get("port"), database)).encode()).hexdigest()[:12]
    return HOME / "data" / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', database)}-{key}.{ending}"


def checkpoint_folder(location: str | Path) -> Path:
    """Return the folder of a record's checkpoints. Raises as ``beside``."""
    return checkpoint_places.checkpoint_folder(location, HOME)


def checkpoint_key(location: str | Path) -> Path:
    """Return the path of the key that signs a record's checkpoints. Raises as ``beside``."""
    return checkpoint_places.checkpoint_key(location, HOME)
