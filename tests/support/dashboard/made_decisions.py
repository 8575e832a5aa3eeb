"""Decisions that no model made, recorded directly: large, odd or hostile on purpose."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

from audit import AuditStore, BlobRef, DecisionRecord, Gate, new_id
from sparsemix import SelectionTrace, read_bytes
from tests.support.audit.team import add


def record_made(
    store: AuditStore,
    lines: list[str],
    trace: SelectionTrace,
    name: str = "made-up.log",
    weights: str = "0" * 64,
    **fields: Any,
) -> str:
    """Record a decision over these lines with this selection, its last event flagged; return its id.

    ``fields`` replace fields of the record.
    """
    data = ("\n".join(lines) + "\n").encode()
    sequence = read_bytes(data, name)
    blobs = [trace.layer_blob(layer) for layer in range(len(trace.heads))]
    last = len(sequence) - 1
    decision = DecisionRecord(
        id=new_id(),
        started_at="2026-03-01T09:30:00.000Z",
        ended_at="2026-03-01T09:30:01.000Z",
        caller="test",
        intended_use="test",
        model_id="sparsemix-made",
        weights_sha256=weights,
        config_sha256="0" * 64,
        code_revision="test",
        runtime={"python": "3.11"},
        seed=0,
        deterministic=True,
        input_name=name,
        input_sha256=_sha(data),
        sequence_sha256=sequence.sha256,
        event_count=len(sequence),
        label="fault",
        score=0.9,
        threshold=0.5,
        policy="test",
        selections=tuple(BlobRef(i, _sha(blob), trace.pair_count(i), trace.certified_share(i)) for i, blob in enumerate(blobs)),
        explanation_method="test",
        sampling_route="fault",
        inclusion_probability=1.0,
        gate=Gate.HELD,
        warnings=(),
        details={
            "flagged": [[last, sequence.events[last].line, 0.9]],
            "flagged_count": 1,
            "highest": [],
            "event_threshold": 0.5,
            "known_share": 1.0,
            "familiarity_floor": 0.5,
            "hold_reasons": ["fault"],
        },
    )
    decision = replace(decision, **fields)
    add(store, decision, {_sha(data): data, **{_sha(blob): blob for blob in blobs}})
    return decision.id


def _sha(data: bytes) -> str:
    return sha256(data).hexdigest()
