"""Outcomes of judging a file, and how a program that judges many files records them: a refused record ends one file only.

entered = enter_once(judged, model=model, access=access, source="line4")   # its id; None: decided already; or `FileFailure`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from audit import Access, Conflict, DecidedAlready, InvalidRecord
from dashboard.service.decide.decision_record import FileJudgement
from dashboard.service.decide.pipeline import enter
from sparsemix import SparseMixModel

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


def enter_once(
    judged: FileJudgement, *, model: SparseMixModel, access: Access, source: str, fresh: bool = True
) -> str | FileFailure | None:
    """Record a decision unless these weights have decided on these bytes before (None).

    Returns `FileFailure` where the record can never hold the decision. Raises `AuditError` when the record cannot be used, or
    when others changed it twice in a row.
    """

    def put() -> str:
        return enter(judged, model=model, access=access, source=source, once=True, fresh=fresh)

    try:
        try:
            return put()
        except DecidedAlready:
            raise
        except Conflict:
            # The stage of the roll-out changed, or a stored file was erased, after `enter` read them and before it wrote.
            return put()
    except DecidedAlready:
        # Another writer was faster.
        return None
    except InvalidRecord as error:
        why = f"the record cannot hold the decision: {error}"
        return FileFailure(NOT_RECORDED, why, sha256=sha256(judged.data).hexdigest())
