"""`State`: what the accepted chain says, kept by each process and carried on. Every answer that grants anything rests on it.

    with database.read() as connection:
        state_of(connection).follow(connection)     # reads on to the end of the log, each entry once
        seqs = state_of(connection).newest(connection, "reviews", ("policy",))     # numbers of entries
        seqs = state_of(connection).naming(connection, input_sha256)     # of what may name an input or a file

The log is read in order of `seq`, from hash to hash: no index, view or trigger can hide an entry without breaking the chain.
`audit.log.authority` judges every entry; one that its maker had no right to is kept in `refused` and counts nowhere. What was
read stays read: an entry that is looked at again (`audit.storage.documents`) must have the hash that it had then.

Entries that a transaction has appended itself are not followed before it has ended: it may be rolled back.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, bindparam, select

from audit.errors import Tampered
from audit.log.authority import SignIn
from audit.log.checkpoints import Checkpoint
from audit.log.entries import DECISION, REQUEST, REVIEW
from audit.log.merkle_tree import merkle_root
from audit.log.proving import GENESIS, ChainProblem, EntryHeader
from audit.log.signatures import signature_problem
from audit.log.standing import GivenReview, Standing, standing
from audit.records.payload import review_problem
from audit.storage.engines import in_parts, read_fast, rows_of
from audit.storage.fold import NAMING, Fold
from audit.storage.schema import log

_BENEATH = "another log was put beneath it; if that was you, start it anew"
ABOUT_DECISIONS = frozenset({DECISION, REVIEW, REQUEST, "skip", "claim_freed"})
"""Kinds of entries that close the gate for their own decision alone, where nobody had the right to them. A signature that signs
nothing gives no power, and closes it for none."""
END = select(log.c.seq, log.c.hash).order_by(log.c.seq.desc()).limit(1)
_SUBJECTS = select(log.c.subject).where(log.c.seq.in_(bindparam("seqs", expanding=True)))
_OWN = select(log.c.seq, log.c.type, log.c.subject).where(log.c.seq > bindparam("known")).order_by(log.c.seq.desc())


class State:
    """The fold of one process, which reads on whenever it is asked. Safe to share between threads.

    A signature of a decision or review, and what the review says, is checked when somebody asks for the decision: a log has few
    of all others, and these take a tenth of a millisecond each.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._expected: Checkpoint | None = None
        self._remembered = b""  # the hashes that were read before an error
        self._wrote = (0, "")  # the last entry that this process stored and has not read yet, with its hash
        self._begin()

    def _begin(self) -> None:
        self._fold = Fold(self._check)
        self._unchecked: dict[str, list[int]] = defaultdict(list)  # entries whose signature nobody has checked, by decision
        self._forged: set[str] = set()  # decisions with an entry that was refused since it was read: nothing is known of them
        self._refusals: dict[int, str] = {}  # why nobody had the right to an entry
        # The first such entry about each decision; of None: the first that closes the gate for all.
        self._closed: dict[str | None, int] = {}

    @staticmethod
    def of(fold: Fold) -> State:
        """Return the state of a log that was read and found to be good, signatures included."""
        state = State()
        state._fold = fold
        return state

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
        """Return how many entries this process has ever read or made: a connection that is opened now sees no fewer."""
        return max(self._fold.size, len(self._remembered) // 32, self._wrote[0])

    def wrote(self, seq: int = 0, hash: str = "") -> None:
        """Take note of the last entry of a transaction that was stored: the log has it from now on."""
        with self._lock:
            self._wrote = max(self._wrote, (seq, hash))

    def follow(self, connection: Connection) -> int:
        """Read on to the end of the log, as this connection sees it; return its size.

        Raises `Tampered`, also for a log that does not hold what this process has read before.
        """
        options = connection.get_execution_options()
        # A transaction that only reads sees one log, whose end it asks for once.
        seen: list[int] = options.get("seen", [])
        if seen and seen[0] <= self._fold.size and self._expected is None:
            return seen[0]
        size, last = next(((int(seq), hash) for seq, hash in rows_of(connection, END, {})), (0, GENESIS))
        if size < options.get("known", 0):
            raise Tampered(f"the log ends after {size} entries, and this program has read {options['known']}: {_BENEATH}")
        if 0 < size <= self._fold.size and last != self._fold.hash_at(size):
            raise Tampered(f"entries that this program has read were replaced: {_BENEATH}")
        if size > self._fold.size and not options.get("appended", False):
            with self._lock:
                try:
                    read_fast(connection, partial(self._read_on, connection, size))
                    self._note(self._fold.authority.unsigned())
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
        seen.append(size)
        return size

    def _read_on(self, connection: Connection, size: int) -> None:
        for found in self._fold.problems(connection, size):
            self._note(found)

    def _note(self, found: Iterable[tuple[EntryHeader, str]]) -> None:
        for made, text in found:
            self._refusals[made.seq] = text
            for about in {made.subject, None if made.type not in (*ABOUT_DECISIONS, "signature") else made.subject}:
                self._closed[about] = min(made.seq, self._closed.get(about, made.seq))

    def _remember(self) -> None:
        seq, hash = self._wrote
        if 0 < seq <= self._fold.size:
            if self._fold.hash_at(seq) != hash:
                raise Tampered(f"entry {seq}, which this program made, was replaced: {_BENEATH}")
            self._wrote = (0, "")
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
            self._settle(connection, subject)
            known = self._fold.size
            if size > known:  # this transaction's own
                rows = connection.execute(_OWN, {"known": known})
                own = [seq for seq, type, about in rows if (not types or type in types) and subject in (None, about)]
            numbers = self._fold.authority.numbers.newest(subject, types, min(size, known))
            return [*islice(chain(own, numbers), limit)]

    def naming(self, connection: Connection, text: str) -> list[int]:
        """Return the numbers of the entries that may name this text, oldest first: decisions, the hash or the name of their
        input; failures, the name of their file. Without those that nobody had the right to make. Raises `Tampered`."""
        size, own = self.follow(connection), []
        with self._lock:
            known, numbers = self._fold.size, self._fold.authority.numbers
            if size > known:  # this transaction's own
                own = [seq for seq, type, _ in rows_of(connection, _OWN, {"known": known}) if type in NAMING]
            named = [seq for seq in self._fold.naming(text) if seq <= size]
            for part in in_parts(named) if self._unchecked else ():
                for subject in connection.scalars(_SUBJECTS, {"seqs": part}).all():
                    self._settle(connection, subject)
            return [*(seq for seq in named if seq not in numbers.refused), *reversed(own)]

    def settle(self, connection: Connection, decision_ids: Iterable[str]) -> None:
        """Check signatures and contents of all entries about these decisions that nobody has checked yet. Raises `Tampered`."""
        with self._lock:
            self.follow(connection)
            for id in decision_ids:
                self._settle(connection, id)

    def _settle(self, connection: Connection, decision_id: str | None) -> None:
        for seq in self._unchecked.get(str(decision_id), ()):
            made, content, signature = self._fold.signed(connection, seq)
            text = signature_problem(made.hash, signature)
            if text is None and made.type == REVIEW and content is not None:
                text = review_problem(content)
            if text is not None:
                self.refuse(made, text)
        self._unchecked.pop(str(decision_id), None)

    def refuse(self, made: EntryHeader, why: str) -> None:
        """Let an entry about a decision count for nothing, and close the gate for the decision."""
        with self._lock:
            self._forged.add(made.subject)
            self._note([(made, f"{made} was made without the right to it: {why}.")])
            self._fold.authority.numbers.refused.add(made.seq)

    def refusal(self, seq: int) -> str | None:
        """Return why nobody had the right to make this entry; None where somebody had."""
        return self._refusals.get(seq)

    def kept(self, seq: int, hash: str, *, empty: bool = False) -> bool:
        """Return whether an entry that is looked at again has the hash that it had when it was read; an ``empty`` one must have
        been erased."""
        known = self._fold.hash_at(seq)
        return known == "" or (known == hash and (not empty or seq in self._fold.authority.erased))

    def standing(self, connection: Connection, decision_id: str) -> Standing | None:
        """Return where a decision stands by the log's end; None where there is none, or its content was erased. Raises
        `Tampered`."""
        said = self.said_of(connection, decision_id)
        return None if said is None else standing(*said)

    def said_of(self, connection: Connection, decision_id: str) -> tuple[str, int, Sequence[GivenReview], int] | None:
        """Return what `audit.log.standing.standing` takes of a decision, as `Authority.said_of`; None where one of its entries
        was refused since it was read. Raises `Tampered`."""
        self.settle(connection, (decision_id,))
        with self._lock:
            return None if decision_id in self._forged else self._fold.authority.said_of(decision_id)

    def sign_in(self, connection: Connection, account_id: str, sha256: str) -> SignIn | None:
        """Return the sign-in that opened the session of a token with this hash, while the session lasts. Raises `Tampered`."""
        with self._lock:
            self.follow(connection)
            return self._fold.authority.sign_in(account_id, sha256)

    def signed_since(self, connection: Connection) -> int:
        """Return the entry from which on the program signs who signs in, and under which names it received inputs; 0: it does
        not yet. Raises `Tampered`."""
        with self._lock:
            self.follow(connection)
            return self._fold.authority.signed_since

    def latest(self, connection: Connection) -> str:
        """Return the time of the last entry that was not dated before an earlier one; "" in a transaction that has appended
        already. Raises `Tampered`."""
        with self._lock:
            self.follow(connection)
            return "" if connection.get_execution_options().get("appended", False) else self._fold.authority.latest

    def closing(self, connection: Connection, decision_id: str) -> ChainProblem | None:
        """Return the first entry without a right to it that closes the gate for a decision. Raises `Tampered`."""
        self.settle(connection, (decision_id,))
        with self._lock:
            first = min((self._closed[about] for about in (decision_id, None) if about in self._closed), default=None)
            return None if first is None else ChainProblem(first, self._refusals[first])


def state_of(connection: Connection) -> State:
    """Return the state of the database that this connection is to."""
    state: State = connection.get_execution_options()["state"]
    return state
