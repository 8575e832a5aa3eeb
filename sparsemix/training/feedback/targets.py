"""The targets of a reviewed decision's pairs: from the marks, and for the other pairs from a judge.

The target of a marked pair combines the marks and the judge as two independent witnesses: the judge that is asked about the
pair did not learn from its decision.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.model.run import Run
from sparsemix.model.template_pairs import coded_templates
from sparsemix.training.feedback.pair_judge import FEATURES, Kind, Marked, PairJudge, PairTable, learn_judge, pair_table
from sparsemix.training.feedback.reading import ReviewedDecision

_SURE = 1e-3  # neither marks nor judge count as more certain than this
# Most queries of one decision whose pairs the judge is asked about: a long log may have thousands of the reviewed kinds.
_QUERIES = 512
# Heads that keep selecting a relevant pair, so that other heads see it where one head misses it.
_HEADS = 3


@dataclass(frozen=True, slots=True)
class Targets:
    """Pairs of a decision: ``query``, ``key`` int64 [P], how probably each is ``relevant`` [P], 0.5 meaning unknown, and how
    many ``heads`` int64 [P] shall select a relevant pair: as many as did, up to three (``_HEADS``); one where none did."""

    query: NDArray[np.int64]
    key: NDArray[np.int64]
    relevant: NDArray[np.float64]
    heads: NDArray[np.int64]

    def within(self, start: int, stop: int) -> Targets:
        """Return the pairs inside a window, with indices counted from its start."""
        inside = (np.minimum(self.query, self.key) >= start) & (np.maximum(self.query, self.key) < stop)
        return Targets(self.query[inside] - start, self.key[inside] - start, self.relevant[inside], self.heads[inside])

    def some(self, rng: np.random.Generator, count: int) -> Targets:
        """Draw at most ``count`` of the pairs."""
        if len(self.query) <= count:
            return self
        taken = rng.choice(len(self.query), count, replace=False)
        return Targets(self.query[taken], self.key[taken], self.relevant[taken], self.heads[taken])


def marked_pairs(decision: ReviewedDecision) -> dict[tuple[int, int], float]:
    """Return how probably each marked pair is relevant, the mean of its marks.

    Marks on an event and itself are left out, because they say nothing about two events.
    """
    relevance = defaultdict(list)
    for mark in decision.marks:
        if mark.query != mark.key:
            relevance[mark.query, mark.key].append(mark.relevant)
    return {pair: float(np.mean(values)) for pair, values in sorted(relevance.items())}


def judge_of(decisions: Sequence[ReviewedDecision], runs: Sequence[Run], seed: int) -> PairJudge | None:
    """Learn a judge from the marks of selected pairs; return None where there are too few."""
    features, kinds, relevant, owner = [], list[Kind](), [], []
    for place, (decision, run) in enumerate(zip(decisions, runs, strict=True)):
        relevance = marked_pairs(decision)
        table = pair_table(decision.sequence, run.trace, np.unique([query for query, _ in relevance]).astype(np.int64))
        for row, pair in enumerate(zip(table.query.tolist(), table.key.tolist(), strict=True)):
            if pair in relevance:
                features.append(table.features[row])
                kinds.append(table.kind[row])
                relevant.append(relevance[pair])
                owner.append(place)
    marked = Marked(
        np.array(features).reshape(len(kinds), len(FEATURES)), tuple(kinds), np.array(relevant), np.array(owner, np.int64)
    )
    return learn_judge(marked, seed) if marked.suffices else None


def reviewed_templates(decisions: Sequence[ReviewedDecision]) -> frozenset[str]:
    """Return the templates of the queries of all marked pairs."""
    names = set()
    for decision in decisions:
        codes, templates = coded_templates(decision.sequence)
        names |= {templates[codes[query]] for query, _ in marked_pairs(decision)}
    return frozenset(names)


def targets_of(
    decisions: Sequence[ReviewedDecision],
    runs: Sequence[Run],
    judge: PairJudge | None,
    reviewed: frozenset[str],
    seed: int,
    *,
    learned: bool = True,
) -> list[Targets]:
    """Return the targets of every decision.

    ``judge``: None where only marks count; ``reviewed``: templates of the queries that the judge is asked about; ``learned``:
    the decisions are exactly those that the judge learned from.
    """
    rng, place, targets = np.random.default_rng([seed, 3]), 0, []
    for decision, run in zip(decisions, runs, strict=True):
        relevant = marked_pairs(decision)
        table = pair_table(decision.sequence, run.trace, _queries(decision, reviewed, rng))
        heads = dict(zip(zip(table.query.tolist(), table.key.tolist(), strict=True), _heads(table).tolist(), strict=True))
        if judge is not None:
            probable = judge.probability(table.features, table.kind)
            for row, pair in enumerate(zip(table.query.tolist(), table.key.tolist(), strict=True)):
                if pair not in relevant:
                    relevant[pair] = float(probable[row])
                    continue
                # ``judge.unseen`` has the marked pairs in this order.
                relevant[pair] = _together(relevant[pair], float(judge.unseen[place] if learned else probable[row]))
                place += 1
        pairs = np.array(list(relevant), np.int64).reshape(-1, 2)
        head_counts = np.array([heads.get(pair, 1) for pair in relevant], np.int64)
        targets.append(Targets(pairs[:, 0], pairs[:, 1], np.array(list(relevant.values())), head_counts))
    return targets


def judged(
    sequences: Sequence[TokenSequence], runs: Iterable[Run], judge: PairJudge, reviewed: frozenset[str], seed: int
) -> list[Targets]:
    """Return the judge's targets for sequences that nobody reviewed, for queries with the templates ``reviewed``."""
    rng, targets = np.random.default_rng([seed, 8]), []
    for sequence, run in zip(sequences, runs, strict=True):
        table = pair_table(sequence, run.trace, _alike(sequence, reviewed, rng))
        targets.append(Targets(table.query, table.key, judge.probability(table.features, table.kind), _heads(table)))
    return targets


def _heads(table: PairTable) -> NDArray[np.int64]:
    return np.minimum(table.features[:, FEATURES.index("heads")], _HEADS).astype(np.int64)


def _queries(decision: ReviewedDecision, reviewed: frozenset[str], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the queries of marked pairs, and other queries with the templates ``reviewed``."""
    own = np.unique([query for query, _ in marked_pairs(decision)]).astype(np.int64)
    return np.union1d(own, _alike(decision.sequence, reviewed, rng))


def _alike(sequence: TokenSequence, reviewed: frozenset[str], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return events with the templates ``reviewed``, at most ``_QUERIES`` of them."""
    codes, templates = coded_templates(sequence)
    events = np.flatnonzero(np.array([name in reviewed for name in templates])[codes])
    return events if len(events) <= _QUERIES else np.sort(rng.choice(events, _QUERIES, replace=False))


def _together(marks_say: float, judge_says: float) -> float:
    return float(expit(logit(np.clip(marks_say, _SURE, 1 - _SURE)) + logit(np.clip(judge_says, _SURE, 1 - _SURE))))
