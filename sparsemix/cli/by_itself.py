"""What a file that was judged by itself gets to hear in the shell: its lines that stand out, and what to read them with.

6 of 1,500 lines stand out from the rest of the file, no more than in many made-up systems without a fault
The weights know 0% of its words, so it was judged by itself: ...
  line 301 (how unusual, 0 to 1: 0.93): 10.0.0.12 - deploy "POST /internal/deploy" 202 93
    read with line 147: 198.51.100.59 - - "GET /products/120" 200 22812
"""

from __future__ import annotations

from collections.abc import Sequence

from sparsemix.encoding.sequence import Event, TokenSequence, template
from sparsemix.model.fallback import JudgedFile
from sparsemix.model.places import by_place, places

_GROUPS = 5
_CHARACTERS = 160
_UNUSUAL = {
    True: "more than in 19 of 20 made-up systems without a fault",
    False: "no more than in many made-up systems without a fault",
}
_WHY = (
    "The weights know {known:.0%} of its words, so it was judged by itself: by what is rare, severe, out of order, repeated or "
    "off its usual numbers. Where nothing is wrong, some lines stand out all the same."
)
_ADVICE = "Some 20 files in which nothing is wrong say more: python -m sparsemix train --data FOLDER --out mine.safetensors"


def in_words(sequence: TokenSequence, judged: JudgedFile) -> str:
    """Return the verdict in words. Lines of one kind are named once, by the first of them in the order of `by_place`, with how
    many more there are; rows of a table, which are all of one kind, once a place."""
    decision, trace = judged.run.decision, judged.run.trace
    flagged = decision.flagged.tolist()
    count = f"{len(flagged):,} of {len(sequence):,} lines stand out from the rest of the file"
    lines = [f"{count}, {_UNUSUAL[decision.label == 'fault']}", _WHY.format(known=judged.known_share)]
    table = sequence.source_format == "csv"
    groups = places(flagged) if table else _kinds(sequence, by_place(flagged))
    for first, *more in groups[:_GROUPS]:
        others = f"; {len(more):,} more {'close to it' if table else 'of this kind'}" if more else ""
        lines.append(f"  {_line(sequence, first)} (how unusual, 0 to 1: {decision.event_probability[first]:.2f}{others})")
        lines += [f"    read with {_line(sequence, key)}" for key in trace.strongest_keys(first, 1)]
    if len(groups) > _GROUPS:
        left, what = len(groups) - _GROUPS, "place" if table else "kind"
        lines.append(f"  and {left:,} more {what}{'s' if left > 1 else ''}{'' if table else ' of lines'}, see --json or --out")
    return "\n".join([*lines, _ADVICE])


def _kinds(sequence: TokenSequence, events: Sequence[int]) -> list[list[int]]:
    """Return the events by their kind, in the order of the first of each."""
    kinds: dict[str, list[int]] = {}
    for event in events:
        kinds.setdefault(template(sequence.events[event].message), []).append(event)
    return list(kinds.values())


def _line(sequence: TokenSequence, index: int) -> str:
    event = sequence.events[index]
    text = " ".join(_text(event, sequence).split())
    return f"line {event.line}: {text if len(text) <= _CHARACTERS else text[:_CHARACTERS] + '...'}"


def _text(event: Event, sequence: TokenSequence) -> str:
    """Return an event as it stands in the file; a row of a table with the names of its columns."""
    return event.message if sequence.source_format == "csv" else event.text
