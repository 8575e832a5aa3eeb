"""What carried a verdict and what would change it: pairs by their weight, and what was measured without them, in sentences."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audit import DecisionRecord
from dashboard.service.decide.pipeline import LoadedDecision
from dashboard.texts import Texts
from dashboard.views.times import duration
from dashboard.views.verdict import carrying_pairs, event_threshold, flagged_count, suspects
from dashboard.views.wording import worded

MOST = 3
_SHORT = 90  # signs of a line's text in a sentence
_NOTICEABLE = 0.05  # of a probability, or of the largest part: less than this changes nothing that anybody would do


@dataclass(frozen=True, slots=True)
class Carried:
    """A pair as a sentence, and where it is to be found: ``layer-head-query-key``, from 0, as in the address."""

    sentence: str
    pair: str


def carried(loaded: LoadedDecision, t: Texts) -> list[Carried]:
    """The three pairs that carried the verdict: the strongest one of each of the most probable events, then their next ones."""
    events = suspects(loaded.summary.decision, MOST)
    pairs = carrying_pairs(loaded, events, per_event=MOST)
    place = pairs.groupby("query").cumcount()
    # Stable: of the pairs that are equally far down, those of the more probable event come first.
    first = pairs.iloc[place.argsort(kind="stable")].head(MOST)
    return [Carried(_sentence(pair, loaded, t), _address(pair)) for pair in first.to_dict("records")]


def evidence(loaded: LoadedDecision, t: Texts) -> str | None:
    """In a sentence or two what n-grams of lines, or the columns of a table, said by themselves, where the weights ask them,
    and which lines or columns and rows most."""
    match loaded.summary.decision.details.get("evidence"):
        case {"alone": float(alone), "attended": float(attended), "events": list(rows), "columns": list(columns)}:
            sentences = [t("evidence.table_said", alone=alone, attended=attended)]
            if columns:
                did = [t.plain(f"evidence.{term}", column=name, added=float(added)) for name, term, added in _leading(columns)]
                sentences.append(t("evidence.most", lines=t.plain("unit.join").join(did)))
            if rows:
                brought = [t.plain("evidence.row", line=int(line), added=float(added)) for _, line, added in _leading(rows)]
                sentences.append(t("evidence.rows", rows=t.plain("unit.join").join(brought)))
            return " ".join(sentences)
        case {"alone": float(alone), "attended": float(attended), "events": list(events)}:
            said = t("evidence.said", alone=alone, attended=attended)
            lines = [_spoke(int(place), int(line), float(added), loaded, t) for place, line, added in _leading(events)]
            return f"{said} {t('evidence.most', lines=t.plain('unit.join').join(lines))}" if lines else said
    return None


def _leading(said: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
    """The first few, by what they add (the last of each), without those that hardly add anything beside the first."""
    return [one for one in said[:MOST] if abs(float(one[-1])) >= _NOTICEABLE * abs(float(said[0][-1]))]


def evidence_help(loaded: LoadedDecision, t: Texts) -> str:
    """How what ``evidence`` tells was learned."""
    found = loaded.summary.decision.details.get("evidence")
    return t("evidence.table_help" if isinstance(found, dict) and "columns" in found else "evidence.help")


def _spoke(place: int, line: int, added: float, loaded: LoadedDecision, t: Texts) -> str:
    return t.plain("evidence.line", line=line, text=_short(loaded.sequence.events[place].message), added=added)


def conclusion(decision: DecisionRecord, t: Texts) -> str:
    """In one sentence whether anything that was measured would change the verdict."""
    measured, t = _measured(decision), worded(decision, t)
    if decision.label != "fault":
        return _nearest(decision, t)
    if not measured:
        return t("change.no_line" if not flagged_count(decision) else "change.not_measured")
    single = [one for one in measured if one["label"] != decision.label]
    if single:
        one = single[0]
        return t("change.single", query=one["query_line"], key=one["key_line"], score=percent(one["score"]))
    together = decision.details["without_pair"].get("together")  # type: ignore[attr-defined]
    if together is not None and together["label"] != decision.label:
        return t("change.together", n=len(measured), score=percent(together["score"]))
    left = min(int(one["flagged"]) for one in measured)
    return t("change.none" if left else "change.none_score", left=left)


def changes(decision: DecisionRecord, t: Texts) -> list[str]:
    """For each of the most probable flagged lines, what it would be without the pair that matters most to it."""
    return [_change(one, event_threshold(decision), worded(decision, t)) for one in _measured(decision)]


def percent(share: float) -> str:
    """A probability as people read it: never rounded to certainty."""
    if share >= 0.9995:
        return ">99.9%"
    return "<0.1%" if share < 0.0005 else f"{share:.1%}"


def _change(one: Mapping[str, Any], threshold: float, t: Texts) -> str:
    before, after = float(one["probability"]), float(one["without"])
    lines = {"line": int(one["line"]), "query": int(one["query_line"]), "key": int(one["key_line"])}
    shown = {"before": percent(before), "after": percent(after)}
    if shown["before"] == shown["after"]:
        return t("change.line_same", **lines, before=shown["before"])
    if abs(before - after) < _NOTICEABLE:
        return t("change.line_stays", **lines, **shown)
    crossed = "below" if before >= threshold > after else "still"
    return t(f"change.line_{crossed}", **lines, **shown, threshold=threshold)


def _nearest(decision: DecisionRecord, t: Texts) -> str:
    found = suspects(decision, 1)
    if not found:
        return t("change.nothing")
    key = "change.nearest_flagged" if flagged_count(decision) else "change.nearest"
    return t(
        key,
        line=found[0].line,
        probability=percent(found[0].probability),
        threshold=event_threshold(decision),
        score=percent(decision.score),
        from_score=decision.threshold,
    )


def _measured(decision: DecisionRecord) -> list[dict[str, Any]]:
    """What was recorded of the lines that were looked at; decisions made before it was measured have nothing."""
    found = decision.details.get("without_pair")
    return list(found["events"]) if isinstance(found, dict) else []


def _sentence(pair: Mapping[Hashable, Any], loaded: LoadedDecision, t: Texts) -> str:
    query, key = (loaded.sequence.events[int(pair[side])] for side in ("query", "key"))
    lines = abs(query.line - key.line)
    gap = t.plain("carried.lines_one" if lines == 1 else "carried.lines", n=lines)
    if query.time is not None and key.time is not None:
        gap = t.plain("carried.gap", lines=gap, time=duration(query.time - key.time, t))
    return t(
        "carried.later" if pair["key"] > pair["query"] else "carried.earlier",
        query=query.line,
        query_text=_short(query.message),
        key=key.line,
        key_text=_short(key.message),
        gap=gap,
        weight=float(pair["weight"]),
    )


def _address(pair: Mapping[Hashable, Any]) -> str:
    return "-".join(str(int(pair[name])) for name in ("layer", "head", "query", "key"))


def _short(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= _SHORT else f"{joined[: _SHORT - 1]}…"
