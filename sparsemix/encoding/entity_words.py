"""Words of a message and the places where they stand, by which identifiers are told (``entity_types``)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache

# Of one event: characters and words read.
_CHARACTERS, _WORDS = 2_000, 64
# A word: a run of ASCII characters of words and numbers, or of letters of one script, so that 注文A17を受付 has three.
_RUN = re.compile(r"[A-Za-z0-9_.\-/#$@%+:*]+|[\u3041-\u309f]+|[\u30a0-\u30ff]+|[\u3400-\u9fff]+|[^\W_]+")
_AT_THE_ENDS = ".:-/*+#$@%_"
# A sign belongs to the number: blk_-38 and blk_38 have one shape.
_NUMBER = re.compile(r"(?:(?<![^\W_])-)?\d+")
# Hexadecimal words of six characters and more, and the groups of a UUID, with at least one digit in the word.
_HEX = re.compile(r"(?<![^\W_])(?:0x)?[0-9a-f]{6,}(?![^\W_])", re.IGNORECASE)
_UUID = re.compile(r"(?<![^\W_])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![^\W_])", re.IGNORECASE)
# Decimals, times and dates have at most so many numbers.
_NUMBERS = 3
# Words of so few characters are shared by chance.
_SHORT = 2


def places_of(message: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the words of a message in order, each with the names of its places: a shape, where the word holds a digit and more;
    for a number, the word before it and #; for others, the word before, * and the word after. Words that hold digits are named
    by their shapes."""
    words = words_of(message)
    shapes = ["", *map(shape_of, words), ""]
    left = _WORDS
    for number, word in enumerate(words, 1):
        before, shape, after = shapes[number - 1 : number + 2]
        around = ""
        if shape == "#" and "#" not in before:
            around = f"{before} #"
        elif before and "#" not in before and (shape == word or _names_something(word, shape)):
            around = f"{before} * {after}"
        places = ((shape,) if _names_something(word, shape) else ()) + ((around,) if around else ())
        if places:
            yield word, places
        for part in word.split("/", left) if "/" in word else ():
            left -= 1
            if _names_something(part, of_part := shape_of(part)):
                yield part, (of_part,)


def words_of(message: str) -> list[str]:
    """Return the words of a message in order, without signs at their ends."""
    runs = _RUN.findall(unicodedata.normalize("NFKC", message[:_CHARACTERS]))[:_WORDS]
    return [word for run in runs if (word := run.strip(_AT_THE_ENDS))]


def parts_of(word: str, most: int) -> Iterator[str]:
    """Yield a word, and of a path also its parts between slashes, up to ``most`` of them in a row; longer ones first."""
    yield word
    if "/" in word:
        parts = word.split("/", _WORDS)
        for size in range(min(most, len(parts) - 1), 0, -1):
            yield from ("/".join(parts[at : at + size]) for at in range(len(parts) - size + 1))


def _names_something(word: str, shape: str) -> bool:
    """Return whether words of this shape can be names: they hold a digit and more, and are no decimals, times or dates, which
    are numbers with signs between them; addresses have four numbers and more."""
    return shape not in (word, "#") and (shape.count("#") > _NUMBERS or any(c.isalpha() for c in shape))


def masked(message: str, words: Collection[str], paths: Collection[str] = ()) -> str:
    """Return the message with # in place of these ``words``; ``paths``: words that are also masked as several parts of a
    longer path."""

    def without(run: re.Match[str]) -> str:
        word = run[0].strip(_AT_THE_ENDS)
        if word in words:
            return " # "
        if "/" not in word:
            return run[0]
        text = f"/{run[0]}/"
        for path in paths:
            text = text.replace(f"/{path}/", "/#/")
        return "/".join("#" if part in words else part for part in text[1:-1].split("/"))

    return _RUN.sub(without, unicodedata.normalize("NFKC", message)) if words else message


def shared_words(one: str, other: str) -> list[str]:
    """Return the words of three characters and more that hold a digit and stand in both messages, in the order of the first:
    what a reader would follow from one line to the other, whatever the types of the file."""
    others = {word for word, _ in places_of(other)}
    return [
        word
        for word in dict.fromkeys(word for word, _ in places_of(one))
        if word in others and len(word) > _SHORT and (word.isdigit() or _names_something(word, shape_of(word)))
    ]


@lru_cache(maxsize=65_536)
def shape_of(word: str) -> str:
    """Return the word with its numbers, also hexadecimal ones, as #; the word itself where it has no digit."""
    if not any(c.isdigit() for c in word):
        return word
    return _NUMBER.sub("#", _HEX.sub(_if_hexadecimal, _UUID.sub("#", word)))


def _if_hexadecimal(run: re.Match[str]) -> str:
    return "#" if any(c.isdigit() for c in run[0]) and any(c.isalpha() for c in run[0]) else run[0]
