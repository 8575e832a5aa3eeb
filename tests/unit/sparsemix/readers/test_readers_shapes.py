"""Lines that are parsed at once: the same events as one by one, to the bit."""

import gc
from contextlib import nullcontext

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import InputError
from sparsemix.readers import Limits, ReadOptions, log_lines
from sparsemix.readers.collect import Collector
from sparsemix.readers.log_lines import parse_line, parsed_lines, read_log
from sparsemix.readers.shapes import plan_of
from sparsemix.readers.stamps import RULES
from tests.support.properties import examples

STAMPS = (
    "2026-03-03T02:34:43.977+09:00",
    "[2026/03/03 12:34:56,123456789012]",
    "2026-03-03 11:34:43 PM",
    "2026年3月3日(月) 12時34分56秒",
    "2026/3/3 午後 1:34",
    "2026-03-03T02:34:43+09",
    "Mar 13 12:34:56",
    "Mar  3 12:34:56.123 host-1 sshd[123]:",
    "Mar 13 12:34:56 " + "host" * 20,
    "<13>Mar  3 12:34:56",
    "<34>1 2026-03-03T02:34:43Z host-1 app 1 -",
    "260303 123456",
    "26/03/03 12:34:56",
    "[1772505283.977]",
    "1772505283977",
    "10.1.2.3 - - [03/Mar/2026:12:34:56 +0930]",
    " [03/Mar/2026:12:34:56 +0900]",
    "[Tue Mar 03 12:34:56.5 2026]",
    "03.04.2026 12:34:56",
    "03/04/26 12:34:56 a.m.",
    "Tuesday, 3 March 2026 12:34:56 GMT",
    "September 13, 2026 at 12:34:56",
    "20260303-1:2:3:45",
    "20260303T123456.123-0330",
    "2026-03-03-12.34.56.123456",
    "03-13 12:34:56.123",
    "E0313 12:34:56.123456",
    "[10.03 12:34:56]",
    "２０２６-03-03 12:34:56",
    "at 12:34",
    "",
)
MESSAGES = (
    "INFO ST03 pump 12 started",
    "- ERROR [main] org.a.b.C: failed 5 times",
    "level=warn msg=ok",
    "設備ST05 温度異常 25度",
    "x" * 90,
    "-" + " " * 90 + "x7",
    " " * 90 + "x7",
    "",
    "y" * 12_000,
)
TAILS = ("", " ERROR ST03", " sshd[7]: ok")
GAPS = (" ", "", "  ", "\t", ": ", "|", "\u3000")


def _digits(text: str, seed: int) -> str:
    """Return a text with other digits in some places."""
    return "".join(
        str((int(sign) + seed) % 10) if sign.isdigit() and (seed >> place % 29) & 7 == 0 else sign
        for place, sign in enumerate(text)
    )


@st.composite
def logs(draw: st.DrawFn) -> list[str]:
    """Lines in blocks of a shape, as a log has them, with lines that belong to no block."""
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        shape = draw(st.sampled_from(STAMPS)) + draw(st.sampled_from(GAPS)) + draw(st.sampled_from(MESSAGES))
        first = draw(st.integers(0, 1 << 30))
        tails = draw(st.lists(st.sampled_from(TAILS), min_size=1, max_size=3))
        lines += [_digits(shape + tails[line % len(tails)], first + line) for line in range(draw(st.sampled_from((1, 30))))]
        lines += draw(st.lists(st.sampled_from(("", "  at a.B(C.java:5)", "\tmore 7", "\x0b", "　全角")), max_size=3))
    return [*lines, "the end"]


def _events(lines: list[str], rules: int, zone: str | None, cap: int) -> TokenSequence:
    collect = Collector(Limits(max_line_chars=cap, min_events=1))
    read_log(lines, collect, ReadOptions(time_zone=zone).zone, rules)
    return collect.build("a.log", "log", "utf-8")


@given(logs(), st.sampled_from(range(1, RULES + 1)), st.sampled_from((None, "Europe/Berlin")), st.sampled_from((60, 10_000)))
@example(["2026-03-03 12:34:56|" + " " * 90 + "x"] * 12, RULES, None, 10_000)
@example(["Mar 13 12:34:56 " + "h" * 80 + tail for tail in TAILS * 12], RULES, None, 10_000)
@example(["2026-03-03 12:34:56 " + "w" * 80 + tail for tail in TAILS * 12], RULES, None, 10_000)
@example(["Mar 13 12:34:56 " + "h" * 63 + tail for tail in TAILS * 12], RULES, None, 10_000)
@example(
    [
        f"1.2.3.4 - {'u' * 69}{tail}"
        for tail in (" - ok", "\u3000- [03/Mar/2026:12:34:56 +0930] ok", " [03/Mar/2026:12:34:56 +0930] ok") * 12
    ],
    RULES,
    None,
    10_000,
)
@examples(500)
def test_lines_at_once_give_the_same_events(lines: list[str], rules: int, zone: str | None, cap: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_lines, "parsed_lines", lambda heads, rules: (parse_line(head, rules) for head in heads))
        one_by_one = _events(lines, rules, zone, cap)
    assert _events(lines, rules, zone, cap) == one_by_one


def test_texts_with_line_feeds_are_parsed_as_they_are() -> None:
    texts = ["2026-03-03 12:34:56 INFO ST03 started\n2026-03-03 12:34:57 more"] * 12
    assert [line[1:] for line in parsed_lines(texts)] == [parse_line(text)[1:] for text in texts]


@pytest.mark.parametrize("most", [3, 2])
def test_garbage_is_collected_again_behind_a_log_also_one_that_is_refused(most: int) -> None:
    collect = Collector(Limits(max_events=most))
    with nullcontext() if most == 3 else pytest.raises(InputError):
        read_log(["12:34 a"] * 3, collect)
    assert gc.isenabled()


def test_what_follows_a_stamp_makes_no_group_of_its_own() -> None:
    one, other = (plan_of(f"0000-00-00 00:00:00 {word} started", RULES) for word in ("pump", "fan"))
    assert one is not None
    assert other is not None
    assert one.layout is other.layout
