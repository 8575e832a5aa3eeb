"""How every source stands, for the shell: which have drifted, since when, in what.

    python -m dashboard drift [SOURCE ...] [--db PATH_OR_URL] [--json]

Exit codes: 0 none of the sources has drifted, 1 some have, 2 the record cannot be read or does not know a source.
"""

from __future__ import annotations

import argparse
import json
import sys

from audit import AuditError, DecisionRecord, open_store
from audit.intake.sources import Accepted, accepted, last_of_each
from dashboard.service.decide import drift
from sparsemix.monitoring.drift.source_watch import ENOUGH, RUN_LENGTH


def main(argv: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m dashboard drift", description="Which sources have drifted.")
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="default: all")
    parser.add_argument("--db", metavar="PATH_OR_URL", help="default: as for the app")
    parser.add_argument("--json", action="store_true", help="one JSON object a source")
    arguments = parser.parse_args(argv)
    try:
        found = _states(arguments.db, arguments.sources)
    except AuditError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if unknown := set(arguments.sources) - {str(one["source"]) for one in found}:
        # A misspelt name must not look like a source without drift.
        print(f"error: nothing is known of the source {', '.join(sorted(unknown))}; check the name", file=sys.stderr)
        return 2
    if arguments.json:
        for one in found:
            print(json.dumps(one, ensure_ascii=False))
    else:
        print(table(found))
    return int(any(one["state"] == "drift" for one in found))


def table(found: list[dict[str, object]]) -> str:
    """States as lines of text, those that have drifted first."""
    lines = [f"{'source':24} {'state':13} {'decisions':>9} {'evidence':>9}  {'since':24} what"]
    for one in sorted(found, key=lambda one: one["state"] != "drift"):
        what = ", ".join(one["statistics"])  # type: ignore[arg-type]
        numbers = f"{one['decisions']:9,} {one['level']:9.2g}"
        lines.append(f"{one['source']!s:24.24} {one['state']!s:13} {numbers}  {one['since'] or '-'!s:24} {what}".rstrip())
    return "\n".join(lines)


def _states(location: str | None, wanted: list[str]) -> list[dict[str, object]]:
    store = open_store(location, read_only=True)
    try:
        with store.database.read() as connection:
            last = [one for one in last_of_each(connection) if not wanted or one.details.get("source") in wanted]
            names = {str(one.details.get("source")) for one in last}
            references = {name: accepted(connection, name) for name in names}
    finally:
        store.close()
    states = (_state(one, references[str(one.details.get("source"))]) for one in last)
    return [state for state in states if state is not None]


def _state(decision: DecisionRecord, reference: Accepted | None) -> dict[str, object] | None:
    watch, began = drift.watch_of(decision), drift.began(decision)
    if watch is None:
        return None
    over = drift.outdated(decision, reference)
    alarm = None if over else watch.alarm
    return {
        "source": decision.details["source"],
        "state": "new reference" if over else "drift" if alarm else "watched" if watch.enough else "too few",
        "decisions": watch.seen,
        "enough": ENOUGH,
        "level": watch.level,
        "alarm_from": RUN_LENGTH,
        "since": began[0] if began and alarm else None,
        "since_decision": began[1] if began and alarm else None,
        "statistics": [] if alarm is None else list(alarm.statistics),
        "weights_sha256": decision.weights_sha256,
        "last_decision": decision.id,
        "last_at": decision.started_at,
    }
