"""How much input a reader accepts, and gzip unpacking within these limits.

Sizes are checked while unpacking, so that a gzip bomb never takes more memory than the limit.
"""

import re
import zlib
from dataclasses import dataclass, fields

from sparsemix.errors import ConfigError, InputError

MIB = 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 * MIB
# Every member copies the rest of its last chunk, so small chunks and few members bound the work.
_PACKED_CHUNK = MIB // 16
_MAX_MEMBERS = 10_000
_ZEROS = re.compile(rb"\0*+")
GZIP_WINDOW = 31  # zlib's number for "expect a gzip header and check its checksum"


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one input. Raises `ConfigError` for values that no input could satisfy."""

    max_bytes: int = 512_000_000
    """Size as uploaded."""
    max_unpacked: int = 512_000_000
    """Size after gzip unpacking."""
    max_ratio: int = 200
    """Unpacked bytes per packed byte; files below 1 MiB unpacked are not checked."""
    max_line_chars: int = 10_000
    """Longer lines are cut to this length."""
    max_lines: int = 4_000_000
    """Physical lines: bounds the work on files that are mostly blank or skipped."""
    max_events: int = 1_000_000
    min_events: int = 2

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int) or value < 1:
                raise ConfigError(f"Limits.{field.name} must be a whole number of at least 1, not {value!r}.")
        if self.min_events > self.max_events:
            raise ConfigError(f"min_events ({self.min_events}) is above max_events ({self.max_events}).")


def check_limit(count: int, limit: int, message: str, code: str) -> None:
    """Raise `InputError` with this ``message`` and ``code`` when a ``count`` is above its ``limit``."""
    if count > limit:
        raise InputError(message, code=code, limit=limit)


def unpack(data: bytes, limits: Limits) -> tuple[bytes, bool]:
    """Return the content and whether it was gzip.

    Raises `InputError` empty, too_large, unpacks_too_large, gzip_ratio, gzip_truncated, gzip_damaged, gzip_parts.
    """
    if not data:
        raise InputError("The file is empty. Choose a file with at least two events.", code="empty")
    advice = "Split it, or compress it with gzip."
    check_limit(len(data), limits.max_bytes, f"The file has more than {limits.max_bytes:,} bytes. {advice}", "too_large")
    if not data.startswith(GZIP_MAGIC):
        return data, False
    return _gunzip(data, limits), True


def _gunzip(data: bytes, limits: Limits) -> bytes:
    content = bytearray()
    at = 0
    # gzip files may be joined end to end (log rotation does it) and padded with zeros.
    for _ in range(_MAX_MEMBERS):
        if not data.startswith(GZIP_MAGIC, at):
            raise _damaged()
        member = zlib.decompressobj(GZIP_WINDOW)
        while not member.eof:
            packed = member.unconsumed_tail
            if not packed:
                packed = data[at : at + _PACKED_CHUNK]
                at += len(packed)
            try:
                piece = member.decompress(packed, _CHUNK)
            except zlib.error as error:
                raise _damaged() from error
            content += piece
            _check_size(len(content), len(data), limits)
            if not piece and not packed and not member.eof:
                raise InputError(
                    "The gzip file ends too early. Copy or download it again.",
                    code="gzip_truncated",
                    unpacked=len(content),
                )
        at -= len(member.unused_data)
        padding = _ZEROS.match(data, at)
        at = padding.end() if padding else at
        if at == len(data):
            return bytes(content)
    raise InputError(
        f"The gzip file is joined from more than {_MAX_MEMBERS:,} parts. Check it, or unpack it first.",
        code="gzip_parts",
        limit=_MAX_MEMBERS,
    )


def _check_size(unpacked: int, packed: int, limits: Limits) -> None:
    if unpacked > MIB and unpacked > packed * limits.max_ratio:
        raise InputError(
            f"The gzip file unpacks to more than {limits.max_ratio} times its size, which logs do not do. "
            "Check the file, or unpack it first.",
            code="gzip_ratio",
            limit=limits.max_ratio,
        )
    message = f"The gzip file unpacks to more than {limits.max_unpacked:,} bytes. Split the log, then compress the parts."
    check_limit(unpacked, limits.max_unpacked, message, "unpacks_too_large")


def _damaged() -> InputError:
    return InputError("The gzip file is damaged. Copy or download it again.", code="gzip_damaged")
