"""An older copy of the record that is put back before a start: nothing that needs a right is answered, and no gate opens."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from audit import AuditStore, Tampered, Verdict, gate
from audit.checkpoint_schedule import CheckpointKeeper
from dashboard.service.common.places import checkpoint_folder, checkpoint_key
from dashboard.service.common.record_opening import open_record
from tests.support.audit.team import give, record


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("SPARSEMIX_CHECKPOINTS", "SPARSEMIX_CHECKPOINT_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "audit.db"


def test_a_flag_that_was_cut_off_is_missed(path: Path) -> None:
    older = path.with_name("older.db")
    with closing(AuditStore(path)) as store:
        keeper = CheckpointKeeper(store, checkpoint_key(path), checkpoint_folder(path))
        id = record(store)
        give(store.single_user("Aiko"), id)
        keeper.look()
        shutil.copy(path, older)
        review = store.reviews(id)[0]
        store.single_user("Aiko").queue.withdraw(review.id)
        keeper.newest()
        assert not gate(store, id)
    with closing(open_record(path)) as store:
        assert not gate(store, id)
    shutil.copy(older, path)
    with closing(open_record(path)) as store:
        assert "an older copy was put back" in str(store.verify().problem_text)
        answer = gate(store, id)
        assert not answer and "an older copy was put back" in answer.reason
        with pytest.raises(Tampered, match="an older copy was put back"):
            store.single_user("Aiko").queue.claim()


def test_a_log_that_was_rewritten_is_another_one(path: Path) -> None:
    with closing(AuditStore(path)) as store:
        record(store)
        CheckpointKeeper(store, checkpoint_key(path), checkpoint_folder(path)).look()
    path.unlink()
    with closing(AuditStore(path)) as store:
        id = record(store)
        give(store.single_user("Aiko"), id, Verdict.APPROVE)
    with closing(open_record(path)) as store:
        assert "the log was rewritten" in gate(store, id).reason


def test_without_a_checkpoint_every_record_opens(path: Path) -> None:
    with closing(open_record(path)) as store:
        assert gate(store, record(store)).reason
        assert store.verify().ok
