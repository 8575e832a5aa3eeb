"""Sections of a report about the decision: its head, verdict, reviews, the proof from the record, how to verify it, its
limits."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from audit import Case, DecisionSummary, Head, LogEntry, QueueState, ReviewKind, ReviewRecord, ReviewSignature, Verdict
from dashboard.report.markup import Column, Html, facts, joined, section, table, tag
from dashboard.service.decide.hold_policy import RANDOM_CONTROL
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.texts import Texts
from dashboard.views import incidents, reading, verdict
from dashboard.views.incidents import ShownIncident
from dashboard.views.record import entry_table, identity_table
from dashboard.views.signatures import signature_line
from dashboard.views.verdict import moment, opinion_text, person, seen_text
from dashboard.views.wording import as_unusual, by_itself, novelty, p_value, percent

_LIMITS = ("model", "one", "scores", "then", "unsigned")


def head_section(summary: DecisionSummary, made_at: str, made_by: str, t: Texts) -> Html:
    """Name the decision and the report."""
    decision = summary.decision
    model = t("report.model_words", model=decision.model_id, weights=decision.weights_sha256[:12])
    rows = [
        (t("identity.decision"), tag("span", decision.id, class_="log")),
        (t("report.decided"), t("report.decided_by", time=moment(decision.ended_at), name=person(decision.caller, t))),
        (t("identity.model"), model),
        (t("report.written"), t("report.written_by", time=moment(made_at), name=person(made_by, t))),
    ]
    return tag(
        "header",
        tag("p", t("report.title"), class_="kicker"),
        tag("h1", decision.input_name),
        tag("p", t("report.lead"), class_="quiet"),
        facts(rows),
    )


def verdict_section(loaded: LoadedDecision, t: Texts) -> Html:
    """Show the verdict in words and numbers, its state, why it was held, and the lines that the model points at."""
    summary = loaded.summary
    decision = summary.decision
    state = tag("span", t(verdict.gate_key(summary)), class_=f"state {summary.gate.value}")
    return section(
        t("word.verdict"),
        tag("p", verdict.headline(decision, t), class_="headline"),
        tag("p", state, verdict.state_text(summary, t)) if summary.refused is None else tag("p", state),
        tag("p", t("gate.refused_why", text=summary.refused), class_="warning") if summary.refused is not None else "",
        tag("p", fine) if (fine := verdict.fine_lines(decision, t)) is not None else "",
        tag("p", verdict.why_unfamiliar(decision, t), class_="warning") if verdict.unfamiliar(decision) else "",
        _figures(summary, t),
        *(tag("p", remark, class_="note") for remark in _remarks(summary, t)),
        *(
            _incidents(loaded, t)
            if incidents.has_incidents(decision)
            else [tag("h3", verdict.flagged_title(decision, t)), _events(verdict.event_table(loaded, t))]
        ),
    )


def _incidents(loaded: LoadedDecision, t: Texts) -> list[Html]:
    """Show what happened in the file: each incident with its reasons and causes."""
    found, routine = incidents.shown_incidents(loaded, t), incidents.routine_incidents(loaded, t)
    decision = loaded.summary.decision
    none = t("incidents.none_else" if routine else "incidents.none")
    return [
        tag("h3", t("incidents.title")),
        tag("p", verdict.must_be_seen(decision, t) if found else none),
        *(tag("p", said) for said in incidents.known_before(decision, t)),
        *([tag("ol", *(_incident(one, t, must=by_itself(decision)) for one in found))] if found else []),
        *([tag("h3", t("incidents.routine", n=len(routine)))] if routine else []),
        *([tag("ul", *(_incident(one, t) for one in routine))] if routine else []),
    ]


def _incident(one: ShownIncident, t: Texts, *, must: bool = False) -> Html:
    badges = [t(badge) for badge, holds in (("log.must", one.must and must), ("log.new", one.new)) if holds]
    told = [*filter(None, [one.remark]), one.why, *(cause.said for cause in one.causes)]
    where = tag("p", " · ".join([t("report.incident", line=one.line, count=one.count), *badges]))
    return tag("li", where, tag("p", one.text, class_="log"), *(tag("p", said) for said in told))


def _figures(summary: DecisionSummary, t: Texts) -> Html:
    decision = summary.decision
    pairs = sum(selection.pair_count for selection in decision.selections)
    certified = min((selection.certified_share for selection in decision.selections), default=1.0)
    p = p_value(decision)
    leading = ("verdict.probability", percent(decision.score), t("verdict.threshold", x=decision.threshold))
    if novelty(decision):
        note = t("unusual.no_p_short") if p is None else t("unusual.p_short", p=p)
        leading = ("unusual.rank", as_unusual(decision, t), note)
    figures = (
        leading,
        (
            "verdict.flagged",
            t("verdict.of_events", n=verdict.flagged_count(decision), total=decision.event_count),
            t("verdict.event_threshold", x=verdict.event_threshold(decision)),
        ),
        (
            "verdict.familiarity",
            t("unit.percent", x=verdict.known_share(decision)),
            t("verdict.floor", x=verdict.familiarity_floor(decision)),
        ),
        ("verdict.pairs", f"{pairs:,}", t("verdict.certified", x=certified)),
    )
    return tag(
        "div", *(tag("div", tag("span", t(name)), tag("b", value), tag("span", note)) for name, value, note in figures),
        class_="figures",
    )  # fmt: skip


def _remarks(summary: DecisionSummary, t: Texts) -> list[str]:
    decision = summary.decision
    reasons = verdict.hold_reasons(decision, t)
    remarks = []
    if reasons and summary.state is not QueueState.SETTLED:
        remarks.append(t("verdict.held_because", reason=t("unit.join").join(reasons)))
    if decision.sampling_route == RANDOM_CONTROL:
        remarks.append(t("verdict.sampled"))
    return remarks + reading.notes(tuple(code for code in decision.warnings if code != "unfamiliar_input"), t)


def _events(events: pd.DataFrame) -> Html:
    """Show the table of ``views.verdict``: line, percent, text, line, text, percent."""
    numbers = (True, True, False, True, False, True)
    columns = [Column(str(name), number) for name, number in zip(events.columns, numbers, strict=True)]
    return table(columns, (_event(row) for row in events.itertuples(index=False)))


def _event(row: tuple[Any, ...]) -> list[str]:
    line, probability, text, cause_line, cause, weight = row
    return [
        str(line),
        percent(float(probability) / 100.0),
        tag("span", str(text), class_="log"),
        "–" if pd.isna(cause_line) else str(cause_line),
        tag("span", str(cause), class_="log"),
        "–" if pd.isna(weight) else percent(float(weight) / 100.0),
    ]


def reviews_section(
    case: Case, loaded: LoadedDecision, signatures: Mapping[str, ReviewSignature], names: Mapping[str, str], t: Texts
) -> Html:
    """Show the reviews that the report's author may see, the newest first, and how many are hidden from the author.

    ``signatures``: by the review's id; ``names``: printed names by account.
    """
    parts = []
    if case.reviews:
        parts.append(tag("p", t("report.reviews_seen", n=len(case.reviews)), class_="quiet"))
    elif not case.hidden:
        parts.append(tag("p", t("report.reviews_none")))
    if case.hidden:
        parts.append(tag("p", t("report.reviews_hidden", n=case.hidden), class_="warning"))
    if case.reviews:
        columns = [Column(t.heading("report", name)) for name in ("opinion", "by", "time", "reason", "marks")]
        replaced = {review.supersedes for review in case.reviews}
        rows = [
            _review(review, review.id in replaced, signature_line(signatures.get(review.id), names, t), loaded, t)
            for review in reversed(case.reviews)
        ]
        parts.append(table(columns, rows))
    return section(t("word.reviews"), *parts)


def _review(review: ReviewRecord, superseded: bool, signed: str, loaded: LoadedDecision, t: Texts) -> list[str]:
    notes = [t(f"review_kind.{review.kind.value}")] if review.kind is not ReviewKind.REVIEW else []
    # A withdrawn review keeps nothing but its marks on pairs.
    if review.verdict is not Verdict.WITHDRAW:
        if not review.suggestion_visible:
            notes.append(t("history.blind"))
        if review.corrected_label is not None:
            notes.append(t("history.label", label=_word("label", review.corrected_label, t)))
        if review.seen is not None:
            notes.append(seen_text(review.seen, loaded, t))
    if superseded:
        notes.append(t("report.superseded"))
    reason = t(f"reason.{review.reason.value}") if review.reason is not None else ""
    marks = [
        tag("div", opinion_text(pair, loaded, t), tag("div", pair.comment, class_="comment") if pair.comment else "")
        for pair in review.pairs
    ]
    return [
        joined(tag("b", t(f"review_verdict.{review.verdict.value}")), *(tag("div", note, class_="note") for note in notes)),
        joined(
            tag("b", person(review.reviewer_name, t)),
            tag("div", t("report.signed_as", role=_word("role", review.role, t), how=review.authentication), class_="note"),
            tag("div", signed, class_="note"),
        ),
        moment(review.submitted_at),
        joined(tag("div", reason), tag("div", review.comment, class_="comment")) if reason or review.comment else "–",
        joined(*marks) if marks else "–",
    ]


def _word(topic: str, code: str, t: Texts) -> str:
    """Return the text of a code, or the code itself: a review need not come from this app."""
    return t(f"{topic}.{code}") if t.has(f"{topic}.{code}") else code


def proof_section(
    summary: DecisionSummary, entries: Sequence[LogEntry], names: Mapping[str, str], head: Head, t: Texts
) -> Html:
    """Show the hashes of the file, the weights, the selection and the log, and the log's entries about the decision."""
    own = next((entry.hash for entry in entries if entry.seq == summary.seq), "–")
    rows = [(str(name), str(value)) for name, value in identity_table(summary, t).itertuples(index=False)]
    rows += [
        (t("report.entry_hash"), own),
        (t("report.head_size"), f"{head.size:,}"),
        (t("report.head_root"), head.root),
        (t("report.head_last"), head.last_hash),
    ]
    # Without the subject, which is this decision on every line.
    listed = entry_table(entries, names, t).drop(columns=t("entries.subject"))
    columns = [Column(str(name), place == 0) for place, name in enumerate(listed.columns)]
    cells = [[str(value) for value in row] for row in listed.itertuples(index=False)]
    return section(
        t("report.proof"),
        tag("p", t("report.proof_lead"), class_="quiet"),
        facts(rows, class_="facts hash"),
        tag("h3", t("report.entries")),
        table(columns, cells, class_="entries"),
    )


def verify_section(summary: DecisionSummary, head: Head, line: int, methods: str | None, t: Texts) -> Html:
    """List the commands that check the report, with what each has to print. ``line``, ``methods`` (separated by
    commas; None: the usual ones): those of the explanation."""
    id, seq = summary.decision.id, summary.seq
    file = shlex.quote(summary.decision.input_name)
    options = f" --methods {methods}" if methods else ""
    commands = (
        ("file", f"sha256sum -- {file}"),
        ("verify", "python -m audit verify"),
        ("log", f"python -m audit log --json | sed -n '{seq}p;{head.size}p'"),
        ("show", f"python -m audit show {id} --json"),
        ("gate", f"python -m audit gate {id}"),
        ("replay", f"python -m audit replay {id}"),
        ("explain", f"python -m sparsemix explain --line {line}{options} --json -- {file}"),
    )
    steps = [tag("li", t(f"report.do_{name}"), tag("pre", tag("code", command))) for name, command in commands]
    return section(t("report.verify"), tag("p", t("report.verify_lead"), class_="quiet"), tag("ol", *steps))


def limits_section(t: Texts) -> Html:
    """List what the report does not say."""
    return section(t("report.limits"), tag("ul", *(tag("li", t(f"report.limit_{name}")) for name in _LIMITS)))
