"""Several files at once: which are taken, how each was read, and all of them analysed one after the other. No streamlit here.

    batch = Batch()
    batch.add([Upload("1", "monday.log", data), Upload("2", "tuesday.log", more)])
    for file in batch.unread():
        file.read()
    analyse_all(batch.waiting(), one, progress)        # one(data, name, progress) -> the decision's id

A file that cannot be read or fails stays with the reason, and the others go on. Bytes are kept until they are decided on and
no longer: a decided file is in the record.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple
from uuid import uuid4

from audit import Denied
from dashboard.service.common.worker import EXPECTED, Progress
from dashboard.service.decide.pipeline import display_name
from sparsemix import InputError, Limits, RunCancelled, read_bytes
from sparsemix.dataset.archive import packed_files
from sparsemix.readers import ReadOptions

MAX_FILES = 50
MAX_TOTAL_MB = 128
_MB = 1024 * 1024

One = Callable[[bytes, str, Progress], str]

_log = logging.getLogger(__name__)


class Standing(StrEnum):
    """Where a file of a batch stands."""

    UNREAD = "unread"
    WAITING = "waiting"
    DECIDED = "decided"
    FAILED = "failed"
    UNREADABLE = "unreadable"
    SAME = "same"
    TOO_MANY = "too_many"
    TOO_LARGE = "too_large"


def is_archive(name: str) -> bool:
    """Whether a file is a folder of others by its name."""
    return name.lower().endswith(".zip")


def _guessed(_name: str) -> ReadOptions:
    return ReadOptions()


@dataclass(frozen=True, slots=True)
class Facts:
    """How a file was read: its events, lines skipped by reason, and the codes of notes."""

    events: int
    skipped: Mapping[str, int]
    notes: tuple[str, ...]


class Upload(NamedTuple):
    """A file as it was dropped; ``id`` tells it from another one with the same name."""

    id: str
    name: str
    data: bytes


@dataclass(slots=True, eq=False)
class BatchFile:
    """One file of a batch. ``upload`` tells it from others of its name;
    ``error``: why it cannot be read, or why its last run failed, logged
    under ``error_id`` if it is a fault of the program; ``same_as``: the file with its bytes;
    ``before``: when the record's newest decision on these bytes was made, empty where there is none.
    """

    upload: str
    name: str
    size: int
    sha256: str
    data: bytes | None = None
    standing: Standing = Standing.UNREAD
    facts: Facts | None = None
    error: BaseException | None = None
    error_id: str = ""
    same_as: str = ""
    before: str = ""
    decision_id: str | None = None

    def read(self, how: Callable[[str], ReadOptions] = _guessed) -> None:
        """Read the file for what is said of it, ``how`` its name tells; one that cannot be read is left out."""
        data = self.data
        if self.standing is not Standing.UNREAD or data is None:
            return
        try:
            found = read_bytes(data, self.name, options=how(self.name))
        except InputError as error:
            self.error, self.data, self.standing = error, None, Standing.UNREADABLE
            return
        skipped = {reason: count for reason, count in found.skipped_counts.items() if reason != "blank"}
        self.facts, self.standing = Facts(len(found), skipped, found.notes), Standing.WAITING


def _left_out(upload: Upload, standing: Standing, error: InputError | None = None) -> BatchFile:
    """A file that is not taken."""
    digest = sha256(upload.data).hexdigest()
    return BatchFile(upload.id, display_name(upload.name), len(upload.data), digest, standing=standing, error=error)


@dataclass(slots=True)
class Batch:
    """The files that were dropped, in order. ``id`` ties their job to them."""

    files: list[BatchFile] = field(default_factory=list)
    id: str = field(default_factory=lambda: uuid4().hex)

    def add(self, uploads: Iterable[Upload]) -> None:
        """Take more files, within the limits, archives as the files that they hold; the same bytes are looked at once."""
        for upload in uploads:
            if not is_archive(upload.name):
                self._add(upload)
                continue
            try:
                for inner, content in packed_files(upload.data, display_name(upload.name), Limits()):
                    if len(self._kept()) >= MAX_FILES:
                        # What is left is not even unpacked.
                        self.files.append(_left_out(upload, Standing.TOO_MANY))
                        break
                    self._add(Upload(upload.id, inner, content))
            except InputError as error:
                self.files.append(_left_out(upload, Standing.UNREADABLE, error))

    def _add(self, upload: Upload) -> None:
        file = BatchFile(upload.id, display_name(upload.name), len(upload.data), sha256(upload.data).hexdigest())
        twin = next((known for known in self._kept() if known.sha256 == file.sha256), None)
        if twin is not None:
            file.same_as, file.standing = twin.name, Standing.SAME
        elif len(self._kept()) >= MAX_FILES:
            file.standing = Standing.TOO_MANY
        elif sum(known.size for known in self._kept()) + file.size > MAX_TOTAL_MB * _MB:
            file.standing = Standing.TOO_LARGE
        else:
            file.data = upload.data
        self.files.append(file)

    def remove(self, ids: Collection[str]) -> None:
        """Leave these uploads out, unless they were decided: then they are in the record."""
        gone = [file for file in self.files if file.upload in ids and file.standing is not Standing.DECIDED]
        self.files = [file for file in self.files if file not in gone]
        for file in gone:
            heir = next((one for one in self.files if one.standing is Standing.SAME and one.sha256 == file.sha256), None)
            if heir is not None and file.data is not None:
                heir.data, heir.standing, heir.facts, heir.same_as = file.data, file.standing, file.facts, ""

    def unread(self) -> list[BatchFile]:
        """The files that nobody has looked into yet."""
        return [file for file in self.files if file.standing is Standing.UNREAD]

    def waiting(self) -> list[BatchFile]:
        """The files that can be analysed and are not; a failed one may be tried again."""
        return [file for file in self.files if file.standing in (Standing.WAITING, Standing.FAILED)]

    def decided(self) -> list[BatchFile]:
        """The files with a decision."""
        return [file for file in self.files if file.standing is Standing.DECIDED]

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return not self.unread() and not self.waiting()

    def _kept(self) -> list[BatchFile]:
        return [file for file in self.files if file.data is not None or file.standing is Standing.DECIDED]


def analyse_all(files: Sequence[BatchFile], one: One, progress: Progress) -> int:
    """Have ``one`` decide on each file, in order; how many it decided on.

    ``progress`` is told the share of all events and "number/of stage". A file that fails keeps its error, and the next one
    follows. Raises RunCancelled when ``progress`` does, and Denied, which every further file would meet as well; what was
    decided until then stays decided.
    """
    events = [file.facts.events if file.facts else 1 for file in files]
    total, behind, decided = sum(events), 0, 0
    for number, (file, size) in enumerate(zip(files, events, strict=True), start=1):

        def within(share: float, stage: str, number: int = number, behind: int = behind, size: int = size) -> None:
            progress((behind + share * size) / total, f"{number}/{len(files)} {stage}")

        within(0.0, "read")
        try:
            if file.data is not None:
                file.decision_id = one(file.data, file.name, within)
                file.standing, file.data, file.error = Standing.DECIDED, None, None
                decided += 1
        except (RunCancelled, Denied):
            raise
        except Exception as error:  # told beside the file; the others are not to suffer from it
            if not isinstance(error, EXPECTED):
                file.error_id = uuid4().hex[:8]
                _log.error("error %s in a batch", file.error_id, exc_info=error)
            file.standing, file.error = Standing.FAILED, error
        behind += size
    return decided
