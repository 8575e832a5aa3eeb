"""The lines of a log by what joins them: orders, blocks, sessions; and by their kinds. Told by the file and the weights in use.

Axis letters: N events, G groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sparsemix.config import SparseMixConfig
from sparsemix.encoding.entities import Entities, EntityType, entities_from, meant, typed_identifiers
from sparsemix.encoding.entity_types import find_types
from sparsemix.encoding.entity_words import masked, words_of
from sparsemix.encoding.file_statistics.statistics import CODES, SameEvents, file_statistics
from sparsemix.encoding.file_statistics.surprise import Codes, codes_of
from sparsemix.encoding.of_file import MATCHED, code_entities
from sparsemix.encoding.sequence import Event, TokenSequence, template

# Lines of a kind or group that are compared, and lines of the file that words are counted in: names cost the same in any file.
_COMPARED, _COUNTED = 100, 2_000
_SESSIONS = tuple(kind for kind in MATCHED if kind.name in ("same session", "same session 2"))


@dataclass(frozen=True, slots=True)
class LineGroups:
    """N lines by group. ``entities``: the groups of each line, as identifiers; ``first`` [G + 1]: where every group begins
    among these, and where the last one ends; ``names`` of the groups, none for sessions that the statistics tell; ``kind``
    [N] of each line, and its number ``line`` [N] in the file; its ``message`` [N]."""

    entities: Entities
    first: NDArray[np.int64]
    names: tuple[str, ...]
    kind: Codes
    line: NDArray[np.int64]
    message: tuple[str, ...]

    def name(self, code: int) -> str | None:
        """Return the word that names a group: of a session that the statistics tell, the word that its lines share and that the
        fewest lines of the file hold; None where they share none."""
        if self.names:
            return self.names[code]
        events = self.entities.event[slice(*self.first[code : code + 2])].tolist()
        first, *others = (self.message[event] for event in events[:_COMPARED])
        shared = dict.fromkeys(words_of(first))
        for message in others:
            there = set(words_of(message))
            shared = {word: None for word in shared if word in there}
        counted = self.message[:: 1 + len(self.message) // _COUNTED]
        return min(shared, key=lambda word: sum(word in message for message in counted), default=None)

    def template(self, event: int) -> str:
        """Return the template of an event's message, in which words are masked, too, that name its groups or that other lines
        of its kind do not have."""
        codes = self.entities.code[self.entities.order[slice(*self.entities.pointer[event : event + 2])]]
        names = [name for code in codes.tolist() if (name := self.name(code))]
        alike = [set(words_of(self.message[other])) for other in np.flatnonzero(self.kind == self.kind[event])[:_COMPARED]]
        differing = [word for word in words_of(self.message[event]) if any(word not in other for other in alike)]
        return " ".join(_template(self.message[event], [*names, *differing]).split())


def line_groups(sequence: TokenSequence, config: SparseMixConfig) -> tuple[LineGroups, ...]:
    """Return the lines of a log by group: by the types of words that the weights match by, else by the types that the file
    itself shows; where the weights judge a file by itself, by its sessions first. Rows of a table are in no group. Those of the
    last two files are remembered."""
    table = sequence.source_format == "csv"
    return _groups(SameEvents(() if table else sequence.events), config.word_types, config.of_file)


@lru_cache(maxsize=2)
def _groups(same: SameEvents, types: tuple[EntityType, ...], of_file: bool) -> tuple[LineGroups, ...]:
    events = same.events
    messages = tuple(event.message for event in events)
    types = _of_few_lines(types or find_types([messages]))
    found = [typed_identifiers(message, types) for message in messages]
    # In the order of their codes, which is that of their first lines.
    names = tuple(word for word, _ in dict.fromkeys(meant(*one) for words in found for one in words))
    kinds = (_template(message, [word for word, _ in words]) for message, words in zip(messages, found, strict=True))
    by_word = _line_groups(events, messages, entities_from(found, types), names, codes_of(kinds)[0])
    if not (of_file and events):
        return (by_word,)
    codes = file_statistics(events).codes
    return _line_groups(events, messages, code_entities(codes, _SESSIONS), (), codes[CODES.index("kind")]), by_word


def _of_few_lines(types: Sequence[EntityType]) -> tuple[EntityType, ...]:
    """Return the types whose words stand in few lines each: machines and users are in most, and nothing is expected of them."""
    most = max((kind.nearest for kind in types), default=0)
    return tuple(kind for kind in types if kind.nearest == most)


def _template(message: str, words: Sequence[str]) -> str:
    """Return the template of a message; identifiers of letters alone are masked as #."""
    return template(masked(message, [word for word in words if template(word) == word]))


def _line_groups(
    events: Sequence[Event], messages: tuple[str, ...], entities: Entities, names: tuple[str, ...], kind: Codes
) -> LineGroups:
    groups = int(entities.code.max(initial=-1)) + 1
    first = np.searchsorted(entities.code, np.arange(groups + 1)).astype(np.int64)
    lines = np.array([event.line for event in events], np.int64)
    return LineGroups(entities, first, names, kind, lines, messages)
