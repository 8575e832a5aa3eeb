"""A decision in words and numbers: what was decided, how sure, on which events, carried by which pairs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from audit import UNNAMED, DecisionRecord, DecisionSummary, Gate, PairReview, QueueState, ReviewKind
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.service.decide.review_record import SuspectEvent
from dashboard.texts import Texts
from dashboard.views.pairs import top_pairs
from dashboard.views.wording import novelty, worded

MAX_EVENTS = 8
_TEXT = 400
_CANDIDATES = 24  # an event may select itself or one other in several heads: look further than what is shown


def headline(decision: DecisionRecord, t: Texts) -> str:
    """The verdict in one sentence; of an unfamiliar input it says first that the verdict does not count."""
    sentence = _sentence(decision, worded(decision, t))
    if known_share(decision) < familiarity_floor(decision):
        return t("verdict.unfamiliar_headline") + sentence
    return sentence


def _sentence(decision: DecisionRecord, t: Texts) -> str:
    flagged = flagged_count(decision)
    if decision.label == "fault":
        sentence = t("verdict.fault", flagged=flagged, total=decision.event_count)
        return f"{sentence} {kind}" if (kind := likeliest_fault(decision, t)) else sentence
    return t("verdict.normal_some" if flagged else "verdict.normal", flagged=flagged, total=decision.event_count)


def likeliest_fault(decision: DecisionRecord, t: Texts) -> str | None:
    """Which fault it is most likely, where the weights tell faults apart."""
    match decision.details.get("fault"):
        case [str(name), float(probability)]:
            return t("verdict.likeliest", name=name, x=probability)
    return None


def label(decision: DecisionRecord, t: Texts) -> str:
    """The label as a word."""
    t = worded(decision, t)
    return t.plain(f"label.{decision.label}") if t.has(f"label.{decision.label}") else decision.label


def flagged_count(decision: DecisionRecord) -> int:
    """How many events lie at or above the event threshold."""
    return int(_number(decision, "flagged_count"))


def known_share(decision: DecisionRecord) -> float:
    """Share of the words that the weights know, in [0, 1]."""
    return _number(decision, "known_share")


def familiarity_floor(decision: DecisionRecord) -> float:
    """Share of known words below which the input is unfamiliar."""
    return _number(decision, "familiarity_floor")


def event_threshold(decision: DecisionRecord) -> float:
    """Probability from which an event counts as faulty."""
    return _number(decision, "event_threshold")


def unfamiliar(decision: DecisionRecord) -> bool:
    """Whether the input lies too far from what the weights were trained on."""
    return "unfamiliar_input" in decision.warnings


def hold_reasons(decision: DecisionRecord, t: Texts) -> list[str]:
    """Why the decision was held, in words; empty for a released one."""
    found, t = decision.details.get("hold_reasons"), worded(decision, t)
    codes = [str(code) for code in found] if isinstance(found, list) else []
    return [t.plain(f"route.{code}") if t.has(f"route.{code}") else code for code in codes]


def state_text(summary: DecisionSummary, t: Texts) -> str:
    """Where the decision stands, and by whom."""
    review, needed = summary.latest_review, summary.decision.required_reviews
    if summary.state is QueueState.DISPUTED:
        return t("gate.disputed_why")
    if summary.state is QueueState.OPEN or review is None:
        if summary.gate is Gate.HELD:
            return t("gate.held_why_several", n=needed) if needed > 1 else t("gate.held_why")
        return t("gate.released_why" if summary.state is QueueState.OPEN else "gate.not_queued_why")
    kind = "settled" if review.kind is ReviewKind.ADJUDICATION else "reviewed"
    return t(f"gate.{kind}_{review.verdict.value}", name=person(review.reviewer_name, t), time=moment(review.submitted_at))


def moment(stamp: str) -> str:
    """A recorded time without the T, the milliseconds and the Z."""
    return f"{stamp[:10]} {stamp[11:19]}"


def suspects(decision: DecisionRecord, limit: int = MAX_EVENTS) -> list[SuspectEvent]:
    """The events that count as faulty, most probable first; where there are none, the most probable ones."""
    for name in ("flagged", "highest"):
        found = decision.details.get(name)
        if isinstance(found, list) and found:
            return [SuspectEvent(int(i), int(line), float(probability)) for i, line, probability in found[:limit]]
    return []


def carrying_pairs(loaded: LoadedDecision, events: list[SuspectEvent], per_event: int) -> pd.DataFrame:
    """The strongest pairs of each of these events, each pair once (in its strongest head), in the order of the events.

    Strongest by the weight of all layers and heads together: what several heads agree on comes before what one head looks at.
    Columns as in ``views.pairs``. Pairs of an event with itself are left out: they explain nothing.
    """
    parts = []
    for event in events:
        found = top_pairs(loaded.sequence, loaded.trace, [event.index], _CANDIDATES)
        found = found[found["query"] != found["key"]]
        found = found.assign(together=found.groupby("key")["weight"].transform("sum"))
        found = found.sort_values("together", ascending=False, kind="stable").drop(columns="together")
        found = found.drop_duplicates(["query", "key"])
        parts.append(found.head(per_event))
    return pd.concat(parts, ignore_index=True) if parts else top_pairs(loaded.sequence, loaded.trace, [], 0)


def event_table(loaded: LoadedDecision, t: Texts, limit: int = MAX_EVENTS) -> pd.DataFrame:
    """The suspect events with the pair that carried each."""
    events = suspects(loaded.summary.decision, limit)
    pairs = {pair["query"]: pair for pair in carrying_pairs(loaded, events, per_event=1).to_dict("records")}
    rows = []
    for event in events:
        pair = pairs.get(event.index)
        rows.append(
            (
                event.line,
                100 * event.probability,
                _with_next(loaded, event.index),
                None if pair is None else int(pair["key_line"]),
                "" if pair is None else one_line(loaded.sequence.events[int(pair["key"])].message),
                None if pair is None else 100 * float(pair["weight"]),
            )
        )
    names = ("line", "probability", "event", "cause_line", "cause", "weight")
    table = pd.DataFrame(rows, columns=[t.plain(f"events.{name}") for name in names])
    # Whole numbers that may be missing would turn into 1527.0.
    return table.astype({t.plain("events.cause_line"): "Int64"})


def _with_next(loaded: LoadedDecision, index: int) -> str:
    """The event; where what followed it is what was judged, that too."""
    until = index + 2 if novelty(loaded.summary.decision) else index + 1
    return " → ".join(one_line(event.message) for event in loaded.sequence.events[index:until])


def line_of(pair: Mapping[Hashable, Any], side: str, t: Texts) -> str:
    """The effect ("query") or the cause ("key") of a pair (a row of ``views.pairs``), with its line number."""
    return t.plain("pairs.line", line=int(pair[f"{side}_line"]), text=one_line(str(pair[f"{side}_text"])))


def effect_line(event: SuspectEvent, loaded: LoadedDecision, t: Texts) -> str:
    """A suspect event with its line number."""
    return t.plain("pairs.line", line=event.line, text=one_line(loaded.sequence.events[event.index].text))


def pair_facts(pair: Mapping[Hashable, Any], t: Texts) -> str:
    """A pair's numbers: weight, layer, head (from 1) and how far apart the events are."""
    return t(
        "pairs.facts",
        weight=float(pair["weight"]),
        layer=int(pair["layer"]) + 1,
        head=int(pair["head"]) + 1,
        distance=abs(int(pair["distance"])),
    )


def opinion_text(pair: PairReview, loaded: LoadedDecision, t: Texts) -> str:
    """A reviewer's word on one pair with the lines in the file, and layer and head (from 1) where it names them."""
    word = t.plain(f"pair_verdict.{pair.verdict.value}")
    effect, cause = _line(loaded, pair.query), _line(loaded, pair.key)
    if pair.layer is None or pair.head is None:
        return t.plain("history.pair_no_head", verdict=word, effect=effect, cause=cause)
    return t.plain("history.pair", verdict=word, effect=effect, cause=cause, layer=pair.layer + 1, head=pair.head + 1)


def one_line(text: str) -> str:
    """An event of several lines on one, cut to what a table can show."""
    joined = " ⏎ ".join(text.splitlines())
    return joined if len(joined) <= _TEXT else f"{joined[:_TEXT]}…"


def _line(loaded: LoadedDecision, event: int) -> int | str:
    events = loaded.sequence.events
    # A review need not come from this page; one that names no event of the file must still be readable.
    return events[event].line if event < len(events) else "?"


def _number(decision: DecisionRecord, name: str) -> float:
    value = decision.details.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def person(name: str, t: Texts) -> str:
    """A recorded name; whoever gave none is called so in the reader's language."""
    return t("verdict.unnamed") if name == UNNAMED else name
