"""A few long logs without labels are cut into pieces to learn from; nothing else is cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.service.reading.data_sets import read_own
from dashboard.service.training.own_data import OwnData
from sparsemix.readers import ReadOptions


def log(lines: int) -> bytes:
    return b"".join(b"2026-03-02 10:00:00 INFO ST01 step %d\n" % line for line in range(lines))


def lengths(*files: tuple[str, bytes], labels: tuple[str, bytes] | None = None) -> list[int]:
    return [len(item) for item in read_own(files, labels, ReadOptions()).items]


@pytest.mark.parametrize(
    ("lines", "pieces"), [(374, [374]), (400, [50] * 8), (1_000, [50] * 20), (3_000, [150] * 20), (8_000, [200] * 40)]
)
def test_a_long_log_is_cut_into_pieces_of_equal_length(lines: int, pieces: list[int]) -> None:
    assert lengths(("a.log", log(lines))) == pieces


def test_the_pieces_are_the_log_in_order_and_the_app_says_so() -> None:
    files = (("a.log", log(2_000)), ("b.log", log(30)))
    own = OwnData(files).read()
    assert own.facts is not None and own.facts.sequences == 21
    assert "pieces:21" in own.facts.notes
    items = read_own(files, None, ReadOptions()).items
    assert [event.line for item in items[:-1] for event in item.sequence.events] == list(range(1, 2_001))
    assert items[-1].id == "b.log"
    assert len({item.id for item in items}) == 21


def test_many_logs_labelled_ones_tables_and_json_stay_whole() -> None:
    assert lengths(*((f"{number:02}.log", log(500)) for number in range(20))) == [500] * 20
    label = ("labels.csv", b"id,label\na.log,ok\n")
    assert lengths(("a.log", log(2_000)), labels=label) == [2_000]
    assert lengths(("a.csv", b"step,pressure\n" + b"1,2.5\n" * 2_000)) == [2_000]
    lot = json.dumps({"id": "lot", "events": [f"step {step}" for step in range(2_000)]}).encode()
    assert lengths(("a.jsonl", lot)) == [2_000]


@given(st.lists(st.integers(1, 3_000), min_size=1, max_size=3))
def test_no_line_is_lost_and_pieces_are_neither_tiny_nor_huge(sizes: list[int]) -> None:
    found = lengths(*((f"{number}.log", log(size)) for number, size in enumerate(sizes)))
    assert sum(found) == sum(sizes)
    if len(found) != len(sizes):
        assert len(found) >= 8
        assert max(found) <= 300
