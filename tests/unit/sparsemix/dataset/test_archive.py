"""Archives: a file that cannot be had is told with its reason, and every other one comes."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix import InputError
from sparsemix.dataset import archive
from sparsemix.dataset.archive import packed_files
from sparsemix.dataset.reading import read_files
from sparsemix.readers.limits import Limits

FILES = {f"{name}.log": f"line one of {name}\nline two\n".encode() * 9 for name in "abc"}
KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


def packed(kind: int = zipfile.ZIP_DEFLATED, files: dict[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as made:
        for name, content in (files or FILES).items():
            made.writestr(name, content)
    return out.getvalue()


def spoilt(data: bytes, name: bytes, beyond: int) -> bytes:
    """Change a byte of a file's content."""
    at = data.index(name) + len(name) + beyond
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_leaves_the_others_alone(kind: int) -> None:
    found = list(packed_files(spoilt(packed(kind), b"b.log", 12), "x.zip", Limits()))
    assert [(file.name, file.content) for file in found if file.error is None] == [
        (name, FILES[name]) for name in ("a.log", "c.log")
    ]
    (error,) = (file.error for file in found if file.error is not None)
    assert (error.code, error.params) == ("zip_damaged", {"name": "b.log"})
    with pytest.raises(InputError, match=r"b\.log"):
        read_files([("x.zip", spoilt(packed(kind), b"b.log", 12))], "x.zip")


def test_a_file_that_asks_for_four_gigabytes_is_told_as_one() -> None:
    data = bytearray(packed(zipfile.ZIP_LZMA))
    at = data.index(b"b.log") + len(b"b.log") + 5
    data[at : at + 4] = b"\xff\xff\xff\xff"
    codes = {file.name: file.error and file.error.code for file in packed_files(bytes(data), "x.zip", Limits())}
    # Where there are four gigabytes, the file is read.
    assert codes["b.log"] in (None, "no_memory", "zip_damaged")
    assert (codes["a.log"], codes["c.log"]) == (None, None)


def test_a_file_that_unfolds_leaves_the_others_alone() -> None:
    found = {file.name: file for file in packed_files(packed(files={**FILES, "b.log": bytes(9_000_000)}), "x.zip", Limits())}
    assert found["b.log"].error is not None and found["b.log"].error.code == "zip_ratio"
    assert found["c.log"].content == FILES["c.log"]


def test_a_directory_that_is_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_ENTRIES", 2)
    with pytest.raises(InputError) as refused:
        list(packed_files(packed(), "x.zip", Limits()))
    assert refused.value.code == "too_many_files"


def test_entries_that_are_one_stretch_of_bytes_cost_no_more_than_the_limit() -> None:
    data = packed(files={"a.log": bytes(1_100_000)})
    at = data.index(b"PK\x01\x02")
    listing = data[at : data.index(b"PK\x05\x06")] * 500
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 500, 500, len(listing), at, 0)
    with pytest.raises(InputError) as refused:
        list(packed_files(data[:at] + listing + end, "x.zip", Limits(max_unpacked=20_000_000)))
    assert refused.value.code == "unpacks_too_large"


@given(st.integers(0, 10**6), st.integers(1, 255), st.sampled_from(KINDS))
def test_whatever_byte_is_changed_only_input_errors_come(place: int, by: int, kind: int) -> None:
    data = bytearray(packed(kind))
    data[place % len(data)] ^= by
    try:
        found = list(packed_files(bytes(data), "x.zip", Limits()))
    except InputError:
        return
    if place % len(data) < data.index(b"PK\x01\x02"):
        # Not of the directory: the byte belongs to one file.
        assert sum(FILES.get(file.name) == file.content for file in found) >= len(FILES) - 1
