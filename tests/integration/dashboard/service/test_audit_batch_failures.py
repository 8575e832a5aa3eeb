"""What fails in a batch is said of the right bytes, ends nothing else, and keeps nobody from trying again what may go well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from audit import AuditStore, Conflict
from dashboard.service.batch import engines
from dashboard.service.batch.batch import Batch, BatchProgress
from dashboard.service.batch.engines import Engine, Judge, Task
from dashboard.service.common import room
from dashboard.service.decide import recording
from dashboard.service.decide.outcomes import NOT_REACHED, NOT_RECORDED, TOO_LONG, UNREADABLE, FileFailure, Outcome
from dashboard.service.decide.recording import enter
from sparsemix import SparseMixModel, WeightsError
from tests.support.dashboard.fixtures import LOG

NO_TEXT = b"\x00\x01\x02" * 50


@pytest.fixture
def batch(store: AuditStore, model: SparseMixModel, weights: Path) -> Batch:
    return Batch(store.single_user("test"), model, weights)


@pytest.fixture
def inline(weights: Path) -> Engine:
    judge = Judge(weights)
    return lambda tasks, _weights: (judge(task) for task in tasks)


def failures(batch: Batch) -> dict[str, str]:
    """Code of what has no decision yet, by its content."""
    return {one.input_sha256: one.code for one in batch.access.failures.undecided()}


def test_what_only_a_worker_cannot_read_is_tried_again(batch: Batch, inline: Engine, tmp_path: Path) -> None:
    """As on a machine of a cluster that does not see the folder."""

    def elsewhere(tasks: Sequence[Task], _weights: Path) -> Iterator[Outcome]:
        return (FileFailure(UNREADABLE, "the file cannot be read: No such file or directory") for _ in tasks)

    path, told = tmp_path / "a.log", list[str]()
    path.write_bytes(LOG)
    for _ in range(2):
        assert batch.run([path], elsewhere, failed=lambda _path, why: told.append(why)).failed == 1
    assert told and all("the next run" in why for why in told)
    assert failures(batch) == {sha256(LOG).hexdigest(): NOT_REACHED}
    assert batch.run([path], inline).decided == 1
    assert failures(batch) == {}


def test_what_lacked_memory_is_tried_again(
    batch: Batch, inline: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(LOG)
    with monkeypatch.context() as patch:
        patch.setattr(room, "_SHORT", 0)
        patch.setattr(room, "free_mb", lambda: 0.0)
        assert batch.run([path], inline).failed == 1
    assert failures(batch) == {sha256(LOG).hexdigest(): "no_memory"}
    assert batch.run([path], inline).decided == 1


def test_a_failure_belongs_to_the_bytes_that_were_judged(batch: Batch, inline: Engine, tmp_path: Path) -> None:
    """A file that is being copied when it is looked at, and still when it is judged."""
    path, half = tmp_path / "a.log", NO_TEXT * 2
    path.write_bytes(NO_TEXT)

    def meanwhile(tasks: Sequence[Task], weights: Path) -> Iterator[Outcome]:
        path.write_bytes(half)
        for outcome in inline(tasks, weights):
            path.write_bytes(LOG)
            yield outcome

    assert batch.run([path], meanwhile).failed == 1
    assert list(failures(batch)) == [sha256(half).hexdigest()]
    assert batch.run([path], inline).decided == 1


def test_where_no_outcome_came_back_it_belongs_to_the_bytes_that_were_looked_at(batch: Batch, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(NO_TEXT)

    def hangs(tasks: Sequence[Task], _weights: Path) -> Iterator[Outcome]:
        for _ in tasks:
            path.write_bytes(LOG)
            yield FileFailure(TOO_LONG, "it was not judged within 600 s")

    assert batch.run([path], hangs).failed == 1
    assert failures(batch) == {sha256(NO_TEXT).hexdigest(): TOO_LONG}


def test_a_decision_that_the_record_cannot_hold_ends_nothing_but_itself(batch: Batch, inline: Engine, tmp_path: Path) -> None:
    """Details of a decision, such as how its columns were read, take 4 MiB at most."""
    wide, narrow = tmp_path / "a.csv", tmp_path / "b.csv"
    rows = "".join(f"2026-03-02T10:00:{second:02d},{second}.5\n" for second in range(20))
    wide.write_text(f"time{'x' * (4 * 1024**2 - 1_000)},pressure\n{rows}")
    narrow.write_text(f"time,pressure\n{rows}")
    told: list[tuple[str, str]] = []
    for _ in range(2):
        standing = batch.run([wide, narrow], inline, failed=lambda path, why: told.append((path.name, why)))
        assert (standing.decided + standing.already, standing.failed) == (1, 1)
    assert [name for name, _ in told] == ["a.csv", "a.csv"]
    assert "the record cannot hold the decision: " in told[0][1] and "--retry-failed" in told[1][1]
    assert list(failures(batch).values()) == [NOT_RECORDED]


def test_what_others_changed_at_that_moment_is_tried_once_more(
    batch: Batch, inline: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, conflicts = tmp_path / "a.log", 1
    path.write_bytes(LOG)

    def changed(*judged: Any, **settings: Any) -> str:
        nonlocal conflicts
        if conflicts:
            conflicts -= 1
            raise Conflict("it has to be held; run it again")
        return enter(*judged, **settings)

    monkeypatch.setattr(recording, "enter", changed)
    assert batch.run([path], inline).decided == 1
    path.write_bytes(LOG * 2)
    conflicts = 2
    with pytest.raises(Conflict, match="run it again"):
        batch.run([path], inline)


def test_what_is_looked_at_is_told_from_the_beginning(
    batch: Batch, inline: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large files on a share: a second each."""
    clock, told = 0.0, list[BatchProgress]()

    def slowly(_path: Path) -> None:
        nonlocal clock
        clock += 1.0

    monkeypatch.setattr("dashboard.service.batch.batch.time.monotonic", lambda: clock)
    monkeypatch.setattr("dashboard.service.batch.batch.digest", slowly)
    batch.run([tmp_path / f"{number}.log" for number in range(5)], inline, told.append)
    assert [one.line for one in told[:3]] == [
        f"{number} of 5 files looked at: 0 already in the record, 0 failed" for number in (0, 2, 4)
    ]


@pytest.mark.deep
def test_weights_that_a_worker_cannot_load_are_no_fault_of_the_files(batch: Batch, tmp_path: Path) -> None:
    """They may be gone by the time that a worker is replaced."""
    path = tmp_path / "a.log"
    path.write_bytes(LOG)
    gone = Batch(batch.access, batch.model, tmp_path / "gone.safetensors")
    with pytest.raises(WeightsError, match=r"^cannot read the weights .*gone\.safetensors"):
        gone.run([path], partial(engines.local, workers=1))
    assert failures(batch) == {}
