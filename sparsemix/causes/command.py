"""``python -m sparsemix causes``: which variables of an event table led to an alarm, and which lines of a log to a line.

1. MPA_InitPos = True for 44.4 s (line 303, named like an active alarm): 7.1
     0 of 170 normal runs hold it so long (19.8 s) together with MPA_toWorkPos = True

line 1265: Received block blk_-735 of size 67108864 (probability 0.980)
1. line 1293, 28 lines later, same blk_-735: without it the probability is 0.013 (effect +8.2 logits, weight 1.00, certified)
     Redundant addStoredBlock request received for blk_-735
expected before it and not there, same blk_-735: Receiving block <*> src: <*> dest: <*>
     in 48 of 50 other groups with such a line, usually 12 lines earlier, as line 1190: Receiving block blk_38 src: /10.0.0.4
"""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sparsemix.causes import lines, ranking
from sparsemix.causes.event_table import EVENT_ROLES, EventTable, event_columns, is_event_table, moment_in, read_event_tables
from sparsemix.causes.lines import ExplainedLine, LineCause, alarming_events, event_at, explained_line
from sparsemix.causes.ranking import Cause, causes, moment_at, moment_of, not_compared
from sparsemix.causes.usual_states import UsualStates
from sparsemix.errors import InputError
from sparsemix.explain.effects import pair_effects
from sparsemix.explain.rerun import Rerun
from sparsemix.model.fallback import run_or_fall_back
from sparsemix.model.model import SparseMixModel
from sparsemix.readers import file_at
from sparsemix.readers.options import ReadOptions, add_read_options, read_options
from sparsemix.terminal import duration, end_progress, printable, share_teller, shortened, tell, tell_progress

_SHOWN, _EVIDENCE = 5, 3
_WIDTH = 300  # characters of a line
# Times of a table from here on are dates in seconds since 1970.
_DATES = 1e8
_BY_ITSELF = "The weights do not know this log's words, so its lines were judged by what the log says about itself."
_OF_TABLE = (
    "{name} is an event table, read here as a log. With tables of normal runs of the same machine, --normal FOLDER says more: "
    "which variables led to an alarm."
)
_FOREIGN = "No normal run was read: every file in {folder} must be the event table of one. Correct this file, or take it out."


def add_causes(parser: ArgumentParser, weights: Path) -> None:
    """Add the options of ``causes``; ``weights``: those that judge a log by default."""
    parser.add_argument("file", type=Path, help="a log, or with --normal an event table: columns time, node, value and type")
    parser.add_argument("--normal", type=Path, metavar="D", help="folder of event tables of normal runs of the same machine")
    moment = parser.add_mutually_exclusive_group()
    moment.add_argument("--at", metavar="LINE|TIME", help="what to explain: a line of the log, or a time")
    moment.add_argument(
        "--alarms",
        action="store_true",
        help="explain the flagged lines, or the latest alarm that is active at the end; this is the default",
    )
    parser.add_argument("--no-names", action="store_true", help="with --normal: do not look at names of variables and alarms")
    parser.add_argument("--weights", type=Path, default=weights, help="for a log")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_read_options(parser, f"; with --normal the columns of an event table: {', '.join(EVENT_ROLES)}")
    parser.set_defaults(run=run_causes)


def run_causes(options: Namespace) -> None:
    """Run ``causes``. Raises ``InputError`` for files that cannot be used, or where no alarm is active, and
    ``ExplanationError`` for a line or time that no event has."""
    if options.normal is None:
        _of_log(options)
    else:
        _of_table(options)


def _of_table(options: Namespace) -> None:
    if not options.normal.exists():
        raise InputError(f"{options.normal} does not exist: name the folder of the normal runs.", code="no_file")
    reading, columns = ReadOptions(options.encoding, options.time_zone), event_columns(options.columns)
    tables = read_event_tables(options.file, reading, columns)
    if len(tables) != 1:
        raise InputError(f"{options.file} holds {len(tables)} tables. Name one.", code="several_tables")
    run = tables[0]
    moment = moment_of(run, None) if options.at is None else moment_at(run, time_of(options.at))
    tell_progress(f"reading the normal runs of {options.normal}")
    usual = UsualStates.of(_normal_runs(options.normal, reading, columns))
    end_progress()
    ranked = causes(run, usual, moment, names=not options.no_names)
    _print(options, ranking.as_json(run, usual, moment, ranked), _words(run, usual, moment, ranked))


def _normal_runs(folder: Path, reading: ReadOptions, columns: Mapping[str, str]) -> list[EventTable]:
    try:
        return read_event_tables(folder, reading, columns)
    except InputError as error:
        if not {"file", "name"} & error.params.keys():
            raise
        raise InputError(f"{error} {_FOREIGN.format(folder=folder)}", code=error.code, **error.params) from error


def _of_log(options: Namespace) -> None:
    read = file_at(options.file, options=read_options(options))
    if is_event_table(read):
        tell(_OF_TABLE.format(name=options.file))
    sequence = read.sequence
    del read  # all cells of a table
    at = None if options.at is None else event_at(sequence, options.at)
    tell_share = share_teller()
    judged = run_or_fall_back(SparseMixModel.load(options.weights), sequence, lambda share, stage: tell_share(share / 2, stage))
    # Weights of the normal course judge a line at the event before it.
    later = judged.model.judge.later
    rerun = Rerun(judged.model, sequence, judged.run.trace)
    found = []
    for target in alarming_events(sequence, judged.run.decision) if at is None else [max(at - later, 0)]:
        found.append(explained_line(rerun, target, pair_effects(rerun, target)))
    end_progress()
    words = "\n\n".join(map(_line_words, found))
    payload = lines.as_json(sequence, found, by_itself=judged.fell_back)
    _print(options, payload, f"{_BY_ITSELF}\n\n{words}" if judged.fell_back else words)


def _print(options: Namespace, payload: dict[str, object], words: str) -> None:
    print(json.dumps(payload, indent=2, ensure_ascii=False) if options.json else printable(words))


def _line_words(explained: ExplainedLine) -> str:
    words = [f"line {explained.line:,}: {shortened(explained.text, _WIDTH)} (probability {explained.probability:.3f})"]
    telling = explained.telling[:_SHOWN]
    for place, cause in enumerate(telling, 1):
        same = f", same {cause.shared[0]}" if cause.shared else ""
        way = "" if cause.by_way_of is None else f", by way of line {cause.by_way_of:,}"
        proof = ", certified" if cause.certified else ""
        words.append(
            f"{place}. line {cause.line:,}, {where(cause)}{same}{way}: without it the probability is {cause.probability:.3f} "
            f"(effect {cause.effect:+.1f} logits, weight {cause.weight:.2f}{proof})"
        )
        words.append(f"     {shortened(cause.text, _WIDTH)}")
    if left := len(explained.causes) - len(telling):
        none = "" if len(explained.telling) > len(telling) else "; none alone changes it by much"
        words.append(f"{left:,} {'more' if telling else 'other'} lines were read for it{none}")
    if not explained.causes:
        words.append("no other line was read for it")
    for one in explained.missing:
        same = "" if one.identifier is None else f", same {one.identifier}"
        words.append(f"expected {one.side} it and not there{same}: {shortened(one.template, _WIDTH)}")
        among = f"in {one.groups_with:,} of {one.groups:,} other groups with such a line"
        away = _away(one.lines, earlier=one.side == "before")
        words.append(f"     {among}, usually {away}, as line {one.line:,}: {shortened(one.text, _WIDTH)}")
    return "\n".join(words)


def where(cause: LineCause) -> str:
    """Return where a cause stands, in words that no clock contradicts."""
    time, seconds = "", cause.seconds or 0.0
    if seconds:
        time = f"{duration(abs(seconds))} {'earlier' if seconds > 0 else 'later'}"
    if cause.lines is None:
        return f"in another source, {time} by the clocks" if time else "in another source"
    away = _away(abs(cause.lines), earlier=cause.lines > 0)
    return f"{away} in the file, {time} by the clock" if seconds * cause.lines < 0 else away


def _away(count: int, *, earlier: bool) -> str:
    return f"{count:,} line{'s' if count != 1 else ''} {'earlier' if earlier else 'later'}"


def time_of(text: str) -> float:
    """Return a time of an event table, seconds or a date with a clock. Raises `InputError` for another text."""
    moment = moment_in(text)
    if moment is None:
        raise InputError(f"{text!r} is no time. Give seconds, or a date with a clock.", code="bad_time", line=0)
    return moment


def _when(moment: float) -> str:
    """Return a time of an event table in words: its seconds, or a date where it is one."""
    return f"{moment:g} s" if abs(moment) < _DATES else datetime.fromtimestamp(moment, UTC).isoformat(" ", "milliseconds")[:-6]


def _words(run: EventTable, usual: UsualStates, moment: float, ranked: list[Cause]) -> str:
    active = ", ".join(f"{alarm} since {_when(since)}" for since, alarm in run.active(moment)) or "no alarm"
    words = [f"{run.name} at {_when(moment)}: {active}. The likeliest causes, by {usual.runs:,} normal runs:"]
    for place, cause in enumerate(ranked[:_SHOWN], 1):
        alike = ", named like the latest alarm" if cause.latest else ", named like an active alarm" if cause.alike else ""
        words.append(
            f"{place}. {cause.variable} = {cause.value} for {cause.since:.1f} s (line {cause.line:,}{alike}): {cause.score:.1f}"
        )
        for one in cause.evidence[:_EVIDENCE]:
            together = f"so long ({one.seconds:.1f} s) together with {one.other} = {one.value}"
            words.append(f"     {one.runs:,} of {usual.runs:,} normal runs hold it {together}")
    if left_out := not_compared(run, usual, ranked):
        words.append(f"not compared: {', '.join(f'{node} ({why})' for node, why in left_out.items())}")
    return "\n".join(words)
