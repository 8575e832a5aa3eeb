"""Drift in the record: every decision keeps its profile and the drift state of its source, from which the next one goes on.

    last = access.sources.last("line4", weights_sha256)
    watch, details = follow(access, Arrival(id, now, "line4", weights_sha256, input_sha256), last, profile_of(sequence, run))
    watch.alarm

So drift can be computed again from the record alone, years later. The state is that of the source's last decision. When a
person has accepted a new reference since, the state follows from the decisions that the reference is taken from. Each set of
weights has a state of its own, because other weights select other pairs. The same file decided once more adds no evidence and
changes nothing. Two decisions of one source that are made at the same moment go on from the same state: the evidence of one of
them is left out. No streamlit here. The state of every source, for the shell:

    python -m dashboard drift [SOURCE ...] [--db PATH_OR_URL] [--json]

Exit codes: 0 none of the sources has drifted, 1 some have, 2 the record cannot be read or does not know a source.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from audit import Access, AuditError, DecisionFilter, DecisionRecord, NotFound, open_store
from audit.intake.sources import AcceptedReference, accepted, last_of_each
from dashboard.service.common.decision_details import details_of, drift_of
from sparsemix import TraceError
from sparsemix.monitoring.drift import SelectionProfile, SourceWatch
from sparsemix.monitoring.drift.source_watch import ENOUGH, RUN_LENGTH
from sparsemix.terminal import printable

MOST_TAKEN_IN = 1_000
"""Number of decisions, the newest, from which the state is computed after a new reference was accepted."""
_SAME_FILE = 50  # decisions on one file that are looked at


@dataclass(frozen=True, slots=True)
class Arrival:
    """A decision that reaches its source's drift state: its id, when it began (``at``), its source, the hashes of its weights
    and its input. One that is not ``fresh`` adds no evidence and changes nothing; nor does one on the same file as an earlier
    one, which is looked for unless the record takes the decision ``once``."""

    id: str
    at: str
    source: str
    weights: str
    input_sha256: str
    fresh: bool = True
    once: bool = False


def follow(
    access: Access, arrival: Arrival, last: DecisionRecord | None, profile: SelectionProfile
) -> tuple[SourceWatch, dict[str, object]]:
    """Take a decision into the state of its source, whose decision by these weights was ``last``; return the new state, and the
    details that are recorded with the decision.

    Raises `Denied`, `Tampered`, `StoreUnavailable`."""
    accepted = access.sources.accepted(arrival.source)
    before: SourceWatch | None = None
    since: Mapping[str, object] | None = None
    if last is not None and not outdated(last, accepted):
        before, since = watch_of(last), drift_of(last).since or None
    elif last is not None and accepted is not None:
        before = _taken_in(access, arrival.source, arrival.weights, accepted.since)
    repeated = before is not None and (not arrival.fresh or (not arrival.once and _decided_before(access, arrival)))
    if before is None or not before.reference.fits(profile):
        watch = SourceWatch.begin(profile)
    else:
        watch = before if repeated else before.step(profile)
    if watch.alarm is not None and since is None:
        since = {"at": arrival.at, "id": arrival.id}
        if watch.alarm.since != watch.alarm.found:
            # The earlier decision with which the change probably began; None where it was erased.
            reach = watch.alarm.found - watch.alarm.since + _SAME_FILE
            earlier = reversed(access.sources.recent(arrival.source, arrival.weights, limit=reach))
            states = ((one, drift_of(one)) for one in earlier)
            first = (one for one, state in states if state.seen == watch.alarm.since and not state.repeated)
            since = next(({"at": one.started_at, "id": one.id} for one in first), None)
    return watch, {
        "profile": profile.payload(),
        "drift": {
            **watch.payload(),
            "accepted": None if accepted is None else accepted.seq,
            "after": None if last is None else last.id,
            "repeated": repeated,
            "since": since if watch.alarm is not None else None,
        },
    }


def watch_of(decision: DecisionRecord) -> SourceWatch | None:
    """Return the state of its source that a decision keeps; None where it keeps none, or one of another version."""
    fields = details_of(decision).drift
    try:
        return SourceWatch.from_payload(fields) if fields else None
    except TraceError:
        return None


def profile_kept(decision: DecisionRecord) -> SelectionProfile | None:
    """Return the profile that a decision keeps; None where it keeps none, or one of another version."""
    profile = details_of(decision).profile
    try:
        return SelectionProfile.from_payload(profile) if profile else None
    except TraceError:
        return None


def outdated(decision: DecisionRecord, accepted: AcceptedReference | None) -> bool:
    """Return whether a new reference was accepted since, so that the decision's state no longer counts."""
    return accepted is not None and accepted.seq > drift_of(decision).accepted


def _taken_in(access: Access, source: str, weights: str, since: str | None) -> SourceWatch | None:
    """Compute the state from the decisions from ``since`` (the id of the first one) on; None without any."""
    if since is None:
        return None
    try:
        decisions = access.sources.recent(source, weights, limit=MOST_TAKEN_IN, since=since)
    except NotFound:  # erased, or of other weights
        return None
    watch: SourceWatch | None = None
    for decision in decisions:
        profile = None if drift_of(decision).repeated else profile_kept(decision)
        if profile is not None:
            fits = watch is not None and watch.reference.fits(profile)
            watch = watch.step(profile) if watch is not None and fits else SourceWatch.begin(profile)
    return watch


def _decided_before(access: Access, arrival: Arrival) -> bool:
    same = access.find(DecisionFilter(input_sha256=arrival.input_sha256), limit=_SAME_FILE).summaries
    return any(
        details_of(summary.decision).source == arrival.source and summary.decision.weights_sha256 == arrival.weights
        for summary in same
    )


def main(argv: list[str]) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m dashboard drift", description="Which sources have drifted.")
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="default: all")
    parser.add_argument("--db", metavar="PATH_OR_URL", help="default: as for the app")
    parser.add_argument("--json", action="store_true", help="one JSON object a source")
    arguments = parser.parse_args(argv)
    try:
        states = _states(arguments.db, arguments.sources)
    except AuditError as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        return 2
    if unknown := set(arguments.sources) - {str(state["source"]) for state in states}:
        # A misspelt name must not look like a source without drift.
        print(printable(f"error: nothing is known of the source {', '.join(sorted(unknown))}; check the name"), file=sys.stderr)
        return 2
    if arguments.json:
        for state in states:
            print(json.dumps(state, ensure_ascii=False))
    else:
        print(printable(table(states)))
    return int(any(state["state"] == "drift" for state in states))


def table(states: list[dict[str, object]]) -> str:
    """Return the states as lines of text, those that have drifted first."""
    lines = [f"{'source':24} {'state':13} {'decisions':>9} {'evidence':>9}  {'since':24} what"]
    for row in sorted(states, key=lambda state: state["state"] != "drift"):
        what = ", ".join(row["statistics"])  # type: ignore[arg-type]
        numbers = f"{row['decisions']:9,} {row['level']:9.2g}"
        lines.append(f"{row['source']!s:24.24} {row['state']!s:13} {numbers}  {row['since'] or '-'!s:24} {what}".rstrip())
    return "\n".join(lines)


def _states(location: str | None, sources: list[str]) -> list[dict[str, object]]:
    with closing(open_store(location, read_only=True)) as store, store.database.read() as connection:
        last = [decision for decision in last_of_each(connection) if not sources or details_of(decision).source in sources]
        references = {name: accepted(connection, name) for name in {details_of(decision).source for decision in last}}
    states = (_state(decision, references[details_of(decision).source]) for decision in last)
    return [state for state in states if state is not None]


def _state(decision: DecisionRecord, reference: AcceptedReference | None) -> dict[str, object] | None:
    watch, start = watch_of(decision), drift_of(decision).began
    if watch is None:
        return None
    over = outdated(decision, reference)
    alarm = None if over else watch.alarm
    return {
        "source": details_of(decision).source,
        "state": "new reference" if over else "drift" if alarm else "watched" if watch.enough else "too few",
        "decisions": watch.seen,
        "enough": ENOUGH,
        "level": watch.level,
        "alarm_from": RUN_LENGTH,
        "since": start[0] if start and alarm else None,
        "since_decision": start[1] if start and alarm else None,
        "statistics": [] if alarm is None else list(alarm.statistics),
        "weights_sha256": decision.weights_sha256,
        "last_decision": decision.id,
        "last_at": decision.started_at,
    }
