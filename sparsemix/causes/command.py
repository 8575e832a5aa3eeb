"""``python -m sparsemix causes``: which variables of an event table led to an alarm.

1. MPA_InitPos = True for 44.4 s (line 303, named like an active alarm): 7.1
     0 of 170 normal runs hold it so long (19.8 s) together with MPA_toWorkPos = True
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path

from sparsemix.causes.event_table import EventTable, read_event_tables
from sparsemix.causes.ranking import Cause, causes, moment_of
from sparsemix.causes.usual_states import UsualStates
from sparsemix.errors import InputError
from sparsemix.readers.options import add_read_options, read_options
from sparsemix.terminal import end_progress, tell_progress

_SHOWN, _EVIDENCE = 5, 3


def add_causes(parser: ArgumentParser) -> None:
    """Add the options of ``causes``."""
    parser.add_argument("file", type=Path, help="event table in long form: columns time, node, value and, if known, type")
    parser.add_argument(
        "--normal", type=Path, required=True, metavar="D", help="folder of event tables of normal runs of the same machine"
    )
    moment = parser.add_mutually_exclusive_group()
    moment.add_argument("--at", type=float, metavar="TIME", help="the moment to explain, in seconds")
    moment.add_argument(
        "--alarms", action="store_true", help="explain the latest alarm that is active at the end; this is the default"
    )
    parser.add_argument("--no-names", action="store_true", help="do not look at the names of variables and alarms")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_read_options(parser)
    parser.set_defaults(run=run_causes)


def run_causes(options: Namespace) -> None:
    """Run ``causes``. Raises ``InputError`` for files that are no event tables, or where no alarm is active."""
    reading = read_options(options)
    tables = read_event_tables(options.file, reading)
    if len(tables) != 1:
        raise InputError(f"{options.file} holds {len(tables)} tables. Name one.", code="several_tables")
    run = tables[0]
    moment = moment_of(run, None) if options.at is None else options.at
    tell_progress(f"reading the normal runs of {options.normal}")
    usual = UsualStates.of(read_event_tables(options.normal, reading))
    end_progress()
    ranked = causes(run, usual, moment, names=not options.no_names)
    print(
        json.dumps(_payload(run, usual, moment, ranked), indent=2, ensure_ascii=False)
        if options.json
        else _words(run, usual, moment, ranked)
    )


def _payload(run: EventTable, usual: UsualStates, moment: float, ranked: list[Cause]) -> dict[str, object]:
    return {
        "file": run.name,
        "moment": moment,
        "alarms": [{"alarm": alarm, "since": since} for since, alarm in run.active(moment)],
        "normal_runs": usual.runs,
        "causes": [asdict(cause) for cause in ranked],
    }


def _words(run: EventTable, usual: UsualStates, moment: float, ranked: list[Cause]) -> str:
    active = ", ".join(f"{alarm} since {since:g}" for since, alarm in run.active(moment)) or "no alarm"
    lines = [f"{run.name} at {moment:g} s: {active}. The likeliest causes, by {usual.runs:,} normal runs:"]
    for place, cause in enumerate(ranked[:_SHOWN], 1):
        alike = ", named like an active alarm" if cause.alike else ""
        lines.append(
            f"{place}. {cause.variable} = {cause.value} for {cause.since:.1f} s (line {cause.line}{alike}): {cause.score:.1f}"
        )
        for one in cause.evidence[:_EVIDENCE]:
            together = f"so long ({one.seconds:.1f} s) together with {one.other} = {one.value}"
            lines.append(f"     {one.runs:,} of {usual.runs:,} normal runs hold it {together}")
    return "\n".join(lines)
