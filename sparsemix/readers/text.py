"""From a file's bytes to its lines: unpacked, decoded, split at every kind of line end."""

from __future__ import annotations

from dataclasses import dataclass

from sparsemix.errors import InputError
from sparsemix.readers.decode import decode
from sparsemix.readers.limits import Limits
from sparsemix.readers.unpack import unpack


@dataclass(frozen=True, slots=True)
class TextLines:
    """Lines without their ends, the encoding that they were in, and what was noticed on the way."""

    lines: list[str]
    encoding: str
    notes: tuple[str, ...]


def text_lines(data: bytes, limits: Limits, encoding: str | None = None) -> TextLines:
    """The lines of a text file, plain or gzipped, in the encoding that is named or recognised. Raises InputError: what
    ``unpack`` and ``decode`` raise, empty, too_many_lines."""
    content, packed = unpack(data, limits)
    decoded = decode(content, encoding)
    lines, mixed = _split(decoded.text, limits)
    notes = ["gzip"] * packed + ["byte_order_mark"] * decoded.had_bom + ["mixed_line_endings"] * mixed
    return TextLines(lines, decoded.encoding, tuple(notes))


def _split(text: str, limits: Limits) -> tuple[list[str], bool]:
    """Lines that end in CR LF, LF or CR, and whether these differ; str.splitlines would also split at signs that logs hold."""
    if not text.strip():
        raise InputError("The file has no text. Choose a file with at least two events.", code="empty")
    both = text.count("\r\n")
    feeds, returns = text.count("\n") - both, text.count("\r") - both
    if both + feeds + returns > limits.max_lines:
        raise InputError(
            f"The file has more than {limits.max_lines:,} lines. Split it, or remove blank lines.",
            code="too_many_lines",
            limit=limits.max_lines,
        )
    mixed = (both > 0) + (feeds > 0) + (returns > 0) > 1
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    # What follows the last line end is a line only when something stands there.
    return (lines if lines[-1] else lines[:-1]), mixed
