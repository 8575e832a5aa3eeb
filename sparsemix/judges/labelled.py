"""The judge that learned from labels: an event's logit is the logit of a fault."""

from __future__ import annotations

from dataclasses import dataclass

from sparsemix.encoding.encoder import EventReading
from sparsemix.encoding.entities import EntityType
from sparsemix.encoding.file_identifiers import Surroundings
from sparsemix.encoding.scales import Scale
from sparsemix.errors import ConfigError
from sparsemix.judges.judge import Judge
from sparsemix.judges.usual_selection import UsualSelection


@dataclass(frozen=True, slots=True)
class Labelled(Judge):
    """``context`` and ``scales``, or ``entities`` and what stands ``around`` them: see ``encoder.EventReading``; ``classes``:
    the names of the faults to tell apart (empty: one kind of fault); ``evidence``: whether logits start from the evidence of
    n-grams, or of a table's columns; others as in `Judge`."""

    context: int = 1
    scales: tuple[Scale, ...] = ()
    pooling: str = "max"
    classes: tuple[str, ...] = ()
    located: bool = True
    evidence: bool = False
    entities: tuple[EntityType, ...] = ()
    around: Surroundings = ()
    selected: tuple[UsualSelection, ...] = ()

    def __post_init__(self) -> None:
        Judge.__post_init__(self)
        named = isinstance(self.classes, tuple) and all(isinstance(name, str) for name in self.classes)
        if not named or len(self.classes) == 1 or len(set(self.classes)) < len(self.classes):
            raise ConfigError("classes need at least two different names")
        if self.evidence and self.pooling != "soft":
            raise ConfigError("evidence needs labels of whole sequences and soft pooling")

    @property
    def outputs(self) -> int:
        """Return the outputs of the head: to tell faults apart, a logit for every fault against "nothing is wrong"."""
        return max(1, len(self.classes))

    @property
    def reading(self) -> EventReading:
        """Return how events are read: columns also by how they varied of late, events together also by their order."""
        return EventReading(
            self.context,
            self.scales,
            of_late=bool(self.scales),
            in_order=self.context > 1,
            entities=self.entities,
            around=self.around,
        )
