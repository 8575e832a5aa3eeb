"""A JSON line that is a whole sequence, as data sets hold them: a list of events, or a text that is read word by word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo

from sparsemix.errors import InputError
from sparsemix.readers.collect import Collector
from sparsemix.readers.json_lines import parse_object
from sparsemix.readers.log_lines import event_sequence
from sparsemix.readers.words import split_words, word_sequence

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
