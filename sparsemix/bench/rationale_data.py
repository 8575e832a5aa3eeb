"""Posts with human rationales, as sequences of events, and how a choice of their words is scored.

The data: SemEval-2021 task 5, Pavlopoulos et al. 2021, "Toxic Spans Detection": posts in which people marked the characters
that are toxic, some none. A folder with ``tsd_train.csv``, ``tsd_trial.csv`` and ``tsd_test.csv``, each with the columns
``spans`` (a JSON list of character offsets) and ``text``.

A post becomes one event a word and one empty event after them, the *summary*, at which the verdict on the post is read. A word
counts as toxic when more than half of its characters are marked. What a reader may see of a word is its lower-case letters with
marks for its beginning and end, so that the encoder's character n-grams know where they stand.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparsemix.encoder import HashedEvents, encode
from sparsemix.errors import ConfigError
from sparsemix.sequence import Event, TokenSequence

PARTS = ("train", "trial", "test")
# A word may hold signs between its letters (sh*t, don't) and stars after them; other words are made of such signs alone (@#$%).
_WORD = re.compile(r"[^\W_]+(?:['’*@$!#&-]+[^\W_]+)*[*$]*|[*@#$%&!]{3,}")


@dataclass(frozen=True, slots=True)
class Post:
    """A post of W words: its ``text``, the offsets ``marked`` by people, ``starts`` and ``ends`` int64 [W] of its words, and
    whether each is ``toxic``, bool [W]."""

    text: str
    marked: frozenset[int]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    toxic: NDArray[np.bool_]

    @classmethod
    def of(cls, text: str, marked: frozenset[int]) -> Post:
        """Split a text into words."""
        places = [(found.start(), found.end()) for found in _WORD.finditer(text)]
        starts, ends = np.array(places, dtype=np.int64).reshape(-1, 2).T
        toxic = [2 * len(marked.intersection(range(start, end))) > end - start for start, end in places]
        return cls(text, marked, starts, ends, np.array(toxic, dtype=np.bool_))

    @property
    def words(self) -> list[str]:
        """The words in lower case."""
        return [self.text[start:end].lower() for start, end in zip(self.starts, self.ends, strict=True)]

    def without(self, words: NDArray[np.bool_]) -> Post:
        """The post as if the ``words`` [W] had never been written; nothing is marked in it."""
        stay = ~words
        return Post(self.text, frozenset(), self.starts[stay], self.ends[stay], np.zeros(int(stay.sum()), np.bool_))

    def sequence(self) -> TokenSequence:
        """W + 1 events, the summary last."""
        messages = [*(f"^{word}$" for word in self.words), ""]
        events = tuple(Event(message, message, None, None, None, 1) for message in messages)
        return TokenSequence("post", events, "log", "utf-8", (), {}, ())

    def hashed(self, features: int) -> HashedEvents:
        """The encoder's rows of these events."""
        return encode(self.sequence().events, features)

    def characters(self, chosen: NDArray[np.bool_], fill: bool) -> set[int]:
        """Offsets of the ``chosen`` words [W], with ``fill`` also of what lies between two neighbouring ones."""
        found: set[int] = set()
        for word in np.flatnonzero(chosen).tolist():
            joined = fill and word > 0 and bool(chosen[word - 1])
            found.update(range(int(self.ends[word - 1]) if joined else int(self.starts[word]), int(self.ends[word])))
        return found

    def f1(self, chosen: NDArray[np.bool_], fill: bool) -> float:
        """Character F1 of a choice of words, as the shared task defines it: 1 when nothing is marked and nothing chosen."""
        found = self.characters(chosen, fill)
        total = len(found) + len(self.marked)
        return 2.0 * len(found & self.marked) / total if total else 1.0


def load(folder: Path) -> dict[str, list[Post]]:
    """The posts of every part. Raises ConfigError that names the file and what to do about it."""
    return {part: _read(folder / f"tsd_{part}.csv") for part in PARTS}


def _read(path: Path) -> list[Post]:
    advice = (
        "--data-dir must lead to a folder with the files tsd_train.csv, tsd_trial.csv and tsd_test.csv of SemEval-2021 task 5"
    )
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            if not {"spans", "text"} <= set(rows.fieldnames or ()):
                raise ConfigError(f"{path} does not have the columns spans and text; {advice}")
            posts = [Post.of(row["text"] or "", _offsets(row, f"{path}, line {rows.line_num}")) for row in rows]
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}; {advice}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path} is no CSV file in UTF-8: {error}; {advice}") from error
    if not posts:
        raise ConfigError(f"{path} holds no posts; {advice}")
    return posts


def _offsets(row: dict[str, str], where: str) -> frozenset[int]:
    try:
        offsets = json.loads(row["spans"] or "")
    except (json.JSONDecodeError, RecursionError) as error:
        raise ConfigError(f"{where}: spans is no list of character offsets; download the file again") from error
    length = len(row["text"] or "")
    if not isinstance(offsets, list) or not all(type(offset) is int and 0 <= offset < length for offset in offsets):
        raise ConfigError(f"{where}: spans must be a list of offsets of the text's characters; download the file again")
    return frozenset(offsets)


def average_precision(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """Area under the precision-recall curve of ``scores`` [W] against ``truth`` [W], as a step function; words with the same
    score come in together. There must be a true one."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order])
    last = np.append(np.diff(scores[order]) != 0.0, True)
    precision, recall = hits[last] / (np.flatnonzero(last) + 1), hits[last] / hits[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def lexicon(posts: Sequence[Post], least: int = 3) -> dict[str, float]:
    """Share of a word's occurrences that are toxic, for words that are so at least ``least`` times."""
    total: dict[str, int] = {}
    toxic: dict[str, int] = {}
    for post in posts:
        for word, marked in zip(post.words, post.toxic.tolist(), strict=True):
            total[word] = total.get(word, 0) + 1
            toxic[word] = toxic.get(word, 0) + marked
    return {word: toxic[word] / count for word, count in total.items() if toxic[word] >= least}
