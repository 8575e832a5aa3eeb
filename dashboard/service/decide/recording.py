"""From a judgement to the record: what the record knows of its source decides the route, and the decision is written.

The input, every layer's selection and the weights are stored under their hashes in the same transaction as the decision: what
fails or is cancelled leaves nothing behind, and a decision can be recomputed after the weights have changed.

entered = enter_once(judged, model=model, access=access, source="line4")   # its id; None: decided already; or `FileFailure`
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from audit import Access, Conflict, DecidedAlready, InvalidRecord, new_id
from audit.intake.marks import FINE
from audit.operation.observations import TRIAL
from dashboard.service.common.decision_details import typed
from dashboard.service.decide import hold_policy
from dashboard.service.decide.decision_record import of_all_events, record_of
from dashboard.service.decide.drift import Arrival, follow
from dashboard.service.decide.judging import FileJudgement
from dashboard.service.decide.marks import decision_before, marks_of, named_events, told
from dashboard.service.decide.outcomes import NOT_RECORDED, FileFailure
from dashboard.service.decide.weights_used import may_release
from sparsemix import SparseMixModel
from sparsemix.model.fallback import any_log_model
from sparsemix.trace.selection_trace import blob_sha256


def enter(
    judged: FileJudgement,
    *,
    model: SparseMixModel,
    access: Access,
    source: str,
    original: str | None = None,
    once: bool = False,
    fresh: bool = True,
    look: Callable[[], None] = lambda: None,
) -> str:
    """Record the verdict of ``model``, or of the model for any log in its place, on a judged file; return the decision's id.

    ``source``: where the file comes from; ``original``: the hash of the weights that the model's were rounded from, where that
    was checked: a lead's approval of those holds for both; ``once``: refuse bytes that these weights have decided on before;
    ``fresh``: whether the file is new to its source's drift: a window that overlaps an earlier one is not; ``look`` is called
    after each part, the last time when nothing but the writing is left, and may raise.

    Raises `AuditError` when the decision cannot be recorded, with ``once`` also its subclass `DecidedAlready`.
    """
    if judged.by_itself:
        model = any_log_model()
    sequence, run = judged.sequence, judged.run
    person, team = access.person, access.policy()
    id, input_sha256 = new_id(), sha256(judged.data).hexdigest()
    marks = marks_of(access, source)
    fine = {kind: mark.seq for kind, mark in marks.items() if mark.said == FINE and model.judge.by_itself}
    look()
    named = named_events(sequence, run.decision, fine)
    look()
    profile, pairs, learned = judged.of_all or of_all_events(model, sequence, run)
    look()
    flagged = bool(pairs and access.queue.flagged_signatures(sorted(pairs)))
    # As late as possible: the stage may change while the model runs, and the record refuses what it would not release.
    stage = access.operation.rollout()
    arrival = Arrival(id, judged.started, source, run.decision.weights_sha256, input_sha256, fresh, once)
    previous = access.sources.last(source, arrival.weights)
    watch, drift = follow(access, arrival, previous, profile)
    circumstances = {
        hold_policy.FLAGGED_PAIRS: flagged,
        hold_policy.DISAGREEMENT: judged.disagrees,
        hold_policy.DRIFT: watch.alarm is not None,
        hold_policy.NOT_PUT_TO_USE: not may_release(access, person, model.weights_sha256, original),
        hold_policy.NOT_VOUCHED: (model.supported_rate or 0.0) > model.judge.false_alarms,
        hold_policy.LEARNED_FROM: learned,
        TRIAL: stage is not None and not stage.applies_to(source),
    }
    holding = [reason for reason, true in circumstances.items() if true]
    routing = hold_policy.route(run.decision, run.trace, id, team, holding)
    rollout = None if stage is None else {"stage": stage.stage.value, "plan": stage.plan_seq}
    details = {"source": source, "rollout": rollout, **named, **drift}
    before = decision_before(access, source, previous, input_sha256)
    names = access.names() if marks else {}
    incidents = told(typed(judged.details).incidents, marks, names, before, by_itself=model.judge.by_itself)
    judged = replace(judged, details={**judged.details, **incidents})
    record = record_of(judged, model, id, input_sha256, person.name, team, routing, details)
    content = {input_sha256: judged.data, **{blob_sha256(blob): blob for blob in judged.blobs}}
    if access.missing_blobs({model.weights_sha256}):
        content[model.weights_sha256] = model.to_bytes()
    look()
    access.record_decision(record, content, once=once)
    return id


def enter_once(
    judged: FileJudgement, *, model: SparseMixModel, access: Access, source: str, fresh: bool = True
) -> str | FileFailure | None:
    """Record a decision unless these weights have decided on these bytes before (None).

    Returns `FileFailure` where the record can never hold the decision. Raises `AuditError` when the record cannot be used, or
    when others changed it twice in a row.
    """
    tried = False
    while True:
        try:
            return enter(judged, model=model, access=access, source=source, once=True, fresh=fresh)
        except DecidedAlready:  # another writer was faster
            return None
        except Conflict:
            # The stage of the roll-out changed, or a stored file was erased, after `enter` read them and before it wrote.
            if tried:
                raise
            tried = True
        except InvalidRecord as error:
            why = f"the record cannot hold the decision: {error}"
            return FileFailure(NOT_RECORDED, why, sha256=sha256(judged.data).hexdigest())
