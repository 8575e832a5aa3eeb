"""Attacks over the network on the gate API: slow clients, floods, and what its answers tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from audit import AuditStore, Role, StoreUnavailable, Tampered, open_store
from dashboard.service.web import bodies, connections
from sparsemix import WeightsError
from tests.support.dashboard.fixtures import LOG
from tests.support.dashboard.gates import administrator, app_of, served
from tests.support.dashboard.web_attacks import ask, chunked, half_open, huge_headers, refusals, slow_uploads, whole_header


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AuditStore]:
    opened = open_store(tmp_path / "audit.db")
    yield opened
    opened.close()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def port_of(client: httpx2.Client) -> int:
    assert client.base_url.port is not None
    return int(client.base_url.port)


def test_slow_clients_end_and_keep_nobody_out(
    store: AuditStore, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "GAP", 3.0)
    monkeypatch.setattr(connections, "HEADER_SECONDS", 3.0)
    root = administrator(store)
    slow, other = (bearer(root.tokens.issue(name, (Role.SERVICE,), days=1).token) for name in ("slow", "other"))
    with served(app_of(store, weights, tmp_path / "state")) as client:
        port = port_of(client)

        def submit() -> int:
            return ask(port, "/v1/sequences?name=b", "POST", headers=other, body=LOG)[0]

        assert not slow_uploads(port, "/v1/sequences?name=a", slow, submit)
        assert client.get("/v1/status", headers=other).json()["receiving"] == 0
        assert not half_open(port)
        assert not huge_headers(port)


def test_a_header_that_comes_at_once_is_not_longer_either(store: AuditStore, weights: Path, tmp_path: Path) -> None:
    upgrade = ("Connection: Upgrade", "Upgrade: websocket")
    with served(app_of(store, weights, tmp_path / "state")) as client:
        port, most = port_of(client), connections.MOST_HEADER_BYTES
        assert whole_header(port, "/v1/health", most) == 200
        for size in (most + 1, 40_000, 66_000):
            assert {whole_header(port, "/v1/health", size, *lines) for lines in ((), upgrade)} <= {400, 431}
        assert whole_header(port, "/v1/health", most + 1) == 431
        assert client.get("/v1/health").status_code == 200


@pytest.mark.parametrize("chunk", [b"x", b"x" * 12])
def test_a_body_in_drops_is_not_read(store: AuditStore, weights: Path, tmp_path: Path, chunk: bytes) -> None:
    administrator(store)
    with served(app_of(store, weights, tmp_path / "state")) as client:
        port, path = port_of(client), "/v1/sequences?name=a"
        assert chunked(port, path, chunk, 100_000) is None
        assert chunked(port, path, b"2026-03-01 pump P-7 pressure low\r\n", 500) == 401  # lines, as they come


def test_a_flood_of_refusals_by_a_viewer_does_not_fill_the_log(store: AuditStore, weights: Path, tmp_path: Path) -> None:
    screen = bearer(administrator(store).tokens.issue("screen", (Role.VIEWER,), days=1).token)
    before = store.head().size
    with served(app_of(store, weights, tmp_path / "state")) as client:
        assert refusals(port_of(client), "/v1/sequences?name=a", screen, 60) == 60
    store.refusals.write()
    assert store.head().size - before < 20
    assert store.verify().ok


def test_no_answer_leads_to_a_host_that_the_caller_named(store: AuditStore, weights: Path, tmp_path: Path) -> None:
    with served(app_of(store, weights, tmp_path / "state")) as client:
        for path in ("/v1/lots/", "/v1/health/", "//evil.example/v1/lots/"):
            status, headers, _ = ask(port_of(client), path, headers={"Host": "evil.example"})
            assert (status, headers.get("location")) == (404, None)


@pytest.mark.parametrize("error", [StoreUnavailable, Tampered, WeightsError])
def test_answers_tell_neither_addresses_nor_paths(
    store: AuditStore, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def broken(*_: object, **__: object) -> int:
        raise error("cannot open postgresql://audit@10.1.2.3/plant or /srv/secret/audit.db")

    with served(app_of(store, weights, tmp_path / "state")) as client:
        monkeypatch.setattr(AuditStore, "log_size", broken)
        answer = client.get("/v1/health")
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "30"
    assert not any(word in answer.text for word in ("10.1.2.3", "/srv", "secret", "postgresql"))
    assert "the log of the gate says" in answer.json()["detail"]
