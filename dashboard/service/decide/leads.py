"""Which kinds of events lead to which in the recorded decisions of a source and a time. No streamlit here.

chosen = candidates(access, LeadsScope(source="line4"))
found = joined(access, chosen, progress=progress)
found.graph.edges                               # the strongest first: ``sparsemix.graph``
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from audit import Access, DecisionFilter, DecisionRecord, NotFound, Tampered
from dashboard.service.common.decision_details import details_of
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.common.worker import Progress
from dashboard.service.decide.pipeline import evidence_key, is_visible, load_evidence
from sparsemix import InputError, TraceError
from sparsemix.graph.counts import LogCounts, counts_of
from sparsemix.graph.leads import LeadsGraph, leads

MOST_DECISIONS = 200
LOOKED_AT = 500
"""Decisions of a source by the same weights, the newest, among which those of a time are looked for."""
MOST_EDGES = 1_000
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
    person judges them blind, or as other decisions are on the same events; ``older``: how many there are beyond."""

    scope: LeadsScope
    chosen: tuple[DecisionRecord, ...]
    blind: int
    repeated: int
    older: int


@dataclass(frozen=True, slots=True)
class Leads:
    """What leads to what in the candidates; ``unreadable``: ids whose evidence is missing, changed or unreadable; ``gone``:
    how many were erased or hidden since they were listed."""

    candidates: LeadsCandidates
    graph: LeadsGraph
    unreadable: tuple[str, ...]
    gone: int

    def within(self, chosen: LeadsCandidates) -> bool:
        """Return whether all that is counted here is among the decisions of these candidates, too."""
        return {run.decision for run in self.graph.runs} <= {decision.id for decision in chosen.chosen}


def kept_counts() -> ResultCache[tuple[str, ...], LogCounts]:
    """Return an empty cache of what the selections of single decisions count, as much as fits."""
    return ResultCache(_COUNTS_BYTES, lambda counts: counts.nbytes)


def candidates(access: Access, scope: LeadsScope) -> LeadsCandidates:
    """List the decisions of a scope. Erased ones are not listed. Raises `Denied`, `StoreUnavailable`, `Tampered`."""
    filters = DecisionFilter(since=scope.since, before=scope.before)
    if scope.source is not None:
        filters = replace(filters, ids=_of_source(access, scope.source))
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
    )


def _of_source(access: Access, source: str) -> tuple[str, ...]:
    weights = {last.weights_sha256 for last in access.sources.all() if details_of(last).source == source}
    return tuple(decision.id for sha in weights for decision in access.sources.recent(source, sha, limit=LOOKED_AT))


def joined(
    access: Access,
    chosen: LeadsCandidates,
    *,
    counts: ResultCache[tuple[str, ...], LogCounts],
    progress: Progress = lambda _share, _stage: None,
) -> Leads:
    """Count the selections of the candidates together; those that cannot be read are left out. Raises what ``candidates``
    raises, and whatever ``progress`` raises."""
    logs: list[LogCounts] = []
    unreadable: list[str] = []
    gone = 0
    for place, decision in enumerate(chosen.chosen):
        progress(place / len(chosen.chosen), f"leads {place + 1}")
        # Checked again, although it was listed: it may have been erased since, and its counts may still be kept here.
        if not is_visible(access, decision.id):
            gone += 1
            continue
        try:
            logs.append(counts.get_or_make(evidence_key(decision), partial(_counts, access, decision)))
        except (Tampered, NotFound, InputError, TraceError):
            unreadable.append(decision.id)
    return Leads(chosen, leads(logs, MOST_EDGES), tuple(unreadable), gone)


def _counts(access: Access, decision: DecisionRecord) -> LogCounts:
    sequence, trace = load_evidence(access, decision)
    return counts_of(sequence, trace, decision.weights_sha256, decision.id)
