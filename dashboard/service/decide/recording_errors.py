"""A decision into the record for a program that makes many of them: what the record refuses ends one of them, not the program.

entered = enter_once(judged, model=model, access=access, source="line4")   # its id; None: decided already; or `Failed`
"""

from __future__ import annotations

from hashlib import sha256

from audit import Access, Conflict, DecidedAlready, InvalidRecord
from dashboard.service.decide.outcomes import NOT_RECORDED, Failed
from dashboard.service.decide.pipeline import Judged, enter
from sparsemix import SparseMixModel


def enter_once(
    judged: Judged, *, model: SparseMixModel, access: Access, source: str, fresh: bool = True
) -> str | Failed | None:
    """Record a decision unless these bytes were decided by these weights before (None). `Failed`: the record cannot hold it,
    whenever it is tried. Raises AuditError where the record cannot be used, or was changed by others twice in a row."""

    def put() -> str:
        return enter(judged, model=model, access=access, source=source, once=True, fresh=fresh)

    try:
        try:
            return put()
        except DecidedAlready:
            raise
        except Conflict:
            # The stage of the roll-out changed, or a stored file was erased, between the look and the writing.
            return put()
    except DecidedAlready:
        # Another writer was faster.
        return None
    except InvalidRecord as error:
        why = f"the record cannot hold the decision: {error}"
        return Failed(NOT_RECORDED, why, sha256=sha256(judged.data).hexdigest())
