"""Drift in the record: every decision keeps its profile and the state of its source, and the next one goes on from there.

    followed = follow(access, id=id, at=now, source="line4", weights=..., input_sha256=..., profile=profile_of(sequence, run))
    followed.watch.alarm, followed.details

So drift can be computed again from the record alone, years later. The state is that of the source's last decision, or, when a
person has accepted a new reference since, what follows from the decisions that it is to be taken from. Weights have states of
their own: others select otherwise. The same file decided once more says nothing new and changes nothing. Two decisions of one
source that are made at the same moment go on from the same state: the evidence of one of them is left out. No streamlit here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audit import Access, DecisionRecord, NotFound, Wanted
from audit.intake.sources import Accepted
from sparsemix import TraceError
from sparsemix.monitoring.drift import Alarm, SelectionProfile, Watch

MOST_TAKEN_IN = 1_000
_SAME_FILE = 50


@dataclass(frozen=True, slots=True)
class Followed:
    """A source after one more decision, and what is recorded of it with the decision."""

    watch: Watch
    details: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Before:
    """Where a source stood: its state, if any, and what stood beside it in the last decision's details."""

    watch: Watch | None
    last: DecisionRecord | None
    accepted: Accepted | None
    since: Mapping[str, object] | None = None


def follow(
    access: Access,
    *,
    id: str,
    at: str,
    source: str,
    weights: str,
    input_sha256: str,
    profile: SelectionProfile,
    fresh: bool = True,
) -> Followed:
    """Take a decision, begun ``at``, into its source's state; one that is not ``fresh`` says nothing new and changes nothing.
    Errors: `Denied`, `Tampered`, `StoreUnavailable`."""
    before = _before(access, source, weights)
    repeated = before.watch is not None and (not fresh or _decided_before(access, source, weights, input_sha256))
    if before.watch is None or not before.watch.reference.fits(profile):
        watch = Watch.begin(profile)
    else:
        watch = before.watch if repeated else before.watch.step(profile)
    since = before.since
    if watch.alarm is not None and since is None:
        this = {"at": at, "id": id}
        since = this if watch.alarm.since == watch.alarm.found else _began(access, source, weights, watch.alarm)
    details = {
        "profile": profile.payload(),
        "drift": {
            **watch.payload(),
            "accepted": None if before.accepted is None else before.accepted.seq,
            "after": None if before.last is None else before.last.id,
            "repeated": repeated,
            "since": since if watch.alarm is not None else None,
        },
    }
    return Followed(watch, details)


def watch_of(decision: DecisionRecord) -> Watch | None:
    """The state of its source that a decision keeps; None for one that keeps none, or none of this version."""
    said = _said(decision)
    try:
        return Watch.from_payload(said) if said else None
    except TraceError:
        return None


def profile_kept(decision: DecisionRecord) -> SelectionProfile | None:
    """The profile that a decision keeps; None for one that keeps none, or none of this version."""
    try:
        return SelectionProfile.from_payload(decision.details["profile"]) if "profile" in decision.details else None
    except TraceError:
        return None


def seen(decision: DecisionRecord) -> int:
    """How many decisions of its source there were with it since the reference began."""
    found = _said(decision).get("seen")
    return found if isinstance(found, int) else 0


def repeated(decision: DecisionRecord) -> bool:
    """Whether the decision was of a file that had been decided on before, and so said nothing new."""
    return _said(decision).get("repeated") is True


def began(decision: DecisionRecord) -> tuple[str, str] | None:
    """Where a decision's source is in alarm: when the change probably began, and with which decision."""
    found = _said(decision).get("since")
    return (str(found["at"]), str(found["id"])) if isinstance(found, Mapping) and {"at", "id"} <= set(found) else None


def reference_seq(decision: DecisionRecord) -> int:
    """The entry by which the decision's reference was accepted; 0 for the first of a source, which nobody accepts."""
    found = _said(decision).get("accepted")
    return found if isinstance(found, int) else 0


def outdated(decision: DecisionRecord, accepted: Accepted | None) -> bool:
    """Whether a new reference was accepted since: the state that the decision keeps is over."""
    return accepted is not None and accepted.seq > reference_seq(decision)


def _said(decision: DecisionRecord) -> Mapping[str, Any]:
    found = decision.details.get("drift")
    return found if isinstance(found, Mapping) else {}


def _before(access: Access, source: str, weights: str) -> _Before:
    last, accepted = access.sources.last(source, weights), access.sources.accepted(source)
    if last is None:
        return _Before(None, None, accepted)
    if not outdated(last, accepted):
        found = _said(last).get("since")
        return _Before(watch_of(last), last, accepted, found if isinstance(found, Mapping) else None)
    return _Before(_taken_in(access, source, weights, accepted.since if accepted else None), last, accepted)


def _taken_in(access: Access, source: str, weights: str, since: str | None) -> Watch | None:
    """The state that the decisions from ``since`` on lead to; None without any."""
    if since is None:
        return None
    try:
        found = access.sources.recent(source, weights, limit=MOST_TAKEN_IN, since=since)
    except NotFound:  # erased, or of other weights
        return None
    watch: Watch | None = None
    for decision in found:
        profile = None if repeated(decision) else profile_kept(decision)
        if profile is not None:
            fits = watch is not None and watch.reference.fits(profile)
            watch = watch.step(profile) if watch is not None and fits else Watch.begin(profile)
    return watch


def _decided_before(access: Access, source: str, weights: str, input_sha256: str) -> bool:
    same = access.find(Wanted(input_sha256=input_sha256), limit=_SAME_FILE).summaries
    return any(one.decision.details.get("source") == source and one.decision.weights_sha256 == weights for one in same)


def _began(access: Access, source: str, weights: str, alarm: Alarm) -> dict[str, object] | None:
    """The earlier decision with which the change probably began; None when it was erased."""
    for decision in reversed(access.sources.recent(source, weights, limit=alarm.found - alarm.since + _SAME_FILE)):
        if _said(decision).get("seen") == alarm.since and not repeated(decision):
            return {"at": decision.started_at, "id": decision.id}
    return None
