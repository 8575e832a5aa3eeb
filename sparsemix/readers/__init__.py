"""Reads plant logs, tables and JSON into a TokenSequence.

    from sparsemix.readers import read_path
    sequence = read_path(Path("line4.log.gz"))

Packing, encoding, line ends and format are recognised from the bytes, and the same bytes always give the
same sequence.
"""

from pathlib import Path

from sparsemix.errors import InputError
from sparsemix.readers.collect import Collector
from sparsemix.readers.json_lines import read_json_array, read_json_lines
from sparsemix.readers.limits import Limits
from sparsemix.readers.log_lines import read_log
from sparsemix.readers.recognise import recognise
from sparsemix.readers.table import read_table
from sparsemix.readers.text import text_lines
from sparsemix.sequence import SourceFormat, TokenSequence

__all__ = ["Limits", "read_bytes", "read_path"]

_DEFAULTS = Limits()


def read_bytes(data: bytes, name: str, limits: Limits = _DEFAULTS) -> TokenSequence:
    """Reads a file's bytes; `name` is kept for display, and its extension settles doubt about the format.

    Raises InputError only, with `code` one of: empty, too_large, unpacks_too_large, gzip_ratio, gzip_truncated, gzip_damaged,
    gzip_parts, binary, encoding, too_many_lines, too_many_events, too_few_events, csv_no_header,
    jsonl_no_objects, invalid_json.
    """
    text = text_lines(data, limits)
    lines, collect = text.lines, Collector(limits)
    collect.notes += text.notes
    found = recognise(lines, name)
    source_format: SourceFormat = "jsonl"
    if found.layout == "json_array":
        read_json_array(lines, collect)
    elif found.layout == "json_lines":
        read_json_lines(lines, collect)
    elif found.layout == "table":
        source_format = "csv"
        read_table(lines, found.delimiter, collect)
    else:
        source_format = "log"
        read_log(lines, collect)
    return collect.build(name, source_format, text.encoding)


def read_path(path: Path, limits: Limits = _DEFAULTS) -> TokenSequence:
    """Reads a file, never more than one byte above the limit.

    Raises InputError as `read_bytes` does, or with code not_readable.
    """
    try:
        # Opening a pipe or a device could wait for ever.
        if not path.is_file():
            raise FileNotFoundError(path)
        with path.open("rb") as file:
            data = file.read(limits.max_bytes + 1)
    except (OSError, ValueError) as error:
        raise InputError(
            f"Cannot read {path}. Check that the file exists and that you may open it.",
            code="not_readable",
            path=str(path),
        ) from error
    return read_bytes(data, path.name, limits)
