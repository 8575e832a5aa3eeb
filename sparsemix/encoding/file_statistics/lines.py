"""Events as words, shapes and kinds, told by the file alone.

A word's *shape* is the word with its digits as one #, so that ``sshd[24200]`` and ``sshd[9]`` are alike. Events of equal shapes
have one *form*. Forms that Drain takes for one template are one *kind* (He, Zhu, Zheng, Lyu 2017, "Drain", ICWS; the library is
drain3).

Axis letters: N events, D different words, W words of all different texts one after another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoding.file_statistics.surprise import Codes
from sparsemix.encoding.matches import ranges
from sparsemix.encoding.tokens import numbered, numbered_words, spaces
from sparsemix.kernels import parallel

_BETWEEN = spaces(b"()[]{}<>\"'|,;=")
# A # in a shape stands for digits only, so one that the file itself holds becomes another character; alone it ends a text.
_END, _SHARP = "#", "♯"
_AT_THE_ENDS = f".:!?-*{_SHARP}"
_DIGITS = re.compile(r"[0-9０-９]+")
_HEX = re.compile(r"^(?:0x)?(?=[0-9a-f]*[0-9])(?=[0-9a-fx]*[a-f])[0-9a-f]{6,}$", re.IGNORECASE | re.MULTILINE)
# Beyond these, words no longer tell events apart, and a line of a megabyte costs no more than others.
_CHARACTERS, _WORDS = 400, 48
# Texts that are split at once.
_TEXTS = 8_192
# Most comparisons of a form with a template: four seconds; usual logs never reach it. Later forms are kinds of their own.
_MOST_WORK = 1_000_000
_SIMILAR = 0.5


@dataclass(frozen=True, slots=True)
class Lines:
    """N events: the codes [N] of the ``text``, ``form`` and ``kind`` of each; where its words ``begin`` in ``word`` [N], and
    how many they are (``length`` [N]). ``word`` int32 [W]: numbers among the ``words`` [D], of which the first is empty; of
    these the number of each one's ``shape`` [D], and whether it differs from the word (``varies`` [D]). ``shapes`` and
    ``forms``: by their numbers, as texts."""

    text: Codes
    form: Codes
    kind: Codes
    begin: Codes
    length: Codes
    word: NDArray[np.int32]
    words: list[str]
    shape: Codes
    varies: NDArray[np.bool_]
    shapes: list[str]
    forms: list[str]

    def __len__(self) -> int:
        return len(self.text)

    def at(self, events: Codes | int, place: Codes | int) -> NDArray[np.int32]:
        """Return the number of the word at a place of each event, which all of them have."""
        return np.asarray(self.word[self.begin[events] + place], np.int32)

    def with_words(self, kept: NDArray[np.bool_], events: Codes | None = None, most: int = _WORDS) -> tuple[Codes, Codes]:
        """Return the places in ``word`` of those words that are ``kept`` [D], of each event the first so many, and the event of
        each; of some ``events`` or of all."""
        of_event = np.arange(len(self)) if events is None else events
        known = np.flatnonzero(kept[self.word])
        begin = self.begin[of_event]
        low, high = np.searchsorted(known, begin), np.searchsorted(known, begin + self.length[of_event])
        count = np.minimum(high - low, most)
        return known[ranges(low, count)], np.repeat(of_event, count)

    def of(self, event: int) -> list[str]:
        """Return the words of an event."""
        return [self.words[word] for word in self.at(event, np.arange(self.length[event])).tolist()]


def read_lines(messages: Sequence[str], step: Callable[[float], None] | None = None) -> Lines:
    """Return the events with these messages as words, shapes and kinds; ``step`` as for `parallel.run`."""
    texts, text = numbered(messages)
    runs, run = list[str](), [np.zeros(0, np.int32)]
    parts = [partial(_runs, texts[start : start + _TEXTS]) for start in range(0, len(texts), _TEXTS)]
    for own, which in parallel.run(parts, step):
        run.append(which + np.int32(len(runs)))
        runs += own
    # What stands between words is found once for each spelling, such as ``ok`` and ``ok.``.
    words, word_of = numbered(["", _END, *(run.strip(_AT_THE_ENDS) for run in runs)])
    token = word_of[2:].astype(np.int32)[np.concatenate(run)]
    line, word = np.cumsum(token == 1, dtype=np.int32)[token > 1], token[token > 1]
    few = np.arange(len(line)) - np.searchsorted(line, np.arange(len(texts)))[line] < _WORDS
    line, word = line[few], word[few]
    pointer = np.append(0, np.bincount(line, minlength=len(texts)).cumsum())
    shaped = _DIGITS.sub("#", _HEX.sub("<hex>", "\n".join(words))).split("\n")
    shapes, shape = numbered(shaped)
    varies = np.array([one != other for one, other in zip(words, shaped, strict=True)], np.bool_)
    data = shape.astype(np.int32)[word].tobytes()
    alike, form = numbered(data[4 * one : 4 * end] for one, end in pairwise(pointer.tolist()))
    forms = [" ".join([shapes[place] for place in np.frombuffer(one, np.int32).tolist()]) for one in alike]
    begin, length = pointer[:-1][text], np.diff(pointer)[text]
    return Lines(text, form[text], _kinds(forms)[form][text], begin, length, word, words, shape, varies, shapes, forms)


def _runs(texts: Sequence[str]) -> tuple[list[str], NDArray[np.integer[Any]]]:
    return numbered_words((text[:_CHARACTERS].replace(_END, _SHARP) for text in texts), _BETWEEN, _END)


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
    return numbered(kinds)[1]
