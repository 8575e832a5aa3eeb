"""Requests that the tests of the gate API send, and what they check in its answers."""

from __future__ import annotations

from hashlib import sha256

import httpx2

from audit import Access, AuditStore, Judgement, Reason, Verdict, utc_now
from tests.support.dashboard.fixtures import LOG

OTHER = b"".join(LOG.splitlines(keepends=True)[1:])
DIGEST = sha256(LOG).hexdigest()
RELEASED = {"released": True, "reason": "released", "under_way": 0, "failed": 0}
FAILED = {"released": False, "reason": "1 could not be judged", "under_way": 0, "failed": 1}


def submit(client: httpx2.Client, data: bytes = LOG, **query: object) -> httpx2.Response:
    return client.post("/v1/sequences", params={"name": "lot-17.log", "wait": 30} | query, content=data)  # type: ignore[arg-type]


def problem(response: httpx2.Response, status: int) -> dict[str, object]:
    """Return the problem in an answer; fail unless it has this status."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, object] = response.json()
    assert found["status"] == status and found["detail"]
    return found


def kinds(store: AuditStore) -> list[str]:
    return [entry.type for entry in store.entries(limit=10_000)]


def review(root: Access, id: str, verdict: Verdict) -> None:
    reason = Reason.WRONG_VERDICT if verdict is Verdict.FLAG else None
    claim, entry_hash = root.queue.claim_decision(id), root.case(id).entry_hash
    root.queue.submit(claim, Judgement(verdict, utc_now(), "0" * 64, entry_hash, reason=reason))


def lot(client: httpx2.Client, name: str) -> dict[str, object]:
    """Return the gate's answer on a lot, without its decisions."""
    found: dict[str, object] = client.get("/v1/lots", params={"name": name}).json()
    return {key: found[key] for key in ("released", "reason", "under_way", "failed")}
