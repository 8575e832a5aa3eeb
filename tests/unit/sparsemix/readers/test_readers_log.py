"""Log lines: stamps, levels, sources, continuation lines."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.errors import InputError
from sparsemix.readers import Limits, ReadOptions, log_lines, read_bytes, read_file

SYSLOG = b"""\
Mar  2 06:00:12 plc-gw sshd[812]: Accepted publickey for root
Mar  2 06:00:13 plc-gw kernel: eth0: link down
<29>Mar  2 06:00:14 scada01 opcua[77]: session 4 closed
Mar 12 23:59:59 plc-gw cron[9]: (root) CMD (run-parts /etc/cron.hourly)
"""

SHIFT_JIS = """\
2026/03/02 06:00:12 情報 ST03 搬送コンベア 起動
2026/03/02 06:00:13 警告 ST03 モータ温度 上昇 温度=82.5
2026/03/02 06:00:14 異常 ST04 真空圧低下 ｴｱ漏れ
2026/03/02 06:00:15 エラー 設備３ 非常停止
""".encode("cp932")


def _utc(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[misc,arg-type]


def test_syslog() -> None:
    sequence = read_bytes(SYSLOG, "messages")
    assert sequence.source_format == "log"
    assert [e.source for e in sequence.events] == ["plc-gw", "plc-gw", "scada01", "plc-gw"]
    assert sequence.events[0].message == "plc-gw sshd[812]: Accepted publickey for root"
    assert sequence.events[0].text == "Mar  2 06:00:12 plc-gw sshd[812]: Accepted publickey for root"
    assert [e.level for e in sequence.events] == [None, None, "NOTICE", None]
    assert sequence.notes == ("year_unknown",)
    assert sequence.time_span == (_utc(2000, 3, 2, 6, 0, 12), _utc(2000, 3, 12, 23, 59, 59))


def test_shift_jis() -> None:
    sequence = read_bytes(SHIFT_JIS, "日報.log")
    assert (sequence.encoding, sequence.notes) == ("cp932", ())
    assert [e.level for e in sequence.events] == ["INFO", "WARN", "ERROR", "ERROR"]
    assert [e.source for e in sequence.events] == ["ST03", "ST03", "ST04", "設備３"]
    assert sequence.events[2].message == "異常 ST04 真空圧低下 ｴｱ漏れ"


def test_production_line_format() -> None:
    line = "2026-03-02T06:00:12.345+09:00 INFO ST03 PLC cycle complete part=17"
    event = read_bytes(f"{line}\n{line}\n".encode(), "line.log").events[0]
    assert event.text == line
    assert event.message == "INFO ST03 PLC cycle complete part=17"
    assert (event.level, event.source, event.line) == ("INFO", "ST03", 1)
    assert event.time == pytest.approx(_utc(2026, 3, 1, 21, 0, 12) + 0.345)


@pytest.mark.parametrize(
    ("line", "time", "message"),
    [
        ("2026-03-02T06:00:12Z m", _utc(2026, 3, 2, 6, 0, 12), "m"),
        ("2026-03-02 06:00:12,250 - m", _utc(2026, 3, 2, 6, 0, 12) + 0.25, "m"),
        ("2026-03-02 06:00:12 -0330 m", _utc(2026, 3, 2, 9, 30, 12), "m"),
        ("2026/03/02 6:00 m", _utc(2026, 3, 2, 6), "m"),
        ("[2026-03-02 06:00:12] m", _utc(2026, 3, 2, 6, 0, 12), "m"),
        ("2026年3月2日(月) 06時00分12秒 停止", _utc(2026, 3, 2, 6, 0, 12), "停止"),
        (
            "<34>1 2003-10-11T22:14:15.5Z h su - ID47 - m",
            _utc(2003, 10, 11, 22, 14, 15) + 0.5,
            "h su - ID47 - m",
        ),
        ("<34>1 - h su - ID47 - m", None, "h su - ID47 - m"),
        ("081109 203615 148 INFO dfs.DataNode: m", _utc(2008, 11, 9, 20, 36, 15), "148 INFO dfs.DataNode: m"),
        ("17/06/09 20:10:40 INFO a.B: m", _utc(2017, 6, 9, 20, 10, 40), "INFO a.B: m"),
        ("[02/Mar/2026:06:00:12 +0900] m", _utc(2026, 3, 1, 21, 0, 12), "m"),
        ("::1 - - [02/Mar/2026:06:00:12 +0000] m", _utc(2026, 3, 2, 6, 0, 12), "::1 - - m"),
        ("[Sun Dec 04 04:47:44 2005] m", _utc(2005, 12, 4, 4, 47, 44), "m"),
        ("1700000000 m", 1_700_000_000.0, "m"),
        ("1700000000.5 m", 1_700_000_000.5, "m"),
        ("1700000000500 m", 1_700_000_000.5, "m"),
        ("2016-12-31T23:59:60Z leap", _utc(2017, 1, 1), "leap"),
        ("2026-02-30 06:00:12 m", None, "2026-02-30 06:00:12 m"),
        ("2026-03-02 25:00:12 m", None, "2026-03-02 25:00:12 m"),
        ("٢٠٢٦-03-02 06:00:12 m", None, "٢٠٢٦-03-02 06:00:12 m"),
    ],
)
def test_stamps(line: str, time: float | None, message: str) -> None:
    event = read_bytes(f"{line}\n{line}\n".encode(), "a.log").events[0]
    assert event.time == (None if time is None else pytest.approx(time))
    assert event.message == message


def test_yearless_log_runs_over_new_year() -> None:
    data = (
        b"Dec 31 23:59:59 h a: 1\nJan  1 00:00:01 h a: 2\n"
        b"Dec 31 23:59:58 h a: late\nJan  2 00:00:00 h a: 3\nFeb 29 00:00:00 h a: 4\n"
    )
    assert [e.time for e in read_bytes(data, "m").events] == [
        _utc(2000, 12, 31, 23, 59, 59),
        _utc(2001, 1, 1, 0, 0, 1),
        _utc(2000, 12, 31, 23, 59, 58),
        _utc(2001, 1, 2),
        _utc(2001, 3, 1),
    ]


@pytest.mark.parametrize(
    ("rest", "level", "source"),
    [
        ("WARNING PLC-1 m", "WARN", "PLC-1"),
        ("[error] m", "ERROR", None),
        ("error: m", "ERROR", None),
        ("CRITICAL: line_2 m", "FATAL", "line_2"),
        ("【警告】 3号機 m", "WARN", "3号機"),
        ("level=warn msg=x", "WARN", None),
        ("a.b.C - ERROR - m", "ERROR", "a.b.C"),
        ("148 INFO dfs.DataNode$PacketResponder: m", "INFO", "dfs.DataNode$PacketResponder"),
        ("ST05 no error here", None, "ST05"),
        ("the error was cleared", None, None),
        ("INFO finished the job42", "INFO", None),
    ],
)
def test_level_and_source(rest: str, level: str | None, source: str | None) -> None:
    line = f"2026-03-02 06:00:12 {rest}\n"
    event = read_bytes(line.encode() * 2, "a.log").events[0]
    assert (event.level, event.source) == (level, source)


def test_stack_trace_joins_its_line() -> None:
    data = (
        b"2026-03-02 06:00:12 ERROR ST03 failed\n\tat a.b(C.java:1)\n  at d.e(F.java:2)\n\n"
        b"  alone\nCaused by: x\n2026-03-02 06:00:13 INFO ST03 on\n"
    )
    sequence = read_bytes(data, "a.log")
    assert [(e.line, e.time is not None) for e in sequence.events] == [
        (1, True),
        (5, False),
        (6, False),
        (7, True),
    ]
    assert sequence.events[0].message == "ERROR ST03 failed\n\tat a.b(C.java:1)\n  at d.e(F.java:2)"
    assert sequence.notes == ("joined_lines:2",)
    assert sequence.skipped_counts == {"blank": 1}


def test_indented_lines_of_an_unstamped_file_stand_alone() -> None:
    assert len(read_bytes(b"a\n  b\n\tc\n", "a.log")) == 3


def test_lines_without_stamp_are_events() -> None:
    events = read_bytes(b"no stamp\n2026-03-02 06:00:12 stamped\nno stamp\n", "a.log").events
    assert [e.time is None for e in events] == [True, False, True]


def test_limit_for_stack_traces_counts_as_a_cut() -> None:
    data = b"2026-03-02 06:00:12 ERROR failed\n" + b"  at x\n" * 100 + b"2026-03-02 06:00:13 on\n"
    sequence = read_bytes(data, "a.log", Limits(max_line_chars=50))
    assert len(sequence.events[0].text) == 50
    assert sequence.notes == ("joined_lines:100", "truncated_lines:1")


STAMPED = "2026-03-02 06:00:{:02d} INFO ST03 PLC step={:d}"
LOGS = st.lists(
    st.one_of(
        st.builds(STAMPED.format, st.integers(0, 99), st.integers()),
        st.sampled_from(["", " ", "\t", "  at line 7", "\u3000続き", "ERROR ST03 no stamp", "Mar  2 06:00:12 gw kernel: up"]),
        st.integers(30, 60).map(lambda length: "x" * length),
    ),
    max_size=60,
)


@given(LOGS, st.integers(1, 5))
def test_lines_read_at_once_are_read_as_line_by_line(lines: list[str], together: int) -> None:
    data, limits, found = "\n".join(lines).encode(), Limits(max_line_chars=50, max_events=40), list[object]()
    for at_once in (together, 1, 8_192):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(log_lines, "_AT_ONCE", at_once)
            try:
                found.append(read_file(data, "a.log", limits, ReadOptions(time_zone="Asia/Tokyo")).sequence)
            except InputError as error:
                found.append((error.code, str(error)))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("every", [2, 3, 16, 10**9])
def test_reading_says_how_far_it_is_however_lines_are_interrupted(every: int) -> None:
    told: list[float] = []
    lines = ["" if at % every == every - 1 else STAMPED.format(at % 60, at) for at in range(30_000)]
    read_file("\n".join(lines).encode(), "a.log", Limits(), ReadOptions(), told.append)
    assert len(told) >= 2 and told == sorted(told)
