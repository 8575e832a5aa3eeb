"""The process that fuzzes the readers: python -m tests.drills.fuzz_readers FOUND CORPUS KEPT [options of libFuzzer].

The first byte of an input names its kind, the rest is the file.
"""

from __future__ import annotations

import hashlib
import io
import json
import resource
import socket
import sys
import time
import traceback
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=[
        "sparsemix.readers",
        "sparsemix.dataset",
        "sparsemix.causes.event_table",
        "dashboard.service.reading",
        "openpyxl",
        "audit.export",
        "audit.log",
        "audit.transparency",
    ]
):
    import openpyxl

    import sparsemix.dataset.reading as data_sets
    from dashboard.service.reading import forms, wire
    from dashboard.service.reading.data_sets import DataSetFacts
    from dashboard.service.reading.survey import ColumnSurvey, Sampling, sampling, survey_columns
    from sparsemix.causes.event_table import read_event_table
    from sparsemix.dataset.archive import packed_files
    from sparsemix.encoding.sequence import SkippedLine
    from sparsemix.readers.file import read_file
    from sparsemix.readers.limits import Limits
    from sparsemix.readers.options import ReadOptions
    from tests.drills.fuzz_record_readers import record_readers

import pyarrow as pa
import pyarrow.parquet as pq

from audit import AuditError
from sparsemix import InputError, SparseMixModel, WeightsError

SECONDS, MEMORY_MB = 10.0, 400
"""Budget of one input of at most 64 kB."""
_LIMITS = Limits(max_unpacked=4 << 20, max_lines=20_000, max_events=5_000)
_LOG = b"2026-03-02 10:00:00 INFO ST01 step 1 done\n2026-03-02 10:00:01 ERROR ST02 pump=3 failed\n"
_XML = (
    b'<Events><Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Disk"/>'
    b'<EventID>7</EventID><Level>2</Level><TimeCreated SystemTime="2026-11-13T05:53:29Z"/></System>'
    b'<EventData><Data Name="a">x</Data></EventData></Event></Events>\n'
)
Reader = Callable[[bytes], object]


def _read(ending: str) -> Reader:
    def go(data: bytes) -> None:
        read = read_file(data, f"a{ending}", _LIMITS, ReadOptions())
        sampling(read.sequence)
        if read.table is not None:
            survey_columns(read.table, read.options.columns)

    return go


def _data_set(name: str) -> Reader:
    return lambda data: data_sets.read_files([(name, data)], name, None, _LIMITS)


def _labels(data: bytes) -> object:
    known = data_sets.read_files([("a.log", _LOG)], "a.log", None, _LIMITS)
    return data_sets.with_labels(known, data, "labels.csv", limits=_LIMITS)


def _archive(data: bytes) -> object:
    return list(packed_files(data, "a.zip", _LIMITS))


def _answer(data: bytes) -> None:
    """Receive what a child that a hostile file has taken over might send."""
    here, there = socket.socketpair()
    with here, there:
        there.sendall(data)
        there.shutdown(socket.SHUT_WR)
        memory = forms.Memory(8)
        kinds = (ColumnSurvey, SkippedLine, Sampling, DataSetFacts)
        try:
            for value in wire.Wire(here, time.monotonic() + 5).values():
                for form in (forms.events, forms.change, forms.head, *(partial(forms.made, kind) for kind in kinds)):
                    _spoilt_or(form, value, memory)
        except (wire.WireError, wire.ErrorAnswer):
            return


def _spoilt_or(form: Callable[[object, forms.Memory], object], value: object, memory: forms.Memory) -> None:
    try:
        form(value, memory)
    except wire.WireError:
        return


def _made(write: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    write(out)
    return out.getvalue()


def _workbook(out: io.BytesIO) -> None:
    book = openpyxl.Workbook()
    for row in (["time", "v"], ["2026-03-02 10:00:00", 2], ["2026-03-02 10:00:01", 3.5]):
        book.active.append(row)
    book.save(out)


def _zip(out: io.BytesIO) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.log", _LOG)
        archive.writestr("b.csv", b"a,b\n1,2\n3,4\n")


_TABLE = pa.table({"time": pa.array([1, 2], pa.timestamp("us")), "v": [1.5, None], "w": ["a", "b"]})
READERS: list[tuple[str, Reader, bytes]] = [
    ("log", _read(".log"), _LOG),
    ("csv", _read(".csv"), b'time,level,msg,"a b"\n2026-03-02 10:00:00,INFO,"x, y",1\n2026-03-02 10:00:01,WARN,z,2\n'),
    ("json lines", _read(".jsonl"), b'{"time":"2026-03-02T10:00:00Z","m":{"a":[1,2]},"v":1}\n{"time":2,"v":NaN}\n'),
    ("json", _read(".json"), b'[{"time":1,"a":"x"},\n{"time":2,"a":"\\ud800"}]'),
    ("xml", _read(".xml"), _XML),
    ("parquet", _read(".parquet"), _made(lambda out: pq.write_table(_TABLE, out))),
    ("xlsx", _read(".xlsx"), _made(_workbook)),
    (
        "data set",
        _data_set("a.jsonl"),
        b'{"id":"a","events":["x","y"],"label":1,"spans":[[0,1]]}\n{"text":"a b","spans":[0]}\n',
    ),
    ("table", _data_set("a.csv"), b"sequence_id,time,v,label\na,1,2,ok\na,2,3,ok\nb,1,2,ng\n"),
    ("labels", _labels, b"id,label\nST01,1\nST02,0\n"),
    ("archive", _archive, _made(_zip)),
    ("archive of data", _data_set("a.zip"), _made(_zip)),
    ("events", lambda data: read_event_table(data, "a.csv", limits=_LIMITS), b"time,node,value,type\n1,a,2,alarm\n2,b,0,x\n"),
    ("weights", SparseMixModel.from_bytes, b"\x40\0\0\0\0\0\0\0" + b'{"__metadata__":{"config":"{}"}}'.ljust(64)),
    ("answer", _answer, b'V\x1e\0\0\0["a b","b",1.5,null,"INFO",2]' + b"Z\0\0\0\0"),
]


def main(found: Path, corpus: Path, kept: Path, options: list[str]) -> None:
    """Fuzz until the time is over; every new kind of finding becomes a file in ``found``."""
    corpus.mkdir(parents=True, exist_ok=True)
    record = found / "record"
    record.mkdir()
    readers = [*READERS, *record_readers(record)]
    for number, (name, _, seed) in enumerate(readers):
        (corpus / name.replace(" ", "-")).write_bytes(bytes([number]) + seed)
    seen: set[str] = set()

    def one(data: bytes) -> None:
        if not data:
            return
        name, reader, _ = readers[data[0] % len(readers)]
        before, begun, where = _peak_mb(), time.process_time(), ""  # of a busy machine only what is used counts
        try:
            reader(data[1:])
        except (InputError, WeightsError, AuditError):
            pass
        except Exception as error:  # what is looked for
            where = f"{type(error).__name__} at {traceback.extract_tb(error.__traceback__)[-1]}: {error}"[:500]
        seconds, grown = time.process_time() - begun, _peak_mb() - before
        if seconds > SECONDS or grown > MEMORY_MB:
            where = where or f"{name} took {seconds:.0f} s and {grown:.0f} MB"
        key = hashlib.sha256(where.partition(":")[0].encode()).hexdigest()[:16]
        if where and key not in seen:
            seen.add(key)
            said = {"reader": name, "what": where, "seconds": round(seconds, 2), "input": data.hex()[:20_000]}
            (found / f"{key}.json").write_text(json.dumps(said), encoding="utf-8")

    atheris.Setup([sys.argv[0], str(corpus), str(kept), *options], one)
    atheris.Fuzz()


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
