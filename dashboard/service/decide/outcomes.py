"""What becomes of a file that is judged: a judgement, or a failure with its code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.service.decide.pipeline import Judged

CRASHED, TOO_LONG, UNREADABLE, UNEXPECTED = "crashed", "too_long", "unreadable", "unexpected"
NOT_RECORDED, NOT_REACHED, CLOSED = "not_recorded", "not_reached", "closed_folder"
"""What whoever records says: the record cannot hold the decision; only the worker could not read the file; a folder."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A file that could not be judged: a code, a sentence, and the ``values`` in it, so that it can be said in other words;
    the ``sha256`` of the bytes that this is said of, empty where whoever judged never had them."""

    code: str
    why: str
    values: Mapping[str, str | int | float] = field(default_factory=dict)
    sha256: str = ""


Outcome = Judged | Failed
