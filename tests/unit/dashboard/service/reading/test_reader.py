"""The child process that reads gives what the library gives, and no file takes this process along."""

from __future__ import annotations

import gc
import gzip
import io
import json
import zipfile
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dashboard.service.decide.normal_runs import RUN_LIMITS
from dashboard.service.reading import reader
from dashboard.service.reading.data_sets import read_data_set
from dashboard.service.reading.process import the_process
from dashboard.service.reading.survey import sampling, survey_columns
from sparsemix import InputError
from sparsemix.causes.event_table import event_tables
from sparsemix.readers import Columns, Limits, ReadOptions, read_file
from tests.support.dashboard.fixtures import LOG

EVENTS = b"time,node,value,type\n1,door,open,State\n2,heat,True,Alarm\n3,heat,False,Alarm\n"


def _parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"time": pa.array([1, 2], pa.timestamp("ns")), "v": [1.5, None], "w": ["ok", "ü😀"]}), out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.log", LOG),
        ("a.csv", b"time,v,level\n2026-03-02 10:00:00,1,INFO\n2026-03-02 10:00:01,2,WARN\n\n3,4\n"),
        ("a.jsonl", b'{"time":1e999,"m":"x\\u001b[2J","v":NaN}\n{"m":"\xe2\x80\xae gol"}\nno object\n'),
        ("a.parquet", _parquet()),
        ("a.log", "開始 温度=25\n\u3000終了 \U0001f600\n".encode("cp932", "ignore")),
    ],
)
def test_the_child_gives_what_the_library_gives(name: str, data: bytes) -> None:
    options = ReadOptions(time_zone="Asia/Tokyo")
    here, there = read_file(data, name, Limits(), options), reader.read_file(data, name, options)
    assert repr(there.sequence) == repr(here.sequence)
    assert there.sequence.sha256 == here.sequence.sha256
    assert there.options == here.options
    looked = reader.preview(data, name, options)
    assert looked.read is not None and repr(looked.read.sequence) == repr(here.sequence)
    assert looked.sampling == sampling(here.sequence)
    if here.table is not None:
        assert looked.head is not None and looked.head.names == here.table.names
        assert [row.cells for row in looked.head.rows] == [list(row.cells) for row in here.table.rows[:20]]
        assert list(looked.columns) == survey_columns(here.table, here.options.columns)


def test_what_is_read_for_all_takes_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    held = reader.preview(LOG, "a.log", ReadOptions())
    assert held.read is not None and held.taken > 2 * len(LOG)
    monkeypatch.setattr(reader, "MOST_HELD_MB", 0)
    refused = reader.preview(LOG, "a.log", ReadOptions())
    assert refused.error is not None and refused.error.code == "no_memory"
    del held
    gc.collect()
    reader._HELD.clear()  # of other tests
    assert reader.preview(LOG, "a.log", ReadOptions()).error is None


@pytest.mark.parametrize("packed", [False, True])
def test_the_head_of_a_long_log_holds_its_first_whole_lines(packed: bool) -> None:
    lines = [f"2026-03-02T10:{i // 60 % 60:02}:{i % 60:02}Z INFO PLC step {i * 7919 % 65537:05}" for i in range(20_000)]
    data = "\n".join(lines).encode()
    head = reader.read_head(gzip.compress(data) if packed else data, "a.log", ReadOptions())
    assert head is not None and 1_000 < len(head) < len(lines) * (1 if packed else 0.4)
    assert [event.text for event in head.events] == lines[: len(head)]


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b broken", b"PAR1 and more", b"one line that never ends" * 20_000])
def test_what_has_no_first_lines_has_no_head(data: bytes) -> None:
    assert reader.read_head(data, "a.log", ReadOptions()) is None


@pytest.mark.parametrize(
    ("name", "data", "code"), [("a.log", b"", "empty"), ("a.log", b"\0\1", "binary"), ("a.xlsx", b"PK\x03\x04", "bad_table")]
)
def test_what_the_library_refuses_the_child_refuses_in_the_same_words(name: str, data: bytes, code: str) -> None:
    with pytest.raises(InputError) as here:
        read_file(data, name, Limits(), ReadOptions())
    with pytest.raises(InputError) as there:
        reader.read_file(data, name, ReadOptions())
    assert (there.value.code, str(there.value), there.value.params) == (code, str(here.value), here.value.params)


def test_roles_that_do_not_fit_come_with_the_columns_there_are() -> None:
    looked = reader.preview(b"a,b\n1,2\n3,4\n", "a.csv", ReadOptions(columns=Columns(time="when")))
    assert looked.read is None and looked.error is not None and looked.error.code == "no_such_column"
    assert looked.head is not None and looked.head.names == ["a", "b"]


def test_data_sets_give_their_facts() -> None:
    lots = [{"id": f"{n}", "events": ["a=1", "b"], "label": "ok" if n % 2 else "ng"} for n in range(10)]
    files = [("lots.jsonl", "\n".join(map(json.dumps, lots)).encode())]
    assert reader.read_data_set(files, None, ReadOptions(), None) == read_data_set(files, None, ReadOptions(), None)
    odd = [("lots.jsonl", files[0][1].replace(b'"ok"', b'"alpha"').replace(b'"ng"', b'"beta"'))]
    read = reader.read_data_set(odd, None, ReadOptions(), None)
    assert read.error is not None and read.error.code == "labels_not_understood"
    assert read.facts is None and set(read.words) == {"alpha", "beta"}
    assert reader.read_data_set(odd, None, ReadOptions(), ["alpha"]).facts is not None


def test_event_tables_come_whole() -> None:
    files = [("a.csv", EVENTS), ("b.csv", EVENTS)]
    assert reader.read_event_tables(files, RUN_LIMITS) == list(event_tables(files, limits=RUN_LIMITS))
    assert reader.read_event_table(EVENTS, "a.csv", ReadOptions(), RUN_LIMITS) == next(event_tables(files, limits=RUN_LIMITS))
    assert reader.read_event_table(LOG, "a.log", ReadOptions(), RUN_LIMITS) is None


def test_of_an_archive_come_the_files_for_which_there_is_room_and_what_is_wrong_with_the_others() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in (("a.log", LOG), ("b.log", LOG * 2), ("c.log", LOG * 3), ("d.log", LOG * 4)):
            archive.writestr(name, content)
    data = out.getvalue().replace(LOG * 2, LOG[::-1] + LOG, 1)
    known = [sha256(LOG).hexdigest()]
    files = reader.unpack(data, "x.zip", known=known, room=10**6, places=1)
    assert [(file.name, file.data, file.more) for file in files] == [
        ("a.log", None, False),
        ("b.log", None, False),
        ("c.log", LOG * 3, False),
        ("d.log", None, True),
    ]
    assert files[0].sha256 == known[0] and files[0].error is None
    assert files[1].error is not None and files[1].error.params == {"name": "b.log"}
    assert [file.data for file in reader.unpack(data, "x.zip", known=[], room=len(LOG), places=9)][2:] == [None, None]


def test_an_answer_that_takes_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = b"".join(b"line %d of a long log\n" % n for n in range(9_000))
    with pytest.raises(InputError) as refused:
        reader.read_file(lines, "a.log", ReadOptions(), most_mb=1)
    assert refused.value.code == "too_much_text"
    assert len(reader.read_file(lines, "a.log", ReadOptions()).sequence) == 9_000


def test_a_server_that_was_killed_is_started_again() -> None:
    assert len(reader.read_file(LOG, "a.log", ReadOptions()).sequence) > 1
    server = the_process()._server
    assert server is not None
    server.kill()
    server.wait()
    assert len(reader.read_file(LOG, "a.log", ReadOptions()).sequence) > 1
