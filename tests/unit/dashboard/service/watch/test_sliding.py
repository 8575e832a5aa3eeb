"""Windows over a stream: which lines, and when."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.service.watch.log_tail import TailLine
from dashboard.service.watch.sliding_windows import SlidingWindows, Window, split


def lines(first: int, last: int, part: int = 0) -> list[TailLine]:
    """Numbered lines; those of a file begin at number 1."""
    made, offset = [], 0 if first == 1 else 1_000
    for number in range(first, last + 1):
        data = b"%d\n" % number
        offset += len(data)
        made.append(TailLine(data, offset, len(data), part))
    return made


def numbers(window: Window) -> list[int]:
    return [int(one) for one in window.data.split()]


def test_a_window_is_due_after_so_many_lines_or_so_long() -> None:
    sliding = SlidingWindows(10, 4, 5.0)
    sliding.add(lines(1, 3), came=0.0)
    assert (sliding.due(4.9), sliding.due(5.0)) == (False, True)
    sliding.add(lines(4, 4), came=1.0)
    assert sliding.due(1.0)
    window = sliding.take(1.0)
    assert (numbers(window), window.first, window.last, window.new, window.skipped) == ([1, 2, 3, 4], 1, 4, 4, 0)
    assert window.came == ((3, 0.0), (1, 1.0)) and window.waiting_since == 0.0
    assert (sliding.due(100.0), sliding.waiting, sliding.waited(100.0)) == (False, 0, 0.0)


def test_it_reaches_back_so_many_lines_and_counts_the_ticks_that_fell_out() -> None:
    sliding = SlidingWindows(6, 2, 60.0)
    sliding.add(lines(1, 4), came=0.0)
    sliding.take(0.0)
    sliding.add(lines(5, 9), came=0.0)
    window = sliding.take(0.0)
    assert (numbers(window), window.first, window.new, window.skipped) == ([4, 5, 6, 7, 8, 9], 4, 5, 1)


def test_two_lines_are_waited_for() -> None:
    sliding = SlidingWindows(6, 1, 1.0)
    sliding.add(lines(1, 2), came=0.0)
    assert not sliding.due(1e6)
    sliding.add(lines(3, 3), came=7.0)
    assert sliding.take(3.5).skipped == 2


@given(
    pieces=st.lists(st.integers(1, 60), min_size=1, max_size=20),
    context=st.integers(3, 40),
    every=st.integers(1, 40),
    taken=st.lists(st.booleans(), min_size=20, max_size=20),
)
def test_every_line_is_new_in_one_window_however_far_behind(
    pieces: list[int], context: int, every: int, taken: list[bool]
) -> None:
    every = min(every, context)
    sliding, written, windows = SlidingWindows(context, every, 1.0), 0, list[Window]()
    for piece, take in zip(pieces, taken, strict=False):
        sliding.add(lines(written + 1, written + piece), came=0.0)
        written += piece
        if take and sliding.due(0.0):
            windows.append(sliding.take(0.0))
    while sliding.due(2.0):
        windows.append(sliding.take(2.0))
    covered = 0
    for window in windows:
        assert window.last - window.new == covered
        assert numbers(window) == list(range(window.first, window.last + 1))
        assert len(numbers(window)) == min(context, window.last)
        assert sum(count for count, _ in window.came) == window.new
        covered = window.last
    assert covered == (written if written > 2 else 0)


def test_a_table_keeps_its_header_and_a_new_one_begins_anew() -> None:
    def header_of(found: object) -> bytes:
        assert isinstance(found, list)
        return found[0] if found[0].startswith(b"h") else b""

    def file(header: bytes, first: int, last: int, part: int) -> list[TailLine]:
        return [
            TailLine(header, len(header), len(header), part),
            *(TailLine(b"%d\n" % n, 99, 2, part) for n in range(first, last + 1)),
        ]

    sliding = SlidingWindows(4, 2, 1.0)
    sliding.add(file(b"h1\n", 1, 3, 0), came=0.0)
    assert sliding.take(0.0, header_of).data == b"h1\n1\n2\n3\n"
    sliding.add(file(b"h1\n", 4, 6, 1), came=0.0)
    window = sliding.take(0.0, header_of)
    assert (window.data, window.header) == (b"h1\n3\n4\n5\n6\n", True)
    sliding.add([*lines(7, 7), *file(b"h2\n", 8, 9, 2)], came=0.0)
    assert sliding.take(0.0, header_of).data == b"h1\n4\n5\n6\n7\n"
    assert sliding.take(0.0, header_of).data == b"h2\n8\n9\n"
    behind, *others = lines(1, 3)
    sliding.add([replace(behind, gap=True), *others], came=0.0)
    assert sliding.take(0.0, header_of).data == b"1\n2\n3\n"
    assert split(b"h2\n8\n9\r\n", header=True) == (b"h2\n", [b"8\n", b"9\r\n"])


def test_behind_a_gap_windows_begin_anew() -> None:
    sliding = SlidingWindows(6, 4, 1.0)
    sliding.add(lines(1, 6), came=0.0)
    assert (numbers(sliding.take(0.0)), sliding.waiting_bytes) == ([1, 2, 3, 4, 5, 6], 0)
    first, *rest = lines(20, 22)
    sliding.add([*lines(7, 8), replace(first, gap=True)], came=0.0)
    before = sliding.take(1.0)
    assert (numbers(before), before.gap, sliding.waiting_bytes) == ([3, 4, 5, 6, 7, 8], False, 3)
    # Alone it is no window, though it has waited: what was before is not of it.
    assert not sliding.due(5.0)
    sliding.add(rest, came=0.0)
    assert sliding.due(5.0)
    window = sliding.take(5.0)
    assert (numbers(window), window.first, window.last, window.new, window.gap) == ([20, 21, 22], 9, 11, 3, True)
    sliding.add(lines(23, 23), came=5.0)
    assert (numbers(window := sliding.take(6.0)), window.gap) == ([20, 21, 22, 23], False)


def test_a_window_of_long_lines_reaches_back_fewer_of_them() -> None:
    sliding = SlidingWindows(10, 2, 1.0, most_bytes=10)
    sliding.add(lines(1, 4), came=0.0)
    assert numbers(sliding.take(0.0)) == [1, 2, 3, 4]
    sliding.add(lines(5, 7), came=0.0)
    window = sliding.take(0.0)
    assert (numbers(window), window.first, window.last, window.new) == ([3, 4, 5, 6, 7], 3, 7, 3)
    # More than one window holds: the rest is in the next.
    sliding.add(lines(8, 14), came=0.0)
    first, second = sliding.take(0.0), sliding.take(0.0)
    assert [(numbers(one), one.new) for one in (first, second)] == [([8, 9, 10, 11], 4), ([12, 13, 14], 3)]
    assert (second.last, sliding.waiting, sliding.waiting_bytes) == (14, 0, 0)


def test_a_header_counts_in_every_window() -> None:
    sliding = SlidingWindows(10, 2, 1.0, header=b"h1\n", most_bytes=9)
    sliding.add(lines(2, 9), came=0.0)
    assert [sliding.take(0.0).data for _ in range(3)] == [b"h1\n2\n3\n4\n", b"h1\n5\n6\n7\n", b"h1\n7\n8\n9\n"]


def test_it_goes_on_from_a_window() -> None:
    header, before = split(b"3\r\n4\n5\n", header=False)
    assert (header, before) == (b"", [b"3\r\n", b"4\n", b"5\n"])
    sliding = SlidingWindows(3, 1, 1.0, lines=before, number=5)
    sliding.add(lines(6, 6), came=0.0)
    window = sliding.take(0.0)
    assert (window.data, window.first, window.last) == (b"4\n5\n6\n", 4, 6)


@pytest.mark.parametrize(
    ("context", "every", "seconds"), [(1, 1, 1.0), (100_001, 1, 1.0), (10, 11, 1.0), (10, 0, 1.0), (10, 1, 0.0)]
)
def test_settings_that_make_no_window_are_refused(context: int, every: int, seconds: float) -> None:
    with pytest.raises(ValueError, match=r"must be|is due"):
        SlidingWindows(context, every, seconds)
