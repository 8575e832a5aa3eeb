"""`State`: what the accepted chain says, kept by each process and carried on. Every answer that grants anything rests on it.

    with database.read() as connection:
        state_of(connection).follow(connection)     # reads on to the end of the log, each entry once
        seqs = state_of(connection).newest(connection, "reviews", ("policy",))     # numbers of entries

The log is read in order of `seq`, from hash to hash: no index, view or trigger can hide an entry without breaking the chain.
`audit.log.authority` judges every entry; one that its maker had no right to is kept in `refused` and counts nowhere. What was
read stays read: an entry that is looked at again (`audit.storage.documents`) must have the hash that it had then.

Entries that a transaction has appended itself are not followed before it has ended: it may be rolled back.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from audit.errors import Tampered
from audit.log.authority import Authority, EntryHeader, facts_of
from audit.log.chain import GENESIS, ChainProblem, Tip, check_entry, hashed_texts, opens
from audit.log.checkpoints import Checkpoint
from audit.log.entries import DECISION, ERASURE, REQUEST, REVIEW
from audit.log.merkle_tree import merkle_root
from audit.log.roles import CONTENT
from audit.log.signatures import signature_problem
from audit.records.records import LogEntry
from audit.storage.engines import by_index, read_fast, rows_of
from audit.storage.schema import erased_entries, log, payloads

_SPAN = 5_000  # entries read at once
_BENEATH = "another log was put beneath it; if that was you, start it anew"
ABOUT_DECISIONS = frozenset({DECISION, REVIEW, REQUEST, "skip", "claim_freed"})
"""Kinds of entries that close the gate for their own decision alone, where nobody had the right to them."""
_PEOPLE = CONTENT - {REVIEW}

_first: BindParameter[int] = bindparam("first")
_last: BindParameter[int] = bindparam("last")
_ROWS = select(log).where(log.c.seq.between(_first, _last)).order_by(log.c.seq)
_ENTRIES = _ROWS.with_only_columns(*(log.c[name] for name in EntryHeader._fields))
_SEALED = (
    select(payloads.c.seq, payloads.c.salt, payloads.c.payload)
    .join(log, log.c.seq == payloads.c.seq)
    .where(log.c.seq.between(_first, _last), payloads.c.seq.between(_first, _last))
)
_CONTENT = _SEALED.where(log.c.type.in_(sorted(CONTENT)))
_OWN = select(log.c.seq, log.c.type, log.c.subject).where(log.c.seq > bindparam("known")).order_by(log.c.seq.desc())
_TARGETS = select(erased_entries.c.seq).where(erased_entries.c.target.between(_first, _last)).distinct()


class _Span(NamedTuple):
    """Consecutive entries, and the contents that the fold reads.

    To prove them: their rows in the log, salt and payload by number, and which ones should have content that no erasure took.
    """

    entries: Sequence[EntryHeader]
    contents: Mapping[int, Mapping[str, Any]]
    rows: Sequence[tuple[Any, ...]]
    sealed: Mapping[int, tuple[str, str]]
    missing: Collection[int]


class Fold:
    """`Authority` over entries as they are stored.

    `proving`: each is compared with the log's hashes; else they were verified before. ``check(entry, content)`` returns what is
    wrong with a signature (`Authority`).
    """

    def __init__(self, check: Callable[[EntryHeader, Mapping[str, Any]], str | None], *, proving: bool) -> None:
        self._facts: dict[int, Mapping[str, Any]] = {}
        self.authority = Authority(self._facts, check)
        self._proving = proving
        self._tip = Tip(0, GENESIS)
        self._before: EntryHeader | None = None
        self._erasures: dict[int, list[int]] = {}  # of each emptied entry, the erasures that list it

    @property
    def size(self) -> int:
        """Return how many entries were read."""
        return self._before.seq if self._before else 0

    def is_erased(self, seq: int) -> bool:
        """Return whether an erasure that counts has taken the content of this entry."""
        return any(erasure not in self.authority.numbers.refused for erasure in self._erasures.get(seq, ()))

    def problems(self, connection: Connection, size: int) -> Iterator[list[tuple[EntryHeader, str]]]:
        """Read on up to entry `size`; yield what nobody had the right to, span by span. Raises `Tampered`."""
        for span in self._read(connection, self.size, size):
            found: list[tuple[EntryHeader, str]] = []
            if self._proving:
                self._prove(span)
            for made in span.entries:
                found += self.authority.problems(made, span.contents.get(made.seq), self._before)
                self._before = made
                if made.type == ERASURE:
                    for target in _targets(span.contents.get(made.seq, {})):
                        self._erasures.setdefault(target, []).append(made.seq)
            yield found

    def _prove(self, span: _Span) -> None:
        seq, prev = self._tip
        for row, text in zip(span.rows, hashed_texts(span.rows), strict=True):
            seq += 1
            if row[0] != seq or row[6] != prev or not _gives(text, row[7]):
                problem = check_entry(Tip(seq - 1, prev) if seq > 1 else None, LogEntry(*row))
                raise Tampered(problem.text if problem else f"entry {seq} is not what was recorded")
            prev = row[7]
        for empty in span.missing:
            raise Tampered(f"the content of entry {empty} is not what was recorded")
        first = self._tip.seq + 1
        for number, (salt, payload) in span.sealed.items():
            if not opens(salt, payload, span.rows[number - first][5]):
                raise Tampered(f"the content of entry {number} is not what was recorded")
        self._tip = Tip(seq, prev)

    def _read(self, connection: Connection, after: int, size: int) -> Iterator[_Span]:
        """Yield spans of entries with the content that the fold reads; note in `_facts` what erasures kept of it."""
        if size - after > _SPAN:
            by_index(connection)
        for first in range(after + 1, size + 1, _SPAN):
            span = {"first": first, "last": min(first + _SPAN - 1, size)}
            rows: Sequence[tuple[Any, ...]] = ()
            sealed: dict[int, tuple[str, str]] = {}
            if self._proving:
                rows = rows_of(connection, _ROWS, span)
                entries = [EntryHeader(row[0], row[1], row[2], row[3], row[4], row[7]) for row in rows]
                read = rows_of(connection, _CONTENT, span)
                sealed = {seq: (salt, payload) for seq, salt, payload in read}
            else:
                entries = list(map(EntryHeader._make, rows_of(connection, _ENTRIES, span)))
                read = rows_of(connection, _CONTENT, span)
            contents = {seq: _parsed(payload) for seq, _, payload in read}
            emptied = {made.seq for made in entries if made.type in _PEOPLE and made.seq not in contents}
            erased = _erased(connection, span, emptied) if emptied else {}
            self._facts |= erased
            yield _Span(entries, contents, rows, sealed, emptied - erased.keys())


class State:
    """The fold of one process, which reads on whenever it is asked. Safe to share between threads.

    A signature of a decision or review is checked when somebody asks for the decision: a log has few of all others, and these
    take a tenth of a millisecond each.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._expected: Checkpoint | None = None
        self._remembered = b""  # the hashes that were read before an error
        self._begin()

    def _begin(self) -> None:
        self._fold = Fold(self._check, proving=True)
        self._unchecked: dict[str, list[int]] = defaultdict(list)  # entries whose signature nobody has checked, by decision
        self._found: list[tuple[EntryHeader, str]] = []

    def _check(self, signed: EntryHeader, content: Mapping[str, Any]) -> str | None:
        if signed.type not in ABOUT_DECISIONS:
            return signature_problem(signed.hash, content)
        self._unchecked[signed.subject].append(signed.seq)
        return None

    def expect(self, checkpoint: Checkpoint) -> None:
        """Take only a log that holds what this checkpoint signed: from now on every other one raises `Tampered`."""
        self._expected = checkpoint

    @property
    def known(self) -> int:
        """Return how many entries this process has ever read: a connection that is opened now sees no fewer."""
        return max(self._fold.size, len(self._remembered) // 32)

    def follow(self, connection: Connection) -> int:
        """Read on to the end of the log, as this connection sees it; return its size.

        Raises `Tampered`, also for a log that does not hold what this process has read before.
        """
        size, options = int(connection.execute(select(func.max(log.c.seq))).scalar() or 0), connection.get_execution_options()
        if size < options.get("known", 0):
            raise Tampered(f"the log ends after {size} entries, and this program has read {options['known']}: {_BENEATH}")
        if size > self._fold.size and not options.get("appended", False):
            with self._lock:
                try:
                    read_fast(connection, partial(self._read_on, connection, size))
                    self._found += self._fold.authority.unsigned()
                    self._remember()
                except BaseException:
                    # What was read by halves would leave out what it found: the next question reads all again.
                    if (hashes := bytes(self._fold.authority.hashes)).startswith(self._remembered):
                        self._remembered = hashes
                    self._begin()
                    raise
        if (expected := self._expected) is not None:
            with self._lock:
                self._meet(expected)
        return size

    def _read_on(self, connection: Connection, size: int) -> None:
        for found in self._fold.problems(connection, size):
            self._found += found

    def _remember(self) -> None:
        both = min(len(self._remembered), len(hashes := self._fold.authority.hashes))
        if self._remembered[:both] != hashes[:both]:
            raise Tampered(f"entries that this program has read were replaced: {_BENEATH}")
        self._remembered = self._remembered if both < len(self._remembered) else b""

    def _meet(self, expected: Checkpoint) -> None:
        if self._fold.size < expected.size:
            raise Tampered(
                f"the log ends after {self._fold.size} entries, but {expected.size} were signed: an older copy was put back. "
                "After a restore, name a new folder for checkpoints and keep the old one as evidence"
            )
        hashes = memoryview(self._fold.authority.hashes)
        if merkle_root(bytes(hashes[32 * n : 32 * n + 32]) for n in range(expected.size)).hex() != expected.root:
            raise Tampered(f"the first {expected.size} entries are not those that were signed: the log was rewritten")
        self._expected = None

    def newest(
        self, connection: Connection, subject: str | None, types: Collection[str], limit: int | None = None
    ) -> list[int]:
        """Return the numbers of the entries about a subject (None: any), of these types (none: all), that their makers had the
        right to, newest first, at most `limit`. Raises `Tampered`."""
        size, own = self.follow(connection), []
        with self._lock:
            known = self._fold.size
            if size > known:  # this transaction's own
                rows = connection.execute(_OWN, {"known": known})
                own = [seq for seq, type, about in rows if (not types or type in types) and subject in (None, about)]
            numbers = self._fold.authority.numbers.newest(subject, types, min(size, known))
            return [*islice(chain(own, numbers), limit)]

    def require_founded(self, seq: int) -> None:
        """Raise `Tampered` if nobody had the right to make this entry."""
        if seq in self._fold.authority.numbers.refused:
            raise Tampered(next((text for made, text in self._found if made.seq == seq), f"nobody may make entry {seq}"))

    def kept(self, seq: int, hash: str, *, empty: bool = False) -> bool:
        """Return whether an entry that is looked at again has the hash that it had when it was read; an ``empty`` one must have
        been erased."""
        known = self._fold.authority.hashes[(seq - 1) * 32 : seq * 32].hex()
        return known == "" or (known == hash and (not empty or self._fold.is_erased(seq)))

    def closing(self, connection: Connection, decision_id: str) -> ChainProblem | None:
        """Return the first entry without a right to it that closes the gate for a decision. Raises `Tampered`."""
        with self._lock:
            self.follow(connection)
            unchecked = self._unchecked.get(decision_id, [])
            wrong = [problem for seq in unchecked if (problem := self._wrong(connection, seq)) is not None]
            if not wrong:
                self._unchecked.pop(decision_id, None)
            told = next((ChainProblem(made.seq, text) for made, text in self._found if _closes(made, decision_id)), None)
        return told or next(iter(wrong), None)

    def _wrong(self, connection: Connection, seq: int) -> ChainProblem | None:
        """Return what is wrong with the signature of a decision or review that entry `seq` is. Raises `Tampered`."""
        rows = rows_of(connection, _ROWS, {"first": seq, "last": seq + 1})
        sealed = rows_of(connection, _CONTENT, {"first": seq + 1, "last": seq + 1})
        kept = [_gives(text, row[7]) and self.kept(row[0], row[7]) for row, text in zip(rows, hashed_texts(rows), strict=True)]
        if kept != [True, True] or len(sealed) != 1 or not opens(sealed[0][1], sealed[0][2], rows[1][5]):
            raise Tampered(f"the signature of entry {seq} is not what was recorded")
        made = EntryHeader._make((*rows[0][:5], rows[0][7]))
        text = signature_problem(made.hash, _parsed(sealed[0][2]))
        return None if text is None else ChainProblem(seq, f"{made} was made without the right to it: {text}.")


def state_of(connection: Connection) -> State:
    """Return the state of the database that this connection is to."""
    state: State = connection.get_execution_options()["state"]
    return state


def _closes(entry: EntryHeader, decision_id: str) -> bool:
    return entry.subject == decision_id or entry.type not in ABOUT_DECISIONS


def _erased(connection: Connection, span: Mapping[str, int], emptied: set[int]) -> dict[int, Mapping[str, Any]]:
    """Return which of these entries an erasure lists, each with what it kept of them."""
    listed: dict[int, Mapping[str, Any]] = {}
    for (seq,) in rows_of(connection, _TARGETS, span):
        rows = rows_of(connection, _ROWS, {"first": seq, "last": seq})
        read = rows_of(connection, _CONTENT, {"first": seq, "last": seq})
        if not rows or not read or rows[0][3] != ERASURE or not opens(read[0][1], read[0][2], rows[0][5]):
            continue
        content = _parsed(read[0][2])
        listed |= {seq: {} for seq in emptied.intersection(_targets(content))} | facts_of(content)
    return listed


def _targets(erasure: Mapping[str, Any]) -> list[Any]:
    """Return the numbers of the entries that an erasure lists."""
    targets = erasure.get("targets")
    listed = [target.get("seq") for target in targets if isinstance(target, dict)] if isinstance(targets, list) else []
    return [seq for seq in listed if type(seq) is int]


def _gives(text: str | None, hash: object) -> bool:
    """Return whether the text of an entry has this hash."""
    try:
        return text is not None and hashlib.sha256(b"\x00" + text.encode()).hexdigest() == hash
    except UnicodeEncodeError:
        return False


def _parsed(payload: str) -> Mapping[str, Any]:
    try:
        content = json.loads(payload)  # the fold reads no numbers, and this is four times as fast as `canonical.parse`
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
