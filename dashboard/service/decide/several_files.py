"""Several files at once: which files are taken, how each was read, and their analysis one after the other. No streamlit here.

    batch = UploadBatch()
    batch.add([Upload("1", "monday.log", data), Upload("2", "tuesday.log", more)])
    for file in batch.unread():
        file.read()
    analyse_all(batch.waiting(), decide, progress)     # decide(data, name, progress) -> the decision's id

A file that cannot be read or fails stays in the batch with the reason, and the others go on. Bytes are kept only until they are
decided on: a decided file is in the record.
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
from dashboard.service.common.names import display_name
from dashboard.service.common.worker import EXPECTED, Progress
from dashboard.service.reading.reader import ArchiveFile, read_file, unpack
from sparsemix import InputError, RunCancelled
from sparsemix.readers import ReadOptions

MAX_FILES = 50
MAX_TOTAL_MB = 512
_MB = 1_000_000

Decide = Callable[[bytes, str, Progress], str]
"""Decides on bytes with a name; returns the decision's id."""

_log = logging.getLogger(__name__)


class FileState(StrEnum):
    """The state of a file in a batch."""

    UNREAD = "unread"
    WAITING = "waiting"
    DECIDED = "decided"
    FAILED = "failed"
    UNREADABLE = "unreadable"
    SAME = "same"
    TOO_MANY = "too_many"
    TOO_LARGE = "too_large"


def is_archive(name: str) -> bool:
    """Return whether a file is an archive of others, by its name."""
    return name.lower().endswith(".zip")


def _guessed(_name: str) -> ReadOptions:
    return ReadOptions()


@dataclass(frozen=True, slots=True)
class FileFacts:
    """The result of reading a file: number of events, lines skipped by reason, and the codes of notes."""

    events: int
    skipped: Mapping[str, int]
    notes: tuple[str, ...]


class Upload(NamedTuple):
    """An uploaded file; ``id`` distinguishes it from another file with the same name."""

    id: str
    name: str
    data: bytes


@dataclass(slots=True, eq=False)
class BatchFile:
    """One file of a batch. ``upload``: the id of its upload; ``error``: why it cannot be read, or why its last run failed,
    logged under ``error_id`` if the program is at fault; ``same_as``: the name of another file with the same bytes; ``before``:
    when the record's newest decision on these bytes was made, empty where there is none.
    """

    upload: str
    name: str
    size: int
    sha256: str
    data: bytes | None = None
    state: FileState = FileState.UNREAD
    facts: FileFacts | None = None
    error: BaseException | None = None
    error_id: str = ""
    same_as: str = ""
    before: str = ""
    decision_id: str | None = None

    def read(self, how: Callable[[str], ReadOptions] = _guessed) -> None:
        """Read the file to show its facts, with the options that ``how`` gives for its name; an unreadable file is left out."""
        data = self.data
        if self.state is not FileState.UNREAD or data is None:
            return
        try:
            sequence = read_file(data, self.name, how(self.name)).sequence
        except InputError as error:
            self.error, self.data, self.state = error, None, FileState.UNREADABLE
            return
        skipped = {reason: count for reason, count in sequence.skipped_counts.items() if reason != "blank"}
        self.facts, self.state = FileFacts(len(sequence), skipped, sequence.notes), FileState.WAITING


def _left_out(upload: Upload, state: FileState, error: InputError | None = None) -> BatchFile:
    """Return a file that is not taken."""
    digest = sha256(upload.data).hexdigest()
    return BatchFile(upload.id, display_name(upload.name), len(upload.data), digest, state=state, error=error)


def _found(upload: Upload, packed: ArchiveFile) -> BatchFile:
    """Return a file of an archive."""
    error, state = packed.error, FileState.UNREAD if packed.error is None else FileState.UNREADABLE
    return BatchFile(upload.id, display_name(packed.name), packed.size, packed.sha256, packed.data, state, error=error)


@dataclass(slots=True)
class UploadBatch:
    """The uploaded files, in order. ``id`` ties their job to them."""

    files: list[BatchFile] = field(default_factory=list)
    id: str = field(default_factory=lambda: uuid4().hex)

    def add(self, uploads: Iterable[Upload]) -> None:
        """Take more files, within the limits; an archive counts as the files in it, of which a damaged one leaves the others
        alone; the same bytes are read once."""
        for upload in uploads:
            if is_archive(upload.name):
                self._unpack(upload)
            else:
                digest = sha256(upload.data).hexdigest()
                self._add(BatchFile(upload.id, display_name(upload.name), len(upload.data), digest, upload.data))

    def _unpack(self, upload: Upload) -> None:
        kept = self._kept()
        try:
            found = unpack(
                upload.data,
                display_name(upload.name),
                known=[file.sha256 for file in kept],
                room=MAX_TOTAL_MB * _MB - sum(file.size for file in kept),
                places=MAX_FILES - len(kept),
            )
        except InputError as error:
            self.files.append(_left_out(upload, FileState.UNREADABLE, error))
            return
        for packed in found:
            if packed.more:
                self.files.append(_left_out(upload, FileState.TOO_MANY))
            elif packed.error is not None:
                self.files.append(_found(upload, packed))
            else:
                self._add(_found(upload, packed))

    def _add(self, file: BatchFile) -> None:
        """Take a file whose bytes are there, unless another has the same ones or the limits are reached."""
        twin = next((known for known in self._kept() if known.sha256 == file.sha256), None)
        data, file.data = file.data, None
        if twin is not None:
            file.same_as, file.state = twin.name, FileState.SAME
        elif len(self._kept()) >= MAX_FILES:
            file.state = FileState.TOO_MANY
        elif data is None or sum(known.size for known in self._kept()) + file.size > MAX_TOTAL_MB * _MB:
            file.state = FileState.TOO_LARGE
        else:
            file.data = data
        self.files.append(file)

    def remove(self, ids: Collection[str]) -> None:
        """Remove these uploads, except decided files: those are in the record."""
        gone = [file for file in self.files if file.upload in ids and file.state is not FileState.DECIDED]
        self.files = [file for file in self.files if file not in gone]
        for file in gone:
            twin = next((other for other in self.files if other.state is FileState.SAME and other.sha256 == file.sha256), None)
            if twin is not None and file.data is not None:
                twin.data, twin.state, twin.facts, twin.same_as = file.data, file.state, file.facts, ""
                twin.error, twin.error_id = file.error, file.error_id

    def unread(self) -> list[BatchFile]:
        """Return the files that have not been read yet."""
        return [file for file in self.files if file.state is FileState.UNREAD]

    def waiting(self) -> list[BatchFile]:
        """Return the files that can be analysed; a failed file may be tried again."""
        return [file for file in self.files if file.state in (FileState.WAITING, FileState.FAILED)]

    def decided(self) -> list[BatchFile]:
        """Return the files with a decision."""
        return [file for file in self.files if file.state is FileState.DECIDED]

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return not self.unread() and not self.waiting()

    def _kept(self) -> list[BatchFile]:
        """Return the files that count towards the limits: those whose bytes are kept, and those with a decision."""
        return [file for file in self.files if file.data is not None or file.state is FileState.DECIDED]


def analyse_all(files: Sequence[BatchFile], decide: Decide, progress: Progress) -> int:
    """Decide on each file with ``decide``, in order; return how many were decided on.

    ``progress`` gets the share of all events and "number/of stage". A file that fails keeps its error, and the next one
    follows. Raises `RunCancelled` when ``progress`` does, and `Denied`, which every further file would meet as well; what was
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
                file.decision_id = decide(file.data, file.name, within)
                file.state, file.data, file.error = FileState.DECIDED, None, None
                decided += 1
        except (RunCancelled, Denied):
            raise
        except Exception as error:  # shown beside the file; the others go on
            if not isinstance(error, EXPECTED):
                file.error_id = uuid4().hex[:8]
                _log.error("error %s in a batch", file.error_id, exc_info=error)
            file.state, file.error = FileState.FAILED, error
        behind += size
    return decided
