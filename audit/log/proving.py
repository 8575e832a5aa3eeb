"""The one proof of the chain: numbers, links, hashes, and contents against their commitments.

    p_i = H(salt_i || payload_i)                     salt and payload can be erased, the commitment stays
    e_i = canonical JSON of {v, seq, ts, actor, type, subject, p: p_i, prev: h_(i-1)}        (RFC 8785)
    h_i = H(0x00 || e_i)                             H = SHA-256; h_0 is 64 zeros

    proven = prove(rows, tip, erased)                # the app, the gate, verification and a bundle's verifier
    proven.problem                                   # the first entry that does not hold; `proven.entries` are those before it

Order is by `seq`, never by `ts`: clocks step backwards. An entry is whole, or an erasure lists it: nothing else is missing.

This module needs only Python 3.9 and the table of rights: a bundle carries a copy of both for its verifier.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any, NamedTuple

try:
    from audit.log.roles import CONTENT
except ImportError:  # in a bundle
    from roles import CONTENT  # type: ignore[import-not-found,no-redef]

FORMAT_VERSION = 1
GENESIS = "0" * 64  # `prev` of the first entry
_HASHED = f'{{"actor":%s,"p":%s,"prev":%s,"seq":%s,"subject":%s,"ts":%s,"type":%s,"v":{FORMAT_VERSION}}}'

Row = Sequence[Any]
"""A row of the log and of its content: seq, ts, actor, type, subject, commitment, prev, hash, salt, payload."""


class ChainProblem(NamedTuple):
    """A problem that verification found: the first bad entry (None when it is not a single entry) and a plain sentence."""

    seq: int | None
    text: str


class Tip(NamedTuple):
    """The end of a log: number and hash of its last entry."""

    seq: int
    hash: str


BEGIN = Tip(0, GENESIS)


class EntryHeader(NamedTuple):
    """The part of an entry that says who made what, when; and its hash, which a signature names."""

    seq: int
    ts: str
    actor: str
    type: str
    subject: str
    hash: str = ""

    def __str__(self) -> str:
        return f"Entry {self.seq} ({self.type} {self.subject})"


class Proven(NamedTuple):
    """Consecutive entries that hold, with the contents that rights depend on (`CONTENT`), None where an erasure took it or
    where nothing depends on it; the numbers of those without content; and the first entry that does not hold."""

    entries: list[EntryHeader]
    contents: list[Mapping[str, Any] | None]
    emptied: list[int]
    problem: ChainProblem | None


def prove(rows: Sequence[Row], tip: Tip, erased: Mapping[int, object]) -> Proven:
    """Prove rows that follow ``tip``; ``erased``: by number, the commitments of the entries that erasures list."""
    entries: list[EntryHeader] = []
    contents: list[Mapping[str, Any] | None] = []
    emptied: list[int] = []
    seq, prev = tip
    sha256, make = hashlib.sha256, EntryHeader._make
    for row, text in zip(rows, hashed_texts(rows)):  # noqa: B905 - Python 3.9 cannot be told
        number, ts, actor, kind, subject, committed, link, hash, salt, payload = row
        seq += 1
        try:
            holds = text is not None and sha256(b"\x00" + text.encode()).hexdigest() == hash
        except UnicodeEncodeError:
            holds = False
        if not holds or number != seq or link != prev or type(number) is not int:
            return Proven(entries, contents, emptied, link_problem(row, Tip(seq - 1, prev)))
        content = None
        if payload is None and salt is None:
            if erased.get(seq) != committed:
                missing = f"The content of entry {seq} ({kind} {subject}) is missing, and no entry erased it."
                return Proven(entries, contents, emptied, ChainProblem(seq, missing))
            emptied.append(seq)
        elif not opens(salt, payload, committed):
            changed = f"The stored content of entry {seq} ({kind} {subject}) was changed after it was recorded."
            return Proven(entries, contents, emptied, ChainProblem(seq, changed))
        elif kind in CONTENT:
            content = parsed(payload)
        entries.append(make((seq, ts, actor, kind, subject, hash)))
        contents.append(content)
        prev = hash
    return Proven(entries, contents, emptied, None)


def parsed(payload: str) -> Mapping[str, Any]:
    """Return what a content says; nothing where it is no JSON object."""
    try:
        content = json.loads(payload)  # rights depend on no large numbers, and this is four times as fast as `canonical.parse`
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def link_problem(row: Row, previous: Tip) -> ChainProblem | None:
    """Return why an entry cannot follow another one; None if it can."""
    seq, _, _, kind, subject, _, link, hash = row[:8]
    expected = previous.seq + 1
    if seq != expected or type(seq) is not int:
        return ChainProblem(expected, f"Entry {expected} is missing: the next one in the log is entry {seq}.")
    computed = entry_hash(row)
    if computed is None:
        return ChainProblem(expected, f"Entry {expected} holds a value that was never recorded: it is no text.")
    if computed != hash:
        return ChainProblem(
            expected,
            f"Entry {expected} ({kind} {subject}) was changed after it was recorded: "
            "its time, actor, type, subject, commitment or link no longer gives its hash.",
        )
    if link != previous.hash:
        return ChainProblem(
            expected,
            f"Entry {expected} does not follow entry {expected - 1}: one of the two was replaced, "
            "removed or moved after it was recorded.",
        )
    return None


def commitment(salt: bytes, payload: bytes) -> str:
    """Return H(salt || payload) in hexadecimal. The salt keeps short payloads from being guessed."""
    return hashlib.sha256(salt + payload).hexdigest()


def opens(salt: object, payload: object, committed: object) -> bool:
    """Return whether this salt (32 bytes, hexadecimal, lower case, no spaces) and payload open a commitment."""
    if type(salt) is not str or type(payload) is not str:
        return False
    try:
        raw = bytes.fromhex(salt)
        return len(raw) == 32 and raw.hex() == salt and commitment(raw, payload.encode()) == committed
    except ValueError:  # not hexadecimal, or a lone surrogate
        return False


def entry_hash(row: Row) -> str | None:
    """Return h_i in hexadecimal, computed from the other fields; None when one has no JSON form."""
    (text,) = hashed_texts([row])
    try:
        return None if text is None else hashlib.sha256(b"\x00" + text.encode()).hexdigest()
    except UnicodeEncodeError:  # a lone surrogate, which is no character
        return None


def hashed_texts(rows: Sequence[Row]) -> list[str | None]:
    """Return e_i of rows of the log, many at once and column by column: a log has millions of them.

    None where a cell is not text; a text may hold a lone surrogate, which has no bytes. For strings and one safe integer,
    Python's encoder without spaces and with sorted keys prints the form of RFC 8785: both escape only quote, backslash and
    control characters, in the same way.
    """
    if not rows:
        return []
    numbers, *texts = list(zip(*rows))[:7]  # noqa: B905
    try:
        ts, actor, kind, subject, committed, link = (list(map(encode_basestring, column)) for column in texts)
    except TypeError:
        return [None] if len(rows) == 1 else [text for row in rows for text in hashed_texts([row])]
    return list(map(_HASHED.__mod__, zip(actor, committed, link, numbers, subject, ts, kind)))  # noqa: B905
