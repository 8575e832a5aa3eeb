"""The log and what a decision is tied to, as tables and sentences."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from audit import AuditStore, DecisionSummary, LogEntry, VerificationReport
from dashboard.pipeline import Replay
from dashboard.texts import Texts
from dashboard.views.verdict import moment

PAGE_SIZE = 50


def page_count(size: int) -> int:
    """Pages of a log of this many entries; an empty log has one."""
    return max(1, -(-size // PAGE_SIZE))


def page(store: AuditStore, size: int, number: int) -> list[LogEntry]:
    """One page of the log, newest first; pages count from 1."""
    last = max(0, size - (number - 1) * PAGE_SIZE)
    first = max(0, last - PAGE_SIZE)
    return store.entries(after=first, limit=last - first)[::-1] if last > first else []


def entry_table(entries: Sequence[LogEntry], t: Texts) -> pd.DataFrame:
    """Entries as rows."""
    rows = [
        (e.seq, moment(e.ts), t.plain(f"entry.{e.type}") if t.has(f"entry.{e.type}") else e.type, e.actor, e.subject, e.hash)
        for e in entries
    ]
    names = ("seq", "time", "type", "actor", "subject", "hash")
    return pd.DataFrame(rows, columns=[t.plain(f"entries.{name}") for name in names])


def identity_table(summary: DecisionSummary, t: Texts) -> pd.DataFrame:
    """What a decision is tied to: entry, model, data, code, policy, and each layer's selection."""
    d = summary.decision
    facts = {
        "seq": str(summary.seq),
        "decision": d.id,
        "started": f"{moment(d.started_at)} UTC",
        "ended": f"{moment(d.ended_at)} UTC",
        "caller": d.caller,
        "model": d.model_id,
        "weights": d.weights_sha256,
        "config": d.config_sha256,
        "input": d.input_sha256,
        "sequence": d.sequence_sha256,
        "code": d.code_revision,
        "runtime": ", ".join(f"{name} {value}" for name, value in d.runtime.items()),
        "policy": d.policy,
        "use": d.intended_use,
    }
    rows = [(t.plain(f"identity.{name}"), value) for name, value in facts.items()]
    rows += [
        (
            t.plain("identity.layer", n=s.layer + 1),
            t.plain("identity.layer_value", sha=s.sha256, pairs=s.pair_count, certified=s.certified_share),
        )
        for s in d.selections
    ]
    return pd.DataFrame(rows, columns=[t.plain("identity.name"), t.plain("identity.value")])


def verification_text(report: VerificationReport, t: Texts) -> str:
    """The outcome of a verification in one or two sentences."""
    if report.ok:
        counts = {name: report.checked.get(name, 0) for name in ("decisions", "reviews", "blobs")}
        return t("verify.ok", n=report.size, **counts)
    place = t("verify.at", n=report.problem_seq) if report.problem_seq is not None else t("verify.whole")
    return t("verify.bad", n=report.size) + " " + place + " " + t("verify.detail", text=report.problem_text or "")


def replay_text(replay: Replay, t: Texts) -> str:
    """The outcome of a replay in words."""
    if replay.identical:
        return t("replay.same", n=len(replay.same_layers))
    if not replay.same_model:
        return t("replay.other_model")
    changed = [str(layer + 1) for layer, same in enumerate(replay.same_layers) if not same]
    return t("replay.differs", layers=", ".join(changed) or "–", score=replay.score, recorded=replay.recorded_score)
