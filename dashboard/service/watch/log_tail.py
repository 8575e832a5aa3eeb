"""Follows a growing log, byte for byte, through rotation and truncation: each line comes once, in order, whole.

    tail = Tail(Path("/var/log/line4.log"))
    while True:
        lines = tail.poll()
        ...

A line is complete when its end has come; an incomplete line waits until then. Every poll checks the file for:

- *rotation*: another file has the name. The old file is read to its end as soon as the new one has content (the writer has
  changed over by then), and its last incomplete line counts as a line. Files that come and go meanwhile stay open, up to 64 of
  them, even while there is no room for their lines (``poll(0)``). A file that disappeared before it was opened is a ``gap``.
- *truncation*, as by logrotate's copytruncate: the bytes before the current place differ from those that were read. The file is
  read from its beginning, and this is counted: content that was cut off before it was read is lost.
- *restart*: from a stored `LinePlace`. The line before it shows which file it was in: the current one, or an older one beside
  it (``line4.log.1``). All files from there on are read. A file that is gone or compressed is a gap, too.

Lines may be missing before the line behind a gap: that line is marked (``gap``), and so is the tail from then on.

A line above 64 KiB is cut there, at a space if there is one near. UTF-16 has no byte that ends a line, and is not supported.

Polling, not notification: files on shares and in containers do not notify, and two polls in a tenth of a second cost nothing.
"""

from __future__ import annotations

import os
import re
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

MOST_BYTES = 64 * 1024
"""Longer lines are cut."""
_CHUNK = 1 << 20
_MOST_AT_ONCE = 64 << 20
_REMEMBERED = 256  # bytes before a place, by which it is recognised
_NEAR = 1024  # bytes at the end of a long line in which a space is looked for
_SHORT = 64  # bytes: a line this short, in particular an empty one, may occur at many places of many files
# More files than any rotation creates between two polls.
_MOST_FILES = 64


@dataclass(frozen=True, slots=True)
class LinePlace:
    """The end of a line in a file: ``offset`` bytes from its beginning, and the ``length`` of the bytes that identify it: the
    line, or for a short line also the bytes before it. Their first ``checked`` bytes have the SHA-256."""

    offset: int
    length: int
    checked: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TailLine:
    """A line with its end, always LF; the ``offset`` of its end in its file, and its ``length`` there; ``part`` counts the
    files of the stream from 0; ``context``: for a short line, the line and the bytes before it; ``gap``: lines may be missing
    before it."""

    data: bytes
    offset: int
    length: int
    part: int
    context: bytes = b""
    gap: bool = False

    @property
    def place(self) -> LinePlace:
        """The place where the line ends."""
        if self.context:
            return LinePlace(self.offset, len(self.context), len(self.context), sha256(self.context).hexdigest())
        start = self.data[:-1]
        return LinePlace(self.offset, self.length, len(start), sha256(start).hexdigest())


class _File:
    """An open file, read up to ``offset``, and the ``partial`` line before that; ``dropped``: bytes of this line beyond
    the limit.

    ``before``: the last bytes that were read; ``last``: the last bytes up to the end of the last whole line; ``gap``: lines may
    be missing before the next one.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self.partial, self.dropped, self.gap = bytearray(), 0, False
        self.offset, self.before, self.last = 0, b"", b""
        try:
            self.inode = os.fstat(self.descriptor).st_ino
            self.go_to(offset)
        except OSError:
            self.close()  # a pipe has no offsets; it would be opened again and again
            raise

    @property
    def size(self) -> int:
        return os.fstat(self.descriptor).st_size

    def read(self) -> bytes | None:
        """Read new bytes, at most a megabyte; return None when the file was truncated."""
        # Old and new bytes in one read, so that the file cannot be cut between two reads.
        content = os.pread(self.descriptor, len(self.before) + _CHUNK, self.offset - len(self.before))
        if not content.startswith(self.before):
            return None
        data = content[len(self.before) :]
        self.before = content[-_REMEMBERED:]
        self.offset += len(data)
        return data

    def go_to(self, offset: int) -> None:
        self.offset = offset
        known = min(offset, _REMEMBERED)
        self.before = self.last = os.pread(self.descriptor, known, offset - known)

    def close(self) -> None:
        os.close(self.descriptor)


class Tail:
    """A growing log as the module describes it. ``after``: continue from there; ``at_end``: only lines that come from now on.
    For one thread."""

    def __init__(self, path: Path, after: LinePlace | None = None, *, at_end: bool = False) -> None:
        self.path = path
        self.lines = self.rotations = self.truncations = self.cut = 0
        self.gap = False
        self.problem: str | None = None
        self._part = 0
        self._files: deque[_File] = deque()
        # The inode that had the name and could not be opened, and whether such a file disappeared unread.
        self._unopened: int | None = None
        self._missed = False
        if after is not None:
            self._go_on(after)
        elif at_end:
            self._look()
            for file in self._files:
                file.go_to(_last_end(file))

    def poll(self, most: int = 100_000, most_bytes: int = _MOST_AT_ONCE) -> list[TailLine]:
        """Return the lines that have come, about ``most`` and ``most_bytes`` of them at most: further lines stay in the file.

        New files are looked for, and opened, in any case.
        """
        lines: list[TailLine] = []
        self._look()
        measured = size = 0
        while self._files and len(lines) < most and size < most_bytes:
            file = self._files[0]
            # Checked before the last read of the old file, which then gets all that was written to it.
            over = any(later.size for later in list(self._files)[1:])
            data = file.read()
            if data is None:
                lines += self._truncated(file)
            elif data:
                lines += self._split(file, data)
            elif over:
                lines += self._rest(file)
                file.close()
                self._files.popleft()
                # The old file had no line that could carry the mark.
                self._files[0].gap |= file.gap
                self.rotations += 1
                self._part += 1
            else:
                break
            size += sum(len(line.data) for line in lines[measured:])
            measured = len(lines)
        self.lines += len(lines)
        return lines

    @property
    def unread(self) -> int:
        """The bytes in the files that were not returned as lines yet, incomplete lines included."""
        return sum(max(file.size - file.offset, 0) + len(file.partial) + file.dropped for file in self._files)

    def close(self) -> None:
        """Close all files."""
        while self._files:
            self._files.popleft().close()

    def _look(self) -> None:
        """Open the file that has the name, if it is not open yet."""
        try:
            inode = self.path.stat().st_ino
            if self._files and self._files[-1].inode == inode:
                self.problem = None
                return
            # A file that could not be opened before is gone and was not read.
            self._missed |= self._unopened not in (None, inode)
            self._unopened = inode
            if len(self._files) >= _MOST_FILES:
                self.problem = f"more than {_MOST_FILES} files wait to be read"
                return
            file = _File(self.path)
            file.gap = self._missed or file.inode != inode
            self.gap |= file.gap
            self._files.append(file)
            self._missed, self._unopened, self.problem = False, None, None
        except FileNotFoundError:
            self.problem = None if self._files else f"{self.path} is not there yet"
        except OSError as error:
            self.problem = f"cannot read {self.path}: {error.strerror}"

    def _truncated(self, file: _File) -> list[TailLine]:
        self.truncations += 1
        lines = self._rest(file)
        file.go_to(0)
        self._part += 1
        return lines

    def _split(self, file: _File, data: bytes) -> list[TailLine]:
        lines = []
        end = file.offset - len(data)
        *whole, last = data.split(b"\n")
        for piece in (*(line + b"\n" for line in whole), last):
            end += len(piece)
            if room := max(MOST_BYTES - len(file.partial), 0):
                file.partial += piece[:room]
            file.dropped += max(len(piece) - room, 0)
            if piece.endswith(b"\n"):
                lines.append(self._line(file, end))
        return lines

    def _rest(self, file: _File) -> list[TailLine]:
        """Return the last, incomplete line of a file, if there is one."""
        return [self._line(file, file.offset)] if file.partial else []

    def _line(self, file: _File, end: int) -> TailLine:
        data, length = bytes(file.partial), len(file.partial) + file.dropped
        file.last = (file.last + data)[-_REMEMBERED:] if not file.dropped else b""
        context = file.last if length < _SHORT else b""
        if file.dropped:
            self.cut += 1
            space = data.rfind(b" ", len(data) - _NEAR)
            data = data[: space + 1] if space >= 0 else data
        file.partial.clear()
        gap, file.dropped, file.gap = file.gap, 0, False
        return TailLine(data if data.endswith(b"\n") else data + b"\n", end, length, self._part, context, gap)

    def _go_on(self, after: LinePlace) -> None:
        older = sorted(self._older(), key=lambda path: path.stat().st_mtime_ns)
        for number, path in enumerate([self.path, *older]):
            if not _ends_there(path, after):
                continue
            self._files.append(_File(path, after.offset))
            if number:
                self._files.extend(_File(later) for later in older[number:])
            return
        self.gap = self._missed = True

    def _older(self) -> list[Path]:
        """Return the files beside this one that are named by rotation: with a number or a time behind the name."""
        name = re.compile(re.escape(self.path.name) + r"[._-][0-9T.:_-]+")
        with suppress(OSError):
            return [path for path in self.path.parent.iterdir() if name.fullmatch(path.name) and path.is_file()]
        return []


def _ends_there(path: Path, place: LinePlace) -> bool:
    """Return whether the file has that line at that place."""
    with suppress(OSError), path.open("rb") as file:
        file.seek(place.offset - place.length)
        start = file.read(place.length)
        return len(start) == place.length and sha256(start[: place.checked]).hexdigest() == place.sha256
    return False


def _last_end(file: _File) -> int:
    """Return the end of the last complete line, searched in the last 64 KiB of the file."""
    size = file.size
    tail = os.pread(file.descriptor, MOST_BYTES, max(size - MOST_BYTES, 0))
    end = tail.rfind(b"\n")
    return size - len(tail) + end + 1 if end >= 0 else size
