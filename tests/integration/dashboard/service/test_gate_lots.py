"""What the gate says of a lot: released when every sequence that was ever submitted under its name is."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from audit import Access, AuditStore, Verdict
from dashboard.service.decide.outcomes import FileFailure
from dashboard.service.decide.pipeline import analyse
from sparsemix import SparseMixModel
from tests.support.dashboard.fixtures import LOG, build_model
from tests.support.dashboard.gates import InlineJudge, app_of, served
from tests.support.dashboard.submitting import DIGEST, FAILED, OTHER, RELEASED, lot, problem, review, submit


def released(client: httpx2.Client, root: Access, *names: str) -> None:
    """Lots of one sequence, which a person has released."""
    ids = {submit(client, OTHER, name=name).json()["decision"]["id"] for name in names}
    review(root, ids.pop(), Verdict.APPROVE)
    assert not ids and all(lot(client, name) == RELEASED for name in names)


@pytest.mark.deep
def test_a_lot_is_released_when_all_of_it_is(client: httpx2.Client, root: Access, judge: InlineJudge) -> None:
    problem(client.get("/v1/lots", params={"name": "lot-17.log"}), 404)
    first, second = (submit(client, data).json()["decision"]["id"] for data in (LOG, OTHER))
    submit(client, LOG + OTHER, name="lot-1")
    lot = client.get("/v1/lots", params={"name": "lot-17.log"}).json()
    assert [one["id"] for one in lot["decisions"]] == [second, first]
    review(root, first, Verdict.APPROVE)
    assert client.get("/v1/lots", params={"name": "lot-17.log"}).json()["released"] is False
    review(root, second, Verdict.APPROVE)
    assert client.get("/v1/lots", params={"name": "lot-17.log"}).json()["released"] is True
    assert submit(client, b"a single line").status_code == 422
    failed = client.get("/v1/lots", params={"name": "lot-17.log"}).json()
    assert (failed["released"], failed["failed"], failed["reason"]) == (False, 1, "1 could not be judged")
    judge.open.clear()
    submit(client, OTHER + LOG, wait=0)
    waiting = client.get("/v1/lots", params={"name": "lot-17.log"}).json()
    assert (waiting["released"], waiting["under_way"]) == (False, 1)
    judge.open.set()


@pytest.mark.deep
def test_a_lot_is_not_released_while_bytes_are_held_that_another_lot_brought_first(
    store: AuditStore, weights: Path, tmp_path: Path, root: Access, token: str
) -> None:
    with served(app_of(store, weights, tmp_path / "state"), token) as client:
        held = submit(client, name="lot-71").json()["decision"]["id"]
        released(client, root, "lot-17")
        assert submit(client, name="lot-17").json()["decision"]["released"] is False
    with served(app_of(store, weights, tmp_path / "state"), token) as client:  # it is the record that knows
        assert lot(client, "lot-17")["reason"] == lot(client, "lot-71")["reason"] == "held: a person has to decide"
        review(root, held, Verdict.APPROVE)
        assert lot(client, "lot-17") == lot(client, "lot-71") == RELEASED
        problem(client.get("/v1/lots", params={"name": "lot-1"}), 404)
    assert store.verify().ok


def test_a_lot_is_not_released_while_bytes_have_failed_that_another_lot_brought_first(
    store: AuditStore, weights: Path, tmp_path: Path, root: Access, token: str
) -> None:
    with served(app_of(store, weights, tmp_path / "state"), token) as client:
        released(client, root, "lot-17", "lot-18")
        for name in ("lot-71", "lot-17"):
            problem(submit(client, b"a single line", name=name), 422)
        problem(submit(client, b"a single line", name="lot-18", again=True), 422)  # and it fails as it did before
        assert lot(client, "lot-17") == lot(client, "lot-18") == lot(client, "lot-71") == FAILED
    with served(app_of(store, weights, tmp_path / "state"), token) as client:
        assert lot(client, "lot-17") == lot(client, "lot-18") == lot(client, "lot-71") == FAILED


@pytest.mark.deep
def test_a_lot_is_not_released_while_bytes_are_under_way_that_another_lot_brought_first(
    store: AuditStore, weights: Path, tmp_path: Path, root: Access, token: str
) -> None:
    judge = InlineJudge()
    with served(app_of(store, weights, tmp_path / "state", judge=judge), token) as client:
        released(client, root, "lot-17")
        judge.open.clear()
        assert [submit(client, name=name, wait=0).status_code for name in ("lot-71", "lot-17")] == [202, 202]
        assert lot(client, "lot-17") == {"released": False, "reason": "1 under way", "under_way": 1, "failed": 0}
    with served(app_of(store, weights, tmp_path / "state"), token) as client:
        client.get(f"/v1/sequences/{DIGEST}?wait=30")
        assert lot(client, "lot-17")["reason"] == "held: a person has to decide"


@pytest.mark.deep
def test_a_lot_knows_bytes_that_somebody_else_decided_on_while_they_were_judged(
    client: httpx2.Client, root: Access, judge: InlineJudge, model: SparseMixModel
) -> None:
    released(client, root, "lot-17")
    judge.open.clear()
    submit(client, name="lot-17", wait=0)
    id = analyse(LOG, "from the app", model=model, access=root)
    judge.open.set()
    assert client.get(f"/v1/sequences/{DIGEST}?wait=30").json()["decision"]["id"] == id
    assert lot(client, "lot-17")["reason"] == "held: a person has to decide"


def test_a_failure_counts_until_a_person_or_program_decides_it(
    client: httpx2.Client, store: AuditStore, root: Access, model: SparseMixModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(InlineJudge, "__call__", lambda *_: FileFailure("crashed", "it may need more memory"))
        problem(submit(client, name="lot-17"), 422)
    assert lot(client, "lot-17") == FAILED
    review(root, analyse(LOG, "lot-17", model=model, access=root), Verdict.APPROVE)
    assert submit(client, name="lot-17").json()["decision"]["released"] is True
    assert lot(client, "lot-17") == RELEASED
    other = build_model(sequence_threshold=0.9)
    root.weights.register(other.to_bytes(), "other", {"weights_sha256": other.weights_sha256})
    root.weights.use(other.weights_sha256)
    assert lot(client, "lot-17") == RELEASED
    with monkeypatch.context() as patched:
        patched.setattr(InlineJudge, "__call__", lambda *_: FileFailure("crashed", "it may need more memory"))
        problem(submit(client, name="lot-17"), 422)
    assert lot(client, "lot-17") == FAILED, "as a submission says, too"


@pytest.mark.deep
def test_what_the_log_cannot_say_counts_for_every_lot_until_it_is_decided(
    client: httpx2.Client, root: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a fault")

    released(client, root, "lot-17", "lot-18")
    with monkeypatch.context() as patched:
        patched.setattr(InlineJudge, "__call__", broken)
        for name in ("lot-17", "lot-18"):
            assert problem(submit(client, name=name), 422)["code"] == "not_recorded"
        assert lot(client, "lot-17") == lot(client, "lot-18") == FAILED
    review(root, submit(client, name="lot-18").json()["decision"]["id"], Verdict.APPROVE)
    assert lot(client, "lot-17") == lot(client, "lot-18") == RELEASED


def test_what_was_erased_and_fails_when_it_comes_again_counts(
    client: httpx2.Client, root: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a fault")

    released(client, root, "lot-17")
    submit(client, OTHER, name="lot-17")
    root.admin.erase(submit(client, OTHER, name="lot-17").json()["decision"]["id"], "asked for", early=True)
    with monkeypatch.context() as patched:
        patched.setattr(InlineJudge, "__call__", broken)
        assert problem(submit(client, OTHER, name="lot-17"), 422)["code"] == "not_recorded"
    assert lot(client, "lot-17") == FAILED
