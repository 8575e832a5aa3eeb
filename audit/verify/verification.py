"""Verification: derives everything again from the stored data and names the first entry that was changed.

Each entry is proven and compared with what hangs on it (`audit.verify.scan`), and its maker must have had the right to it
(`audit.log.authority`). Empty entries must have been erased by later ones that count. Then come rows that no entry committed,
the queue and the people against the log, and size and root against the log's head and a signed checkpoint. (immudb once called
an edited value consistent because only the tree was checked: codenotary/immudb issues 2063 and 2091.)
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from audit.log.checkpoints import Checkpoint
from audit.log.entries import DECISION, REVIEW
from audit.log.merkle_tree import Frontier
from audit.log.proving import ChainProblem, EntryHeader, Proven
from audit.log.signatures import signature_problem
from audit.storage.fold import Fold
from audit.verify.parallel_scan import Scans
from audit.verify.scan import Span
from audit.verify.stored_evidence import StoredEvidence


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
        self.good_blobs: set[object] = set()
        self.counts: Counter[str] = Counter()
        self.emptied: set[int] = set()
        self.signed: list[tuple[EntryHeader, Mapping[str, Any]]] = []  # signatures that are still to be checked
        self.fold = Fold(lambda made, content: self.signed.append((made, content)))
        self.threads = ThreadPoolExecutor(min(4, os.cpu_count() or 1))

    def report(self) -> VerificationReport:
        with Scans(self.source, self.total, self.good_blobs) as scans, self.threads:
            problem = self._entries(scans) or self._truncation() or self._unsigned() or self._missing(scans) or self._head()
            problem = problem or next(iter(self.source.strays(self.fold)), None)
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
                "events": self.tree.size - self.counts[DECISION] - self.counts[REVIEW] - len(self.emptied),
                "erased": len(self.emptied),
                "blobs": len(self.good_blobs),
            },
        )

    def _entries(self, scans: Scans) -> ChainProblem | None:
        while self.tree.size < self.total:
            after = self.tree.size
            span = scans.after(*self.fold.tip)
            if not span.proven.entries and span.proven.problem is None:  # the end of the log vanished during the scan
                return ChainProblem(after + 1, f"Entry {after + 1} is missing.")
            # Of one entry the reason why nobody had the right to it comes before what hangs on it.
            found = self._unfounded(span)
            found += [problem for problem in (span.hanging, span.proven.problem) if problem is not None]
            first = min(found, key=lambda one: one.seq or 0, default=None)
            good = len(span.proven.entries) if first is None else (first.seq or 0) - after - 1
            problem = self._accept(span.proven, good) or first
            if problem is not None:
                return problem
            if self.progress is not None:
                self.progress(self.tree.size, self.total)
        return None

    def _unsigned(self) -> ChainProblem | None:
        return next((ChainProblem(made.seq, text) for made, text in self.fold.authority.unsigned()), None)

    def _unfounded(self, span: Span) -> list[ChainProblem]:
        """Return which of these entries nobody had the right to; threads check their signatures."""
        found = self.fold.take(span.proven, span.facts)
        texts = self.threads.map(lambda one: signature_problem(one[0].hash, one[1]), self.signed, chunksize=64)
        wrong = zip((made for made, _ in self.signed), texts, strict=True)
        found += [(made, f"{made} was made without the right to it: {text}.") for made, text in wrong if text]
        self.signed.clear()
        return [ChainProblem(made.seq, text) for made, text in found]

    def _accept(self, proven: Proven, good: int) -> ChainProblem | None:
        """Add good entries to the tree; return a problem when a checkpoint that ends among them signed another root."""
        entries = proven.entries[:good]
        if not entries:
            return None
        leaves = [bytes.fromhex(made.hash) for made in entries]
        signed = self.checkpoint.size - self.tree.size if self.checkpoint is not None else 0
        if self.checkpoint is not None and 0 < signed <= len(leaves):
            self.tree.extend(leaves[:signed])
            problem = self._root_at(self.checkpoint)
            if problem is not None:
                return problem
            leaves = leaves[signed:]
        self.tree.extend(leaves)
        emptied = {seq for seq in proven.emptied if seq <= self.tree.size}
        self.emptied |= emptied
        self.counts.update(made.type for made in entries if made.seq not in emptied)
        return None

    def _missing(self, scans: Scans) -> ChainProblem | None:
        """Return an entry whose content is missing and that no erasure took which counts: it may be among later entries."""
        missing = self.emptied - self.fold.authority.erased
        if missing and (size := self.source.log_size()) > self.total:
            self.total = scans.total = size
            return self._entries(scans) or self._unsigned() or self._missing(scans)
        if not missing:
            return None
        return ChainProblem(min(missing), f"The content of entry {min(missing)} is missing, and no entry erased it.")

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
        last = self.fold.tip.hash if self.fold.size else ""
        return self.source.head_problem(self.tree.size, self.tree.root().hex(), last)
