"""What the log page's component is given of a decision: small, and in the reader's language. All else it fetches."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from audit import Gate
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.service.log.blocks import BLOCK
from dashboard.service.log.index import prefix
from dashboard.service.log.routes import ENTRY
from dashboard.service.log.waiting import WaitingLog
from dashboard.texts import PlainTexts
from dashboard.views import drift, verdict
from dashboard.views.explanation import method_name
from dashboard.views.incidents import ShownIncident, has_incidents, routine_incidents, shown_incidents, told
from dashboard.views.wording import novelty, worded
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.explain.methods import METHODS, QUICK

_CERTAIN = 1e-9  # from 0 and 1: a probability of which no logarithm is taken


def given(
    loaded: LoadedDecision, entry_hash: str, t: PlainTexts, marks: Mapping[str, str], *, may_mark: bool
) -> dict[str, Any]:
    """Return what the component is given. ``entry_hash``: of the decision's entry; ``marks``: what this person said of pairs,
    by ``layer-head-query-key``; ``may_mark``: whether they may."""
    decision, trace = loaded.summary.decision, loaded.trace
    return {
        **_of_lines(decision.id, entry_hash[:ENTRY], loaded.sequence, t),
        "title": _title(loaded, t),
        "incidents": incidents(loaded, t),
        "flagged": verdict.flagged_count(decision),
        "heads": len(trace.heads[0]),
        "layers": len(trace.heads),
        "methods": [{"id": name, "name": method_name(name, t), "slow": name not in QUICK} for name in METHODS],
        "labels": {name: verdict.label_word(name, decision, t) for name in ("fault", "normal")},
        "marks": dict(marks),
        "mayMark": may_mark,
    }


def given_waiting(log: WaitingLog, id: str, name: str, flagged: Sequence[tuple[int, int]], t: PlainTexts) -> dict[str, Any]:
    """Return what the component is given of a log that is not judged yet. ``id``, ``name``: of its file; ``flagged``: events
    and how many flagged ones lie around each."""
    said = t.plain(f"waiting.{'head' if log.head else 'flagged' if flagged else 'none'}", n=len(log.sequence))
    lines = [(event, log.sequence.events[event], count) for event, count in flagged]
    told = [ShownIncident(event, own.line, own.text, count, False, "", (), "", False, "") for event, own, count in lines]
    return {
        **_of_lines(id, log.entry, log.sequence, t),
        "title": {"verdict": said, "state": "", "tone": "", "file": name, "model": "", "when": "", "why": []},
        "waiting": said,
        "incidents": [_incident(one, routine=False) for one in told],
        "flagged": 0,
        "heads": 0,
        "layers": 0,
        "methods": [],
        "labels": {},
        "marks": {},
        "mayMark": False,
    }


def _of_lines(id: str, entry: str, sequence: TokenSequence, t: PlainTexts) -> dict[str, Any]:
    return {
        "id": id,
        "entry": entry,
        "base": f"/log/{id}/{entry}",
        "n": len(sequence),
        "prefix": prefix(sequence),
        "block": BLOCK,
        "words": t.of("log"),
        "language": t.language,
        "offline": None,
    }


def _title(loaded: LoadedDecision, t: PlainTexts) -> dict[str, Any]:
    """Return the verdict in a line, and why the decision is held or to be read with care."""
    summary, decision = loaded.summary, loaded.summary.decision
    why = [*verdict.hold_reasons(decision, t), *filter(None, [verdict.fine_lines(decision, t), drift.warning(decision, t)])]
    alike = verdict.is_all_alike(loaded)
    return {
        "verdict": t.plain("incidents.alike", total=decision.event_count) if alike else verdict.headline(decision, t),
        "state": t.plain(verdict.gate_key(summary)),
        "tone": (summary.gate if summary.refused is None else Gate.REJECTED).value,
        "file": decision.input_name,
        "model": decision.weights_sha256[:8],
        "when": verdict.moment(decision.started_at)[:16],
        "why": why,
    }


def incidents(loaded: LoadedDecision, t: PlainTexts) -> list[dict[str, Any]]:
    """Return the incidents, best first, then those that are routine; of a decision made before incidents were told, the lines
    that it flagged."""
    t = worded(loaded.summary.decision, t)
    if has_incidents(loaded.summary.decision):
        shown = [(one, False) for one in shown_incidents(loaded, t)] + [(one, True) for one in routine_incidents(loaded, t)]
        return [_incident(one, routine=routine) for one, routine in shown]
    term = "unexpected" if novelty(loaded.summary.decision) else "weights"
    kept = [
        {
            "lead": [[one.index, one.line]],
            "count": 1,
            "must": False,
            "reasons": [{"term": term, "probability": one.probability, "effect": _log_odds(one.probability)}],
            "causes": [],
        }
        for one in verdict.suspects(loaded.summary.decision)
    ]
    return [_incident(one, routine=False) for one in told(kept, loaded, t)]


def _incident(one: ShownIncident, *, routine: bool) -> dict[str, Any]:
    return {
        "event": one.event,
        "line": one.line,
        "count": one.count,
        "must": one.must,
        "isNew": one.new,
        "text": one.text,
        "why": one.why,
        "remark": one.remark,
        "routine": routine,
        "causes": [{"event": cause.event, "line": cause.line, "said": cause.said} for cause in one.causes],
    }


def _log_odds(probability: float) -> float:
    within = min(max(probability, _CERTAIN), 1 - _CERTAIN)
    return math.log(within / (1 - within))
