"""Crafted files for the drill `bombs`, made when it runs: small ones that unfold, never end, or crash what decodes them."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook

MB = 1_000_000
LINE = b"2026-03-02 10:00:00 INFO ST01 step done\n"


class Bomb(NamedTuple):
    """A file: its ``name`` with its ending, and how it is ``made``; ``heavy``: making or reading it takes seconds."""

    name: str
    made: Callable[[], bytes]
    heavy: bool = False


def bombs() -> list[Bomb]:
    """Return every crafted file."""
    return [*_parquet(), *_workbooks(), *_archives(), *_packed(), *_json(), *_texts(), *_weights()]


def _parquet() -> Iterator[Bomb]:
    def written(columns: dict[str, pa.Array], **how: object) -> bytes:
        out = io.BytesIO()
        pq.write_table(pa.table(columns), out, **how)
        return out.getvalue()

    def footer(change: Callable[[bytes], bytes]) -> bytes:
        data = written({"a": pa.array(range(10))})
        return change(data)

    def same(value: object, times: int) -> pa.Array:
        return pa.repeat(pa.scalar(value), times)

    yield Bomb("nulls.parquet", lambda: written({"a": pa.nulls(30 * MB)}))
    yield Bomb("many-nulls.parquet", lambda: written({f"c{n}": pa.nulls(12_000) for n in range(4_000)}), heavy=True)
    yield Bomb("dictionary.parquet", lambda: written({"a": same("x" * 10_000, 20_000)}))
    yield Bomb("just-below.parquet", lambda: written({"a": same("x y " * 300, 199_000)}), heavy=True)
    yield Bomb("one-value.parquet", lambda: written({f"c{n}": same(1, 400_000) for n in range(100)}), heavy=True)
    yield Bomb("booleans.parquet", lambda: written({"a": same(True, 40 * MB)}), heavy=True)
    yield Bomb("lists.parquet", lambda: written({"a": pa.array([["x"] * 1_000] * 20)}))
    yield Bomb("nested.parquet", lambda: written({"a": _nested(60)}))
    yield Bomb("columns.parquet", lambda: written({f"c{n}": pa.array([1]) for n in range(20_000)}), heavy=True)
    yield Bomb("groups.parquet", lambda: written({"a": pa.array(range(20_000))}, row_group_size=2), heavy=True)
    wide = pa.binary(4_000_000)
    yield Bomb(
        "fixed.parquet",
        lambda: written({"a": pa.array([bytes(4_000_000)], wide).take(pa.array([0] * 400))}, compression="zstd"),
    )
    yield Bomb("zstd.parquet", lambda: written({"a": pa.array(["0" * (200 * MB)] * 2)}, compression="zstd"), heavy=True)
    yield Bomb("calendar.parquet", lambda: written({"time": pa.array([2**62, 2**61], pa.timestamp("us"))}))
    yield Bomb("name.parquet", lambda: written({"n" * (9 * MB): pa.array([1, 2])}))
    yield Bomb("footer.parquet", lambda: footer(lambda data: data[:-8] + struct.pack("<I", 2**31 - 1) + b"PAR1"))
    yield Bomb(
        "flipped.parquet", lambda: footer(lambda data: data[:-40] + bytes(255 - byte for byte in data[-40:-8]) + data[-8:])
    )
    yield Bomb("sealed.parquet", lambda: footer(lambda data: data[:-4] + b"PARE"))


def _nested(depth: int) -> pa.Array:
    kind: pa.DataType = pa.int64()
    value: object = 1
    for _ in range(depth):
        kind, value = pa.struct([("x", kind)]), {"x": value}
    return pa.array([value] * 3, kind)


def _workbook(*changes: tuple[str, bytes, bytes], parts: dict[str, bytes] | None = None, level: int = 6) -> bytes:
    """Return a workbook of three rows with some bytes of its parts exchanged, and with further parts."""
    book, plain, out = Workbook(), io.BytesIO(), io.BytesIO()
    for row in (["time", "v"], [1, 2], [2, 3]):
        book.active.append(row)
    book.save(plain)
    with zipfile.ZipFile(plain) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as after:
        for name in before.namelist():
            content = before.read(name)
            for part, old, new in changes:
                if name.endswith(part):
                    content = content.replace(old, new)
            after.writestr(name, (parts or {}).get(name, content))
        for name in (parts or {}).keys() - set(before.namelist()):
            after.writestr(name, (parts or {})[name])
    return out.getvalue()


def _workbooks() -> Iterator[Bomb]:
    sheet, strings = "sheet1.xml", "xl/sharedStrings.xml"
    far = b'r="1048576"'
    whole = (sheet, b'ref="A1:B3"', b'ref="A1:XFD1048576"')
    end = b"</sheetData>"
    row = b'<row r="%d"><c r="%s%d"><v>1</v></c></row>'

    def rows(column: bytes, count: int) -> bytes:
        return b"".join(row % (n, column, n) for n in range(4, count)) + end

    entities = (
        b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
        + b"]>"
    )
    yield Bomb("far-row.xlsx", lambda: _workbook((sheet, b'r="3"', far), (sheet, b"A3", b"A1048576"), whole))
    yield Bomb("far-corner.xlsx", lambda: _workbook((sheet, b'r="3"', far), (sheet, b"B3", b"XFD1048576"), whole))
    yield Bomb(
        "no-such-row.xlsx", lambda: _workbook((sheet, b'r="3"', b'r="999999999999999999"'), (sheet, b' ref="A1:B3"', b""))
    )
    yield Bomb("row-below-zero.xlsx", lambda: _workbook((sheet, b'r="3"', b'r="-5"')))
    yield Bomb("no-such-column.xlsx", lambda: _workbook((sheet, b"B3", b"ZZZZZZ3")))
    yield Bomb("last-column.xlsx", lambda: _workbook(whole, (sheet, end, rows(b"XFD", 20_000))), heavy=True)
    yield Bomb("rows.xlsx", lambda: _workbook((sheet, end, rows(b"A", 300_000))), heavy=True)
    yield Bomb(
        "entities.xlsx",
        lambda: _workbook((sheet, b"<worksheet", entities + b"<worksheet"), (sheet, b"<v>2</v>", b"<v>&j;</v>")),
    )
    texts = b"<sst xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'>%s</sst>"
    yield Bomb("texts.xlsx", lambda: _workbook(parts={strings: texts % (b"<si></si>" * (6 * MB))}, level=1), heavy=True)
    yield Bomb(
        "texts-below.xlsx", lambda: _workbook(parts={strings: texts % (b"<si><t/></si>" * (4 * MB))}, level=1), heavy=True
    )
    yield Bomb(
        "index.xlsx", lambda: _workbook((sheet, b"<v>2</v>", b"<v>99999999999</v>"), (sheet, b'<c r="A2"', b'<c t="s" r="A2"'))
    )
    yield Bomb("number.xlsx", lambda: _workbook((sheet, b"<v>2</v>", b"<v>" + b"9" * (5 * MB) + b"</v>")))
    yield Bomb("date.xlsx", lambda: _workbook((sheet, b"<v>2</v>", b"<v>1e300</v>"), (sheet, b'<c r="B2"', b'<c t="d" r="B2"')))
    yield Bomb("zeros.xlsx", lambda: _workbook(parts={"xl/zeros.xml": bytes(255 * MB)}), heavy=True)
    yield Bomb("parts.xlsx", lambda: _workbook(parts={f"xl/{n}.xml": b"<a/>" for n in range(20_000)}), heavy=True)
    yield Bomb("deep.xlsx", lambda: _workbook((sheet, end, b"<row>" * (2 * MB) + end)))
    yield Bomb("no-sheet.xlsx", lambda: _workbook(parts={"xl/worksheets/sheet1.xml": b""}))


def _archive(files: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def _archives() -> Iterator[Bomb]:
    log = LINE * 20
    zeros = bytes(250 * MB)
    yield Bomb("deflate.zip", lambda: _archive({"a.log": zeros}), heavy=True)
    yield Bomb("bzip2.zip", lambda: _archive({"a.log": zeros}, zipfile.ZIP_BZIP2), heavy=True)
    yield Bomb("lzma.zip", lambda: _archive({"a.log": zeros}, zipfile.ZIP_LZMA), heavy=True)
    yield Bomb("dictionary.zip", lambda: _lzma_dictionary(log))
    yield Bomb("entries.zip", lambda: _archive({f"{n}.log": b"" for n in range(210_000)}, zipfile.ZIP_STORED), heavy=True)
    yield Bomb("nested.zip", lambda: _archive({"a.zip": _archive({"b.zip": _archive({"c.log": bytes(MB)})}), "a.log": log}))
    yield Bomb("overlap.zip", lambda: _overlapping(2_000))
    yield Bomb("twice.zip", lambda: _archive({"a.log": log, "b.log": log + b"x\n"}).replace(b"b.log", b"a.log"))
    yield Bomb("sizes.zip", lambda: _stated(log))
    yield Bomb(
        "sealed.zip", lambda: _archive({"a.log": log, "b.log": log + b"x\n"}).replace(b"\x14\0\0\0\x08", b"\x14\0\1\0\x08", 1)
    )
    yield Bomb("names.zip", lambda: _archive({"../../etc/\x1b[2Jx\u202egol.log": log, "/abs\\..\\b.log": log + b"y\n"}))
    yield Bomb("full.zip", lambda: _archive({f"{n}.log": LINE * 150_000 + str(n).encode() for n in range(40)}), heavy=True)


def _lzma_dictionary(log: bytes) -> bytes:
    """Return an archive whose LZMA file states a dictionary of four gigabytes."""
    data = bytearray(_archive({"a.log": log}, zipfile.ZIP_LZMA))
    at = data.index(b"a.log") + len(b"a.log") + 4
    data[at + 1 : at + 5] = b"\xff\xff\xff\xff"
    return bytes(data)


def _overlapping(count: int) -> bytes:
    """Return an archive whose entries are all the same stretch of bytes."""
    data = _archive({"a.log": bytes(MB)})
    at = data.index(b"PK\x01\x02")
    entry = data[at : data.index(b"PK\x05\x06")]
    listing = b"".join(entry for _ in range(count))
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(listing), at, 0)
    return data[:at] + listing + end


def _stated(log: bytes) -> bytes:
    """Return an archive that states four gigabytes for a file of a kilobyte."""
    data = bytearray(_archive({"a.log": log}))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = b"\xfe\xff\xff\xff"
    return bytes(data)


def _packed() -> Iterator[Bomb]:
    yield Bomb("zeros.log.gz", lambda: gzip.compress(bytes(300 * MB)), heavy=True)
    yield Bomb("lines.log.gz", lambda: gzip.compress(b"".join(b"%d %d ok\n" % (n, n * n) for n in range(199_999))))
    yield Bomb("members.gz", lambda: gzip.compress(b"a\n") * 30_000)
    yield Bomb("long-line.log.gz", lambda: _weak_gzip(b"a" * (250 * MB)), heavy=True)
    yield Bomb("wide.log.gz", lambda: gzip.compress(_mixed(199_000, 1_200), 1), heavy=True)
    yield Bomb("half.log.gz", lambda: gzip.compress(LINE * 10_000)[:-20])
    yield Bomb("header.gz", lambda: b"\x1f\x8b\x08\x1c" + b"a" * (5 * MB))


def _weak_gzip(data: bytes) -> bytes:
    """Return gzip with so much beside the data that its ratio passes."""
    noise = zlib.compress(data)
    return gzip.compress(noise * 40 + data)[: 60 * MB]


def _mixed(lines: int, width: int) -> bytes:
    """Return lines of which each has one sign that makes a text of it take four bytes a character."""
    return b"".join(b"%06d \xf0\x9f\x98\x80 %s\n" % (n, str(n * 7919).encode() * (width // 9)) for n in range(lines))


def _json() -> Iterator[Bomb]:
    def numbers() -> bytes:
        return b"1," * (20 * MB) + b"1"

    yield Bomb("numbers.jsonl", lambda: b'{"a":[' + numbers() + b"]}\n" * 2, heavy=True)
    yield Bomb("numbers.json", lambda: b'[{"a":[' + numbers() + b"]}]", heavy=True)
    yield Bomb("events.jsonl", lambda: b'{"events":[' + b'"a",' * (12 * MB) + b'"a"' + b"]}\n", heavy=True)
    yield Bomb("deep.jsonl", lambda: (b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"\n") * 5)
    yield Bomb("deep.json", lambda: b'[{"a":' + b"[" * (2 * MB) + b"]" * (2 * MB) + b"}]")
    yield Bomb("integer.jsonl", lambda: (b'{"id":"a","events":["x","y"],"label":' + b"9" * (5 * MB) + b"}\n") * 2)
    yield Bomb("integer-key.jsonl", lambda: (b'{"a":' + b"9" * (5 * MB) + b"}\n") * 4)
    yield Bomb("text.jsonl", lambda: b'{"text":"' + b"word " * (12 * MB) + b'"}\n', heavy=True)
    yield Bomb("keys.jsonl", lambda: (b"{" + b",".join(b'"k%d":1' % n for n in range(1_900_000)) + b"}\n") * 2, heavy=True)
    yield Bomb("twice.jsonl", lambda: (b"{" + b'"a":1,' * 1_900_000 + b'"a":1' + b"}\n") * 3, heavy=True)
    yield Bomb("objects.jsonl", lambda: b"{}\n" * (2 * MB), heavy=True)
    yield Bomb("surrogates.jsonl", lambda: b'{"id":"\\ud800","events":["\\udfff","\\ud800x"],"label":"\\udc00"}\n' * 3)
    yield Bomb("many.jsonl", lambda: (json.dumps({f"k{n}": n for n in range(300)}).encode() + b"\n") * 19_000, heavy=True)
    yield Bomb("constants.jsonl", lambda: b'{"time":1e999,"v":NaN,"w":-Infinity}\n' * 5)


def _texts() -> Iterator[Bomb]:
    xml = b'<Events><Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">%s</Event></Events>\n'
    yield Bomb("line.log", lambda: b"a" * (60 * MB), heavy=True)
    yield Bomb("nul.log", lambda: LINE + bytes(20 * MB))
    yield Bomb("too-large.log", lambda: LINE * 2 * MB, heavy=True)
    yield Bomb("blank.log", lambda: b"\n" * (1_999_000) + LINE * 2, heavy=True)
    yield Bomb("digits.log", lambda: (b"1.1:1-" * 50_000 + b"\n") * 20)
    yield Bomb("dashes.log", lambda: (b"2026-03-02 10:00:00 " + b"-" * 900_000 + b"\n") * 10)
    yield Bomb("spaces.log", lambda: (b"2026-03-02" + b" \t" * 500_000 + b"x\n") * 10)
    yield Bomb("brackets.log", lambda: (b"[" * 500_000 + b"\n") * 10)
    yield Bomb("equals.log", lambda: (b"2026-03-02 10:00:00 " + b"a=" * 400_000 + b"\n") * 10)
    yield Bomb("emoji.log", lambda: _mixed(190_000, 250), heavy=True)
    yield Bomb("escapes.log", lambda: b"2026-03-02 10:00:00 \x1b]0;x\x07\x1b[2J\xe2\x80\xae gol\n" * 100)
    yield Bomb("quotes.csv", lambda: b"a,b\n" + b'"x,1\n' * 500_000, heavy=True)
    yield Bomb("quote.csv", lambda: b'a,b\n"' + b'""' * (10 * MB))
    yield Bomb("columns.csv", lambda: b",".join(b"c%d" % n for n in range(60_000)) + b"\n" + b"1," * 59_999 + b"1\n")
    yield Bomb(
        "wide.csv", lambda: b",".join(b"c%d" % n for n in range(3_999)) + b"\n" + (b"1," * 3_998 + b"1\n") * 8_000, heavy=True
    )
    yield Bomb("name.csv", lambda: b"n" * (20 * MB) + b",v\n1,2\n3,4\n")
    yield Bomb(
        "names.csv",
        lambda: b",".join(b"n%d" % n + b"x" * 900 for n in range(100)) + b"\n" + (b"1," * 99 + b"1\n") * 199_000,
        heavy=True,
    )
    yield Bomb("cell.csv", lambda: b"a,v\n" + b"x" * (30 * MB) + b",2\n3,4\n")
    yield Bomb("times.csv", lambda: b"time,v\n" + b"".join(b"%d,1\n" % 10**n for n in range(5, 400)))
    yield Bomb("years.log", lambda: b"9999-12-31T23:59:59.999999-23:59 a\n0001-01-01T00:00:00+23:59 b\n" * 50)
    yield Bomb("deep.xml", lambda: xml % (b"<a>" * (3 * MB)))
    yield Bomb("entity.xml", lambda: b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + xml % (b"<System>&a;</System>" * 1_000))
    yield Bomb("data.xml", lambda: xml % (b'<EventData><Data Name="x">' + b"y" * (20 * MB) + b"</Data></EventData>"))
    yield Bomb("events.csv", lambda: b"time,node,value,type\n" + b"1,n%d,2,alarm\n" * 190_000, heavy=True)
    yield Bomb("utf16.log", lambda: b"\xff\xfe" + b"\x00\xd8" * (5 * MB))


def _weights() -> Iterator[Bomb]:
    config = {
        "features": 4096, "d_model": 64, "layers": 2, "heads": 4, "d_head": 16, "d_ff": 128, "attention": "entmax15",
        "local_window": 32, "near_misses": 3, "event_threshold": 0.5, "sequence_threshold": 0.5, "familiarity_floor": 0.9,
    }  # fmt: skip

    def file(config: object, header: dict[str, object] | None = None, text: bytes | None = None) -> bytes:
        said = {"__metadata__": {"config": json.dumps(config)}, **(header or {})}
        content = json.dumps(said).encode() if text is None else text
        return struct.pack("<Q", len(content)) + content + bytes(64)

    yield Bomb("layers.safetensors", lambda: file(config | {"layers": 1_000_000}))
    yield Bomb("features.safetensors", lambda: file(config | {"features": 10**9, "d_model": 10**6}))
    shape = {"vocabulary": {"dtype": "I64", "shape": [2**40], "data_offsets": [0, 64]}}
    yield Bomb("shape.safetensors", lambda: file(config, shape))
    yield Bomb("length.safetensors", lambda: struct.pack("<Q", 2**63) + b"{}")
    yield Bomb("deep.safetensors", lambda: file({}, text=b'{"__metadata__":' + b"[" * 500_000))
    yield Bomb("header.safetensors", lambda: file({}, text=b"{" + b" " * (20 * MB) + b"}"))
    empty = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    many = dict.fromkeys((f"t{n}" for n in range(100_000)), empty)
    yield Bomb("tensors.safetensors", lambda: file(config | {"layers": 90_000}, many), heavy=True)
