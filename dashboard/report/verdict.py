"""The report's head and its verdict: what was decided, how sure, where it stands, on which lines."""

from __future__ import annotations

from typing import Any

import pandas as pd

from audit import DecisionSummary, QueueState
from dashboard.report.markup import Column, Html, facts, percent, section, table, tag
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.service.decide.risk_policy import RANDOM_CONTROL
from dashboard.texts import Texts
from dashboard.views import parsed, verdict
from dashboard.views.verdict import moment
from dashboard.views.wording import as_unusual, novelty, p_value


def head(summary: DecisionSummary, made_at: str, made_by: str, t: Texts) -> Html:
    """Which decision this is, and which report."""
    decision = summary.decision
    model = t("report.model_words", model=decision.model_id, weights=decision.weights_sha256[:12])
    rows = [
        (t("report.id"), tag("span", decision.id, class_="log")),
        (t("report.decided"), t("report.decided_by", time=moment(decision.ended_at), name=verdict.person(decision.caller, t))),
        (t("report.model"), model),
        (t("report.written"), t("report.written_by", time=moment(made_at), name=verdict.person(made_by, t))),
    ]
    return tag(
        "header",
        tag("p", t("report.title"), class_="kicker"),
        tag("h1", decision.input_name),
        tag("p", t("report.lead"), class_="quiet"),
        facts(rows),
    )


def verdict_section(loaded: LoadedDecision, t: Texts) -> Html:
    """The verdict in words and numbers, where it stands and why it was held, and the lines that the model points at."""
    summary = loaded.summary
    decision = summary.decision
    state = tag("span", t(f"gate.{summary.gate.value}"), class_=f"state {summary.gate.value}")
    unfamiliar = t("report.unfamiliar", known=verdict.known_share(decision), floor=verdict.familiarity_floor(decision))
    total = verdict.flagged_count(decision)
    shown = len(verdict.suspects(decision))
    title = t("report.events", n=shown, total=total) if total else t("report.events_none")
    return section(
        t("report.verdict"),
        tag("p", verdict.headline(decision, t), class_="headline"),
        tag("p", state, verdict.state_text(summary, t)),
        tag("p", unfamiliar, class_="warning") if verdict.unfamiliar(decision) else "",
        _figures(summary, t),
        *(tag("p", remark, class_="note") for remark in _remarks(summary, t)),
        tag("h3", title),
        _events(verdict.event_table(loaded, t)),
    )


def _figures(summary: DecisionSummary, t: Texts) -> Html:
    decision = summary.decision
    pairs = sum(selection.pair_count for selection in decision.selections)
    certified = min((selection.certified_share for selection in decision.selections), default=1.0)
    p = p_value(decision)
    probable = ("verdict.probability", percent(decision.score), t("verdict.threshold", x=decision.threshold))
    if novelty(decision):
        beside = t("unusual.no_p_short") if p is None else t("unusual.p_short", p=p)
        probable = ("unusual.rank", as_unusual(decision, t), beside)
    found = (
        probable,
        (
            "verdict.flagged",
            t("verdict.of_events", n=verdict.flagged_count(decision), total=decision.event_count),
            t("verdict.event_threshold", x=verdict.event_threshold(decision)),
        ),
        (
            "verdict.familiarity",
            t("verdict.known", x=verdict.known_share(decision)),
            t("verdict.floor", x=verdict.familiarity_floor(decision)),
        ),
        ("verdict.pairs", t("verdict.pairs_n", n=pairs), t("verdict.certified", x=certified)),
    )
    return tag(
        "div", *(tag("div", tag("span", t(name)), tag("b", value), tag("span", beside)) for name, value, beside in found),
        class_="figures",
    )  # fmt: skip


def _remarks(summary: DecisionSummary, t: Texts) -> list[str]:
    decision = summary.decision
    reasons = verdict.hold_reasons(decision, t)
    found = []
    if reasons and summary.state is not QueueState.SETTLED:
        found.append(t("verdict.held_because", reason=t("unit.join").join(reasons)))
    if decision.sampling_route == RANDOM_CONTROL:
        found.append(t("verdict.sampled"))
    return found + parsed.notes(tuple(code for code in decision.warnings if code != "unfamiliar_input"), t)


def _events(events: pd.DataFrame) -> Html:
    """The table of ``views.verdict``: line, percent, text, line, text, percent."""
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
