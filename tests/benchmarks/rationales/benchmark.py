"""Explanations beside human rationales: toxic posts, and the words of them that people marked.

A small model (``model``) learns on the train set to tell posts with toxic words from others, at one summary event, and is
taught to select the marked words for this. An explanation is a score for every word of a post. Which scores make a word part of
it (``scores.Choice``) is chosen per method on the trial set alone; everything that is reported comes from the test set.

Methods: those of ``scores``; methods that take many passes are measured with the first seed's model only, on evenly spaced
posts of both sets. ``words`` among them is the model's own probability for each word, which is an answer, not an explanation.
Controls: ``random``, ``position`` (the later, the more important), ``lexicon`` (share of a word's occurrences in the train set
that were marked), and ``summary_selection_unguided``, of a model of the first seed that is told which posts are positive,
but not which words were marked; posts without their marked words are among its negatives.

Metrics: ``character_f1`` and ``rationale_auprc`` as in ``scores``; ``post_accuracy`` of the verdict on the test posts
as they are and on the marked ones without their marked words, beside ``majority``, the larger of the two classes.

``value`` is the mean over the seeds; ``low`` to ``high`` is the 95 % bootstrap interval over the test posts of the posts' means
over the seeds; ``by_seed`` holds each seed's value, ``posts`` how many posts count. Before anything is reported, the attention
of every model is compared with dense entmax attention over all pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sparsemix.errors import ConfigError
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.model import SparseMixModel
from sparsemix.training.common.metrics import interval
from tests.benchmarks.brute_force import check_attention
from tests.benchmarks.rationales.data import Post, lexicon, load
from tests.benchmarks.rationales.model import RationalePlan, train
from tests.benchmarks.rationales.scores import SLOW, SUMMARY, Judge, Scores, explained
from tests.benchmarks.report import Row, Tell

TASK = "toxic_spans"
UNGUIDED = f"{SUMMARY}_unguided"
# Posts of each part, evenly spaced, that the slow methods explain.
_SLOW_POSTS = 300
_CHECKED_POSTS = 8
# Even a short trial run needs posts of both kinds.
_LEAST_POSTS = 20


@dataclass(frozen=True, slots=True)
class _Part:
    """The posts of one part of the data, and their judge."""

    posts: list[Post]
    judge: Judge

    @classmethod
    def of(cls, posts: list[Post], scale: float) -> _Part:
        """Return the part with its posts; with ``scale`` below 1, with the first such share of them."""
        first = posts[: max(_LEAST_POSTS, round(scale * len(posts)))]
        return cls(first, Judge(first))

    def thinned(self, most: int) -> _Part:
        """Return the part with at most ``most`` of its posts, evenly spaced."""
        places = np.unique(np.linspace(0, len(self.posts) - 1, most).round().astype(int)).tolist()
        posts = [self.posts[place] for place in places]
        return _Part(posts, Judge(posts))


@dataclass(frozen=True, slots=True)
class _Tables:
    """The values so far: (method, metric) -> one array over the test posts [P] for each seed."""

    values: dict[tuple[str, str], list[NDArray[np.float64]]]

    def add(self, method: str, metric: str, values: NDArray[np.float64]) -> None:
        self.values.setdefault((method, metric), []).append(values)

    def add_scores(self, method: str, trial: _Part, test: _Part, on_trial: Scores, on_test: Scores) -> None:
        """Choose on the trial set, measure on the test set."""
        self.add(method, "character_f1", test.judge.f1(on_test, trial.judge.best(on_trial)))
        self.add(method, "rationale_auprc", test.judge.auprc(on_test))

    def rows(self, seed: int) -> list[Row]:
        result: list[Row] = []
        for (method, metric), tables in self.values.items():
            table = np.array(tables)
            table = table[:, ~np.isnan(table).any(0)]
            if not table.size:
                raise ConfigError("no test post has some, but not all of its words marked; take more test posts")
            low, high = interval(table.mean(0)[:, None], lambda rows: float(rows.mean()), seed)
            row: Row = {
                "task": TASK,
                "method": method,
                "metric": metric,
                "value": float(table.mean()),
                "low": low,
                "high": high,
            }
            result.append(row | {"by_seed": table.mean(1).tolist(), "posts": table.shape[1]})
        return result


def rows(data_dir: Path, seeds: tuple[int, ...], scale: float, tell: Tell) -> list[Row]:
    """Return all rows. ``scale`` multiplies the steps of training and, below 1, the numbers of trial and test posts.

    Raises `ConfigError` when data is missing or malformed or when there is no seed, `BenchmarkRefused` when an attention is
    wrong, `TrainingCollapsed` when a loss is not finite.
    """
    if not seeds or not scale > 0:
        raise ConfigError("at least one seed and a positive scale are needed")
    data = load(data_dir)
    trial, test = _Part.of(data["trial"], scale), _Part.of(data["test"], scale)
    tables = _Tables({})
    _controls(data["train"], trial, test, seeds, tables)
    plan = RationalePlan()
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
    """Measure all controls that need no model."""
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
    """Return the place of each word, from above 0 to 1 for the last word."""
    return np.arange(1, len(post.toxic) + 1) / max(len(post.toxic), 1)


def _trained(posts: list[Post], test: _Part, plan: RationalePlan, seed: int, tell: Tell) -> SparseMixModel:
    model = train(posts, plan, seed, tell)
    difference = check_exact(model, test.posts[:_CHECKED_POSTS])
    tell(f"seed {seed}: the attention differs from dense entmax attention by {difference:.1e}")
    return model


def check_exact(model: SparseMixModel, posts: Sequence[Post]) -> float:
    """Return the largest difference of `check_attention` over some posts."""
    return max(check_attention(model, post.hashed(model.config.features), "posts") for post in posts)


def _add_explanations(
    model: SparseMixModel, trial: _Part, test: _Part, slow: Sequence[str], tell: Tell, tables: _Tables
) -> None:
    on_trial, on_test = (explained(model, part.posts, slow, tell) for part in (trial, test))
    for method, scores in on_test.items():
        tables.add_scores(method, trial, test, on_trial[method], scores)


@torch.no_grad()
def _verdict(model: SparseMixModel, post: Post) -> bool:
    logits, _ = model.network(EventBatch.of([post.hashed(model.config.features)]))
    return bool(logits[0, -1] >= 0.0)


def _accuracy(posts: Sequence[Post], verdict: Callable[[Post], bool]) -> NDArray[np.float64]:
    """Return whether the verdict is right on each post, followed by each post without its marked words (NaN where a post has no
    marked word, or only marked words)."""
    right = [float(verdict(post) == bool(post.toxic.any())) for post in posts]
    for post in posts:
        cut = post.toxic.any() and not post.toxic.all()
        right.append(float(not verdict(post.without(post.toxic))) if cut else np.nan)
    return np.array(right)
