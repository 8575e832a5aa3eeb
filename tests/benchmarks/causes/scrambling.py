"""Names that tell nothing: each variable and alarm another random word, the same in all runs. What is an alarm stays one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sparsemix.causes.event_table import EventTable
from tests.benchmarks.causes.data import MachineData

_LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))
_LENGTH = 10


def scrambled(data: MachineData, seed: int) -> MachineData:
    """Return the data with other names."""
    tables = (*data.normal, *(fault.run for fault in data.faults))
    nodes = sorted({change.node for table in tables for change in table.changes})
    rng = np.random.default_rng(seed)
    words: dict[str, None] = {}
    while len(words) < len(nodes):
        words["".join(rng.choice(_LETTERS, _LENGTH))] = None
    word = dict(zip(nodes, words, strict=True))
    normal = tuple(_renamed(table, word) for table in data.normal)
    return MachineData(
        normal,
        tuple(
            replace(fault, run=_renamed(fault.run, word), true=frozenset(word[name] for name in fault.true))
            for fault in data.faults
        ),
    )


def _renamed(table: EventTable, word: Mapping[str, str]) -> EventTable:
    changes = tuple(replace(change, node=word[change.node]) for change in table.changes)
    return EventTable(table.name, changes, frozenset(word[alarm] for alarm in table.alarms))
