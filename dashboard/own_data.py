"""Somebody's own data set in the app: files that were dropped or made up, read as the shell reads them, and what was read.

    own = OwnData([("lots.jsonl", data)])
    own.read().data                    # a DataSet, or None and an error
    lay_out(own.files, folder)         # as files, for whoever reads them again

Data sets are read from files, so what was dropped is laid out in a folder that is removed again. No streamlit here.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from dashboard.pipeline import display_name
from sample_data import PlantConfig, generate
from sparsemix import InputError
from sparsemix.dataset import Columns, DataSet, read_dataset
from sparsemix.readers.limits import MIB, Limits

MAX_FILES = 200
MAX_TOTAL_MB = 256
LIMITS = Limits(max_bytes=64 * MIB, max_unpacked=256 * MIB, max_lines=2_000_000, max_events=200_000, min_events=1)
"""Of one file: as much as the app takes anywhere."""

_SAMPLE_NAME = "plant-logs.jsonl"
_SAMPLE_NORMAL, _SAMPLE_FAULTY, _SAMPLE_EVENTS = 60, 20, 192

File = tuple[str, bytes]


@dataclass(slots=True)
class OwnData:
    """Files by name and content, what their columns are where they are tables, and the data set that was read of them, or the
    error that says why none was. ``id`` tells it from another one."""

    files: tuple[File, ...]
    columns: Columns = field(default_factory=Columns)
    data: DataSet | None = None
    error: InputError | None = None
    id: str = field(default_factory=lambda: uuid4().hex)

    def read(self) -> OwnData:
        """Read once."""
        if self.data is None and self.error is None:
            try:
                self.data = read_files(self.files, self.columns)
            except InputError as error:
                self.error = error
        return self

    def with_columns(self, columns: Columns) -> OwnData:
        """The same files, their columns read otherwise."""
        return OwnData(self.files, columns)


def read_files(files: Sequence[File], columns: Columns) -> DataSet:
    """The whole data set. Raises InputError: of too many or too large files, and as ``read_dataset``."""
    _check(files)
    with tempfile.TemporaryDirectory(prefix="sparsemix-data-") as folder:
        return read_dataset(lay_out(files, Path(folder)), columns, LIMITS)


def lay_out(files: Sequence[File], folder: Path) -> Path:
    """Write the files below ``folder``; the path that is to be read: of the file, or of a folder with all of them."""
    names = [_safe(name) for name, _ in files]
    if len(files) == 1:
        path = folder / names[0]
        path.write_bytes(files[0][1])
        return path
    inside = folder / f"{names[0]} + {len(files) - 1}"
    inside.mkdir()
    for (_, content), name in zip(files, names, strict=True):
        (inside / name).write_bytes(content)
    return inside


def sample() -> File:
    """A made-up data set: logs of the simulated plant, three quarters of them normal, each with its label."""
    lines = []
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


def _check(files: Sequence[File]) -> None:
    if len(files) > MAX_FILES:
        raise InputError(f"More than {MAX_FILES} files. Put them into one zip archive.", code="too_many_files", limit=MAX_FILES)
    if sum(len(content) for _, content in files) > MAX_TOTAL_MB * MIB:
        raise InputError(f"The files have more than {MAX_TOTAL_MB} MB together.", code="too_large", limit=MAX_TOTAL_MB * MIB)
    names = [_safe(name) for name, _ in files]
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"Two files are called {twice[0]}. Rename one.", code="duplicate_id", id=twice[0])


def _safe(name: str) -> str:
    """A name for a file that cannot leave its folder nor be hidden in it, with its ending."""
    shown = display_name(name).lstrip(".") or "unnamed"
    stem, dot, ending = shown.rpartition(".")
    # A file system counts bytes, of which a Japanese sign takes three.
    return f"{(stem or ending)[:60]}{dot}{ending[:12]}" if dot else shown[:60]
