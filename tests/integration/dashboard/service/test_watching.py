"""What waits for the process that judges: so much and no more, and nothing goes by meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.service.watch import watch_workers
from dashboard.service.watch.log_tail import Tail
from dashboard.service.watch.sliding_windows import SlidingWindows
from dashboard.service.watch.watch_workers import LogReader


@pytest.fixture
def reader(tmp_path: Path) -> LogReader:
    """Of a log that a test looks at, look by look."""
    made = LogReader(Tail(tmp_path / "a.log"), SlidingWindows(500, 100, 1.0))
    made._nothing_at = 0.0
    return made


def drained(reader: LogReader) -> bytes:
    """All that comes, a window at a time."""
    found = []
    while reader.sliding.waiting:
        window = reader.sliding.take(1.0)
        found.append(b"".join(window.data.splitlines(keepends=True)[-window.new :]))
        reader._look()
    reader.tail.close()
    return b"".join(found)


def test_files_that_are_rotated_away_while_there_is_no_room_are_read_later(
    reader: LogReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_workers, "_MOST_WAITING", 1_000)
    path = reader.tail.path
    first = b"".join(b"A%06d\n" % number for number in range(1_000))
    path.write_bytes(first)
    reader._look()
    assert reader.sliding.waiting == 1_000
    for name in (b"B", b"C"):
        path.rename(path.with_name(f"a.log.{name.decode()}"))
        path.write_bytes(name * 9 + b"\n")
        reader._look()
    assert reader.sliding.waiting == 1_000
    assert drained(reader) == first + b"BBBBBBBBB\nCCCCCCCCC\n"
    assert (reader.tail.rotations, reader.tail.gap) == (2, False)


def test_what_waits_is_bounded_by_its_bytes(reader: LogReader, monkeypatch: pytest.MonkeyPatch) -> None:
    most = 1 << 20
    monkeypatch.setattr(watch_workers, "_MOST_WAITING_BYTES", most)
    written = b"".join(b"%06d %s\n" % (number, b"x" * 1_000) for number in range(5_000))
    reader.tail.path.write_bytes(written)
    for _ in range(5):
        reader._look()
        # A look reads a megabyte at a time.
        assert most <= reader.sliding.waiting_bytes <= 2 * most
    # When the rest came nobody knows: not later than this.
    assert reader._nothing_at == 0.0
    assert reader.unread > 0
    assert drained(reader) == written
    assert (reader.sliding.waiting_bytes, reader.unread) == (0, 0)
    assert reader._nothing_at > 0.0
