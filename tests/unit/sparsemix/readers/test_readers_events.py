"""Tables of events: which table is one, what is read of a row, in which order, and what is said of it."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pandas as pd
import pytest

from sparsemix.dataset import Columns, read_files
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import InputError
from sparsemix.readers import Limits, ReadOptions, read_bytes, read_file
from sparsemix.readers.collect import sentence

OLD = ReadOptions(rules=2)
ALARMS = """\
time,level,station,message,code
2026-11-13 05:53:29,ERROR,ST03,pump 3 has no pressure,17
2026-11-13 05:53:41,INFO,ST03,pump 3 is running again,4
2026-11-13 05:54:02,WARN,ST04,the door of cell 2 is open,21
"""


def _utc(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[misc,arg-type]


def _messages(sequence: TokenSequence) -> list[str]:
    return [event.message for event in sequence.events]


def test_a_table_with_messages_is_read_as_its_log_would_be() -> None:
    table = read_bytes(ALARMS.encode(), "alarms.csv")
    assert table.source_format == "events"
    assert _messages(table)[0] == "ERROR ST03 17 pump 3 has no pressure"
    assert (table.events[0].level, table.events[0].source, table.events[0].line) == ("ERROR", "ST03", 2)
    assert table.events[0].time == _utc(2026, 11, 13, 5, 53, 29)
    assert table.events[0].text == "2026-11-13 05:53:29,ERROR,ST03,pump 3 has no pressure,17"
    assert table.notes == ("event_table:message",)
    log = "2026-11-13 05:53:29 ERROR ST03 pump 3 has no pressure\n2026-11-13 05:53:41 INFO ST03 pump 3 is running again\n"
    without_code = "\n".join(line.rpartition(",")[0] for line in ALARMS.splitlines())
    assert _messages(read_bytes(without_code.encode(), "a.csv"))[:2] == _messages(read_bytes(log.encode(), "a.log"))


def test_a_column_with_a_name_of_any_length_is_named_in_a_note() -> None:
    table = read_bytes(ALARMS.replace("message", "9" * 5_000).encode(), "alarms.csv")
    (note,) = table.notes
    assert "999… holds messages" in sentence(note)
    assert len(sentence(note)) < 500


def test_decisions_recorded_before_are_read_as_they_were() -> None:
    table = read_bytes(ALARMS.encode(), "alarms.csv", options=OLD)
    assert (table.source_format, table.notes) == ("csv", ())
    assert _messages(table)[0] == "level=ERROR station=ST03 message=pump 3 has no pressure code=17"


def test_a_sheet_and_a_data_set_of_events_are_read_so_too() -> None:
    sheet = io.BytesIO()
    frame = pd.read_csv(io.StringIO(ALARMS))
    frame["time"] = pd.to_datetime(frame["time"])
    frame.to_excel(sheet, index=False)
    assert _messages(read_bytes(sheet.getvalue(), "alarms.xlsx")) == _messages(read_bytes(ALARMS.encode(), "alarms.csv"))
    data = read_files([("alarms.csv", ALARMS.encode())], "alarms")
    assert data.items[0].sequence.source_format == "events"
    assert _messages(data.items[0].sequence)[0] == "ERROR ST03 17 pump 3 has no pressure"
    assert data.notes == ("event_table:message",)


def test_messages_need_no_usual_name() -> None:
    rows = ["pump 3 has no pressure", "pump 3 is running again", "door of cell 2 is open"]
    table = "when;what;n\n" + "".join(f"2026-11-13 05:53:0{n};{text};{n}\n" for n, text in enumerate(rows))
    assert _messages(read_bytes(table.encode(), "a.csv"))[0] == "pump 3 has no pressure n=0"
    japanese = "日時,内容,番号\n2026/11/13 05:53:29,非常停止が押されました,1\n2026/11/13 05:54:00,運転を再開しました,2\n"
    assert _messages(read_bytes(japanese.encode("cp932"), "a.csv"))[0] == "非常停止が押されました 番号=1"


@pytest.mark.parametrize(
    "table",
    [
        "time,temp,pressure\n1,20.5,3\n2,20.6,3\n3,20.7,3\n",
        "time,temp,state\n1,20.5,run\n2,20.6,run\n3,20.7,stop\n",
        "time,state\n1,run\n2,run\n3,stop\n",
        "time,temp,message\n1,20.5,\n2,20.6,\n3,20.7,door is open now\n",
        "time,a,b,c,d,remark\n1,1,1,1,1,all is well here\n2,1,1,1,1,so it is again\n3,2,2,2,2,it is getting warm\n",
        "time,temp,message\n1,20.5,17\n2,20.6,18\n3,20.7,19\n",
    ],
)
def test_numbers_and_states_are_read_as_before(table: str) -> None:
    assert read_bytes(table.encode(), "a.csv") == read_bytes(table.encode(), "a.csv", options=OLD)


def test_a_person_may_say_which_column_holds_messages_or_that_none_does() -> None:
    states = b"time,temp,state\n1,20.5,run\n2,20.6,run\n"
    assert _messages(read_bytes(states, "a.csv", options=ReadOptions(columns=Columns(message="state"))))[0] == "run temp=20.5"
    none = read_bytes(ALARMS.encode(), "a.csv", options=ReadOptions(columns=Columns(message="")))
    assert none.source_format == "csv"
    no_level = read_bytes(ALARMS.encode(), "a.csv", options=ReadOptions(columns=Columns(level="", source="")))
    assert _messages(no_level)[0] == "17 pump 3 has no pressure level=ERROR station=ST03"
    assert Columns.parse("message=state") == Columns(message="state")


def test_words_beside_numbers_are_named_where_only_numbers_are_judged() -> None:
    states = b"time,temp,state,place\n1,20.5,run,a\n2,20.6,run,b\n"
    assert read_files([("a.csv", states)], "a").notes == ("words_not_judged:state, place",)
    two = read_files([("a.csv", states), ("b.csv", states)], "two")
    assert two.notes == ("words_not_judged:state, place",)
    assert read_files([("a.csv", b"time,temp\n1,20.5\n2,20.6\n")], "a").notes == ()


def test_events_written_newest_first_are_turned_round_and_sensors_are_not() -> None:
    head, *rows = ALARMS.splitlines()
    newest = "\n".join([head, *reversed(rows)]).encode()
    sequence = read_bytes(newest, "a.csv")
    assert [event.line for event in sequence.events] == [4, 3, 2]
    assert _messages(sequence) == _messages(read_bytes(ALARMS.encode(), "a.csv"))
    assert sequence.notes == ("event_table:message", "turned_round")
    assert read_files([("a.csv", newest)], "a").notes == ("event_table:message", "turned_round:1")
    sensors = read_bytes(b"time,temp\n2026-11-13 05:53:29,1\n2026-11-13 05:53:28,2\n", "a.csv")
    assert (_messages(sensors), sensors.notes) == (["temp=1", "temp=2"], ())


def test_settled_roles_read_an_event_table_the_same_again() -> None:
    read = read_file(ALARMS.encode(), "a.csv", Limits(), ReadOptions())
    assert read.options.columns.message == "message"
    again = ReadOptions.from_payload(read.options.payload())
    assert read_file(ALARMS.encode(), "a.csv", Limits(), again).sequence == read.sequence


def test_a_row_that_does_not_fit_is_refused_in_a_data_set_of_events() -> None:
    with pytest.raises(InputError) as caught:
        read_files([("a.csv", ALARMS.encode() + b"2026-11-13 05:55:00,INFO\n")], "a")
    assert (caught.value.code, caught.value.params["line"]) == ("ragged", 5)
