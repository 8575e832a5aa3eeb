"""A text as a sequence of words that know where they stand, so that what is found can be marked in the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.errors import InputError
from sparsemix.readers.collect import Collector
from sparsemix.readers.json_lines import parse_object
from sparsemix.readers.limits import Limits
from sparsemix.readers.log_lines import event_sequence

KEYS = frozenset(("id", "events", "text", "label", "spans"))
# Escapes can spell characters that no encoding or database takes.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def read_whole(lines: Sequence[str], name: str, collect: Collector, zone: tzinfo | None) -> bool:
    """Add the events of the one sequence that the lines are; False where they are something else, such as one event a line.

    Label and spans are not read: they are for those who learn. Raises InputError several_sequences, too_many_events.
    """
    first = next(line for line in lines if line.strip())
    found, _ = parse_object(first)
    if found is None or not found.keys() <= KEYS:
        return False
    events, text = found.get("events"), found.get("text")
    count = sum(bool(line.strip()) for line in lines)
    if isinstance(events, list) and events and all(isinstance(event, str) for event in events) and text is None:
        if count > 1:
            raise InputError(
                f"This is a data set of {count:,} sequences, and here one file is one sequence. Choose the shell: python -m "
                "sparsemix predict, or give every sequence a file of its own.",
                code="several_sequences",
                n=count,
            )
        collect.require_room(len(events))
        texts = [_UNSTORABLE.sub("\ufffd", event) for event in events]
        collect.events += event_sequence(texts, name, collect.limits, zone).events
        return True
    # Programs write {"text": ...} for every line of their log: only a single one is a text.
    if isinstance(text, str) and events is None and count == 1:
        words = _UNSTORABLE.sub("\ufffd", text)
        collect.require_room(len(split_words(words)))
        collect.events += word_sequence(words, name, collect.limits)[0].events
        return True
    return False


# Letters and digits with the signs that words hold inside (don't, 3.5, a-b); every other sign that is no space is a word of its
# own. Japanese has no spaces: runs of one script are the closest to words that needs no dictionary.
_WORD = re.compile(
    r"[\u30a0-\u30ff\uff66-\uff9f]+|[\u3040-\u309f]+|[\u3400-\u9fff々]+"
    r"|[^\W\u3040-\u30ff\u3400-\u9fff々\uff66-\uff9f]+(?:['’.,:@*$!#&+/-]+[^\W\u3040-\u30ff\u3400-\u9fff]+)*|[^\w\s]+"
)


def split_words(text: str) -> NDArray[np.int64]:
    """Character offsets [N, 2] of the words, each [start, stop)."""
    return np.array([found.span() for found in _WORD.finditer(text)], np.int64).reshape(-1, 2)


def word_sequence(text: str, name: str, limits: Limits) -> tuple[TokenSequence, NDArray[np.int64]]:
    """The words as events, cut to the limits, and their offsets [N, 2]."""
    offsets = split_words(text)[: limits.max_events]
    events = tuple(_event(text, start, stop, limits.max_line_chars) for start, stop in offsets.tolist())
    return TokenSequence(name, events, "jsonl", "utf-8", (), {}, ()), offsets


def marked_words(offsets: NDArray[np.int64], marked: Iterable[tuple[int, int]]) -> NDArray[np.bool_]:
    """Which words [N] have more than half of their characters within the ``marked`` spans."""
    if not len(offsets):
        return np.zeros(0, np.bool_)
    covered = np.zeros(int(offsets[-1, 1]) + 1, np.int64)
    for start, stop in marked:
        covered[max(start, 0) : max(stop, 0)] = 1
    before = np.concatenate([[0], covered.cumsum()])
    inside = before[offsets[:, 1]] - before[offsets[:, 0]]
    return np.asarray(2 * inside > offsets[:, 1] - offsets[:, 0])


def _event(text: str, start: int, stop: int, cap: int) -> Event:
    word = text[start : min(stop, start + cap)]
    return Event(word, word, None, None, None, text.count("\n", 0, start) + 1)
