"""Delimited tables and JSON: roles of columns, bad rows, literal values."""

from datetime import UTC, datetime

import pytest

from sparsemix.readers import read_bytes

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("name", ["a.csv", "a.log", "a"])
def test_table_by_content(delimiter: str, name: str) -> None:
    rows = [
        "timestamp,station,level,temp",
        "2026-03-02 12:00:00,ST03,warning,1",
        "2026-03-02 12:00:01,ST04,,",
    ]
    sequence = read_bytes("\n".join(rows).replace(",", delimiter).encode(), name)
    assert sequence.source_format == "csv"
    first, second = sequence.events
    assert first.message == "station=ST03 level=warning temp=1"
    assert (first.time, first.source, first.level, first.line) == (NOON, "ST03", "WARN", 2)
    assert (second.message, second.level) == ("station=ST04", None)


def test_japanese_table_with_date_and_clock() -> None:
    text = "日付,時刻,設備,レベル,値\n2026/03/02,12:00:00,搬送,異常,1\n2026/03/02,12:00:01,搬送,情報,2\n"
    sequence = read_bytes(text.encode("cp932"), "記録.csv")
    assert sequence.encoding == "cp932"
    assert [(e.time, e.source, e.level) for e in sequence.events] == [
        (NOON, "搬送", "ERROR"),
        (NOON + 1, "搬送", "INFO"),
    ]
    assert sequence.events[0].message == "設備=搬送 レベル=異常 値=1"


def test_time_column_is_found_by_its_values() -> None:
    sequence = read_bytes(b"value,when\n5,2026-03-02T12:00:00Z\n6,2026-03-02T12:00:01Z\n", "a.csv")
    assert [(e.time, e.message) for e in sequence.events] == [(NOON, "value=5"), (NOON + 1, "value=6")]


def test_seconds_from_the_start_of_a_run() -> None:
    sequence = read_bytes(b"time,v\n0.0,a\n0.5,b\n", "a.csv")
    assert sequence.time_span == (0.0, 0.5)
    assert sequence.notes == ("relative_time",)


def test_ragged_rows_are_skipped_and_told() -> None:
    sequence = read_bytes(b"a,b,level\n1,2,INFO\n1,2\n\n1,2,INFO,4\n3,4,INFO\n", "a.csv")
    assert len(sequence) == 2
    assert sequence.skipped_counts == {"ragged": 2, "blank": 1}
    assert [(s.line, s.reason, s.excerpt) for s in sequence.skipped] == [
        (3, "ragged", "1,2"),
        (4, "blank", ""),
        (5, "ragged", "1,2,INFO,4"),
    ]


def test_quoted_cells_with_delimiters_quotes_and_line_ends() -> None:
    data = b'message,n\n"a, ""b""\nsecond line",1\nplain 5" pipe,2\n"x",3\n'
    sequence = read_bytes(data, "a.csv")
    assert [(e.line, e.message) for e in sequence.events] == [
        (2, 'message=a, "b"\nsecond line n=1'),
        (4, 'message=plain 5" pipe n=2'),
        (5, "message=x n=3"),
    ]
    assert sequence.notes == ("joined_lines:1",)


def test_a_stray_quote_costs_one_row() -> None:
    data = b'a,b\n1,"open\n' + b"2,3\n" * 300
    sequence = read_bytes(data, "a.csv")
    assert len(sequence) == 300
    assert sequence.skipped_counts == {"unclosed_quote": 1}


def test_sentences_with_commas_are_no_table() -> None:
    assert read_bytes(b"Hello, world\nGood bye, moon\nSo long, sun\n", "a.txt").source_format == "log"
    assert read_bytes(b"Mar  2 06:00:12 h a: x, y\nMar  2 06:00:13 h a: x, y\n", "a.csv").source_format == "log"


def test_table_of_one_column_needs_the_extension() -> None:
    assert read_bytes(b"value\n1\n2\n", "a.csv").events[0].message == "value=1"
    assert read_bytes(b"value\n1\n2\n", "a.txt").source_format == "log"


def test_json_lines() -> None:
    data = (
        b'{"timestamp": "2026-03-02T12:00:00Z", "station": "ST03", "level": "err", '
        b'"v": {"t": 1.50, "on": [true, null]}}\n'
        b"[1, 2]\n\n{broken\n"
        b'{"ts": 1772452801, "message": "x"}\n'
    )
    sequence = read_bytes(data, "a.log")
    assert sequence.source_format == "jsonl"
    first, second = sequence.events
    assert first.message == "station=ST03 level=err v.t=1.50 v.on.0=true v.on.1=null"
    assert (first.time, first.source, first.level) == (NOON, "ST03", "ERROR")
    assert (second.time, second.message, second.line) == (NOON + 1, "message=x", 5)
    assert sequence.skipped_counts == {"not_an_object": 1, "blank": 1, "invalid_json": 1}


def test_json_values_that_trip_parsers() -> None:
    lines = [
        '{"a": NaN, "b": -Infinity, "c": ' + "9" * 6000 + "}",
        '{"a": 1, "b": 2, "a": 3}',
        '{"a": "\\ud800\\u0000"}',
        '{"a": ' + "[" * 50 + "1" + "]" * 50 + "}",
        '{"a": ' + "[" * 200_000 + "1" + "]" * 200_000 + "}",
        '{"time": "no time", "a": {}}',
    ]
    sequence = read_bytes("\n".join(lines).encode(), "a.jsonl")
    messages = [e.message for e in sequence.events]
    assert messages[0] == "a=NaN b=-Infinity c=" + "9" * 6000
    assert messages[1:3] == ["a=3 b=2", "a=\ufffd\ufffd"]
    assert messages[3].endswith("=…")
    assert messages[4] == "time=no time a={}"
    assert sequence.skipped_counts == {"too_deep": 1}
    assert sequence.notes == ("nested_values_cut:1",)
    assert len(sequence.sha256) == 64


def test_json_array() -> None:
    sequence = read_bytes(b'[\n  {"level": "INFO",\n   "a": 1},\n  7,\n  {"a": 2}\n]\n', "a.json")
    assert [(e.line, e.message, e.level) for e in sequence.events] == [
        (2, "level=INFO a=1", "INFO"),
        (5, "a=2", None),
    ]
    assert sequence.skipped_counts == {"not_an_object": 1}


HOSTILE = [
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x","y")',
    "@SUM(A1:A9)",
    "+1+1|cmd",
    "{{7*7}}",
    "$(reboot)",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_html_and_formulas_stay_literal(value: str) -> None:
    name = f"{value}.csv".replace("/", "_")
    quoted = '"' + value.replace('"', '""') + '"'
    sequence = read_bytes(f"message,n\n{quoted},1\n{quoted},2\n".encode(), name)
    assert sequence.name == name
    assert sequence.events[0].message in (f"{value} n=1", f"message={value} n=1")
    assert sequence.events[0].text == f"{quoted},1"
    assert read_bytes(f"{value}\n{value}\n".encode(), "a.log").events[0].text == value
