"""Commands of `python -m audit` that read. Each takes the parsed arguments, prints, and returns the exit code."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from audit.access import AuditStore
from audit.checkpoint_places import expect_signed
from audit.cli.checkpoint_demands import checked
from audit.errors import InvalidRecord, NotFound, StoreUnavailable
from audit.intake.registered_weights import RegisteredWeights, lineage
from audit.log import checkpoints as cp
from audit.log.proving import FORMAT_VERSION
from audit.people.keys import fingerprint
from audit.records import validation as v
from audit.records.atomic_files import read_text
from audit.records.payload import to_payload
from audit.records.records import LogEntry, PairReview
from audit.records.vocabulary import Gate
from audit.review.gate import GateAnswer
from audit.review.gate import gate as ask_gate
from audit.review.team_report import team_report

OK, TAMPERED = 0, 1
GATE_CODES = {Gate.RELEASED: 0, Gate.HELD: 3, Gate.REJECTED: 4, None: 2}


@contextmanager
def opened(arguments: Namespace, *, read_only: bool = True, grants: bool = False) -> Iterator[AuditStore]:
    """Open the store that the arguments name, and close it afterwards. What writes, or `grants`, takes only a log that holds
    what was signed."""
    store = AuditStore(arguments.db, read_only=read_only)
    try:
        if grants or not read_only:
            expect_signed(store, arguments.db)
        yield store
    finally:
        store.close()


def printable(text: str) -> str:
    """Escape characters that a terminal would obey or cannot print: stored text may be forged."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def say(*lines: str) -> None:
    """Print lines, each `printable`: names of files are somebody else's text as well."""
    print("\n".join(map(printable, lines)))


def tell(arguments: Namespace, whole: object, *lines: str) -> None:
    """Print the whole as JSON where that is asked for, else the lines."""
    say(*([json.dumps(whole)] if arguments.json else lines))


def say_aside(kind: str, text: str) -> None:
    """Print a warning or an error on one line of standard error."""
    print(printable(f"{kind}: {' '.join(text.split())}"), file=sys.stderr, flush=True)


def moment(text: str | None) -> str | None:
    """Return the moment that a person typed; a day stands for its beginning. Raises `InvalidRecord`."""
    if text is None:
        return None
    return v.moment("the day", f"{text}T00:00:00.000Z" if "T" not in text else text)


def verify(arguments: Namespace) -> int:
    """Verify the record, against a checkpoint if one is given."""
    signed = None
    if (arguments.checkpoint is None) != (arguments.public_key is None):
        raise InvalidRecord("--checkpoint and --public-key belong together: an unchecked signature proves nothing")
    if arguments.checkpoint is not None:
        signed = cp.open_checkpoint(read_text(arguments.checkpoint), read_text(arguments.public_key))
    vouched = checked(arguments)
    with opened(arguments) as store:
        report = store.verify(checkpoint=signed)
    if arguments.json:
        print(json.dumps(asdict(report) | {"checkpoint": asdict(signed) | vouched._asdict() if signed else None}))
    elif report.ok:
        counts = ", ".join(f"{count} {name}" for name, count in report.checked.items())
        say(f"valid: {counts}", f"root {report.root}")
        if report.root_key is not None:
            print(f"people's signatures hold; fingerprint of the root key: {fingerprint(report.root_key)}")
        if signed:
            say(f"agrees with the checkpoint of {signed.size} entries", *vouched.lines())
    else:
        say(f"TAMPERED: {report.problem_text or ''}", f"The first {report.size} entries are good.")
    if not arguments.json:
        for warning in report.warnings:
            print(f"warning: {warning}")
    return OK if report.ok else TAMPERED


def gate(arguments: Namespace) -> int:
    """Print whether a decision is released. The exit code says the same: every code but 0 means closed."""
    try:
        with opened(arguments, grants=True) as store:
            answer = ask_gate(store, arguments.decision_id)
    except StoreUnavailable as error:
        answer = GateAnswer(arguments.decision_id, False, None, str(error))
    tell(arguments, asdict(answer), answer.reason if answer.gate else f"closed: {answer.reason}")
    return GATE_CODES[answer.gate]


def replay(arguments: Namespace) -> int:
    """Recompute a decision. This package has no model, so the dashboard's command does it."""
    spec = importlib.util.find_spec("dashboard")
    if spec is None or spec.origin is None:
        raise StoreUnavailable("replaying needs the model: run this from the repository's root, where `dashboard` lies")
    # -P: run the package that was found, not another of that name in the working folder.
    command = [sys.executable, "-P", "-m", "dashboard", "replay", arguments.decision_id]
    command += ["--json"] if arguments.json else []
    path = os.pathsep.join(filter(None, (str(Path(spec.origin).parents[1]), os.environ.get("PYTHONPATH"))))
    # By the environment, not as an argument: an address may hold a password, and everybody sees the process list.
    environment = os.environ | {"PYTHONPATH": path, "SPARSEMIX_DATABASE_URL": str(arguments.db)}
    return subprocess.run(command, check=False, env=environment).returncode  # noqa: S603


def stats(arguments: Namespace) -> int:
    """Print the queue, everybody's progress and the agreement between reviewers."""
    with opened(arguments) as store, store.database.read() as connection:
        report = team_report(connection, store.database.now(connection))
    if arguments.json:
        whole = asdict(report)
        pairs = [{"reviewers": list(who), **asdict(kappa)} for who, kappa in report.agreement.pairs.items()]
        whole["agreement"]["pairs"] = pairs
        print(json.dumps(whole))
        return OK
    q, a = report.queue, report.agreement
    print(f"queue: {q.open} open, {q.disputed} disputed, {q.settled} settled; {q.held} held, {q.overdue} overdue")
    alpha = a.krippendorff
    shown = "not defined" if alpha.value is None else f"{alpha.value:.3f} [{alpha.low:.3f}, {alpha.high:.3f}]"
    print(f"agreement (Krippendorff's alpha): {shown} over {alpha.items} decisions with several reviews")
    for person in report.people:
        seconds = "-" if person.median_seconds is None else f"{person.median_seconds:.0f} s"
        line = f"  {person.name}: {person.reviews} reviews, {person.flagged} flagged, median {seconds}"
        if person.control.value is not None:
            line += f", control items right {person.control.value:.0%} of {person.control.items}"
        say(line)
    return OK


def log(arguments: Namespace) -> int:
    """List the entries of the log."""
    with opened(arguments) as store:
        for entry in _all_entries(store):
            line = f"{entry.seq:>6}  {entry.ts}  {entry.type:<10}  {entry.actor}  {entry.subject}"
            tell(arguments, _entry(entry), line)
    return OK


def show(arguments: Namespace) -> int:
    """Show a decision, its state and all its reviews."""
    with opened(arguments) as store:
        summary = store.summary(arguments.decision_id)
        reviews = store.reviews(arguments.decision_id)
        signatures = store.signatures(arguments.decision_id)
    decision = summary.decision
    if arguments.json:
        everything = {
            "seq": summary.seq,
            "gate": summary.gate.value,
            "state": summary.state.value,
            "decision": to_payload(decision),
            "reviews": [to_payload(review) for review in reviews],
            "signatures": {id: signature._asdict() for id, signature in signatures.items()},
        }
        print(json.dumps(everything))
        return OK
    lines = [
        f"decision {decision.id} (entry {summary.seq}): {summary.gate}, {summary.state}",
        f"  {decision.label}, score {decision.score}, threshold {decision.threshold}",
        f"  input {decision.input_name}, model {decision.model_id}",
        f"  started {decision.started_at}, by {decision.caller}",
        f"  queued as {decision.sampling_route} (probability {decision.inclusion_probability}), "
        f"{decision.required_reviews} reviews asked for",
    ]
    for review in reviews:
        reason = f", {review.reason}" if review.reason else ""
        lines.append(
            f"  {review.submitted_at} {review.reviewer_name} ({review.role}, {review.kind}): "
            f"{review.verdict}{reason} {review.comment}"
        )
        signed = signatures.get(review.id)
        lines.append(f"    signed with key {signed.fingerprint}: {signed.meaning}" if signed else "    not signed")
        if (seen := review.seen) is not None:
            looked = f"{seen.lines} of {decision.event_count} lines, {seen.incidents} of {seen.told} incidents"
            lines.append(f"    had in view: {looked}, {len(seen.pairs)} pairs")
        lines += [f"    {_opinion(pair)}" for pair in review.pairs]
    say(*lines)
    return OK


def weights(arguments: Namespace) -> int:
    """List registered weights, or show card and lineage of the weights whose hash begins with the given digits."""
    with opened(arguments) as store:
        known, current = store.weights(), store.weights_in_use()
    used = current.sha256 if current else None
    if arguments.weights_command == "list":
        rows = [_weights_row(weights, used) for weights in known]
        text = [f"{row['sha256'][:12]}  {row['at']}  {row['name']}{_state(row)}" for row in rows]
        tell(arguments, rows, *(text or ["no weights are registered"]))
        return OK
    shown = named_weights(known, arguments.weights)
    row = _weights_row(shown, used) | {"card": shown.card, "lineage": lineage(known, shown.sha256)}
    print(json.dumps(row, indent=None if arguments.json else 2, ensure_ascii=arguments.json))
    return OK


def named_weights(known: Sequence[RegisteredWeights], start: str) -> RegisteredWeights:
    """Return the weights whose hash begins with `start`. Raises `NotFound` unless these are exactly one."""
    matches = [weights for weights in known if start and weights.sha256.startswith(start)]
    if len(matches) != 1:
        raise NotFound(f"{len(matches)} registered weights have a hash that begins with {start!r:.80}")
    return matches[0]


def _weights_row(weights: RegisteredWeights, used: str | None) -> dict[str, Any]:
    row = asdict(weights)
    del row["card"]
    return row | {"in_use": weights.sha256 == used}


def _state(row: dict[str, Any]) -> str:
    return "  (in use)" if row["in_use"] else "  (retired)" if row["retired"] else ""


def _opinion(pair: PairReview) -> str:
    head = "" if pair.layer is None else f", layer {pair.layer}, head {pair.head}"
    return f"pair (query {pair.query}, key {pair.key}{head}): {pair.verdict} {pair.comment}".rstrip()


def _entry(entry: LogEntry) -> dict[str, object]:
    """Return an entry under the names of the hashed form, so that an outsider can hash it again."""
    fields = asdict(entry)
    return {"v": FORMAT_VERSION, "p": fields.pop("commitment"), **fields}


def _all_entries(store: AuditStore) -> Iterator[LogEntry]:
    after = 0
    while batch := store.entries(after):
        yield from batch
        after = batch[-1].seq
