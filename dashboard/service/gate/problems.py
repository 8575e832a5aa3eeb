"""Errors as answers: problem+json (RFC 9457), and which error is which status."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from audit import AuditError, Conflict, Denied, InvalidRecord, NotFound, SignInFailed, StoreUnavailable
from dashboard.service.gate.schema import Problem
from sparsemix import SparseMixError

MEDIA = "application/problem+json"
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="sparsemix"'}
_STATUS: tuple[tuple[type[AuditError], int], ...] = (
    (SignInFailed, 401),
    (Denied, 403),
    (NotFound, 404),
    (Conflict, 409),
    (InvalidRecord, 422),
    (StoreUnavailable, 503),
)
_log = logging.getLogger(__name__)


class Unfit(Exception):  # noqa: N818 - it says what the sequence is
    """A sequence that cannot be judged: a code and the reader's sentence."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


class Full(Exception):  # noqa: N818 - it says what the gate is
    """As many sequences are under way as may be; ``seconds``: when to come back."""

    def __init__(self, seconds: int) -> None:
        super().__init__("as many sequences are under way as may be; come back later")
        self.seconds = seconds


def answer(status: int, detail: str, *, code: str | None = None, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """One problem."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, code=code)
    return JSONResponse(body.model_dump(exclude_none=True), status, dict(headers or {}), media_type=MEDIA)


def handle(app: FastAPI) -> None:
    """Have every error of the app answered so."""

    @app.exception_handler(AuditError)
    async def audit(_request: Request, error: Exception) -> JSONResponse:
        # A record that was tampered with is the server's trouble, and nobody can go on.
        status = next((code for kind, code in _STATUS if isinstance(error, kind)), 503)
        headers = {401: CHALLENGE, 503: {"Retry-After": "30"}}.get(status)
        return answer(status, str(error), headers=headers)

    @app.exception_handler(SparseMixError)
    async def model(_request: Request, error: Exception) -> JSONResponse:
        # Weights that a lead put to use and that this program cannot load.
        return answer(503, str(error), headers={"Retry-After": "30"})

    @app.exception_handler(Unfit)
    async def unfit(_request: Request, error: Exception) -> JSONResponse:
        return answer(422, str(error), code=getattr(error, "code", None))

    @app.exception_handler(Full)
    async def full(_request: Request, error: Exception) -> JSONResponse:
        return answer(429, str(error), headers={"Retry-After": str(getattr(error, "seconds", 1))})

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: Exception) -> JSONResponse:
        found = error.errors() if isinstance(error, RequestValidationError) else []
        said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found[:5])
        return answer(422, said or "the request does not keep to the description")

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, HTTPException):
            raise error
        return answer(error.status_code, str(error.detail), headers=error.headers)

    @app.exception_handler(Exception)
    async def unexpected(_request: Request, error: Exception) -> JSONResponse:
        _log.error("a fault of the program", exc_info=error)
        return answer(500, "a fault of the program; its log says more")
