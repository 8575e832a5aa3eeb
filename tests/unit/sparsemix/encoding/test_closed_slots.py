"""Numbers that are words: small closed sets, and nothing that keeps coming anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding.closed_slots import ClosedSlots, closed_number_slots
from sparsemix.encoding.kinds import kinds
from sparsemix.encoding.sequence import Event, template
from sparsemix.errors import WeightsError


def requests(count: int, codes: str = "200 200 200 304 404") -> list[str]:
    rng = np.random.default_rng(0)
    return [f'"GET /page HTTP/1.1" {rng.choice(codes.split())} {rng.integers(100, 99_999)}' for _ in range(count)]


def test_a_status_code_is_a_word_and_a_size_is_not() -> None:
    words = closed_number_slots(requests(200))
    assert words.template('"GET /page HTTP/1.1" 503 812') == '"GET /page <*>" 503 <*>'
    assert words.template('"GET /page HTTP/1.1" 200 99') != words.template('"GET /page HTTP/1.1" 500 99')
    assert words.template('"GET /page HTTP/1.1" 20000 99') == template('"GET /page HTTP/1.1" 20000 99')


@pytest.mark.parametrize(
    "lines",
    [
        [f"worker {number} done" for number in range(200)],
        [f"took {number % 90} ms" for number in range(400)],
        [f"session {4000 + number // 30} open" for number in range(200)],
        [f"block {'ab'[number % 2]}{number % 3} ok" for number in range(200)],
        [f"level {number // 70} reached" for number in range(210)],
        ["code 7"] * 10,
        ["code <*> 7", "code 3 7"] * 30,
    ],
    ids=["identifiers", "measured", "long", "not only digits", "new in the second half", "few lines", "a mask in the text"],
)
def test_other_numbers_stay_masked(lines: list[str]) -> None:
    words = closed_number_slots(lines)
    assert all(words.template(line) == template(line) for line in lines)


@given(st.lists(st.text(alphabet="ab12 -%<*>", max_size=12), max_size=60))
def test_without_closed_slots_a_template_is_the_plain_one_and_with_them_it_tells_more(lines: list[str]) -> None:
    words = closed_number_slots(lines)
    for line in lines:
        assert ClosedSlots(np.zeros(0, np.uint64), np.zeros(0, np.int64)).template(line) == template(line)
        assert template(words.template(line)) == template(line)


def test_kinds_of_events_tell_codes_apart() -> None:
    lines = requests(200)
    events = [Event(line, line, None, None, None, number) for number, line in enumerate(lines, 1)]
    assert len(set(kinds(events, "template").tolist())) == 1
    assert len(set(kinds(events, "template", closed_number_slots(lines)).tolist())) == 3


def test_damaged_slots_are_refused() -> None:
    for hashed, slots in (([2, 1], [1, 1]), ([1], [0]), ([1], [1, 1]), ([1], [2**62])):
        with pytest.raises(WeightsError):
            ClosedSlots(np.array(hashed, np.uint64), np.array(slots, np.int64))
