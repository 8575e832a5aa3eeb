"""A user's own data set in the app: uploaded or generated files, read as the shell reads them, and the data set with its facts.

    own = OwnData((("lots.jsonl", data),))
    own.read().data                        # a DataSet, or None and an error
    own.read(ReadOptions(...))             # once more, with corrected options

No streamlit here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from uuid import uuid4

import numpy as np

from dashboard.service.common.sources import source_of
from dashboard.service.decide.pipeline import display_name
from sample_data import PlantConfig, generate
from sparsemix import InputError
from sparsemix.dataset import DataSet, Item, read_files, understood, with_labels
from sparsemix.readers import ReadOptions
from sparsemix.readers.limits import MIB, Limits
from sparsemix.training.own_data.plan import labelled

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

_SAMPLE_NAME = "plant-logs.jsonl"
_SAMPLE_NORMAL, _SAMPLE_FAULTY, _SAMPLE_EVENTS = 60, 20, 192

File = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class DataSetFacts:
    """Numbers of a data set: ``sequences``, ``events``, the ``shortest``, ``median`` and ``longest`` sequence in events;
    ``faulty`` and ``normal`` labelled sequences; ``marked`` steps of the ``steps`` that have labels of their own; whether
    ``labels_suffice`` to learn from."""

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

    @property
    def labelled(self) -> int:
        """The number of sequences with a label."""
        return self.faulty + self.normal


def facts_of(data: DataSet) -> DataSetFacts:
    """Count the facts of a data set. This takes a moment for a large one, so callers store the result."""
    lengths, labels = np.array([len(item) for item in data.items]), labelled(data.items)
    return DataSetFacts(
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
    )


@dataclass(slots=True)
class OwnData:
    """Files by name and content, ``labels`` in a file of their own, and the data set read from them with the options ``asked``
    and its ``facts``, or the error that prevented this. ``normal``: the labels of which somebody said that they mean normal.
    ``id`` identifies it, ``version`` counts how often it was read anew;
    ``origin``, ``options`` and ``round`` as in `dashboard.shared.session.ChosenFile`."""

    files: tuple[File, ...]
    labels: File | None = None
    normal: tuple[str, ...] | None = None
    asked: ReadOptions = field(default_factory=ReadOptions)
    data: DataSet | None = None
    facts: DataSetFacts | None = None
    error: InputError | None = None
    id: str = field(default_factory=lambda: uuid4().hex)
    version: int = 0
    origin: str = ""
    options: ReadOptions | None = None
    round: int = 0
    _written: DataSet | None = None

    def __post_init__(self) -> None:
        self.origin = self.origin or source_of(min(name for name, _ in self.files))

    def read(self, asked: ReadOptions | None = None) -> OwnData:
        """Read the files once with these options; options that are not given are guessed."""
        wanted = asked or ReadOptions()
        if wanted != self.asked:
            self.asked = wanted
            self._reset()
        if self.data is None and self.error is None:
            try:
                self._written = self._written or read_own(self.files, self.labels, self.asked)
                self.data = understood(self._written, self.normal)
                self.facts = facts_of(self.data)
            except InputError as error:
                self.error = error
        return self

    def label_by(self, labels: File | None) -> None:
        """Use the labels of this file from now on."""
        self.labels = labels
        self._reset()

    @property
    def asks(self) -> bool:
        """Return whether somebody must say, or has said, which labels mean normal, because their words are not understood."""
        return self.normal is not None or (self.error is not None and self.error.code == "labels_not_understood")

    @property
    def words(self) -> tuple[str, ...]:
        """Return the most frequent labels, as written."""
        return tuple(label for label, _ in self._written.written.most_common(MOST_WORDS)) if self._written else ()

    def take_as_normal(self, normal: tuple[str, ...]) -> None:
        """Take these labels as normal and all others as faulty; without any, their words decide again."""
        self.normal = normal or None
        self.data = self.facts = self.error = None
        self.version += 1

    def _reset(self) -> None:
        self._written = None
        self.take_as_normal(())


def name_of(files: Sequence[File]) -> str:
    """Return one name for several files: that of the first one, and how many more there are."""
    first = min(safe(name) for name, _ in files)
    return first if len(files) == 1 else f"{first} + {len(files) - 1}"


def sample() -> File:
    """Generate a sample data set: logs of the simulated plant, three quarters of them normal, each with its label."""
    lines: list[str] = []
    for seed in range(_SAMPLE_NORMAL + 10 * _SAMPLE_FAULTY):
        faulty = len(lines) >= _SAMPLE_NORMAL
        log = generate(PlantConfig(events=_SAMPLE_EVENTS, fault_rate=0.5 if faulty else 0.0, pace=0.2), 1_000 + seed)
        # A log with a fault rate may still have no fault.
        if bool(log.label) is faulty:
            label = "fault" if faulty else "normal"
            lines.append(json.dumps({"id": f"{label}-{len(lines):02}", "events": list(log.lines), "label": label}))
        if len(lines) == _SAMPLE_NORMAL + _SAMPLE_FAULTY:
            break
    return _SAMPLE_NAME, ("\n".join(lines) + "\n").encode()


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
