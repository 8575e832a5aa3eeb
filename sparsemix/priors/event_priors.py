"""What is known of every event beside what attention finds: what came after it, or what short courses say of the whole.

Of logs, the *kind* of the next event, with its probability by counts around it (``expectation``). Of sensor tables, the next
*row*: how far each column was off its own forecast (``scales``), and how far it has been lately. A network that learned the
normal course of things is judged by these. Of sequences labelled as a whole, the logits that n-grams of a log give them
(``evidence``), or what the columns of a table did (``behaviour``).

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
from sparsemix.priors.column_evidence import Told
from sparsemix.priors.expectation import Expectation


@dataclass(frozen=True, slots=True)
class NextKind:
    """``kind`` int64 [..., N]: place among the kinds known (their number: another one; -1: nothing came); ``expected``
    [..., N]: how probable it was by counts alone."""

    kind: Tensor
    expected: Tensor

    @property
    def there(self) -> Tensor:
        """Whether anything came, bool [..., N]."""
        return self.kind >= 0


@dataclass(frozen=True, slots=True)
class NextRow:
    """``there`` bool [..., N]: whether a row came; ``deviation`` [..., N, C] of its columns from their forecasts in standard
    deviations, 0 where nothing was measured; ``recent`` [..., N]: mean square of these over columns and the last steps."""

    there: Tensor
    deviation: Tensor
    recent: Tensor


@dataclass(frozen=True, slots=True)
class Prior:
    """What n-grams or columns say: ``alone`` [...], of a sequence as a whole; ``logit`` [..., N], of its events, so that their
    mean is that: N times what an event brings in, and the ``rest`` [...], which is of no event. Where faults are told apart by
    it, ``classes`` [..., K]: the logit of each against that nothing is wrong, of the sequence as a whole; and of a table
    ``column`` [T, C]: what each term of each column adds to ``alone``, with the same sum as what events bring in."""

    alone: Tensor
    logit: Tensor
    rest: Tensor
    classes: Tensor | None = None
    column: Tensor | None = None


Following = NextKind | NextRow | Prior


def prior(own: NDArray[np.float64], intercept: float) -> Prior:
    """Of a sequence at whose events n-grams add ``own`` [N]."""
    logit = torch.from_numpy(len(own) * own + intercept)
    return Prior(logit.mean(), logit, torch.tensor(intercept, dtype=logit.dtype))


def prior_of_columns(told: Told) -> Prior:
    """Of a sequence whose rows and columns add this to the logits of K faults.

    That there is any fault has the logit log sum exp z = sum p z + entropy of p, where p = softmax z: so a row brings in what
    it adds to every fault, by how probable that one is, and the parts keep their sum exactly."""
    classes = told.rest + told.row.sum(0)
    probable = softmax(classes)
    own = told.row @ probable
    found = prior(own, float(logsumexp(classes) - own.sum()))
    return replace(found, classes=torch.from_numpy(classes), column=torch.from_numpy(told.column @ probable))


def next_kinds(events: Sequence[Event], known: Expectation, counted: Expectation) -> NextKind:
    """The kinds that followed [N]: places among those of ``known``, probabilities by the counts of ``counted``."""
    kind, p = known.kinds_of(events), counted.probability(events)
    return NextKind(torch.from_numpy(np.append(kind[1:], -1)), torch.from_numpy(np.append(p[1:], 1.0)))


def next_rows(events: Sequence[Event], scales: Sequence[Scale]) -> NextRow:
    """The rows that followed [N], of columns that have ``scales``."""
    measured = measure(scales, column_table(events, scales))
    deviation = np.nan_to_num(measured.deviation)
    recent = (measured.recent**2).mean(1)
    there = np.arange(len(events)) < len(events) - 1
    return NextRow(
        torch.from_numpy(there),
        torch.from_numpy(np.concatenate([deviation[1:], np.zeros((1, deviation.shape[1]))])),
        torch.from_numpy(np.append(recent[1:], 0.0)),
    )


def at(following: Following, events: NDArray[np.int64]) -> Following:
    """The same of some events of one sequence."""
    place = torch.from_numpy(events)
    if isinstance(following, NextKind):
        return NextKind(following.kind[place], following.expected[place])
    if isinstance(following, Prior):
        return replace(following, logit=following.logit[place])
    return NextRow(following.there[place], following.deviation[place], following.recent[place])


def part(following: Following, share: slice) -> Following:
    """The same of some of several sequences, which come first in every tensor."""

    def rows(value: Any) -> Any:
        return None if value is None else value[share]

    return type(following)(*(rows(getattr(following, one.name)) for one in fields(following)))


def stacked(found: Sequence[Following], length: int) -> Following | None:
    """Of several sequences [B, length], shorter ones filled up with events that nothing came after; None of none."""
    kinds = [one for one in found if isinstance(one, NextKind)]
    rows = [one for one in found if isinstance(one, NextRow)]
    priors = [one for one in found if isinstance(one, Prior)]
    if priors:
        logits = [pad(one.logit, (0, length - len(one.logit))) for one in priors]
        classes = [one.classes for one in priors if one.classes is not None]
        return Prior(
            torch.stack([one.alone for one in priors]),
            torch.stack(logits),
            torch.stack([one.rest for one in priors]),
            torch.stack(classes) if classes else None,
        )
    if kinds:
        short = [length - len(one.kind) for one in kinds]
        return NextKind(
            torch.stack([pad(one.kind, (0, gap), value=-1) for one, gap in zip(kinds, short, strict=True)]),
            torch.stack([pad(one.expected, (0, gap), value=1.0) for one, gap in zip(kinds, short, strict=True)]),
        )
    if rows:
        short = [length - len(one.there) for one in rows]
        return NextRow(
            torch.stack([pad(one.there, (0, gap)) for one, gap in zip(rows, short, strict=True)]),
            torch.stack([pad(one.deviation, (0, 0, 0, gap)) for one, gap in zip(rows, short, strict=True)]),
            torch.stack([pad(one.recent, (0, gap)) for one, gap in zip(rows, short, strict=True)]),
        )
    return None
