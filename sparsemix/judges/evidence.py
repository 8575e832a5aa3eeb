"""Evidence of n-grams or columns, where labels say which whole sequences are faulty: the network adds to it.

Axis letters: N events, C columns, K faults, T terms of a column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from scipy.special import logsumexp, softmax
from torch import Tensor

from sparsemix.encoding.scales import Scale
from sparsemix.encoding.sequence import Event
from sparsemix.judges.following import Arrays, Following, Head, Knowledge, Values, any_fault
from sparsemix.priors import column_evidence, ngram_evidence
from sparsemix.priors.column_evidence import ColumnContributions, ColumnEvidence, column_parts
from sparsemix.priors.ngram_evidence import LogitParts, NgramEvidence


@dataclass(frozen=True, slots=True)
class Prior(Following):
    """Evidence of n-grams or columns as logits.

    ``alone`` [...]: logit of the sequence as a whole; ``logit`` [..., N] of its events, whose mean is ``alone``: N times the
    contribution of an event, plus the ``rest`` [...], which belongs to no event. Where the evidence tells faults apart,
    ``classes`` [..., K]: the logit of each fault against "nothing is wrong", of the sequence as a whole. For a table,
    ``column`` [T, C]: what each term of each column adds to ``alone``, with the same sum as the contributions of events.
    """

    padding: ClassVar[Mapping[str, float]] = {"logit": 0.0}

    alone: Tensor
    logit: Tensor
    rest: Tensor
    classes: Tensor | None = None
    column: Tensor | None = None

    def event_logits(self, head: Head, x: Tensor) -> Tensor:
        """Add the evidence to the logit of a fault."""
        own = head.class_logits(x)
        if self.classes is not None:
            # Each fault's addition counts by the fault's probability; equal additions to all faults are added unchanged.
            own = own + self.classes.to(own.dtype).log_softmax(-1)[..., None, :]
        logits = any_fault(own)
        return logits + self.logit.to(logits.dtype)

    def pooled(self, head: Head, logits: Tensor, valid: Tensor | None = None) -> Tensor:
        """Pool only the part that attention adds, and add the evidence of the whole to it."""
        return head.pool(logits - self.logit.to(logits.dtype), valid) + self.alone.to(logits.dtype)

    def pooled_classes(self, pooled: Tensor) -> Tensor:
        """Add the evidence of columns for each fault."""
        return pooled if self.classes is None else pooled + self.classes.to(pooled.dtype)

    def weighed(self, pooled: float, scales: Sequence[Scale]) -> LogitParts:
        """Return what the evidence says, and what attention adds to it."""
        alone = float(self.alone)
        own = (self.logit - self.rest).numpy() / len(self.logit)
        columns = () if self.column is None else column_parts(self.column.numpy(), scales)
        return LogitParts(alone, own, pooled - alone, columns)


def ngram_prior(own: Values, intercept: float) -> Prior:
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


@dataclass(frozen=True, slots=True)
class NgramKnowledge(Knowledge):
    """Evidence of a log's n-grams."""

    evidence: NgramEvidence

    def following(self, events: Sequence[Event]) -> Prior:
        """Return what the n-grams of a sequence say."""
        return ngram_prior(self.evidence.of(events), self.evidence.intercept)

    def packed(self) -> dict[str, Arrays]:
        """Return the evidence."""
        return {"evidence": ngram_evidence.pack(self.evidence)}


@dataclass(frozen=True, slots=True)
class ColumnKnowledge(Knowledge):
    """Evidence of how a table's columns, which have ``scales``, behaved."""

    evidence: ColumnEvidence
    scales: tuple[Scale, ...]

    def following(self, events: Sequence[Event]) -> Prior:
        """Return what the columns of a sequence say."""
        return column_prior(self.evidence.of(events, self.scales))

    def packed(self) -> dict[str, Arrays]:
        """Return the evidence."""
        return {"behaviour": column_evidence.pack(self.evidence)}
