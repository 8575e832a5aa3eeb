"""A whole sequence on one JSON line, as data sets hold it: a list of events, or a text that is read word by word.

Words keep their character offsets, so that the dashboard can mark selected words in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.errors import InputError
from sparsemix.readers.collect import Collector
from sparsemix.readers.json_lines import parse_object, storable
from sparsemix.readers.limits import Limits
from sparsemix.readers.log_lines import event_sequence
from sparsemix.readers.options import ReadOptions

KEYS = frozenset(("id", "events", "text", "label", "spans"))
# Letters and digits with the signs that words hold inside (don't, 3.5, a-b); every run of other signs is a word of its own.
# Japanese has no spaces: without a dictionary, runs of one script are the closest to words.
_WORD = re.compile(
    r"[\u30a0-\u30ff\uff66-\uff9f]+|[\u3040-\u309f]+|[\u3400-\u9fff々]+"
    r"|[^\W\u3040-\u30ff\u3400-\u9fff々\uff66-\uff9f]+(?:['’.,:@*$!#&+/-]+[^\W\u3040-\u30ff\u3400-\u9fff]+)*|[^\w\s]+"
)


def read_whole(lines: Sequence[str], name: str, collect: Collector, options: ReadOptions) -> bool:
    """Add the events when the lines are one whole sequence, and return whether they are; other lines may hold one event each.

    Label and spans are not read: only training uses them. Raises `InputError` several_sequences, too_many_events.
    """
    first = next(line for line in lines if line.strip())
    value, _ = parse_object(first)
    if value is None or not value.keys() <= KEYS:
        return False
    events, text = value.get("events"), value.get("text")
    count = sum(bool(line.strip()) for line in lines)
    if isinstance(events, list) and events and all(isinstance(event, str) for event in events) and text is None:
        if count > 1:
            raise InputError(
                f"This is a data set of {count:,} sequences, and here one file is one sequence. Run python -m sparsemix "
                "predict, or give every sequence a file of its own.",
                code="several_sequences",
                n=count,
            )
        collect.require_room(len(events))
        texts = [storable(event) for event in events]
        collect.events += event_sequence(texts, name, collect.limits, options.zone, options.rules).events
        return True
    # Programs write {"text": ...} for every line of their log: only a single line counts as a text.
    if isinstance(text, str) and events is None and count == 1:
        words = storable(text)
        collect.require_room(len(split_words(words)))
        collect.events += word_sequence(words, name, collect.limits)[0].events
        return True
    return False


def split_words(text: str) -> NDArray[np.int64]:
    """Return the character offsets [N, 2] of the words, each [start, stop)."""
    return np.array([match.span() for match in _WORD.finditer(text)], np.int64).reshape(-1, 2)


def word_sequence(text: str, name: str, limits: Limits) -> tuple[TokenSequence, NDArray[np.int64]]:
    """Return the words as events, cut to the limits, and their offsets [N, 2]."""
    offsets = split_words(text)[: limits.max_events]
    events = tuple(_event(text, start, stop, limits.max_line_chars) for start, stop in offsets.tolist())
    return TokenSequence(name, events, "jsonl", "utf-8", (), {}, ()), offsets


def marked_words(offsets: NDArray[np.int64], spans: Iterable[tuple[int, int]]) -> NDArray[np.bool_]:
    """Return which words [N] have more than half of their characters within the ``spans``."""
    if not len(offsets):
        return np.zeros(0, np.bool_)
    covered = np.zeros(int(offsets[-1, 1]) + 1, np.int64)
    for start, stop in spans:
        covered[max(start, 0) : max(stop, 0)] = 1
    before = np.concatenate([[0], covered.cumsum()])
    inside = before[offsets[:, 1]] - before[offsets[:, 0]]
    return np.asarray(2 * inside > offsets[:, 1] - offsets[:, 0])


def _event(text: str, start: int, stop: int, cap: int) -> Event:
    word = text[start : min(stop, start + cap)]
    return Event(word, word, None, None, None, text.count("\n", 0, start) + 1)
