"""What tells events apart."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding.kinds import in_a_row, kind_basis, kinds
from sparsemix.encoding.sequence import Event


def events(*messages: str) -> list[Event]:
    return [Event(message, message, None, None, None, 1) for message in messages]


def test_messages_that_come_again_and_again_tell_themselves_else_their_templates() -> None:
    assert kind_basis([events(*["open", "close"] * 10)]) == "message"
    assert kind_basis([events(*(f"force={value}.5" for value in range(20)))]) == "template"


def test_numbers_do_not_tell_templates_apart() -> None:
    first, second = kinds(events("force=20.5 bar", "force=31.2 bar"), "template")
    assert first == second
    first, second = kinds(events("force=20.5 bar", "force=31.2 bar"), "message")
    assert first != second


@given(st.lists(st.sampled_from("abc"), max_size=20))
def test_the_same_course_has_the_same_number_wherever_it_comes(text: list[str]) -> None:
    rows = in_a_row(kinds(events(*text), "message"), 3)
    for length, (_, hashes) in enumerate(rows):
        seen: dict[tuple[str, ...], np.uint64] = {}
        for end in range(length, len(text)):
            course = tuple(text[end - length : end + 1])
            assert seen.setdefault(course, hashes[end]) == hashes[end]
        assert len(set(seen.values())) == len(seen)
