"""Kinds of pairs that the recorded decisions usually select. No streamlit here; ``usual_comparison`` compares them.

    usually = usual(access, weights=decision.weights_sha256)
    contrast(usually)                                                    # normal and faulty decisions compared
    differs(usually, template_pairs(sequence, trace), sequence.sha256)   # one decision compared with all others

Kinds and their shares are those of ``sparsemix.model.template_pairs``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit import Access, DecisionRecord, NotFound, Tampered
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.common.worker import Progress
from dashboard.service.decide.pipeline import evidence_key, is_visible, load_evidence
from sparsemix import InputError, SelectionTrace, TokenSequence, TraceError
from sparsemix.model.template_pairs import template_pairs

Evidence = tuple[TokenSequence, SelectionTrace]
LIMIT = 200
MOST_KINDS = 10_000  # kinds kept of a decision, the strongest: 50,000 ordinary lines have 3,000
_SPARE = 100  # decisions listed beyond the limit: a result that was computed before newer decisions came in may still be shown


@dataclass(frozen=True, slots=True)
class UsualCandidates:
    """The decisions that say what is usual, newest first, and how many were ``left`` out.

    ``visible``: ids of all recent decisions whose selection this person may see.
    """

    weights: str
    chosen: tuple[DecisionRecord, ...]
    visible: frozenset[str]
    left: int


@dataclass(frozen=True, slots=True)
class Usual:
    """D decisions with their K kinds of pairs; each of R rows gives the share of one kind in one decision.

    ``faulty`` bool [D], by the model's verdict; ``templates``: T texts; a kind is ``kinds`` int64 [K] = query's template x T +
    key's template, ascending; per row ``decision`` int32 and ``kind`` int32 (indices of the decision and the kind), ``count``
    int64 (pairs), ``share`` float64 in (0, 1]. ``unreadable``: ids whose evidence is missing, changed or unreadable; ``gone``:
    how many decisions were erased or hidden since they were listed; ``cut``: how many have more kinds than were kept.
    """

    candidates: UsualCandidates
    ids: tuple[str, ...]
    events_sha256: tuple[str, ...]
    faulty: NDArray[np.bool_]
    templates: tuple[str, ...]
    kinds: NDArray[np.int64]
    decision: NDArray[np.int32]
    kind: NDArray[np.int32]
    count: NDArray[np.int64]
    share: NDArray[np.float64]
    unreadable: tuple[str, ...]
    gone: int
    cut: int

    def places(self, table: pa.Table) -> NDArray[np.int64]:
        """Return the indices in ``kinds`` of the kinds of a ``template_pairs``, int64 [rows]; -1 where a kind is missing."""
        known = {text: code for code, text in enumerate(self.templates)}
        query, key = (coded(table.column(side), known) for side in ("query", "key"))
        kinds = np.where((query < 0) | (key < 0), -1, query * len(self.templates) + key)
        at = np.searchsorted(self.kinds, kinds)
        present = at < len(self.kinds)
        present[present] = self.kinds[at[present]] == kinds[present]
        return np.where(present, at, -1)

    def texts(self, kinds: NDArray[np.int64]) -> tuple[list[str], list[str]]:
        """Return the templates of query and key of these kinds (indices in ``kinds``)."""
        query, key = np.divmod(self.kinds[kinds], max(1, len(self.templates)))
        return [self.templates[code] for code in query], [self.templates[code] for code in key]


PairTables = ResultCache[tuple[str, ...], pa.Table]
"""The strongest ``template_pairs`` of decisions, by their evidence."""


def pair_tables(most: int = 64 * 2**20) -> PairTables:
    """Return an empty cache for at most ``most`` bytes together."""
    return ResultCache(most, lambda table: table.nbytes)


def strongest_pairs(tables: PairTables, decision: DecisionRecord, evidence: Callable[[], Evidence]) -> pa.Table:
    """Return a decision's strongest kinds, kept or made now of its ``evidence``. Raises what that raises."""
    return tables.get_or_make(evidence_key(decision), lambda: _strongest(template_pairs(*evidence())))


def _strongest(table: pa.Table) -> pa.Table:
    if table.num_rows <= MOST_KINDS:
        return table
    strongest = table.slice(0, MOST_KINDS)
    for place, side in enumerate(("query", "key")):
        # Encoded again, to drop the texts that are no longer used.
        strongest = strongest.set_column(place, side, strongest.column(side).cast(pa.string()).dictionary_encode())
    return strongest


def candidates(access: Access, *, weights: str, limit: int = LIMIT) -> UsualCandidates:
    """List the decisions that say what is usual: of the last ``limit`` those of these weights that this person may see.

    Decisions on unfamiliar logs are left out: what the model selects there is no measure of what is usual. The same events
    decided again by the same weights add nothing, so they count once. Erased decisions are not listed. Raises `Denied`,
    `StoreUnavailable`, and `Tampered` when the list of decisions itself was changed.
    """
    listed = access.decisions(limit=limit + _SPARE, newest_first=True)
    recent = [summary for summary in listed[:limit] if not summary.blind]
    same = [decision for summary in recent if (decision := summary.decision).weights_sha256 == weights]
    known = [decision for decision in same if "unfamiliar_input" not in decision.warnings]
    # Reversed, because later entries of a dict win: the newest decision of each sequence stays.
    chosen = {decision.sequence_sha256: decision for decision in reversed(known)}
    return UsualCandidates(
        weights=weights,
        chosen=tuple(reversed(chosen.values())),
        visible=frozenset(summary.decision.id for summary in listed if not summary.blind),
        left=len(listed[:limit]) - len(chosen),
    )


def usual(
    access: Access,
    *,
    weights: str,
    limit: int = LIMIT,
    tables: PairTables | None = None,
    progress: Progress = lambda _share, _stage: None,
) -> Usual:
    """Read the selections of the recent decisions; those that cannot be read are left out and counted.

    Raises what ``candidates`` raises, and whatever ``progress`` raises.
    """
    listed, tables = candidates(access, weights=weights, limit=limit), tables or pair_tables()
    read: list[tuple[DecisionRecord, pa.Table]] = []
    unreadable: list[str] = []
    gone = 0
    for place, decision in enumerate(listed.chosen):
        progress(place / len(listed.chosen), f"usual {place + 1}/{len(listed.chosen)}")
        try:
            # Checked again, although it was listed: it may have been erased since, and its table may still be kept here.
            if not is_visible(access, decision.id):
                gone += 1
                continue
            read.append((decision, strongest_pairs(tables, decision, partial(load_evidence, access, decision))))
        except (Tampered, NotFound, InputError, TraceError):
            unreadable.append(decision.id)
    return _joined(listed, read, tuple(unreadable), gone)


def _joined(
    listed: UsualCandidates, read: list[tuple[DecisionRecord, pa.Table]], unreadable: tuple[str, ...], gone: int
) -> Usual:
    known: dict[str, int] = {}
    for _, table in read:
        for side in ("query", "key"):
            for text in table.column(side).combine_chunks().dictionary.to_pylist():
                known.setdefault(text, len(known))
    sides = [[coded(table.column(side), known) for _, table in read] for side in ("query", "key")]
    query, key = (np.concatenate([np.zeros(0, np.int64), *side]) for side in sides)
    kinds, kind = np.unique(query * len(known) + key, return_inverse=True)
    rows = [table.num_rows for _, table in read]

    def column(name: str) -> NDArray[Any]:
        return np.concatenate([np.zeros(0, np.int64), *(table.column(name).to_numpy() for _, table in read)])

    return Usual(
        candidates=listed,
        ids=tuple(decision.id for decision, _ in read),
        events_sha256=tuple(decision.sequence_sha256 for decision, _ in read),
        faulty=np.array([decision.label == "fault" for decision, _ in read], np.bool_),
        templates=tuple(known),
        kinds=kinds,
        decision=np.repeat(np.arange(len(read), dtype=np.int32), rows),
        kind=kind.astype(np.int32),
        count=column("count"),
        share=column("share").astype(np.float64),
        unreadable=unreadable,
        gone=gone,
        cut=sum(count >= MOST_KINDS for count in rows),
    )


def coded(column: pa.ChunkedArray, known: Mapping[str, int]) -> NDArray[np.int64]:
    """Return a dictionary column as the numbers that ``known`` gives its texts, int64 [rows]; -1 for other texts."""
    array = column.combine_chunks()
    codes = np.array([known.get(text, -1) for text in array.dictionary.to_pylist()], np.int64)
    numbers: NDArray[np.int64] = codes[array.indices.to_numpy()]
    return numbers
