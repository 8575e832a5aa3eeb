"""Verification: derives everything again from the stored data and names the first entry that was changed.

For each entry it checks the number, hash and link; the payload against the commitment; the rows that caches hold of it against
the payload, field by field; and every file that it names against its hash. Empty entries must have been erased by later ones.
Then it checks for rows that no entry committed, the queue and the people against the log, and size and root against the log's
head and a signed checkpoint. (immudb once called an edited value consistent because only the tree was checked:
codenotary/immudb issues 2063 and 2091.)

`audit.verify.fast_scan` proves most entries at once. Only the others are checked one by one, to say what is wrong with them, if
anything is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, cycle

from audit.errors import InvalidRecord, NotFound, Tampered
from audit.intake.registered_weights import weights_named
from audit.log.chain import GENESIS, ChainProblem, Tip, check_entry, opens
from audit.log.checkpoints import Checkpoint
from audit.log.entries import DECISION, REVIEW, WEIGHTS
from audit.log.merkle_tree import Frontier
from audit.records import validation as v
from audit.records.canonical import parse
from audit.records.payload import decision_from_payload, review_from_payload
from audit.records.records import LogEntry
from audit.storage.caches import Rows, project
from audit.storage.schema import CACHES
from audit.storage.stored_files import referenced
from audit.verify.fast_scan import ERASED
from audit.verify.parallel_scan import Scans
from audit.verify.stored_evidence import EntryEvidence, StoredEvidence


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The outcome of a verification. `size` and `root` (hexadecimal) cover the good entries before the first bad one.

    `checked` counts entries, decisions, reviews, events, erased entries and blobs. `warnings` name conditions that are no sign
    of tampering but make it easier. `root_key`: the first key for signing (hexadecimal); None while nobody signs, or when the
    record is not `ok`.
    """

    ok: bool
    size: int
    root: str
    problem_seq: int | None = None
    problem_text: str | None = None
    checked: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    root_key: str | None = None


def verify_source(
    source: StoredEvidence,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: Checkpoint | None = None,
) -> VerificationReport:
    """Verify a whole store; `progress(done, total)` counts entries.

    Entries appended meanwhile are left to the next verification: everything up to the size at the start is immutable, so no
    lock is held and writers never wait. Other processes help with a long log.
    """
    return _Run(source, progress, checkpoint).report()


class _Run:
    def __init__(
        self,
        source: StoredEvidence,
        progress: Callable[[int, int], None] | None,
        checkpoint: Checkpoint | None,
    ) -> None:
        self.source = source
        self.progress = progress
        self.checkpoint = checkpoint
        self.total = source.log_size()
        self.tree = Frontier()
        self.previous: Tip | None = None
        self.good_blobs: set[object] = set()
        self.counts: Counter[str] = Counter()

    def report(self) -> VerificationReport:
        with Scans(self.source, self.total, self.good_blobs) as scans:
            problem = self._entries(scans) or self._truncation() or self._head()
            problem = problem or next(iter(scans.strays()), None)
        return VerificationReport(
            ok=problem is None,
            size=self.tree.size,
            root=self.tree.root().hex(),
            problem_seq=problem.seq if problem else None,
            problem_text=problem.text if problem else None,
            checked={
                "entries": self.tree.size,
                "decisions": self.counts[DECISION],
                "reviews": self.counts[REVIEW],
                "events": self.tree.size - self.counts[DECISION] - self.counts[REVIEW] - self.counts[ERASED],
                "erased": self.counts[ERASED],
                "blobs": len(self.good_blobs),
            },
        )

    def _entries(self, scans: Scans) -> ChainProblem | None:
        while self.tree.size < self.total:
            after, prev = self.previous or Tip(0, GENESIS)
            span = scans.after(after, prev)
            if not span.hashes:  # the end of the log vanished during the scan
                return ChainProblem(after + 1, f"Entry {after + 1} is missing.")
            for seq in sorted(span.doubtful):
                done, doubted = self.tree.size - after, seq - after - 1
                problem = self._accept(span.hashes[done:doubted], span.kinds[done:doubted]) or self._check_closely(seq)
                if problem is not None:
                    return problem
            done = self.tree.size - after
            problem = self._accept(span.hashes[done:], span.kinds[done:])
            if problem is not None:
                return problem
            if self.progress is not None:
                self.progress(self.tree.size, self.total)
        return None

    def _accept(self, hashes: Sequence[str], kinds: Sequence[str]) -> ChainProblem | None:
        """Add good entries to the tree; return a problem when a checkpoint that ends among them signed another root."""
        if not hashes:
            return None
        signed = self.checkpoint.size - self.tree.size if self.checkpoint is not None else 0
        leaves = [bytes.fromhex(text) for text in hashes]
        if self.checkpoint is not None and 0 < signed <= len(leaves):
            self.tree.extend(leaves[:signed])
            problem = self._root_at(self.checkpoint)
            if problem is not None:
                return problem
            leaves = leaves[signed:]
        self.tree.extend(leaves)
        self.previous = Tip(self.tree.size, hashes[-1])
        self.counts.update(kinds)
        return None

    def _check_closely(self, seq: int) -> ChainProblem | None:
        """Check one entry that the scan could not prove, and accept it if it is good."""
        stored = next(iter(self.source.evidence(seq - 1, 1)), None)
        if stored is None:
            return ChainProblem(seq, f"Entry {seq} is missing.")
        problem = check_entry(self.previous, stored.entry) or self._content(stored)
        if problem is not None and not stored.erased:
            again = next(iter(self.source.evidence(seq - 1, 1)), None)
            if again is not None and again.erased:  # an erasure removed row or file during the check
                stored, problem = again, check_entry(self.previous, again.entry) or self._content(again)
        kind = ERASED if stored.sealed is None else stored.entry.type
        return problem or self._accept([stored.entry.hash], [kind])

    def _root_at(self, checkpoint: Checkpoint) -> ChainProblem | None:
        if self.tree.root().hex() == checkpoint.root:
            return None
        return ChainProblem(
            None,
            f"The first {checkpoint.size} entries fit together, but they are not those that the checkpoint signed: "
            "the log was rewritten after the checkpoint was made.",
        )

    def _truncation(self) -> ChainProblem | None:
        if self.checkpoint is None or self.tree.size >= self.checkpoint.size:
            return None
        return ChainProblem(
            self.tree.size + 1,
            f"Entry {self.tree.size + 1} is missing: the checkpoint signed {self.checkpoint.size} entries, "
            f"the log ends after {self.tree.size}.",
        )

    def _head(self) -> ChainProblem | None:
        last = self.previous.hash if self.previous else ""
        return self.source.head_problem(self.tree.size, self.tree.root().hex(), last)

    def _content(self, stored: EntryEvidence) -> ChainProblem | None:
        entry, sealed = stored.entry, stored.sealed
        if sealed is None:
            return self._erased(stored)
        if not opens(sealed.salt, sealed.payload, entry.commitment):
            return ChainProblem(entry.seq, f"The stored content of {_name(entry)} was changed after it was recorded.")
        try:
            content = parse(sealed.payload)
            files = _files(entry, content)
            rows = project(entry.type, entry.subject, entry.seq, content)
        except (InvalidRecord, KeyError, TypeError) as error:
            return ChainProblem(entry.seq, f"The content of {_name(entry)} is not a valid {entry.type}: {error}.")
        problem = self._cached(entry, rows)
        for sha256 in sorted(files - self.good_blobs) if problem is None else ():
            text = self._blob_problem(sha256, _name(entry))
            if text is not None:
                return ChainProblem(entry.seq, text)
            self.good_blobs.add(sha256)
        return problem

    def _cached(self, entry: LogEntry, due: Rows) -> ChainProblem | None:
        """Return how the rows that caches hold of an entry differ from those that it gives."""
        held = self.source.cached_rows(entry.seq)
        for table in CACHES:
            rows, wanted = list(held.get(table, ())), list(due.get(table, ()))
            if rows == wanted:
                continue
            if len(rows) != len(wanted):
                fault = "is missing" if len(rows) < len(wanted) else "is one too many"
                return ChainProblem(entry.seq, f"A row of {_name(entry)} in the table {table.name} {fault}.")
            cells = zip(cycle(table.columns.keys()), chain(*wanted), chain(*rows), strict=False)
            name, was, now = next(cell for cell in cells if cell[1] != cell[2])
            return ChainProblem(
                entry.seq,
                f'The row of {_name(entry)} in the table {table.name} was changed: the field "{name}" was recorded as '
                f"{was!r:.80}, now it is {now!r:.80}.",
            )
        return None

    def _erased(self, stored: EntryEvidence) -> ChainProblem | None:
        entry = stored.entry
        if not stored.erased:
            return ChainProblem(entry.seq, f"The content of {_name(entry)} is missing, and no entry erased it.")
        if self.source.cached_rows(entry.seq):
            return ChainProblem(entry.seq, f"The row of {_name(entry)} still exists although it was erased.")
        return None

    def _blob_problem(self, sha256: str, name: str) -> str | None:
        try:
            self.source.blob(sha256)
        except NotFound:
            return f"The file {sha256} that {name} recorded is missing."
        except Tampered:
            return f"The file {sha256} that {name} recorded was changed."
        return None


def _name(entry: LogEntry) -> str:
    return f"entry {entry.seq} ({entry.type} {entry.subject})"


def _files(entry: LogEntry, content: object) -> set[str]:
    """Return the hashes of the files that an entry names, after checking its content. Raises `InvalidRecord`."""
    if entry.type == WEIGHTS:
        return {weights_named(v.json_object("content", content), entry.subject)}
    if entry.type == REVIEW and review_from_payload(content).decision_id != entry.subject:
        raise InvalidRecord("it is about another decision")
    if entry.type != DECISION:
        return set()
    decision = decision_from_payload(content)
    if decision.id != entry.subject:
        raise InvalidRecord("it is about another decision")
    return set(referenced(decision))
