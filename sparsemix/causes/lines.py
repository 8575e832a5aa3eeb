"""The lines of a log that led to one of its lines, ranked by what the decision would be without them, each with its evidence.

A line's evidence is the pair that joins it to the line that is explained, or to one between the two: the pair is taken out, and
the model decides again (``explain.effects``). So the ranking is by effect, and not by weight.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sparsemix.causes.missing_lines import MissingLine, missing_lines
from sparsemix.encoding.encoder import identified
from sparsemix.encoding.entities import shared_identifiers
from sparsemix.encoding.entity_words import shared_words
from sparsemix.encoding.sequence import TokenSequence, template
from sparsemix.errors import ExplanationError
from sparsemix.explain.effects import PairEffect, sigmoid
from sparsemix.explain.explanation import default_target, event_of_line
from sparsemix.explain.intervention import Pair
from sparsemix.explain.rerun import Rerun
from sparsemix.model.decision import Decision
from sparsemix.readers.options import ReadOptions
from sparsemix.readers.stamps import Order
from sparsemix.readers.timestamps import may_have_orders, order_like, parse_time, parse_yearless

_ALARMS = 3
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
# A smaller effect (logits) changes nothing that a reader would notice.
_LEAST_EFFECT = 0.1
# No file has a line with a longer number; Python refuses to read one of thousands of digits.
_DIGITS = 18


@dataclass(frozen=True, slots=True)
class LineCause:
    """A line that led to another one: its ``event`` and ``line``; ``lines`` and ``seconds`` from it to the line that is
    explained, negative where it comes later, ``lines`` None in another source, ``seconds`` None without times; ``shared``:
    identifiers that both hold; the ``effect`` of the pair in logits and the ``probability`` without it; ``weight`` of the pair,
    summed over the heads, and the ``pairs`` of the heads, the heaviest first; ``by_way_of``: the line that read it, where that
    is not the explained one; ``certified``: its search missed no pair."""

    event: int
    line: int
    text: str
    lines: int | None
    seconds: float | None
    shared: tuple[str, ...]
    effect: float
    probability: float
    weight: float
    pairs: tuple[Pair, ...]
    by_way_of: int | None
    certified: bool


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """The ``line`` that is explained, its ``text`` and ``probability``; the lines that led to it, the largest effect first; and
    the lines that were expected beside it and are ``missing``, the most certain first."""

    line: int
    text: str
    probability: float
    causes: tuple[LineCause, ...]
    missing: tuple[MissingLine, ...]

    @property
    def telling(self) -> tuple[LineCause, ...]:
        """Return the causes without which a reader would notice a change."""
        return tuple(cause for cause in self.causes if abs(cause.effect) >= _LEAST_EFFECT)


def explained_line(rerun: Rerun, target: int, effects: Sequence[PairEffect]) -> ExplainedLine:
    """Return the lines that led to event ``target``, by the ``effects`` of pairs on it, the largest first (``pair_effects``),
    and those that are missing beside it.

    Weights of the normal course judge at an event what follows it: the line after it is explained.
    """
    events = rerun.sequence.events
    index = min(target + rerun.model.judge.later, len(events) - 1)
    explained = events[index]
    found: dict[int, PairEffect] = {}
    for one in effects:
        if one.edge.key != target:
            # Largest first: a line's first pair is its largest.
            found.setdefault(one.edge.key, one)
    probability = sigmoid(float(rerun.logits[target]))
    causes = tuple(_cause(rerun, target, index, probability, one) for one in found.values())
    missing = missing_lines(rerun.sequence, rerun.model.judge, index)
    return ExplainedLine(explained.line, explained.text, probability, causes, missing)


def as_json(sequence: TokenSequence, explained: Sequence[ExplainedLine], *, by_itself: bool) -> dict[str, object]:
    """Return explained lines as JSON types; ``by_itself``: whether the log was judged by itself."""
    return {"file": sequence.name, "by_itself": by_itself, "explained": [asdict(one) for one in explained]}


def _cause(rerun: Rerun, target: int, index: int, probability: float, one: PairEffect) -> LineCause:
    edge, explained = one.edge, rerun.sequence.events[index]
    cause, reader = rerun.sequence.events[edge.key], rerun.sequence.events[edge.query]
    found, messages = identified(rerun.sequence.events, rerun.model.reading), (explained.message, cause.message)
    shared = shared_words(*messages) if found is None else shared_identifiers(found[index], found[edge.key])
    heads = [rerun.trace.heads[pair.layer][pair.head] for pair in edge.pairs]
    return LineCause(
        edge.key,
        cause.line,
        cause.text,
        *rerun.sequence.from_to(edge.key, index),
        tuple(rerun.sequence.unusual(shared)),
        one.effect.effect,
        probability - one.effect.probability,
        edge.weight,
        edge.pairs,
        None if edge.query == target else reader.line,
        all(bool(head.certified[edge.query]) for head in heads),
    )


def alarming_events(sequence: TokenSequence, decision: Decision) -> list[int]:
    """Return the first flagged events of each kind, the most probable first; without any, the most probable event."""
    flagged = decision.flagged.tolist()
    by_probability = sorted(flagged, key=lambda event: -float(decision.event_probability[event]))
    kinds: dict[str, int] = {}
    for event in by_probability:
        kinds.setdefault(template(sequence.events[event].message), event)
    return list(kinds.values())[:_ALARMS] or [default_target(decision)]


def event_at(sequence: TokenSequence, at: str) -> int:
    """Return the event at a line's number, or the first at a time or later, which is written and read as those of the lines:
    without a zone in theirs, and with day and month in their order.

    Raises `ExplanationError` for a line or a time that no event has."""
    if at.isdecimal() and len(at) <= _DIGITS:
        return event_of_line(sequence, int(at))
    zone, span = ReadOptions(time_zone=sequence.time_zone).zone, sequence.time_span
    # The order of day, month and year by which the lines were read; None where their dates have one meaning only.
    dated = sequence.events if may_have_orders(at) else ()
    order: Order | None = next(filter(None, (order_like(event.text, event.time, zone) for event in dated)), None)
    moment = parse_time(at, zone, order=order)
    if moment is None and span is not None:
        moment = parse_yearless(at, span, zone)
    if moment is None:
        raise ExplanationError(f"{at!r} is neither a line's number nor a time with its date, such as 2026-11-28 05:12:13")
    # A plain number is a time only where the lines have such times.
    if span is not None and _NUMBER.fullmatch(at) and not span[0] <= moment <= span[1]:
        raise ExplanationError(f"{at!r} is no line's number, and as a time it is not within those of {sequence.name}")
    times: Sequence[float | None] = [event.time for event in sequence.events]
    later = [(time, event) for event, time in enumerate(times) if time is not None and time >= moment]
    if not later:
        raise ExplanationError(f"no event of {sequence.name} is at {at} or later")
    return min(later)[1]
