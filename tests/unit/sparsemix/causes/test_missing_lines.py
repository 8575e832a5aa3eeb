"""What was expected beside a line and did not come: counted as a plain reference counts, and nothing named without grounds."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix import TokenSequence, read_bytes
from sparsemix.causes.missing_lines import MissingLine, line_groups, missing_lines
from sparsemix.encoding.entities import EntityType
from sparsemix.judges import Labelled
from sparsemix.model.fallback import any_log_model
from tests.support.sparsemix.entity_logs import MATCHED

ORDERS = Labelled(entities=(EntityType(("order #",)), EntityType(("gate #",), 4)))
FOUND = Labelled()
STEPS = ("received", "picked", "packed", "shipped")
Line = tuple[int, int]
"""The number of an order, and the kind of its line."""


def log(lines: Sequence[str]) -> TokenSequence:
    return read_bytes("\n".join(lines).encode(), "orders.log")


def orders(count: int, pattern: str = "{step} order {order} at gate 7", mixed: float = 0.0) -> list[str]:
    """Return the lines of so many orders: each step three orders after the one before it, or up to ``mixed`` later."""
    rng = random.Random(0)  # noqa: S311 - made-up lines
    steps = range(len(STEPS))
    places = sorted((order + 3 * step + mixed * rng.random(), order, step) for order in range(count) for step in steps)
    return [pattern.format(step=STEPS[step], order=4700 + order) for _, order, step in places]


def without(lines: Sequence[str], step: str, order: int) -> tuple[list[str], int]:
    """Return the lines without a step of an order, and the place of the step before it."""
    gone = next(place for place, line in enumerate(lines) if step in line and str(order) in line)
    before = max(place for place in range(gone) if str(order) in lines[place])
    return [*lines[:gone], *lines[gone + 1 :]], before


def reference(lines: Sequence[Line], at: int) -> list[tuple[str, int, int, int, int]]:
    """Return side, kind, groups with it, groups and median distance of what the line at a place lacks, written out."""
    own, kind = lines[at]
    members = {order: [place for place, line in enumerate(lines) if line[0] == order] for order, _ in lines}
    found = []
    for side, sign in (("before", -1), ("after", 1)):
        last = min if side == "before" else max
        anchors = {o: last(alike) for o, p in members.items() if (alike := [place for place in p if lines[place][1] == kind])}
        room = {order: anchor if side == "before" else len(lines) - 1 - anchor for order, anchor in anchors.items()}
        for other in {line[1] for line in lines}:
            away = {
                order: min(there)
                for order, anchor in anchors.items()
                if order != own
                and (there := [d for p in members[order] if (d := sign * (p - anchor)) > 0 and lines[p][1] == other])
            }
            if not away or any(sign * (place - at) > 0 and lines[place][1] == other for place in members[own]):
                continue
            usual = sorted(away.values())[math.ceil(0.95 * (len(away) - 1))]
            groups = [order for order in anchors if order != own and room[order] >= usual]
            have = [order for order in groups if order in away]
            if len(away) >= 5 and len(groups) >= 5 and len(have) + 0.5 >= 0.9 * (len(groups) + 1) and room[own] >= usual:
                found.append((side, other, len(have), len(groups), int(median(away.values()))))
    return sorted(found, key=lambda one: (-(one[2] + 0.5) / (one[3] + 1), one[4], one[0] != "after"))


@st.composite
def mixed_lines(draw: st.DrawFn) -> list[Line]:
    """Return lines of up to twenty orders, most of which have the same kinds in the same order."""
    usual = draw(st.lists(st.integers(0, 3), min_size=2, max_size=4))
    lines: list[tuple[int, Line]] = []
    for order in range(draw(st.sampled_from((6, 8, 20)))):
        kinds = usual if draw(st.integers(0, 11)) else draw(st.lists(st.integers(0, 3), min_size=1, max_size=5))
        start = draw(st.integers(0, 30))
        lines += [(start + draw(st.integers(0, 4)) + 2 * place, (order, kind)) for place, kind in enumerate(kinds)]
    padding = [(time, (100 + time, 9)) for time in draw(st.sets(st.integers(-9, 50), max_size=20))]
    return [line for _, line in sorted([*lines, *padding], key=lambda one: one[0])]


@given(mixed_lines(), st.data())
def test_it_counts_as_the_reference_does(lines: list[Line], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(lines) - 1))
    found = missing_lines(
        log([f"step {'abcdefghij'[kind] * 3} order {1000 + order}" for order, kind in lines]), MATCHED.judge, at
    )
    wanted = reference(lines, at)
    named = [(one.side, "abcdefghij".index(one.template[5]), one.groups_with, one.groups, one.lines) for one in found]
    assert len(named) == min(len(wanted), 5) and set(named) <= set(wanted)
    likely = [(one.groups_with + 0.5) / (one.groups + 1) for one in found]
    assert likely == [(one[2] + 0.5) / (one[3] + 1) for one in wanted[:5]]
    for one in found:
        assert lines[one.line - 1][0] != lines[at][0] and f"order {1000 + lines[one.line - 1][0]}" in one.text
        assert one.identifier == str(1000 + lines[at][0])


@pytest.mark.parametrize("judge", [ORDERS, FOUND], ids=["types of the weights", "types of the file"])
def test_a_line_that_did_not_come_is_named_on_both_sides(judge: Labelled) -> None:
    lines, before = without(orders(40), "picked", 4720)
    sequence = log(lines)
    (after,) = missing_lines(sequence, judge, before)
    text = "picked order 4719 at gate 7"
    line = lines.index(text) + 1
    assert after == MissingLine("after", "picked order <*> at gate <*>", line, text, 39, 39, 11, "4720")
    packed = lines.index("packed order 4720 at gate 7")
    (missing,) = missing_lines(sequence, judge, packed)
    # The first order was packed so early that the file has no room for it before.
    assert (missing.side, missing.groups_with, missing.groups, missing.text) == ("before", 38, 38, text)
    assert missing_lines(sequence, judge, lines.index("picked order 4710 at gate 7")) == ()


def test_nothing_is_expected_beyond_the_ends_of_a_file() -> None:
    lines = orders(40)
    cut = lines[30:-30]
    sequence = log(cut)
    assert any(line.startswith("packed") for line in cut[:9]) and any(line.startswith("received") for line in cut[-9:])
    assert [found for place in range(len(cut)) for found in missing_lines(sequence, ORDERS, place)] == []


def test_too_few_or_too_many_other_groups_say_nothing() -> None:
    lines, before = without(orders(6), "picked", 4702)
    assert [one.groups for one in missing_lines(log(lines), ORDERS, before)] == [5]
    lines, before = without(orders(5), "picked", 4702)
    assert missing_lines(log(lines), ORDERS, before) == ()
    lines, before = orders(40), 0
    for order in range(4700, 4740, 6):
        lines, before = without(lines, "picked", order)
    assert missing_lines(log(lines), ORDERS, before) == ()


def test_without_identifiers_nothing_is_expected() -> None:
    lines = [f"{'start' if place % 2 else 'stop'} the pump" for place in range(200)]
    assert missing_lines(log([*lines, "stop the pump"]), FOUND, 200) == ()
    assert missing_lines(log(["one line", "another one"]), FOUND, 0) == ()
    rows = "\n".join(["time,order,temperature", *(f"{place},{place // 2},20.5" for place in range(200))])
    assert missing_lines(read_bytes(rows.encode(), "rows.csv"), ORDERS, 100) == ()


def test_sessions_of_the_file_say_it_where_the_weights_judge_it_by_itself() -> None:
    lines, before = without(orders(60, "{step} {step} {step} sshd[{order}]", mixed=2.9), "picked", 4730)
    (found,) = missing_lines(log(lines), any_log_model().judge, before)
    assert (found.side, found.template, found.identifier) == ("after", "picked picked picked sshd[<*>]", "4730")
    assert found.groups_with == found.groups > 40


@pytest.mark.parametrize("mixed", [0.0, 0.5])
def test_orders_one_after_another_say_it_where_the_file_has_no_sessions(mixed: float) -> None:
    lines, before = without(orders(40, mixed=mixed), "picked", 4720)
    (found,) = missing_lines(log(lines), any_log_model().judge, before)
    assert (found.side, found.identifier) == ("after", "4720") and found.groups_with == found.groups > 30


def test_words_that_differ_from_line_to_line_of_a_kind_are_masked() -> None:
    users = ("root", "guest", "admin", "oracle")
    lines = [
        line
        for order in range(40)
        for line in (f"sshd[{4700 + order}]: ask {users[order % 4]} now", f"sshd[{4700 + order}]: bye")
    ]
    groups, _ = line_groups(log(lines), any_log_model().judge)
    assert groups.template(10) == "sshd[<*>]: ask # now" and groups.template(11) == "sshd[<*>]: bye"


def test_one_huge_group_hides_nothing_and_says_nothing() -> None:
    huge = [f"{STEPS[place % 3]} order 99999 at gate 7" for place in range(3_000)]
    lines, before = without(orders(40), "picked", 4720)
    sequence = log([*lines[: before + 1], *huge, *lines[before + 1 :]])
    assert [one.template for one in missing_lines(sequence, ORDERS, before)] == ["picked order <*> at gate <*>"]
    # Orders take 3,000 lines there, so that the huge one has no room for what they have.
    assert missing_lines(sequence, ORDERS, before + 2_000) == ()


@pytest.mark.parametrize("lettered", [False, True])
def test_orders_in_japanese_and_orders_without_digits(lettered: bool) -> None:
    lines, before = without(orders(40, "注文 {order} を受付で{step}"), "picked", 4720)
    names = {str(4700 + order): chr(0x30A2 + 7 * order % 60) + "シロ" for order in range(40)}
    if lettered:
        lines = [re.sub(r"\d+", lambda number: names[number[0]], line) for line in lines]
    (found,) = missing_lines(log(lines), FOUND, before)
    assert (found.side, found.groups_with, found.groups) == ("after", 39, 39)
    assert found.identifier == (names["4720"] if lettered else "4720")
    assert found.template.split() == ["注文", "#" if lettered else "<*>", "を受付でpicked"]
