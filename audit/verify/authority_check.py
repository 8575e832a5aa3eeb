"""Whether everybody had the right to what they did: of the whole log for verification, and kept up to date for the gate.

`audit.log.authority` has the rules.

The gate closes for a decision when somebody without the right to it made an entry about it, or any entry that is about no
decision: a policy, a role or weights that nobody was allowed to set may be why a decision is what it is.
"""

from __future__ import annotations

import json
import os
import threading
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from audit.errors import Tampered
from audit.log.authority import Authority, EntryHeader, GivenReview, facts_of
from audit.log.chain import ChainProblem, Tip, check_entry, opens
from audit.log.entries import DECISION, ERASURE, REQUEST, REVIEW
from audit.log.roles import CONTENT
from audit.log.signatures import signature_problem
from audit.records.records import LogEntry
from audit.storage import documents
from audit.storage.engines import by_index, read_fast, rows_of
from audit.storage.schema import erased_entries, log, payloads, reviews

_SPAN = 5_000  # entries read at once
ABOUT_DECISIONS = frozenset({DECISION, REVIEW, REQUEST, "skip", "claim_freed"})
"""Kinds of entries that close the gate for their own decision alone, where nobody had the right to them."""
_PEOPLE = CONTENT - {REVIEW}
_JUDGING = frozenset({REVIEW, REQUEST})

_first: BindParameter[int] = bindparam("first")
_last: BindParameter[int] = bindparam("last")
_ROWS = select(log).where(log.c.seq.between(_first, _last)).order_by(log.c.seq)
_ENTRIES = _ROWS.with_only_columns(*(log.c[name] for name in EntryHeader._fields))
_SEALED = (
    select(payloads.c.seq, payloads.c.salt, payloads.c.payload)
    .join(log, log.c.seq == payloads.c.seq)
    .where(log.c.seq.between(_first, _last), payloads.c.seq.between(_first, _last))
)
_CONTENT, _CONTENT_OF_PEOPLE = (_SEALED.where(log.c.type.in_(sorted(kinds))) for kinds in (CONTENT, _PEOPLE))
# What the fold reads of a review, which verification compares with its payload: a row takes a third of the time to read.
_REVIEW_FIELDS = (
    *("id", "decision_id", "reviewer_id", "reviewer_name", "role", "authentication", "authenticated_at", "submitted_at"),
    *("shown_sha256", "verdict", "kind", "supersedes"),
)
_REVIEWS = select(reviews.c.seq, *(reviews.c[name] for name in _REVIEW_FIELDS)).where(reviews.c.seq.between(_first, _last))


class _Span(NamedTuple):
    """Entries, and by number the content that the fold reads.

    To prove them: their rows in the log, salt and payload by number, and which ones should have content that no erasure took.
    """

    entries: Sequence[EntryHeader]
    contents: Mapping[int, Mapping[str, Any]]
    rows: Sequence[tuple[Any, ...]]
    sealed: Mapping[int, tuple[str, str]]
    missing: Collection[int]


class AuthorityResult(NamedTuple):
    """The first entry whose maker had no right to it, or None; and without one all reviews by decision, None where the fold
    does not know them all."""

    problem: ChainProblem | None
    reviews: Mapping[str, Sequence[GivenReview]] | None


def follow(connection: Connection, size: int) -> AuthorityResult:
    """Follow the rights through the first `size` entries, all verified before."""
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as threads:
        fold = _Fold(threads=threads)
        problem = read_fast(connection, lambda: next((problem for problem, _ in fold.found(connection, 0, size)), None))
    return AuthorityResult(problem, fold.reviews)


class AuthorityWatch:
    """The same for a process that asks again and again: every entry is read once. Safe to share between threads.

    An answer rests on entries that are read for it, maybe long after they were judged here: they must be the same ones.

    A signature of a review is checked when somebody asks for its decision: a log has few of all others, and these take
    a tenth of a millisecond each.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._fold = _Fold(proving=True)
        self._found: list[tuple[ChainProblem, EntryHeader]] = []

    def problem(self, connection: Connection, decision_id: str, entries: Sequence[LogEntry]) -> ChainProblem | None:
        """Return the first entry that closes the gate for this decision because its maker had no right to it.

        `entries`: all about the decision, as they were read in this transaction. Raises `Tampered` when these are not the
        ones that were judged, the log is not one chain, or content that this rests on is not what was recorded.
        """
        with self._lock:
            try:
                return self._problem(connection, decision_id, entries)
            except BaseException:
                self._begin()  # what was read by halves would leave out what it found: the next question reads all again
                raise

    def _problem(self, connection: Connection, decision_id: str, entries: Sequence[LogEntry]) -> ChainProblem | None:
        size = int(connection.execute(select(func.max(log.c.seq))).scalar() or 0)
        self._found += self._fold.found(connection, self._fold.size, size)
        self._fold.compare(decision_id, entries, size)
        unchecked = self._fold.unchecked.pop(decision_id, [])
        wrong = [problem for seq in unchecked if (problem := _wrong(connection, seq)) is not None]
        if wrong:
            self._fold.unchecked[decision_id] = unchecked
        found = next((problem for problem, entry in self._found if _closes(entry, decision_id)), None)
        return found or next(iter(wrong), None)


def _wrong(connection: Connection, seq: int) -> ChainProblem | None:
    """Return what is wrong with the signature of a review that entry `seq` is. Raises `Tampered`."""
    review, signature = documents.at(connection, seq), documents.at(connection, seq + 1)
    if review is None or signature is None or signature.content is None:
        raise documents.tampered(seq)
    text = signature_problem(review.entry.hash, signature.content)
    return None if text is None else ChainProblem(seq, f"{_made(review.entry)} was made without the right to it: {text}.")


def _made(entry: LogEntry) -> EntryHeader:
    return EntryHeader(entry.seq, entry.ts, entry.actor, entry.type, entry.subject, entry.hash)


def _closes(entry: EntryHeader, decision_id: str) -> bool:
    return entry.subject == decision_id or entry.type not in ABOUT_DECISIONS


class _Fold:
    """`Authority` over entries as they are stored; `proving`: each is compared with the log's hashes.

    `threads` check signatures side by side, of one span of entries after the other. Without them those of reviews are noted by
    decision in `unchecked`, and all others are checked at once.
    """

    def __init__(self, *, proving: bool = False, threads: ThreadPoolExecutor | None = None) -> None:
        self._facts: dict[int, Mapping[str, Any]] = {}
        self._threads = threads
        self._authority = Authority(self._facts, self._later)
        self._proving = proving
        self._tip: Tip | None = None
        self._before: EntryHeader | None = None
        self._signed: list[tuple[EntryHeader, Mapping[str, Any]]] = []
        self.unchecked: dict[str, list[int]] = defaultdict(list)
        self._judging: dict[str, list[int]] = defaultdict(list)  # reviews and requests, by decision

    @property
    def reviews(self) -> Mapping[str, Sequence[GivenReview]] | None:
        """Return the reviews that count, by decision; None where there were some before there were accounts."""
        return self._authority.reviews if self._authority.reviews_are_all else None

    @property
    def size(self) -> int:
        """Return how many entries were read."""
        return self._before.seq if self._before else 0

    def compare(self, decision_id: str, entries: Sequence[LogEntry], size: int) -> None:
        """Raise `Tampered` unless these are the entries about a decision that were read, of the first `size`."""
        judging = [entry.seq for entry in entries if entry.type in _JUDGING]
        if judging != [seq for seq in self._judging.get(decision_id, ()) if seq <= size]:
            raise Tampered(f"the reviews of decision {decision_id} are not those that were judged before")
        for entry in entries:
            if self._authority.hashes[(entry.seq - 1) * 32 : entry.seq * 32].hex() != entry.hash:
                raise documents.tampered(entry.seq)

    def _later(self, signed: EntryHeader, content: Mapping[str, Any]) -> str | None:
        if self._threads is not None:
            self._signed.append((signed, content))
        elif signed.type == REVIEW:
            self.unchecked[signed.subject].append(signed.seq)
        else:
            return signature_problem(signed.hash, content)
        return None

    def found(self, connection: Connection, after: int, size: int) -> Iterator[tuple[ChainProblem, EntryHeader]]:
        """Yield the entries after `after` and up to `size` whose maker had no right to them. Raises `Tampered`."""
        for span in self._read(connection, after, size):
            problems: list[tuple[EntryHeader, str]] = []
            for made, row in zip_longest(span.entries, span.rows):
                if row is not None:
                    self._prove(LogEntry(*row), span)
                problems += self._authority.problems(made, span.contents.get(made.seq), self._before)
                self._before = made
            problems += self._wrong_signatures()
            yield from ((ChainProblem(made.seq, text), made) for made, text in sorted(problems))
        yield from ((ChainProblem(made.seq, text), made) for made, text in self._authority.unsigned())

    def _wrong_signatures(self) -> list[tuple[EntryHeader, str]]:
        if self._threads is None or not self._signed:
            return []
        signed, self._signed = self._signed, []
        texts = self._threads.map(lambda one: signature_problem(one[0].hash, one[1]), signed, chunksize=64)
        found = zip((made for made, _ in signed), texts, strict=True)
        return [(made, f"{made} was made without the right to it: {text}.") for made, text in found if text is not None]

    def _prove(self, entry: LogEntry, span: _Span) -> None:
        problem = check_entry(self._tip, entry)
        if problem is not None:
            raise Tampered(problem.text)
        sealed = span.sealed.get(entry.seq)
        if entry.seq in span.missing or (sealed is not None and not opens(*sealed, entry.commitment)):
            raise Tampered(f"the content of entry {entry.seq} is not what was recorded")
        self._tip = Tip(entry.seq, entry.hash)
        if entry.type in _JUDGING:
            self._judging[entry.subject].append(entry.seq)

    def _read(self, connection: Connection, after: int, size: int) -> Iterator[_Span]:
        """Yield spans of entries with the content that the fold reads; note in `_facts` what erasures kept of it."""
        if size > after:
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
                contents: dict[int, Mapping[str, Any]] = {}
            else:
                entries = list(map(EntryHeader._make, rows_of(connection, _ENTRIES, span)))
                read = rows_of(connection, _CONTENT_OF_PEOPLE, span)
                given = rows_of(connection, _REVIEWS, span)
                contents = {row[0]: dict(zip(_REVIEW_FIELDS, row[1:], strict=True)) for row in given}
            contents |= {seq: _parsed(payload) for seq, _, payload in read}
            emptied = {made.seq for made in entries if made.type in _PEOPLE and made.seq not in contents}
            erased = _erased(connection, emptied) if emptied else {}
            self._facts |= erased
            yield _Span(entries, contents, rows, sealed, emptied - erased.keys())


def _erased(connection: Connection, emptied: set[int]) -> dict[int, Mapping[str, Any]]:
    """Return which of these entries an erasure lists, each with what it kept of them."""
    erasures = connection.scalars(select(erased_entries.c.seq).where(erased_entries.c.target.in_(emptied)).distinct()).all()
    listed: dict[int, Mapping[str, Any]] = {}
    for seq in erasures:
        document = documents.at(connection, seq)
        if document is None or document.content is None or document.entry.type != ERASURE:
            continue
        targets = document.content.get("targets")
        named = [target.get("seq") for target in targets if isinstance(target, dict)] if isinstance(targets, list) else []
        listed |= {seq: {} for seq in emptied.intersection(named)} | facts_of(document.content)
    return listed


def _parsed(payload: str) -> Mapping[str, Any]:
    try:
        content = json.loads(payload)  # the fold reads no numbers, and this is four times as fast as `canonical.parse`
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
