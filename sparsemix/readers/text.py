"""Lines of a text file: its bytes unpacked, decoded, and split at every kind of line end.

The decoder refuses bytes that are no text, and tells UTF-8, UTF-16, Shift-JIS and EUC-JP apart.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from sparsemix.errors import InputError
from sparsemix.readers.limits import MIB, Limits, check_limit, unpack

_MAGIC = (
    (b"\x89PNG", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"%PDF-", "PDF document"),
    (b"PK\x03\x04", "ZIP archive or Office document"),
    (b"PK\x05\x06", "ZIP archive or Office document"),
    (b"\xd0\xcf\x11\xe0", "Office document"),
    (b"SQLite format 3\0", "SQLite database"),
    (b"ElfFile\0", "Windows event log, .evtx"),
    (b"PAR1", "Parquet table"),
    (b"\x1f\x8b", "gzip file inside a gzip file"),
    (b"BZh", "bzip2 archive"),
    (b"\xfd7zXZ", "xz archive"),
    (b"7z\xbc\xaf", "7-Zip archive"),
    (b"\x28\xb5\x2f\xfd", "Zstandard archive"),
    (b"\x7fELF", "program"),
)
_UTF16 = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_UTF8_BOM = b"\xef\xbb\xbf"
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp932", "euc-jp", "gb18030", "euc-kr", "cp1252")
"""Encodings that can be named; the first five are recognised without a name."""
# Tab, line ends, vertical tab, form feed and escape (terminal colours) do occur in logs.
_CONTROLS = bytes(b for b in range(32) if b not in b"\t\n\r\x0b\x0c\x1b") + b"\x7f"
_MAX_CONTROL_SHARE = 0.02
_SAMPLE = 1 * MIB
_PART = 64 * MIB
"""Bytes that are decoded at once: large enough for the C library to give them back at once."""
# Both match bytes, once for each character or run of half-width katakana. Lead bytes from 0x98 on are rare kanji, and a lone
# half-width katakana is more often a Western sign such as a degree.
_SJIS_USUAL = re.compile(rb"[\x81-\x97][\x40-\x7e\x80-\xfc]|[\xa1-\xdf]{2,}")
_SJIS_RARE = re.compile(rb"[\x98-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]|(?<![\xa1-\xdf])[\xa1-\xdf](?![\xa1-\xdf])")
# Private and control characters that the codec makes from bytes that no Japanese text has.
_SJIS_UNUSED = re.compile("[\x80\xa0\uf8f0-\uf8f3]")
_KANA = re.compile("[\u3041-\u30fe]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_WIDE = re.compile("[\u0800-\ufffc]")


class TextLines(NamedTuple):
    """Lines without their ends, their encoding, and the notes on unpacking and decoding."""

    lines: list[str]
    encoding: str
    notes: list[str]


def text_lines(data: bytes, limits: Limits, encoding: str | None = None) -> TextLines:
    """Return the lines of a text file, plain or gzipped, in the encoding that is named or recognised.

    Raises `InputError` with the code empty, too_many_lines, binary (no text at all), encoding (text in no supported encoding)
    or other_encoding (not in the named encoding), and as ``unpack`` does.
    """
    content, packed = unpack(data, limits)
    texts, encoding, had_bom = _decoded(content, encoding)
    lines, mixed = _split(texts, limits)
    return TextLines(lines, encoding, ["gzip"] * packed + ["byte_order_mark"] * had_bom + ["mixed_line_endings"] * mixed)


def _split(texts: list[str], limits: Limits) -> tuple[list[str], bool]:
    """Return lines that end in CR LF, LF or CR, and whether the line ends differ; each of the texts, which are used up, but the
    last one ends with LF.

    str.splitlines would also split at characters that occur inside the lines of logs.
    """
    if all(not text or text.isspace() for text in texts):
        raise InputError("The file has no text. Choose a file with at least two events.", code="empty")
    both, feeds, returns = (sum(text.count(end) for text in texts) for end in ("\r\n", "\n", "\r"))
    feeds, returns = feeds - both, returns - both
    message = f"The file has more than {limits.max_lines:,} lines. Split it, or remove blank lines."
    check_limit(both + feeds + returns, limits.max_lines, message, "too_many_lines")
    mixed = (both > 0) + (feeds > 0) + (returns > 0) > 1
    lines: list[str] = []
    texts.reverse()
    while texts:
        lines += texts.pop().replace("\r\n", "\n").replace("\r", "\n").split("\n")
        # Text after the last line end is one more line; where no text follows, there is none.
        if not lines[-1]:
            lines.pop()
    return lines, mixed


def _decoded(data: bytes, encoding: str | None) -> tuple[list[str], str, bool]:
    """Return a text in parts that end with lines, its encoding, and whether it begins with a byte order mark."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            raise _binary(kind)
    if encoding is not None:
        text, had_bom = _decode_as(data, encoding)
        return [text], encoding, had_bom
    for bom, utf16 in _UTF16:
        if data.startswith(bom):
            return [_text(data, utf16, len(bom))], utf16, True
    _refuse_controls(data)
    had_bom = data.startswith(_UTF8_BOM)
    start, texts = len(_UTF8_BOM) if had_bom else 0, list[str]()
    try:
        while start < len(data):
            # In parts: as a whole it would be there beside its bytes and its lines.
            end = data.find(b"\n", start + _PART) + 1 or len(data)
            texts.append(data[start:end].decode())
            start = end
        return texts, "utf-8", had_bom
    except UnicodeDecodeError as error:
        bad = start + error.start
    if had_bom or _is_damaged_utf8(data, bad):
        raise _unknown_encoding(data, bad)
    text, encoding = _decode_japanese(data, bad)
    return [text], encoding, False


def _decode_as(data: bytes, encoding: str) -> tuple[str, bool]:
    bom = next((bom for bom, known in (*_UTF16, (_UTF8_BOM, "utf-8")) if known == encoding and data.startswith(bom)), b"")
    if not encoding.startswith("utf-16"):
        _refuse_controls(data)
    return _text(data, encoding, len(bom), named=True), bool(bom)


def _text(data: bytes, encoding: str, start: int, *, named: bool = False) -> str:
    """Return the text from byte ``start`` on; ``named``: a person named the encoding."""
    try:
        text = data[start:].decode(encoding)
    except UnicodeDecodeError as error:
        position = start + error.start
        if not named:
            raise _unknown_encoding(data, position) from error
        message = f"Byte {position:,} does not fit the encoding {encoding}. Choose another one."
        raise InputError(message, code="other_encoding", encoding=encoding, position=position) from error
    if "\0" in text:
        raise _binary("NUL characters")
    return text


def _refuse_controls(data: bytes) -> None:
    if b"\0" in data:
        raise _binary("NUL bytes")
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if controls > _MAX_CONTROL_SHARE * len(data):
        raise _binary("control characters")


def _is_damaged_utf8(data: bytes, bad: int) -> bool:
    """Return whether the text around a bad byte is UTF-8: one broken byte must not turn a file into unreadable Shift-JIS."""
    around = data[max(0, bad - _SAMPLE // 2) : bad + _SAMPLE // 2].decode("utf-8", "replace")
    return len(_WIDE.findall(around)) > 4 * around.count("\ufffd")


def _decode_japanese(data: bytes, bad: int) -> tuple[str, str]:
    sjis = _try(data, "cp932")
    euc = _try(data, "euc_jp")
    # Most EUC-JP bytes are also valid half-width katakana in Shift-JIS, so full-width kana decide.
    if euc is not None and (sjis is None or len(_KANA.findall(euc)) / max(1, len(_NOT_ASCII.findall(euc))) > 0.1):
        return euc, "euc-jp"
    if sjis is not None and _SJIS_UNUSED.search(sjis) is None and _looks_like_sjis(data, bad):
        return sjis, "cp932"
    raise _unknown_encoding(data, bad)


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _looks_like_sjis(data: bytes, bad: int) -> bool:
    """Return False for Western texts in Latin-1: they also decode as Shift-JIS, but into rare kanji."""
    sample = data[bad : bad + _SAMPLE]
    return len(_SJIS_USUAL.findall(sample)) >= len(_SJIS_RARE.findall(sample))


def _binary(kind: str) -> InputError:
    return InputError(
        f"This is not a text file ({kind}). Export the events as a text log, CSV or JSON lines.",
        code="binary",
        kind=kind,
    )


def _unknown_encoding(data: bytes, position: int) -> InputError:
    value = f"0x{data[position]:02X}" if position < len(data) else "end of file"
    line = data.count(b"\n", 0, position) + 1
    return InputError(
        f"Byte {position:,} ({value}), on line {line:,}, fits none of UTF-8, UTF-16, Shift-JIS and EUC-JP, or is in another "
        "encoding than the rest. Save the file as UTF-8, or name its encoding: with --encoding, such as "
        "cp1252 for Western Europe.",
        code="encoding",
        position=position,
        value=value,
        line=line,
    )
