"""What is known of events besides attention, and how a judge's logits come about with it.

Axis letters: B sequences, N events, M model dimension, K outputs of the head.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from sparsemix.encoding.scales import Scale
from sparsemix.encoding.sequence import Event
from sparsemix.errors import ConfigError
from sparsemix.judges.judge import Judge
from sparsemix.priors.ngram_evidence import LogitParts


class Head(Protocol):
    """What judging asks of a network."""

    @property
    def judge(self) -> Judge:
        """Return the network's judge."""

    @property
    def usual(self) -> Tensor:
        """Return the surprise that is usual, of a network that learned what comes next."""

    def class_logits(self, x: Tensor) -> Tensor:
        """Return the head's outputs [B, N, K] for ``x`` [B, N, M] after the last layer."""

    def pool(self, logits: Tensor, valid: Tensor | None = None) -> Tensor:
        """Pool event logits [..., N] to those of sequences [...]."""


Values = NDArray[np.float64]
Arrays = Mapping[str, NDArray[Any]]
Logs = Sequence[Sequence[Event]]


@dataclass(frozen=True, slots=True)
class Following:
    """Prior knowledge of the events of one sequence [N] or of several [B, N]; of this class: none, so that the network's
    outputs judge alone. ``padding``: the fields whose first axis are the events, and what shorter sequences are filled with."""

    padding: ClassVar[Mapping[str, float]] = {}

    @property
    def followed(self) -> Tensor | None:
        """Return which events are judged by another that followed them, bool [..., N]; None where events are judged by
        themselves."""
        return None

    def event_logits(self, head: Head, x: Tensor) -> Tensor:
        """Return logits [B, N] for ``x`` [B, N, M] after the last layer. Raises `ConfigError` when the network needs prior
        knowledge."""
        if head.judge.later or head.judge.evidence:
            raise ConfigError("these weights judge events by what followed them, or by evidence beside: pass it as following")
        return any_fault(head.class_logits(x))

    def pooled(self, head: Head, logits: Tensor, valid: Tensor | None = None) -> Tensor:
        """Pool event logits [..., N], of which those ``valid`` are real, to the logits of sequences [...]."""
        return head.pool(logits, valid)

    def pooled_classes(self, pooled: Tensor) -> Tensor:
        """Return the pooled logits of every fault [..., K] with what is known beforehand of each."""
        return pooled

    def weighed(self, pooled: float, scales: Sequence[Scale]) -> LogitParts | None:
        """Return the parts of a sequence's logit, which was ``pooled`` with this; None where it has no parts."""
        return None

    def at(self, events: NDArray[Any]) -> Self:
        """Return the prior knowledge of some events of one sequence."""
        place = torch.from_numpy(events)
        return replace(self, **{name: getattr(self, name)[place] for name in self.padding})

    def part(self, share: slice) -> Self:
        """Return the prior knowledge of some of several sequences, which are the first axis of every tensor."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(self, **{name: value[share] for name, value in columns.items() if value is not None})

    def stacked(self, all_parts: Sequence[Following], length: int) -> Self:
        """Return the prior knowledge of several sequences [B, length], of this kind all; shorter ones are padded."""

        def column(name: str) -> Tensor:
            values = [getattr(part, name) for part in all_parts]
            if name in self.padding:
                # Events are the first axis.
                more = [(*(0, 0) * (value.ndim - 1), 0, length - len(value)) for value in values]
                values = [pad(value, size, value=self.padding[name]) for value, size in zip(values, more, strict=True)]
            return torch.stack(values)

        return replace(self, **{one.name: column(one.name) for one in fields(self) if getattr(self, one.name) is not None})


NOTHING = Following()


def any_fault(logits: Tensor) -> Tensor:
    """Return the logit of any fault [...], from that of each against "nothing is wrong" [..., K]."""
    return logits.logsumexp(-1) if logits.shape[-1] > 1 else logits.squeeze(-1)


FOLDS = 4
JUDGED_FOLDS = 10
"""Folds in which what is to be compared with fresh logs is judged: nearly all others are counted then, as all are for these."""


@dataclass(frozen=True, slots=True)
class JudgedLogs:
    """Normal ``logs``, each judged ``by_others`` in so many ``folds``; the network's ``surprise`` at the events of each, and of
    further logs; ``everything`` that is counted in the end; ``whole``: sequences are judged as wholes, not by their highest
    event alone."""

    logs: Logs
    by_others: Sequence[Knowledge]
    surprise: Sequence[Values]
    folds: int
    everything: Logs
    whole: bool


class Knowledge:
    """What was learned beside the network; of this class: nothing."""

    __slots__ = ()

    @property
    def kinds(self) -> int:
        """Return how many kinds of events are expected."""
        return 0

    def bare(self, *, looking_back: bool = False) -> Knowledge:
        """Return the same without terms of novelty; ``looking_back``: and without what knows the events after an event, so that
        a network can learn to add to it."""
        return self

    def following(self, events: Sequence[Event]) -> Following:
        """Return the prior knowledge of the events of a sequence."""
        return NOTHING

    def packed(self) -> dict[str, Arrays]:
        """Return arrays for the weights file, by part (``judge.parts_of``) and name."""
        return {}

    def by_others(self, logs: Logs, folds: int, beside: Logs = ()) -> Sequence[Knowledge]:
        """Return by what each of the ``logs`` is judged that is to be judged by others: the same, with nothing counted but the
        logs of other ``folds`` and those ``beside``."""
        return [self] * len(logs)

    def with_terms(self, normal: JudgedLogs) -> tuple[Knowledge, Sequence[Knowledge]]:
        """Return the same with terms of novelty that are fitted on normal logs, and by what each of these is judged by others:
        ``normal.by_others`` with terms."""
        return self, normal.by_others
