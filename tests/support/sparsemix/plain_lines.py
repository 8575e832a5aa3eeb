"""Words, shapes, identifiers and numbers of a file, found line by line: what the columns of `file_statistics` have to equal."""

import re
from collections import Counter, defaultdict

from sparsemix.encoding.file_statistics.numbers import _NUMBER

_WORD = re.compile(r"[^\s()\[\]{}<>\"'|,;=]+")
_DIGITS = re.compile(r"[0-9０-９]+")
_HEX = re.compile(r"(?:0x)?(?=[0-9a-f]*[0-9])(?=[0-9a-fx]*[a-f])[0-9a-f]{6,}", re.IGNORECASE)

Place = tuple[str, ...]


def words_of(message: str) -> list[str]:
    """Return the words of a message."""
    words = (run.strip(".:!?-*♯") for run in _WORD.findall(message[:400].replace("#", "♯")))
    return [word for word in words if word][:48]


def shape_of(word: str) -> str:
    """Return a word with its digits as one #."""
    return "<hex>" if _HEX.fullmatch(word) else _DIGITS.sub("#", word)


def identifiers_of(messages: list[str]) -> list[list[int]]:
    """Return the places that hold identifiers, as codes, by how many lines have one and then by name."""
    at: dict[Place, dict[int, str]] = defaultdict(dict)
    for line, message in enumerate(messages):
        for place, word in _places(words_of(message)).items():
            at[place][line] = word
    found: list[list[int]] = []
    for place in sorted(at, key=lambda place: (-len(at[place]), place)):
        often = Counter(at[place].values())
        repeated = sum(count for count in often.values() if count > 1)
        if len(at[place]) >= max(8, 0.03 * len(messages)) and len(often) > 1 and 2 * repeated >= len(at[place]):
            order = list(often)
            codes = [order.index(at[place][line]) if line in at[place] else -1 for line in range(len(messages))]
            if codes not in found and len(found) < 24:
                found.append(codes)
    return found


def _places(words: list[str]) -> dict[Place, str]:
    places: dict[Place, str] = {}
    for number, word in enumerate(words):
        before, shape = words[number - 1] if number else "", shape_of(word)
        if number < 4:
            places["first", str(number)] = word
        if word != shape:
            places.setdefault(("shape", shape), word)
            places.setdefault(("after", before if before == shape_of(before) else "", shape), word)
    return places


def numbers_of(messages: list[str], kinds: list[int]) -> list[list[tuple[int, float, int]]]:
    """Return the numbers of each place in lines of one kind, by the first of each: line, value, and digits after the point."""
    found: dict[tuple[object, ...], list[tuple[int, float, int]]] = defaultdict(list)
    for line, (message, kind) in enumerate(zip(messages, kinds, strict=True)):
        words = words_of(message)
        shapes = [shape_of(word) for word in words]
        of_line = 0
        for place, (word, shape) in enumerate(zip(words, shapes, strict=True)):
            match = _NUMBER.fullmatch(word)
            if word != shape and match and of_line < 12:
                of_line += 1
                key = kind, place, shapes[place - 1] if place else "", shape
                found[key].append((line, abs(float(match[1])), len(match[2] or "")))
    return list(found.values())
