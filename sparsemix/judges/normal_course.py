"""The judge that learned the normal course: an event's logit is the surprise at what followed it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

from sparsemix.encoding.encoder import EventReading
from sparsemix.encoding.scales import Scale
from sparsemix.errors import ConfigError, WeightsError
from sparsemix.judges.judge import Judge
from sparsemix.priors import expectation, log_terms, table_terms

Known = TypeVar("Known")
LEAST = 1e-12
"""Least probability, and mean square, of which a logarithm is taken as surprise."""
STEEP = 4.0
"""Logits of surprise for every factor of e in a row's mean square."""
NOW = 0.1
"""A single row is noisy: this share of the mean square is its own, the rest comes from the last rows."""
# Attention expects the events that a sequence itself repeats. Where the typical event counts, a different program must not pass
# as normal because it repeats itself: only this part of attention's learned influence is left.
_ATTENDED = 0.1


@dataclass(frozen=True, slots=True)
class NormalCourse(Judge):
    """``context`` and ``scales``: see ``encoder.EventReading``; ``kinds`` of events, one of which the network expects next, or
    ``forecast``: it expects the columns of the next row; ``terms``: whether the surprise is one of the terms of novelty
    (``priors.log_terms``, ``priors.table_terms``); others as in `Judge`."""

    name = task = "novelty"
    chosen_by = (("task", task),)
    later = 1
    words = ("usual", "unusual")

    context: int = 1
    scales: tuple[Scale, ...] = ()
    pooling: str = "max"
    kinds: int = 0
    forecast: bool = False
    attended: float = 1.0
    terms: bool = False
    false_alarms: float = 0.0

    def __post_init__(self) -> None:
        Judge.__post_init__(self)
        if self.kinds < 0 or bool(self.kinds) == self.forecast or (self.forecast and not self.scales):
            raise ConfigError("a network expects either kinds of events, or columns that have scales")
        if not 0.0 < self.attended <= 1.0:
            raise ConfigError("attended must lie in (0, 1]")
        if self.terms and self.pooling != "max":
            raise ConfigError("with terms of novelty, a sequence is judged by its highest event")
        if not 0.0 <= self.false_alarms <= 1.0:
            raise ConfigError("false_alarms must lie in [0, 1]")

    @property
    def outputs(self) -> int:
        """Return the outputs of the head. To expect events: a logit for every kind, one for all other kinds, and one for the
        share of attention beside the counts. To expect rows: a correction of every column's own forecast."""
        return self.kinds + 2 if self.kinds else len(self.scales)

    def learned(self, false_alarms: float) -> Self:
        """Return the judge after training."""
        attended = _ATTENDED if self.kinds and self.pooling == "median" else 1.0
        return replace(self, attended=attended, false_alarms=false_alarms)

    @property
    def reading(self) -> EventReading:
        """Return how events are read. A forecast is judged by its deviation, not by how columns varied, and counts of the last
        events already cover their order."""
        return EventReading(self.context, self.scales)


def read_known(
    judge: Judge, parts: dict[str, dict[str, Any]], of_kinds: Callable[..., Known], of_rows: Callable[..., Known]
) -> Known:
    """Read what is expected, counts of kinds or scales of rows, with the terms of novelty or None. Raises `WeightsError` when
    they are damaged, or other kinds were counted than the network expects."""
    terms = parts.get("novelty")
    if not judge.kinds:
        return of_rows(judge.scales, None if terms is None else table_terms.unpack(terms, len(judge.scales)))
    known = expectation.unpack(parts["expectation"])
    if len(known.known) != judge.kinds:
        raise WeightsError("the kinds that were counted are not those that the network expects")
    return of_kinds(known, None if terms is None else log_terms.unpack(terms, judge.kinds))
