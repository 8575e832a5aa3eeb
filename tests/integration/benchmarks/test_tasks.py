"""The tasks' examples say what their answers claim, by evaluators written without the generators."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.errors import ConfigError
from tests.benchmarks.tasks.synthetic import UNASKED, AssociativeRecall, Examples, ListOps, SelectiveCopying, Task, apply, text
from tests.support.properties import examples

SEEDS = st.integers(0, 2**32 - 1)
TASKS: list[Task] = [AssociativeRecall(), SelectiveCopying(), ListOps()]


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def evaluate(words: list[str]) -> int:
    """A recursive evaluator on the text of an expression; takes the words that it reads."""
    word = words.pop(0)
    if word.isdigit():
        return int(word)
    values = []
    while words[0] != "]":
        values.append(evaluate(words))
    words.pop(0)
    ordered = sorted(values)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) // 2
    return {"[MIN": ordered[0], "[MAX": ordered[-1], "[MED": median, "[SM": sum(values) % 10}[word]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
@examples(20)
@given(seed=SEEDS, length=st.integers(32, 300))
def test_examples_have_the_length_and_stay_within_the_vocabulary(task: Task, seed: int, length: int) -> None:
    examples = task.sample(length, 3, rng(seed))
    assert examples.tokens.shape == examples.target.shape == (3, length)
    assert 0 <= examples.tokens.min() <= examples.tokens.max() < task.vocabulary
    assert examples.target.min() == UNASKED
    assert examples.target.max() < task.classes
    assert (examples.target != UNASKED).any(1).all()


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_same_seed_gives_the_same_examples(task: Task) -> None:
    def draw(seed: int) -> Examples:
        return task.sample(200, 4, rng(seed))

    assert np.array_equal(draw(1).tokens, draw(1).tokens)
    assert np.array_equal(draw(1).target, draw(1).target)
    assert not np.array_equal(draw(1).tokens, draw(2).tokens)


@examples(50)
@given(seed=SEEDS, length=st.integers(16, 400))
def test_recall_asks_for_the_value_that_followed_the_key(seed: int, length: int) -> None:
    task = AssociativeRecall()
    examples = task.sample(length, 1, rng(seed))
    tokens, target = examples.tokens[0].tolist(), examples.target[0].tolist()
    asked = [i for i, value in enumerate(target) if value != UNASKED]
    assert len(asked) == length // 16
    for i in asked:
        first = tokens.index(tokens[i])
        assert first < i
        assert tokens[first + 1] == task.noise + task.keys + target[i]
        assert tokens.count(tokens[i]) == 2


@examples(50)
@given(seed=SEEDS, length=st.integers(32, 400))
def test_copying_asks_for_the_data_tokens_in_order(seed: int, length: int) -> None:
    task = SelectiveCopying()
    examples = task.sample(length, 1, rng(seed))
    tokens, target = examples.tokens[0].tolist(), examples.target[0].tolist()
    assert tokens[-16:] == [1] * 16
    assert [token - 2 for token in tokens if token >= 2] == target[-16:]
    assert set(target[:-16]) == {UNASKED}


@examples(50)
@given(seed=SEEDS, length=st.integers(20, 600))
def test_listops_answers_are_those_of_a_recursive_evaluator(seed: int, length: int) -> None:
    examples = ListOps().sample(length, 2, rng(seed))
    for tokens, target in zip(examples.tokens.tolist(), examples.target.tolist(), strict=True):
        words = text(tokens).split()
        assert length // 2 < len(words) <= length - 2
        assert evaluate(words) == target[-1]
        assert not words
        assert set(target[:-1]) == {UNASKED}


def test_listops_of_the_benchmark_cover_500_to_2000_tokens() -> None:
    for length, least in ((1000, 501), (2000, 1001)):
        sizes = [len(text(row.tolist()).split()) for row in ListOps().sample(length, 20, rng(0)).tokens]
        assert least <= min(sizes) <= max(sizes) <= length - 2


def test_listops_operators() -> None:
    assert [apply(name, [7, 2, 9, 4]) for name in ("MIN", "MAX", "MED", "SM")] == [2, 9, 5, 2]


def test_lengths_that_cannot_be_are_refused() -> None:
    with pytest.raises(ConfigError, match="keys"):
        AssociativeRecall(keys=4).sample(256, 1, rng(0))
    with pytest.raises(ConfigError, match="keys"):
        AssociativeRecall().sample(15, 1, rng(0))
    with pytest.raises(ConfigError, match="at least 32"):
        SelectiveCopying().sample(31, 1, rng(0))
