"""Encoding of events by what their file says about itself: statistics in soft bins, and codes to match events by.

Each statistic of `file_statistics` lies between two of twelve knots, and its two bins share a weight of 1. Each code becomes
24 signs that a hash of the code draws: two events of the same session or kind have the same signs, two others agree in half of
them. So a network that never saw an identifier can match it at any distance. The heads of the first layer match by the codes
themselves (MATCHED): exactly, and without looking at other events. A line and the line that set its state are one such pair.

Axis letters: N events, C columns, K knots.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from sparsemix.encoding.entities import Entities, EntityType, entities_in_order
from sparsemix.encoding.file_statistics.statistics import CODES, NAMES, FileStatistics, file_statistics
from sparsemix.encoding.file_statistics.surprise import Codes
from sparsemix.encoding.hashing import HashedEvents, Part, concatenated
from sparsemix.encoding.row_kernels import SIGNS, rows_of_file
from sparsemix.encoding.sequence import Event
from sparsemix.encoding.tokens import Long
from sparsemix.errors import ConfigError

_KNOTS = np.array([0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0])
# Events whose features are in memory in full at once.
_ROWS = 4_096
# Blocks of statistics and codes, the later ones behind the earlier: the states came later, and weights of earlier versions read
# the first block alone.
_BLOCKS = (
    (slice(0, NAMES.index("states.mismatch")), slice(0, CODES.index("state"))),
    (slice(NAMES.index("states.mismatch"), len(NAMES)), slice(CODES.index("state"), len(CODES))),
)
FEATURES = len(NAMES) * len(_KNOTS) + len(CODES) * SIGNS
"""How many buckets these features have."""
EARLIER_FEATURES = _BLOCKS[0][0].stop * len(_KNOTS) + _BLOCKS[0][1].stop * SIGNS
"""How many of them weights of earlier versions have."""
MATCHED = tuple(EntityType((f"same {name}",), nearest=16) for name in CODES)
"""What heads match events by: each of CODES, and the nearest events with the same one."""


def parts_of_file(events: Sequence[Event], features: int, step: Callable[[float], None] | None = None) -> list[Part]:
    """Return what computes the first so many ``features`` of all events of a file, of some of them each; ``step`` as for
    `file_statistics`."""
    return _parts(file_statistics(tuple(events), step), 0, features)


def features_of(
    statistics: FileStatistics, draw: int = 0, features: int = FEATURES, types: Sequence[EntityType] = MATCHED
) -> HashedEvents:
    """Return the first so many ``features`` of events with these statistics, matched by some ``types`` of MATCHED; ``draw``:
    which of all possible signs the codes get."""
    rows = concatenated([part.rows() for part in _parts(statistics, draw, features)])
    return replace(rows, entities=code_entities(statistics.codes, types)) if types else rows


def _parts(statistics: FileStatistics, draw: int, features: int) -> list[Part]:
    parts = (slice(start, start + _ROWS) for start in range(0, len(statistics.columns), _ROWS))
    return [Part(some, partial(_features, statistics, some, draw, features)) for some in parts]


def entities_of_file(events: Sequence[Event], types: Sequence[EntityType]) -> Entities:
    """Return what all events of a file are matched by."""
    return code_entities(file_statistics(tuple(events)).codes, types)


def code_entities(codes: Codes, types: Sequence[EntityType]) -> Entities:
    """Return the codes of events [4, N] as identifiers by which events match. A state is shared by two lines: by the one that
    set it, whose index is the code, and by one that it holds for.

    Raises `ConfigError` for a type that is none of MATCHED."""
    parts, known = [np.zeros((3, 0), np.int64)], 0
    for number, kind in enumerate(types):
        name = kind.name.removeprefix("same ")
        if name not in CODES:
            raise ConfigError(f"events of a file are matched by {', '.join(CODES)}, not by {kind.name}")
        code = codes[CODES.index(name)]
        event = np.flatnonzero(code >= 0)
        word = code[event]
        if name == "state":
            event = event[word != event]
            event, word = np.concatenate([event, code[event]]), np.tile(np.arange(len(event)), 2)
        parts.append(np.stack([event, word + known, np.full(len(event), number)]))
        known += int(word.max(initial=-1)) + 1
    return entities_in_order(np.concatenate(parts, 1), codes.shape[1], types)


def _features(statistics: FileStatistics, some: slice, draw: int, features: int) -> HashedEvents:
    """Return the first so many ``features`` of some events."""
    columns, codes = map(np.ascontiguousarray, (statistics.columns[some], statistics.codes[:, some]))
    blocks = np.array([[one.start, one.stop] for block in _BLOCKS for one in block], np.int64).reshape(-1, 4)
    pointer = np.zeros(len(columns) + 1, np.int64)
    most = len(columns) * (2 * len(NAMES) + len(CODES) * SIGNS)
    bucket, value = np.empty(most, np.int64), np.empty(most, np.float32)
    rows_of_file(
        columns, codes, blocks[: 1 if features == EARLIER_FEATURES else None], _KNOTS, draw * len(CODES), pointer, bucket, value
    )
    return HashedEvents(pointer, bucket[: pointer[-1]], value[: pointer[-1]])


def named_features_of_file(events: Sequence[Event], index: int, features: int = FEATURES) -> tuple[list[str], HashedEvents]:
    """Return the names of one event's features, such as ``order.after_previous`` or ``same session``, and a row of features
    for each name: their sum is the event's row of `parts_of_file`."""
    row = features_of(file_statistics(tuple(events)).of(index), features=features, types=())
    owner = _OWNERS[row.bucket]
    order = np.argsort(owner, kind="stable")
    there, count = np.unique(owner, return_counts=True)
    names = [*NAMES, *(f"same {code}" for code in CODES)]
    pointer = np.append(0, count.cumsum()).astype(np.int64)
    return [names[place] for place in there.tolist()], HashedEvents(pointer, row.bucket[order], row.value[order])


def _owners() -> Long:
    """Return the name that every bucket belongs to, by its number among statistics and codes."""
    parts = []
    for of_columns, of_codes in _BLOCKS:
        parts.append(np.repeat(np.arange(of_columns.start, of_columns.stop), len(_KNOTS)))
        parts.append(np.repeat(len(NAMES) + np.arange(of_codes.start, of_codes.stop), SIGNS))
    return np.concatenate(parts).astype(np.int64)


_OWNERS = _owners()
