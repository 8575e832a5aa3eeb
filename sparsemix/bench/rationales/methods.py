"""Scores of a post's words by every method, as explanations of the verdict at its summary.

- ``summary_selection``: the weight of the summary's own pairs in the last layer, mean over the heads: what the verdict was read
  from. ``summary_selection_scaled``: the same times the effective number of selected words, (sum w)^2 / sum w^2, so that words
  which share the weight count as much as one that has it alone; the order of a post's words stays.
- ``rollout`` and ``selection_weight``, and ``SLOW`` ones that take many passes: the methods of ``sparsemix.explain`` applied to
  the summary's logit. Words outside its receptive field have 0.
- ``words``: the probability that the model gives each word, which explains nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sparsemix.bench.rationales.data import Post
from sparsemix.bench.rationales.scores import Scores
from sparsemix.explain.attribution import Attribution
from sparsemix.explain.effects import PAIR_EFFECT
from sparsemix.explain.integrated import FROZEN, GRADIENT
from sparsemix.explain.methods import attribute
from sparsemix.explain.perturbation import ABLATION
from sparsemix.explain.rerun import Rerun
from sparsemix.explain.attribution import rollout, selection_weight
from sparsemix.model.model import Run, SparseMixModel

SUMMARY, SCALED, WORDS = "summary_selection", "summary_selection_scaled", "words"
SLOW = (FROZEN, GRADIENT, ABLATION, PAIR_EFFECT)


def explained(
    model: SparseMixModel, posts: Sequence[Post], slow: Sequence[str], tell: Callable[[str], None]
) -> dict[str, Scores]:
    """Scores of all words [W] by method: the ``slow`` ones, or else those that need no more than the run."""
    found: dict[str, list[Scores]] = {}
    for number, post in enumerate(posts):
        sequence = post.sequence()
        run = model.run_with_trace(sequence)
        summary = len(post.toxic)
        if slow:
            rerun = Rerun(model, sequence, run.trace)
            scores = {method: _of_words(attribute(rerun, summary, method), summary) for method in slow}
        else:
            scores = _of_run(run, summary)
        for method, values in scores.items():
            found.setdefault(method, []).append(values)
        if slow and (number + 1) % 100 == 0:
            tell(f"{number + 1} of {len(posts)} posts explained by {', '.join(slow)}")
    return {method: np.concatenate(values) for method, values in found.items()}


def _of_run(run: Run, summary: int) -> dict[str, Scores]:
    weight = summary_selection(run, summary)
    squares = float(np.sum(weight**2))
    scores = {
        SUMMARY: weight,
        SCALED: weight * (weight.sum() ** 2 / squares if squares else 0.0),
        WORDS: run.decision.event_probability[:summary].astype(np.float64),
    }
    others = rollout(run.trace, summary), selection_weight(run.trace, summary)
    return scores | {attribution.method: _of_words(attribution, summary) for attribution in others}


def _of_words(attribution: Attribution, words: int) -> Scores:
    return attribution.dense(words + 1)[:words].astype(np.float64)


def summary_selection(run: Run, summary: int) -> Scores:
    """Mean over the heads of the last layer of the weight that the summary gives to each word."""
    heads = run.trace.heads[-1]
    weight = np.zeros(summary + 1)
    for head in heads:
        place = head.pairs_of(summary)
        weight[head.key_index[place]] += head.weight[place]
    return weight[:summary] / len(heads)
