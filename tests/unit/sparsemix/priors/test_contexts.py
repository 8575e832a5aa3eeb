"""Contexts: chances that make one, against counting by hand, with and without the beginning of a sequence; what is damaged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.errors import WeightsError
from sparsemix.priors.expectation import Contexts, Hashes, count_contexts
from tests.support.properties import examples


def kinds(text: str) -> Hashes:
    return np.array([ord(sign) for sign in text], np.uint64)


def by_hand(training: list[str], text: str, order: int, edges: bool, unknown: float) -> list[float]:
    """Compute the probabilities from counts in a plain loop; ^ stands for the kind before the beginning."""
    probabilities = []
    for place in range(len(text)):
        p = unknown
        for length in range(order):
            if length > place and not edges:
                continue
            context = ("^" * length + text[:place])[place:]
            after = []
            for one in training:
                starts = range(0 if edges else length, len(one))
                after += [one[at] for at in starts if ("^" * length + one[:at])[at:] == context]
            if after:
                p = (after.count(text[place]) + len(set(after)) * p) / (len(after) + len(set(after)))
        probabilities.append(p)
    return probabilities


@examples()
@given(st.lists(st.text("ab", min_size=1, max_size=12), min_size=1, max_size=4), st.text("abc", max_size=9), st.booleans())
def test_they_are_what_counting_by_hand_gives(training: list[str], text: str, edges: bool) -> None:
    contexts = count_contexts([kinds(one) for one in training], 4, 10_000, edges=edges)
    assert contexts.probability(kinds(text), 0.25).tolist() == pytest.approx(by_hand(training, text, 4, edges, 0.25))


@examples()
@given(st.lists(st.text("abcd", min_size=1, max_size=40), min_size=1, max_size=4), st.text("abcde", max_size=8), st.booleans())
def test_the_chances_of_all_that_can_follow_make_one(training: list[str], before: str, edges: bool) -> None:
    known = sorted(set("".join(training)))
    contexts = count_contexts([kinds(text) for text in training], 10, 10_000, edges=edges)
    chances = [contexts.probability(kinds(before + sign), 1.0 / (len(known) + 1))[-1] for sign in [*known, "?"]]
    assert sum(chances) == pytest.approx(1.0)


def test_contexts_stay_short_where_there_would_be_too_many_pairs() -> None:
    contexts = count_contexts([kinds("abcdabdcacbd")], 8, 10, edges=True)
    assert contexts.order == 1 and len(contexts.pair) == 4
    assert count_contexts([kinds("abcdabdcacbd")], 8, 1000, edges=True).order == 8


def test_what_is_damaged_is_refused() -> None:
    contexts = count_contexts([kinds("abcabd"), kinds("ba")], 3, 100, edges=False)
    assert isinstance(replace(contexts), Contexts)
    for broken in ({"order": 0}, {"total": contexts.total[1:]}, {"pair": contexts.pair[::-1]}, {"count": contexts.count[1:]}):
        with pytest.raises(WeightsError):
            replace(contexts, **broken)
