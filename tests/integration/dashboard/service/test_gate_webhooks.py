"""Notifications: signed so that the scheme's own library accepts them, tried again, and kept over a restart."""

from __future__ import annotations

import json
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from audit import Access, AuditStore, InvalidRecord, Role, Tampered, Verdict
from audit.records.canonical import parse
from dashboard.service.decide.pipeline import analyse
from dashboard.service.gate import webhooks
from dashboard.service.gate.webhooks import Notifier, address, secret_of
from sparsemix import SparseMixModel
from tests.support.dashboard.fixtures import LOG
from tests.support.dashboard.gates import app_of, served
from tests.support.dashboard.submitting import review


class Receiver:
    """A server that keeps what it is sent and answers as it is told: the next of ``answers``, then 204."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.tries: list[tuple[dict[str, str], bytes]] = []
        self._came = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                with receiver._came:
                    status = receiver.answers.pop(0) if receiver.answers else 204
                    receiver.tries.append(({name.lower(): value for name, value in self.headers.items()}, body))
                    receiver._came.notify_all()
                self.send_response(status)
                if status == 302:
                    self.send_header("location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def wait_for(self, tries: int) -> list[tuple[dict[str, str], bytes]]:
        with self._came:
            assert self._came.wait_for(lambda: len(self.tries) >= tries, 60), f"{len(self.tries)} of {tries} came"
            return self.tries[:tries]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    return tmp_path / "webhook.secret"


class Time:
    """A clock that stands still until it is moved."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def notifier(store: AuditStore, receiver: Receiver, secret: Path, **options: object) -> Notifier:
    return Notifier(store, receiver.url, secret_of(secret), secret.parent / "told", **options)  # type: ignore[arg-type]


@pytest.mark.deep
def test_a_decision_and_a_review_are_told_signed_and_tried_again(
    store: AuditStore, root: Access, weights: Path, tmp_path: Path, receiver: Receiver, secret: Path
) -> None:
    receiver.answers = [500, 302]  # fails twice
    telling = notifier(store, receiver, secret, first=0.01)
    token = root.tokens.issue("mes", (Role.SERVICE,), days=1).token
    with served(app_of(store, weights, tmp_path / "state", notifiers=[telling]), token) as client:
        decision = client.post("/v1/sequences?name=lot-17.log&wait=30", content=LOG).json()["decision"]
        first = receiver.wait_for(3)
        assert len({headers["webhook-id"] for headers, _ in first}) == 1 and len({body for _, body in first}) == 1
        review(root, decision["id"], Verdict.APPROVE)
        tries = receiver.wait_for(4)
        assert client.get("/v1/status").json()["notified"][0]["host"] == telling.host
    told = [Webhook(secret.read_text().strip()).verify(body, headers) for headers, body in tries]
    assert [one["type"] for one in told] == ["decision.made"] * 3 + ["decision.gate_changed"]
    made, changed = told[2]["data"], told[3]["data"]
    assert (made["decision"], made["name"], made["gate"], made["before"]) == (decision["id"], "lot-17.log", "held", None)
    assert (changed["decision"], changed["gate"], changed["before"]) == (decision["id"], "released", "held")
    assert changed["entry"] > made["entry"] and len(receiver.tries) == 4


def test_a_sequence_that_was_accepted_and_fails_is_told(
    store: AuditStore, root: Access, weights: Path, tmp_path: Path, receiver: Receiver, secret: Path
) -> None:
    receiver.answers = [500]  # fails once
    telling = notifier(store, receiver, secret, first=0.01)
    token = root.tokens.issue("mes", (Role.SERVICE,), days=1).token
    with served(app_of(store, weights, tmp_path / "state", notifiers=[telling]), token) as client:
        accepted = client.post("/v1/sequences?name=lot-17.log", content=b"only one line")
        assert accepted.status_code == 202
        tries = receiver.wait_for(2)
        why = client.get(accepted.headers["location"]).json()["failure"]["why"]
    first, again = [Webhook(secret.read_text().strip()).verify(body, headers) for headers, body in tries]
    (entry,) = [entry for entry in store.entries() if entry.type == "failed_input"]
    assert first == again and first["type"] == "sequence.failed"
    assert {headers["webhook-id"] for headers, _ in tries} == {f"{entry.subject}.{entry.seq}"}
    told = first["data"]
    assert told.pop("weights_sha256") == root.failures.of(entry.subject)[0].weights_sha256
    assert told == {
        "sha256": entry.subject,
        "name": "lot-17.log",
        "code": "too_few_events",
        "why": why,
        "entry": entry.seq,
    }


def test_a_signature_by_another_secret_or_of_another_body_is_refused(
    store: AuditStore, access: Access, model: SparseMixModel, receiver: Receiver, secret: Path
) -> None:
    telling = notifier(store, receiver, secret)
    analyse(LOG, "a.log", model=model, access=access)
    telling.step()
    ((headers, body),) = receiver.tries
    other = secret.with_name("other")
    secret_of(other)
    Webhook(secret.read_text().strip()).verify(body, headers)
    for key, content in ((other, body), (secret, body.replace(b"held", b"released"))):
        with pytest.raises(Exception, match="signature"):
            Webhook(key.read_text().strip()).verify(content, headers)
    telling.close()


def test_what_was_not_told_is_told_after_a_restart_and_what_was_is_not(
    store: AuditStore, access: Access, model: SparseMixModel, receiver: Receiver, secret: Path
) -> None:
    analyse(LOG, "before.log", model=model, access=access)
    clock = Time()
    telling = notifier(store, receiver, secret, clock=clock)
    receiver.answers = [500]
    first = analyse(LOG, "a.log", model=model, access=access)
    telling.step()
    second = analyse(LOG, "b.log", model=model, access=access)
    telling.close()
    telling = notifier(store, receiver, secret, clock=clock)
    telling.step()
    assert [parse(body)["data"]["decision"] for _, body in receiver.tries] == [first, second]  # type: ignore[index]
    clock.now += webhooks.FIRST * 1.2
    telling.step()
    telling.step()
    assert [parse(body)["data"]["decision"] for _, body in receiver.tries] == [first, second, first]  # type: ignore[index]
    assert not telling.waiting
    telling.close()


def test_what_happens_before_a_gate_comes_back_is_told(
    store: AuditStore, access: Access, model: SparseMixModel, receiver: Receiver, secret: Path
) -> None:
    notifier(store, receiver, secret).close()
    id = analyse(LOG, "meanwhile.log", model=model, access=access)
    telling = notifier(store, receiver, secret)
    telling.step()
    assert [json.loads(body)["data"]["decision"] for _, body in receiver.tries] == [id]
    telling.close()


def test_pauses_grow_and_what_nobody_takes_is_given_up_in_the_log(
    store: AuditStore, access: Access, model: SparseMixModel, receiver: Receiver, secret: Path
) -> None:
    clock = Time()
    telling = notifier(store, receiver, secret, clock=clock)
    id = analyse(LOG, "a.log", model=model, access=access)
    receiver.answers = [503] * webhooks.TRIES
    pauses = []
    while True:
        telling.step()
        if not telling.waiting:
            break
        (message,) = telling.waiting.values()
        pauses.append(message.due - clock.now)
        clock.now = message.due
    assert len(receiver.tries) == webhooks.TRIES == len(pauses) + 1
    assert all(4**n * webhooks.FIRST <= pause <= 1.2 * 4**n * webhooks.FIRST for n, pause in enumerate(pauses[:6]))
    assert max(pauses) <= 1.2 * webhooks.LONGEST
    entry = next(entry for entry in store.entries() if entry.type == "not_notified")
    assert entry.subject.startswith(id) and parse(store.sealed(entry.seq).payload)["tries"] == webhooks.TRIES  # type: ignore[index]
    assert telling.given_up == 1
    telling.close()


@pytest.mark.deep
def test_who_is_gone_is_given_up_at_once_and_nobody_there_is_tried_again(
    store: AuditStore, access: Access, model: SparseMixModel, receiver: Receiver, secret: Path
) -> None:
    telling = notifier(store, receiver, secret)
    analyse(LOG, "a.log", model=model, access=access)
    receiver.answers = [410]
    telling.step()
    assert (telling.given_up, telling.waiting) == (1, {})
    telling.close()
    nobody = Notifier(store, "http://127.0.0.1:9/hook", secret_of(secret), secret.parent / "told")
    analyse(LOG, "b.log", model=model, access=access)
    nobody.step()
    assert [message.tries for message in nobody.waiting.values()] == [1]
    nobody.close()


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "http://plant.example/", "file:///etc/passwd", "ftp://x/", "https://", "x"]
)
def test_only_addresses_that_are_safe_to_tell(url: str) -> None:
    with pytest.raises(InvalidRecord, match="https"):
        address(url)


@pytest.mark.parametrize("url", ["https://[::1", "https://[x]/", "https://x:port/", "https://x\u2100y/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidRecord, match="not an address"):
        address(url)


def test_an_address_holds_no_password() -> None:
    with pytest.raises(InvalidRecord, match="password"):
        address("https://user:word@plant.example/")
    assert address("https://plant.example/hook") and address("http://localhost:8/") and address("http://[::1]:8/")


def test_the_secret_is_for_its_owner_only_and_a_bad_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    assert secret_of(path) == secret_of(path) and len(secret_of(path)) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for bad in ("whsec_", "whsec_????", "whsec_鍵äö", "x" * 50, "whsec_" + "QUJD"):
        path.write_text(bad)
        with pytest.raises(InvalidRecord, match="whsec_"):
            secret_of(path)


def test_what_waits_is_told_although_an_entry_cannot_be_read(
    store: AuditStore, access: Access, model: SparseMixModel, receiver: Receiver, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Time()
    telling = notifier(store, receiver, secret, clock=clock)
    id = analyse(LOG, "a.log", model=model, access=access)
    receiver.answers = [500]
    telling.step()
    clock.now += webhooks.FIRST * 1.2

    def changed(*_: object) -> None:
        raise Tampered("entry 7 is not what was recorded")

    monkeypatch.setattr(AuditStore, "gate_changes", changed)
    with pytest.raises(Tampered):
        telling.step()
    assert [json.loads(body)["data"]["decision"] for _, body in receiver.tries] == [id, id] and not telling.waiting
    telling.close()


def test_after_the_record_was_restored_it_goes_on_from_where_the_log_ends(
    store: AuditStore,
    access: Access,
    model: SparseMixModel,
    receiver: Receiver,
    secret: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    notifier(store, receiver, secret).close()
    (path,) = (secret.parent / "told").iterdir()
    path.write_text(json.dumps({"cursor": 1_000, "waiting": []}))
    telling = notifier(store, receiver, secret)
    assert (telling.cursor, json.loads(path.read_text())["cursor"]) == (store.log_size(), store.log_size())
    assert "restored" in caplog.text
    id = analyse(LOG, "a.log", model=model, access=access)
    telling.step()
    assert [json.loads(body)["data"]["decision"] for _, body in receiver.tries] == [id]
    telling.close()


def test_who_answers_a_byte_at_a_time_holds_nobody_up(
    store: AuditStore, access: Access, model: SparseMixModel, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "_TIMEOUT", 0.5)
    listening, done = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def drip() -> None:
        with listening.accept()[0] as line, suppress(OSError):  # until the other side hangs up
            line.sendall(b"HTTP/1.1 204 No Content\r\nx-slow: ")
            while not done.wait(0.05):
                line.sendall(b"x")

    threading.Thread(target=drip, daemon=True).start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/hook"
    telling = Notifier(store, url, secret_of(secret), secret.parent / "told")
    analyse(LOG, "a.log", model=model, access=access)
    trying = threading.Thread(target=telling.step, daemon=True)
    trying.start()
    trying.join(30)
    held_up = trying.is_alive()
    done.set()
    trying.join(30)
    listening.close()
    assert not held_up and [message.tries for message in telling.waiting.values()] == [1]
    telling.close()


def test_a_notifier_that_is_stuck_does_not_keep_the_gate_from_stopping(
    store: AuditStore, receiver: Receiver, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, goes_on = threading.Event(), threading.Event()

    def stuck(*_: object) -> None:
        reached.set()
        goes_on.wait(60)

    monkeypatch.setattr(webhooks, "_TIMEOUT", 0.1)
    monkeypatch.setattr(Notifier, "step", stuck)
    telling = notifier(store, receiver, secret)
    telling.start()
    assert reached.wait(60)
    stopping = threading.Thread(target=telling.close, daemon=True)
    stopping.start()
    stopping.join(30)
    assert not stopping.is_alive()
    goes_on.set()


def test_a_state_that_says_nothing_is_told(store: AuditStore, receiver: Receiver, secret: Path) -> None:
    telling = notifier(store, receiver, secret)
    telling.close()
    (path,) = (secret.parent / "told").iterdir()
    path.write_text(json.dumps({"cursor": 1}))
    with pytest.raises(Exception, match="does not say"):
        notifier(store, receiver, secret)
