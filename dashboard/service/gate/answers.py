"""What the record says, put into answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audit import Action, AuditStore, DecisionFilter, DecisionSummary, NotFound, Tampered
from audit import gate as ask_gate
from audit.intake.inputs import Failure
from dashboard.service.decide.outcomes import NOT_REACHED, Failed
from dashboard.service.gate import schema
from dashboard.service.gate.callers import Caller

if TYPE_CHECKING:
    from dashboard.service.gate.api import Gate

_MOST = 100  # decisions of one lot


def known(gate: Gate, caller: Caller, digest: str) -> str | Failed | None:
    """The id of the newest decision on these bytes, by the weights in use where there is one, or why there is none."""
    found = recorded(gate, caller, digest) or _by_others(caller, digest) or gate.submissions.failure(digest)
    return found or _last_failure(caller.access.failures.of(digest))


def recorded(gate: Gate, caller: Caller, digest: str) -> str | Failed | None:
    """The same by the weights in use alone: what need not be judged again. What a batch's worker could not read was not
    judged."""
    weights = gate.submissions.weights_sha256()
    id = caller.access.decided(digest, weights)
    if id is not None:
        return id
    mine = [one for one in caller.access.failures.of(digest) if one.weights_sha256 == weights]
    return _last_failure([one for one in mine if one.code != NOT_REACHED])


def _last_failure(failures: Sequence[Failure]) -> Failed | None:
    return Failed(failures[-1].code, failures[-1].why) if failures else None


def _by_others(caller: Caller, digest: str) -> str | None:
    found = caller.access.find(DecisionFilter(input_sha256=digest), limit=1).summaries
    return found[0].decision.id if found else None


def sequence(gate: Gate, digest: str, found: str | Failed) -> schema.Sequence:
    """A sequence that is not under way any more."""
    if isinstance(found, Failed):
        return schema.Sequence(sha256=digest, state="failed", failure=schema.Failure(code=found.code, why=found.why))
    return schema.Sequence(sha256=digest, state="decided", decision=decision(gate.store, found))


def decision(store: AuditStore, id: str) -> schema.Decision:
    """A decision and its gate. Errors: `NotFound`, also when it was erased; `StoreUnavailable`."""
    try:
        facts = _facts(store.summary(id))
    except Tampered:
        facts = None
    answer = ask_gate(store, id)
    return schema.Decision(
        id=id,
        released=answer.released,
        gate=answer.gate.value if answer.gate else None,
        reason=answer.reason,
        facts=facts,
    )


def lot(gate: Gate, caller: Caller, name: str) -> schema.Lot:
    """All decisions on the sequences of one name, newest first, whatever else these are called. Errors: `NotFound` when there
    is none and none is under way."""
    # Each before what a sequence becomes next, so that what ends in between is seen, at worst twice.
    sequences = gate.submissions.named(name) | caller.access.lots.sequences(name)
    standing = gate.submissions.standing(sequences)
    weights = gate.submissions.weights_sha256()
    found = caller.access.lots.outcomes(sequences, weights, standing.failed)
    under_way, failed = len(standing.under_way), len(found.failed - standing.under_way)
    if not found.decisions and not under_way and not failed:
        raise NotFound(f"no sequence has the name {name!r:.80}")
    told = [decision(gate.store, id) for id in found.decisions[:_MOST]]
    closed = next((one for one in told if not one.released), None)
    whole = len(told) == len(found.decisions)
    if under_way:
        reason = f"{under_way} under way"
    elif failed:
        reason = f"{failed} could not be judged"
    elif not whole:
        reason = f"there are {len(found.decisions)} decisions, and {_MOST} at most are looked at: ask for each"
    else:
        reason = "released" if closed is None else closed.reason
    released = closed is None and not under_way and not failed and whole
    return schema.Lot(name=name, released=released, reason=reason, under_way=under_way, failed=failed, decisions=told)


def status(gate: Gate, caller: Caller) -> schema.Status:
    """How busy the gate is."""
    caller.access.require(Action.READ, "gate")
    return schema.Status(
        receiving=gate.submissions.receiving,
        under_way=gate.submissions.under_way,
        capacity=gate.submissions.capacity,
        workers=gate.submissions.workers,
        entries=gate.store.log_size(),
        notified=[
            schema.Notified(host=one.host, waiting=len(one.waiting), given_up=one.given_up, told_until=one.cursor)
            for one in gate.notifiers
        ],
    )


def _facts(summary: DecisionSummary) -> schema.Facts:
    made = summary.decision
    details: dict[str, Any] = dict(made.details)
    return schema.Facts(
        name=made.input_name,
        source=details.get("source"),
        sha256=made.input_sha256,
        events=made.event_count,
        label=made.label,
        probability=made.score,
        threshold=made.threshold,
        hold_reasons=list(details.get("hold_reasons") or ()),
        warnings=list(made.warnings),
        model=made.model_id,
        weights_sha256=made.weights_sha256,
        evidence=[
            schema.Evidence(layer=one.layer, sha256=one.sha256, pair_count=one.pair_count, certified_share=one.certified_share)
            for one in made.selections
        ],
        decided_at=made.ended_at,
        entry=summary.seq,
        queue=summary.state.value,
        required_reviews=made.required_reviews,
        due_at=summary.due_at,
    )
