"""Reads plant logs, tables and JSON into a TokenSequence.

    from sparsemix.readers import read_path
    sequence = read_path(Path("line4.log.gz"))

The readers recognise packing, encoding, line ends, format and the roles of columns from the bytes, and the same bytes always
give the same sequence. ``ReadOptions`` overrule a wrong guess.
"""

from pathlib import Path

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import InputError
from sparsemix.readers.columns import Columns
from sparsemix.readers.file import FileRead, bytes_of, read_file
from sparsemix.readers.limits import Limits
from sparsemix.readers.options import FIRST_RULES, ReadOptions

__all__ = ["FIRST_RULES", "Columns", "FileRead", "Limits", "ReadOptions", "file_at", "read_bytes", "read_file", "read_path"]

_DEFAULTS = Limits()
_NOTHING_SET = ReadOptions()


def read_bytes(data: bytes, name: str, limits: Limits = _DEFAULTS, options: ReadOptions = _NOTHING_SET) -> TokenSequence:
    """Read a file's bytes; `name` is kept for display, and its extension settles doubt about the format.

    Raises `InputError` only, with the codes that ``read_file`` lists.
    """
    return read_file(data, name, limits, options).sequence


def read_path(path: Path, limits: Limits = _DEFAULTS, options: ReadOptions = _NOTHING_SET) -> TokenSequence:
    """Read a file, never more than one byte above the limit.

    Raises `InputError` as `read_bytes` does, or with code not_readable.
    """
    return file_at(path, limits, options).sequence


def file_at(path: Path, limits: Limits = _DEFAULTS, options: ReadOptions = _NOTHING_SET) -> FileRead:
    """Read a file as `read_path` does, and return also how it was read, and its cells. Raises `InputError` as `read_path`
    does."""
    if path.is_dir():
        raise InputError(
            f"{path} is a folder. Name one file; `python -m dashboard audit-batch` decides on all files of a folder.",
            code="not_readable",
            path=str(path),
        )
    return read_file(bytes_of(path, limits), path.name, limits, options)
