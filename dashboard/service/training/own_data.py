"""Somebody's own data set in the app: files that were dropped or made up, read as the shell reads them, and what was read.

    own = OwnData((("lots.jsonl", data),))
    own.read().data                        # a DataSet, or None and an error
    own.read(ReadOptions(...))             # once more: somebody corrected how it is read

No streamlit here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import numpy as np

from dashboard.service.common.sources import source_of
from dashboard.service.decide.pipeline import display_name
from sample_data import PlantConfig, generate
from sparsemix import InputError
from sparsemix.dataset import DataSet, read_files, with_labels
from sparsemix.readers import ReadOptions
from sparsemix.readers.limits import MIB, Limits
from sparsemix.training.own_data.plan import labelled

MAX_FILES = 200
MAX_TOTAL_MB = 256
LIMITS = Limits(max_bytes=64 * MIB, max_unpacked=256 * MIB, max_lines=2_000_000, max_events=200_000, min_events=1)
"""Of one file: as much as the app takes anywhere."""

_SAMPLE_NAME = "plant-logs.jsonl"
_SAMPLE_NORMAL, _SAMPLE_FAULTY, _SAMPLE_EVENTS = 60, 20, 192

File = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Facts:
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
        """Sequences of which it is known whether something is wrong with them."""
        return self.faulty + self.normal


def facts_of(data: DataSet) -> Facts:
    """Count. Of a large set this takes a moment: whoever shows it keeps it."""
    lengths, found = np.array([len(item) for item in data.items]), labelled(data.items)
    return Facts(
        len(data),
        data.events,
        int(lengths.min()),
        int(np.median(lengths)),
        int(lengths.max()),
        found.faulty,
        found.normal,
        found.marked,
        found.marked + found.unmarked,
        found.suffice,
    )


@dataclass(slots=True)
class OwnData:
    """Files by name and content, ``labels`` in a file of their own, and the data set that was read of them as ``asked`` with
    its ``facts``, or the error that says why none was. ``id`` tells it from another one, ``version`` from itself as it was read
    before; ``origin``, ``options`` and ``round`` as of a file that is analysed (`dashboard.shared.session`)."""

    files: tuple[File, ...]
    labels: File | None = None
    asked: ReadOptions = field(default_factory=ReadOptions)
    data: DataSet | None = None
    facts: Facts | None = None
    error: InputError | None = None
    id: str = field(default_factory=lambda: uuid4().hex)
    version: int = 0
    origin: str = ""
    options: ReadOptions | None = None
    round: int = 0

    def __post_init__(self) -> None:
        self.origin = self.origin or source_of(min(name for name, _ in self.files))

    def read(self, asked: ReadOptions | None = None) -> OwnData:
        """Read once by what is said; what is not said is guessed."""
        wanted = asked or ReadOptions()
        if wanted != self.asked:
            self.asked = wanted
            self._anew()
        if self.data is None and self.error is None:
            try:
                self.data = read_own(self.files, self.labels, self.asked)
                self.facts = facts_of(self.data)
            except InputError as error:
                self.error = error
        return self

    def label_by(self, labels: File | None) -> None:
        """From now on with the labels of this file."""
        self.labels = labels
        self._anew()

    def _anew(self) -> None:
        self.data = self.facts = self.error = None
        self.version += 1


def name_of(files: Sequence[File]) -> str:
    """The name of files taken together: the first one's, and how many more there are."""
    first = min(safe(name) for name, _ in files)
    return first if len(files) == 1 else f"{first} + {len(files) - 1}"


def sample() -> File:
    """A made-up data set: logs of the simulated plant, three quarters of them normal, each with its label."""
    lines: list[str] = []
    for seed in range(_SAMPLE_NORMAL + 10 * _SAMPLE_FAULTY):
        faulty = len(lines) >= _SAMPLE_NORMAL
        log = generate(PlantConfig(events=_SAMPLE_EVENTS, fault_rate=0.5 if faulty else 0.0, pace=0.2), 1_000 + seed)
        # Where faults are possible, none need have happened.
        if bool(log.label) is faulty:
            label = "fault" if faulty else "normal"
            lines.append(json.dumps({"id": f"{label}-{len(lines):02}", "events": list(log.lines), "label": label}))
        if len(lines) == _SAMPLE_NORMAL + _SAMPLE_FAULTY:
            break
    return _SAMPLE_NAME, ("\n".join(lines) + "\n").encode()


def read_own(files: Sequence[File], labels: File | None, options: ReadOptions) -> DataSet:
    """The whole data set. Raises InputError: of too many or too large files, and as ``read_files`` and ``with_labels``."""
    _check(files)
    # In the order of their names: the same files give the same hash, however they were dropped.
    data = read_files(sorted((safe(name), content) for name, content in files), name_of(files), options, LIMITS)
    return data if labels is None else with_labels(data, labels[1], safe(labels[0]), limits=LIMITS)


def _check(files: Sequence[File]) -> None:
    if len(files) > MAX_FILES:
        raise InputError(f"More than {MAX_FILES} files. Put them into one zip archive.", code="too_many_files", limit=MAX_FILES)
    if sum(len(content) for _, content in files) > MAX_TOTAL_MB * MIB:
        raise InputError(f"The files have more than {MAX_TOTAL_MB} MB together.", code="too_large", limit=MAX_TOTAL_MB * MIB)
    names = [safe(name) for name, _ in files]
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"Two files are called {twice[0]}. Rename one.", code="duplicate_id", id=twice[0])


def safe(name: str) -> str:
    """A name for a file that cannot leave its folder nor be hidden in it, with its ending."""
    shown = display_name(name).lstrip(".") or "unnamed"
    stem, dot, ending = shown.rpartition(".")
    # A file system counts bytes, of which a Japanese sign takes three.
    return f"{(stem or ending)[:60]}{dot}{ending[:12]}" if dot else shown[:60]
