"""What a file says about itself: each statistic against a plain computation, on odd files, and within bounds."""

import math
import time
import tracemalloc
from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding.file_statistics.identifiers import identifiers, sessions
from sparsemix.encoding.file_statistics.lines import read_lines
from sparsemix.encoding.file_statistics.numbers import odd_numbers
from sparsemix.encoding.file_statistics.repetition import repetition
from sparsemix.encoding.file_statistics.severity import severity
from sparsemix.encoding.file_statistics.statistics import CODES, NAMES, file_statistics
from sparsemix.encoding.file_statistics.surprise import surprise, surprise_given
from sparsemix.encoding.file_statistics.times import pauses
from sparsemix.encoding.sequence import Event
from sparsemix.encoding.tokens import numbered

CODE_LISTS = st.lists(st.integers(0, 4), min_size=1, max_size=40)


def events(texts: list[str]) -> tuple[Event, ...]:
    return tuple(Event(text, text, None, None, None, number) for number, text in enumerate(texts, 1))


def column(texts: list[str], name: str) -> np.ndarray:
    return file_statistics(events(texts)).columns[:, NAMES.index(name)]


def test_statistics_can_be_stopped_at_each_part_and_are_computed_anew_then() -> None:
    texts, told = [f"pump {number % 7} runs at {number % 11} bar" for number in range(200)], list[float]()
    expected = file_statistics(events(texts), told.append).columns
    assert len(told) > 6
    for stop in (1, 3, len(told)):
        again, left = events(texts), iter(range(stop - 1))
        with pytest.raises(StopIteration):
            file_statistics(again, lambda _share, left=left: next(left))
        assert np.array_equal(file_statistics(again).columns, expected)


@given(CODE_LISTS)
def test_surprise_counts_all_other_places(values: list[int]) -> None:
    _, codes = numbered(values)
    count, different = Counter(values), len(set(values))
    expected = [-math.log((count[one] - 1 + 0.5) / (len(values) - 1 + 0.5 * (different + 1))) for one in values]
    np.testing.assert_allclose(surprise(codes), expected)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_surprise_in_a_context_counts_all_other_places(pairs: list[tuple[int, int]]) -> None:
    """The plain computation takes the pair out, and counts what is left."""
    context, codes = (np.array(column) for column in zip(*pairs, strict=True))
    found, together, alone = surprise_given(context, codes)
    alone_surprise = surprise(codes)
    for place, (own, code) in enumerate(pairs):
        others = [other for number, other in enumerate(pairs) if number != place and other[0] == own]
        same = sum(other[1] == code for other in others)
        share = math.exp(-alone_surprise[place])
        different = max(len({other[1] for other in others}), 1)
        expected = (same + different * share) / (len(others) + different) if others else share
        assert math.exp(-found[place]) == pytest.approx(expected)
        assert (together[place], alone[place]) == (same, len(others))


@given(st.lists(st.sampled_from(["a 1", "a 2", "b 1", "b 1 c"]), min_size=1, max_size=120))
def test_repetition_counts_runs_and_equal_lines_around(texts: list[str]) -> None:
    lines = read_lines(texts)
    found = repetition(lines)
    for place, text in enumerate(texts):
        first = last = place
        while first and texts[first - 1] == text:
            first -= 1
        while last + 1 < len(texts) and texts[last + 1] == text:
            last += 1
        assert math.exp(found.texts_in_a_row[place]) == pytest.approx(last - first + 1)
        around = texts[max(place - 20, 0) : place + 21].count(text)
        assert math.exp(found.equal_around[place]) == pytest.approx(around)
        assert found.share_around[place] == pytest.approx(around / texts.count(text))


def test_a_run_is_compared_with_the_longest_other() -> None:
    texts = ["x"] * 4 + ["y", "z"] + ["x"] * 8 + ["y"]
    longer = repetition(read_lines(texts)).longer_than_others
    assert longer[0] == pytest.approx(math.log(4 / 8))
    assert longer[6] == pytest.approx(math.log(8 / 4))
    assert longer[4] == 0.0


def _session_log(name: str, turned: int = 0) -> list[str]:
    """Return a log of four steps a session, three sessions side by side; ``name``: how a session is written; ``turned``: from
    which number its code is subtracted."""
    rng = np.random.default_rng(0)
    steps = ["opened door", "checked badge", "wrote record", "closed door"]
    waiting = [(number, step) for number in range(40) for step in steps]
    lines: list[str] = []
    open_sessions = [[number, 0] for number in range(3)]
    following = 3
    while open_sessions:
        one = open_sessions[rng.integers(len(open_sessions))]
        lines.append(f"{steps[one[1]]} {name.format(code=abs(turned - one[0] * 7919 - 100_007))} ok")
        one[1] += 1
        if one[1] == len(steps):
            open_sessions.remove(one)
            if following < 40:
                open_sessions.append([following, 0])
                following += 1
    assert len(lines) == len(waiting)
    return lines


@pytest.mark.parametrize(
    "name", ["{code}", "blk_{code}", "0x{code:08x}a", "{code:x}f9", "Auftrag-{code}", "工程{code}", "<{code}>"]
)
def test_sessions_are_found_whatever_their_identifiers_look_like(name: str) -> None:
    """A step that is left out surprises in its session, though the lines around it belong to others."""
    texts = _session_log(name)
    lines = read_lines(texts)
    usual = surprise_given(np.append(lines.kind.max() + 1, lines.kind[:-1]), lines.kind)[0]
    found = sessions(identifiers(lines), lines.kind, usual, 2)
    assert found
    assert len(np.unique(found[0].code[found[0].code >= 0])) == 40
    gone = next(place for place, text in enumerate(texts) if place > 60 and "wrote" in text)
    own = texts[gone].split()[2]
    before = next(place for place in range(gone - 1, -1, -1) if own in texts[place])
    follows = column(texts[:gone] + texts[gone + 1 :], "sessions.1.follows")
    assert follows[before] == follows.max() > 2.0


def test_renaming_every_identifier_changes_nothing() -> None:
    one, other = (file_statistics(events(_session_log("job {code}", turned))) for turned in (0, 999_999))
    same = [number for number, name in enumerate(NAMES) if not name.startswith(("numbers", "rank.numbers"))]
    np.testing.assert_array_equal(one.columns[:, same], other.columns[:, same])
    np.testing.assert_array_equal(one.codes, other.codes)


def test_a_number_far_off_its_place_stands_out() -> None:
    texts = [f"pressure {40 + number % 7} bar, door {number % 2}" for number in range(60)]
    texts[30] = "pressure 410 bar, door 0"
    odd, _ = odd_numbers(read_lines(texts))
    for values in (odd.off, odd.beyond, odd.jump, odd.apart):
        assert values.argmax() == 30
    assert odd.rarity[31] > 0.0


@pytest.mark.parametrize("odd_one", ["1397", "0", "99999", "410"])
def test_a_number_far_off_numbers_that_lie_close_together_stands_out(odd_one: str) -> None:
    rng = np.random.default_rng(0)
    texts = [f"press force={round(rng.normal(812, 6))} by {'abcdef'[number % 6]}" for number in range(300)]
    texts[200] = f"press force={odd_one} by a"
    odd, _ = odd_numbers(read_lines(texts))
    for values in (odd.deviation, odd.gap, odd.step):
        assert values.argmax() == 200
        assert values[200] > 3.0 > 2.0 * np.sort(values)[-2]


def test_the_largest_of_a_long_tail_has_no_gap() -> None:
    rng = np.random.default_rng(0)
    texts = [f"request took {round(taken)} ms" for taken in rng.exponential(300.0, 500)]
    assert odd_numbers(read_lines(texts))[0].gap.max() < 1.5


def test_numbers_behind_a_colon_and_in_japanese_are_read() -> None:
    for form in ("press force:{}", "負荷{}度", "油温{}℃ 正常"):
        texts = [form.format(40 + number % 7) for number in range(60)]
        texts[30] = form.format(90)
        assert odd_numbers(read_lines(texts))[0].gap.argmax() == 30
    assert not odd_numbers(read_lines([f"at 12:{number % 60:02}:07 10.0.{number}.1:80" for number in range(60)]))[0].gap.any()


def test_a_pause_beyond_all_others_and_one_beyond_those_of_its_kind_stand_out() -> None:
    kind = np.arange(400) % 4
    pause = np.where(kind == 1, 100.0, 1.0) + np.arange(400) % 3 / 10
    pause[202] = 50.0
    odd = pauses(pause.cumsum().tolist(), kind)
    assert odd.of_kind.argmax() == 202 and odd.of_kind[202] == pytest.approx(math.log(50.0 / 1.2))
    assert not odd.longer[202] and not odd.longest[202]
    pause[300] = 2820.0
    odd = pauses(pause.cumsum().tolist(), kind)
    assert odd.longest[300] == pytest.approx(math.log(2820.0 / 100.2))
    assert odd.longer.argmax() == odd.longest.argmax() == 300
    assert not pauses([5.0] * 10, np.zeros(10, np.int64)).longer.any()


def test_a_sharp_in_a_line_stands_for_no_digits() -> None:
    texts = ["pressure +#ms bar", *(f"pressure +{40 + number % 7}ms bar" for number in range(60))]
    texts[30] = "pressure +4100ms bar"
    assert odd_numbers(read_lines(texts))[0].off.argmax() == 30


def test_a_burst_of_a_rare_code_stands_out_whatever_the_lines_say() -> None:
    rng = np.random.default_rng(0)
    texts = [
        f'GET /{"abcdef"[rng.integers(6)] * int(rng.integers(1, 9))} HTTP/1.1" {200} {rng.integers(9999)}' for _ in range(200)
    ]
    for place in (100, 104, 107, 111):
        texts[place] = texts[place].replace(" 200 ", " 502 ")
    odd, _ = odd_numbers(read_lines(texts))
    assert set(np.argsort(-odd.code_rarity)[:4].tolist()) == {100, 104, 107, 111}
    assert odd.code_density[104] == pytest.approx(math.log(4))
    assert odd.code_density[20] < 0.1


@pytest.mark.parametrize(
    ("text", "level", "grade"),
    [
        ("connection established", None, 0),
        ("connection refused", None, 1),
        ("Fehler beim Lesen", None, 2),
        ("主軸の異常を検出", None, 2),
        ("kernel panic", None, 3),
        ("spindle stopped", "FATAL", 3),
        ("terrific, an errand", None, 0),
    ],
)
def test_words_of_severity_are_known_in_many_languages(text: str, level: str | None, grade: int) -> None:
    assert severity(text, level)[0] == grade


@pytest.mark.parametrize(
    "texts",
    [
        *([""], ["a"], ["", "", ""], ["a=1 b=2"], ["1", "2"], ["a=1 b=2"] * 3, ["\ud800", "x\ud800"]),
        *(["level 0." + "0" * 330] * 6, ["level 0.0000000000"] * 9 + [f"level 1{'0' * 300}.0000000000"]),
        *(["a=1e999 b=2"] * 3, ["a=1e999 b=2 c=3", "a=1e999 b=4 c=5"] * 9, ["a=1.7e308 b=2 c=3", "a=-1.7e308 b=4 c=5"] * 9),
    ],
)
def test_odd_files_have_finite_statistics(texts: list[str]) -> None:
    found = file_statistics(events(texts))
    assert found.columns.shape == (len(texts), len(NAMES))
    assert np.isfinite(found.columns).all()
    assert found.codes.shape == (len(CODES), len(texts))


def test_sensor_rows_are_told_from_lines() -> None:
    rng = np.random.default_rng(0)
    rows = [f"temperature={20 + x:.2f} pressure={5 + x / 2:.2f}" for x in rng.normal(size=80)]
    rows[50] = "temperature=20.00 pressure=9.00"
    residual = column(rows, "table.residual")
    assert residual.argmax() == 50
    assert not column([f"{row} and then words came" for row in _session_log("{code}")], "table.off").any()


def test_a_table_with_columns_that_are_seldom_read_is_one_and_a_log_with_named_numbers_in_half_of_its_lines_is_none() -> None:
    rng = np.random.default_rng(0)
    seldom = [f"a={x:.2f}" + (f" b={x:.2f} c={x:.2f}" if number % 5 else "") for number, x in enumerate(rng.normal(size=200))]
    assert column(seldom, "table.off").any()
    half = [f"stroke a={x:.2f} b={x:.2f}" if number % 2 else "clamp closed" for number, x in enumerate(rng.normal(size=200))]
    assert not column(half, "table.off").any() and column(half, "numbers.gap").any()


def test_a_long_word_is_read_once_and_not_again_from_each_of_its_characters() -> None:
    started = time.process_time()
    file_statistics(events(["a" * 40_000, "b" * 40_000]))
    assert time.process_time() - started < 2.0


def test_words_of_shapes_that_never_repeat_take_no_memory() -> None:
    letters = ["".join(three) for three in product("abcdefghijklmnopqrstuvwxyz", repeat=3)]
    lines = read_lines([" ".join(f"{word}1{line}" for word in letters[:40]) for line in letters[:800]])
    tracemalloc.start()
    try:
        assert len(identifiers(lines)) < 24
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_what_lies_beyond_the_cut_changes_no_words() -> None:
    texts = ["start " + "x" * 500 + f" {number}" for number in range(5)]
    lines = read_lines(texts)
    assert lines.length.max() <= 48
    assert set(lines.form.tolist()) == {0}
    assert len(set(lines.text.tolist())) == 5
