"""Flagged events that lie close together are one incident."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.incidents.finding import together
from sparsemix.incidents.terms import REACH


@given(st.data())
def test_every_flagged_event_belongs_to_one_incident_of_its_source(data: st.DataObject) -> None:
    flagged = np.array(sorted(data.draw(st.sets(st.integers(0, 400), max_size=40))), np.int64)
    score = np.array(data.draw(st.lists(st.floats(0, 1, width=16), min_size=len(flagged), max_size=len(flagged))), np.float64)
    starts = tuple(sorted(data.draw(st.sets(st.integers(1, 400), max_size=3))))
    groups = list(together(flagged, score, starts))
    assert sorted(event for _, own in groups for event in own.tolist()) == flagged.tolist()
    of = dict(zip(flagged.tolist(), score.tolist(), strict=True))
    assert [of[event] for event, _ in groups] == sorted((of[event] for event, _ in groups), reverse=True)
    for event, own in groups:
        assert of[event] == max(of[one] for one in own.tolist()) and np.abs(own - event).max() <= REACH
        assert len({int(np.searchsorted(starts, one, "right")) for one in own.tolist()}) == 1
