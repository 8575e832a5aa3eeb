"""Votes of people who err: the many and the reliable count for more, and nobody is believed without limit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.review.agreement import Vote, weigh


def test_one_word_alone_counts_as_much_as_a_stranger_is_trusted() -> None:
    weighed = weigh([Vote("pair", "ann", True)])
    assert 0.75 < weighed.probability["pair"] < 0.95
    assert weighed.accuracy["ann"] == pytest.approx(0.8, abs=0.05)


def test_who_often_contradicts_everybody_is_believed_less() -> None:
    votes = [Vote(n, name, n % 2 == 0) for n in range(30) for name in ("ann", "ben", "cem")]
    votes += [Vote(n, "eve", n % 3 == 0) for n in range(30)]
    weighed = weigh(votes)
    assert weighed.accuracy["eve"] < 0.65
    assert min(weighed.accuracy[name] for name in ("ann", "ben", "cem")) > 0.9
    alone = weigh([*votes, Vote("new", "eve", True)]).probability["new"]
    assert alone < weigh([*votes, Vote("new", "ann", True)]).probability["new"]


def test_the_last_word_of_a_reviewer_counts() -> None:
    assert weigh([Vote("x", "ann", True), Vote("x", "ann", False)]).probability["x"] < 0.5


def test_reviewers_of_known_accuracy_are_found_out() -> None:
    rates, right = {"ann": 0.95, "ben": 0.8, "cem": 0.65}, []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        truth = rng.random(400) < 0.4
        votes = [
            Vote(n, who, bool(truth[n] == (rng.random() < rate))) for n in range(len(truth)) for who, rate in rates.items()
        ]
        weighed = weigh(votes)
        assert weighed.accuracy == pytest.approx(rates, abs=0.08)
        settled = np.array([weighed.probability[n] > 0.5 for n in range(len(truth))])
        majority = np.array([sum(vote.true for vote in votes[3 * n : 3 * n + 3]) > 1 for n in range(len(truth))])
        right.append(((settled == truth).mean(), (majority == truth).mean()))
    weighed, counted = np.mean(right, axis=0)
    assert weighed > counted + 0.02


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc"), st.booleans()), max_size=30))
def test_probabilities_are_probabilities_and_order_of_people_does_not_matter(said: list[tuple[int, str, bool]]) -> None:
    votes = [Vote(*one) for one in said]
    weighed = weigh(votes)
    assert set(weighed.probability) == {one.statement for one in votes}
    assert all(0.0 < value < 1.0 for value in (*weighed.probability.values(), *weighed.accuracy.values()))
    assert weigh(votes) == weighed


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abc"), st.booleans()), max_size=60))
def test_what_nobody_contradicts_is_never_turned_into_its_opposite(said: list[tuple[int, str, bool]]) -> None:
    words: dict[int, dict[str, bool]] = {}
    for statement, reviewer, true in said:
        words.setdefault(statement, {})[reviewer] = true
    weighed = weigh(Vote(*one) for one in said)
    for statement, word in words.items():
        if len(set(word.values())) == 1:
            assert (weighed.probability[statement] > 0.5) is all(word.values())


def test_words_on_what_nobody_else_spoke_of_say_nothing_of_who_says_them() -> None:
    weighed = weigh([*(Vote(n, "ann", True) for n in range(40)), *(Vote(n, "ben", False) for n in range(40, 45))])
    assert weighed.accuracy == {"ann": 0.8, "ben": 0.8}
    assert {round(weighed.probability[n], 9) for n in range(40, 45)} == {0.2}


def test_a_lone_reviewer_is_as_sure_of_a_rare_word_as_of_a_usual_one() -> None:
    weighed = weigh([*(Vote(n, "ann", True) for n in range(1000)), Vote("rare", "ann", False)])
    assert (weighed.probability[0], weighed.probability["rare"]) == pytest.approx((0.8, 0.2))


def test_agreement_on_what_nobody_could_deny_makes_nobody_more_accurate() -> None:
    weighed = weigh(Vote(n, name, True, deniable=False) for n in range(30) for name in ("ann", "ben"))
    assert weighed.accuracy == {"ann": 0.8, "ben": 0.8}
    assert weighed.probability[0] > 0.9


def test_who_contradicts_everybody_is_believed_in_nothing_and_not_in_the_opposite() -> None:
    votes = [Vote(n, name, (n % 2 == 0) is (name != "eve")) for n in range(60) for name in ("ann", "ben", "cem", "eve")]
    weighed = weigh([*votes, Vote("new", "eve", True)])
    assert 0.5 < weighed.accuracy["eve"] < 0.55
    assert 0.5 < weighed.probability["new"] < 0.55
    assert all((weighed.probability[n] > 0.9) is (n % 2 == 0) for n in range(60))


def reviewed(
    seed: int, accuracy: dict[str, float], *, objecting: str = "", true: float = 0.6, each: int = 2
) -> tuple[float, float]:
    """Return the share of 300 statements that come out right, and the share by majority (a tie counts half). ``each`` of these
    reviewers looked at every statement; ``objecting`` only say that something is wrong."""
    rng = np.random.default_rng(seed)
    truth, votes = rng.random(300) < true, list[Vote[int]]()
    for n, right in enumerate(truth):
        for who in rng.choice(sorted(accuracy), each, replace=False):
            said = bool(right == (rng.random() < accuracy[who]))
            if not (said and who in objecting):
                votes.append(Vote(n, str(who), said))
    weighed, said_of = weigh(votes), dict[int, list[bool]]()
    for vote in votes:
        said_of.setdefault(vote.statement, []).append(vote.true)
    majority = [0.5 + (np.mean(said) - 0.5) * (1 if truth[n] else -1) for n, said in said_of.items()]
    settled = [(weighed.probability[n] > 0.5) == truth[n] for n in said_of]
    return float(np.mean(settled)), float(np.mean([1.0 if one > 0.5 else 0.5 if one == 0.5 else 0.0 for one in majority]))


HONEST = dict.fromkeys("abcde", 0.9)


@pytest.mark.parametrize("objecting", ["", "e", "de", "cde", "bcde", "abcde"])
def test_those_who_only_object_are_not_turned_around(objecting: str) -> None:
    weighed, majority = np.mean([reviewed(seed, HONEST, objecting=objecting) for seed in range(6)], axis=0)
    assert weighed > majority - 0.025
    assert weighed > 0.75


@pytest.mark.parametrize(
    ("accuracy", "true", "each", "better"),
    [
        (HONEST | {"e": 0.5}, 0.6, 2, 0.05),
        (HONEST | {"e": 0.1}, 0.6, 2, 0.1),
        (HONEST | {"e": 0.1}, 0.6, 3, 0.03),
        (HONEST | {"d": 0.1, "e": 0.1}, 0.6, 3, 0.2),
    ],
    ids=["one at random", "one liar", "one liar in three", "two liars"],
)
def test_the_many_outvote_those_who_are_often_wrong(accuracy: dict[str, float], true: float, each: int, better: float) -> None:
    weighed, majority = np.mean([reviewed(seed, accuracy, true=true, each=each) for seed in range(6)], axis=0)
    assert weighed > majority + better


def test_what_equals_dispute_stays_open_however_many_others_are_true() -> None:
    votes = [Vote(n, name, True) for n in range(50) for name in ("ann", "ben")]
    weighed = weigh([*votes, Vote("x", "ann", True), Vote("x", "ben", False)])
    assert weighed.probability["x"] == pytest.approx(0.5)


def test_nothing_said_is_nothing_known() -> None:
    assert weigh([]).probability == {}
