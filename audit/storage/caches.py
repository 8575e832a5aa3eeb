"""Caches: rows made from entries of the log, so that lists, search and figures are fast.

    caches.keep(connection, [(DECISION, decision_id, seq, content)])    # of what a transaction has appended
    caches.forget(connection, seqs)                                     # of what an erasure took
    caches.rebuild(connection)                                          # all of them, thrown away and made again

`project` makes all rows; verification makes them once more and compares. A row proves nothing: what is shown of one
decision, and what the gate answers, is read from the entries (`audit.storage.documents`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, select

from audit.errors import InvalidRecord, Tampered
from audit.log.entries import CONTROL, DECISION, REVIEW
from audit.records.canonical import parse
from audit.storage.engines import in_parts, rows_of
from audit.storage.schema import (
    CACHES,
    NO_DUE_DATE,
    controls,
    decision_files,
    decisions,
    doubted_pairs,
    log,
    payloads,
    reviews,
)
from audit.storage.state import State

CACHED = (CONTROL, DECISION, REVIEW)
"""The kinds of entries that have rows in caches."""
Rows = Mapping[Table, Sequence[tuple[Any, ...]]]
_AT_ONCE = 2_000
_OF_DECISION = itemgetter(
    *("id", "started_at", "ended_at", "weights_sha256", "input_name", "input_sha256", "event_count", "label", "sampling_route"),
    "gate",
)
_OF_REVIEW = itemgetter("id", "decision_id", "reviewer_id", "reviewer_name", "opened_at", "submitted_at")
_SAID = itemgetter("verdict", "reason", "corrected_label", "supersedes")


# By their keys, which all begin with the number of the entry.
_STORED = {
    table: select(table).where(table.c.seq.between(bindparam("first"), bindparam("last"))).order_by(*table.primary_key)
    for table in CACHES
}


def project(kind: str, subject: str, seq: int, content: Mapping[str, Any]) -> Rows:
    """Return the rows that an entry has in caches, each in the order of its table's columns.

    Raises `KeyError`, `TypeError` or `AttributeError` for a content that is none of this kind.
    """
    get = content.get
    if kind == DECISION:
        details, edge = content["details"], content["details"].get("edge")
        row = (
            seq,
            *_OF_DECISION(content),
            float(content["score"]),  # JSON writes large ones as whole numbers
            float(content["inclusion_probability"]),
            json.dumps(content["warnings"], ensure_ascii=False, separators=(",", ":")),
            1 if get("required_reviews") is None else get("required_reviews"),
            int(get("blind") is True),
            get("due_at") or NO_DUE_DATE,
            get("retention") or "standard",
            text_in(details.get("source")),
            text_in(details.get("instead_of")),
            text_in(edge.get("sha256")) if isinstance(edge, dict) else None,
            _number(details.get("selected_per_query")),
            _number(details.get("memory_mb")),
        )
        return {decisions: [row], decision_files: [(seq, sha256) for sha256 in sorted(files_named(content))]}
    if kind == REVIEW:
        row = (seq, *_OF_REVIEW(content), get("kind") or "review", *_SAID(content))
        doubted = [(n, pair) for n, pair in enumerate(content["pairs"]) if pair["verdict"] != "relevant"]
        return {reviews: [row], doubted_pairs: [(seq, n, pair["verdict"], pair.get("signature")) for n, pair in doubted]}
    return {controls: [(seq, subject, content["expected"])]} if kind == CONTROL else {}


def files_named(content: Mapping[str, Any]) -> set[str]:
    """Return the hashes of all files that a decision's content names."""
    weights = {content["weights_blob"]} if content.get("weights_blob") is not None else set()
    return {content["input_sha256"], *weights, *(selection["sha256"] for selection in content["selections"])}


def keep(connection: Connection, made: Iterable[tuple[str, str, int, Mapping[str, Any]]]) -> None:
    """Store the rows of entries: kind, subject, number and content of each."""
    _store(connection, (project(*one) for one in made))


def _store(connection: Connection, made: Iterable[Rows]) -> None:
    rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
    for table, found in (pair for one in made for pair in one.items()):
        rows[table] += (dict(zip(table.columns.keys(), row, strict=True)) for row in found)
    for table, values in rows.items():
        if values:
            connection.execute(table.insert(), values)


def stored(connection: Connection, first: int, last: int) -> dict[Any, dict[Table, list[tuple[Any, ...]]]]:
    """Return the rows that the caches hold of the entries first..last, by number, as the driver gives them."""
    found: dict[Any, dict[Table, list[tuple[Any, ...]]]] = {}
    for table, rows in _STORED.items():
        for row in rows_of(connection, rows, {"first": first, "last": last}):
            found.setdefault(row[0], {}).setdefault(table, []).append(row)
    return found


def forget(connection: Connection, seqs: Collection[int]) -> None:
    """Delete the rows of these entries."""
    for part in in_parts(seqs):
        for table in CACHES:
            connection.execute(delete(table).where(table.c.seq.in_(part)))


def rebuild(connection: Connection) -> int:
    """Throw all rows away and make them again from the log; return how many entries have some. What nobody had the right to
    make, or is none of its kind, has none."""
    for table in CACHES:
        connection.execute(delete(table))
    state: State | None = connection.get_execution_options().get("state")  # a backup that is restored has none yet
    with suppress(Tampered):  # of a log that does not hold, nothing is known to be refused
        if state is not None:
            state.follow(connection)
    last = done = 0
    found = (
        select(log.c.type, log.c.subject, log.c.seq, payloads.c.payload)
        .join(payloads, payloads.c.seq == log.c.seq)
        .order_by(log.c.seq)
    )
    while made := connection.execute(found.where(log.c.seq > last, log.c.type.in_(CACHED)).limit(_AT_ONCE)).all():
        _store(connection, filter(None, (_made_again(state, *one) for one in made)))
        last, done = made[-1][2], done + len(made)
    return done


def _made_again(state: State | None, kind: str, subject: str, seq: int, payload: str) -> Rows | None:
    try:
        return None if state is not None and state.refusal(seq) else project(kind, subject, seq, parse(payload))
    except (InvalidRecord, KeyError, TypeError, AttributeError, ValueError):
        return None  # verification names it


def text_in(value: object) -> str | None:
    """Return a detail as both databases can hold it; None where it is no text."""
    return value.replace("\x00", "\ufffd") if isinstance(value, str) else None  # PostgreSQL holds no NUL


def _number(value: object) -> float | None:
    return float(value) if type(value) in (int, float) else None  # type: ignore[arg-type]
