"""Small valid records for the tests; every argument overrides one field."""

from __future__ import annotations

import hashlib
from typing import Any

from audit import (
    BlobRef,
    DecisionRecord,
    Gate,
    PairReview,
    PairVerdict,
    Reason,
    ReviewRecord,
    Verdict,
    new_id,
)

UPLOAD = b"2026-03-01 09:30:00 pump P-12 pressure low\n" * 20
SELECTION = b"arrow-ipc-stream-of-layer-0"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def blobs_of(*contents: bytes) -> dict[str, bytes]:
    return {sha(content): content for content in contents or (UPLOAD, SELECTION)}


def decision(**changes: Any) -> DecisionRecord:
    fields: dict[str, Any] = {
        "id": new_id(),
        "started_at": "2026-03-01T09:30:00.000Z",
        "ended_at": "2026-03-01T09:30:00.125Z",
        "caller": "operator-7",
        "intended_use": "root cause of a line stop",
        "model_id": "sparsemix-demo",
        "weights_sha256": sha(b"weights"),
        "config_sha256": sha(b"config"),
        "code_revision": "abc123",
        "runtime": {"python": "3.11"},
        "seed": 7,
        "deterministic": True,
        "input_name": "ライン3.log",
        "input_sha256": sha(UPLOAD),
        "sequence_sha256": sha(b"sequence"),
        "event_count": 20,
        "label": "fault",
        "score": 0.93,
        "threshold": 0.5,
        "policy": "risk-2026-01",
        "selections": (BlobRef(0, sha(SELECTION), 12, 1.0),),
        "explanation_method": "selected pairs",
        "sampling_route": "low confidence",
        "inclusion_probability": 1.0,
        "gate": Gate.HELD,
        "warnings": ("input is short",),
        "details": {"flagged": [{"event": 3, "probability": 0.75}], "familiar": None},
    }
    return DecisionRecord(**(fields | changes))


def review(decision_id: str, **changes: Any) -> ReviewRecord:
    fields: dict[str, Any] = {
        "id": new_id(),
        "decision_id": decision_id,
        "reviewer_id": "r1",
        "reviewer_name": "Tanaka",
        "role": "process engineer",
        "authentication": "local name, not verified",
        "opened_at": "2026-03-01T10:00:00.000Z",
        "submitted_at": "2026-03-01T10:05:00.000Z",
        "shown_sha256": sha(b"page"),
        "suggestion_visible": True,
        "verdict": Verdict.APPROVE,
        "pairs": (
            PairReview(0, 1, 5, 2, PairVerdict.RELEVANT, "pump before stop"),
            PairReview(None, None, 9, 4, PairVerdict.MISSING),
        ),
        "comment": "agrees with the shift log",
    }
    return ReviewRecord(**(fields | changes))


def flagged(decision_id: str, **changes: Any) -> ReviewRecord:
    return review(decision_id, **{"verdict": Verdict.FLAG, "reason": Reason.WRONG_CAUSE} | changes)
