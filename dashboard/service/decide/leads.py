"""Which kinds of events lead to which in the recorded decisions of a source and a time. No streamlit here.

    chosen = candidates(access, LeadsScope(source="line4"))
    found = joined(access, chosen, progress=progress)
    leads(found.logs, most=30)                      # the edges: ``sparsemix.graph``

What a decision's selection counts is kept in memory, as much as fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

from audit import Access, DecisionFilter, DecisionRecord, NotFound, Tampered
from dashboard.service.common.decision_details import details_of
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.common.worker import Progress
from dashboard.service.decide.pipeline import evidence_key, is_visible, load_evidence
from sparsemix import InputError, TraceError
from sparsemix.graph.counts import LogCounts, counts_of

MOST_DECISIONS = 200
LOOKED_AT = 500
"""Decisions of a source by the same weights, the newest, among which those of a time are looked for."""
_COUNTS_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class LeadsScope:
    """Which decisions: of a ``source`` (None: all), begun from ``since`` (included) to ``before`` (excluded), UTC."""

    source: str | None = None
    since: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class LeadsCandidates:
    """The decisions of a scope, newest first, at most 200: ``chosen`` count; ``blind`` and ``repeated`` are left out, as this
    person judges them blind, or as other decisions are on the same events; ``older``: how many there are beyond;
    ``not_searched``: whether the source has still older ones, which may be of this time and were not looked at."""

    scope: LeadsScope
    chosen: tuple[DecisionRecord, ...]
    blind: int
    repeated: int
    older: int
    not_searched: bool = False

    @property
    def key(self) -> str:
        """The name of this choice, in hexadecimal digits."""
        return sha256("\n".join(decision.id for decision in self.chosen).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Leads:
    """What is counted in the ``logs`` of the candidates; ``unreadable``: ids whose evidence is missing, changed or unreadable;
    ``gone``: how many were erased or hidden since they were listed."""

    candidates: LeadsCandidates
    logs: tuple[LogCounts, ...]
    unreadable: tuple[str, ...]
    gone: int


class LeadsMemory:
    """Kept for all sessions: counts of single decisions, and `Leads` by ``LeadsCandidates.key``."""

    def __init__(self) -> None:
        self.counts: ResultCache[tuple[str, ...], LogCounts] = ResultCache(_COUNTS_BYTES, lambda counts: counts.nbytes)
        self.results: ResultCache[str, Leads] = ResultCache(2)


def candidates(access: Access, scope: LeadsScope) -> LeadsCandidates:
    """List the decisions of a scope. Erased ones are not listed. Raises `Denied`, `StoreUnavailable`, `Tampered`."""
    filters = DecisionFilter(since=scope.since, before=scope.before)
    not_searched = False
    if scope.source is not None:
        ids, not_searched = _of_source(access, scope.source, scope.since)
        filters = replace(filters, ids=ids)
    page = access.find(filters, limit=MOST_DECISIONS)
    seen = [summary.decision for summary in page.summaries if not summary.blind]
    # Reversed, because later entries of a dict win: the newest decision on the same events stays.
    chosen = {decision.sequence_sha256: decision for decision in reversed(seen)}
    return LeadsCandidates(
        scope,
        tuple(reversed(chosen.values())),
        blind=len(page.summaries) - len(seen),
        repeated=len(seen) - len(chosen),
        older=page.total - len(page.summaries),
        not_searched=not_searched,
    )


def _of_source(access: Access, source: str, since: str | None) -> tuple[tuple[str, ...], bool]:
    """Return the ids of the newest decisions of a source, and whether older ones may be from ``since`` on."""
    weights = {last.weights_sha256 for last in access.sources.all() if details_of(last).source == source}
    ids: list[str] = []
    not_searched = False
    for sha in sorted(weights):
        found = access.sources.recent(source, sha, limit=LOOKED_AT + 1)
        newest = found[-LOOKED_AT:]
        ids += [decision.id for decision in newest]
        not_searched |= len(found) > len(newest) and (since is None or since < newest[0].started_at)
    return tuple(ids), not_searched


def joined(
    access: Access,
    chosen: LeadsCandidates,
    *,
    memory: LeadsMemory | None = None,
    progress: Progress = lambda _share, _stage: None,
) -> Leads:
    """Count the selections of the candidates together; those that cannot be read are left out. Raises what ``candidates``
    raises, and whatever ``progress`` raises."""
    memory = memory or LeadsMemory()
    unreadable: list[str] = []
    gone = 0

    def read() -> Iterator[LogCounts]:
        nonlocal gone
        of = len(chosen.chosen)
        for place, decision in enumerate(chosen.chosen):
            progress(place / of, f"leads {place + 1}")
            # Checked again, although it was listed: it may have been erased since, and its counts may still be kept here.
            if not is_visible(access, decision.id):
                gone += 1
                continue
            try:
                yield memory.counts.get_or_make(evidence_key(decision), partial(_counts, access, decision))
            except (Tampered, NotFound, InputError, TraceError):
                unreadable.append(decision.id)

    logs = tuple(read())
    return Leads(chosen, logs, tuple(unreadable), gone)


def _counts(access: Access, decision: DecisionRecord) -> LogCounts:
    sequence, trace = load_evidence(access, decision)
    return counts_of(sequence, trace, decision.weights_sha256, decision.id)
