"""Votes of people who err: the many and the reliable count for more, and nobody is believed without limit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.votes import Vote, weigh


def test_one_word_alone_counts_as_much_as_a_stranger_is_trusted() -> None:
    found = weigh([Vote("pair", "ann", True)])
    assert 0.75 < found.probability["pair"] < 0.95
    assert found.accuracy["ann"] == pytest.approx(0.8, abs=0.05)


def test_who_often_contradicts_everybody_is_believed_less() -> None:
    votes = [Vote(n, name, n % 2 == 0) for n in range(30) for name in ("ann", "ben", "cem")]
    votes += [Vote(n, "eve", n % 3 == 0) for n in range(30)]
    found = weigh(votes)
    assert found.accuracy["eve"] < 0.65
    assert min(found.accuracy[name] for name in ("ann", "ben", "cem")) > 0.9
    alone = weigh([*votes, Vote("new", "eve", True)]).probability["new"]
    assert alone < weigh([*votes, Vote("new", "ann", True)]).probability["new"]


def test_the_last_word_of_a_reviewer_counts() -> None:
    assert weigh([Vote("x", "ann", True), Vote("x", "ann", False)]).probability["x"] < 0.5


def test_reviewers_of_known_accuracy_are_found_out() -> None:
    rng = np.random.default_rng(2)
    truth, rates = rng.random(400) < 0.4, {"ann": 0.95, "ben": 0.8, "cem": 0.65}
    votes = [Vote(n, name, bool(truth[n] == (rng.random() < rate))) for n in range(len(truth)) for name, rate in rates.items()]
    found = weigh(votes)
    assert found.accuracy == pytest.approx(rates, abs=0.08)
    settled = np.array([found.probability[n] > 0.5 for n in range(len(truth))])
    majority = np.array([sum(vote.true for vote in votes[3 * n : 3 * n + 3]) > 1 for n in range(len(truth))])
    assert (settled == truth).mean() > (majority == truth).mean()


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc"), st.booleans()), max_size=30))
def test_probabilities_are_probabilities_and_order_of_people_does_not_matter(said: list[tuple[int, str, bool]]) -> None:
    votes = [Vote(*one) for one in said]
    found = weigh(votes)
    assert set(found.probability) == {one.statement for one in votes}
    assert all(0.0 < value < 1.0 for value in (*found.probability.values(), *found.accuracy.values()))
    assert weigh(votes) == found


def test_nothing_said_is_nothing_known() -> None:
    assert weigh([]).probability == {}
