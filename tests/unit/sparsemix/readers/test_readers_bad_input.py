"""Each kind of bad input has its own code, and a message that says what to do."""

import gzip
import re
import tracemalloc
import zlib
from pathlib import Path

import pytest

from sparsemix.errors import ConfigError, InputError
from sparsemix.readers import Limits, read_bytes, read_path

TWO_LINES = b"first line\nsecond line\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def _code(data: bytes, name: str = "a.log", limits: Limits | None = None) -> str:
    with pytest.raises(InputError) as caught:
        read_bytes(data, name, limits or Limits())
    message = str(caught.value)
    assert re.search(r"\b(Choose|Split|Save|Export|Check|Copy|Put|Write)\b", message), message
    return caught.value.code


@pytest.mark.parametrize("data", [b"", b"\n\n \r\n", gzip.compress(b"", mtime=0), b"\xef\xbb\xbf", b"\xff\xfe"])
def test_empty(data: bytes) -> None:
    assert _code(data) == "empty"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"only one line\n", "a.log"),
        (b'{"a": 1}', "a.jsonl"),
        (b"a,b\n1,2", "a.csv"),
    ],
)
def test_too_few_events(data: bytes, name: str) -> None:
    assert _code(data, name) == "too_few_events"


def test_a_table_without_rows_is_called_so() -> None:
    assert _code(b"time,level\n", "a.csv") == "no_rows"
    assert _code(b"time,level\n1,2,3\n", "a.csv") == "too_few_events", "there is a row, which does not fit"


@pytest.mark.parametrize(
    "data",
    [
        PNG,
        b"%PDF-1.7\n1 0 obj\n",
        b"PK\x03\x04 rest",
        b"SQLite format 3\x00",
        b"log line\nwith \x00 in it\n",
        bytes(range(1, 32)) * 20,
        "no mark\nno mark\n".encode("utf-16-le"),
        b"\xff\xfe" + "a\0b\nc\n".encode("utf-16-le"),
        gzip.compress(gzip.compress(TWO_LINES, mtime=0), mtime=0),
    ],
)
def test_binary(data: bytes) -> None:
    assert _code(data) == "binary"


@pytest.mark.parametrize(
    ("data", "position"),
    [
        (b"ok\n\xff\xff\xff\n", 3),
        ("Überdruck, Gerät, Öffnung\nnächste Zeile\n".encode("latin-1"), 0),
        (b"Temp 25\xb0C\nTemp 26\xb0C\n", 7),
        (b"\xef\xbb\xbfabc\xe3\x81\n", 6),
        (b"\xff\xfea\x00\x00\xd8a\x00", 4),
        # One broken byte in much UTF-8 is damage, not Shift-JIS.
        ("設備が停止しました\n".encode() * 3 + b"\xe3\x81\n" + "設備が停止しました\n".encode() * 3, 84),
    ],
)
def test_wrong_encoding_names_the_byte(data: bytes, position: int) -> None:
    with pytest.raises(InputError) as caught:
        read_bytes(data, "a.log")
    assert caught.value.code == "encoding"
    assert caught.value.params["position"] == position
    assert f"Byte {position:,}" in str(caught.value)


def test_file_above_the_limit(tmp_path: Path) -> None:
    limits = Limits(max_bytes=len(TWO_LINES) - 1)
    assert _code(TWO_LINES, limits=limits) == "too_large"
    path = tmp_path / "big.log"
    path.write_bytes(TWO_LINES)
    with pytest.raises(InputError) as caught:
        read_path(path, limits)
    assert caught.value.code == "too_large"
    assert len(read_path(path, Limits(max_bytes=len(TWO_LINES)))) == 2


def test_too_many_events_and_lines() -> None:
    for data, name in (
        (b"x\n" * 4, "a.log"),
        (b"a,b\n" + b"1,2\n" * 4, "a.csv"),
        (b'{"a":1}\n' * 4, "a.jsonl"),
        (b'[{"a":1},{"a":1},{"a":1},{"a":1}]', "a.json"),
    ):
        assert _code(data, name, Limits(max_events=3)) == "too_many_events"
    assert _code(b"\n" * 9 + TWO_LINES, limits=Limits(max_lines=10)) == "too_many_lines"


def test_gzip_bomb_is_refused_before_it_is_unpacked() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(b"x" * 1024 * 1024) for _ in range(300)) + packer.flush()
    tracemalloc.start()
    assert _code(bomb) == "gzip_ratio"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 * 1024 * 1024
    assert _code(bomb, limits=Limits(max_ratio=2000, max_unpacked=5 * 1024 * 1024)) == "unpacks_too_large"


def test_small_files_may_pack_well() -> None:
    packed = gzip.compress(b"the same line again\n" * 40_000, mtime=0)
    assert len(packed) * 200 < 800_000
    assert len(read_bytes(packed, "a.log.gz")) == 40_000


@pytest.mark.parametrize("cut", [1, 5, 8, 12, 20])
def test_truncated_gzip(cut: int) -> None:
    assert _code(gzip.compress(TWO_LINES, mtime=0)[:-cut]) == "gzip_truncated"


def test_gzip_of_very_many_parts_is_refused() -> None:
    part = gzip.compress(b"", mtime=0)
    assert _code(part * 1_000_000) == "gzip_parts"
    assert len(read_bytes(gzip.compress(b"line\n", mtime=0) * 2_000, "a.log.gz")) == 2_000


def test_damaged_gzip() -> None:
    packed = bytearray(gzip.compress(TWO_LINES, mtime=0))
    packed[-6] ^= 0xFF  # in the checksum
    assert _code(bytes(packed)) == "gzip_damaged"
    assert _code(gzip.compress(TWO_LINES, mtime=0) + b"rubbish") == "gzip_damaged"


@pytest.mark.parametrize(
    "data",
    [
        b"2026-03-02 06:00:12,ST03,RUN\n2026-03-02 06:00:13,ST03,STOP\n",
        b"1,2,3\n4,5,6\n",
    ],
)
def test_table_without_header(data: bytes) -> None:
    assert _code(data, "a.csv") == "csv_no_header"


def test_a_name_over_two_columns_is_named() -> None:
    with pytest.raises(InputError, match="'a' occurs twice") as caught:
        read_bytes(b"a,a,b\n1,2,3\n", "a.csv")
    assert (caught.value.code, caught.value.params) == ("duplicate_columns", {"column": "a"})


@pytest.mark.parametrize("data", [b"[1, 2]\n[3]\n", b'"a"\n1\nnull\n', b"{broken\n{broken\n", b"words\nwords\n"])
def test_no_line_is_an_object(data: bytes) -> None:
    assert _code(data, "a.jsonl") == "jsonl_no_objects"


def test_broken_json_array_names_the_line() -> None:
    with pytest.raises(InputError) as caught:
        read_bytes(b'[\n{"a": 1},\n{"a": \n', "a.json")
    assert (caught.value.code, caught.value.params) == ("invalid_json", {"line": 3})
    assert _code(b'[{"a": 1}] and more', "a.json") == "invalid_json"
    assert _code(b'[{"a":' + b"[" * 100_000, "a.json") == "invalid_json"


def test_path_that_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.log", tmp_path / "nul\0"):
        with pytest.raises(InputError) as caught:
            read_path(path)
        assert caught.value.code == "not_readable"
        assert ("is a folder" in str(caught.value)) == (path == tmp_path)


@pytest.mark.parametrize(
    "values",
    [{"max_bytes": 0}, {"max_ratio": -1}, {"max_events": 1}, {"max_line_chars": 1.5}, {"min_events": 0}],
)
def test_limits_reject_contradictions(values: dict[str, int]) -> None:
    with pytest.raises(ConfigError):
        Limits(**values)
