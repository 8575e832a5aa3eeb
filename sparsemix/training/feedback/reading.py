"""The feedback set as the record exports it: a zip of ``feedback.json`` and the inputs of its decisions, ``inputs/SHA256``.

The file is not trusted, it may come from another organisation: sizes are checked before anything is unpacked, and each input
against its hash. The SHA-256 of ``feedback.json`` identifies the set; the record's own log entry names it.
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
_MAX_INPUTS = 2**30  # bytes, all of them together, each as often as a decision names it
_MAX_EVENTS = 5_000_000  # of all decisions together: some 2 GB of memory
_MAX_DECISIONS = 10_000
_VERDICTS = ("relevant", "spurious", "missing")


@dataclass(frozen=True, slots=True)
class Mark:
    """The reviewers' ``verdict`` on a pair of events ``query`` and ``key``, and how ``probable`` in (0, 1) it is that the
    verdict is right; verdict ``missing``: the model had not selected the pair."""

    query: int
    key: int
    verdict: str
    probable: float

    @property
    def relevant(self) -> float:
        """Return how probably the pair matters."""
        return 1.0 - self.probable if self.verdict == "spurious" else self.probable


@dataclass(frozen=True, slots=True)
class ReviewedDecision:
    """A reviewed decision: its ``id`` in the record, its events, its weights, the ``label`` that is likely right and how
    ``probable`` that is, and the marks on its pairs."""

    id: str
    sequence: TokenSequence
    input_sha256: str
    weights_sha256: str
    label: str
    probable: float
    marks: tuple[Mark, ...]

    @property
    def faulty(self) -> float:
        """Return how probably it is a fault, by the reviews."""
        # A corrected label may name the fault.
        return 1.0 - self.probable if self.label == "normal" else self.probable


@dataclass(frozen=True, slots=True)
class FeedbackSet:
    """The reviews up to an entry of the log: ``sha256`` of the set, the number of ``entries`` of the log and its ``root``, the
    number of ``reviewers``; ``left_out``: how many decisions did not fit into the set."""

    sha256: str
    entries: int
    root: str
    reviewers: int
    decisions: tuple[ReviewedDecision, ...]
    left_out: int = 0

    @property
    def marks(self) -> int:
        """Return the number of marks."""
        return sum(len(decision.marks) for decision in self.decisions)


def read_feedback(path: Path) -> FeedbackSet:
    """Read a file that ``python -m audit feedback`` wrote. Raises ``FeedbackError`` when the file is anything else."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise FeedbackError(
            f"{path} is not a feedback set: {error}; write one with python -m audit feedback --out F.zip"
        ) from error
    except OSError as error:
        raise FeedbackError(f"cannot read {path}: {error.strerror or error}") from error


def _read(archive: zipfile.ZipFile) -> FeedbackSet:
    sizes = {info.filename: info.file_size for info in archive.infolist()}
    if sizes.get(_CONTENT, _MAX_CONTENT + 1) > _MAX_CONTENT:
        raise FeedbackError(f"the file has no {_CONTENT}, or its {_CONTENT} is too large")
    if sum(sizes.values()) > _MAX_CONTENT + _MAX_INPUTS or len(sizes) > _MAX_DECISIONS + 1:
        raise FeedbackError(f"a feedback set has at most {_MAX_DECISIONS:,} inputs of {_MAX_INPUTS // 2**20:,} MiB together")
    content = archive.read(_CONTENT)
    try:
        content_json = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FeedbackError(f"{_CONTENT} is not JSON: {error}") from error
    if not isinstance(content_json, dict) or content_json.get("format") != FORMAT:
        raise FeedbackError(f"this version cannot read this feedback set; its format must be {FORMAT}")
    try:
        named = content_json["decisions"]
        _check_size(named, sizes)
        decisions = _decisions(archive, named, sizes)
        entries, root, reviewers = int(content_json["entries"]), str(content_json["root"]), len(content_json["reviewers"])
        left_out = int(content_json.get("left_out", 0))
    except (KeyError, TypeError, ValueError) as error:
        raise FeedbackError(f"the feedback set is incomplete: {type(error).__name__} {error}") from error
    if not decisions:
        raise FeedbackError("this feedback set has no reviewed decisions: review some decisions first")
    return FeedbackSet(sha256(content).hexdigest(), entries, root, reviewers, decisions, left_out)


def _check_size(decisions: list[Mapping[str, Any]], sizes: Mapping[str, int]) -> None:
    """Refuse more than a set may hold; an input that many decisions name is kept once for each of them."""
    named = sum(sizes.get(f"inputs/{entry['input_sha256']}", 0) for entry in decisions)
    if len(decisions) > _MAX_DECISIONS or named > _MAX_INPUTS:
        raise FeedbackError(
            f"a feedback set has at most {_MAX_DECISIONS:,} decisions, with inputs of {_MAX_INPUTS // 2**20:,} MiB together"
        )


def _decisions(
    archive: zipfile.ZipFile, named: list[Mapping[str, Any]], sizes: Mapping[str, int]
) -> tuple[ReviewedDecision, ...]:
    decisions, events = [], 0
    for entry in named:
        decisions.append(_decision(archive, entry, sizes))
        events += len(decisions[-1].sequence)
        if events > _MAX_EVENTS:
            raise FeedbackError(f"the decisions of a feedback set have at most {_MAX_EVENTS:,} events together")
    return tuple(decisions)


def _decision(archive: zipfile.ZipFile, entry: Mapping[str, Any], sizes: Mapping[str, int]) -> ReviewedDecision:
    digest, name, id = str(entry["input_sha256"]), str(entry["input_name"]), str(entry["id"])
    if sizes.get(f"inputs/{digest}", Limits().max_bytes + 1) > Limits().max_bytes:
        raise FeedbackError(f"the input of decision {id} is missing or too large")
    data = archive.read(f"inputs/{digest}")
    if sha256(data).hexdigest() != digest:
        raise FeedbackError(f"the input of decision {id} has another hash than the set says")
    try:
        options = FIRST_RULES if entry["reading"] is None else ReadOptions.from_payload(entry["reading"])
        sequence = read_bytes(data, name, options=options)
    except InputError as error:
        raise FeedbackError(f"the input of decision {id} cannot be read: {error}") from error
    marks = tuple(_mark(mark, len(sequence), id) for mark in entry["pairs"])
    return ReviewedDecision(
        id, sequence, digest, str(entry["weights_sha256"]), str(entry["label"]), _probability(entry["probability"]), marks
    )


def _mark(entry: Mapping[str, Any], events: int, id: str) -> Mark:
    query, key, verdict = entry["query"], entry["key"], entry["verdict"]
    inside = all(isinstance(place, int) and 0 <= place < events for place in (query, key))
    if not inside or verdict not in _VERDICTS:
        raise FeedbackError(f"decision {id}: a mark needs two of the {events:,} events and a verdict: {', '.join(_VERDICTS)}")
    return Mark(query, key, verdict, _probability(entry["probability"]))


def _probability(value: object) -> float:
    if not isinstance(value, int | float) or not 0.0 <= value <= 1.0 or math.isnan(value):
        raise FeedbackError(f"{value!r:.40} is no probability")
    return min(max(float(value), 1e-6), 1.0 - 1e-6)
