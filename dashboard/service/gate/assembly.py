"""The gate put together, from the arguments of its command."""

from __future__ import annotations

import argparse

from fastapi import FastAPI

from audit import AuditStore
from dashboard.service.batch.judge_process import JudgeProcess
from dashboard.service.decide.weights_used import Weights, program_weights
from dashboard.service.gate.api import Gate, build
from dashboard.service.gate.callers import Callers
from dashboard.service.gate.command import state_of
from dashboard.service.gate.spool import Spool
from dashboard.service.gate.submissions import Submissions
from dashboard.service.gate.webhooks import Notifier, address, secret_of


def assembled(store: AuditStore, arguments: argparse.Namespace) -> FastAPI:
    """The app with all that it works with. Errors: `AuditError`, SparseMixError, OSError."""
    for url in arguments.notify:
        address(url)
    state = state_of(arguments)
    spool = Spool(state)
    key = secret_of(arguments.notify_secret or state / "webhook.secret") if arguments.notify else b""
    notifiers = [Notifier(store, url, key, state / "told") for url in dict.fromkeys(arguments.notify)]
    program = arguments.weights or program_weights()
    weights = Weights(store, program, state / "weights", fixed=arguments.weights is not None)
    weights.current()  # where the registered ones do not load, whoever starts the gate is told so

    def recorded() -> None:
        for notifier in notifiers:
            notifier.look()

    submissions = Submissions(
        store,
        weights,
        spool,
        capacity=arguments.queue,
        judges=[JudgeProcess() for _ in range(arguments.workers)],
        recorded=recorded,
    )
    return build(Gate(store, spool, submissions, Callers(store), tuple(notifiers)))
