"""Bodies of the gate API as pydantic models, of which the OpenAPI document is made; and errors as problem+json (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from audit import AuditError, Conflict, Denied, InvalidRecord, NotFound, SignInFailed, StoreUnavailable, Tampered
from sparsemix import SparseMixError

MEDIA = "application/problem+json"
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="sparsemix"'}
_STATUS: tuple[tuple[type[AuditError], int], ...] = (
    (SignInFailed, 401),
    (Denied, 403),
    (NotFound, 404),
    (Conflict, 409),
    (InvalidRecord, 422),
)
# What is wrong with the server, its database and its files is for its log: the errors' own texts hold addresses and paths.
_OUT_OF_ORDER: tuple[tuple[type[Exception], str], ...] = (
    (StoreUnavailable, "the record cannot be used now; the log of the gate says why"),
    (Tampered, "the record is not what was recorded, and is not relied on; the log of the gate says where"),
    (SparseMixError, "the weights in use cannot be loaded; the log of the gate says why"),
)
_log = logging.getLogger(__name__)

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="SHA-256, hexadecimal")]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Problem(_Answer):
    """What went wrong (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str | None = Field(None, description="of a sequence that cannot be judged: why, as a word")


class Evidence(_Answer):
    """The selected pairs of one layer, as a file of the record."""

    layer: int
    sha256: Sha256
    pair_count: int
    certified_share: float = Field(description="share of queries of which it is proven that no pair was missed")


class Incident(_Answer):
    """Something that happened in the file; lines count from 1."""

    lead: list[int] = Field(description="lines to show, the one to show first in front")
    count: int = Field(description="how many lines belong to it")
    must_be_seen: bool
    terms: list[str] = Field(description="why it is shown, the strongest reason first")
    led_to_by: list[int] = Field(description="lines that led to it")
    new: bool | None = Field(description="of a kind that the last decision on its source did not have; null: no such decision")


class Facts(_Answer):
    """What was decided, on what, and by what."""

    name: str = Field(description="of the sequence, as it was submitted first")
    source: str | None = Field(description="line, machine or station that it comes from")
    sha256: Sha256
    events: int
    label: str
    probability: float
    threshold: float
    hold_reasons: list[str] = Field(description="why it was held when it was made")
    warnings: list[str]
    model: str
    weights_sha256: Sha256
    by_itself: bool = Field(
        description="the weights in use know too few of its words: it was judged by what it says about itself, by other weights"
    )
    incidents: list[Incident] = Field(description="what happened, best first; decisions made earlier have none")
    routine: list[Incident] = Field(description="incidents that people marked routine before, and that have not grown since")
    evidence: list[Evidence]
    decided_at: str
    entry: int = Field(description="its number in the log")
    queue: Literal["open", "disputed", "settled"]
    required_reviews: int
    due_at: str | None


class Log(_Answer):
    """What proves that the record was not put back or rewritten since the caller last asked. Hashes are base64; RFC 9162."""

    checkpoint: str | None = Field(
        default=None,
        description="signed note (c2sp.org/tlog-checkpoint) of the log as it is now, or the newest that there is",
    )
    consistency: list[str] | None = Field(
        default=None,
        description="proof that the checkpoint extends the log of ``since`` entries; null: it has fewer",
    )
    entry: str | None = Field(default=None, description="newest entry about the decision: the bytes that its hash is of, JSON")
    inclusion: list[str] | None = Field(default=None, description="proof that the entry is in the checkpoint's log")
    why: str | None = Field(default=None, description="why something is missing")


class Decision(_Answer):
    """A decision and its gate. Only ``released`` says whether it may be used."""

    id: str
    released: bool
    gate: Literal["released", "held", "rejected"] | None = Field(description="null: it could not be found out, and is closed")
    reason: str
    facts: Facts | None = Field(description="null: what is stored is not what was recorded")
    log: Log | None = Field(default=None, description="null: the gate was started without proofs")


class Failure(_Answer):
    """Why a sequence could not be judged."""

    code: str
    why: str


class Sequence(_Answer):
    """How far a sequence is."""

    sha256: Sha256
    state: Literal["queued", "judging", "decided", "failed"]
    decision: Decision | None = None
    failure: Failure | None = None


class Lot(_Answer):
    """All decisions on the sequences that were ever submitted under one name, whatever they were called first. ``released``:
    there is one at least, all are, no sequence is under way here, and none ``failed`` and was not decided since."""

    name: str
    released: bool
    reason: str
    under_way: int
    failed: int
    decisions: list[Decision]


class Health(_Answer):
    """The gate answers, and the record can be read."""

    status: Literal["ok"]


class Notified(_Answer):
    """One address that is notified: how many messages wait, how many were given up since the start."""

    host: str
    waiting: int
    given_up: int
    told_until: int = Field(description="number of the last entry of the log that was looked at")


class Status(_Answer):
    """How busy the gate is."""

    receiving: int = Field(description="sequences whose bytes are arriving")
    under_way: int
    capacity: int
    workers: int
    entries: int = Field(description="length of the log")
    notified: list[Notified]


class Unfit(Exception):  # noqa: N818 - describes the sequence
    """Raised for a sequence that cannot be judged: a code and the reader's sentence."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


class Full(Exception):  # noqa: N818 - describes the gate API
    """Raised when the limit of sequences under way is reached; ``seconds``: when to come back."""

    def __init__(self, seconds: int) -> None:
        super().__init__("as many sequences are under way as may be; come back later")
        self.seconds = seconds


def answer(status: int, detail: str, *, code: str | None = None, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return one problem as the response."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, code=code)
    return JSONResponse(body.model_dump(exclude_none=True), status, dict(headers or {}), media_type=MEDIA)


def _out_of_order(error: Exception) -> JSONResponse:
    """Answer that no caller can continue now, and log why."""
    _log.error("no answer: %s: %s", type(error).__name__, error)
    detail = next((text for kind, text in _OUT_OF_ORDER if isinstance(error, kind)), "the record cannot be used now")
    return answer(503, detail, headers={"Retry-After": "30"})


async def _problem(_request: Request, error: Exception) -> JSONResponse:
    match error:
        case HTTPException():
            return answer(error.status_code, str(error.detail), headers=error.headers)
        case RequestValidationError():
            problems = error.errors()[:5]
            detail = "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in problems)
            return answer(422, detail or "the request does not keep to the description")
        case Unfit():
            return answer(422, str(error), code=error.code)
        case Full():
            return answer(429, str(error), headers={"Retry-After": str(error.seconds)})
        case AuditError() | SparseMixError():
            # Without a status it is out of order; so are weights in use that this program cannot load.
            status = next((code for kind, code in _STATUS if isinstance(error, kind)), None)
            return answer(status, str(error), headers={401: CHALLENGE}.get(status)) if status else _out_of_order(error)
    _log.error("a fault of the program", exc_info=error)
    return answer(500, "a fault of the program; its log says more")


def handle(app: FastAPI) -> None:
    """Make the app answer every error as a problem."""
    for kind in (AuditError, SparseMixError, Unfit, Full, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _problem)
