"""Databases of backups that hold what no record can hold: not restored, and the first bad entry is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from audit import AuditStore, Tampered
from audit.__main__ import main
from audit.backup.backup import write_backup
from audit.backup.manifest import MANIFEST, RECORD
from audit.backup.restore import restore_backup
from tests.support.audit.builders import sha
from tests.support.audit.databases import Databases
from tests.support.audit.forging import edit
from tests.support.audit.team import give, record

BAD_TEXT = "UPDATE log SET actor=CAST(x'ff' AS TEXT) WHERE seq=2"
GONE = "DELETE FROM log WHERE seq=2"


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    store = AuditStore(tmp_path / "audit.db")
    give(store.single_user("Aiko"), record(store))
    store.close()
    write_backup(tmp_path / "audit.db", tmp_path / "backup")
    return tmp_path / "backup"


def forge(backup: Path, statement: str) -> None:
    """Change the database of a backup, and its manifest alike."""
    edit(str(backup / RECORD), statement)
    manifest = json.loads((backup / MANIFEST).read_bytes())
    manifest["files"][RECORD] = {"bytes": (backup / RECORD).stat().st_size, "sha256": sha((backup / RECORD).read_bytes())}
    (backup / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize("statement", [BAD_TEXT, GONE])
def test_the_first_bad_entry_is_named(backup: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], statement: str) -> None:
    forge(backup, statement)
    assert main(["restore", str(backup), "--db", str(tmp_path / "new.db")]) == 1
    told = capsys.readouterr().err
    assert "damaged or tampered with, and is not restored" in told and "ntry 2" in told
    assert "FOREIGN KEY" not in told and not list(tmp_path.glob("new.db*"))


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "statement",
    [
        BAD_TEXT,
        GONE,
        "UPDATE log SET subject='a'||char(0)||'b' WHERE seq=2",
        "UPDATE queue SET required='x'",
        "UPDATE queue SET required=9223372036854775807",
    ],
)
def test_postgresql_refuses_in_words(backup: Path, databases: Databases, statement: str) -> None:
    forge(backup, statement)
    url = databases.empty()
    try:
        with pytest.raises(Tampered, match="damaged or tampered with, and is not restored") as caught:
            restore_backup(backup, url)
    finally:
        databases.drop(url)
    assert not any(word in str(caught.value) for word in ("psycopg", "INSERT", "invalid input", "NUL", "LINE 1"))
