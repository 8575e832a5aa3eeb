"""Prior knowledge of every event besides attention: what followed the event, or the evidence of n-grams or columns.

| Model | Prior knowledge |
|---|---|
| expects events of a log | ``NextKind``: the *kind* of the next event, and its probability by counts (``expectation``) |
| expects rows of a sensor table | ``NextRow``: how far each column of the next *row* was off its own forecast, and lately |
| learned from labels of whole sequences | ``Prior``: logits by the n-grams of a log or the columns of a table |

Axis letters: N events, C columns, K faults, T terms of a column.
"""

from __future__ import annotations

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
from sparsemix.priors.expectation import Expectation


@dataclass(frozen=True, slots=True)
class NextKind:
    """Kind of the next event. ``kind`` int64 [..., N]: position among the known kinds (their number: an unknown kind; -1: no
    next event); ``expected`` [..., N]: its probability by counts alone."""

    kind: Tensor
    expected: Tensor

    @property
    def there(self) -> Tensor:
        """Return whether there is a next event, bool [..., N]."""
        return self.kind >= 0


@dataclass(frozen=True, slots=True)
class NextRow:
    """Next row. ``there`` bool [..., N]: whether there is one; ``deviation`` [..., N, C] of its columns from their forecasts in
    standard deviations, 0 where nothing was measured; ``recent`` [..., N]: mean square of the deviations over columns and the
    last steps."""

    there: Tensor
    deviation: Tensor
    recent: Tensor


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


def next_kinds(events: Sequence[Event], known: Expectation, counted: Expectation) -> NextKind:
    """Return the kinds that followed [N]: positions among the kinds of ``known``, probabilities by the counts of
    ``counted``."""
    kind, p = known.kinds_of(events), counted.probability(events)
    return NextKind(torch.from_numpy(np.append(kind[1:], -1)), torch.from_numpy(np.append(p[1:], 1.0)))


def next_rows(events: Sequence[Event], scales: Sequence[Scale]) -> NextRow:
    """Return the rows that followed [N], for columns that have ``scales``."""
    measured = measure(scales, column_table(events, scales))
    deviation = np.nan_to_num(measured.deviation)
    recent = (measured.recent**2).mean(1)
    there = np.arange(len(events)) < len(events) - 1
    return NextRow(
        torch.from_numpy(there),
        torch.from_numpy(np.concatenate([deviation[1:], np.zeros((1, deviation.shape[1]))])),
        torch.from_numpy(np.append(recent[1:], 0.0)),
    )


def at_events(following: Following, events: NDArray[np.int64]) -> Following:
    """Return the prior knowledge of some events of one sequence."""
    place = torch.from_numpy(events)
    if isinstance(following, NextKind):
        return NextKind(following.kind[place], following.expected[place])
    if isinstance(following, Prior):
        return replace(following, logit=following.logit[place])
    return NextRow(following.there[place], following.deviation[place], following.recent[place])


def select_sequences(following: Following, share: slice) -> Following:
    """Return the prior knowledge of some of several sequences, which are the first axis of every tensor."""

    def rows(value: Any) -> Any:
        return None if value is None else value[share]

    return type(following)(*(rows(getattr(following, field.name)) for field in fields(following)))


def stacked(parts: Sequence[Following], length: int) -> Following | None:
    """Stack the prior knowledge of several sequences [B, length]; shorter sequences are padded with events that have no next
    event. ``Prior.column`` is left out: only a decision on one sequence needs it. None without any."""
    kinds = [part for part in parts if isinstance(part, NextKind)]
    rows = [part for part in parts if isinstance(part, NextRow)]
    priors = [part for part in parts if isinstance(part, Prior)]
    if priors:
        logits = [pad(part.logit, (0, length - len(part.logit))) for part in priors]
        classes = [part.classes for part in priors if part.classes is not None]
        return Prior(
            torch.stack([part.alone for part in priors]),
            torch.stack(logits),
            torch.stack([part.rest for part in priors]),
            torch.stack(classes) if classes else None,
        )
    if kinds:
        short = [length - len(part.kind) for part in kinds]
        return NextKind(
            torch.stack([pad(part.kind, (0, gap), value=-1) for part, gap in zip(kinds, short, strict=True)]),
            torch.stack([pad(part.expected, (0, gap), value=1.0) for part, gap in zip(kinds, short, strict=True)]),
        )
    if rows:
        short = [length - len(part.there) for part in rows]
        return NextRow(
            torch.stack([pad(part.there, (0, gap)) for part, gap in zip(rows, short, strict=True)]),
            torch.stack([pad(part.deviation, (0, 0, 0, gap)) for part, gap in zip(rows, short, strict=True)]),
            torch.stack([pad(part.recent, (0, gap)) for part, gap in zip(rows, short, strict=True)]),
        )
    return None
