"""Answers of the gate API, built from the record and from the sequences under way."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from audit import Action, AuditStore, DecisionSummary, LogEntry, NotFound, StoreUnavailable, Tampered
from audit import gate as ask_gate
from audit.intake.inputs import INSTEAD_OF, InputFailure
from dashboard.service.common.decision_details import details_of
from dashboard.service.decide.outcomes import NOT_REACHED, FileFailure
from dashboard.service.gate import schema
from dashboard.service.gate.callers import Caller
from dashboard.service.gate.gate_service import GateService

_MOST = 100  # decisions of one lot
_TRIES = 5  # to see a decision and its newest entry at one moment
_log = logging.getLogger(__name__)


def known(gate: GateService, caller: Caller, digest: str) -> str | FileFailure | None:
    """Return the id of a decision on these bytes, or why there is none; None when nothing is known of them. What the weights in
    use gave comes first, then the newest decision by other weights."""
    found = recorded(gate, caller, digest) or caller.access.decided(digest) or gate.submissions.failure(digest)
    return found or _last_failure(caller.access.failures.of(digest))


def recorded(gate: GateService, caller: Caller, digest: str) -> str | FileFailure | None:
    """Return the decision or failure by the weights in use alone, which need not be judged again.

    A file that the worker of a batch could not read does not count: nothing was judged.
    """
    weights = gate.submissions.weights_sha256()
    if (id := caller.access.decided(digest, weights)) is not None:
        return id
    failures = [failure for failure in caller.access.failures.of(digest) if failure.weights_sha256 == weights]
    return _last_failure([failure for failure in failures if failure.code != NOT_REACHED])


def _last_failure(failures: Sequence[InputFailure]) -> FileFailure | None:
    return FileFailure(failures[-1].code, failures[-1].why) if failures else None


def sequence(gate: GateService, digest: str, outcome: str | FileFailure, since: int | None) -> schema.Sequence:
    """Return the answer for a sequence that is no longer under way."""
    if isinstance(outcome, FileFailure):
        return schema.Sequence(sha256=digest, state="failed", failure=schema.Failure(code=outcome.code, why=outcome.why))
    return schema.Sequence(sha256=digest, state="decided", decision=decision(gate, outcome, since))


def decision(gate: GateService, id: str, since: int | None) -> schema.Decision:
    """Return a decision and its gate, with its proof. ``since``: the size of the caller's last checkpoint.

    Raises `NotFound` when there is no such decision or it was erased, `StoreUnavailable`.
    """
    return _proven(gate, [id], since)[0]


def _proven(gate: GateService, ids: Sequence[str], since: int | None) -> list[schema.Decision]:
    if gate.proofs is None:
        return [_answer(gate.store, id) for id in ids]
    return gate.proofs.of([_with_entry(gate.store, id) for id in ids], since)


def _with_entry(store: AuditStore, id: str) -> tuple[schema.Decision, LogEntry | None]:
    """Return an answer and the newest entry about the decision: the last word that the answer rests on."""
    before = _newest(store, id)
    for _ in range(_TRIES):
        answer, after = _answer(store, id), _newest(store, id)
        if before == after:
            return answer, after
        before = after
    raise StoreUnavailable(f"decision {id} is being written to; ask again")


def _newest(store: AuditStore, id: str) -> LogEntry | None:
    try:
        return store.newest_about(id)
    except Tampered:  # the answer says so
        return None


def _answer(store: AuditStore, id: str) -> schema.Decision:
    try:
        facts = _facts(store.summary(id))
    except Tampered:
        facts = None
    answer = ask_gate(store, id)
    reason = answer.reason
    if answer.gate is None:
        _log.error("decision %s: %s", id, reason)
        reason = reason.partition(":")[0]  # what follows can hold addresses and paths
    return schema.Decision(
        id=id,
        released=answer.released,
        gate=answer.gate.value if answer.gate else None,
        reason=reason,
        facts=facts,
    )


def lot(gate: GateService, caller: Caller, name: str, since: int | None) -> schema.Lot:
    """Return all decisions on the sequences of one name, newest first, whatever other names these sequences have.

    Raises `NotFound` when no sequence has this name.
    """
    # Each state is read before the state that follows it, so that a sequence that changes in between is seen, at worst twice.
    sequences = gate.submissions.named(name) | caller.access.lots.sequences(name)
    states = gate.submissions.states(sequences)
    weights = gate.submissions.weights_sha256()
    outcomes = caller.access.lots.outcomes(sequences, weights, states.failed)
    under_way, failed = len(states.under_way), len(outcomes.failed - states.under_way)
    if not outcomes.decisions and not under_way and not failed:
        raise NotFound(f"no sequence has the name {name!r:.80}")
    decisions = _proven(gate, outcomes.decisions[:_MOST], since)
    closed = next((answer for answer in decisions if not answer.released), None)
    whole, vouched = len(decisions) == len(outcomes.decisions), caller.access.lots.is_vouched(name)
    if under_way:
        reason = f"{under_way} under way"
    elif failed:
        reason = f"{failed} could not be judged"
    elif not whole:
        reason = f"there are {len(outcomes.decisions)} decisions, and {_MOST} at most are looked at: ask for each"
    elif not vouched:
        reason = "no entry that the program signed names this lot: submit one of its sequences under this name again"
    else:
        reason = "released" if closed is None else closed.reason
    released = closed is None and not under_way and not failed and whole and vouched
    return schema.Lot(name=name, released=released, reason=reason, under_way=under_way, failed=failed, decisions=decisions)


def status(gate: GateService, caller: Caller) -> schema.Status:
    """Return how busy the gate API is."""
    caller.access.require(Action.READ, "gate")
    return schema.Status(
        receiving=gate.submissions.receiving,
        under_way=gate.submissions.under_way,
        capacity=gate.submissions.capacity,
        workers=gate.submissions.workers,
        entries=gate.store.log_size(),
        notified=[
            schema.Notified(
                host=notifier.host,
                waiting=len(notifier.waiting),
                given_up=notifier.given_up,
                told_until=notifier.cursor,
            )
            for notifier in gate.notifiers
        ],
    )


def _facts(summary: DecisionSummary) -> schema.Facts:
    decision = summary.decision
    details = details_of(decision)
    return schema.Facts(
        name=decision.input_name,
        source=details.source or None,
        sha256=decision.input_sha256,
        events=decision.event_count,
        label=decision.label,
        probability=decision.score,
        threshold=decision.threshold,
        hold_reasons=details.hold_reasons,
        warnings=list(decision.warnings),
        model=decision.model_id,
        weights_sha256=decision.weights_sha256,
        by_itself=INSTEAD_OF in decision.details,
        incidents=[one for kept in details.incidents if (one := _incident(kept)) is not None],
        routine=[one for kept in details.routine if (one := _incident(kept)) is not None],
        evidence=[
            schema.Evidence(
                layer=part.layer, sha256=part.sha256, pair_count=part.pair_count, certified_share=part.certified_share
            )
            for part in decision.selections
        ],
        decided_at=decision.ended_at,
        entry=summary.seq,
        queue=summary.state.value,
        required_reviews=decision.required_reviews,
        due_at=summary.due_at,
    )


def _incident(kept: Any) -> schema.Incident | None:
    """Return a recorded incident; None for one that is recorded in another form."""
    match kept:
        case {"lead": list(lead), "count": int(count), "must": bool(must), "reasons": list(reasons), "causes": list(causes)}:
            return schema.Incident(
                lead=[line for one in lead for line in _line(one)],
                count=count,
                must_be_seen=must,
                terms=[str(reason["term"]) for reason in reasons if isinstance(reason, dict) and "term" in reason],
                led_to_by=[line for cause in causes for line in _line(cause)],
                new=new if isinstance(new := kept.get("new"), bool) else None,
            )
    return None


def _line(kept: object) -> list[int]:
    match kept:
        case [_, int(line)] | {"line": int(line)}:
            return [line]
    return []
