"""Follows a growing log, byte by byte, whatever becomes of it: its lines come once each, in order, whole.

    tail = Tail(Path("/var/log/line4.log"))
    while True:
        lines = tail.poll()
        ...

A line is a line when its end has come; half a line is kept until then. The file is asked at every poll:

- *rotation*: another file lies under the name. The old one is read to its end as soon as the new one holds anything (whoever
  writes has changed over by then), and what it ends with counts as a line. Files that come and go meanwhile wait open, also
  while nobody has room for their lines (``poll(0)``), up to 64 of them; one that went without having been opened is a ``gap``.
- *truncation*, as by logrotate's copytruncate: what lies before the place that was read up to is not what was read. The file is
  read from its beginning, and this is counted: what was cut off before it was read is lost.
- *start over*: from a `Place` that was kept. The line before it shows which file it was, the one under the name or an older one
  beside it (``line4.log.1``); from there on all of them are read. Is it gone, or packed, that is a gap, too.

Before the line behind a gap others may be missing: the line says so (``gap``), and so does the tail from then on.

A line above 64 KiB is cut there, at a space if there is one near. UTF-16 has no bytes that end a line, and is not followed.

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
_REMEMBERED = 256
_NEAR = 1024
_SHORT = 64  # bytes: such a line, an empty one above all, may stand in any file at any place
# More files at once than anybody rotates through between two polls.
_MOST_FILES = 64


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line of a file ends: ``offset`` bytes from its beginning, and the ``length`` of what it is found again by: the
    line, or of a short one what lies before it, too; its first bytes (``checked``) have the SHA-256."""

    offset: int
    length: int
    checked: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its end, LF in any case; the ``offset`` in its file at which it ends, and the ``length`` that it has there;
    ``part`` counts the files that the stream came from, from 0; ``context``: of a short line it and what lies before it;
    ``gap``: lines may be missing before it."""

    data: bytes
    offset: int
    length: int
    part: int
    context: bytes = b""
    gap: bool = False

    @property
    def place(self) -> Place:
        """Where it ends."""
        if self.context:
            return Place(self.offset, len(self.context), len(self.context), sha256(self.context).hexdigest())
        start = self.data[:-1]
        return Place(self.offset, self.length, len(start), sha256(start).hexdigest())


class _File:
    """An open file, read up to ``offset``, and the ``partial`` line before that."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self.inode = os.fstat(self.descriptor).st_ino
        self.partial, self.dropped, self.gap = bytearray(), 0, False
        self.offset, self.before, self.last = 0, b"", b""
        self.go_to(offset)

    @property
    def size(self) -> int:
        return os.fstat(self.descriptor).st_size

    def read(self) -> bytes | None:
        """What has come, a megabyte at most; None where the file was truncated."""
        # What was read before and what comes now, at once: nobody can cut the file between the two.
        found = os.pread(self.descriptor, len(self.before) + _CHUNK, self.offset - len(self.before))
        if not found.startswith(self.before):
            return None
        data = found[len(self.before) :]
        self.before = found[-_REMEMBERED:]
        self.offset += len(data)
        return data

    def go_to(self, offset: int) -> None:
        self.offset = offset
        known = min(offset, _REMEMBERED)
        self.before = self.last = os.pread(self.descriptor, known, offset - known)

    def close(self) -> None:
        os.close(self.descriptor)


class Tail:
    """See the module's text. ``after``: go on from there; ``at_end``: only what comes from now on. One thread."""

    def __init__(self, path: Path, after: Place | None = None, *, at_end: bool = False) -> None:
        self.path = path
        self.lines = self.rotations = self.truncations = self.cut = 0
        self.gap = False
        self.problem: str | None = None
        self._part = 0
        self._files: deque[_File] = deque()
        # What lay under the name and could not be opened, and whether such a file went unread.
        self._unopened: int | None = None
        self._missed = False
        if after is not None:
            self._go_on(after)
        elif at_end:
            self._look()
            for file in self._files:
                file.go_to(_last_end(file))

    def poll(self, most: int = 100_000, most_bytes: int = _MOST_AT_ONCE) -> list[Line]:
        """The lines that have come, about ``most`` and ``most_bytes`` of them at most: what is more stays in the file. It is
        looked for, and opened, in any case."""
        found: list[Line] = []
        self._look()
        measured = size = 0
        while self._files and len(found) < most and size < most_bytes:
            file = self._files[0]
            # Asked before the last look at the old file: what is written to it is there by then.
            over = any(later.size for later in list(self._files)[1:])
            data = file.read()
            if data is None:
                found += self._truncated(file)
            elif data:
                found += self._split(file, data)
            elif over:
                found += self._rest(file)
                file.close()
                self._files.popleft()
                # It held no line that could say so.
                self._files[0].gap |= file.gap
                self.rotations += 1
                self._part += 1
            else:
                break
            size += sum(len(line.data) for line in found[measured:])
            measured = len(found)
        self.lines += len(found)
        return found

    @property
    def unread(self) -> int:
        """Bytes that lie in the files and were not given out as lines yet, half lines included."""
        return sum(max(file.size - file.offset, 0) + len(file.partial) + file.dropped for file in self._files)

    def close(self) -> None:
        """Close all files."""
        while self._files:
            self._files.popleft().close()

    def _look(self) -> None:
        """Open what lies under the name, if that is not open yet."""
        try:
            inode = self.path.stat().st_ino
            if self._files and self._files[-1].inode == inode:
                self.problem = None
                return
            # Another one than could not be opened before: that one is gone, and nobody has read it.
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

    def _truncated(self, file: _File) -> list[Line]:
        self.truncations += 1
        found = self._rest(file)
        file.go_to(0)
        self._part += 1
        return found

    def _split(self, file: _File, data: bytes) -> list[Line]:
        found = []
        end = file.offset - len(data)
        *whole, last = data.split(b"\n")
        for piece in (*(one + b"\n" for one in whole), last):
            end += len(piece)
            if room := max(MOST_BYTES - len(file.partial), 0):
                file.partial += piece[:room]
            file.dropped += max(len(piece) - room, 0)
            if piece.endswith(b"\n"):
                found.append(self._line(file, end))
        return found

    def _rest(self, file: _File) -> list[Line]:
        """What a file ends with, without the end of a line."""
        return [self._line(file, file.offset)] if file.partial else []

    def _line(self, file: _File, end: int) -> Line:
        data, length = bytes(file.partial), len(file.partial) + file.dropped
        file.last = (file.last + data)[-_REMEMBERED:] if not file.dropped else b""
        context = file.last if length < _SHORT else b""
        if file.dropped:
            self.cut += 1
            space = data.rfind(b" ", len(data) - _NEAR)
            data = data[: space + 1] if space >= 0 else data
        file.partial.clear()
        gap, file.dropped, file.gap = file.gap, 0, False
        return Line(data if data.endswith(b"\n") else data + b"\n", end, length, self._part, context, gap)

    def _go_on(self, after: Place) -> None:
        older = sorted(self._older(), key=lambda one: one.stat().st_mtime_ns)
        for number, path in enumerate([self.path, *older]):
            if not _ends_there(path, after):
                continue
            self._files.append(_File(path, after.offset))
            if number:
                self._files.extend(_File(later) for later in older[number:])
            return
        self.gap = self._missed = True

    def _older(self) -> list[Path]:
        """Files beside that are named as rotation names them: with a number or a time behind the name."""
        name = re.compile(re.escape(self.path.name) + r"[._-][0-9T.:_-]+")
        with suppress(OSError):
            return [path for path in self.path.parent.iterdir() if name.fullmatch(path.name) and path.is_file()]
        return []


def _ends_there(path: Path, place: Place) -> bool:
    """Whether the file holds that line at that place."""
    with suppress(OSError), path.open("rb") as file:
        file.seek(place.offset - place.length)
        start = file.read(place.length)
        return len(start) == place.length and sha256(start[: place.checked]).hexdigest() == place.sha256
    return False


def _last_end(file: _File) -> int:
    """Where the last whole line ends, looked for in the last piece of the file."""
    size = file.size
    found = os.pread(file.descriptor, MOST_BYTES, max(size - MOST_BYTES, 0))
    end = found.rfind(b"\n")
    return size - len(found) + end + 1 if end >= 0 else size
