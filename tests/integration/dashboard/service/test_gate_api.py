"""The gate for other systems, as the plant's programs use it, through a real server."""

from __future__ import annotations

import re
import socket
import time
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest

from audit import Access, AuditStore, Conflict, Role, Verdict, open_store, utc_now
from audit.records.canonical import parse
from audit.records.clock import system_time
from dashboard.service.decide import recording
from dashboard.service.decide.outcomes import NOT_REACHED, TOO_LONG
from dashboard.service.gate import spool, submissions
from dashboard.service.gate.schema import Full
from dashboard.service.gate.submissions import Room
from sparsemix import SparseMixModel
from tests.support.audit.databases import Databases
from tests.support.audit.fixtures import databases  # noqa: F401 - a fixture
from tests.support.audit.forging import edit
from tests.support.audit.team import change_account
from tests.support.dashboard.fixtures import LOG, build_model
from tests.support.dashboard.gates import InlineJudge, administrator, app_of, served
from tests.support.dashboard.submitting import DIGEST, FAILED, OTHER, kinds, lot, problem, review, submit


def test_a_sequence_is_decided_and_its_gate_is_that_of_the_record(
    client: httpx2.Client, store: AuditStore, root: Access, model: SparseMixModel
) -> None:
    answer = submit(client, source="line 4")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["sha256"], told["state"], told["failure"]) == (DIGEST, "decided", None)
    decision = store.decision(told["decision"]["id"])
    facts = told["decision"]["facts"]
    assert (facts["name"], facts["source"], facts["events"]) == ("lot-17.log", "line 4", 24)
    assert (facts["label"], facts["weights_sha256"]) == (decision.label, model.weights_sha256)
    assert [one["sha256"] for one in facts["evidence"]] == [one.sha256 for one in decision.selections]
    assert store.entries(after=facts["entry"] - 1, limit=1)[0].subject == decision.id
    assert decision.caller == "mes"
    for ask in (f"/v1/decisions/{decision.id}", f"/v1/sequences/{DIGEST}"):
        found = client.get(ask).json()
        assert found.get("decision", found) == told["decision"]
    assert (told["decision"]["released"], told["decision"]["gate"]) == (False, "held")
    review(root, decision.id, Verdict.APPROVE)
    assert client.get(f"/v1/decisions/{decision.id}").json()["released"] is True
    assert store.verify().ok


def test_the_same_bytes_are_decided_once_whatever_they_are_called(
    client: httpx2.Client, store: AuditStore, judge: InlineJudge
) -> None:
    first = submit(client).json()
    head = store.head()
    assert submit(client).json() == first and store.head() == head
    assert submit(client, name="again.log").json() == first
    noted = store.head()
    assert submit(client, name="again.log").json() == submit(client).json() == first
    assert store.head() == noted and kinds(store).count("submitted_as") == 1
    assert judge.judged == ["lot-17.log"] and store.verify().ok


def test_more_failures_than_can_be_kept_are_answered_with_patience(
    client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a fault")

    monkeypatch.setattr(submissions, "_MOST_KEPT", 1)
    with monkeypatch.context() as patched:
        patched.setattr(InlineJudge, "__call__", broken)
        problem(submit(client, name="lot-17"), 422)
    assert submit(client, OTHER, name="lot-18").headers["Retry-After"] == "60"


def test_what_is_under_way_is_asked_for_again_and_the_gate_says_when_it_is_full(
    client: httpx2.Client, store: AuditStore, judge: InlineJudge
) -> None:
    judge.open.clear()
    accepted = submit(client, wait=0)
    assert accepted.status_code == 202 and accepted.json()["decision"] is None
    assert accepted.headers["location"] == f"/v1/sequences/{DIGEST}"
    assert submit(client, wait=0).status_code == 202  # the same bytes take no second place
    assert submit(client, OTHER, wait=0).status_code == 202
    full = submit(client, LOG + OTHER, wait=0)
    problem(full, 429)
    assert 1 <= int(full.headers["retry-after"]) <= 60
    assert client.get(accepted.headers["location"]).json()["state"] in ("queued", "judging")
    status = client.get("/v1/status").json()
    assert (status["under_way"], status["capacity"]) == (2, 2)
    judge.open.set()
    assert client.get(accepted.headers["location"], params={"wait": 30}).json()["state"] == "decided"
    assert submit(client, LOG + OTHER).status_code == 200


def test_what_cannot_be_judged_is_told_in_the_readers_words(
    client: httpx2.Client, store: AuditStore, judge: InlineJudge
) -> None:
    bad = b"only one line"
    told = problem(submit(client, bad), 422)
    assert told["code"] == "too_few_events" and "2 events" in str(told["detail"])
    found = client.get(f"/v1/sequences/{sha256(bad).hexdigest()}").json()
    assert (found["state"], found["failure"]["code"]) == ("failed", "too_few_events")
    assert kinds(store).count("failed_input") == 1
    problem(submit(client, bad, name="b.log"), 422)
    assert judge.judged == ["lot-17.log"]
    problem(submit(client, bad, again=True), 422)
    assert len(judge.judged) == 2 and kinds(store).count("failed_input") == 1


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"name": ""}, "name"),
        ({"wait": 61}, "wait"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"wait": "x"}, "wait"),
    ],
)
def test_requests_that_do_not_keep_to_the_description_are_refused(
    client: httpx2.Client, query: dict[str, object], why: str
) -> None:
    assert why in str(problem(submit(client, **query), 422)["detail"])


def test_paths_and_methods_that_are_not_there(client: httpx2.Client) -> None:
    problem(client.get("/v1/nothing"), 404)
    problem(client.delete("/v1/sequences"), 405)
    problem(client.get(f"/v1/sequences/{'0' * 64}"), 404)
    problem(client.get("/v1/sequences/xyz"), 422)
    problem(client.get(f"/v1/decisions/{'0' * 32}"), 404)
    assert client.get("/docs").status_code == 404


def test_a_body_that_is_too_large_is_refused_and_not_kept(client: httpx2.Client, tmp_path: Path) -> None:
    parts = (b"x" * 1_000_000 for _ in range(520))
    problem(client.post("/v1/sequences", params={"name": "big.log"}, content=parts), 413)
    assert not [*(tmp_path / "state").glob("*.part"), *(tmp_path / "state").glob("*.bin")]


def receives(client: httpx2.Client, wanted: int) -> None:
    """Wait until so many bodies are arriving."""
    end = time.monotonic() + 60
    while client.get("/v1/status").json()["receiving"] != wanted:
        assert time.monotonic() < end


def test_a_body_that_breaks_off_leaves_nothing(client: httpx2.Client, store: AuditStore, tmp_path: Path) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as line:
        head = f"POST /v1/sequences?name=x HTTP/1.1\r\nHost: x\r\nAuthorization: {client.headers['authorization']}\r\n"
        line.sendall(f"{head}Content-Length: 1000\r\n\r\nhalf of it".encode())
        receives(client, 1)
    receives(client, 0)
    assert not [*(tmp_path / "state").glob("*.part"), *(tmp_path / "state").glob("*.bin")]
    assert submit(client).status_code == 200


def test_tokens_that_are_missing_wrong_expired_or_revoked_are_refused(
    client: httpx2.Client, root: Access, store: AuditStore, token: str
) -> None:
    revoked = root.tokens.issue("mes", (Role.SERVICE,), days=1)
    root.tokens.revoke(revoked.known.sha256)
    gone = root.tokens.issue("gone", (Role.SERVICE,), days=1)
    change_account(root, gone.known.account_id, active=False)
    session = root._token or ""
    for shown in (None, "x", token[:-1], token + "x", token.swapcase(), revoked.token, gone.token, session, "é"):
        for method, path in (("GET", f"/v1/sequences/{DIGEST}"), ("POST", "/v1/sequences?name=x"), ("GET", "/v1/status")):
            headers = {} if shown is None else {"Authorization": b"Bearer " + shown.encode()}
            answer = httpx2.request(method, client.base_url.join(path), headers=headers)
            problem(answer, 401)
            assert answer.headers["www-authenticate"].startswith("Bearer")
    assert client.get("/v1/status").status_code == 200
    assert httpx2.get(client.base_url.join("/v1/health")).json() == {"status": "ok"}


def test_a_token_that_has_expired_is_refused(client: httpx2.Client, store: AuditStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/v1/status").status_code == 200
    monkeypatch.setattr(store.database, "_clock", lambda: system_time() + timedelta(days=1, seconds=1))
    problem(client.get("/v1/status"), 401)
    problem(submit(client), 401)


def test_a_role_that_is_not_enough_is_refused_and_noted(client: httpx2.Client, root: Access, store: AuditStore) -> None:
    onlooker = root.tokens.issue("screen", (Role.VIEWER,), days=1)
    submit(client)
    client.headers["Authorization"] = f"Bearer {onlooker.token}"
    assert client.get(f"/v1/sequences/{DIGEST}").status_code == 200
    before = store.head().size
    problem(submit(client, OTHER), 403)
    denied = store.entries(after=before)
    assert [(entry.type, entry.actor) for entry in denied] == [("denied", onlooker.known.account_id)]
    change_account(root, onlooker.known.account_id, roles=())
    problem(client.get(f"/v1/sequences/{DIGEST}"), 403)


def test_a_flood_of_refused_requests_does_not_flood_the_log(
    store: AuditStore, weights: Path, tmp_path: Path, root: Access
) -> None:
    before = store.head().size
    with served(app_of(store, weights, tmp_path / "state")) as client:
        for _ in range(30):
            problem(client.get("/v1/status"), 401)
    entries = store.entries(after=before)
    told = [parse(store.sealed(entry.seq).payload) for entry in entries if entry.type == "denied"]
    assert len(told) == len(entries) == 12
    assert sum(content.get("times", 1) for content in told) == 30


def test_weights_that_a_lead_puts_to_use_judge_from_then_on(client: httpx2.Client, store: AuditStore, root: Access) -> None:
    before = submit(client).json()["decision"]["facts"]
    other = build_model(sequence_threshold=0.9)
    root.weights.register(other.to_bytes(), "other", {"weights_sha256": other.weights_sha256})
    root.weights.use(other.weights_sha256)
    assert client.get(f"/v1/sequences/{DIGEST}").json()["decision"]["facts"] == before
    after = submit(client).json()["decision"]["facts"]
    assert after["weights_sha256"] == other.weights_sha256 != before["weights_sha256"]


@pytest.mark.parametrize(("code", "state"), [(NOT_REACHED, "decided"), (TOO_LONG, "failed")])
def test_what_failed_in_a_batch_is_judged_where_no_judge_had_it(
    client: httpx2.Client, root: Access, model: SparseMixModel, code: str, state: str
) -> None:
    root.failures.note(DIGEST, model.weights_sha256, name="a.log", code=code, why="it was not judged")
    submit(client)
    assert client.get(f"/v1/sequences/{DIGEST}?wait=30").json()["state"] == state


@pytest.mark.parametrize(("times", "state"), [(1, "decided"), (2, "failed")])
def test_what_others_changed_at_that_moment_is_tried_once_more(
    client: httpx2.Client, store: AuditStore, monkeypatch: pytest.MonkeyPatch, times: int, state: str
) -> None:
    left = [Conflict("the stage of the roll-out changed; run it again")] * times

    def enter(*arguments: Any, **named: Any) -> str:
        if left:
            raise left.pop()
        return recording.enter(*arguments, **named)

    monkeypatch.setattr(submissions, "enter", enter)
    monkeypatch.setattr(submissions, "_PAUSES", (0.01,))
    submit(client)
    assert client.get(f"/v1/sequences/{DIGEST}").json()["state"] == state
    assert store.count_decisions() == (state == "decided")


def test_what_was_accepted_is_decided_after_a_restart(
    store: AuditStore, weights: Path, tmp_path: Path, root: Access, token: str
) -> None:
    state, judge = tmp_path / "state", InlineJudge()
    app = app_of(store, weights, state, judge=judge)
    judge.open.clear()
    with served(app, token) as client:
        assert submit(client, wait=0).status_code == 202
        assert submit(client, OTHER, wait=0).status_code == 202
        revoked = root.tokens.issue("old", (Role.SERVICE,), days=1)
        answer = client.post(
            "/v1/sequences?name=x.log", content=LOG + OTHER, headers={"Authorization": f"Bearer {revoked.token}"}
        )
        assert answer.status_code == 202
    assert store.count_decisions() == 0
    root.tokens.revoke(revoked.known.sha256)
    (state / "left.part").write_bytes(b"half of a body")
    (state / f"{'0' * 64}.bin").write_bytes(b"never acknowledged")
    with served(app_of(store, weights, state), token) as client:
        assert client.get(f"/v1/sequences/{DIGEST}?wait=30").json()["state"] == "decided"
        digest = sha256(LOG + OTHER).hexdigest()
        refused = client.get(f"/v1/sequences/{digest}?wait=30").json()
        assert (refused["state"], refused["failure"]["code"]) == ("failed", "refused")
        assert lot(client, "x.log") == FAILED
    assert store.count_decisions() == 2
    # No entry can say that it was refused: it is kept, so that its lot is not released later.
    assert {path.name for path in state.iterdir()} - {"lock", "weights"} == {f"{digest}.bin", f"{digest}.json"}
    with served(app_of(store, weights, state), token) as client:
        assert client.get(f"/v1/sequences/{digest}?wait=30").json()["state"] == "failed"
        assert submit(client, LOG + OTHER, name="y.log").json()["state"] == "decided"
        assert lot(client, "x.log") == lot(client, "y.log") != FAILED
    assert {path.name for path in state.iterdir()} <= {"lock", "weights"}
    assert store.verify().ok


def test_a_sequence_takes_room_once(store: AuditStore, weights: Path, tmp_path: Path, root: Access) -> None:
    app = app_of(store, weights, tmp_path / "state", capacity=1)
    submissions, given = app.state.gate.submissions, spool.Submission(DIGEST, "a.log", "a", "0" * 64, utc_now())
    with submissions.slot("a") as room:
        assert (submissions.receiving, submissions.under_way) == (1, 0)
        with pytest.raises(Full), submissions.slot("b"):
            pass
        (tmp_path / "part").write_bytes(LOG)
        job = submissions.put(tmp_path / "part", given, room)
        assert (submissions.receiving, submissions.under_way) == (0, 1)
        assert submissions.put(tmp_path / "part", given, Room()) is job
    assert (submissions.receiving, submissions.under_way) == (0, 1)
    app.state.gate.close()


def test_two_gates_do_not_share_a_folder(store: AuditStore, weights: Path, tmp_path: Path) -> None:
    first = app_of(store, weights, tmp_path / "state")
    with pytest.raises(Exception, match=re.escape("--state")):
        app_of(store, weights, tmp_path / "state")
    first.state.gate.close()


def test_a_tampered_decision_is_closed(client: httpx2.Client, store: AuditStore, root: Access) -> None:
    id = submit(client).json()["decision"]["id"]
    review(root, id, Verdict.APPROVE)
    assert client.get(f"/v1/decisions/{id}").json()["released"] is True
    edit(str(store.database.path), "UPDATE payloads SET payload = replace(payload, 'approve', 'flag') WHERE seq > 1")
    told = client.get(f"/v1/decisions/{id}").json()
    assert (told["released"], told["gate"]) == (False, None)
    assert "not what was recorded" in told["reason"]


def test_no_cache_says_which_decision_there_is_on_some_bytes(client: httpx2.Client, store: AuditStore, root: Access) -> None:
    id = submit(client).json()["decision"]["id"]
    review(root, id, Verdict.APPROVE)
    other = sha256(b"a faulty part").hexdigest()
    edit(str(store.database.path), f"UPDATE decisions SET input_sha256 = '{other}', input_name = 'other'")  # noqa: S608
    problem(client.get(f"/v1/sequences/{other}"), 404)
    problem(client.get("/v1/lots", params={"name": "other"}), 404)
    assert client.get(f"/v1/sequences/{DIGEST}").json()["decision"]["released"] is True
    assert [one["id"] for one in client.get("/v1/lots", params={"name": "lot-17.log"}).json()["decisions"]] == [id]


def test_on_postgresql(request: pytest.FixtureRequest, weights: Path, tmp_path: Path) -> None:
    server: Databases = request.getfixturevalue("databases")
    store = open_store(server.copy())
    root = administrator(store)
    token = root.tokens.issue("mes", (Role.SERVICE,), days=1).token
    with served(app_of(store, weights, tmp_path / "state"), token) as client:
        assert submit(client).json()["state"] == "decided"
        assert client.get("/v1/lots", params={"name": "lot-17.log"}).status_code == 200
    assert store.verify().ok
    store.close()
