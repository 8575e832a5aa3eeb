"""A user's own data set in the app: uploaded or generated files, and the facts of the data set that is read from them.

    own = OwnData((("lots.jsonl", data),))
    own.read().facts                       # DataSetFacts, or None and an error
    own.read(ReadOptions(...))             # once more, with corrected options

The data set itself is never in the app: a child process reads it for its facts, and the process that learns reads it again.
No streamlit here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from uuid import uuid4

from dashboard.service.common.sources import source_of
from dashboard.service.reading.data_sets import DataSetFacts, File
from dashboard.service.reading.reader import read_data_set
from sample_data import PlantConfig, generate
from sparsemix import InputError
from sparsemix.readers import ReadOptions

_SAMPLE_NAME = "plant-logs.jsonl"
_SAMPLE_NORMAL, _SAMPLE_FAULTY, _SAMPLE_EVENTS = 60, 20, 192


@dataclass(slots=True)
class OwnData:
    """Files by name and content, ``labels`` in a file of their own, and the ``facts`` of the data set read from them with the
    options ``asked``, or the error that prevented this. ``normal``: the labels of which somebody said that they mean normal;
    ``words``: the most frequent labels, as written. ``id`` identifies it;
    ``origin``, ``options`` and ``round`` as in `dashboard.shared.session.ChosenFile`."""

    files: tuple[File, ...]
    labels: File | None = None
    normal: tuple[str, ...] | None = None
    asked: ReadOptions = field(default_factory=ReadOptions)
    facts: DataSetFacts | None = None
    words: tuple[str, ...] = ()
    error: InputError | None = None
    id: str = field(default_factory=lambda: uuid4().hex)
    origin: str = ""
    options: ReadOptions | None = None
    round: int = 0

    def __post_init__(self) -> None:
        self.origin = self.origin or source_of(min(name for name, _ in self.files))

    def read(self, asked: ReadOptions | None = None) -> OwnData:
        """Read the files once with these options; options that are not given are guessed."""
        wanted = asked or ReadOptions()
        if wanted != self.asked:
            self.asked = wanted
            self._reset()
        if self.facts is None and self.error is None:
            try:
                read = read_data_set(self.files, self.labels, self.asked, self.normal)
                self.words, self.facts, self.error = read.words, read.facts, read.error
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

    def take_as_normal(self, normal: tuple[str, ...]) -> None:
        """Take these labels as normal and all others as faulty; without any, their words decide again."""
        self.normal = normal or None
        self.facts = self.error = None

    def _reset(self) -> None:
        self.words = ()
        self.take_as_normal(())


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
