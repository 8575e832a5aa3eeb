"""Entries as they are made and looked at one by one; `audit.log.proving` has the formulas, and proves what is stored.

`audit.storage` keeps the entries. The root of a log is the Merkle tree hash over h_1..h_n (RFC 9162).
"""

from __future__ import annotations

from dataclasses import astuple

from audit.errors import InvalidRecord
from audit.log.proving import BEGIN, ChainProblem, Tip, entry_hash, hashed_texts, link_problem
from audit.records.records import LogEntry


def entry_bytes(entry: LogEntry) -> bytes:
    """Return e_i, the bytes that are hashed. Raises `InvalidRecord` when a field has no JSON form."""
    (text,) = hashed_texts([astuple(entry)])
    try:
        if text is not None and type(entry.seq) is int:
            return text.encode()
    except UnicodeEncodeError as error:
        raise InvalidRecord("a field holds a lone surrogate, which is not a character") from error
    raise InvalidRecord("a field does not have the type that is recorded")


def hash_of(entry: LogEntry) -> str | None:
    """Return h_i in hexadecimal, computed from the other fields; None when one has no JSON form."""
    return entry_hash(astuple(entry))


def next_entry(previous: LogEntry | Tip | None, *, ts: str, actor: str, type: str, subject: str, commitment: str) -> LogEntry:
    """Return the entry that follows `previous` (None: the first entry), with its hash. Raises `InvalidRecord`."""
    seq, prev = (previous.seq, previous.hash) if previous else BEGIN
    fields = (seq + 1, ts, actor, type, subject, commitment, prev)
    hash = entry_hash(fields)
    if hash is None:
        raise InvalidRecord("a field of an entry is no text, or holds a lone surrogate, which is not a character")
    return LogEntry(*fields, hash)


def check_entry(previous: LogEntry | Tip | None, entry: LogEntry) -> ChainProblem | None:
    """Return what is wrong with `entry` as the successor of `previous`, or None."""
    return link_problem(astuple(entry), Tip(previous.seq, previous.hash) if previous else BEGIN)
