"""Times as people and programs write them: what is formatted is read back, in the order of day and month of its file."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.explain.comparison import Edit, edited
from sparsemix.readers import Limits, ReadOptions, read_bytes
from sparsemix.readers.log_lines import event_sequence
from sparsemix.readers.timestamps import parse_time
from tests.support.properties import examples

MORNING, EVENING = (datetime(2026, 11, 13, hour, 53, 29, tzinfo=UTC).timestamp() for hour in (5, 17))
OLD = ReadOptions(rules=2)


def _log(*lines: str, options: ReadOptions | None = None) -> TokenSequence:
    return read_bytes("\n".join(lines).encode(), "a.log", options=options or ReadOptions())


def _days(sequence: TokenSequence) -> list[str]:
    return [datetime.fromtimestamp(event.time or 0.0, UTC).strftime("%m-%d") for event in sequence.events]


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        ("11/13/2026 05:53:29 AM", MORNING),
        ("11/13/2026 5:53:29 PM", EVENING),
        ("11/13/2026 5:53:29\u202fp.m.", EVENING),
        ("13.11.2026 05:53", MORNING - 29),
        ("13.11.2026, 05:53:29,412", MORNING + 0.412),
        ("13/11/2026 05:53:29", MORNING),
        ("13-11-2026 05:53:29", MORNING),
        ("13.11.26 05:53:29", MORNING),
        ("2026-11-13 05:53:29 PM", EVENING),
        ("2026-11-13T05:53:29,412+01", MORNING - 3600 + 0.412),
        ("2026/11/13 午後5:53", EVENING - 29),
        ("2026年11月13日 05時53分29秒", MORNING),
        ("2026年11月13日(金) 午後5時53分", EVENING - 29),
        ("2026年11月13日 5時53分", MORNING - 29),
        ("26/11/13 05:53:29.412", MORNING + 0.412),
        ("20261113-05:53:29:606", MORNING + 0.606),
        ("20261113-5:53:29:6", MORNING + 0.006),
        ("20261113T055329Z", MORNING),
        ("20261113 055329", MORNING),
        ("2026-11-13-05.53.29.675872", MORNING + 0.675872),
        ("[Fri Nov 13 05:53:29 2026]", MORNING),
        ("Fri Nov 13 05:53:29 UTC 2026", MORNING),
        ("[13/Nov/2026:05:53:29 -0700]", MORNING + 7 * 3600),
        ("13-Nov-2026 05:53:29.412", MORNING + 0.412),
        ("Fri, 13 Nov 2026 05:53:29 +0000", MORNING),
        ("Nov 13, 2026 5:53:29 PM", EVENING),
        ("Friday, November 13, 2026 5:53:29 AM", MORNING),
        ("Nov 13 2026 05:53:29", MORNING),
        ("1794549209", MORNING),
        ("1794549209412", MORNING + 0.412),
    ],
)
def test_a_stamp_is_read_from_a_line_and_from_a_cell(stamp: str, time: float) -> None:
    event = _log(f"{stamp} pump 3 on", f"{stamp} pump 3 off").events[0]
    assert (event.time, event.message) == (pytest.approx(time), "pump 3 on")
    if not stamp.startswith("["):
        assert parse_time(stamp) == pytest.approx(time)
        table = f'time,v\n"{stamp}",1\n"{stamp}",2\n'
        assert read_bytes(table.encode(), "a.csv").events[0].time == pytest.approx(time)


@pytest.mark.parametrize(
    "text",
    ["11/13/2026 13:53:29 AM x", "13.13.2026 05:53 x", "31/02/2026 05:53 x", "1.2.3 05:53 x", "11/13/2026 x", "05:53:29 PM x"],
)
def test_what_is_no_time_stays_in_the_message(text: str) -> None:
    assert [(event.time, event.message) for event in _log(text, text).events] == [(None, text)] * 2


def test_the_middle_of_the_day_and_of_the_night() -> None:
    hours = ["12:30:00 AM", "1:30:00 AM", "12:30:00 PM", "1:30:00 PM"]
    times = [event.time for event in _log(*(f"11/13/2026 {hour} x" for hour in hours)).events]
    assert [time - MORNING for time in times if time] == [(hour * 60 + 30) * 60 - 21_209 for hour in (0, 1, 12, 13)]


def test_phones_and_glog_write_no_year_and_february_29_is_a_day() -> None:
    phone = _log("02-29 16:13:38.811  1702  2395 D Window: on", "02-29 16:13:38.819  1702  2395 D Window: off")
    assert phone.events[0].time == pytest.approx(datetime(2000, 2, 29, 16, 13, 38, 811_000, tzinfo=UTC).timestamp())
    assert phone.notes == ("year_unknown",)
    glog = _log("W1113 05:53:29.412345 1 a.cc:1] low", "I1113 05:53:29.500000 1 a.cc:1] on")
    assert [event.level for event in glog.events] == ["WARN", "INFO"]
    assert len(_log("Feb 29 05:53:29 h a: x", "Feb 29 05:53:30 h a: y")) == 2


@pytest.mark.parametrize(
    ("dates", "days", "note"),
    [
        (["03/04/2026", "13/04/2026"], ["04-03", "04-13"], None),
        (["04/03/2026", "04/13/2026"], ["04-03", "04-13"], None),
        (["31/01/2026", "01/02/2026"], ["01-31", "02-01"], None),
        (["11/01/2026", "12/01/2026", "01/02/2026"], ["01-11", "01-12", "02-01"], None),
        (["01/02/2026", "12/01/2026", "11/01/2026"], ["02-01", "01-12", "01-11"], None),
        (["03/04/2026", "03/04/2026"], ["04-03", "04-03"], "day_first"),
        (["03/04/2026", "04/04/2026"], ["04-03", "04-04"], "day_first"),
        (["03.04.2026", "04.05.2026"], ["04-03", "05-04"], None),
    ],
)
def test_day_and_month_are_in_the_order_of_the_whole_file(dates: list[str], days: list[str], note: str | None) -> None:
    log = _log(*(f"{date} 06:00:00 pump 3 on" for date in dates))
    assert (_days(log), log.notes) == (days, (note,) if note else ())
    table = read_bytes(("time,v\n" + "".join(f"{date} 06:00:00,1\n" for date in dates)).encode(), "a.csv")
    assert (_days(table), table.notes) == (days, log.notes)
    apart = read_bytes(("date,time,v\n" + "".join(f"{date},06:00:00,1\n" for date in dates)).encode(), "a.csv")
    assert _days(apart) == days
    texts = [f"{date} 06:00:00 pump 3 on" for date in dates]
    assert [event.time for event in event_sequence(texts, "a", Limits()).events] == [event.time for event in log.events]


def test_a_clock_of_twice_twelve_hours_is_american_where_nothing_else_tells() -> None:
    log = _log("03/04/2026 06:00:00 AM x", "03/04/2026 06:00:01 AM y")
    assert (_days(log), log.notes) == (["03-04"] * 2, ("month_first",))
    short = _log("03/04/05 06:00:00 x", "03/04/05 06:00:01 y")
    assert (_days(short), short.notes) == (["04-05"] * 2, ("year_first",))


def test_a_line_that_somebody_edits_keeps_the_order_of_its_file() -> None:
    log = _log("03/04/2026 06:00:00 x", "04/13/2026 06:00:00 y")
    changed, _ = edited(log, [Edit("replace", 0, "03/04/2026 06:00:00 z")])
    assert (changed.events[0].time, changed.events[0].message) == (log.events[0].time, "z")


def test_times_recorded_before_are_read_as_they_were() -> None:
    old = _log("2026-11-13 05:53:29 PM x", "2026-11-13 05:53:30 PM y", options=OLD)
    assert [(event.time, event.message) for event in old.events] == [(MORNING, "PM x"), (MORNING + 1, "PM y")]
    assert _log("11/13/2026 05:53:29 AM x", "y", options=OLD).events[0].time is None


FORMATS = [
    ("%m/%d/%Y %I:%M:%S.%f %p", 1e-6),
    ("%d.%m.%Y %H:%M:%S,%f", 1e-6),
    ("%d/%m/%Y %H:%M:%S", 1),
    ("%d-%m-%Y %H:%M", 60),
    ("%Y-%m-%d %I:%M:%S %p", 1),
    ("%Y-%m-%dT%H:%M:%S.%fZ", 1e-6),
    ("%Y年%m月%d日 %H時%M分%S秒", 1),
    ("%Y/%m/%d %H:%M", 60),
    ("%Y%m%d-%H:%M:%S", 1),
    ("%Y%m%dT%H%M%S.%f", 1e-6),
    ("%Y-%m-%d-%H.%M.%S.%f", 1e-6),
    ("%d-%b-%Y %H:%M:%S", 1),
    ("%d/%b/%Y:%H:%M:%S +0000", 1),
    ("%b %d, %Y %I:%M:%S %p", 1),
    ("%A, %B %d, %Y %I:%M:%S %p", 1),
    ("%a, %d %b %Y %H:%M:%S GMT", 1),
    ("%a %b %d %H:%M:%S %Y", 1),
    ("[%a %b %d %H:%M:%S.%f %Y]", 1e-6),
    ("%y/%m/%d %H:%M:%S.%f", 1e-6),
]


@pytest.mark.parametrize(("pattern", "resolution"), FORMATS, ids=[pattern for pattern, _ in FORMATS])
@examples(40)
@given(moment=st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)))
def test_what_is_formatted_is_read_back(pattern: str, resolution: float, moment: datetime) -> None:
    # A 13th tells the order of day and month, and a year of two digits that is neither.
    if "%y" in pattern:
        moment = moment.replace(year=1990 + moment.year % 11, day=min(moment.day, 28))
    anchor = moment.replace(month=12, day=28)
    lines = [f"{one.strftime(pattern)} pump 3 on" for one in (moment, anchor)]
    for event, one in zip(_log(*lines).events, (moment, anchor), strict=True):
        assert event.message == "pump 3 on"
        assert event.time is not None and 0 <= one.replace(tzinfo=UTC).timestamp() - event.time + 1e-5 < resolution + 2e-5


@given(
    st.lists(st.text(st.sampled_from("0123456789/.:-, TZAPMapm午後年月日時分秒[]Nov+"), max_size=40), min_size=2, max_size=6)
)
def test_whatever_looks_like_a_stamp_is_read_or_left(lines: list[str]) -> None:
    sequence = event_sequence(lines, "a", Limits())
    assert len(sequence) == len(lines)
    assert all(event.message in event.text or event.text.startswith("[") for event in sequence.events)


def test_dates_of_month_and_day_in_brackets_are_read_in_the_order_of_the_file() -> None:
    said = "] chrome.exe - example.com:443 close"
    american = _log(*(f"[10.{day} 16:49:07{said}" for day in (29, 30, 31)))
    assert _days(american) == ["10-29", "10-30", "10-31"] and american.notes == ("year_unknown",)
    assert american.events[0].message == said[2:]
    assert _days(_log(*(f"[{day}.10 16:49:07{said}" for day in (29, 30, 31)))) == ["10-29", "10-30", "10-31"]
    assert _days(_log(f"[12.31 23:59:59{said}", f"[01.01 00:00:01{said}")) == ["12-31", "01-01"]
    assert _log(f"[13.32 16:49:07{said}", said).events[0].time is None
    old = _log(f"[10.30 16:49:07{said}", said, options=ReadOptions(rules=3)).events[0]
    assert old.time is None and old.message.startswith("[10.30")
