"""Event tables: read by the names of their columns, in any order, and refused with what to do where they are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from sparsemix.causes.event_table import event_columns, is_event_table, read_event_table, read_event_tables
from sparsemix.errors import InputError
from sparsemix.readers import Limits, ReadOptions, read_file
from tests.support.sparsemix.made_up_machine import faulty_run, write_normal

ROWS = [(0.0, "valve", "False"), (1.5, "AL_7", "True"), (2.0, "valve", "True")]
OTHERS = {
    "other names": ("Timestamp,tag,state,kind", ","),
    "semicolons": ("time;node;value;type", ";"),
    "tabs": ("time\tsignal\tvalue\tclass", "\t"),
    "Japanese": ("時刻,ノード,値,種別", ","),
}


def table_of(text: str) -> object:
    return read_event_table(text.encode(), "run.csv")


@pytest.mark.parametrize(("header", "delimiter"), OTHERS.values(), ids=OTHERS)
def test_other_columns_and_delimiters_hold_the_same(header: str, delimiter: str) -> None:
    lines = [delimiter.join((str(time), node, value, "Alarm" if node == "AL_7" else "x")) for time, node, value in ROWS]
    table = read_event_table("\n".join([header, *lines, ""]).encode(), "run.csv")
    assert [(change.time, change.node, change.value) for change in table.changes] == ROWS
    assert [change.line for change in table.changes] == [2, 3, 4] and table.alarms == {"AL_7"} and table.end == 2.0


def test_columns_in_another_order_with_others_beside_them() -> None:
    table = read_event_table(b"value,quality,node,time\nTrue,good,valve,3\nFalse,good,valve,1\n", "run.csv")
    assert [(change.time, change.value, change.line) for change in table.changes] == [(1.0, "False", 3), (3.0, "True", 2)]


def test_columns_of_other_names_are_named() -> None:
    data = b"When,Where,Now,State\n1,valve,b,False\n2,AL_7 alarm,c,True\n"
    columns = event_columns("time=when, node=Where,value=State")
    table = read_event_table(data, "run.csv", columns=columns)
    assert [(change.node, change.value) for change in table.changes] == [("valve", "False"), ("AL_7 alarm", "True")]
    assert table.alarms == {"AL_7 alarm"}
    typed = b"time,node,value,type\n1,pump alarm,1,Binary\n"
    assert not read_event_table(typed, "run.csv").alarms
    assert read_event_table(typed, "run.csv", columns=event_columns("type=")).alarms == {"pump alarm"}


@pytest.mark.parametrize(
    ("text", "code"), [("node=Tag", "no_such_column"), ("source=node", "bad_columns"), ("node=a,node=b", "bad_columns")]
)
def test_names_of_columns_that_cannot_be_used_are_refused(text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        read_event_table(b"time,node,value\n1,a,b\n", "run.csv", columns=event_columns(text))
    assert caught.value.code == code


def test_a_log_is_no_event_table() -> None:
    def read(data: bytes, name: str) -> bool:
        return is_event_table(read_file(data, name, Limits(min_events=1), ReadOptions()))

    assert read(faulty_run("PU_flow").table(), "run.csv")
    assert not read(b"time,pressure\n1,2\n2,3\n", "run.csv")
    assert not read(b"2026-03-02 10:00:00 INFO started\n2026-03-02 10:00:01 INFO done\n", "run.log")
    assert not read(b'{"time": 1, "node": "a", "value": 1}\n{"time": 2, "node": "a", "value": 0}\n', "run.jsonl")


def test_dates_and_large_numbers_are_seconds() -> None:
    dates = read_event_table(b"time,node,value\n2026-03-02 10:00:00,a,1\n2026-03-02 10:00:02.5,a,0\n", "run.csv").changes
    milliseconds = read_event_table(b"time,node,value\n1772445600000,a,1\n1772445602500,a,0\n", "run.csv").changes
    assert dates[1].time - dates[0].time == milliseconds[1].time - milliseconds[0].time == 2.5


@pytest.mark.parametrize("time", ["soon", "nan", "inf", ""])
def test_a_bad_time_names_the_line(time: str) -> None:
    with pytest.raises(InputError, match="line 3") as caught:
        table_of(f"time,node,value\n1,a,b\n{time},a,c\n")
    assert caught.value.code == "bad_time" and caught.value.params["line"] == 3


@pytest.mark.parametrize(
    "text", ["time,pressure,flow\n1,2,3\n2,3,4\n", "2026-03-02 10:00:00 INFO started\n", '{"events": ["a"]}\n']
)
def test_another_form_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(InputError, match="needs a header with a time, a node and a value") as caught:
        table_of(text)
    assert caught.value.code == "no_event_table"


@pytest.mark.parametrize("text", ["", "\n\n", "time,node,value\n"])
def test_a_file_without_rows_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        table_of(text)


def test_alarms_by_type_and_without_types_by_name() -> None:
    assert read_event_table(b"time,node,value,type\n1,pump_alarm,1,Binary\n1,x,1,ALARM\n", "run.csv").alarms == {"x"}
    named = "time,node,value\n1,pump_Alarm,1\n1,扉警報,1\n1,x,1\n".encode()
    assert read_event_table(named, "run.csv").alarms == {"pump_Alarm", "扉警報"}


def test_alarms_are_active_until_they_clear() -> None:
    rows = ["1,a,False", "2,a,True", "3,b,1", "4,a,True", "5,a,False", "6,c,Active", "7,b,0", "8,a,on"]
    table = read_event_table("\n".join(["time,node,value,type", *(f"{row},alarm" for row in rows)]).encode(), "run.csv")
    assert [table.active(time) for time in (1.0, 4.0)] == [[], [(2.0, "a"), (3.0, "b")]]
    assert table.active(6.5) == [(3.0, "b"), (6.0, "c")] and table.active(table.end) == [(6.0, "c"), (8.0, "a")]
    assert table.until(4.0).active(99.0) == table.active(4.0)


def test_a_folder_is_read_file_by_file(tmp_path: Path) -> None:
    tables = read_event_tables(write_normal(tmp_path / "normal", 3))
    assert [table.name for table in tables] == ["normal_0.csv", "normal_1.csv", "normal_2.csv"]
    with pytest.raises(InputError, match="Check that it exists"):
        read_event_tables(tmp_path / "none")


def test_alarms_are_told_by_the_type() -> None:
    assert read_event_table(faulty_run("PU_flow").table(), "run.csv").alarms == {"DR_A_300", "PU_A_200"}
