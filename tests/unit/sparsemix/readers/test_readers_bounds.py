"""What a packed table states of itself is checked before it costs memory or time."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from sparsemix import InputError, Limits, read_bytes
from sparsemix.readers import ReadOptions, spreadsheet
from sparsemix.readers.decoding import decoding, within_bounds
from sparsemix.readers.stamps import RULES

SHEET = "xl/worksheets/sheet1.xml"


def code_of(data: bytes, name: str, limits: Limits | None = None, rules: int = RULES) -> str:
    try:
        read_bytes(data, name, limits or Limits(), ReadOptions(rules=rules))
    except InputError as error:
        return error.code
    return "read"


def parquet(columns: dict[str, pa.Array], **how: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, **how)
    return out.getvalue()


def workbook(*changes: tuple[bytes, bytes], parts: dict[str, bytes] | None = None) -> bytes:
    book, plain, out = Workbook(), io.BytesIO(), io.BytesIO()
    for row in (["time", "v"], [1, 2], [2, 3]):
        book.active.append(row)
    book.save(plain)
    with zipfile.ZipFile(plain) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name)
            for old, new in changes if name == SHEET else ():
                assert old in content
                content = content.replace(old, new)
            after.writestr(name, content)
        for name, content in (parts or {}).items():
            after.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"a": pa.array([["x"], ["y"]])}, "nested_column"),
        ({"a": pa.array([{"x": 1}, {"x": 2}])}, "nested_column"),
        ({"a": pa.nulls(4_000_001)}, "too_many_lines"),
        ({"a": pa.repeat(pa.scalar("x" * 10_000), 60_000)}, "unpacks_too_large"),
        ({f"c{n}": pa.array([1]) for n in range(4_001)}, "too_many_columns"),
        ({"time": pa.array([2**62, 2**61], pa.timestamp("us"))}, "bad_table"),
    ],
)
def test_parquet_that_unfolds_is_refused(columns: dict[str, pa.Array], code: str) -> None:
    assert code_of(parquet(columns), "a.parquet") == code


@pytest.mark.parametrize(("columns", "rules", "code"), [(4_000, 2, "read"), (4_001, 2, "too_many_columns"), (4_001, 1, "read")])
def test_a_table_of_too_many_columns_is_refused_but_by_the_first_rules(columns: int, rules: int, code: str) -> None:
    row = b",".join(b"%d" % n for n in range(columns))
    header = b",".join(b"c%d" % n for n in range(columns))
    assert code_of(b"\n".join((header, row, row)), "a.csv", rules=rules) == code


def test_parquet_in_batches_and_dictionaries_gives_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "_BATCH_CELLS", 8)
    values = [f"w{n % 3}" if n % 5 else None for n in range(100)]
    data = parquet({"n": pa.array(range(100)), "w": pa.array(values), "b": pa.array([b"x"] * 100)}, row_group_size=30)
    table = spreadsheet.parquet(data, "a.parquet", Limits())
    assert [row.cells for row in table.rows] == [(str(n), values[n] or "", "b'x'") for n in range(100)]
    assert [row.line for row in table.rows] == list(range(2, 102))


def test_a_footer_that_is_longer_than_any_is_not_read() -> None:
    data = parquet({"a": pa.array([1, 2])})
    assert code_of(data[:-8] + struct.pack("<I", 2**31 - 1) + b"PAR1", "a.parquet") == "too_large"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([(b'r="3"', b'r="1048576"')], "too_few_events"),
        ([(b'r="3"', b'r="1048576"'), (b'ref="A1:B3"', b'ref="A1:XFD1048576"')], "read"),
        ([(b'r="3"', b'r="9999999999"'), (b'<dimension ref="A1:B3"/>', b"")], "bad_table"),
        ([(b"B3", b"ZZZZZ3")], "bad_table"),
        ([(b"B3", b"XFD3")], "ragged"),
        ([(b"<v>2</v>", b"<v>" + b"9" * 5_000 + b"</v>")], "bad_table"),
        ([(b"<worksheet", b'<!DOCTYPE a [<!ENTITY a "b">]><worksheet')], "bad_table"),
    ],
)
def test_sheets_that_state_too_much_end_soon(changes: list[tuple[bytes, bytes]], code: str) -> None:
    assert code_of(workbook(*changes), "a.xlsx") == code


def test_a_far_row_is_read_where_it_is() -> None:
    data = workbook((b'r="3"', b'r="1048576"'), (b"A3", b"A1048576"), (b"B3", b"B1048576"))
    assert [event.line for event in read_bytes(data, "a.xlsx").events] == [2, 1_048_576]


def test_workbooks_of_too_many_parts_or_texts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "_MAX_TEXTS", 10)
    assert code_of(workbook(parts={"xl/sharedStrings.xml": b"<sst>" + b"<si>" * 11}), "a.xlsx") == "unpacks_too_large"
    monkeypatch.setattr(spreadsheet, "_MAX_PARTS", 5)
    assert code_of(workbook(), "a.xlsx") == "unpacks_too_large"


@pytest.mark.parametrize("made", [lambda: parquet({"a": pa.array([1, 2]), "w": pa.array(["x", "y"])}), workbook])
@given(place=st.integers(0, 10**6), by=st.integers(1, 255))
def test_whatever_byte_is_changed_only_input_errors_come(made: Callable[[], bytes], place: int, by: int) -> None:
    data = bytearray(made())
    data[place % len(data)] ^= by
    code_of(bytes(data), "a.parquet" if data.startswith(b"PAR1") else "a.xlsx")


def test_an_object_of_millions_of_values_is_refused() -> None:
    assert code_of(b'{"a":[' + b"1," * 2_000_001 + b"1]}\n", "a.jsonl") == "too_many_values"


@pytest.mark.parametrize(
    ("error", "code"), [(MemoryError(), "no_memory"), (OverflowError(), "undecodable"), (RecursionError(), "undecodable")]
)
def test_errors_become_words(error: Exception, code: str) -> None:
    with pytest.raises(InputError) as said, within_bounds("a.csv"):
        raise error
    assert said.value.code == code
    with pytest.raises(InputError) as said, decoding("no", "bad_table", name="a"):
        raise error
    assert said.value.code == ("no_memory" if code == "no_memory" else "bad_table")
