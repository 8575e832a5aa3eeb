"""The tamper-evident log as pure functions; `audit.storage` keeps the entries.

    p_i = H(salt_i || payload_i)                     salt and payload can be erased, the commitment stays
    e_i = canonical JSON of {v, seq, ts, actor, type, subject, p: p_i, prev: h_(i-1)}        (RFC 8785)
    h_i = H(0x00 || e_i)                             H = SHA-256; h_0 is 64 zeros
    root = Merkle tree hash over h_1..h_n            (RFC 9162)

Order is by `seq`, never by `ts`: clocks step backwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from audit.errors import InvalidRecord
from audit.log.merkle_tree import leaf_hash
from audit.records.records import LogEntry

FORMAT_VERSION = 1
GENESIS = "0" * 64  # `prev` of the first entry
_HASHED = f'{{"actor":%s,"p":%s,"prev":%s,"seq":%s,"subject":%s,"ts":%s,"type":%s,"v":{FORMAT_VERSION}}}'


class ChainProblem(NamedTuple):
    """A problem that verification found: the first bad entry (None when it is not a single entry) and a plain sentence."""

    seq: int | None
    text: str


def commitment(salt: bytes, payload: bytes) -> str:
    """Return H(salt || payload) in hexadecimal. The salt keeps short payloads from being guessed."""
    return hashlib.sha256(salt + payload).hexdigest()


def entry_bytes(entry: LogEntry) -> bytes:
    """Return e_i, the bytes that are hashed. Raises `InvalidRecord` when a field has no JSON form.

    For strings and one safe integer, Python's encoder without spaces and with sorted keys prints the form of RFC 8785:
    both escape only quote, backslash and control characters, in the same way.
    """
    parts = (entry.actor, entry.commitment, entry.prev, entry.subject, entry.ts, entry.type)
    if type(entry.seq) is not int or not all(type(part) is str for part in parts):
        raise InvalidRecord("a field does not have the type that is recorded")
    text = _HASHED % (*map(encode_basestring, parts[:3]), entry.seq, *map(encode_basestring, parts[3:]))
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InvalidRecord("a field holds a lone surrogate, which is not a character") from error


def hashed_texts(rows: Sequence[tuple[Any, ...]]) -> list[str | None]:
    """Return what rows of the log are hashed as (`entry_bytes`), many at once and column by column: a log has millions of them.

    None where a cell is not text; a text may hold a lone surrogate, which has no bytes.
    """
    if not rows:
        return []
    numbers, *texts = list(zip(*rows, strict=True))[:7]
    try:
        ts, actor, kind, subject, committed, link = (list(map(encode_basestring, column)) for column in texts)
    except TypeError:
        return [None] if len(rows) == 1 else [text for row in rows for text in hashed_texts([row])]
    return list(map(_HASHED.__mod__, zip(actor, committed, link, numbers, subject, ts, kind, strict=True)))


def entry_hash(entry: LogEntry) -> str:
    """Return h_i in hexadecimal, computed from the other fields. Raises `InvalidRecord` when a field has no JSON form."""
    return leaf_hash(entry_bytes(entry)).hex()


class Tip(NamedTuple):
    """The end of a log: number and hash of its last entry."""

    seq: int
    hash: str


def next_entry(previous: LogEntry | Tip | None, *, ts: str, actor: str, type: str, subject: str, commitment: str) -> LogEntry:
    """Return the entry that follows `previous` (None: the first entry), with its hash."""
    seq, prev = (previous.seq + 1, previous.hash) if previous else (1, GENESIS)
    draft = LogEntry(seq, ts, actor, type, subject, commitment, prev, "")
    return LogEntry(seq, ts, actor, type, subject, commitment, prev, entry_hash(draft))


def opens(salt: object, payload: object, committed: str) -> bool:
    """Return whether this salt (hexadecimal exactly as written: lower case, no spaces) and payload open a commitment."""
    if type(salt) is not str or type(payload) is not str:
        return False
    try:
        raw = bytes.fromhex(salt)
        return raw.hex() == salt and commitment(raw, payload.encode()) == committed
    except ValueError:  # not hexadecimal, or a lone surrogate
        return False


def check_entry(previous: LogEntry | Tip | None, entry: LogEntry) -> ChainProblem | None:
    """Return what is wrong with `entry` as the successor of `previous`, or None."""
    expected = previous.seq + 1 if previous else 1
    if entry.seq != expected:
        return ChainProblem(expected, f"Entry {expected} is missing: the next one in the log is entry {entry.seq}.")
    try:
        computed = entry_hash(entry)
    except InvalidRecord as error:
        return ChainProblem(expected, f"Entry {expected} holds a value that was never recorded: {error}.")
    if computed != entry.hash:
        return ChainProblem(
            expected,
            f"Entry {expected} ({entry.type} {entry.subject}) was changed after it was recorded: "
            "its time, actor, type, subject, commitment or link no longer gives its hash.",
        )
    if entry.prev != (previous.hash if previous else GENESIS):
        return ChainProblem(
            expected,
            f"Entry {expected} does not follow entry {expected - 1}: one of the two was replaced, "
            "removed or moved after it was recorded.",
        )
    return None
