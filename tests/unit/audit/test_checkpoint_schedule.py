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

from audit import AuditStore, Checkpoint, InvalidRecord, StoreUnavailable, Tampered, load_key, public_key
from audit.checkpoint_schedule import CheckpointKeeper, newest_signed, signed_in
from audit.log.notes import Note
from audit.records.clock import shifted
from audit.records.validation import utc_now
from audit.transparency.asking import cosigned
from audit.transparency.outside import Outside
from audit.transparency.policy import read_policy
from audit.transparency.tiles import check_tiles
from audit.transparency.witness import create_witness
from tests.support.audit.forging import edit
from tests.support.audit.served_witness import served_witness


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


def test_what_is_new_is_signed_for_within_a_minute(store: AuditStore, tmp_path: Path) -> None:
    """Beside the series, which has a file for every 256 entries or ten minutes."""
    schedule = keeper(store, tmp_path)
    schedule.look()
    note(store, 2)
    assert schedule.look() is None
    assert newest_signed(tmp_path / "outside", tmp_path / "key").size == 5  # type: ignore[union-attr]
    schedule._fresh_at = shifted(utc_now(), -46)
    assert schedule.look() is None
    assert newest_signed(tmp_path / "outside", tmp_path / "key").size == 7  # type: ignore[union-attr]
    assert sizes(tmp_path) == [5]
    assert newest_signed(tmp_path / "outside", tmp_path / "no key") is None


def test_a_new_keeper_goes_on_where_the_last_one_stopped(store: AuditStore, tmp_path: Path) -> None:
    keeper(store, tmp_path).look()
    note(store, 3)
    schedule = keeper(store, tmp_path, every=3)
    assert schedule.look() is not None
    assert sizes(tmp_path) == [5, 8]


def rewrite(path: Path, *statements: str) -> None:
    edit(str(path), *statements)


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


def test_the_log_as_it_is_now_is_signed_when_it_has_grown(store: AuditStore, tmp_path: Path) -> None:
    schedule = keeper(store, tmp_path)
    with pytest.raises(StoreUnavailable):
        schedule.newest()  # no key is made
    schedule.look()
    note(store, 3)
    first, tree = schedule.newest()
    assert (tree.size, tree.root().hex()) == (8, store.head().root)
    assert schedule.newest()[0] == first == (tmp_path / "outside" / "newest.txt").read_text()
    assert sizes(tmp_path) == [5], "the series goes on as before"


def test_what_was_signed_for_an_answer_binds_a_new_keeper(store: AuditStore, tmp_path: Path) -> None:
    keeper(store, tmp_path).look()
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(tmp_path / "audit.db")) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    note(store, 3)
    keeper(store, tmp_path).newest()
    older = AuditStore(copy)
    for size in (None, 3, 5):
        note(older, size or 0)
        for call in (lambda: keeper(older, tmp_path).newest(), lambda: keeper(older, tmp_path).look()):
            with pytest.raises(Tampered):
                call()
    older.close()


def test_a_checkpoint_goes_to_tiles_and_witnesses(store: AuditStore, tmp_path: Path) -> None:
    keeper(store, tmp_path).look()
    key = (tmp_path / "outside" / "public_key.txt").read_text()
    with served_witness(tmp_path / "w1", key) as (url, verifier):
        (tmp_path / "policy").write_text(f"witness w1 {verifier} {url}\nquorum w1\n", encoding="utf-8")
        outside = Outside.named(tiles=True, witnesses=tmp_path / "policy", environment={})
        schedule = CheckpointKeeper(store, tmp_path / "key", tmp_path / "outside", every=3, outside=outside)
        schedule.look(now=True)
        assert (schedule.publish(), schedule.publish()) == ([], [])
        assert check_tiles(tmp_path / "outside", key).size == 5
        assert read_policy(tmp_path / "policy").cosignatures(Note.parse((tmp_path / "outside" / "checkpoint").read_text()))[0]
        note(store, 3)
        path = schedule.look()
        assert path is not None and schedule.publish() == []
        assert list(read_policy(tmp_path / "policy").cosignatures(cosigned(path, outside.policy).note)[0]) == ["w1"]
        # The record, the folder and what is in memory are put back: only the witness remembers.
        other = AuditStore(tmp_path / "other.db")
        for size, word in ((4, "rolled back"), (8, "does not cosign")):
            note(other, size - other.log_size())
            back = CheckpointKeeper(other, tmp_path / "key", tmp_path / f"back{size}", outside=Outside(policy=outside.policy))
            back.look()
            with pytest.raises(Tampered, match=word):
                back.publish()
            assert back.problem is not None
            back.look(now=True)
            assert back.problem is not None, "it stays until a witness agrees"
        other.close()


def test_a_witness_that_is_away_blocks_nothing(store: AuditStore, tmp_path: Path) -> None:
    keeper(store, tmp_path).look()
    create_witness(tmp_path / "w1", "w1", ed25519=True)
    verifier = (tmp_path / "w1" / "public_key.txt").read_text().strip()
    (tmp_path / "policy").write_text(f"witness w1 {verifier} http://127.0.0.1:9\nquorum w1\n", encoding="utf-8")
    outside = Outside.named(witnesses=tmp_path / "policy", authority="http://127.0.0.1:9/tsa", environment={})
    schedule = CheckpointKeeper(store, tmp_path / "key", tmp_path / "outside", outside=outside)
    assert schedule.look(now=True) is not None
    problems = schedule.publish()
    assert len(problems) == 2 and all("does not answer" in problem for problem in problems)
    assert (schedule.problem, schedule.not_done) == (None, problems)
    assert schedule.publish() == [], "it is not tried again at once"


def test_the_settings_come_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "policy").write_text("quorum none\n", encoding="utf-8")
    named = {"SPARSEMIX_TILES": "1", "SPARSEMIX_WITNESSES": str(tmp_path / "policy"), "SPARSEMIX_TIME_AUTHORITY": "http://tsa"}
    outside = Outside.named(environment=named)
    assert (outside.tiles, outside.policy is not None, outside.authority) == (True, True, "http://tsa")
    assert not Outside.named(environment={"SPARSEMIX_TILES": "0"})
    with pytest.raises(InvalidRecord):
        Outside.named(environment={"SPARSEMIX_TIME_AUTHORITY": "ftp://tsa"})
