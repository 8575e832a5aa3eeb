"""Evidence is append-only on both databases: the triggers refuse to change, delete, replace or empty it."""

# ruff: noqa: S608 - forging by hand is the point; no text comes from outside

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from audit import AuditStore, PairReview, PairVerdict, Role, Verdict
from audit.storage.schema import APPEND_ONLY, WORKING
from audit.storage.triggers import EVIDENCE
from tests.support.audit.builders import blobs_of, decision, sha
from tests.support.audit.fixtures import STORES, built, copy_of
from tests.support.audit.forging import owner
from tests.support.audit.team import add, give, join, judgement, record

PAIRS = (PairReview(0, 1, 5, 2, PairVerdict.RELEVANT), PairReview(None, None, 9, 4, PairVerdict.MISSING))
TABLES = [table.name for table in APPEND_ONLY]


def fill(store: AuditStore) -> None:
    """Write a row to every table of evidence."""
    reviewer, admin = join(store, "r1", Role.REVIEWER), join(store, "root", Role.ADMIN)
    review = give(reviewer, record(store), pairs=PAIRS)
    reviewer.queue.amend(review.id, judgement(reviewer, review, Verdict.FLAG))
    gone = decision(input_sha256=sha(b"gone"))
    add(store, gone, blobs_of(b"gone"))
    admin.admin.erase(gone.id, "asked for", early=True)


@pytest.fixture(scope="module", params=STORES)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return built(request, tmp_path_factory, fill)


@pytest.fixture
def filled(made: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with copy_of(made, request, tmp_path) as copy:
        yield copy


def refused(url: str, statement: str) -> None:
    with owner(url, guarded=True) as connection:
        with pytest.raises((sqlite3.IntegrityError, psycopg.errors.RaiseException), match="append-only"):
            connection.execute(statement)
        connection.rollback()


def test_the_list_of_evidence_is_complete() -> None:
    assert set(EVIDENCE) == set(TABLES)
    assert not set(TABLES) & {table.name for table in WORKING}


@pytest.mark.parametrize("table", TABLES)
def test_update_and_delete_are_refused(filled: str, table: str) -> None:
    with owner(filled, guarded=True) as connection:
        count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        column = connection.execute(f"SELECT * FROM {table}").description[0][0]
    assert count > 0, "nothing there that could be refused"
    refused(filled, f"UPDATE {table} SET {column}={column}")
    refused(filled, f"DELETE FROM {table}")
    with owner(filled, guarded=True) as connection:
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == count


@pytest.mark.parametrize("table", TABLES)
def test_replacing_and_emptying_are_refused(filled: str, table: str) -> None:
    if filled.startswith("sqlite"):
        refused(filled, f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    else:
        refused(filled, f"TRUNCATE {table} CASCADE")
        with owner(filled, guarded=True) as connection:
            assert (
                connection.execute(
                    "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled = 'O'", [table]
                ).fetchone()[0]
                >= 3
            )


def test_an_erasure_opens_only_what_it_names(filled: str) -> None:
    with owner(filled, guarded=True) as connection:
        seq = connection.execute("SELECT max(seq) FROM decisions").fetchone()[0]
        connection.execute(f"INSERT INTO erased_entries (target, seq) VALUES ({seq}, {seq})")
        review = connection.execute("SELECT max(seq) FROM reviews").fetchone()[0]
    refused(filled, f"DELETE FROM payloads WHERE seq={review}")
    refused(filled, "DELETE FROM blobs")
    with owner(filled, guarded=True) as connection:
        assert connection.execute(f"DELETE FROM payloads WHERE seq={seq}").rowcount == 1
