"""The commands of `python -m audit`. Each takes the parsed arguments, prints, and returns the exit code."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from audit import checkpoint as cp
from audit.canonical import canonical
from audit.errors import InvalidRecord, StoreUnavailable, Tampered
from audit.log import FORMAT_VERSION
from audit.payload import to_payload
from audit.records import LogEntry, PairReview
from audit.sqlite_store import SqlStore

__all__ = ["checkpoint", "export", "log", "printable", "show", "verify"]

OK, TAMPERED = 0, 1


@contextmanager
def _opened(arguments: Namespace) -> Iterator[SqlStore]:
    store = SqlStore(arguments.db, read_only=True)
    try:
        yield store
    finally:
        store.close()


def printable(text: str) -> str:
    """Escape what a terminal would obey or cannot print: stored text may be forged."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def verify(arguments: Namespace) -> int:
    """Verify the record, against a checkpoint if one is given."""
    signed = None
    if (arguments.checkpoint is None) != (arguments.public_key is None):
        raise InvalidRecord("--checkpoint and --public-key belong together: an unchecked signature proves nothing")
    if arguments.checkpoint is not None:
        signed = cp.open_checkpoint(_read(arguments.checkpoint), _read(arguments.public_key))
    with _opened(arguments) as store:
        report = store.verify(checkpoint=signed)
    if arguments.json:
        print(json.dumps(asdict(report) | {"checkpoint": asdict(signed) if signed else None}))
    elif report.ok:
        counts = ", ".join(f"{count} {name}" for name, count in report.checked.items())
        print(f"valid: {counts}\nroot {report.root}")
        if signed:
            print(f"agrees with the checkpoint of {signed.size} entries")
    else:
        print(f"TAMPERED: {printable(report.problem_text or '')}\n{report.size} entries before that hold.")
    return OK if report.ok else TAMPERED


def checkpoint(arguments: Namespace) -> int:
    """Sign size and root, but never of a log that does not verify or that breaks with the last checkpoint."""
    with _opened(arguments) as store:
        if arguments.key.exists():
            key = cp.load_key(arguments.key)
        else:
            key = cp.create_key(arguments.key)
            print(f"created the signing key {arguments.key}: keep it away from the database")
        public = cp.public_key(key, arguments.origin)
        previous = cp.open_checkpoint(_read(arguments.out), public) if arguments.out.exists() else None
        report = store.verify(checkpoint=previous)
    if not report.ok:
        raise Tampered(f"nothing was signed: {report.problem_text}")
    _replace(arguments.key.with_name(arguments.key.name + ".pub"), public + "\n")
    _replace(arguments.out, cp.sign_checkpoint(key, report.size, report.root, arguments.origin))
    print(f"signed {report.size} entries, root {report.root}")
    return OK


def log(arguments: Namespace) -> int:
    """List the entries."""
    with _opened(arguments) as store:
        for entry in _all_entries(store):
            if arguments.json:
                print(json.dumps(_entry(entry)))
            else:
                print(printable(f"{entry.seq:>6}  {entry.ts}  {entry.type:<10}  {entry.actor}  {entry.subject}"))
    return OK


def show(arguments: Namespace) -> int:
    """Show a decision, its state and all its reviews."""
    with _opened(arguments) as store:
        summary = store.summary(arguments.decision_id)
        reviews = store.reviews(arguments.decision_id)
    decision = summary.decision
    if arguments.json:
        everything = {
            "seq": summary.seq,
            "gate": summary.gate.value,
            "decision": to_payload(decision),
            "reviews": [to_payload(review) for review in reviews],
        }
        print(json.dumps(everything))
        return OK
    lines = [
        f"decision {decision.id} (entry {summary.seq}): {summary.gate}",
        f"  {decision.label}, score {decision.score}, threshold {decision.threshold}",
        f"  input {decision.input_name}, model {decision.model_id}",
        f"  started {decision.started_at}, by {decision.caller}",
    ]
    for review in reviews:
        reason = f", {review.reason}" if review.reason else ""
        lines.append(
            f"  {review.submitted_at} {review.reviewer_name} ({review.role}): {review.verdict}{reason} {review.comment}"
        )
        lines += [f"    {_opinion(pair)}" for pair in review.pairs]
    print("\n".join(map(printable, lines)))
    return OK


def _opinion(pair: PairReview) -> str:
    head = "" if pair.layer is None else f", layer {pair.layer}, head {pair.head}"
    return f"pair (query {pair.query}, key {pair.key}{head}): {pair.verdict} {pair.comment}".rstrip()


def export(arguments: Namespace) -> int:
    """Write every entry with the salt and payload that open its commitment."""
    count = 0
    with _opened(arguments) as store, _replacing(arguments.out) as partial, partial.open("wb") as file:
        for entry in _all_entries(store):
            sealed = store.sealed(entry.seq)
            file.write(canonical(_entry(entry) | {"salt": sealed.salt, "payload": sealed.payload}) + b"\n")
            count += 1
    print(f"wrote {count} entries to {arguments.out}")
    return OK


def _entry(entry: LogEntry) -> dict[str, object]:
    """An entry under the names of the hashed form, so that an outsider can hash it again."""
    fields = asdict(entry)
    return {"v": FORMAT_VERSION, "p": fields.pop("commitment"), **fields}


def _all_entries(store: SqlStore) -> Iterator[LogEntry]:
    after = 0
    while batch := store.entries(after):
        yield from batch
        after = batch[-1].seq


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise StoreUnavailable(f"cannot read {path}: {error.strerror}; check the path") from error
    except UnicodeDecodeError as error:
        raise InvalidRecord(f"{path} is not text") from error


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Give a name to write to; it takes the place of `path` only when all went well."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _replace(path: Path, text: str) -> None:
    with _replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")
