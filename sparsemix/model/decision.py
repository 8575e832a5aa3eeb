"""Decision: the output of a model for one sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sparsemix.judges.usual_selection import Unlike

if TYPE_CHECKING:  # the module of n-grams imports scipy, which is missing at the edge
    from sparsemix.priors.ngram_evidence import LogitParts


@dataclass(frozen=True, slots=True)
class Decision:
    """Output of the model for one sequence.

    ``event_probability`` float32 [N]: of being faulty; ``sequence_probability``: of containing a faulty event, calibrated on
    logs that training did not see. From its threshold on, an event or the sequence counts as faulty. Where the task is novelty,
    both are probabilities of being less usual than normal data, and ``p_value`` is the share of fresh normal sequences that are
    as unusual. ``known_share`` in [0, 1]: mean share of an event's words that training has seen; below ``familiarity_floor``
    the input is ``unfamiliar`` and the probabilities mean little. ``fault``: where faults are told apart, the likeliest fault
    with its probability, given that there is any fault. ``weighed``: where n-grams or columns give evidence, the parts of the
    logit that come from them and from attention. ``unlike``: where heads that match identifiers select far less or far more
    than in training, how much: the input is then ``unfamiliar``, too.
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
    weighed: LogitParts | None = None
    unlike: Unlike | None = None

    @property
    def flagged(self) -> NDArray[np.int64]:
        """Return the indices of the events that count as faulty, most probable first."""
        faulty = np.flatnonzero(self.event_probability >= self.event_threshold)
        return faulty[np.argsort(-self.event_probability[faulty], kind="stable")]

    @property
    def unfamiliar(self) -> bool:
        """Return whether the input is too different from the training data."""
        return self.known_share < self.familiarity_floor or self.unlike is not None

    @property
    def why_unfamiliar(self) -> str:
        """Say in words why the input is too different from the training data."""
        return f"the weights know {self.known_share:.0%} of its words" if self.unlike is None else self.unlike.in_words()


def p_value_of(reference: NDArray[np.float64], pooled: float) -> float | None:
    """Return the share of normal sequences, pooled logits ``reference`` ascending, that are at least as unusual as one of this
    ``pooled`` logit, which counts as one of them. None without a reference."""
    if not len(reference):
        return None
    return (1 + len(reference) - int(np.searchsorted(reference, pooled, "left"))) / (1 + len(reference))
