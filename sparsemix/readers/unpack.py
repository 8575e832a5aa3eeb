"""Size limits and gzip, checked while unpacking so that a bomb never takes more memory than the limit."""

import zlib

from sparsemix.errors import InputError
from sparsemix.readers.limits import MIB, Limits

GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 * MIB
_GZIP_WINDOW = 31  # zlib's number for "expect a gzip header and check its checksum"


def unpack(data: bytes, limits: Limits) -> tuple[bytes, bool]:
    """Returns the content and whether it was gzip.

    Raises InputError: empty, too_large, gzip_ratio, gzip_truncated, gzip_damaged.
    """
    if not data:
        raise InputError("The file is empty. Choose a file with at least two events.", code="empty")
    if len(data) > limits.max_bytes:
        raise InputError(
            f"The file has more than {limits.max_bytes:,} bytes. Split it, or compress it with gzip.",
            code="too_large",
            limit=limits.max_bytes,
        )
    if not data.startswith(GZIP_MAGIC):
        return data, False
    return _gunzip(data, limits), True


def _gunzip(data: bytes, limits: Limits) -> bytes:
    content = bytearray()
    rest: bytes = data
    # gzip files may be joined end to end (log rotation does it) and padded with zeros.
    while rest := rest.lstrip(b"\0"):
        if not rest.startswith(GZIP_MAGIC):
            raise _damaged()
        member = zlib.decompressobj(_GZIP_WINDOW)
        while not member.eof:
            try:
                piece = member.decompress(rest, _CHUNK)
            except zlib.error as error:
                raise _damaged() from error
            rest = member.unused_data if member.eof else member.unconsumed_tail
            content += piece
            _check_size(len(content), len(data), limits)
            if not piece and not rest and not member.eof:
                raise InputError(
                    "The gzip file ends too early. Copy or download it again.",
                    code="gzip_truncated",
                    unpacked=len(content),
                )
    return bytes(content)


def _check_size(unpacked: int, packed: int, limits: Limits) -> None:
    if unpacked > MIB and unpacked > packed * limits.max_ratio:
        raise InputError(
            f"The gzip file unpacks to more than {limits.max_ratio} times its size, which logs do not do. "
            "Check the file, or unpack it first.",
            code="gzip_ratio",
            limit=limits.max_ratio,
        )
    if unpacked > limits.max_unpacked:
        raise InputError(
            f"The gzip file unpacks to more than {limits.max_unpacked:,} bytes. Split it into smaller files.",
            code="too_large",
            limit=limits.max_unpacked,
        )


def _damaged() -> InputError:
    return InputError("The gzip file is damaged. Copy or download it again.", code="gzip_damaged")
