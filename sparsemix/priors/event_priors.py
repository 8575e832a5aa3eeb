"""Prior knowledge of every event besides attention: what followed the event, or the evidence of n-grams or columns.

| Model | Prior knowledge |
|---|---|
| expects events of a log | ``NextKind``: the *kind* of the next event, and its probability by counts (``expectation``) |
| expects rows of a sensor table | ``NextRow``: how far each column of the next *row* was off its own forecast, and lately |
| learned from labels of whole sequences | ``Prior``: logits by the n-grams of a log or the columns of a table |

Axis letters: N events, C columns, K faults, T terms of a column.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import logsumexp, softmax
from torch import Tensor
from torch.nn.functional import pad

from sparsemix.encoding.encoder import column_table
from sparsemix.encoding.scales import Scale, measure
from sparsemix.encoding.sequence import Event
from sparsemix.priors.column_evidence import ColumnContributions
from sparsemix.priors.columns import wide_values_of
from sparsemix.priors.expectation import Expectation
from sparsemix.priors.log_terms import LogTerms
from sparsemix.priors.table_terms import TableTerms
from sparsemix.priors.tails import NormalTail


@dataclass(frozen=True, slots=True)
class Unusual:
    """What the terms of novelty say of the events that followed. ``surprise``: the tail of the network's surprise, and its
    ``weight``; ``own`` [..., N]: the other terms together, as -log of a probability; ``above`` [..., N]: added to it; ``whole``
    [...]: the terms of the sequence, and the weight ``highest`` of its highest event beside them."""

    surprise: NormalTail
    weight: float
    own: Tensor
    above: Tensor
    whole: Tensor
    highest: float

    def judged(self, surprise: Tensor) -> Tensor:
        """Return -log of how usual the events are [..., N], with the network's ``surprise`` [..., N] as one of the terms."""
        knot, depth = (torch.from_numpy(column).to(surprise.dtype) for column in (self.surprise.knot, self.surprise.depth))
        after = torch.searchsorted(knot, surprise.detach().contiguous()).clamp(1, max(len(knot) - 1, 1))
        if len(knot) > 1:
            low, high = knot[after - 1], knot[after]
            share = ((surprise - low) / (high - low)).clamp(0.0, 1.0)
            inside = depth[after - 1] + share * (depth[after] - depth[after - 1])
        else:
            inside = torch.zeros_like(surprise) + depth[0]
        reached = inside + torch.log1p((surprise - knot[-1]).clamp_min(0.0) / self.surprise.excess)
        own, above = (part.to(surprise.dtype) for part in (self.own, self.above))
        return torch.logaddexp(reached + math.log(self.weight), own.expand_as(reached)) + above

    def pooled(self, events: Tensor, usual: Tensor) -> Tensor:
        """Return -log of how usual the sequence is [...], from logits of ``events`` [..., N] less ``usual``: the highest event,
        which counts less the more events there are, and the terms of the sequence. That an event is of an unseen kind is one
        of these."""
        top = (events - self.above.to(events.dtype)).amax(-1) + usual - math.log(events.shape[-1])
        return torch.logaddexp(top + math.log(self.highest), self.whole.to(events.dtype).expand_as(top))


@dataclass(frozen=True, slots=True)
class NextKind:
    """Kind of the next event. ``kind`` int64 [..., N]: position among the known kinds (their number: an unknown kind; -1: no
    next event); ``expected`` [..., N]: its probability by counts alone; ``unusual``: the terms of novelty, where the weights
    have them."""

    kind: Tensor
    expected: Tensor
    unusual: Unusual | None = None

    @property
    def there(self) -> Tensor:
        """Return whether there is a next event, bool [..., N]."""
        return self.kind >= 0


@dataclass(frozen=True, slots=True)
class NextRow:
    """Next row. ``there`` bool [..., N]: whether there is one; ``deviation`` [..., N, C] of its columns from their forecasts in
    standard deviations, 0 where nothing was measured; ``recent`` [..., N]: mean square of the deviations over columns and the
    last steps; ``unusual``: the terms of novelty, where the weights have them."""

    there: Tensor
    deviation: Tensor
    recent: Tensor
    unusual: Unusual | None = None


@dataclass(frozen=True, slots=True)
class Prior:
    """Evidence of n-grams or columns as logits.

    ``alone`` [...]: logit of the sequence as a whole; ``logit`` [..., N] of its events, whose mean is ``alone``: N times the
    contribution of an event, plus the ``rest`` [...], which belongs to no event. Where the evidence tells faults apart,
    ``classes`` [..., K]: the logit of each fault against "nothing is wrong", of the sequence as a whole. For a table,
    ``column`` [T, C]: what each term of each column adds to ``alone``, with the same sum as the contributions of events.
    """

    alone: Tensor
    logit: Tensor
    rest: Tensor
    classes: Tensor | None = None
    column: Tensor | None = None


Following = NextKind | NextRow | Prior
"""Prior knowledge of the events of one or of several sequences."""


def ngram_prior(own: NDArray[np.float64], intercept: float) -> Prior:
    """Return the prior of a sequence to which the n-grams at its events add ``own`` [N]."""
    logit = torch.from_numpy(len(own) * own + intercept)
    return Prior(logit.mean(), logit, torch.tensor(intercept, dtype=logit.dtype))


def column_prior(contributions: ColumnContributions) -> Prior:
    """Return the prior of a sequence whose rows and columns contribute to the logits of K faults.

    The logit of any fault is log sum exp z = sum p z + entropy of p, where p = softmax z. So the contribution of a row is the
    sum of what it adds to each fault, weighted by the probability of the fault, and the parts keep their sum exactly.
    """
    classes = contributions.rest + contributions.row.sum(0)
    probable = softmax(classes)
    own = contributions.row @ probable
    summed = ngram_prior(own, float(logsumexp(classes) - own.sum()))
    return replace(summed, classes=torch.from_numpy(classes), column=torch.from_numpy(contributions.column @ probable))


def next_kinds(events: Sequence[Event], known: Expectation, counted: Expectation, terms: LogTerms | None = None) -> NextKind:
    """Return the kinds that followed [N]: positions among the kinds of ``known``, probabilities by the counts of ``counted``;
    ``terms`` of novelty, whose rates are of the kinds of ``counted``."""
    kind, p = known.kinds_of(events), counted.probability(events)
    unusual = None
    if terms is not None:
        novelty = terms.of(events, counted)
        unusual = Unusual(
            terms.surprise,
            float(terms.event_weights[0]),
            torch.from_numpy(np.append(novelty.own[1:], 0.0)),
            torch.from_numpy(np.append(novelty.above[1:], 0.0)),
            torch.tensor(novelty.whole, dtype=torch.float64),
            float(terms.sequence_weights[0]),
        )
    return NextKind(torch.from_numpy(np.append(kind[1:], -1)), torch.from_numpy(np.append(p[1:], 1.0)), unusual)


def next_rows(events: Sequence[Event], scales: Sequence[Scale], terms: TableTerms | None = None) -> NextRow:
    """Return the rows that followed [N], for columns that have ``scales``; ``terms`` of novelty."""
    measured = measure(scales, column_table(events, scales))
    deviation = np.nan_to_num(measured.deviation)
    recent = (measured.recent**2).mean(1)
    there = np.arange(len(events)) < len(events) - 1
    unusual = None
    if terms is not None:
        own = terms.of(wide_values_of(events, scales))
        unusual = Unusual(
            terms.surprise,
            float(terms.weights[0]),
            torch.from_numpy(np.append(own[1:], 0.0)),
            torch.zeros(len(own), dtype=torch.float64),
            torch.tensor(-math.inf, dtype=torch.float64),
            1.0,
        )
    return NextRow(
        torch.from_numpy(there),
        torch.from_numpy(np.concatenate([deviation[1:], np.zeros((1, deviation.shape[1]))])),
        torch.from_numpy(np.append(recent[1:], 0.0)),
        unusual,
    )


def at_events(following: Following, events: NDArray[np.int64]) -> Following:
    """Return the prior knowledge of some events of one sequence."""
    place = torch.from_numpy(events)
    if isinstance(following, Prior):
        return replace(following, logit=following.logit[place])
    unusual = following.unusual
    if unusual is not None:
        unusual = replace(unusual, own=unusual.own[place], above=unusual.above[place])
    if isinstance(following, NextKind):
        return NextKind(following.kind[place], following.expected[place], unusual)
    return NextRow(following.there[place], following.deviation[place], following.recent[place], unusual)


def select_sequences(following: Following, share: slice) -> Following:
    """Return the prior knowledge of some of several sequences, which are the first axis of every tensor."""

    def rows(value: Any) -> Any:
        return None if value is None else value[share]

    return type(following)(*(rows(getattr(following, field.name)) for field in fields(following)))


def stacked(parts: Sequence[Following], length: int) -> Following | None:
    """Stack the prior knowledge of several sequences [B, length], all of one kind; shorter sequences are padded with events
    that have no next event. ``Prior.column`` and the terms of novelty are left out: only a decision on one sequence needs them.
    None without any."""

    def padded(name: str, value: float = 0.0) -> Tensor:
        columns = [getattr(part, name) for part in parts]
        # Events are the first axis.
        return torch.stack([pad(one, (*(0, 0) * (one.ndim - 1), 0, length - len(one)), value=value) for one in columns])

    if not parts:
        return None
    if isinstance(parts[0], NextKind):
        return NextKind(padded("kind", -1), padded("expected", 1.0))
    if isinstance(parts[0], NextRow):
        return NextRow(padded("there"), padded("deviation"), padded("recent"))
    priors = [part for part in parts if isinstance(part, Prior)]
    classes = [part.classes for part in priors if part.classes is not None]
    alone, rest = (torch.stack(column) for column in zip(*((part.alone, part.rest) for part in priors), strict=True))
    return Prior(alone, padded("logit"), rest, torch.stack(classes) if classes else None)
