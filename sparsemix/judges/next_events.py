"""What followed every event, where the normal course was learned: the kind of the next event of a log, or the next row of a
table, each beside an expectation without attention; and the terms of novelty beside the surprise.

In a log, attention and counts of the events around are mixed, and the network sets the mixing weight anew at every event, as
Grave, Joulin, Usunier 2017 mix a cache into a language model (arXiv 1612.04426). In a sensor table attention corrects each
column's own forecast.

Axis letters: B sequences, N events, M model dimension, K kinds, C columns.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparsemix.encoding.encoder import column_table
from sparsemix.encoding.scales import Scale, measure
from sparsemix.encoding.sequence import Event
from sparsemix.judges.following import FOLDS, Arrays, Following, Head, JudgedLogs, Knowledge, Logs
from sparsemix.judges.normal_course import LEAST, NOW, STEEP
from sparsemix.priors import expectation, log_terms, table_terms
from sparsemix.priors.columns import left_by_others, wide_values_of
from sparsemix.priors.expectation import Expectation
from sparsemix.priors.log_terms import LogTerms, Rates, rates_of
from sparsemix.priors.table_terms import TableTerms
from sparsemix.priors.tails import Novelty

# Events whose logits for all kinds are in memory at once.
_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Unusual:
    """What the ``terms`` of novelty say of the events that followed. ``own`` [..., N]: the terms beside the surprise together,
    as -log of a probability; ``above`` [..., N]: added to it; ``whole`` [...]: the terms of the sequence."""

    terms: LogTerms | TableTerms
    own: Tensor
    above: Tensor
    whole: Tensor

    @classmethod
    def of(cls, terms: LogTerms | TableTerms, novelty: Novelty) -> Unusual:
        """Return what ``terms``, which say this ``novelty`` of every event, say of the event after it."""
        own, above = (torch.from_numpy(np.append(values[1:], 0.0)) for values in (novelty.own, novelty.above))
        return cls(terms, own, above, torch.tensor(novelty.whole, dtype=torch.float64))

    def judged(self, surprise: Tensor) -> Tensor:
        """Return -log of how usual the events are [..., N], with the network's ``surprise`` [..., N] as one of the terms."""
        tail = self.terms.surprise
        knot, depth = (torch.from_numpy(column).to(surprise.dtype) for column in (tail.knot, tail.depth))
        after = torch.searchsorted(knot, surprise.detach().contiguous()).clamp(1, max(len(knot) - 1, 1))
        if len(knot) > 1:
            low, high = knot[after - 1], knot[after]
            share = ((surprise - low) / (high - low)).clamp(0.0, 1.0)
            inside = depth[after - 1] + share * (depth[after] - depth[after - 1])
        else:
            inside = torch.zeros_like(surprise) + depth[0]
        reached = inside + torch.log1p((surprise - knot[-1]).clamp_min(0.0) / tail.excess)
        own, above = (part.to(surprise.dtype) for part in (self.own, self.above))
        return torch.logaddexp(reached + math.log(self.terms.weight), own.expand_as(reached)) + above

    def pooled(self, events: Tensor, usual: Tensor) -> Tensor:
        """Return -log of how usual the sequence is [...], from logits of ``events`` [..., N] less ``usual``: the highest event,
        which counts less the more events there are, and the terms of the sequence. That an event is of an unseen kind is one
        of these."""
        top = (events - self.above.to(events.dtype)).amax(-1) + usual - math.log(events.shape[-1])
        return torch.logaddexp(top + math.log(self.terms.highest), self.whole.to(events.dtype).expand_as(top))


class Next(Following, ABC):
    """What followed every event; ``unusual``: the terms of novelty, where the weights have them."""

    __slots__ = ()
    unusual: Unusual | None

    @abstractmethod
    def surprise(self, out: Tensor, part: slice, attended: float) -> Tensor:
        """Return how surprising is what followed a ``part`` of the events [B, n], given the head's outputs ``out`` [B, n, K];
        ``attended``: factor on attention's share beside counts."""

    def event_logits(self, head: Head, x: Tensor) -> Tensor:
        """Return the surprise at what followed, less the usual one; 0 less that where nothing did."""
        rows = max(1, x.shape[1]) if torch.is_grad_enabled() else _ROWS
        parts = [slice(start, start + rows) for start in range(0, max(1, x.shape[1]), rows)]
        attended = head.judge.attended
        surprise = torch.cat([self.surprise(head.class_logits(x[:, part]), part, attended) for part in parts], 1)
        if self.unusual is not None:
            surprise = self.unusual.judged(surprise)
        there = torch.as_tensor(self.followed).expand(surprise.shape)
        return torch.as_tensor(torch.where(there, surprise, 0.0) - head.usual)

    def pooled(self, head: Head, logits: Tensor, valid: Tensor | None = None) -> Tensor:
        """Pool as the judge does; with terms of novelty, the highest event is one of the terms of the sequence."""
        if self.unusual is None:
            return head.pool(logits, valid)
        return self.unusual.pooled(logits, head.usual.to(logits.dtype))

    def at(self, events: NDArray[Any]) -> Self:
        """Return what followed some events of one sequence."""
        place, unusual = torch.from_numpy(events), self.unusual
        if unusual is not None:
            unusual = replace(unusual, own=unusual.own[place], above=unusual.above[place])
        return replace(super().at(events), **{"unusual": unusual})


@dataclass(frozen=True, slots=True)
class NextKind(Next):
    """Kind of the next event. ``kind`` int64 [..., N]: position among the known kinds (their number: an unknown kind; -1: no
    next event); ``expected`` [..., N]: its probability by counts alone."""

    padding: ClassVar[Mapping[str, float]] = {"kind": -1, "expected": 1.0}

    kind: Tensor
    expected: Tensor
    unusual: Unusual | None = None

    @property
    def followed(self) -> Tensor:
        """Return whether there is a next event, bool [..., N]."""
        return self.kind >= 0

    def surprise(self, out: Tensor, part: slice, attended: float) -> Tensor:
        """Return -log of the probability of the kind that followed, by attention and counts."""
        kind = self.kind[..., part].expand(out.shape[:2])
        expected = self.expected[..., part].expand(out.shape[:2]).to(out.dtype)
        share = attended * out[..., -1].sigmoid()
        chosen = out[..., :-1].log_softmax(-1).gather(-1, kind.clamp_min(0)[..., None])[..., 0].exp()
        return -(share * chosen + (1.0 - share) * expected).clamp_min(LEAST).log()


@dataclass(frozen=True, slots=True)
class NextRow(Next):
    """Next row. ``there`` bool [..., N]: whether there is one; ``deviation`` [..., N, C] of its columns from their forecasts in
    standard deviations, 0 where nothing was measured; ``recent`` [..., N]: mean square of the deviations over columns and the
    last steps."""

    padding: ClassVar[Mapping[str, float]] = {"there": 0.0, "deviation": 0.0, "recent": 0.0}

    there: Tensor
    deviation: Tensor
    recent: Tensor
    unusual: Unusual | None = None

    @property
    def followed(self) -> Tensor:
        """Return whether there is a next row, bool [..., N]."""
        return self.there

    def surprise(self, out: Tensor, part: slice, attended: float) -> Tensor:
        """Return how far off the row that followed was: the logarithm of the mean square error of the forecast corrected by
        ``out``, mixed with the recent errors of the columns."""
        missed = (self.deviation[..., part, :].to(out.dtype) - out).square().mean(-1)
        return STEEP * (NOW * missed + (1.0 - NOW) * self.recent[..., part].to(out.dtype) + LEAST).log()


@dataclass(frozen=True, slots=True)
class KindKnowledge(Knowledge):
    """The ``known`` kinds with their counts, and ``terms`` of novelty; ``counted``: other counts, which events are judged by,
    with the rates of the terms."""

    known: Expectation
    terms: LogTerms | None = None
    counted: Expectation | None = None

    @property
    def kinds(self) -> int:
        """Return how many kinds are known."""
        return len(self.known.known)

    def bare(self, *, looking_back: bool = False) -> KindKnowledge:
        """Return the counts alone."""
        return KindKnowledge(self.known.looking_back if looking_back else self.known)

    def following(self, events: Sequence[Event]) -> NextKind:
        """Return the kinds that followed: positions among the known kinds, and probabilities by counts."""
        counted = self.counted or self.known
        kind, p = self.known.kinds_of(events), counted.probability(events)
        unusual = None if self.terms is None else Unusual.of(self.terms, self.terms.of(events, counted))
        followed, expected = torch.from_numpy(np.append(kind[1:], -1)), torch.from_numpy(np.append(p[1:], 1.0))
        return NextKind(followed, expected, unusual)

    def packed(self) -> dict[str, Arrays]:
        """Return counts and terms."""
        terms = {} if self.terms is None else {"novelty": log_terms.pack(self.terms)}
        return {"expectation": expectation.pack(self.known), **terms}

    def by_others(self, logs: Logs, folds: int, beside: Logs = ()) -> Sequence[KindKnowledge]:
        """Return the known kinds for each of the logs, judged by counts of the logs of other folds and those ``beside``."""
        parts = []
        for fold in range(min(folds, len(logs))):
            rest = [*beside, *(log for place, log in enumerate(logs) if place % folds != fold)]
            counted = expectation.fit(rest, self.known)
            every = len(beside) + len(logs)
            terms = self.terms and replace(self.terms, rates=rates_of(rest, counted, every))
            parts.append(KindKnowledge(self.known, terms, counted))
        return [parts[place % folds] for place in range(len(logs))]

    def with_terms(self, normal: JudgedLogs) -> tuple[KindKnowledge, Sequence[KindKnowledge]]:
        """Return the same with terms, and each log's by terms that were fitted on other folds. Rates of weights to go on from
        stay."""
        logs, folds, surprise = normal.logs, normal.folds, normal.surprise
        kept, every = None if self.terms is None else self.terms.rates, range(len(logs))
        counts = [one.counted or self.known for one in normal.by_others if isinstance(one, KindKnowledge)]
        others = [[place for place in every if place % folds != fold] for fold in every[:folds]]
        rates = [
            kept or rates_of([logs[place] for place in some], counts[fold], len(normal.everything))
            for fold, some in enumerate(others)
        ]
        judged = [log_terms.statistics(logs[place], counts[place], rates[place % folds]) for place in every]

        def terms(rates: Rates, chosen: Sequence[int]) -> LogTerms:
            of_events = [np.concatenate(column) for column in zip(*(judged[place][0] for place in chosen), strict=True)]
            of_sequences = [np.array(column) for column in zip(*(judged[place][1] for place in chosen), strict=True)]
            own = np.concatenate([*(surprise[place] for place in chosen), *surprise[len(logs) :]])
            return log_terms.fit(rates, own, of_events, of_sequences, whole=normal.whole)

        apart = [terms(own, some) for own, some in zip(rates, others, strict=True)]
        return (
            replace(self, terms=terms(kept or rates_of(normal.everything, self.known), every)),
            [KindKnowledge(self.known, apart[place % folds], counts[place]) for place in every],
        )


@dataclass(frozen=True, slots=True)
class RowKnowledge(Knowledge):
    """The ``scales`` of a table's columns, whose forecasts expect the next row, and ``terms`` of novelty."""

    scales: tuple[Scale, ...]
    terms: TableTerms | None = None

    def following(self, events: Sequence[Event]) -> NextRow:
        """Return the rows that followed."""
        measured = measure(self.scales, column_table(events, self.scales))
        deviation = np.nan_to_num(measured.deviation)
        recent = (measured.recent**2).mean(1)
        unusual = None
        if self.terms is not None:
            unusual = Unusual.of(self.terms, self.terms.of(wide_values_of(events, self.scales)))
        return NextRow(
            torch.from_numpy(np.arange(len(events)) < len(events) - 1),
            torch.from_numpy(np.concatenate([deviation[1:], np.zeros((1, deviation.shape[1]))])),
            torch.from_numpy(np.append(recent[1:], 0.0)),
            unusual,
        )

    def packed(self) -> dict[str, Arrays]:
        """Return the terms; the scales are part of the configuration."""
        return {} if self.terms is None else {"novelty": table_terms.pack(self.terms)}

    def with_terms(self, normal: JudgedLogs) -> tuple[RowKnowledge, Sequence[RowKnowledge]]:
        """Return the same with terms of tables that are judged in folds; they judge all tables."""
        tables = [wide_values_of(events, self.scales) for events in normal.logs]
        rows = []
        for place in range(min(FOLDS, len(tables))):
            rest = [table for number, table in enumerate(tables) if number % FOLDS != place] or tables
            apart = left_by_others(np.concatenate(rest))
            rows += [table_terms.statistic(table, apart) for table in tables[place::FOLDS]]
        terms = table_terms.fit(tables, np.concatenate(normal.surprise), np.concatenate(rows))
        return replace(self, terms=terms), [replace(self, terms=terms)] * len(normal.logs)
