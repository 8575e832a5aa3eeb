"""The lines of a log that led to one of its lines, ranked by what the decision would be without them, each with its evidence.

A line's evidence is the pair that joins it to the line that is explained, or to one between the two: the pair is taken out, and
the model decides again (``explain.effects``). So the ranking is by effect, and not by weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sparsemix.encoding.entity_words import shared_words
from sparsemix.encoding.sequence import TokenSequence, template
from sparsemix.errors import ExplanationError
from sparsemix.explain.effects import PairEffect, pair_effects
from sparsemix.explain.explanation import default_target, event_of_line
from sparsemix.explain.rerun import Rerun
from sparsemix.model.decision import Decision
from sparsemix.model.model import Progress
from sparsemix.readers.timestamps import parse_time

_ALARMS = 3


@dataclass(frozen=True, slots=True)
class LineCause:
    """A line that led to another one: its ``event`` and ``line``; ``lines`` and ``seconds`` from it to the line that is
    explained, negative where it comes later, ``seconds`` None without times; ``shared``: identifiers that both hold; the
    ``effect`` of the pair in logits and of the ``probability`` without it; ``weight`` of the pair, summed over the heads;
    ``by_way_of``: the line that read it, where that is not the explained one; ``certified``: its search missed no pair."""

    event: int
    line: int
    text: str
    lines: int
    seconds: float | None
    shared: tuple[str, ...]
    effect: float
    probability: float
    weight: float
    by_way_of: int | None
    certified: bool


def line_causes(rerun: Rerun, target: int, most: int, progress: Progress | None = None) -> list[LineCause]:
    """Rank the lines that led to event ``target``, of the ``most`` pairs that carry most, the largest effect first."""
    found: dict[int, PairEffect] = {}
    for one in pair_effects(rerun, target, most, progress):
        if one.edge.key != target:
            # Largest first: a line's first pair is its largest.
            found.setdefault(one.edge.key, one)
    return [_cause(rerun, target, one) for one in found.values()]


def _cause(rerun: Rerun, target: int, one: PairEffect) -> LineCause:
    events, edge = rerun.sequence.events, one.edge
    explained, cause, reader = events[target], events[edge.key], events[edge.query]
    seconds = None if explained.time is None or cause.time is None else explained.time - cause.time
    probability = float(1.0 / (1.0 + np.exp(-rerun.logits[target]))) - one.effect.probability
    certified = all(bool(rerun.trace.heads[pair.layer][pair.head].certified[pair.query]) for pair in edge.pairs)
    return LineCause(
        edge.key,
        cause.line,
        cause.text,
        explained.line - cause.line,
        seconds,
        tuple(shared_words(explained.message, cause.message)),
        one.effect.effect,
        probability,
        edge.weight,
        None if edge.query == target else reader.line,
        certified,
    )


def explained_events(sequence: TokenSequence, decision: Decision, at: str | None) -> list[int]:
    """Return the events to explain: the one at a line's number or a time (``at``), or else the first flagged events of each
    kind, the most probable first; without any, the most probable event.

    Raises `ExplanationError` for a line or a time that no event has.
    """
    if at is not None:
        return [event_of_line(sequence, int(at)) if at.isdecimal() else _event_at(sequence, at)]
    flagged = decision.flagged.tolist()
    by_probability = sorted(flagged, key=lambda event: -float(decision.event_probability[event]))
    kinds: dict[str, int] = {}
    for event in by_probability:
        kinds.setdefault(template(sequence.events[event].message), event)
    return list(kinds.values())[:_ALARMS] or [default_target(decision)]


def _event_at(sequence: TokenSequence, at: str) -> int:
    moment = parse_time(at)
    if moment is None:
        raise ExplanationError(f"{at!r} is neither a line's number nor a time, such as 2026-11-28 05:12:13")
    times: Sequence[float | None] = [event.time for event in sequence.events]
    later = [(time, event) for event, time in enumerate(times) if time is not None and time >= moment]
    if not later:
        raise ExplanationError(f"no event of {sequence.name} is at {at} or later")
    return min(later)[1]
