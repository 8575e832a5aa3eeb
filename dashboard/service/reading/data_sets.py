"""A data set as the app takes it: read as the shell reads it, within the app's limits, and its facts.

read_data_set(files, labels, ReadOptions(), None).facts
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from itertools import pairwise

import numpy as np

from dashboard.service.common.names import display_name
from dashboard.service.reading.diversity import Aspect, aspects, missing
from sparsemix.dataset import DataSet, Item, meaning, read_files, understood, with_labels
from sparsemix.dataset.item import labelled
from sparsemix.errors import InputError
from sparsemix.readers import ReadOptions
from sparsemix.readers.limits import MIB, Limits

MAX_FILES = 200
MAX_TOTAL_MB = 256
MOST_WORDS = 100
"""Labels to choose those from that mean normal."""
ENOUGH_SEQUENCES, FEWEST_PIECES = 20, 8
SHORTEST_PIECE, LONGEST_PIECE = 50, 200
"""Lines of a piece that a long log is cut into."""
_CUT = ("log", "events")
LIMITS = Limits(max_bytes=64 * MIB, max_unpacked=256 * MIB, max_lines=2_000_000, max_events=200_000, min_events=1)
"""Limits of one file: those of the app everywhere, except that one event is enough."""

File = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class LabelCount:
    """A label of sequences: as written, how often it occurs, and whether it means normal."""

    label: str
    times: int
    normal: bool


@dataclass(frozen=True, slots=True)
class DataSetFacts:
    """A data set's ``name`` and numbers: ``sequences``, ``events``, the ``shortest``, ``median`` and ``longest`` sequence in
    events; ``faulty`` and ``normal`` labelled sequences; ``marked`` steps of the ``steps`` that have labels of their own;
    whether ``labels_suffice`` to learn from; its ``notes``, the most frequent ``labels`` of sequences, the ``aspects`` by which
    it may be one-sided, and stations and shifts that never occur together (``lacking``)."""

    name: str
    sequences: int
    events: int
    shortest: int
    median: int
    longest: int
    faulty: int
    normal: int
    marked: int
    steps: int
    labels_suffice: bool
    notes: tuple[str, ...]
    labels: tuple[LabelCount, ...]
    aspects: tuple[Aspect, ...]
    lacking: tuple[tuple[str, str], ...]

    @property
    def labelled(self) -> int:
        """The number of sequences with a label."""
        return self.faulty + self.normal


@dataclass(frozen=True, slots=True)
class DataSetRead:
    """A data set that was read: its most frequent labels as written (``words``), and its ``facts``, or the ``error`` where it
    does not say which labels mean normal."""

    words: tuple[str, ...]
    facts: DataSetFacts | None
    error: InputError | None


def read_data_set(
    files: Sequence[File], labels: File | None, options: ReadOptions, normal: Sequence[str] | None
) -> DataSetRead:
    """Read a data set for its facts; ``normal``: the labels of which somebody said that they mean normal. Raises
    `InputError` as `read_own` does."""
    written = read_own(files, labels, options)
    words = tuple(label for label, _ in written.written.most_common(MOST_WORDS))
    try:
        return DataSetRead(words, facts_of(understood(written, normal), options.zone or UTC), None)
    except InputError as error:
        return DataSetRead(words, None, error)


def facts_of(data: DataSet, zone: tzinfo = UTC) -> DataSetFacts:
    """Count the facts of a data set; shifts and weekdays are in the time ``zone``."""
    lengths, labels, means = np.array([len(item) for item in data.items]), labelled(data.items), meaning(data)
    return DataSetFacts(
        data.name,
        len(data),
        data.events,
        int(lengths.min()),
        int(np.median(lengths)),
        int(lengths.max()),
        labels.faulty,
        labels.normal,
        labels.marked,
        labels.marked + labels.unmarked,
        labels.suffice,
        data.notes,
        tuple(LabelCount(label, times, means[label]) for label, times in data.labels.most_common(MOST_WORDS)),
        tuple(aspects(data, zone)),
        tuple(missing(data, zone)),
    )


def name_of(files: Sequence[File]) -> str:
    """Return one name for several files: that of the first one, and how many more there are."""
    first = min(safe(name) for name, _ in files)
    return first if len(files) == 1 else f"{first} + {len(files) - 1}"


def read_own(files: Sequence[File], labels: File | None, options: ReadOptions) -> DataSet:
    """Read the whole data set, with labels as written: ``understood`` says what they mean.

    A few long logs without labels are cut into pieces (`in_pieces`).

    Raises `InputError` for too many or too large files, and as ``read_files`` and ``with_labels``.
    """
    _check(files)
    # In the order of their names: the same files give the same hash, in whatever order they were uploaded.
    data = read_files(sorted((safe(name), content) for name, content in files), name_of(files), options, LIMITS)
    return in_pieces(data) if labels is None else with_labels(data, labels[1], safe(labels[0]), limits=LIMITS)


def in_pieces(data: DataSet) -> DataSet:
    """Cut fewer than 20 logs without labels into pieces of 50 to 200 lines, so that some can be held out to compare with.

    A piece has a twentieth of all lines, within these bounds; each log is cut into pieces of equal length. Where there would be
    fewer than eight pieces, nothing is cut. Only files whose lines are events are cut: JSON says itself what a sequence is, and
    the rows of a table of numbers are forecast from the rows before.
    """
    logs = all(item.label is None and item.steps is None and item.sequence.source_format in _CUT for item in data.items)
    if not logs or len(data) >= ENOUGH_SEQUENCES:
        return data
    length = min(max(data.events // ENOUGH_SEQUENCES, SHORTEST_PIECE), LONGEST_PIECE)
    pieces = [piece for item in data.items for piece in _cut_up(item, length)]
    if len(pieces) < FEWEST_PIECES or len(pieces) == len(data):
        return data
    return replace(data, items=tuple(pieces), notes=(*data.notes, f"pieces:{len(pieces)}"))


def _cut_up(item: Item, length: int) -> list[Item]:
    count = max(round(len(item) / length), 1)
    edges = [len(item) * number // count for number in range(count + 1)]
    return [item.part(start, stop) for start, stop in pairwise(edges)] if count > 1 else [item]


def _check(files: Sequence[File]) -> None:
    if len(files) > MAX_FILES:
        raise InputError(f"More than {MAX_FILES} files. Put them into one zip archive.", code="too_many_files", limit=MAX_FILES)
    if sum(len(content) for _, content in files) > MAX_TOTAL_MB * MIB:
        raise InputError(f"The files have more than {MAX_TOTAL_MB} MB together.", code="too_large", limit=MAX_TOTAL_MB * MIB)
    names = [safe(name) for name, _ in files]
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"Two files are called {twice[0]}. Rename one.", code="duplicate_id", id=twice[0])


def safe(name: str) -> str:
    """Return a file name with its ending that can neither leave its folder nor be hidden in it."""
    shown = display_name(name).lstrip(".") or "unnamed"
    stem, dot, ending = shown.rpartition(".")
    return f"{_cut(stem or ending, 180)}{dot}{_cut(ending, 36)}" if dot else _cut(shown, 180)


def _cut(text: str, most: int) -> str:
    """Cut to at most so many bytes: file systems count them, and a Japanese character has three."""
    return text.encode()[:most].decode(errors="ignore")
