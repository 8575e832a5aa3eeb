"""The log and the identity of a decision, as tables and sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from audit import Access, DecisionSummary, LogEntry, VerificationReport
from audit.checkpoint_schedule import SignedFile
from audit.intake.inputs import InputFailure
from dashboard.service.common.decision_details import details_of
from dashboard.service.decide.replay import Replay
from dashboard.texts import ENGLISH, Texts
from dashboard.views.frames import frame
from dashboard.views.verdict import moment, person

PAGE_SIZE = 50


def page_count(size: int) -> int:
    """Return the number of pages of a log of this many entries; an empty log has one."""
    return max(1, -(-size // PAGE_SIZE))


def page_of(size: int, seq: int) -> int:
    """Return the page, newest first, of an entry; the last or first page where the log has no such entry."""
    return min(page_count(size), max(1, (size - seq) // PAGE_SIZE + 1))


def checkpoint_table(files: Sequence[SignedFile], t: Texts) -> pd.DataFrame:
    """Return checkpoints as rows."""
    rows = [(file.checkpoint.size, moment(file.written_at), file.checkpoint.root, file.path.name) for file in files]
    return frame(rows, "checkpoints", ("size", "time", "root", "file"), t)


def page(store: Access, size: int, number: int) -> list[LogEntry]:
    """Return one page of the log, newest first; pages count from 1."""
    last = max(0, size - (number - 1) * PAGE_SIZE)
    first = max(0, last - PAGE_SIZE)
    return store.entries(after=first, limit=last - first)[::-1] if last > first else []


def entry_table(entries: Sequence[LogEntry], names: Mapping[str, str], t: Texts) -> pd.DataFrame:
    """Return entries as rows; ``names``: printed names by the ids in the log."""
    rows = [
        (
            entry.seq,
            moment(entry.ts),
            t.plain(f"entry.{entry.type}") if t.has(f"entry.{entry.type}") else entry.type,
            person(names.get(entry.actor, entry.actor), t),
            names.get(entry.subject, entry.subject),
            entry.hash,
        )
        for entry in entries
    ]
    return frame(rows, "entries", ("entry", "time", "type", "by", "subject", "hash"), t)


def undecided_table(failures: Sequence[InputFailure], names: Mapping[str, str], t: Texts) -> pd.DataFrame:
    """Return inputs without a decision as rows; ``names`` as for `entry_table`."""
    rows = [
        (
            failure.place or failure.name,
            _reason(failure, t),
            moment(failure.at),
            person(names.get(failure.by, failure.by), t),
            failure.seq,
            failure.input_sha256,
        )
        for failure in failures
    ]
    columns = ("word.file", "word.why", "word.time", "word.by", "word.entry", "word.hash")
    return pd.DataFrame(rows, columns=[t.plain(name) for name in columns])


def _reason(failure: InputFailure, t: Texts) -> str:
    """Say why an input could not be judged: the recorded English sentence, or its translation."""
    if t.language == "en":
        return failure.why
    for key in (f"failed.{failure.code}", f"input.{failure.code}"):
        if t.has(key):
            try:
                return t.plain(key, **failure.values)
            except (KeyError, ValueError):  # an entry without the values, or of another version
                break
    return failure.why


def identity_table(summary: DecisionSummary, t: Texts) -> pd.DataFrame:
    """Return the identity of a decision: entry, model, data, code, policy, and each layer's selection."""
    d, details = summary.decision, details_of(summary.decision)
    facts = {
        "seq": str(summary.seq),
        "decision": d.id,
        "started": f"{moment(d.started_at)} UTC",
        "ended": f"{moment(d.ended_at)} UTC",
        "caller": person(d.caller, t),
        "model": d.model_id,
        "weights": d.weights_sha256,
        "config": d.config_sha256,
        "input": d.input_sha256,
        "sequence": d.sequence_sha256,
        "source": details.source or "–",
        "reading": _settings(details.reading) or "–",
        "code": d.code_revision,
        "runtime": ", ".join(f"{name} {value}" for name, value in d.runtime.items()),
        "policy": _translated(d.policy, "identity.policy_9", t),
        # Hidden while blind: the route reveals the model's verdict.
        "sampling": t.plain("blind.short") if summary.blind else f"{d.sampling_route}, {d.inclusion_probability:g}",
        "reviews": str(d.required_reviews),
        "due": f"{moment(d.due_at)} UTC" if d.due_at else "–",
        "retention": t.plain(f"retention.{d.retention.value}"),
        "weights_at": t.plain("identity.in_record") if d.weights_blob else "–",
        "use": _translated(d.intended_use, "identity.intended", t),
    }
    rows = [(t.heading("identity", name), value) for name, value in facts.items()]
    rows += [
        (
            t.plain("identity.layer", n=s.layer + 1),
            s.sha256
            if summary.blind
            else t.plain("identity.layer_value", sha=s.sha256, pairs=s.pair_count, certified=s.certified_share),
        )
        for s in d.selections
    ]
    return frame(rows, "identity", ("what", "value"), t)


def _translated(recorded: str, key: str, t: Texts) -> str:
    """Return a sentence that is recorded in English in the reader's language; as it is where the key's text is another one."""
    form = re.sub(r"\\{(\w+)\\}", r"(?P<\1>\\S+)", re.escape(ENGLISH[key]))
    found = None if t.language == "en" else re.fullmatch(form, recorded)
    return recorded if found is None else t.plain(key, **found.groupdict())


def _settings(recorded: Mapping[str, object]) -> str:
    """List the reading settings by their recorded names, without empty ones."""
    flat = [(name, value) for name, value in recorded.items() if not isinstance(value, Mapping)]
    flat += [(name, value) for inner in recorded.values() if isinstance(inner, Mapping) for name, value in inner.items()]
    texts = [(name, "+".join(map(str, value)) if isinstance(value, list) else str(value)) for name, value in flat]
    return ", ".join(f"{name}={text}" for name, text in texts if text)


def verification_text(report: VerificationReport, t: Texts) -> str:
    """Describe the outcome of a verification in one or two sentences."""
    if report.ok:
        counts = {name: report.checked.get(name, 0) for name in ("decisions", "reviews", "blobs")}
        return t("verify.ok", n=report.size, **counts)
    place = t("verify.at", n=report.problem_seq) if report.problem_seq is not None else t("verify.whole")
    return t("verify.bad", n=report.size) + " " + place + " " + t("verify.detail", text=report.problem_text or "")


def replay_text(replay: Replay, t: Texts) -> str:
    """Describe the outcome of a replay and its differences."""
    if replay.identical:
        return t("replay.same", n=len(replay.layers))
    if not replay.same_weights:
        return t("replay.other_model")
    parts = [
        t("replay.layer", n=layer.layer + 1, recorded=layer.only_recorded, replayed=layer.only_replayed)
        for layer in replay.layers
        if not layer.same
    ]
    if (replay.label, replay.score) != (replay.recorded_label, replay.recorded_score):
        parts.append(t("replay.score", score=replay.score, recorded=replay.recorded_score))
    return " ".join([t("replay.differs"), *parts])


def surroundings_table(replay: Replay, t: Texts) -> pd.DataFrame:
    """Return the libraries, machine and code that have changed since the decision was made."""
    rows = [(name, then, now) for name, (then, now) in replay.surroundings.items()]
    return frame(rows, "replay", ("what", "then", "now"), t)
