"""The schema's history: a record that the first released version wrote is upgraded, verified, readable, and can be reviewed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from audit import (
    Access,
    AuditStore,
    Checkpoint,
    Gate,
    QueueState,
    Retention,
    ReviewKind,
    Role,
    StoreUnavailable,
    Tampered,
    Verdict,
    gate,
)
from audit.records.canonical import parse
from audit.storage import migrations
from audit.storage.migrations import revisions
from audit.storage.schema import METADATA
from tests.support.audit.builders import SELECTION, UPLOAD, sha
from tests.support.audit.forging import edit, value, verdict
from tests.support.audit.team import Clock, give, join, judgement
from tests.support.paths import ROOT

RELEASED = ROOT / "tests" / "support" / "audit" / "record_0001.sql"
HELD, AMENDED, OPEN, APPROVED = (digit * 32 for digit in "1234")
HEAD = Checkpoint("o", 9, "ea2c037ba4cf0d87e6c05d6e0997fc9939f9ed5d37c837aa61edf30391c09593")  # printed by that version


@pytest.fixture
def old(tmp_path: Path) -> str:
    """Yield the address of the record as the released version wrote it."""
    path = tmp_path / "audit.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(RELEASED.read_text(encoding="utf-8"))
    return f"sqlite:///{path}"


@pytest.fixture
def upgraded(old: str) -> Iterator[AuditStore]:
    store = AuditStore(old, clock=Clock())
    yield store
    store.close()


def tables(url: str) -> set[str]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")}


def test_it_holds_with_the_old_root(upgraded: AuditStore) -> None:
    report = upgraded.verify(checkpoint=HEAD)
    assert report.ok, report.problem_text
    assert report.checked == {"entries": 9, "decisions": 4, "reviews": 3, "events": 2, "erased": 0, "blobs": 3}
    assert upgraded.head()[:2] == (HEAD.size, HEAD.root)


def test_old_decisions_and_reviews_are_readable(upgraded: AuditStore) -> None:
    decision = upgraded.decision(AMENDED)
    assert (decision.label, decision.score, decision.gate) == ("停止", 1e-07, Gate.HELD)
    assert (decision.required_reviews, decision.blind, decision.retention) == (1, False, Retention.STANDARD)
    assert upgraded.blob(sha(UPLOAD)) == UPLOAD
    assert upgraded.blob(sha(SELECTION)) == SELECTION
    first, second = upgraded.reviews(AMENDED)
    assert (first.reviewer_name, second.reviewer_name, second.supersedes) == ("Tanaka", "Sato", first.id)
    assert (second.kind, second.lease, second.verdict) == (ReviewKind.REVIEW, None, Verdict.FLAG)
    assert [pair.layer for pair in first.pairs] == [0, None]


def test_the_queue_is_what_follows_from_them(upgraded: AuditStore) -> None:
    standing = {s.decision.id: (s.gate, s.state) for s in upgraded.decisions()}
    assert standing == {
        HELD: (Gate.HELD, QueueState.OPEN),
        AMENDED: (Gate.REJECTED, QueueState.SETTLED),
        OPEN: (Gate.RELEASED, QueueState.OPEN),
        APPROVED: (Gate.RELEASED, QueueState.SETTLED),
    }
    assert [bool(gate(upgraded, id)) for id in (HELD, AMENDED, OPEN, APPROVED)] == [False, False, True, True]


def test_work_goes_on(upgraded: AuditStore) -> None:
    aiko = join(upgraded, "aiko", Role.REVIEWER)
    order = []
    while claim := aiko.queue.claim():
        order.append(claim.decision_id)
        aiko.queue.submit(claim, judgement(aiko, claim))
    assert order == [HELD, OPEN]
    assert gate(upgraded, HELD)
    aiko.queue.request_review(APPROVED, "that was long ago")
    assert not gate(upgraded, APPROVED)
    give(join(upgraded, "kenji", Role.REVIEWER), APPROVED, Verdict.FLAG)
    assert upgraded.summary(APPROVED).state is QueueState.DISPUTED
    assert upgraded.verify(checkpoint=HEAD).ok


def test_old_content_can_be_erased(upgraded: AuditStore) -> None:
    root = join(upgraded, "root", Role.ADMIN)
    root.admin.erase(AMENDED, "asked for", early=True)
    report = upgraded.verify(checkpoint=HEAD)
    assert (report.ok, report.checked["erased"]) == (True, 3), report.problem_text
    assert upgraded.blob(sha(UPLOAD)) == UPLOAD


def test_what_it_said_is_still_what_was_committed(upgraded: AuditStore) -> None:
    payload = parse(upgraded.sealed(3).payload)
    assert "required_reviews" not in payload
    assert payload["label"] == "停止"
    assert [e.seq for e in upgraded.entries()] == list(range(1, 10))


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE decisions SET label='fault' WHERE seq=3", 3),
        ("UPDATE decisions SET required_reviews=0 WHERE seq=2", 2),
        ("UPDATE decision_files SET sha256='ab' || sha256 WHERE seq=2", 2),
        ("UPDATE reviews SET kind='control' WHERE seq=8", 8),
        ("UPDATE reviews SET verdict='approve' WHERE seq=5", 5),
        ("UPDATE queue SET gate='released' WHERE seq=2", 2),
        ("DELETE FROM log WHERE seq=9", 9),
    ],
)
def test_an_upgraded_record_hides_no_forgery(upgraded: AuditStore, old: str, statement: str, seq: int) -> None:
    upgraded.close()
    edit(old, statement)
    assert verdict(old)[0] == seq


def test_the_new_guards_are_in_force(upgraded: AuditStore, old: str) -> None:
    with closing(sqlite3.connect(old.removeprefix("sqlite:///"))) as connection:
        for table in ("log", "payloads", "blobs"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608
    assert set(METADATA.tables) <= tables(old)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions SET gate='released' WHERE seq=2",
        "UPDATE decisions SET score=score + 1 WHERE seq=3",
        "UPDATE decisions SET deterministic=2 WHERE seq=3",
        "UPDATE decisions SET warnings='[]' WHERE seq=3",
        "UPDATE reviews SET verdict='approve' WHERE seq=5",
        "UPDATE selections SET pair_count=7",
        "UPDATE selections SET position=7 WHERE rowid=1",
        "UPDATE pair_reviews SET comment='x' WHERE position=1",
        "DELETE FROM pair_reviews",
        "DELETE FROM reviews WHERE seq=8",
        "UPDATE decisions SET seq=99 WHERE seq=2",
        "UPDATE selections SET decision_id='nobody' WHERE rowid=1",
    ],
)
def test_a_record_that_was_forged_before_is_not_upgraded(old: str, statement: str) -> None:
    edit(old, statement)
    before = tables(old)
    with pytest.raises(Tampered, match="not what was recorded"):
        AuditStore(old)
    assert tables(old) == before


def test_it_is_upgraded_once(upgraded: AuditStore, old: str) -> None:
    again = AuditStore(old)
    assert again.head() == upgraded.head()
    again.close()
    assert value(old, "SELECT version_num FROM alembic_version") == revisions()[-1]


def test_the_files_are_named_by_the_revisions_that_alembic_finds_in_them() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    found = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert list(revisions()) == found[::-1]


def test_a_reader_upgrades_nothing(old: str) -> None:
    before = Path(old.removeprefix("sqlite:///")).read_bytes()
    with pytest.raises(StoreUnavailable, match="older version"):
        AuditStore(old, read_only=True)
    assert Path(old.removeprefix("sqlite:///")).read_bytes() == before


def test_a_record_that_cannot_be_upgraded_is_left_as_it_was(old: str) -> None:
    edit(old, "UPDATE log SET hash='no hash' WHERE seq=4")
    before = tables(old)
    with pytest.raises(Tampered, match="entry 4"):
        AuditStore(old)
    assert tables(old) == before
    assert "queue" not in before


@pytest.mark.parametrize("read_only", [True, False])
def test_a_newer_schema_is_refused(store: AuditStore, url: str, read_only: bool) -> None:
    edit(url, "UPDATE alembic_version SET version_num='9999'")
    with pytest.raises(StoreUnavailable, match="newer version"):
        AuditStore(url, read_only=read_only)


def test_the_tables_are_those_that_the_code_knows(store: AuditStore) -> None:
    with store.database.read() as connection:
        inspector = inspect(connection)
        for name, table in METADATA.tables.items():
            columns = {column["name"]: column["nullable"] for column in inspector.get_columns(name)}
            assert columns == {column.name: bool(column.nullable) for column in table.columns}, name
            indexes = {index["name"] for index in inspector.get_indexes(name) if not index.get("duplicates_constraint")}
            assert {index.name for index in table.indexes} <= indexes, name
        assert set(inspector.get_table_names()) == {*METADATA.tables, "alembic_version"}


def test_single_user_mode_works_on_an_upgraded_record(upgraded: AuditStore) -> None:
    alone: Access = upgraded.single_user("Aiko")
    give(alone, HELD)
    assert gate(upgraded, HELD)
