"""A gate for tests: a record with an administrator, programs with tokens, and a judge in this very process."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

import httpx2
import uvicorn
from fastapi import FastAPI

from audit import Access, AuditStore, Role
from audit.people import sessions
from dashboard.service.batch.engines import Judge, Task
from dashboard.service.decide.outcomes import Outcome
from dashboard.service.decide.weights_used import JudgingWeights
from dashboard.service.gate.api import build
from dashboard.service.gate.callers import Callers
from dashboard.service.gate.gate_service import GateService
from dashboard.service.gate.proofs import Proofs
from dashboard.service.gate.spool import Spool
from dashboard.service.gate.submissions import Submissions
from dashboard.service.gate.webhooks import Notifier
from dashboard.service.web.connections import LIMITS
from tests.support.audit.team import maker_of_accounts


class InlineJudge:
    """A judge without a process of its own. It waits while ``open`` is not set, and breaks as a process does when it is closed
    meanwhile."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.judged: list[str] = []
        self._closed = False
        self._judges: dict[Path, Judge] = {}

    def get_ready(self, weights: Path) -> Future[None]:
        self._judges[weights] = Judge(weights)
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def __call__(self, task: Task, weights: Path) -> Outcome:
        assert self.open.wait(60)
        if self._closed:
            raise BrokenProcessPool("closed")
        self.judged.append(task.name)
        return self._judges.setdefault(weights, Judge(weights))(task)

    def close(self) -> None:
        self._closed = True
        self.open.set()


def administrator(store: AuditStore) -> Access:
    """Create the first account without a password."""
    with store.database.write() as connection:
        made = sessions.create(
            store.database,
            connection,
            maker_of_accounts(store, connection),
            login="root",
            name="Root",
            roles=(Role.ADMIN, Role.LEAD, Role.REVIEWER),
            password=None,
        )
        return store.access(sessions.open_session(store.database, connection, made, "password (argon2id)").token)


def app_of(
    store: AuditStore,
    weights: Path,
    state: Path,
    *,
    judge: InlineJudge | None = None,
    capacity: int = 64,
    notifiers: Sequence[Notifier] = (),
    proofs: Proofs | None = None,
) -> FastAPI:
    """Build a gate on this record."""
    spool = Spool(state)

    def recorded() -> None:
        for notifier in notifiers:
            notifier.look()

    submissions = Submissions(
        store,
        JudgingWeights(store, weights, state / "weights", fixed=False),
        spool,
        capacity=capacity,
        judges=[judge or InlineJudge()],
        recorded=recorded,
    )
    return build(GateService(store, spool, submissions, Callers(store), notifiers, proofs))


@contextmanager
def served(app: FastAPI, token: str | None = None) -> Iterator[httpx2.Client]:
    """Serve the app on a real server; provide a client with this token."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, **LIMITS | {"timeout_graceful_shutdown": 5}))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()
