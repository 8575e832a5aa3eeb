"""Files that the weights do not know are judged by themselves in batches, by the gate's API and in watched logs, and say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx2
import pytest

from audit import AuditStore, DecisionFilter, DecisionRecord
from dashboard.service.batch.batch import Batch
from dashboard.service.batch.engines import Judge, Task
from dashboard.service.decide.outcomes import Outcome
from dashboard.service.decide.replay import replay_bits
from dashboard.service.watch.watch_status import watchers
from sparsemix import SparseMixModel
from tests.support.dashboard.fixtures import LOG, UNKNOWN
from tests.support.dashboard.submitting import lot, submit
from tests.support.dashboard.watched import Bench, until

pytestmark = pytest.mark.usefixtures("any_log")


def inline(tasks: Sequence[Task], weights: Path) -> Iterator[Outcome]:
    judge = Judge(weights)
    return (judge(task) for task in tasks)


def check(store: AuditStore, decision: DecisionRecord, model: SparseMixModel, any_log: SparseMixModel) -> None:
    """Such a decision names the weights that made it, and those that did not know its file; and it is replayed."""
    assert decision.details["task"] == "of_file"
    assert decision.details["instead_of"] == model.weights_sha256
    assert decision.weights_sha256 == any_log.weights_sha256
    assert "unfamiliar_input" in decision.warnings
    assert replay_bits(store, decision.id).identical
    assert store.verify().ok


def test_a_batch(store: AuditStore, model: SparseMixModel, any_log: SparseMixModel, weights: Path, tmp_path: Path) -> None:
    paths = [tmp_path / "sshd.log", tmp_path / "line.log"]
    for path, data in zip(paths, (UNKNOWN, LOG), strict=True):
        path.write_bytes(data)
    batch = Batch(store.single_user("test"), model, weights)
    done = batch.run(paths, inline)
    assert (done.decided, done.by_itself) == (2, 1)
    assert "2 decided (1 of a kind that the weights do not know: judged by itself)" in done.line
    found = [one.decision for one in store.single_user("test").find(DecisionFilter(), limit=9).summaries]
    check(store, next(one for one in found if one.input_name == "sshd.log"), model, any_log)

    def nothing_left(tasks: Sequence[Task], _weights: Path) -> Iterator[Outcome]:
        assert not tasks
        return iter(())

    again = batch.run(paths, nothing_left)
    assert (again.decided, again.by_itself, again.already) == (0, 0, 2)


def test_the_gates_api(
    client: httpx2.Client, store: AuditStore, model: SparseMixModel, any_log: SparseMixModel, tmp_path: Path
) -> None:
    answer = submit(client, UNKNOWN, name="sshd.log", wait=60).json()
    facts = answer["decision"]["facts"]
    assert facts["by_itself"] is True
    assert not answer["decision"]["released"]
    check(store, store.decision(answer["decision"]["id"]), model, any_log)
    size = store.head().size
    assert submit(client, UNKNOWN, name="sshd.log", wait=60).json()["decision"]["id"] == answer["decision"]["id"]
    assert store.head().size == size
    assert lot(client, "sshd.log") == {"released": False, "reason": "held: a person has to decide", "under_way": 0, "failed": 0}
    assert submit(client, LOG, name="line.log", wait=60).json()["decision"]["facts"]["by_itself"] is False


def test_a_watched_log(bench: Bench, model: SparseMixModel, any_log: SparseMixModel) -> None:
    with bench.watching(context=60):
        bench.write(UNKNOWN)
        until(lambda: [(status.decisions, status.by_itself) for status in watchers(bench.into)] == [(1, 1)])
    check(bench.store, bench.decisions()[-1], model, any_log)
