"""Rings on the map: around the right pairs, coloured and sized by their key's contribution."""

from __future__ import annotations

import numpy as np

from dashboard.features.selection.views.map_overlay import AWAY, TOWARDS, rings
from dashboard.views.viewport import Viewport
from sparsemix import Attribution
from tests.support.dashboard.traces import head, trace

TRACE = trace(
    head(40, {(30, 2): 0.75, (30, 20): 0.25, (5, 5): 1.0}),
    head(40, {(30, 20): 0.5, (20, 1): 0.5, (39, 38): 0.5}),
)


def made(value: dict[int, float]) -> Attribution:
    events = np.array(sorted({30, 2, 20, 1, *value}))
    values = np.array([value.get(event, 0.0) for event in events.tolist()], np.float32)
    return Attribution("integrated_gradients", 30, events, values, 1.0, 0.0, 0.0, 50)


def test_the_pairs_of_the_target_in_this_head_get_rings() -> None:
    found = rings(TRACE, 0, 0, made({2: 4.0, 20: -1.0}), Viewport.whole(40))
    assert set(zip(found.y.tolist(), found.x.tolist(), strict=True)) == {(30, 2), (30, 20)}
    by_key = dict(zip(found.x.tolist(), zip(found.marker.color, found.marker.size, strict=True), strict=True))
    assert by_key[2][0] == TOWARDS
    assert by_key[20][0] == AWAY
    assert by_key[2][1] > by_key[20][1]
    shapes = dict(zip(found.x.tolist(), found.marker.symbol, strict=True))
    assert shapes[2] != shapes[20]  # colour is never alone


def test_pairs_of_others_and_outside_the_view_get_none() -> None:
    assert rings(TRACE, 0, 1, made({38: 9.0}), Viewport((38, 40), (30, 40))) is None
    found = rings(TRACE, 0, 0, made({2: 4.0}), Viewport((25, 35), (0, 10)))
    assert found.x.tolist() == [2]


def test_values_of_zero_are_no_trouble() -> None:
    found = rings(TRACE, 0, 0, made({}), Viewport.whole(40))
    assert np.isfinite(np.array(found.marker.size, dtype=float)).all()
