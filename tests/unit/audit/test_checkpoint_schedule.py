"""Checkpoints on schedule: when a checkpoint is due, that checkpoints agree with each other, and what is detected."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from unittest.mock import Mock

import pytest

from audit import AuditStore, Checkpoint, StoreUnavailable, Tampered, load_key, public_key
from audit.checkpoint_schedule import CheckpointKeeper, signed_in


@pytest.fixture
def store(tmp_path: Path) -> AuditStore:
    opened = AuditStore(tmp_path / "audit.db")
    note(opened, 5)
    return opened


def note(store: AuditStore, count: int) -> None:
    for i in range(count):
        store.record_event("a", "note", str(i), {})


def keeper(store: AuditStore, tmp_path: Path, **settings: float) -> CheckpointKeeper:
    return CheckpointKeeper(store, tmp_path / "key", tmp_path / "outside", **settings)  # type: ignore[arg-type]


def sizes(tmp_path: Path) -> list[int]:
    verifier = public_key(load_key(tmp_path / "key"))
    return [file.checkpoint.size for file in signed_in(tmp_path / "outside", verifier)]


def test_the_first_look_signs_and_the_next_waits_for_enough_entries(store: AuditStore, tmp_path: Path) -> None:
    schedule = keeper(store, tmp_path, every=10, seconds=1e9)
    assert schedule.look() is not None
    assert schedule.look() is None
    note(store, 9)
    assert schedule.look() is None
    note(store, 1)
    assert schedule.look() == tmp_path / "outside" / "checkpoint-000000000015.txt"
    assert sizes(tmp_path) == [5, 15]
    newest = signed_in(tmp_path / "outside", public_key(load_key(tmp_path / "key")))[-1]
    assert store.verify(checkpoint=newest.checkpoint).ok


def test_time_alone_signs_only_what_is_new(store: AuditStore, tmp_path: Path) -> None:
    schedule = keeper(store, tmp_path, every=1_000, seconds=0.0)
    schedule.look()
    assert schedule.look() is None
    note(store, 1)
    assert schedule.look() is not None
    assert schedule.look(now=True) is not None
    assert sizes(tmp_path) == [5, 6]


def test_a_new_keeper_goes_on_where_the_last_one_stopped(store: AuditStore, tmp_path: Path) -> None:
    keeper(store, tmp_path).look()
    note(store, 3)
    schedule = keeper(store, tmp_path, every=3)
    assert schedule.look() is not None
    assert sizes(tmp_path) == [5, 8]


def rewrite(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("fresh", [True, False])
def test_a_cut_tail_is_noticed(store: AuditStore, tmp_path: Path, fresh: bool) -> None:
    schedule = keeper(store, tmp_path)
    schedule.look()
    rewrite(tmp_path / "audit.db", "DELETE FROM log WHERE seq = 5", "DELETE FROM payloads WHERE seq = 5")
    watcher = keeper(store, tmp_path) if fresh else schedule
    with pytest.raises(Tampered, match="were signed"):
        watcher.look()
    assert isinstance(watcher.problem, Tampered)
    assert sizes(tmp_path) == [5]


def test_a_rewritten_log_is_noticed_by_the_next_keeper(store: AuditStore, tmp_path: Path) -> None:
    keeper(store, tmp_path).look()
    other = AuditStore(tmp_path / "other.db")
    note(other, 9)
    with pytest.raises(Tampered, match="rewritten"):
        keeper(other, tmp_path).look()


def test_a_changed_checkpoint_file_is_noticed(store: AuditStore, tmp_path: Path) -> None:
    path = keeper(store, tmp_path).look()
    assert path is not None
    path.write_text(path.read_text(encoding="utf-8").replace("\n5\n", "\n4\n"), encoding="utf-8")
    with pytest.raises(Tampered):
        keeper(store, tmp_path).look()


def test_a_folder_that_cannot_be_written_is_said(store: AuditStore, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("a file is in the way", encoding="utf-8")
    with pytest.raises(StoreUnavailable, match="cannot write a checkpoint"):
        keeper(store, tmp_path).look()


def test_watching_ends_when_told_and_survives_what_goes_wrong(store: AuditStore, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("in the way", encoding="utf-8")
    schedule, stop, turns = keeper(store, tmp_path), threading.Event(), 0

    class Stopping(threading.Event):
        def wait(self, _timeout: float | None = None) -> bool:
            nonlocal turns
            turns += 1
            if turns == 1:
                (tmp_path / "outside").unlink()
            else:
                self.set()
            return super().wait(0)

    stop = Stopping()
    schedule.watch(stop)
    assert schedule.problem is None
    assert sizes(tmp_path) == [5]


def test_checkpoints_of_a_series_are_those_of_the_log(store: AuditStore, tmp_path: Path) -> None:
    schedule = keeper(store, tmp_path, every=1)
    for _ in range(4):
        schedule.look()
        note(store, 1)
    for file in signed_in(tmp_path / "outside", public_key(load_key(tmp_path / "key"))):
        assert store.verify(checkpoint=Checkpoint("x", file.checkpoint.size, file.checkpoint.root)).ok


def test_a_share_that_is_gone_is_said_and_tried_again(
    store: AuditStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stale network share fails at the simplest call, and with an OSError."""
    schedule = keeper(store, tmp_path)
    schedule.look()
    note(store, 1)
    stale = OSError(errno.ESTALE, os.strerror(errno.ESTALE))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", Mock(side_effect=stale))
        patch.setattr(Path, "exists", Mock(side_effect=stale))
        fresh = keeper(store, tmp_path)
        with pytest.raises(StoreUnavailable, match="Stale file handle"):
            fresh.look()
        assert isinstance(fresh.problem, StoreUnavailable)
    assert fresh.look(now=True) is not None
    assert fresh.problem is None
