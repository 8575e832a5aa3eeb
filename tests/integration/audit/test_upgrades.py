"""Records of every earlier schema, as the programs of their time wrote them: upgraded with their data, on both databases.

`test_migrations.py` looks closer at the first one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from audit import AuditStore, Checkpoint, Role, SignInFailed, gate
from audit.backup.backup import write_backup
from audit.backup.manifest import RECORD, Manifest, describe, write_manifest
from audit.backup.restore import restore_backup
from audit.people import sealed_keys
from audit.records.clock import parse_moment
from audit.storage.copying import copy_rows, filling
from audit.storage.engines import sqlite_engine
from audit.storage.migrations import migrate, revisions
from audit.storage.schema import drafts, leases
from tests.support.audit.databases import Databases
from tests.support.audit.fixtures import SEALING, STORES
from tests.support.audit.forging import edit, verdict
from tests.support.audit.team import PASSWORD, Clock, enrol, give, join, record
from tests.support.paths import ROOT

# What each program printed of its record; the head of the log proves that an upgrade changed no entry.
SIGNED = {
    "0001": Checkpoint("o", 9, "ea2c037ba4cf0d87e6c05d6e0997fc9939f9ed5d37c837aa61edf30391c09593"),
    "0002": Checkpoint("o", 83, "98f04c2239d4c7fc07284f2bb0bc00cef27e801ebb3b1ecc1c618aff2ac81452"),
    "0003": Checkpoint("o", 83, "ee8e5635b52079cac19b89da8a10f9740fc20d3318f45f29a549d2b38d7e8085"),
    "0004": Checkpoint("o", 83, "b9de452753934da858048ec2cf55f3d6b93b6501e7f564d4541cedb7910dd6b5"),
    "0005": Checkpoint("o", 87, "b6ca51c86faa5bb54a624b53c41cdc43b6abf983bd23620600381b478ccd3010"),
    "0006": Checkpoint("o", 118, "22112969ee9242045400d80ee6bbf57f920a92251a9242e7c650084b9d7b631d"),
    "0007": Checkpoint("o", 118, "d5f9c23828ab2ddd43d79cb288f7d90c1ecba9fbf423a3417bd5fdd3cab5b835"),
    "0008": Checkpoint("o", 118, "d5f9c23828ab2ddd43d79cb288f7d90c1ecba9fbf423a3417bd5fdd3cab5b835"),
}
COUNTS = {"decisions": 12, "reviews": 14, "erased": 5, "blobs": 32}


def dumped(revision: str, path: Path) -> Path:
    """Write the record of a revision to a new SQLite file."""
    sql = ROOT / "tests" / "support" / "audit" / f"record_{revision}.sql"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(sql.read_text(encoding="utf-8"))
    return path


def its_clock(path: Path) -> Clock:
    """Return a clock that stands where the record was left: the sessions and claims of that time still run."""
    with closing(sqlite3.connect(path)) as connection:
        (last,) = connection.execute("SELECT ts FROM log ORDER BY seq DESC LIMIT 1").fetchone()
    clock = Clock()
    clock.now = parse_moment(last)
    return clock


@pytest.fixture(params=sorted(SIGNED))
def revision(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=STORES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the address of a database without anything."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.db'}"
        return
    databases: Databases = request.getfixturevalue("databases")
    url = databases.empty()
    yield url
    databases.drop(url)


@pytest.fixture
def old(revision: str, empty: str, tmp_path: Path) -> str:
    """Return the address of a record of this revision."""
    if empty.startswith("sqlite"):
        dumped(revision, tmp_path / "new.db")
        return empty
    source = sqlite_engine(dumped(revision, tmp_path / "old.db"), read_only=True)
    with filling(empty) as target, source.begin() as reading:
        migrate(target, revision)
        copy_rows(reading, target)
    source.dispose()
    return empty


def test_there_is_a_record_of_every_revision_that_was_in_use() -> None:
    assert set(revisions()[:-1]) <= SIGNED.keys()


def test_it_is_upgraded_verified_read_and_goes_on(old: str, revision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = SIGNED[revision]
    store = AuditStore(old)
    report = store.verify(checkpoint=signed)
    assert report.ok, report.problem_text
    assert (report.size, report.root) == (signed.size, signed.root) == store.head()[:2]
    if revision > "0001":
        assert {name: report.checked[name] for name in COUNTS} == COUNTS
    standing = store.decisions()
    assert len(standing) == report.checked["decisions"]
    assert [gate(store, summary.decision.id).gate for summary in standing] == [summary.gate for summary in standing]
    assert sum(len(store.reviews(summary.decision.id)) for summary in standing) == report.checked["reviews"]
    for summary in standing:
        assert store.blob(summary.decision.input_sha256)
    with store.database.read() as connection:
        kept = [connection.scalar(select(func.count()).select_from(table)) for table in (leases, drafts)]
    assert kept == [2 * (revision > "0001"), revision > "0002"]
    if revision < "0006":
        aiko, root = join(store, "new-reviewer", Role.REVIEWER), join(store, "new-admin", Role.ADMIN)
    else:  # people sign, with keys that were sealed as they really are
        for name, value in SEALING.items():
            monkeypatch.setattr(sealed_keys, name, value)
        root = store.access(store.accounts.sign_in("root", PASSWORD).token).signing(PASSWORD)
        aiko = enrol(store, root, "new-reviewer", Role.REVIEWER)
    give(aiko, record(store, details={"source": "line-4"}))
    claim = aiko.queue.claim()
    assert claim is not None and claim.decision_id in {summary.decision.id for summary in standing}
    root.admin.erase(standing[0].decision.id, "asked for", early=True)
    assert store.verify(checkpoint=signed).ok
    newest = store.decisions(newest_first=True, limit=1)[0].seq
    store.close()
    edit(old, "UPDATE decisions SET label='other' WHERE seq = (SELECT max(seq) FROM decisions)")
    assert verdict(old)[0] == newest > signed.size


def test_its_people_sign_in(old: str, revision: str) -> None:
    store = AuditStore(old)
    if revision == "0001":
        with pytest.raises(SignInFailed):
            store.accounts.sign_in("root", PASSWORD)
    else:
        access = store.access(store.accounts.sign_in("root", PASSWORD).token)
        assert {"root", "aiko", "ben", "lead"} <= {account.login for account in access.admin.accounts()}
    store.close()


def test_a_forged_one_is_upgraded_and_found(old: str) -> None:
    edit(old, "UPDATE log SET actor='somebody' WHERE seq=7")
    AuditStore(old).close()
    assert verdict(old)[0] == 7


def test_a_backup_of_its_time_is_restored(revision: str, empty: str, tmp_path: Path) -> None:
    folder, signed = tmp_path / "backup", SIGNED[revision]
    folder.mkdir()
    clock = its_clock(dumped(revision, folder / RECORD))
    write_manifest(folder, Manifest(clock.text, "sqlite", revision, signed.size, signed.root, None, describe(folder)))
    restored = restore_backup(folder, empty, [signed], clock=clock)
    assert (restored.problem, restored.missing, restored.seq) == (None, None, signed.size + 1)
    store = AuditStore(empty, clock=clock)
    record(store)
    assert store.verify(checkpoint=signed).ok
    store.close()
    assert write_backup(empty, tmp_path / "next").entries == signed.size + 2
