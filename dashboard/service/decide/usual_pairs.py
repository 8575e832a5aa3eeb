"""Which kinds of pairs the recorded decisions usually select. No streamlit here; the comparisons are in ``usual_compare``.

    found = usual(access, weights=decision.weights_sha256)
    contrast(found)                                                    # normal beside faulty
    differs(found, template_pairs(sequence, trace), sequence.sha256)   # one decision beside all others

Kinds and their shares are those of ``sparsemix.model.template_pairs``.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit import Access, DecisionRecord, NotFound, Tampered
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide.pair_kinds import MOST_KINDS, Tables, coded
from dashboard.service.decide.pipeline import Progress
from sparsemix import InputError, TraceError

__all__ = ["LIMIT", "Candidates", "Memory", "Tables", "Usual", "candidates", "usual"]

LIMIT = 200
_SPARE = 100  # decisions listed beyond the limit: what was computed before they came in may still be shown


@dataclass(frozen=True, slots=True)
class Candidates:
    """The decisions to look at, newest first, and how many were left out, by why.

    ``visible``: ids of all recent decisions whose selection this person may see.
    """

    weights: str
    chosen: tuple[DecisionRecord, ...]
    visible: frozenset[str]
    blind: int
    other_weights: int
    unfamiliar: int
    repeated: int

    @property
    def key(self) -> str:
        """Names this choice, in hex."""
        return sha256("\n".join([self.weights, *(decision.id for decision in self.chosen)]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Usual:
    """D decisions with their K kinds of pairs; R rows say how much of a kind there is in a decision.

    ``faulty`` bool [D], by the model's verdict; ``templates``: T texts; a kind is ``kinds`` int64 [K] = query's template x T +
    key's template, ascending; per row ``decision`` int32 and ``kind`` int32 (places in these), ``count`` int64 (pairs),
    ``share`` float64 in (0, 1]. ``unreadable``: ids whose evidence is missing, changed or not to be read; ``gone``: decisions
    erased and hidden since they were listed; ``cut``: decisions with more kinds than were kept.
    """

    candidates: Candidates
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
        """Where the kinds of a ``template_pairs`` lie in ``kinds``, int64 [rows]; -1 for those that are not there."""
        known = {text: code for code, text in enumerate(self.templates)}
        query, key = (coded(table.column(side), known) for side in ("query", "key"))
        wanted = np.where((query < 0) | (key < 0), -1, query * len(self.templates) + key)
        at = np.searchsorted(self.kinds, wanted)
        there = at < len(self.kinds)
        there[there] = self.kinds[at[there]] == wanted[there]
        return np.where(there, at, -1)

    def texts(self, kinds: NDArray[np.int64]) -> tuple[list[str], list[str]]:
        """The templates of query and key of these kinds (places in ``kinds``)."""
        query, key = np.divmod(self.kinds[kinds], max(1, len(self.templates)))
        return [self.templates[code] for code in query], [self.templates[code] for code in key]


class Memory:
    """What was computed, kept for all sessions: tables of decisions, and results by ``Candidates.key``."""

    def __init__(self) -> None:
        self.tables = Tables()
        self.found: ResultCache[str, Usual] = ResultCache(4)


def candidates(access: Access, *, weights: str, limit: int = LIMIT) -> Candidates:
    """Which decisions say what is usual: of the last ``limit`` those of these weights that this person may see.

    Of a log that the model does not know it selects something or other, which is no measure of what is usual. The same events
    decided again by the same weights say nothing new, so they count once. Erased decisions are not listed.
    Errors: `Denied`, `StoreUnavailable`; `Tampered` when the list of decisions itself was changed.
    """
    listed = access.decisions(limit=limit + _SPARE, newest_first=True)
    recent = [summary for summary in listed[:limit] if not summary.blind]
    same = [summary.decision for summary in recent if summary.decision.weights_sha256 == weights]
    known = [decision for decision in same if "unfamiliar_input" not in decision.warnings]
    # Later entries of a dict win: the newest of each.
    chosen = {decision.sequence_sha256: decision for decision in reversed(known)}
    return Candidates(
        weights=weights,
        chosen=tuple(reversed(chosen.values())),
        visible=frozenset(summary.decision.id for summary in listed if not summary.blind),
        blind=len(listed[:limit]) - len(recent),
        other_weights=len(recent) - len(same),
        unfamiliar=len(same) - len(known),
        repeated=len(known) - len(chosen),
    )


def usual(
    access: Access,
    *,
    weights: str,
    limit: int = LIMIT,
    tables: Tables | None = None,
    progress: Progress = lambda _share, _stage: None,
) -> Usual:
    """Read the selections of the recent decisions; what cannot be read is left out and counted.

    Errors: as ``candidates``, and whatever ``progress`` raises.
    """
    found, tables = candidates(access, weights=weights, limit=limit), tables or Tables()
    read: list[tuple[DecisionRecord, pa.Table]] = []
    unreadable: list[str] = []
    gone = 0
    for place, decision in enumerate(found.chosen):
        progress(place / len(found.chosen), f"usual {place + 1}/{len(found.chosen)}")
        try:
            # Asked again, although it was listed: it may have been erased since, and its table still be kept.
            if not _visible(access, decision.id):
                gone += 1
                continue
            read.append((decision, tables.of(decision, access)))
        except (Tampered, NotFound, InputError, TraceError):
            unreadable.append(decision.id)
    return _joined(found, read, tuple(unreadable), gone)


def _visible(access: Access, id: str) -> bool:
    try:
        return not access.summary(id).blind
    except NotFound:
        return False


def _joined(found: Candidates, read: list[tuple[DecisionRecord, pa.Table]], unreadable: tuple[str, ...], gone: int) -> Usual:
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
        candidates=found,
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
