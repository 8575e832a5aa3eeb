"""Outcomes of judging a file, by a program that judges many: what fails ends one file only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.service.decide.judging import FileJudgement

CRASHED, TOO_LONG, UNREADABLE, UNEXPECTED = "crashed", "too_long", "unreadable", "unexpected"
NOT_RECORDED, NOT_REACHED, CLOSED = "not_recorded", "not_reached", "closed_folder"
"""Codes that the recording program gives: the record cannot hold the decision; only the worker could not read the file; a
folder could not be opened."""


@dataclass(frozen=True, slots=True)
class FileFailure:
    """A file that could not be judged: a code and a sentence, with the ``values`` in the sentence, so that it can be
    translated. ``sha256`` names the bytes that failed; it is empty where the judging process never had them."""

    code: str
    why: str
    values: Mapping[str, str | int | float] = field(default_factory=dict)
    sha256: str = ""


Outcome = FileJudgement | FileFailure
