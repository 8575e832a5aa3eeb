"""Posts with human rationales, as sequences of events.

The data: SemEval-2021 task 5, Pavlopoulos et al. 2021, "Toxic Spans Detection": posts in which people marked the characters
that are toxic, some none. A folder with ``tsd_train.csv``, ``tsd_trial.csv`` and ``tsd_test.csv``, each with the columns
``spans`` (a JSON list of character offsets) and ``text``.

A post becomes one event a word and one empty event after them, the *summary*, at which the verdict on the post is read. A word
counts as toxic when more than half of its characters are marked. The encoder is given a word with marks for its beginning and
end, so that character n-grams know where they stand, and beside it the word as it may have been meant (``1d1ooot`` is read as
``idiot`` too), its beginning, and whether it was shouted.
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

from sparsemix.encoding.encoder import encode
from sparsemix.encoding.hashing import HashedEvents
from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.errors import ConfigError

PARTS = ("train", "trial", "test")
# A word may hold signs between its letters (sh*t, don't) and stars after them; other words are made of such signs alone (@#$%).
_WORD = re.compile(r"[^\W_]+(?:['’*@$!#&-]+[^\W_]+)*[*$]*|[*@#$%&!]{3,}")
_MEANT = str.maketrans("@$01357!", "asoiesti")
_REPEATED = re.compile(r"(.)\1+")
_PREFIX = 5


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
        places = [(match.start(), match.end()) for match in _WORD.finditer(text)]
        starts, ends = np.array(places, dtype=np.int64).reshape(-1, 2).T
        toxic = [2 * len(marked.intersection(range(start, end))) > end - start for start, end in places]
        return cls(text, marked, starts, ends, np.array(toxic, dtype=np.bool_))

    @property
    def words(self) -> list[str]:
        """The words in lower case."""
        return [self.text[start:end].lower() for start, end in zip(self.starts, self.ends, strict=True)]

    def without(self, words: NDArray[np.bool_]) -> Post:
        """Return the post without the ``words`` [W]; nothing is marked in it."""
        stay = ~words
        return Post(self.text, frozenset(), self.starts[stay], self.ends[stay], np.zeros(int(stay.sum()), np.bool_))

    def sequence(self) -> TokenSequence:
        """Return the W + 1 events of the post, the summary last."""
        words = [self.text[start:end] for start, end in zip(self.starts, self.ends, strict=True)]
        read = [*((word, _message(word)) for word in words), ("", "")]
        events = tuple(Event(text, message, None, None, None, 1) for text, message in read)
        return TokenSequence("post", events, "log", "utf-8", (), {}, ())

    def hashed(self, features: int) -> HashedEvents:
        """Encode these events."""
        return encode(self.sequence().events, features)


def _message(word: str) -> str:
    """Return the text that the encoder reads for a word."""
    lower = word.lower()
    parts = [f"^{lower}$", "~" + _REPEATED.sub(r"\1", lower.translate(_MEANT))]
    if len(lower) > _PREFIX:
        parts.append("^" + lower[:_PREFIX])
    if len(word) > 2 and word.isupper():
        parts.append("|CAPS")
    return " ".join(parts)


def load(folder: Path) -> dict[str, list[Post]]:
    """Read the posts of every part. Raises `ConfigError` that names the file and what to do about it."""
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
        raise ConfigError(f"{path} is not a CSV file in UTF-8: {error}; {advice}") from error
    if not posts:
        raise ConfigError(f"{path} holds no posts; {advice}")
    return posts


def _offsets(row: dict[str, str], where: str) -> frozenset[int]:
    try:
        offsets = json.loads(row["spans"] or "")
    except (json.JSONDecodeError, RecursionError) as error:
        raise ConfigError(f"{where}: spans is not a list of character offsets; download the file again") from error
    length = len(row["text"] or "")
    if not isinstance(offsets, list) or not all(type(offset) is int and 0 <= offset < length for offset in offsets):
        raise ConfigError(f"{where}: spans must be a list of offsets of the text's characters; download the file again")
    return frozenset(offsets)


def lexicon(posts: Sequence[Post], least: int = 3) -> dict[str, float]:
    """Return the share of a word's occurrences that are toxic, for words with at least ``least`` toxic occurrences."""
    total: dict[str, int] = {}
    toxic: dict[str, int] = {}
    for post in posts:
        for word, marked in zip(post.words, post.toxic.tolist(), strict=True):
            total[word] = total.get(word, 0) + 1
            toxic[word] = toxic.get(word, 0) + marked
    return {word: toxic[word] / count for word, count in total.items() if toxic[word] >= least}
