"""Settings that overrule a reader's guesses: encodings, time zones, roles; and reading the same again."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sparsemix.errors import InputError
from sparsemix.explain.comparison import Edit, edited
from sparsemix.readers import FIRST_RULES, Columns, Limits, ReadOptions, read_bytes, read_file
from sparsemix.readers.columns import SINGLE_ROLES
from sparsemix.readers.text import ENCODINGS

TOKYO, BERLIN = ReadOptions(time_zone="Asia/Tokyo"), ReadOptions(time_zone="Europe/Berlin")
NAMES = ("time", "date", "時刻", "label", "判定", "lot_id", "station", "level", "temp [°C]", "v", "", "message")
CELLS = st.sampled_from(
    [
        "1",
        "2.5",
        "",
        "nan",
        "-",
        "2026-03-02 12:00:00",
        "2026-03-02T12:00:00+02:00",
        "12:00:01",
        "ERROR",
        "ST03",
        '"a,\nb"',
        "温度",
    ]
)


def code_of(data: bytes, name: str, options: ReadOptions) -> str:
    with pytest.raises(InputError) as caught:
        read_bytes(data, name, options=options)
    assert str(caught.value)
    return caught.value.code


def times(text: str, options: ReadOptions, name: str = "a.log") -> list[float | None]:
    return [event.time for event in read_bytes(text.encode(), name, options=options).events]


@pytest.mark.parametrize(
    "stamp",
    ["2026-03-02 12:00:00", "Mon Mar  2 12:00:00 2026", "260302 120000", "26/03/02 12:00:00", "2026年3月2日 12時00分00秒"],
)
def test_a_stamp_without_a_zone_is_of_the_zone_that_is_named(stamp: str) -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=ZoneInfo("Asia/Tokyo")).timestamp()
    assert times(f"{stamp} INFO a\n" * 2, TOKYO) == [noon, noon]
    assert times(f"{stamp} INFO a\n" * 2, ReadOptions()) == [noon + 9 * 3600] * 2


@pytest.mark.parametrize(
    "stamp", ["2026-03-02T12:00:00Z", "2026-03-02 21:00:00+09:00", "1772452800", "<34>1 2026-03-02T12:00:00Z h a "]
)
def test_a_stamp_that_knows_its_zone_stays_as_it_is(stamp: str) -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()
    assert times(f"{stamp} INFO a\n" * 2, TOKYO) == [noon, noon]


def test_yearless_stamps_run_over_new_year_in_their_zone() -> None:
    seconds = times("Dec 31 23:59:59 h a: x\nJan  1 00:00:01 h a: y\n", TOKYO)
    assert seconds[1] is not None and seconds[0] is not None and seconds[1] - seconds[0] == 2
    assert datetime.fromtimestamp(seconds[0], ZoneInfo("Asia/Tokyo")).strftime("%m-%d %H:%M:%S") == "12-31 23:59:59"


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),
    st.sampled_from(["Asia/Tokyo", "Europe/Berlin", "America/New_York"]),
)
def test_wall_clocks_are_moved_as_the_calendar_of_the_zone_says(wall: datetime, zone: str) -> None:
    # A line does not tell which of two hours with one name it means; the first is read (the test below).
    wall = wall.replace(microsecond=0, fold=0)
    (seconds, _) = times(f"{wall:%Y-%m-%d %H:%M:%S} a\n" * 2, ReadOptions(time_zone=zone))
    assert seconds == wall.replace(tzinfo=ZoneInfo(zone)).timestamp()


def test_the_hour_that_occurs_twice_is_the_first_one() -> None:
    (seconds, _) = times("2026-10-25 02:30:00 a\n" * 2, BERLIN)
    assert seconds == datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_is_written_in_an_encoding_is_read_when_it_is_named(encoding: str) -> None:
    word = {"cp1252": "température", "euc-kr": "온도", "gb18030": "温度计"}.get(encoding, "温度")
    data = f"2026-03-02 12:00:00 INFO {word} 1\n2026-03-02 12:00:01 INFO {word} 2\n".encode(encoding)
    sequence = read_bytes(data, "a.log", options=ReadOptions(encoding=encoding))
    assert sequence.encoding == encoding
    assert sequence.events[0].message == f"INFO {word} 1"


def test_a_wrong_encoding_names_the_byte() -> None:
    data = "2026-03-02 12:00:00 温度\n".encode("cp932") * 3
    with pytest.raises(InputError, match="Byte 20") as caught:
        read_bytes(data, "a.log", options=ReadOptions(encoding="utf-8"))
    assert caught.value.code == "other_encoding"
    assert code_of(b"a\0b\n" * 9, "a.log", ReadOptions(encoding="cp1252")) == "binary"
    assert code_of(b"%PDF-1.4\n" * 9, "a.log", ReadOptions(encoding="cp1252")) == "binary"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"encoding": "rot13"}, "unknown_encoding"),
        ({"time_zone": "Mars/Olympus"}, "unknown_time_zone"),
        ({"time_zone": "../../etc/passwd"}, "unknown_time_zone"),
        ({"time_zone": ""}, "unknown_time_zone"),
        ({"encoding": 1}, "bad_reading"),
        ({"colour": "red"}, "bad_reading"),
        ({"columns": []}, "bad_reading"),
        ({"columns": {"colour": "red"}}, "bad_columns"),
        ({"columns": {"time": 1}}, "bad_columns"),
        ({"columns": {"ignore": "a"}}, "bad_columns"),
        ({"rules": 99}, "unknown_rules"),
        ({"rules": "2"}, "bad_reading"),
        ({"sources": "two"}, "bad_reading"),
        ({"sources": []}, "bad_reading"),
    ],
)
def test_settings_that_are_none_are_refused(payload: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        ReadOptions.from_payload(payload)
    assert caught.value.code == code


TABLE = "日付,時刻,lot,temp,note,quality\n2026/03/02,08:00:00,A,20,x,ok\n2026/03/02,08:00:01,B,,y,ng\n"


def test_roles_that_are_named_hold_and_hidden_columns_are_not_read() -> None:
    options = ReadOptions(columns=Columns(time="日付", clock="時刻", label="quality", sequence_id="lot", ignore=("note",)))
    read = read_file(TABLE.encode(), "a.csv", Limits(), options)
    assert [(event.message, event.time) for event in read.sequence.events] == [("temp=20", 1772438400.0), ("", 1772438401.0)]
    alone = read_bytes(TABLE.encode(), "a.csv", options=ReadOptions(columns=Columns(time="日付", clock="")))
    assert alone.events[0].message == "時刻=08:00:00 lot=A temp=20 note=x quality=ok"


def test_what_is_said_goes_before_what_would_be_guessed() -> None:
    data = b"time,station,v\n2026-03-02 08:00:00,ST1,1\n2026-03-02 08:00:01,ST2,2\n"
    read = read_file(data, "a.csv", Limits(), ReadOptions(columns=Columns(ignore=("time",), label="station")))
    assert (read.options.columns.time, read.options.columns.source) == ("", "")
    assert [event.message for event in read.sequence.events] == ["v=1", "v=2"]


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        (Columns(time="when"), "no_such_column"),
        (Columns(ignore=("when",)), "no_such_column"),
        (Columns(time="lot", label="lot"), "bad_columns"),
        (Columns(time="", clock="時刻"), "bad_columns"),
    ],
)
def test_roles_that_do_not_fit_are_refused(columns: Columns, code: str) -> None:
    assert code_of(TABLE.encode(), "a.csv", ReadOptions(columns=columns)) == code


def test_keys_of_objects_have_roles_too() -> None:
    data = b'{"at": "2026-03-02 08:00:00", "m": {"id": "ST1"}, "label": "ng", "v": 1}\n{"at": "x", "v": 2}\n'
    options = ReadOptions(columns=Columns(time="at", source="m.id", ignore=("v",)))
    first, second = read_bytes(data, "a.jsonl", options=options).events
    assert (first.message, first.source, first.time) == ("m.id=ST1", "ST1", 1772438400.0)
    assert (second.message, second.time) == ("at=x", None)
    assert code_of(data, "a.jsonl", ReadOptions(columns=Columns(label="judgement"))) == "no_such_column"
    assert "label=ng" in read_bytes(data, "a.jsonl", options=FIRST_RULES).events[0].message


def test_parquet_and_excel_read_as_csv_does() -> None:
    times = pd.date_range("2026-03-02 08:00:00", periods=3, freq="s")
    frame = pd.DataFrame({"time": times, "temp [°C]": [20.5, None, 22.25], "label": ["ok", "ok", "ng"]})
    csv = read_bytes(frame.to_csv(index=False).encode(), "a.csv", options=TOKYO)
    parquet, excel = io.BytesIO(), io.BytesIO()
    frame.to_parquet(parquet)
    frame.to_excel(excel, index=False)
    for name, file in (("a.parquet", parquet), ("a.xlsx", excel)):
        read = read_bytes(file.getvalue(), name, options=TOKYO)
        assert [(event.time, event.message) for event in read.events] == [(event.time, event.message) for event in csv.events]
        assert [event.message for event in read.events] == ["temp [°C]=20.5", "", "temp [°C]=22.25"]
    assert code_of(b"PAR1 and nothing more", "a.parquet", ReadOptions()) == "bad_table"
    assert code_of(b"PK\x03\x04 and nothing more", "a.xlsx", ReadOptions()) == "bad_table"
    assert code_of(b"PK\x03\x04 and nothing more", "a.zip", ReadOptions()) == "binary"


def test_a_line_that_is_a_whole_sequence_is_read_as_its_events() -> None:
    data = json.dumps({"id": "a", "events": ["2026-03-02 08:00:00 INFO ST1 a", "b\ud800"], "label": "ng"}).encode()
    first, second = read_bytes(data, "a.jsonl", options=TOKYO).events
    assert (first.message, first.time, first.source, second.message) == ("INFO ST1 a", 1772406000.0, "ST1", "b\ufffd")
    words = read_bytes('{"text": "温度 is rising, slowly"}'.encode(), "a.jsonl").events
    assert [event.message for event in words] == ["温度", "is", "rising", ",", "slowly"]
    assert code_of(data + b"\n" + data, "a.jsonl", ReadOptions()) == "several_sequences"
    assert len(read_bytes(b'{"text": "one event"}\n' * 3, "a.jsonl")) == 3
    assert len(read_bytes(b'{"events": ["a", "b"], "host": "x"}\n' * 3, "a.jsonl")) == 3
    assert read_bytes(data + b"\n" + data, "a.jsonl", options=FIRST_RULES).events[0].message.startswith("id=a events.0=")


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True))
    rows = draw(st.lists(st.lists(CELLS, min_size=len(names), max_size=len(names)), min_size=2, max_size=6))
    return "\n".join(",".join(row) for row in [names, *rows]).encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])))


@example(b"time,station\n1,2026-03-02 12:00:00\n2,2026-03-02 12:00:01", ReadOptions())  # a source that is a time, too
@given(tables(), st.sampled_from([ReadOptions(), TOKYO, FIRST_RULES]))
def test_settled_options_read_the_same_again_also_from_the_record(data: bytes, options: ReadOptions) -> None:
    try:
        read = read_file(data, "a.csv", Limits(), options)
    except InputError:
        return
    settled = ReadOptions.from_payload(json.loads(json.dumps(read.options.payload())))
    assert settled == read.options
    again = read_file(data, "a.csv", Limits(), settled)
    assert again.sequence == read.sequence
    assert again.options == read.options


@given(tables())
def test_no_label_and_no_hidden_column_is_ever_read(data: bytes) -> None:
    try:
        read = read_file(data, "a.csv", Limits(), ReadOptions())
    except InputError:
        return
    roles = read.options.columns
    hidden = [name for role in SINGLE_ROLES if role not in ("source", "level") and (name := getattr(roles, role))]
    for event in read.sequence.events:
        for name in hidden:
            assert f"{name}=" not in event.message.replace(" [°C]=", "")


@given(st.binary(max_size=60), st.sampled_from(ENCODINGS))
def test_bytes_in_a_named_encoding_are_read_or_refused(data: bytes, encoding: str) -> None:
    try:
        sequence = read_bytes(data, "a.log", options=ReadOptions(encoding=encoding))
    except InputError as error:
        assert error.code != "invalid"
        return
    assert sequence.encoding == encoding


def test_a_line_that_somebody_edits_stays_in_the_time_zone_of_its_log() -> None:
    sequence = read_bytes(b"2026-03-02 12:00:00 INFO a\n2026-03-02 12:00:05 INFO b\n", "a.log", options=TOKYO)
    changed, _ = edited(sequence, [Edit("replace", 0, "2026-03-02 12:00:01 INFO a")])
    assert (changed.events[0].time, changed.events[1].time) == (sequence.events[0].time + 1, sequence.events[1].time)
