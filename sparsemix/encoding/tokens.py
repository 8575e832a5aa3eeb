"""Tokens: the words of all messages of a file as columns, so that what a word is by itself is found once per distinct word.

Messages are split at spaces and brackets, many at once; a token is a ``key=word`` pair or a bare word, in lower case and in the
normal form of Unicode (NFKC).

Axis letters: N messages, T tokens of all of them one after another, D distinct words.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.word_kernels import number_words
from sparsemix.kernels.compiled import COMPILES

Feature = tuple[str, float]
Long = NDArray[np.int64]
T = TypeVar("T", bound=Hashable)

_NUMBER = re.compile(r"^([+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)([^\W\d_]{1,4}|%|°C)?$")
_UNIT = re.compile(r"^(?:[^\W\d_]{1,4}(?:/[^\W\d_]{1,4})?|%|°C)$")
ID_DIGITS = 4
"""From this many digits on, a word counts as a serial number."""
# Words that are remembered, of so many characters at most.
_REMEMBERED, _SHORT = 65_536, 100
_MARK = "A"
_BLANK = b"\t\n\v\f\r\x1c\x1d\x1e\x1f"


def spaces(signs: bytes) -> bytes:
    """Return the table by which these signs between words become spaces, as other white space does."""
    return bytes.maketrans(_BLANK + signs, b" " * len(_BLANK + signs))


_BETWEEN = spaces(b",;()[]{}<>\"'|")


class Token(NamedTuple):
    """What a word is by itself: its ``key`` ("" without one); the ``number`` that it is and its ``unit``, or else the
    ``features``; whether it may be the unit of the number before it; and the CRC-32 of its ``words``, without numbers and
    serial numbers."""

    key: str
    word: str
    number: float | None
    unit: str
    features: tuple[Feature, ...]
    may_be_unit: bool
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of so many ``messages``: ``known`` [D], one for each spelling, such as ``ok`` and ``ok.``; of every token its
    message (``line`` int32 [T], rising) and which of the known ones it is (``which`` int32 [T])."""

    messages: int
    known: tuple[Token, ...]
    line: NDArray[np.int32]
    which: NDArray[np.int32]

    def only(self, kept: NDArray[np.bool_]) -> Tokens:
        """Return the tokens that are ``kept`` [D] among the known ones."""
        of_these = kept[self.which]
        return Tokens(self.messages, self.known, self.line[of_these], self.which[of_these])


def numbered_words(texts: Iterable[str], between: bytes, end: str) -> tuple[list[str], NDArray[np.integer[Any]]]:
    """Return the distinct words of many texts, with an ``end`` in ASCII behind each, in the order in which they first occur,
    and of every word which of these it is; ``between``: what `spaces` returns."""
    # White space beyond ASCII becomes a space, so that texts can be split as bytes.
    some = (text if text.isascii() else " ".join(text.split()) for text in texts)
    data = f" {end} ".join([*some, ""]).encode("utf-8", "surrogatepass").translate(between)
    most = len(data) // 2 + 1
    table, which, edges = np.zeros(1 << most.bit_length(), np.int32), np.empty(most, np.int32), np.empty((most, 2), np.int64)
    words, distinct = number_words(np.frombuffer(data, np.uint8), table, which, edges) if COMPILES else (0, 0)
    found: tuple[list[bytes], NDArray[np.integer[Any]]] = (
        numbered(data.split())
        if not distinct
        else ([data[start:stop] for start, stop in edges[:distinct].tolist()], which[:words])
    )
    return [word.decode("utf-8", "surrogatepass") for word in found[0]], found[1]


def tokens_of(messages: Iterable[str]) -> Tokens:
    """Split messages [N] into tokens. Raises `UnicodeEncodeError` for half of a surrogate pair; readers let none through."""
    some = [text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower() for text in messages]
    # No text in lower case holds a capital letter.
    chunks, chunk = numbered_words(some, _BETWEEN, _MARK)
    tokens = [None if text == _MARK else _token_of(text) for text in chunks]
    ends = np.array([text == _MARK for text in chunks], np.bool_)[chunk]
    there = np.array([token is not None for token in tokens], np.bool_)
    line, kept = np.cumsum(ends, dtype=np.int32), there[chunk]
    place = np.cumsum(there, dtype=np.int32) - 1
    return Tokens(len(some), tuple(filter(None, tokens)), line[kept], place[chunk[kept]])


class _Numbers(dict[T, int]):
    """Numbers of values, in the order in which they first occur."""

    def __missing__(self, value: T) -> int:
        number = self[value] = len(self)
        return number


def numbered(values: Iterable[T]) -> tuple[list[T], Long]:
    """Return the distinct ones among some values, such as texts, and of every value which of these it is."""
    numbers = _Numbers[T]()
    which = np.fromiter(map(numbers.__getitem__, values), np.int64)
    return list(numbers), which


def _token_of(chunk: str) -> Token | None:
    # Files of one kind share most words, but not long ones, which cost most.
    return _remembered(chunk) if len(chunk) <= _SHORT else _token(chunk)


def _token(chunk: str) -> Token | None:
    """Return the token that a piece of a message is; None for signs alone."""
    key, separator, word = chunk.partition("=")
    if not (separator and key and word):
        if not chunk.strip(".:=-_*#"):
            return None
        key, word = "", chunk if _NUMBER.match(chunk) else chunk.strip(".:=*#")
    numeric = _NUMBER.match(word)
    features: tuple[Feature, ...] = ((f"k:{key}", 0.5),) if key else ()
    own: tuple[str, ...] = (key,) if key and not _NUMBER.match(key) and not is_serial(key) else ()
    if numeric is None:
        serial = is_serial(word)
        features += _serial_features(word) if serial else _word_features(word)
        features += ((f"kv:{key}={word}", 1.0),) if key and not serial else ()
        own += () if serial else (word,)
    return Token(
        key,
        word,
        numeric and float(numeric[1].replace(",", ".")),
        (numeric and numeric[2]) or "",
        features,
        not key and _UNIT.match(word) is not None,
        tuple(crc32(one.encode()) for one in own),
    )


_remembered = lru_cache(maxsize=_REMEMBERED)(_token)


def is_serial(word: str) -> bool:
    """Return whether a word counts as a serial number."""
    return sum(map(str.isdigit, word)) >= ID_DIGITS


def _serial_features(word: str) -> tuple[Feature, ...]:
    # Serial numbers hardly ever repeat: they get a small weight, so that they do not outweigh the words.
    return (f"id:{re.sub('[0-9]+', '0', word)}", 0.5), (f"w:{word}", 0.25)


def _word_features(word: str) -> tuple[Feature, ...]:
    ascii_word = word.isascii()
    size = 4 if ascii_word else 2
    if len(word) <= size or any(map(str.isdigit, word)):
        return ((f"w:{word}", 1.0),)
    grams = [word[i : i + size] for i in range(len(word) - size + 1)]
    # ASCII words have spaces between them; unspaced scripts are read by their n-grams.
    weight = (0.5 if ascii_word else 1.0) / math.sqrt(len(grams))
    return ((f"w:{word}", 1.0), *((f"g:{gram}", weight) for gram in grams))
