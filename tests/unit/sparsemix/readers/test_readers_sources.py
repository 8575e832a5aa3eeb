"""Where one source ends in a file and another begins; and that a clock which was set back is no other source."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.explain.comparison import Edit, edited
from sparsemix.readers import ReadOptions, read_bytes
from tests.support.properties import examples

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
SAID = ("job started", "job done", "cache hit for user ann", "slow query, retrying", "connection closed by peer")


def log(host: str = "", count: int = 60, start: datetime = NINE, step: float = 13.0, said: tuple[str, ...] = SAID) -> list[str]:
    """Return a log with a line every ``step`` seconds, the host's name behind the time."""
    times = (start + timedelta(seconds=step * number) for number in range(count))
    return [
        " ".join(filter(None, (f"{at:%Y-%m-%d %H:%M:%S}", host, said[number % len(said)]))) for number, at in enumerate(times)
    ]


def read(lines: list[str], **options: object) -> TokenSequence:
    return read_bytes("\n".join(lines).encode(), "a.log", options=ReadOptions(**options))  # type: ignore[arg-type]


def test_the_joined_logs_of_two_hosts_are_two_sources() -> None:
    found = read(log("web-1") + log("web-2"))
    assert found.starts == (60,)
    assert found.notes == ("several_sources:1, 61",)
    assert [found.source_of(event) for event in (0, 59, 60, 119)] == [0, 0, 1, 1]
    assert found.from_to(59, 60) == (None, -59 * 13.0) and found.from_to(58, 59) == (1, 13.0)


def test_a_host_is_told_by_its_name_at_any_time_and_whatever_it_is_called() -> None:
    day = timedelta(days=1)
    assert read(log("10.0.0.7") + log("10.0.0.9", start=NINE - day) + log("db", start=NINE - 2 * day)).starts == (60, 120)
    assert read(log("app[311]:") + log("worker[99]:", start=NINE - day)).starts == (60,)
    assert read([f'{{"time": "{line[:19]}", "host": "a", "m": "{line[20:]}"}}' for line in log()] + [
        f'{{"time": "{line[:19]}", "host": "b", "m": "{line[20:]}"}}' for line in log(start=NINE - day)
    ]).starts == (60,)  # fmt: skip


def test_without_names_the_same_period_or_other_kinds_of_lines_tell_a_source() -> None:
    assert read(log() + log(start=NINE + timedelta(seconds=40), count=70)).starts == (60,)
    others = ("GET /", "GET /basket", "POST /order", "open")
    later, earlier = log(count=200), log(count=200, start=NINE - timedelta(hours=1, minutes=10), said=others)
    assert read(later + earlier).starts == (200,)
    assert read(later[:50] + earlier).starts == ()


def side_by_side(*logs: list[str], block: int = 1) -> list[str]:
    blocks = [[one[at : at + block] for at in range(0, len(one), block)] for one in logs]
    return [line for together in zip(*blocks, strict=True) for lines in together for line in lines]


STEPPED = log("web-1") + log("web-1", start=NINE + timedelta(minutes=8))
DAY = log("web-1", count=300, step=240)


@pytest.mark.parametrize(
    "lines",
    [
        STEPPED,
        log() + log(start=NINE - timedelta(days=280)),
        log("app[7]:") + log("app[8]:", start=NINE - timedelta(days=280)),
        DAY[:200] + log("web-1", count=200, start=NINE + timedelta(hours=13, minutes=20) - timedelta(hours=9), step=240),
        DAY[:150] + log("web-1", count=150, start=NINE + timedelta(hours=9), step=240),
        [*DAY[:100], DAY[280], *DAY[100:]],
        [*DAY[:100], *DAY[250:258], *DAY[100:]],
        [*DAY[:200], DAY[3], *DAY[200:]],
        log("web-1")[::-1],
        side_by_side(log("web-1"), log("web-2")),
        side_by_side(log("web-1"), log("web-2", start=NINE - timedelta(minutes=5))),
        side_by_side(log("web-1"), log("web-2"), block=20),
        [line.replace("03-02 09", f"0{1 + number // 30}-02 09") for number, line in enumerate(log("web-1"))],
        [f"{minute}:{at:02d} web-1 sshd[5]: ok" for minute in ("Dec 31 23:59", "Jan  1 00:00") for at in range(30)],
        ["no times", "at all"] * 30,
        [],
    ],
    ids=[
        "set back a little",
        "set back by months",
        "restarted and set back",
        "time zone",
        "daylight saving time",
        "one wrong time",
        "eight wrong times",
        "one time too early",
        "newest first",
        "writers in turn",
        "writers with other clocks",
        "writers in blocks",
        "forward",
        "new year",
        "no times",
        "empty",
    ],
)
def test_one_source_is_not_split(lines: list[str]) -> None:
    found = read(lines or ["up", "ready"])
    assert found.starts == () and not any(note.startswith("several_sources") for note in found.notes)


def test_a_person_can_correct_it() -> None:
    joined = log("web-1") + log("web-2")
    assert read(joined, sources="one").starts == ()
    assert read(STEPPED).starts == () and read(STEPPED, sources="clock").starts == (60,)
    settings = ReadOptions(sources="clock").payload()
    assert settings == {"rules": 4, "sources": "clock"} and ReadOptions.from_payload(settings).sources == "clock"


def test_recorded_decisions_keep_one_source() -> None:
    assert read(log("web-1") + log("web-2"), rules=3).starts == ()
    assert ReadOptions.from_payload({"rules": 3}).payload() == {"rules": 3}


def test_rows_of_a_sensor_table_are_one_source() -> None:
    rows = [f"{line[:19]},{number}" for number, line in enumerate(log() + log())]
    assert read_bytes("\n".join(["time,v", *rows]).encode(), "a.csv", options=ReadOptions(sources="clock")).starts == ()


def test_an_edit_keeps_the_sources() -> None:
    sequence = read(log("web-1") + log("web-2"))
    new = "2026-03-02 10:00:00 web-1 job lost"
    assert edited(sequence, [Edit("insert", 3, new), Edit("delete", 60)])[0].starts == (61,)
    assert edited(sequence, [Edit("delete", at) for at in range(20)])[0].starts == (40,)


@given(st.lists(st.tuples(st.integers(10, 40), st.integers(-5_000, 5_000), st.integers(5, 90)), min_size=1, max_size=5))
@examples(60)
def test_splitting_changes_no_event_and_in_each_source_the_clock_runs_on(parts: list[tuple[int, int, int]]) -> None:
    """Only whole logs are sources of forward logs, one after another, and none holds a clear jump back."""
    logs = [log(f"web-{name}", count, NINE + timedelta(minutes=at), step) for name, (count, at, step) in enumerate(parts, 1)]
    lines = [line for one in logs for line in one]
    found, alone, clock = read(lines), read(lines, sources="one"), read(lines, sources="clock")
    assert found.events == alone.events == clock.events
    assert [event.text for event in found.events] == lines
    assert found.sha256 == alone.sha256
    edges = [sum(count for count, _, _ in parts[:place]) for place in range(1, len(parts))]
    assert set(found.starts) <= set(clock.starts) <= set(edges)
    assert list(found.starts) == sorted(set(found.starts))
    for first, end in pairwise((0, *clock.starts, len(lines))):
        times = [event.time or 0.0 for event in clock.events[first:end]]
        # Not clear is a jump among the ten lines on either side, of at most 90 s each.
        assert all(after - before >= -20 * 90.0 for before, after in pairwise(times))
