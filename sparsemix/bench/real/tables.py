"""Numbers as a sensor table of the data set contract."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sparsemix.dataset import Item
from sparsemix.encoding.sequence import Event, TokenSequence


def table_item(id: str, table: NDArray[np.float64]) -> Item:
    """A table [N, C] as a sequence: columns ``m0``, ``m1`` ..., as ``dataset.tables`` writes rows."""
    rows = [" ".join(f"m{column}={value!r}" for column, value in enumerate(values)) for values in table.tolist()]
    events = tuple(Event(text, text, None, None, None, number) for number, text in enumerate(rows, 2))
    return Item(id, TokenSequence(id, events, "csv", "utf-8", (), {}, ()))
