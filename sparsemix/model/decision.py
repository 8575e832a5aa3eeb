"""Decision: what a model says of one sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # what n-grams say brings scikit-learn along
    from sparsemix.priors.ngram_evidence import Weighed


@dataclass(frozen=True, slots=True)
class Decision:
    """What the model says of one sequence.

    ``event_probability`` float32 [N] of being faulty; ``sequence_probability`` of holding a faulty event, calibrated on logs
    that training did not see; an event, the sequence counts as faulty from its threshold on. Where the task is novelty, both
    are of being less usual than normal data, and ``p_value`` is the share of fresh normal sequences that are as unusual.
    ``known_share`` in [0, 1]: mean share of an event's words that training has seen; below ``familiarity_floor`` the input is
    ``unfamiliar`` and the probabilities mean little. ``fault``: where faults are told apart, the likeliest one with its
    probability, given that there is any. ``weighed``: where n-grams of events or columns have a say, what they and attention
    say.
    """

    label: str
    event_probability: NDArray[np.float32]
    event_threshold: float
    sequence_probability: float
    sequence_threshold: float
    known_share: float
    familiarity_floor: float
    input_sha256: str
    weights_sha256: str
    config_sha256: str
    p_value: float | None = None
    fault: tuple[str, float] | None = None
    weighed: Weighed | None = None

    @property
    def flagged(self) -> NDArray[np.int64]:
        """Indices of the events that count as faulty, most probable first."""
        found = np.flatnonzero(self.event_probability >= self.event_threshold)
        return found[np.argsort(-self.event_probability[found], kind="stable")]

    @property
    def unfamiliar(self) -> bool:
        """Whether the input lies too far from what the weights were trained on."""
        return self.known_share < self.familiarity_floor
