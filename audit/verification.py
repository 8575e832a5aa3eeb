"""Verification derives everything again from what is stored and names the first entry that does not hold.

For each entry: its number, hash and link; its payload against the commitment; the business rows against the
payload, field by field; every file that a decision names against its hash. Then rows that no entry committed,
and size and root against a signed checkpoint. (immudb once called an edited value consistent because only the
tree was checked: codenotary/immudb issues 2063 and 2091.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from audit.blobs import referenced
from audit.canonical import canonical, parse
from audit.checkpoint import Checkpoint
from audit.errors import InvalidRecord, NotFound, Tampered
from audit.log import Frontier, Problem, check_entry, commitment
from audit.payload import decision_from_payload, review_from_payload
from audit.records import LogEntry
from audit.rules import DECISION, REVIEW, Sealed

__all__ = ["Evidence", "EvidenceSource", "VerificationReport", "verify_source"]

_BATCH = 200  # entries fetched at once: bounds memory, not meaning


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The outcome. `size` and `root` (hexadecimal) cover the entries that hold up to the first bad one.

    `checked` counts entries, decisions, reviews, events and blobs.
    """

    ok: bool
    size: int
    root: str
    problem_seq: int | None = None
    problem_text: str | None = None
    checked: Mapping[str, int] = field(default_factory=dict)


class Evidence(NamedTuple):
    """All that is stored for one entry; `rows` are its business rows in the payload's shape, unchecked."""

    entry: LogEntry
    sealed: Sealed | None
    rows: list[dict[str, object]]


class EvidenceSource(Protocol):
    """What verification needs from a store."""

    def log_size(self) -> int:
        """The highest `seq` in the log; 0 when empty."""

    def evidence(self, after: int, limit: int) -> list[Evidence]:
        """The next entries with `seq` above `after`, in order."""

    def blob(self, sha256: str) -> bytes:
        """The content of a blob, hashed again. Errors: `NotFound`, `Tampered`."""

    def strays(self) -> list[Problem]:
        """Rows of any table that no log entry accounts for."""


def verify_source(
    source: EvidenceSource,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: Checkpoint | None = None,
) -> VerificationReport:
    """Verify a whole store; `progress(done, total)` counts entries.

    Entries appended while this runs are left to the next run: everything up to the size at the start is
    immutable, so no lock is held and writers never wait.
    """
    return _Run(source, progress, checkpoint).report()


class _Run:
    def __init__(
        self,
        source: EvidenceSource,
        progress: Callable[[int, int], None] | None,
        checkpoint: Checkpoint | None,
    ) -> None:
        self.source = source
        self.progress = progress
        self.checkpoint = checkpoint
        self.total = source.log_size()
        self.tree = Frontier()
        self.previous: LogEntry | None = None
        self.good_blobs: set[str] = set()
        self.counts: Counter[str] = Counter()

    def report(self) -> VerificationReport:
        problem = self._entries() or self._truncation() or next(iter(self.source.strays()), None)
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
                "events": self.tree.size - self.counts[DECISION] - self.counts[REVIEW],
                "blobs": len(self.good_blobs),
            },
        )

    def _entries(self) -> Problem | None:
        while self.tree.size < self.total:
            batch = self.source.evidence(self.tree.size, min(_BATCH, self.total - self.tree.size))
            for evidence in batch:
                problem = check_entry(self.previous, evidence.entry) or self._content(evidence)
                if problem is not None:
                    return problem
                self.previous = evidence.entry
                self.tree.append(bytes.fromhex(evidence.entry.hash))
                problem = self._root_at_checkpoint()
                if problem is not None:
                    return problem
            if not batch:  # the tail vanished while we read
                return Problem(self.tree.size + 1, f"Entry {self.tree.size + 1} is missing.")
            if self.progress is not None:
                self.progress(self.tree.size, self.total)
        return None

    def _root_at_checkpoint(self) -> Problem | None:
        cp = self.checkpoint
        if cp is None or self.tree.size != cp.size or self.tree.root().hex() == cp.root:
            return None
        return Problem(
            None,
            f"The first {cp.size} entries fit together, but they are not those that the checkpoint signed: "
            "the log was rewritten after the checkpoint was made.",
        )

    def _truncation(self) -> Problem | None:
        if self.checkpoint is None or self.tree.size >= self.checkpoint.size:
            return None
        return Problem(
            self.tree.size + 1,
            f"Entry {self.tree.size + 1} is missing: the checkpoint signed {self.checkpoint.size} entries, "
            f"the log ends after {self.tree.size}.",
        )

    def _content(self, evidence: Evidence) -> Problem | None:
        entry = evidence.entry
        name = f"entry {entry.seq} ({entry.type} {entry.subject})"
        payload = _opened(evidence)
        if evidence.sealed is None:
            text: str | None = f"The content of {name} is missing."
        elif payload is None:
            text = f"The stored content of {name} was changed after it was recorded."
        elif entry.type in (DECISION, REVIEW):
            self.counts[entry.type] += 1
            text = _row_problem(payload, evidence.rows, name) or self._record_problem(entry.type, payload, name)
        else:
            text = None
        return Problem(entry.seq, text) if text else None

    def _record_problem(self, type: str, payload: object, name: str) -> str | None:
        try:
            if type == REVIEW:
                review_from_payload(payload)
                return None
            blobs = referenced(decision_from_payload(payload))
        except InvalidRecord as error:
            return f"The content of {name} is no valid {type}: {error}."
        for sha256 in blobs:
            if sha256 in self.good_blobs:
                continue
            try:
                self.source.blob(sha256)
            except NotFound:
                return f"The file {sha256} that {name} recorded is missing."
            except Tampered:
                return f"The file {sha256} that {name} recorded was changed."
            self.good_blobs.add(sha256)
        return None


def _opened(evidence: Evidence) -> object:
    """Return the payload if it is the one that the entry commits to, else None."""
    if evidence.sealed is None:
        return None
    try:
        content = evidence.sealed.payload.encode()
        if commitment(bytes.fromhex(evidence.sealed.salt), content) != evidence.entry.commitment:
            return None
        payload: object = parse(evidence.sealed.payload)
    except (ValueError, TypeError, AttributeError):  # forged cells may hold anything, even another type
        return None
    return payload


def _row_problem(payload: object, rows: list[dict[str, object]], name: str) -> str | None:
    if len(rows) != 1:
        found = "is missing" if not rows else "appears more than once"
        return f"The row that {name} recorded {found} in the database."
    difference = _difference(payload, rows[0])
    return f"The row that {name} recorded was changed: {difference}." if difference else None


def _difference(payload: object, row: dict[str, object]) -> str | None:
    committed = payload if isinstance(payload, dict) else {}
    for name in sorted({*committed, *row}):
        recorded, stored = _text(committed.get(name)), _text(row.get(name))
        if recorded != stored:
            was, now = _short(recorded, stored), _short(stored, recorded)
            return f'the field "{name}" was recorded as {was}, now it is {now}'
    return None


def _text(value: object) -> str:
    try:
        return canonical(value).decode()
    except InvalidRecord:
        return repr(value)


def _short(text: str, other: str) -> str:
    """Cut a long value around the first place where it differs from `other`."""
    if len(text) <= 80:
        return text
    same = next((i for i, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other)))
    start = max(0, same - 30)
    return f"{'…' if start else ''}{text[start : start + 80]}{'…' if start + 80 < len(text) else ''}"
