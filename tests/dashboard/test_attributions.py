"""What was computed is kept, the last ones asked for."""

from __future__ import annotations

import numpy as np

from dashboard.attributions import Attributions
from sparsemix import Attribution


def made(target: int) -> Attribution:
    return Attribution("integrated_gradients", target, np.array([target]), np.zeros(1, np.float32), 0.0, 0.0, 0.0, 50)


def test_the_one_not_asked_for_longest_makes_room() -> None:
    kept = Attributions(most=2)
    for event in (1, 2):
        kept.put(("d", "w", event), made(event))
    assert kept.get(("d", "w", 1))
    kept.put(("d", "w", 3), made(3))
    assert kept.get(("d", "w", 2)) is None
    assert [found.target for event in (1, 3) if (found := kept.get(("d", "w", event)))] == [1, 3]


def test_other_weights_have_results_of_their_own() -> None:
    kept = Attributions()
    kept.put(("d", "w", 1), made(1))
    assert kept.get(("d", "other", 1)) is None
