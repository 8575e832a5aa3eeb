"""Files of others are read within bounds, and only where they are files."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from audit.errors import InvalidRecord, StoreUnavailable
from audit.log.private_keys import load_key
from audit.records.atomic_files import read_bytes, read_text


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_bytes(path, 5) == b"12345"
    with pytest.raises(InvalidRecord, match="more than the 4 bytes"):
        read_bytes(path, 4)
    (tmp_path / "link").symlink_to(path)
    assert read_text(tmp_path / "link") == "12345"
    path.write_bytes(b"a\r\nb\xff")
    with pytest.raises(InvalidRecord, match="not text"):
        read_text(path)
    with pytest.raises(StoreUnavailable, match="check the path"):
        read_text(tmp_path / "nowhere")


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "loop", "socket"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("it")
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind("it")
    else:
        path.symlink_to("/dev/zero" if kind == "device" else path)
    for read in (read_text, load_key, lambda given: read_bytes(given, 10)):
        with pytest.raises(InvalidRecord, match=r"^it is not a regular file"):
            read(path)
