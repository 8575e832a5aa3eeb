"""A decision in words and numbers: its verdict, its state, the events it rests on, and the pairs that carried it."""

from __future__ import annotations

import pandas as pd

from audit import UNNAMED, DecisionRecord, DecisionSummary, Gate, PairReview, QueueState, ReviewKind, Seen
from dashboard.service.common.decision_details import details_of
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.service.decide.review_record import SuspectEvent
from dashboard.texts import Texts
from dashboard.views.frames import frame
from dashboard.views.pairs import top_pairs
from dashboard.views.places import by_place
from dashboard.views.wording import by_itself, novelty, worded
from sparsemix.incidents.incident import all_alike

MAX_EVENTS = 8
_ENTRIES = 10  # numbers of entries in a sentence
_TEXT = 400
_STRETCHES = 5  # of lines that were in view
_CANDIDATES = 24  # pairs looked up for each event: more than are shown, because several heads may select the same pair


def headline(decision: DecisionRecord, t: Texts) -> str:
    """Return the verdict in one sentence; for unfamiliar input the sentence begins with what that means for it."""
    t = worded(decision, t)
    if known_share(decision) < familiarity_floor(decision) or details_of(decision).unlike:
        return t("verdict.unfamiliar_headline") + _sentence(decision, t)
    return _sentence(decision, t)


def _sentence(decision: DecisionRecord, t: Texts) -> str:
    flagged = flagged_count(decision)
    if not (flagged or details_of(decision).incidents) and left_out(decision):
        return t("fine.all", total=decision.event_count)
    if by_itself(decision) and "incidents" in decision.details:
        return must_be_seen(decision, t)
    if decision.label == "fault":
        sentence = t("verdict.fault", flagged=flagged, total=decision.event_count)
        return f"{sentence} {kind}" if (kind := likeliest_fault(decision, t)) else sentence
    return t("verdict.normal_some" if flagged else "verdict.normal", flagged=flagged, total=decision.event_count)


def is_all_alike(loaded: LoadedDecision) -> bool:
    """Return whether nothing stands out because all lines say the same."""
    return not details_of(loaded.summary.decision).incidents and all_alike(loaded.sequence.events)


def incidents_to_see(decision: DecisionRecord) -> int:
    """Return how many incidents must be seen."""
    return sum(isinstance(one, dict) and one.get("must") is True for one in details_of(decision).incidents)


def must_be_seen(decision: DecisionRecord, t: Texts) -> str:
    """Say how many incidents must be seen."""
    count = incidents_to_see(decision)
    return t.plain("incidents.must_many" if count else "incidents.must_none", n=count)


def flagged_title(decision: DecisionRecord, t: Texts) -> str:
    """Say which events ``event_table`` shows."""
    if not (total := flagged_count(decision)):
        return t("events.title_none")
    return t("events.title", what=t("verdict.flagged"), n=min(total, MAX_EVENTS), total=total)


def likeliest_fault(decision: DecisionRecord, t: Texts) -> str | None:
    """Name the most likely fault, where the weights distinguish faults."""
    match details_of(decision).fault:
        case [str(name), float(probability)]:
            return t("verdict.likeliest", name=name, x=probability)
    return None


def label(decision: DecisionRecord, t: Texts) -> str:
    """Return the label as a word; of a log that was judged by itself, whether something in it must be seen."""
    if by_itself(decision) and "incidents" in decision.details:
        return must_be_seen(decision, t)
    return label_word(decision.label, decision, t)


def label_word(label: str, decision: DecisionRecord, t: Texts) -> str:
    """Return a label in words that fit the decision."""
    t = worded(decision, t)
    return t.plain(f"label.{label}") if t.has(f"label.{label}") else label


def flagged_count(decision: DecisionRecord) -> int:
    """Return how many events lie at or above the event threshold."""
    return details_of(decision).flagged_count


def left_out(decision: DecisionRecord) -> int:
    """Return how many flagged events are not named, because people named lines of their kinds fine."""
    return int(details_of(decision).fine.get("left_out", 0))


def fine_lines(decision: DecisionRecord, t: Texts) -> str | None:
    """Say how many lines are not named because their kinds are fine, and which entries of the record say so; None for none."""
    count = left_out(decision)
    if not count:
        return None
    seqs = details_of(decision).fine["entries"]
    entries = t.plain("unit.join").join(str(seq) for seq in seqs[:_ENTRIES])
    more = "…" if len(seqs) > _ENTRIES else ""
    return t("fine.left_out", n=count, entries=entries + more)


def known_share(decision: DecisionRecord) -> float:
    """Return the share of the words that the weights know, in [0, 1]."""
    return details_of(decision).known_share


def familiarity_floor(decision: DecisionRecord) -> float:
    """Return the share of known words below which the input is unfamiliar."""
    return details_of(decision).familiarity_floor


def event_threshold(decision: DecisionRecord) -> float:
    """Return the probability from which an event counts as faulty."""
    return details_of(decision).event_threshold


def unfamiliar(decision: DecisionRecord) -> bool:
    """Return whether the input differs too much from the training data of the weights."""
    return "unfamiliar_input" in decision.warnings


def why_unfamiliar(decision: DecisionRecord, t: Texts) -> str:
    """Say why the input is unfamiliar, and what that means for the verdict."""
    if unlike := details_of(decision).unlike:
        return t("verdict.unlike", found=unlike[0], least=unlike[1], most=unlike[2])
    return worded(decision, t)("verdict.unfamiliar", known=known_share(decision), floor=familiarity_floor(decision))


def hold_reasons(decision: DecisionRecord, t: Texts) -> list[str]:
    """Return the reasons why the decision was held, in words; empty for a released decision."""
    t = worded(decision, t)
    return [t.plain(f"route.{code}") if t.has(f"route.{code}") else code for code in details_of(decision).hold_reasons]


def gate_key(summary: DecisionSummary) -> str:
    """Return the key of the text that names the decision's gate, or that an entry about it was refused."""
    return f"gate.{summary.gate.value}" if summary.refused is None else "gate.refused"


def state_text(summary: DecisionSummary, t: Texts) -> str:
    """Describe the state of the decision and who brought it there."""
    review, needed = summary.latest_review, summary.decision.required_reviews
    if summary.state is QueueState.DISPUTED:
        return t("gate.disputed_why")
    if summary.state is QueueState.OPEN or review is None:
        if summary.gate is Gate.HELD:
            return t("gate.held_why", n=needed)
        return t("gate.released_why" if summary.state is QueueState.OPEN else "gate.not_queued_why")
    kind = "settled" if review.kind is ReviewKind.ADJUDICATION else "reviewed"
    return t(f"gate.{kind}_{review.verdict.value}", name=person(review.reviewer_name, t), time=moment(review.submitted_at))


def moment(stamp: str) -> str:
    """Return a recorded time without the T, the milliseconds and the Z."""
    return f"{stamp[:10]} {stamp[11:19]}"


def suspects(decision: DecisionRecord, limit: int = MAX_EVENTS) -> list[SuspectEvent]:
    """Return the events that count as faulty, most probable first; where there are none, the most probable events. Of a log
    that was judged by itself, the first event of every place comes before others (`places`)."""
    events = details_of(decision).flagged or details_of(decision).highest
    found = {int(i): SuspectEvent(int(i), int(line), float(probability)) for i, line, probability in events}
    order = by_place(list(found)) if by_itself(decision) else list(found)
    return [found[index] for index in order[:limit]]


def carrying_pairs(loaded: LoadedDecision, events: list[SuspectEvent], per_event: int) -> pd.DataFrame:
    """Return the strongest pairs of each of these events, each pair once (in its strongest head), in the order of the events.

    Pairs are ranked by the weight of all layers and heads together: a pair that several heads select comes before a pair of one
    head. Columns as in ``views.pairs``. Pairs of an event with itself are left out: they explain nothing.
    """
    parts = []
    for event in events:
        pairs = top_pairs(loaded.sequence, loaded.trace, [event.index], _CANDIDATES)
        pairs = pairs[pairs["query"] != pairs["key"]]
        pairs = pairs.assign(together=pairs.groupby("key")["weight"].transform("sum"))
        pairs = pairs.sort_values("together", ascending=False, kind="stable").drop(columns="together")
        pairs = pairs.drop_duplicates(["query", "key"])
        parts.append(pairs.head(per_event))
    return pd.concat(parts, ignore_index=True) if parts else top_pairs(loaded.sequence, loaded.trace, [], 0)


def event_table(loaded: LoadedDecision, t: Texts, limit: int = MAX_EVENTS) -> pd.DataFrame:
    """Return the suspect events, each with the pair that carried it."""
    events = suspects(loaded.summary.decision, limit)
    pairs = {pair["query"]: pair for pair in carrying_pairs(loaded, events, per_event=1).to_dict("records")}
    rows = []
    for event in events:
        pair = pairs.get(event.index)
        rows.append(
            (
                event.line,
                100 * event.probability,
                with_next(loaded, event.index),
                None if pair is None else int(pair["key_line"]),
                "" if pair is None else one_line(loaded.sequence.events[int(pair["key"])].message),
                None if pair is None else 100 * float(pair["weight"]),
            )
        )
    table = frame(rows, "events", ("line", "probability", "event", "cause_line", "cause", "weight"), t)
    # With missing values plain whole numbers would turn into 1527.0.
    return table.astype({t.plain("events.cause_line"): "Int64"})


def with_next(loaded: LoadedDecision, index: int) -> str:
    """Return the event's text, with the next event where the weights judge an event by what followed it."""
    until = index + 2 if novelty(loaded.summary.decision) else index + 1
    return " → ".join(one_line(event.message) for event in loaded.sequence.events[index:until])


def opinion_text(pair: PairReview, loaded: LoadedDecision, t: Texts) -> str:
    """Return a reviewer's verdict on one pair with the lines in the file."""
    word = t.plain(f"pair_verdict.{pair.verdict.value}")
    effect, cause = _line(loaded, pair.query), _line(loaded, pair.key)
    return t.plain("history.pair", verdict=word, effect=effect, cause=cause)


def seen_text(seen: Seen, loaded: LoadedDecision, t: Texts) -> str:
    """Return what of a decision's evidence was in a reviewer's view: how much, and the first stretches of lines."""
    stretches = [f"{_line(loaded, first)}–{_line(loaded, last)}" for first, last in seen.ranges]
    return t.plain(
        "history.seen",
        incidents=seen.incidents,
        told=seen.told,
        lines=seen.lines,
        of=loaded.summary.decision.event_count,
        which=", ".join(stretches[:_STRETCHES]) + ", …" * (len(stretches) > _STRETCHES) or "–",
        pairs=len(seen.pairs),
    )


def one_line(text: str) -> str:
    """Put an event of several lines on one line, cut to what a table can show."""
    joined = " ⏎ ".join(text.splitlines())
    return joined if len(joined) <= _TEXT else f"{joined[:_TEXT]}…"


def shortened(text: str, most: int) -> str:
    """Cut a text to ``most`` characters; an ellipsis says that it goes on."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _line(loaded: LoadedDecision, event: int) -> int | str:
    events = loaded.sequence.events
    # A review need not come from this page: one with an event outside the file must still be shown.
    return events[event].line if event < len(events) else "?"


def person(name: str, t: Texts) -> str:
    """Return a recorded name, or "unnamed" in the reader's language for a person who gave none."""
    return t("verdict.unnamed") if name == UNNAMED else name
