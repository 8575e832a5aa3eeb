"""The gate on disks that are full, slow, or let nothing be removed."""

from __future__ import annotations

import errno
import threading
import time
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest

from audit import Access, AuditStore, utc_now
from dashboard.service.gate import spool
from tests.support.dashboard.fixtures import LOG
from tests.support.dashboard.gates import app_of, served
from tests.support.dashboard.submitting import DIGEST, OTHER, kinds, problem, submit


def test_a_full_disk_accepts_nothing(client: httpx2.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(spool, "replace_text", full)
        answer = submit(client)
    assert "No space left" in str(problem(answer, 503)["detail"])
    assert answer.headers["retry-after"] and client.get("/v1/status").json()["under_way"] == 0
    assert {path.name for path in (tmp_path / "state").iterdir()} == {"lock"}
    problem(client.get(f"/v1/sequences/{DIGEST}"), 404)
    assert submit(client).status_code == 200


def test_a_full_disk_takes_nothing_from_what_was_kept_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    kept, given = spool.Spool(tmp_path), spool.Submission(DIGEST, "a.log", "a", "0" * 64, utc_now())
    for again in (False, True):
        (tmp_path / "part").write_bytes(LOG)
        if again:
            monkeypatch.setattr(spool, "replace_text", full)
            with pytest.raises(OSError, match="No space left"):
                kept.keep(tmp_path / "part", given)
        else:
            kept.keep(tmp_path / "part", given)
    assert [*kept.left()] == [given] and kept.bytes_of(given).read_bytes() == LOG
    kept.close()


@pytest.mark.parametrize("slow", ["settle", "keep"])
def test_a_slow_disk_keeps_nobody_waiting_but_who_brings_something(
    slow: str, client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, reached, goes_on = getattr(spool.Spool, slow), threading.Event(), threading.Event()

    def slowly(self: spool.Spool, part: Path, *rest: spool.Submission) -> None:
        reached.set()
        assert goes_on.wait(60)
        real(self, part, *rest)

    monkeypatch.setattr(spool.Spool, slow, slowly)
    answers: list[httpx2.Response] = []
    bringing = threading.Thread(target=lambda: answers.append(submit(client)))
    bringing.start()
    try:
        assert reached.wait(60)
        # What is asked is answered on the event loop, and so is whether there is room for a body: not of the same token.
        problem(client.get(f"/v1/sequences/{'0' * 64}", timeout=20), 404)
        problem(client.post("/v1/sequences?name=b.log", timeout=20), 429)
        assert client.get("/v1/status", timeout=20).json()["receiving"] == 1
    finally:
        goes_on.set()
        bringing.join(60)
    assert answers[0].json()["state"] == "decided"


@pytest.mark.deep
def test_a_folder_that_nothing_can_be_removed_from_stops_no_worker(
    store: AuditStore, weights: Path, tmp_path: Path, root: Access, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with served(app_of(store, weights, tmp_path / "state", capacity=1), token) as client:
        with monkeypatch.context() as patched:
            patched.setattr(spool.Spool, "drop", read_only)
            assert [submit(client, data).status_code for data in (LOG, OTHER)] == [200, 200]
            problem(submit(client, b"a single line"), 422)
        assert client.get("/v1/status").json()["under_way"] == 0
    left = {path.suffix for path in (tmp_path / "state").iterdir()}
    assert {".bin", ".json"} <= left
    with served(app_of(store, weights, tmp_path / "state"), token) as client:
        for data in (LOG, OTHER):
            assert client.get(f"/v1/sequences/{sha256(data).hexdigest()}?wait=30").json()["state"] == "decided"
        while client.get("/v1/status").json()["under_way"]:
            time.sleep(0.05)
    assert store.count_decisions() == 2 and kinds(store).count("failed_input") == 1
    assert {path.name for path in (tmp_path / "state").iterdir()} <= {"lock", "weights"}
