"""What is to become of which pairs of a reviewed decision: marks, and what a judge makes of the other pairs.

A pair that was marked is believed by the marks and by the judge together, as two witnesses who do not know of each other: the
judge that speaks of it did not learn from its decision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.model.model import Run
from sparsemix.model.template_pairs import coded_templates
from sparsemix.training.feedback.pair_judge import Marked, PairJudge, learn_judge
from sparsemix.training.feedback.pair_table import FEATURES, Kind, PairTable, pair_table
from sparsemix.training.feedback.reading import ReviewedDecision

_SURE = 1e-3
# Queries of one decision whose pairs the judge is asked about: reviewed kinds of queries may be thousands of a long log.
_QUERIES = 512
# Heads that go on selecting what matters: what one of them misses others see.
_HEADS = 3


@dataclass(frozen=True, slots=True)
class Targets:
    """Pairs of a decision: ``query``, ``key`` int64 [P], how probably each is ``relevant`` [P], 0.5 saying nothing, and how
    many ``heads`` int64 [P] shall select it then: as many as did, up to `_HEADS`; one, where none did."""

    query: NDArray[np.int64]
    key: NDArray[np.int64]
    relevant: NDArray[np.float64]
    heads: NDArray[np.int64]

    def within(self, start: int, stop: int) -> Targets:
        """Those of a window, counted from its start."""
        inside = (np.minimum(self.query, self.key) >= start) & (np.maximum(self.query, self.key) < stop)
        return Targets(self.query[inside] - start, self.key[inside] - start, self.relevant[inside], self.heads[inside])

    def some(self, rng: np.random.Generator, count: int) -> Targets:
        """At most ``count`` of them, drawn."""
        if len(self.query) <= count:
            return self
        taken = rng.choice(len(self.query), count, replace=False)
        return Targets(self.query[taken], self.key[taken], self.relevant[taken], self.heads[taken])


def marked_pairs(decision: ReviewedDecision) -> dict[tuple[int, int], float]:
    """How probably each pair that people spoke of is relevant: all that a set says of it, averaged. What was said of an event
    and itself is left out, for it says nothing about two."""
    said = defaultdict(list)
    for mark in decision.marks:
        if mark.query != mark.key:
            said[mark.query, mark.key].append(mark.relevant)
    return {pair: float(np.mean(words)) for pair, words in sorted(said.items())}


def judge_of(decisions: Sequence[ReviewedDecision], runs: Sequence[Run], seed: int) -> PairJudge | None:
    """Learned from the marks of selected pairs; None where there are too few."""
    features, kinds, relevant, owner = [], list[Kind](), [], []
    for place, (decision, run) in enumerate(zip(decisions, runs, strict=True)):
        said = marked_pairs(decision)
        table = pair_table(decision.sequence, run.trace, np.unique([query for query, _ in said]).astype(np.int64))
        for row, pair in enumerate(zip(table.query.tolist(), table.key.tolist(), strict=True)):
            if pair in said:
                features.append(table.features[row])
                kinds.append(table.kind[row])
                relevant.append(said[pair])
                owner.append(place)
    marked = Marked(
        np.array(features).reshape(len(kinds), len(FEATURES)), tuple(kinds), np.array(relevant), np.array(owner, np.int64)
    )
    return learn_judge(marked, seed) if marked.suffices else None


def reviewed_templates(decisions: Sequence[ReviewedDecision]) -> frozenset[str]:
    """Templates of the events of whose pairs people spoke."""
    found = set()
    for decision in decisions:
        codes, templates = coded_templates(decision.sequence)
        found |= {templates[codes[query]] for query, _ in marked_pairs(decision)}
    return frozenset(found)


def targets_of(
    decisions: Sequence[ReviewedDecision],
    runs: Sequence[Run],
    judge: PairJudge | None,
    asked: frozenset[str],
    seed: int,
    *,
    learned: bool = True,
) -> list[Targets]:
    """Of every decision; ``judge``: None where only marks count; ``asked``: templates of the queries that it is asked about;
    ``learned``: these are the very decisions that the judge learned from, all of them."""
    rng, place, found = np.random.default_rng([seed, 3]), 0, []
    for decision, run in zip(decisions, runs, strict=True):
        relevant = marked_pairs(decision)
        table = pair_table(decision.sequence, run.trace, _queries(decision, asked, rng))
        heads = dict(zip(zip(table.query.tolist(), table.key.tolist(), strict=True), _heads(table).tolist(), strict=True))
        if judge is not None:
            probable = judge.probability(table.features, table.kind)
            for row, pair in enumerate(zip(table.query.tolist(), table.key.tolist(), strict=True)):
                if pair not in relevant:
                    relevant[pair] = float(probable[row])
                    continue
                # The judge's marks are in this order.
                relevant[pair] = _together(relevant[pair], float(judge.unseen[place] if learned else probable[row]))
                place += 1
        pairs = np.array(list(relevant), np.int64).reshape(-1, 2)
        wanted = np.array([heads.get(pair, 1) for pair in relevant], np.int64)
        found.append(Targets(pairs[:, 0], pairs[:, 1], np.array(list(relevant.values())), wanted))
    return found


def judged(
    sequences: Sequence[TokenSequence], runs: Iterable[Run], judge: PairJudge, asked: frozenset[str], seed: int
) -> list[Targets]:
    """Of sequences that nobody reviewed: what the judge makes of the pairs of such queries."""
    rng, found = np.random.default_rng([seed, 8]), []
    for sequence, run in zip(sequences, runs, strict=True):
        table = pair_table(sequence, run.trace, _alike(sequence, asked, rng))
        found.append(Targets(table.query, table.key, judge.probability(table.features, table.kind), _heads(table)))
    return found


def _heads(table: PairTable) -> NDArray[np.int64]:
    return np.minimum(table.features[:, FEATURES.index("heads")], _HEADS).astype(np.int64)


def _queries(decision: ReviewedDecision, asked: frozenset[str], rng: np.random.Generator) -> NDArray[np.int64]:
    """The queries that were reviewed, and others of their kinds."""
    own = np.unique([query for query, _ in marked_pairs(decision)]).astype(np.int64)
    return np.union1d(own, _alike(decision.sequence, asked, rng))


def _alike(sequence: TokenSequence, asked: frozenset[str], rng: np.random.Generator) -> NDArray[np.int64]:
    """Events with these templates, not too many of them."""
    codes, templates = coded_templates(sequence)
    found = np.flatnonzero(np.array([name in asked for name in templates])[codes])
    return found if len(found) <= _QUERIES else np.sort(rng.choice(found, _QUERIES, replace=False))


def _together(said: float, judged: float) -> float:
    return float(expit(logit(np.clip(said, _SURE, 1 - _SURE)) + logit(np.clip(judged, _SURE, 1 - _SURE))))
