"""What a decision says in the shell: the verdict, the lines that stand out, and what to read each with.

6 of 1,500 lines stand out from the rest of the file, none more than lines do in many made-up systems without a fault
The weights know 0% of its words, so it was judged by itself: ...
  line 301: 10.0.0.12 - deploy "POST /internal/deploy" 202 93 (how unusual, 0 to 1: 0.93)
    read with line 147: 198.51.100.59 - - "GET /products/120" 200 22812
"""

from __future__ import annotations

from collections.abc import Sequence

from sparsemix.encoding.entities import EntityType, shared_identifiers
from sparsemix.encoding.sequence import Event, TokenSequence, template
from sparsemix.model.fallback import JudgedFile
from sparsemix.model.places import by_place, places

_GROUPS = 5
_CHARACTERS = 160
_UNUSUAL = {
    True: "the first of them more than any line does in 19 of 20 made-up systems without a fault",
    False: "none more than lines do in many made-up systems without a fault",
}
_WHY = (
    "The weights know {known:.0%} of its words, so it was judged by itself: by what is rare, severe, out of order, repeated or "
    "off its usual numbers. Where nothing is wrong, some lines stand out all the same."
)
_ADVICE = (
    "For a better verdict, train on some 20 files in which nothing is wrong: "
    "python -m sparsemix train --data FOLDER --out mine.safetensors"
)


def in_words(sequence: TokenSequence, judged: JudgedFile) -> str:
    """Return the verdict in words. Lines of one kind are named once, with how many more there are; rows of a table, which are
    all of one kind, once a place."""
    decision, by_itself = judged.run.decision, judged.fell_back
    flagged = decision.flagged.tolist()
    if by_itself:
        count = f"{len(flagged):,} of {len(sequence):,} lines stand out from the rest of the file"
        head = [f"{count}, {_UNUSUAL[decision.label == 'fault']}", _WHY.format(known=judged.known_share)]
    else:
        label = judged.model.config.verdict_word(faulty=decision.label == "fault")
        probability = f"probability {decision.sequence_probability:.3f} (threshold {decision.sequence_threshold})"
        head = [f"{label}: {probability}, {len(flagged):,} of {len(sequence):,} events flagged"]
    return "\n".join([*head, *_named(sequence, judged, flagged), *([_ADVICE] if by_itself else [])])


def _named(sequence: TokenSequence, judged: JudgedFile, flagged: list[int]) -> list[str]:
    """Return a line for each of the first flagged kinds or places, and what to read it with."""
    decision, trace, by_itself = judged.run.decision, judged.run.trace, judged.fell_back
    # What is unusual came after the event that is flagged; nothing surprises after the last one.
    later = int(judged.model.config.expects)
    flagged = [event for event in flagged if event + later < len(sequence)]
    of = "how unusual, 0 to 1" if by_itself or later else "probability"
    table = sequence.source_format == "csv"
    order = by_place(flagged) if by_itself else flagged
    lines = []
    groups = places(flagged) if table else _kinds(sequence, order, later)
    for first, *more in groups[:_GROUPS]:
        others = f"; {len(more):,} more {'close to it' if table else 'of this kind'}" if more else ""
        lines.append(f"  {_line(sequence, first + later)} ({of}: {decision.event_probability[first]:.2f}{others})")
        keys = trace.strongest_keys(first, 1)
        lines += [f"    read with {_other(sequence, first + later, key, judged.model.config.word_types)}" for key in keys]
    if len(groups) > _GROUPS:
        left, what = len(groups) - _GROUPS, "place" if table else "kind"
        lines.append(f"  and {left:,} more {what}{'s' if left > 1 else ''}{'' if table else ' of lines'}, see --json or --out")
    return lines


def _kinds(sequence: TokenSequence, events: Sequence[int], later: int) -> list[list[int]]:
    """Return the events by the kind of the event that stands ``later`` events behind each, in the order of the first ones."""
    kinds: dict[str, list[int]] = {}
    for event in events:
        kinds.setdefault(template(sequence.events[event + later].message), []).append(event)
    return list(kinds.values())


def _other(sequence: TokenSequence, index: int, key: int, types: Sequence[EntityType]) -> str:
    """Return the line to read with the line of event ``index``, with how far away it is where both hold one identifier."""
    event, other = sequence.events[index], sequence.events[key]
    if not (words := shared_identifiers(event.message, other.message, types)):
        return _line(sequence, key)
    lines = event.line - other.line
    return f"{_line(sequence, key)} (same {words[0]}, {abs(lines):,} lines {'earlier' if lines > 0 else 'later'})"


def _line(sequence: TokenSequence, index: int) -> str:
    event = sequence.events[index]
    text = " ".join(_text(event, sequence).split())
    return f"line {event.line}: {text if len(text) <= _CHARACTERS else text[:_CHARACTERS] + '...'}"


def _text(event: Event, sequence: TokenSequence) -> str:
    """Return an event as it stands in the file; a row of a table with the names of its columns."""
    return event.message if sequence.source_format == "csv" else event.text
