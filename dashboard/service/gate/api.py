"""The routes of the gate API, and the app that serves them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from audit import Action, utc_now
from dashboard.service.common.sources import cleaned, source_of
from dashboard.service.decide.outcomes import FileFailure
from dashboard.service.gate import answers, schema
from dashboard.service.gate.callers import Caller
from dashboard.service.gate.gate_service import GateService
from dashboard.service.gate.queries import recorded_name, well_formed
from dashboard.service.gate.schema import MEDIA, Problem, Unfit, handle
from dashboard.service.gate.spool import Submission
from dashboard.service.gate.submissions import Room, SequenceJob
from sparsemix.readers import Limits

LONGEST_WAIT = 60  # seconds
_ABOUT = """Submit sequences, and ask whether they are released. A person decides on those that are held.

Addresses that the operator names are notified, after Standard Webhooks 1.0, of what the log says: `decision.made` and
`decision.gate_changed` (`decision`, `sha256`, `name`, `source`, `label`, `gate`, `before`, `entry`), and `sequence.failed`
(`sha256`, `name`, `code`, `why`, `weights_sha256`, `entry`). What fails without an entry of the log (codes `refused` and
`not_recorded`), and what fails again as it did before, is told only when it is asked for."""
_TEXT = "^[^\\x00-\\x1f\\x7f]*$"
_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_WHAT = {
    400: "the body ended early",
    401: "no token, or one that is wrong, revoked or has run out",
    403: "the token's role does not allow this",
    404: "there is none",
    408: "the body took too long",
    413: "the sequence is too large",
    422: "the request does not keep to this description, or the sequence cannot be judged (``code``)",
    429: "as many sequences are under way as may be; Retry-After says when to come back",
    503: "the record cannot be read, or cannot be relied on; or there is no room on the disk",
}
_BEARER = HTTPBearer(auto_error=False, description="`python -m audit token issue`")
Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of the sequence's bytes")]
Since = Annotated[
    int | None,
    Query(ge=1, lt=2**53, description="entries of the caller's last checkpoint, which the answer proves to be extended"),
]
Name = Annotated[
    str,
    Query(
        min_length=1,
        max_length=200,
        pattern=_TEXT,
        description="of the lot, exactly: no folders, no unprintable signs, no space at either end",
    ),
    AfterValidator(recorded_name),
]
Wait = Annotated[int, Query(ge=0, le=LONGEST_WAIT, description="seconds to wait for the decision before answering")]


async def _caller(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Caller:
    gate: GateService = request.app.state.gate
    return await run_in_threadpool(gate.callers.admit, given.credentials if given else None)


Asking = Annotated[Caller, Depends(_caller)]


class _Described(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """Return FastAPI's description of the routes, with errors under their own media type."""
        document = super().openapi()
        for operation in (operation for path in document["paths"].values() for operation in path.values()):
            for status, response in operation["responses"].items():
                if status >= "400" and "content" in response:
                    response["content"] = {MEDIA: next(iter(response["content"].values()))}
        return document


def build(gate: GateService) -> FastAPI:
    """Build the app. It closes ``gate`` when it stops."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(gate.submissions.start)
        for notifier in gate.notifiers:
            notifier.start()
        yield
        await run_in_threadpool(gate.close)

    app = _Described(
        title="SparseMix gate",
        version="1",
        description=_ABOUT,
        lifespan=lifespan,
        dependencies=[Depends(well_formed)],
        openapi_url="/v1/openapi.json",
        redirect_slashes=False,  # the answer would name whatever host the caller named
        # These pages would fetch scripts from the network.
        docs_url=None,
        redoc_url=None,
    )
    app.state.gate = gate
    handle(app)
    _sequence_routes(app, gate)
    _answer_routes(app, gate)
    return app


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Problem, "description": _WHAT[status]} for status in statuses}


def _sequence_routes(app: FastAPI, gate: GateService) -> None:
    @app.post(
        "/v1/sequences",
        openapi_extra={"requestBody": {"required": True, "content": _BYTES}},
        responses={
            202: {"model": schema.Sequence, "description": "accepted, not decided yet; Location says where to ask"},
            **_problems(400, 401, 403, 408, 413, 422, 429, 503),
        },
    )
    async def submit(
        request: Request,
        response: Response,
        caller: Asking,
        name: Name,
        source: Annotated[
            str | None, Query(max_length=80, pattern=_TEXT, description="line or machine; default: what the name tells")
        ] = None,
        wait: Wait = 0,
        since: Since = None,
        again: Annotated[bool, Query(description="judge once more what failed before")] = False,
    ) -> schema.Sequence:
        """Submit a sequence: the bytes of a log, a table or JSON lines. The same bytes are decided once by the same weights."""
        await run_in_threadpool(caller.access.require, Action.ANALYSE, "gate")

        def accepted(part: FilePath, digest: str, room: Room) -> SequenceJob | FileFailure | str:
            found = answers.recorded(gate, caller, digest)
            if found is not None and not (again and isinstance(found, FileFailure)):
                caller.access.lots.note(name, digest)
                return found
            origin = cleaned(source) if source else source_of(name)
            job = gate.submissions.put(part, Submission(digest, name, origin, caller.token_sha256, utc_now()), room)
            if job.submission.name != name:
                caller.access.lots.note(name, digest)
            return job

        with gate.submissions.slot(caller.token_sha256) as room:
            try:
                async with gate.spool.received(request, Limits().max_bytes) as (part, digest):
                    standing = await run_in_threadpool(accepted, part, digest, room)
            except ClientDisconnect as error:
                raise HTTPException(400, _WHAT[400]) from error
            except OSError as error:  # a full disk: nothing was accepted
                raise HTTPException(503, f"the sequence cannot be kept: {error.strerror}", {"Retry-After": "30"}) from error
        sequence = await _sequence(gate, digest, standing, wait, since)
        if sequence.failure is not None:
            raise Unfit(sequence.failure.code, sequence.failure.why)
        if sequence.decision is None:
            response.status_code = 202
            response.headers["Location"] = f"/v1/sequences/{digest}"
        return sequence

    @app.get("/v1/sequences/{sha256}", responses=_problems(401, 403, 404, 422, 503))
    async def ask(caller: Asking, sha256: Digest, wait: Wait = 0, since: Since = None) -> schema.Sequence:
        """How far a sequence is, with its decision once there is one."""
        await run_in_threadpool(caller.access.require, Action.READ, "gate")
        job = gate.submissions.get(sha256)
        standing = job if job is not None else await run_in_threadpool(answers.known, gate, caller, sha256)
        if standing is None:
            raise HTTPException(404, "this gate knows nothing of these bytes")
        return await _sequence(gate, sha256, standing, wait, since)


def _answer_routes(app: FastAPI, gate: GateService) -> None:
    @app.get("/v1/decisions/{id}", responses=_problems(401, 403, 404, 422, 503))
    def decision(
        caller: Asking,
        id: Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="of the decision")],
        since: Since = None,
    ) -> schema.Decision:
        """May this decision be used, and what was decided."""
        caller.access.require(Action.READ, "gate")
        return answers.decision(gate, id, since)

    @app.get("/v1/lots", responses=_problems(401, 403, 404, 422, 503))
    def lot(
        caller: Asking,
        name: Name,
        since: Since = None,
    ) -> schema.Lot:
        """Is a lot released: all sequences that were ever submitted under this very name, whatever they were called first."""
        return answers.lot(gate, caller, name, since)

    @app.get("/v1/status", responses=_problems(401, 403, 422, 503))
    def status(caller: Asking) -> schema.Status:
        """How busy the gate is, and whom it could not notify."""
        return answers.status(gate, caller)

    @app.get("/v1/health", responses=_problems(422, 503))
    def health() -> schema.Health:
        """Is the gate there, and can it read the record. Without a token."""
        gate.store.log_size()
        return schema.Health(status="ok")


async def _sequence(
    gate: GateService, digest: str, standing: SequenceJob | FileFailure | str, wait: int, since: int | None
) -> schema.Sequence:
    """Return a sequence as it is after at most ``wait`` seconds."""
    if isinstance(standing, SequenceJob):
        if wait:
            await asyncio.wait([asyncio.wrap_future(standing.done)], timeout=wait)
        if not standing.done.done():
            return schema.Sequence(sha256=digest, state="judging" if standing.judging else "queued")
        standing = standing.done.result()
    return await run_in_threadpool(answers.sequence, gate, digest, standing, since)
