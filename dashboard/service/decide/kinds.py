"""Kinds of lines and of pairs: the text of an event, or of both, without what changes from line to line.

So a kind is recognised in another log. Numbers, times and codes become ``#``: "ST03 pressure=4.5 bar" and "ST01 pressure=4.9
bar" are one kind of event.
"""

from __future__ import annotations

import re
from hashlib import sha256

import numpy as np

from sparsemix import Run, TokenSequence

_CHANGING = re.compile(r"[0-9]+(?:[.:,][0-9]+)*")
_EVENTS = 20  # events of a decision whose pairs are looked up
_PAIRS = 2  # strongest pairs of each event: those that a reviewer is shown


def signature(*texts: str) -> str:
    """Return the kind of a line, or of a pair (effect, cause), as 32 hexadecimal digits."""
    kinds = "\n".join(" ".join(_CHANGING.sub("#", text).split()) for text in texts)
    return sha256(kinds.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def signatures_of(sequence: TokenSequence, run: Run) -> set[str]:
    """Return the kinds of pairs that carried a decision: the strongest pairs of its most probable events."""
    probability = run.decision.event_probability
    signatures: set[str] = set()
    for event in np.argsort(-probability, kind="stable")[:_EVENTS]:
        pairs: list[tuple[float, int]] = []
        for _, _, head in run.trace:
            own = head.pairs_of(int(event))
            pairs += zip(head.weight[own].tolist(), head.key_index[own].tolist(), strict=True)
        for _, cause in sorted(pairs, reverse=True)[:_PAIRS]:
            if cause != event:
                signatures.add(signature(sequence.events[int(event)].text, sequence.events[cause].text))
    return signatures
