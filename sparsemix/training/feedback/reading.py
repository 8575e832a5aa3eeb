"""The feedback set as it leaves the record: a zip of ``feedback.json`` and the inputs it speaks of, under ``inputs/SHA256``.

It comes from another room, perhaps from another house: everything is checked, sizes before anything is unpacked, and each
input against its hash. The set is known by the SHA-256 of ``feedback.json``, which the record's own entry names.
"""

from __future__ import annotations

import json
import math
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import FeedbackError, InputError
from sparsemix.readers import Limits, read_bytes
from sparsemix.readers.options import FIRST_RULES, ReadOptions

FORMAT = "sparsemix-feedback-1"
_CONTENT = "feedback.json"
_MAX_CONTENT = 64 * 2**20
_MAX_INPUTS = 2**30  # bytes, all of them together
_MAX_DECISIONS = 10_000
_VERDICTS = ("relevant", "spurious", "missing")


@dataclass(frozen=True, slots=True)
class Mark:
    """A reviewer's word on a pair of events ``query`` and ``key``, and how ``probable`` in (0, 1) it is that it is right;
    ``missing``: the model had not selected it."""

    query: int
    key: int
    verdict: str
    probable: float

    @property
    def relevant(self) -> float:
        """How probably the pair matters."""
        return 1.0 - self.probable if self.verdict == "spurious" else self.probable


@dataclass(frozen=True, slots=True)
class ReviewedDecision:
    """A decision that people have reviewed: its ``id`` in the record, its events, by which weights it was made, the ``label``
    that is likely right and how ``probable`` that is, and what was said of its pairs."""

    id: str
    sequence: TokenSequence
    input_sha256: str
    weights_sha256: str
    label: str
    probable: float
    marks: tuple[Mark, ...]

    @property
    def faulty(self) -> float:
        """How probably it is a fault, by what people said."""
        # A corrected label may name the fault.
        return 1.0 - self.probable if self.label == "normal" else self.probable


@dataclass(frozen=True, slots=True)
class FeedbackSet:
    """What people said, up to an entry of the log: ``sha256`` of the set, how many ``entries`` the log had and its ``root``,
    how many ``reviewers`` there are; ``left_out``: how many decisions did not fit into it."""

    sha256: str
    entries: int
    root: str
    reviewers: int
    decisions: tuple[ReviewedDecision, ...]
    left_out: int = 0

    @property
    def marks(self) -> int:
        """How many pairs were spoken of."""
        return sum(len(one.marks) for one in self.decisions)


def read_feedback(path: Path) -> FeedbackSet:
    """Read what ``python -m audit feedback`` wrote. Raises FeedbackError for anything else."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise FeedbackError(
            f"{path} is no feedback set: {error}; write one with python -m audit feedback --out F.zip"
        ) from error
    except OSError as error:
        raise FeedbackError(f"cannot read {path}: {error.strerror or error}") from error


def _read(archive: zipfile.ZipFile) -> FeedbackSet:
    sizes = {info.filename: info.file_size for info in archive.infolist()}
    if sizes.get(_CONTENT, _MAX_CONTENT + 1) > _MAX_CONTENT:
        raise FeedbackError(f"there is no {_CONTENT} in it, or a too large one")
    if sum(sizes.values()) > _MAX_CONTENT + _MAX_INPUTS or len(sizes) > _MAX_DECISIONS + 1:
        raise FeedbackError(f"a feedback set has at most {_MAX_DECISIONS:,} inputs of {_MAX_INPUTS // 2**20:,} MiB together")
    content = archive.read(_CONTENT)
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FeedbackError(f"{_CONTENT} is not JSON: {error}") from error
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise FeedbackError(f"not a feedback set that is understood here; its format must be {FORMAT}")
    try:
        decisions = tuple(_decision(archive, one, sizes) for one in said["decisions"])
        entries, root, reviewers = int(said["entries"]), str(said["root"]), len(said["reviewers"])
        left_out = int(said.get("left_out", 0))
    except (KeyError, TypeError, ValueError) as error:
        raise FeedbackError(f"the feedback set is not whole: {type(error).__name__} {error}") from error
    if not decisions:
        raise FeedbackError("nobody has said anything in this feedback set")
    return FeedbackSet(sha256(content).hexdigest(), entries, root, reviewers, decisions, left_out)


def _decision(archive: zipfile.ZipFile, said: Mapping[str, Any], sizes: Mapping[str, int]) -> ReviewedDecision:
    digest, name, id = str(said["input_sha256"]), str(said["input_name"]), str(said["id"])
    if sizes.get(f"inputs/{digest}", Limits().max_bytes + 1) > Limits().max_bytes:
        raise FeedbackError(f"the input of decision {id} is not there, or too large")
    data = archive.read(f"inputs/{digest}")
    if sha256(data).hexdigest() != digest:
        raise FeedbackError(f"the input of decision {id} has another hash than the set says")
    try:
        options = FIRST_RULES if said["reading"] is None else ReadOptions.from_payload(said["reading"])
        sequence = read_bytes(data, name, options=options)
    except InputError as error:
        raise FeedbackError(f"the input of decision {id} cannot be read: {error}") from error
    marks = tuple(_mark(one, len(sequence), id) for one in said["pairs"])
    return ReviewedDecision(
        id, sequence, digest, str(said["weights_sha256"]), str(said["label"]), _probability(said["probability"]), marks
    )


def _mark(said: Mapping[str, Any], events: int, id: str) -> Mark:
    query, key, verdict = said["query"], said["key"], said["verdict"]
    inside = all(isinstance(place, int) and 0 <= place < events for place in (query, key))
    if not inside or verdict not in _VERDICTS:
        raise FeedbackError(f"decision {id}: a mark is about two of the {events:,} events there are, one of {_VERDICTS}")
    return Mark(query, key, verdict, _probability(said["probability"]))


def _probability(said: object) -> float:
    if not isinstance(said, int | float) or not 0.0 <= said <= 1.0 or math.isnan(said):
        raise FeedbackError(f"{said!r:.40} is no probability")
    return min(max(float(said), 1e-6), 1.0 - 1e-6)
