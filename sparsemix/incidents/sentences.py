"""Incidents in words and as the content of ``decision.json``.

line 848: because nothing was written for 24.8 s before it (3.0), its kind comes 4 times in 2,000 lines (2.6) and 10 of the 10
lines after it are severe (0.5)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sparsemix.encoding.sequence import Event
from sparsemix.incidents.finding import LinePlace
from sparsemix.incidents.incident import Fact, Incident, Reason
from sparsemix.terminal import duration

_WORDS = {
    "flood": "{lines:,} severe lines close together name {word}",
    "numbers": "a number in it lies far from the others at its place",
    "order": "lines like it do not usually come where it stands",
    "sessions": "it is out of order in its session",
    "entities": "names stand together in it that do not belong together",
    "repetition": "lines like it repeat here as nowhere else",
    "states": "it does not agree with what an earlier line set",
    "table": "its values are off their usual course",
    "weights": "the weights give it a probability of {probability}",
    "unexpected": "the weights expected something else there (how unusual, 0 to 1: {probability})",
    "time": "nothing was written for {length} before it",
    "clock": "the clock runs back by {length}",
}
_HOW = {
    "trouble": ": trouble with {word} began there",
    "opened": ": {word} began there",
    "changed": ": a change ({word}), since which severe lines are more frequent",
    "announced": ': it says "{word}", as else only this incident does',
    "prepared": ': it comes a few lines before and shares the rare word "{word}"',
    "pair": "",
}


def sentence_of(incident: Incident, events: Sequence[Event]) -> str:
    """Return why an incident is shown, in one sentence with the effect of every reason, and what led to it."""
    text = f"Line {events[incident.lead[0]].line:,} is shown because {_reasons(incident.reasons)}"
    for cause in incident.causes:
        text += f"; line {events[cause.event].line:,} led to it{_HOW[cause.rule].format(word=cause.word)}"
    return f"{text}."


def place_in_words(found: LinePlace, of: int) -> str:
    """Return where a line stands among ``of`` lines and why."""
    place = f"place {found.place:,} of {of:,} lines, by what speaks for looking at it first (score {found.score:.1f})"
    return f"{place}: {_reasons(found.reasons)}"


def content(incident: Incident, events: Sequence[Event]) -> dict[str, object]:
    """Return an incident as it stands in ``decision.json``: lines count from 1."""
    return {
        "lead": [events[event].line for event in incident.lead],
        "lines": [events[event].line for event in incident.events],
        "must_be_seen": incident.must,
        "score": incident.score,
        "reasons": [reason_content(one) for one in incident.reasons],
        "causes": [
            {"line": events[one.event].line, "rule": one.rule, "word": one.word, "effect": one.effect}
            for one in incident.causes
        ],
        "sentence": sentence_of(incident, events),
    }


def _reasons(reasons: Sequence[Reason]) -> str:
    told = [f"{_reason(reason)} ({reason.effect:.1f})" for reason in reasons]
    return _joined(told) if told else "nothing speaks for it more than for other lines"


def reason_content(reason: Reason) -> dict[str, object]:
    """Return a reason as it stands in JSON."""
    return {"term": reason.term, "effect": reason.effect, **reason.facts}


def _reason(reason: Reason) -> str:
    facts = reason.facts
    match reason.term:
        case "severity":
            word = f'it says "{facts["word"]}"' if facts["word"] else "it is severe"
            return f"{word}, with {_count(facts, 'lines')} of {_count(facts, 'of')} lines at least as severe"
        case "rarity":
            return _how_often(int(facts["times"]), int(facts["lines"]), _count(facts, "of"))
        case "consequence":
            verb = "is" if facts["lines"] == 1 else "are"
            return f"{_count(facts, 'lines')} of the {_count(facts, 'of')} lines after it {verb} severe"
        case "weights" | "unexpected" as term:
            probability = float(facts["probability"])
            return _WORDS[term].format(probability=">0.999" if probability > 0.999 else f"{probability:.3f}")
        case term:
            length = duration(abs(float(facts["seconds"]))) if "seconds" in facts else ""
            return _WORDS[term].format(length=length, **facts)


def _how_often(times: int, lines: int, of: str) -> str:
    """Return how often a kind comes, in stretches where its lines stand close together."""
    if times == lines:
        often = "only once" if times == 1 else "twice" if times == 2 else f"{times:,} times"
        return f"its kind comes {often} in {of} lines"
    stretches = "one stretch" if times == 1 else f"{times:,} stretches"
    return f"its kind comes in {stretches}, {lines:,} of {of} lines"


def _count(facts: Mapping[str, Fact], name: str) -> str:
    return f"{int(facts[name]):,}"


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
