"""Events as words, shapes and kinds, told by the file alone.

A word's *shape* is the word with its digits as one #, so that ``sshd[24200]`` and ``sshd[9]`` are alike. Events of equal shapes
have one *form*. Forms that Drain takes for one template are one *kind* (He, Zhu, Zheng, Lyu 2017, "Drain", ICWS; the library is
drain3).

Axis letters: N events.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sparsemix.encoding.file_statistics.surprise import Codes, codes_of

_WORD = re.compile(r"[^\s()\[\]{}<>\"'|,;=]+")
# A # in a shape stands for digits only, so one that the file itself holds becomes another character.
_SHARP = "♯"
_AT_THE_ENDS = f".:!?-*{_SHARP}"
_DIGITS = re.compile(r"[0-9０-９]+")
_HEX = re.compile(r"(?:0x)?(?=[0-9a-f]*[0-9])(?=[0-9a-fx]*[a-f])[0-9a-f]{6,}", re.IGNORECASE)
# Beyond these, words no longer tell events apart, and a line of a megabyte costs no more than others.
_CHARACTERS, _WORDS = 400, 48
# Most comparisons of a form with a template: four seconds; usual logs never reach it. Later forms are kinds of their own.
_MOST_WORK = 1_000_000
_SIMILAR = 0.5


@dataclass(frozen=True, slots=True)
class Lines:
    """N events: the ``words`` of each and their ``shapes``, and the codes [N] of its ``text``, ``form`` and ``kind``;
    ``forms``: the forms by their codes, as texts."""

    words: list[tuple[str, ...]]
    shapes: list[tuple[str, ...]]
    text: Codes
    form: Codes
    kind: Codes
    forms: list[str]


def read_lines(messages: Sequence[str]) -> Lines:
    """Return the events with these messages as words, shapes and kinds."""
    # Python's garbage collector stops looking at tuples of texts after one pass, and would visit lists at every full one.
    words_of: dict[str, tuple[str, ...]] = {}
    for message in messages:
        if message not in words_of:
            text = message[:_CHARACTERS].replace("#", _SHARP)
            words = [word for run in _WORD.findall(text) if (word := run.strip(_AT_THE_ENDS))]
            words_of[message] = tuple(words[:_WORDS])
    shapes_of = {message: tuple(map(shape, words)) for message, words in words_of.items()}
    words, shapes = ([known[message] for message in messages] for known in (words_of, shapes_of))
    texts = [" ".join(line) for line in shapes]
    form, forms = codes_of(texts)[0], list(dict.fromkeys(texts))
    return Lines(words, shapes, codes_of(messages)[0], form, _kinds(forms)[form], forms)


@lru_cache(maxsize=65_536)
def shape(word: str) -> str:
    """Return the word with its digits as one #; ``<hex>`` for a hexadecimal number of six digits and more."""
    if not _DIGITS.search(word):
        return word
    return "<hex>" if _HEX.fullmatch(word) else _DIGITS.sub("#", word)


def _kinds(forms: Sequence[str]) -> Codes:
    """Return the kind of every form, as codes."""
    from drain3.drain import Drain  # noqa: PLC0415 - not on the edge, where no file is judged by itself

    drain, work, kinds = Drain(sim_th=_SIMILAR), 0, []
    for number, form in enumerate(forms):
        work += 1 + len(drain.clusters)
        if work > _MOST_WORK:
            kinds.append(-number)
            continue
        masked = " ".join("<*>" if "#" in word or word == "<hex>" else word for word in form.split(" "))
        kinds.append(drain.add_log_message(masked or "empty")[0].cluster_id)
    return codes_of(kinds)[0] if forms else np.zeros(0, np.int64)
