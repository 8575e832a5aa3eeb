"""Ray judges as this machine does; what goes wrong under it is said of the right file. All share one Ray: it starts slowly."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from operator import attrgetter
from pathlib import Path

import pytest

from audit import DecisionFilter, DecisionRecord, open_store
from dashboard.service.batch import engines, ray_engine
from dashboard.service.batch.batch import Batch
from dashboard.service.batch.engines import Engine, Judge, Task
from dashboard.service.decide.outcomes import CRASHED, Outcome
from sparsemix import SparseMixModel, WeightsError
from tests.support.dashboard.fixtures import LOG

# Of a decision: what another run of the same job may say differently; who is drawn for control hangs on the random id.
_OF_THE_RUN = ("id", "started_at", "ended_at", "due_at")
_ROUTING = ("sampling_route", "inclusion_probability", "required_reviews", "blind", "gate")


@pytest.fixture(scope="module")
def ray_here() -> Iterator[Engine]:
    """The engine on one worker of a Ray that runs already."""
    import ray  # noqa: PLC0415 - only here it is used by itself

    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
    yield partial(ray_engine.ray_data, workers=1)
    ray.shutdown()


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """A log, a file with the name deadly.log, another log, and a file that is none."""
    found = [tmp_path / "a.log", tmp_path / "deadly.log", tmp_path / "c.log", tmp_path / "d.log"]
    for number, path in enumerate(found):
        path.write_bytes(b"".join(LOG.splitlines(keepends=True)[number:]))
    found[3].write_bytes(b"\x00\x01\x02" * 50)
    return found


def facts(decision: DecisionRecord) -> dict[str, object]:
    """Return what does not hang on when, after which others and as which number it was made."""
    found = json.loads(json.dumps({name: getattr(decision, name) for name in decision.__slots__}, default=str))
    details = dict(decision.details)
    details["incidents"] = [one | {"new": None} for one in details["incidents"]]
    return {name: value for name, value in found.items() if name not in (*_OF_THE_RUN, "details", *_ROUTING)} | {
        name: value for name, value in details.items() if name not in ("memory_mb", "drift", "compared_with")
    }


class _RayDies(ray_engine.RayJudge):
    """A worker of Ray's whose processes die of deadly.log."""

    def __init__(self, weights: str) -> None:
        engines._work = _dies_in_a_process  # this is a process of Ray's
        super().__init__(weights)


def _dies_in_a_process(task: Task, weights: Path) -> Outcome:
    if task.path.endswith("deadly.log"):
        os.kill(os.getpid(), signal.SIGKILL)
    return Judge(weights)(task)


def test_with_nothing_left_to_do_ray_is_not_started(weights: Path) -> None:
    assert list(ray_engine.ray_data([], weights, workers=1, address="ray://nowhere.invalid:1")) == []


@pytest.mark.deep
def test_ray_and_this_machine_record_the_same_and_a_file_that_kills_processes_ends_nothing_else(
    model: SparseMixModel, weights: Path, paths: list[Path], ray_here: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = [open_store(tmp_path / f"{name}.db") for name in ("local", "ray")]
    failed: list[dict[str, object]] = []
    monkeypatch.setattr(ray_engine, "RayJudge", _RayDies)
    monkeypatch.setattr(engines, "_work", _dies_in_a_process)
    for store, engine in zip(stores, (partial(engines.local, workers=1), ray_here), strict=True):
        access = store.single_user("test")
        standing = Batch(access, model, weights).run(paths, engine)
        assert (standing.decided, standing.failed) == (2, 2)
        failed.append({one.input_sha256: (one.code, one.values) for one in access.failures.undecided()})
    assert failed[0] == failed[1]
    assert failed[0][sha256(paths[1].read_bytes()).hexdigest()][0] == CRASHED
    here, there = (
        sorted(
            (one.decision for one in store.single_user("test").find(DecisionFilter(), limit=9).summaries),
            key=attrgetter("input_name"),
        )
        for store in stores
    )
    assert [one.input_name for one in here] == ["a.log", "c.log"]
    for one, other in zip(here, there, strict=True):
        assert facts(one) == facts(other)
        for selection in one.selections:
            assert stores[0].blob(selection.sha256) == stores[1].blob(selection.sha256)
    for store in stores:
        store.close()


@pytest.mark.deep
def test_weights_that_a_worker_cannot_load_are_no_fault_of_the_files(
    model: SparseMixModel, paths: list[Path], ray_here: Engine, tmp_path: Path
) -> None:
    store = open_store(tmp_path / "audit.db")
    gone = Batch(store.single_user("test"), model, tmp_path / "gone.safetensors")
    with pytest.raises(WeightsError, match=r"^cannot read the weights .*gone\.safetensors"):
        gone.run(paths[:1], ray_here)
    assert not gone.access.failures.undecided()
    store.close()
