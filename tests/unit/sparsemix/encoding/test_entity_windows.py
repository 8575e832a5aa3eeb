"""Identifiers of a part of a sequence are those that the part has alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding.encoder import PLAIN, encode
from tests.support.properties import examples
from tests.support.sparsemix.entity_logs import entities_of
from tests.support.sparsemix.matched_models import MATCHED, matched_sequence

MESSAGES = [event.message for event in matched_sequence(80).events]


@examples(50)
@given(st.integers(0, 80), st.integers(0, 80))
def test_a_window_of_identifiers_is_matched_as_the_events_alone(one: int, other: int) -> None:
    start, stop = sorted((one, other))
    part, alone = (
        entities_of(MESSAGES, MATCHED.judge.entities).window(start, stop),
        entities_of(MESSAGES[start:stop], MATCHED.judge.entities),
    )
    ours, theirs = part.all_matches, alone.all_matches
    assert len(part) == len(alone) == stop - start
    assert all(np.array_equal(getattr(ours, name), getattr(theirs, name)) for name in ("pointer", "key", "offset", "shared"))
    for event in range(stop - start):
        types = [sorted(of.type[of.order[of.pointer[event] : of.pointer[event + 1]]].tolist()) for of in (part, alone)]
        assert types[0] == types[1]


def test_rows_by_themselves_hold_their_identifiers_where_there_are_any() -> None:
    events = matched_sequence(80).events
    part = encode(events, 256, MATCHED.judge.reading).by_itself(10, 30)
    assert part.entities is not None and len(part) == len(part.entities) == 20
    assert encode(events, 256, PLAIN).by_itself(10, 30).entities is None
