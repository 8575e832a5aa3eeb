"""States: what earlier lines set for a subject, told by the file alone."""

import time

import numpy as np
import pytest

from sparsemix.encoding.file_statistics.alternatives import more
from sparsemix.encoding.file_statistics.domains import domains, varying
from sparsemix.encoding.file_statistics.lines import read_lines
from sparsemix.encoding.file_statistics.statistics import CODES, GROUPS, NAMES, file_statistics
from sparsemix.encoding.file_statistics.surprise import members
from sparsemix.encoding.sequence import Event

STATE = CODES.index("state")


def events(texts: list[str]) -> tuple[Event, ...]:
    return tuple(Event(text, text, None, None, None, number) for number, text in enumerate(texts, 1))


def column(texts: list[str], name: str) -> np.ndarray:
    return file_statistics(events(texts)).columns[:, NAMES.index(f"states.{name}")]


def ovens(lines: int = 600, wrong: tuple[int, ...] = ()) -> tuple[list[str], dict[int, int]]:
    """Return a log in which ovens get a bread each, and bake it, and for every bake the line that set its bread; the bakes of
    the numbers ``wrong`` have another one."""
    rng = np.random.default_rng(0)
    breads = ("rye", "spelt", "wheat", "oat", "barley")
    held: dict[int, tuple[int, str]] = {}
    texts, sets = [], {}
    bakes = 0
    for number in range(lines):
        oven = int(rng.integers(4))
        draw = rng.random()
        if oven not in held or draw < 0.06:
            held[oven] = number, str(rng.choice([bread for bread in breads if bread != held.get(oven, (0, ""))[1]]))
            texts.append(f"oven {oven} gets bread={held[oven][1]} by {rng.choice(['Ann', 'Bo'])}")
        elif draw < 0.2:
            others = [bread for bread in breads if bread != held[oven][1]]
            bread = str(rng.choice(others)) if bakes in wrong else held[oven][1]
            texts.append(f"oven {oven} bakes now bread={bread} for order {rng.integers(10_000, 99_999)}")
            sets[number] = held[oven][0]
            bakes += 1
        else:
            texts.append(f"oven {oven} warm at {rng.integers(200, 240)} degrees")
    return texts, sets


def test_a_line_that_does_not_agree_with_what_was_set_is_a_mismatch_and_knows_the_line_that_set_it() -> None:
    texts, sets = ovens(wrong=(7, 30))
    bakes = list(sets)
    wrong = [bakes[7], bakes[30]]
    mismatch = column(texts, "mismatch")
    assert sorted(np.argsort(-mismatch)[:2].tolist()) == wrong
    assert mismatch[wrong].min() > 2.0
    assert not mismatch[[bake for bake in bakes if bake not in wrong]].any()
    code = file_statistics(events(texts)).codes[STATE]
    for bake in wrong:
        assert code[bake] == sets[bake] == code[sets[bake]]


def test_an_agreement_does_not_vouch_for_itself() -> None:
    """With one pair fewer there would be too few that agree."""
    texts = [
        text for number in range(3) for text in (f"oven {number % 2} gets bread=rye", f"oven {number % 2} bakes bread=rye")
    ]
    assert not column(texts * 2, "match")[:2].any()


def gates(state: str, usual: str) -> list[str]:
    """Return a log in which gates are in a usual state, and gate 3 is in another one from line 200 on, which
    is said twice."""
    rng = np.random.default_rng(1)
    texts = []
    for number in range(400):
        gate = int(rng.integers(6))
        if number in (200, 201):
            texts.append(f"gate 3 bolt {state} by hand")
        elif number % 9 == 0 and not (gate == 3 and number > 200):
            texts.append(f"gate {gate} bolt {usual} by hand")
        else:
            texts.append(f"gate {gate} passed {rng.integers(1, 90)} carts")
    return texts


@pytest.mark.parametrize(("state", "usual", "marked"), [("unlocked", "locked", 1.0), ("open", "shut", 0.0)])
def test_a_rare_state_is_told_at_the_lines_of_its_subject_until_another_is_set(state: str, usual: str, marked: float) -> None:
    texts = gates(state, usual)
    there = np.array([text.startswith("gate 3") for text in texts]) & (np.arange(len(texts)) > 201)
    rarer = column(texts, "own_rarer")
    assert (rarer[there] > 2.0).all()
    assert not rarer[~there].any()
    assert (column(texts, "own_marked")[there] == marked).all()
    assert (file_statistics(events(texts)).codes[STATE][there] == 201).all()


@pytest.mark.parametrize(
    ("word", "base", "is_more"),
    [
        *[
            ("unlocked", "locked", True),
            ("locked", "unlocked", False),
            ("inactive", "active", True),
            ("closed", "opened", False),
        ],
        *[("未検査", "検査", True), ("検査", "検査", False), ("a", "", False)],
    ],
)
def test_a_word_and_more(word: str, base: str, is_more: bool) -> None:
    assert more(word, base) == is_more


def test_numbers_of_two_sizes_are_told_apart() -> None:
    rng = np.random.default_rng(2)
    off = [rng.uniform(-2, 2) if number % 4 else rng.choice([-1, 1]) * rng.uniform(9, 20) for number in range(80)]
    large = column([f"scale reads {500 + one:.1f} g" for one in off], "large")
    np.testing.assert_array_equal(large > 0, np.abs(off) > 5)
    assert not column([f"scale reads {500 + one:.1f} g" for one in rng.normal(size=80)], "large").any()


def test_a_plain_number_is_another_thing_behind_another_word() -> None:
    lines = read_lines([f"pump {number % 3} on" if number % 2 else f"{number % 3} errors seen" for number in range(60)])
    own = members(lines.kind)
    assert domains(lines, own, varying(lines, own)) == []


def test_a_file_without_subjects_has_no_states() -> None:
    rng = np.random.default_rng(3)
    found = file_statistics(events([f"request {rng.integers(10**6)} took {rng.integers(1000)} ms" for _ in range(200)]))
    first = NAMES.index("states.mismatch")
    assert not found.columns[:, first:].any()
    assert len(GROUPS["states"]) == len(NAMES) - first
    assert (found.codes[STATE] == -1).all()


def test_a_long_file_is_read_in_seconds() -> None:
    texts, _ = ovens(20_000)
    file_statistics(events(texts[:100]))
    started = time.process_time()
    file_statistics(events(texts))
    assert time.process_time() - started < 4.0
