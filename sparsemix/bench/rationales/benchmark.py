"""Explanations beside human rationales: toxic posts, and the words of them that people marked.

A small model (``rationale_model``) learns on the train set to tell posts with toxic words from others, at one summary event,
and is taught to select the marked words in doing so. An explanation is a score for every word of a post; what makes a word part
of it (``rationale_scores.Choice``) is chosen per method on the trial set alone; everything that is reported comes from the test
set.

Methods: those of ``rationale_methods``; what takes many passes is measured with the first seed's model only, on evenly spaced
posts of both sets. ``words`` among them is the model's own probability for each word, an answer and no explanation. Controls:
``random``, ``position`` (the later, the more important), ``lexicon`` (share of a word's occurrences in the train set that were
marked), and ``summary_selection_unguided``, of a model of the first seed that saw only which posts are positive, never a marked
word.

Metrics: ``character_f1`` and ``rationale_auprc`` as in ``rationale_scores``; ``post_accuracy`` of the verdict on the test posts
as they are and on the marked ones without their marked words, beside ``majority``, the larger of the two classes.

``value`` is the mean over the seeds; ``low`` to ``high`` is the 95 % bootstrap interval over the test posts of the posts' means
over the seeds; ``by_seed`` holds each seed's value, ``posts`` how many posts count. Nothing
is reported before the attention of every model has been compared with dense entmax attention over all pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sparsemix.bench.brute_force import check_attention
from sparsemix.bench.rationales.data import Post, lexicon, load
from sparsemix.bench.rationales.methods import SLOW, SUMMARY, explained
from sparsemix.bench.rationales.model import Plan, train
from sparsemix.bench.rationales.scores import Judge, Scores
from sparsemix.errors import ConfigError
from sparsemix.model.model import SparseMixModel
from sparsemix.model.network import Batch
from sparsemix.training.common.metrics import interval

TASK = "toxic_spans"
UNGUIDED = f"{SUMMARY}_unguided"
# So many posts of each part, evenly spaced.
_SLOW_POSTS = 300
_CHECKED_POSTS = 8
# A trial run still needs posts of both kinds.
_LEAST_POSTS = 20

Row = dict[str, object]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Part:
    """The posts of one part of the data and what scores them."""

    posts: list[Post]
    judge: Judge

    @classmethod
    def of(cls, posts: list[Post], scale: float) -> _Part:
        """With ``scale`` below 1, only so large a share of the posts, the first ones."""
        kept = posts[: max(_LEAST_POSTS, round(scale * len(posts)))]
        return cls(kept, Judge(kept))

    def thinned(self, most: int) -> _Part:
        """At most so many of the posts, evenly spaced."""
        places = np.unique(np.linspace(0, len(self.posts) - 1, most).round().astype(int)).tolist()
        kept = [self.posts[place] for place in places]
        return _Part(kept, Judge(kept))


@dataclass(frozen=True, slots=True)
class _Tables:
    """What is collected: (method, metric) -> one array over the test posts [P] for each seed."""

    found: dict[tuple[str, str], list[NDArray[np.float64]]]

    def add(self, method: str, metric: str, values: NDArray[np.float64]) -> None:
        self.found.setdefault((method, metric), []).append(values)

    def add_scores(self, method: str, trial: _Part, test: _Part, on_trial: Scores, on_test: Scores) -> None:
        """Choose on the trial set, measure on the test set."""
        self.add(method, "character_f1", test.judge.f1(on_test, trial.judge.best(on_trial)))
        self.add(method, "rationale_auprc", test.judge.auprc(on_test))

    def rows(self, seed: int) -> list[Row]:
        found: list[Row] = []
        for (method, metric), tables in self.found.items():
            table = np.array(tables)
            table = table[:, ~np.isnan(table).any(0)]
            if not table.size:
                raise ConfigError("the test posts hold none with some, but not all words marked; take more of them")
            low, high = interval(table.mean(0)[:, None], lambda rows: float(rows.mean()), seed)
            row: Row = {
                "task": TASK,
                "method": method,
                "metric": metric,
                "value": float(table.mean()),
                "low": low,
                "high": high,
            }
            found.append(row | {"by_seed": table.mean(1).tolist(), "posts": table.shape[1]})
        return found


def rows(data_dir: Path, seeds: tuple[int, ...], scale: float, tell: Tell) -> list[Row]:
    """All rows. ``scale`` multiplies the steps of training and, below 1, the numbers of trial and test posts.

    Raises ConfigError for data that is missing or malformed, and when nothing is asked for, BenchmarkRefused when an attention
    is wrong, TrainingCollapsed when a loss is not finite.
    """
    if not seeds or not scale > 0:
        raise ConfigError("at least one seed and a positive scale are needed")
    data = load(data_dir)
    trial, test = _Part.of(data["trial"], scale), _Part.of(data["test"], scale)
    tables = _Tables({})
    _controls(data["train"], trial, test, seeds, tables)
    plan = Plan()
    plan = replace(plan, epochs=plan.epochs * scale)
    for number, seed in enumerate(seeds):
        model = _trained(data["train"], test, plan, seed, tell)
        _add_explanations(model, trial, test, (), tell, tables)
        if number == 0:
            _add_explanations(model, trial.thinned(_SLOW_POSTS), test.thinned(_SLOW_POSTS), SLOW, tell, tables)
        tables.add("model", "post_accuracy", _accuracy(test.posts, lambda post: _verdict(model, post)))  # noqa: B023
    unguided = _trained(data["train"], test, replace(plan, words=0.0, guidance=0.0), seeds[0], tell)
    selected = [explained(unguided, part.posts, (), tell)[SUMMARY] for part in (trial, test)]
    tables.add_scores(UNGUIDED, trial, test, *selected)
    return tables.rows(seeds[0])


def _controls(posts: list[Post], trial: _Part, test: _Part, seeds: Sequence[int], tables: _Tables) -> None:
    """Everything that needs no model."""
    shares = lexicon(posts)
    known = [np.array([shares.get(word, 0.0) for post in part.posts for word in post.words]) for part in (trial, test)]
    tables.add_scores("lexicon", trial, test, *known)
    places = [np.concatenate([_positions(post) for post in part.posts]) for part in (trial, test)]
    tables.add_scores("position", trial, test, *places)
    for seed in seeds:
        rng = np.random.default_rng(seed)
        tables.add_scores("random", trial, test, *(rng.random(len(part.judge.owner)) for part in (trial, test)))
    threshold = trial.judge.best(known[0]).threshold
    says = {word for word, share in shares.items() if share >= threshold}
    tables.add("lexicon", "post_accuracy", _accuracy(test.posts, lambda post: not says.isdisjoint(post.words)))
    always = [_accuracy(test.posts, lambda _post: True), _accuracy(test.posts, lambda _post: False)]
    tables.add("majority", "post_accuracy", max(always, key=lambda right: float(np.nanmean(right))))


def _positions(post: Post) -> Scores:
    """From above 0 to 1, the last word."""
    return np.arange(1, len(post.toxic) + 1) / max(len(post.toxic), 1)


def _trained(posts: list[Post], test: _Part, plan: Plan, seed: int, tell: Tell) -> SparseMixModel:
    model = train(posts, plan, seed, tell)
    difference = check_exact(model, test.posts[:_CHECKED_POSTS])
    tell(f"seed {seed}: the attention differs from dense entmax attention by {difference:.1e}")
    return model


def check_exact(model: SparseMixModel, posts: Sequence[Post]) -> float:
    """Largest difference, over posts and layers and in float64, between the attention as a run computes it and dense entmax
    attention over all pairs; raises BenchmarkRefused above 1e-5."""
    return max(check_attention(model, post.hashed(model.config.features), "posts") for post in posts)


def _add_explanations(
    model: SparseMixModel, trial: _Part, test: _Part, slow: Sequence[str], tell: Tell, tables: _Tables
) -> None:
    on_trial, on_test = (explained(model, part.posts, slow, tell) for part in (trial, test))
    for method, scores in on_test.items():
        tables.add_scores(method, trial, test, on_trial[method], scores)


@torch.no_grad()
def _verdict(model: SparseMixModel, post: Post) -> bool:
    logits, _ = model.network(Batch.of([post.hashed(model.config.features)]))
    return bool(logits[0, -1] >= 0.0)


def _accuracy(posts: Sequence[Post], verdict: Callable[[Post], bool]) -> NDArray[np.float64]:
    """Whether the verdict is right on each post, followed by each post without its marked words (NaN where it has none, or
    nothing else)."""
    right = [float(verdict(post) == bool(post.toxic.any())) for post in posts]
    for post in posts:
        cut = post.toxic.any() and not post.toxic.all()
        right.append(float(not verdict(post.without(post.toxic))) if cut else np.nan)
    return np.array(right)
