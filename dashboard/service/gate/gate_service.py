"""The parts of the gate API, built from the arguments of its command."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from audit import AuditStore
from dashboard.service.batch.engines import JudgeProcess
from dashboard.service.common.places import beside, checkpoint_folder, checkpoint_key
from dashboard.service.decide.weights_used import JudgingWeights, program_weights
from dashboard.service.gate.callers import Callers
from dashboard.service.gate.proofs import Proofs
from dashboard.service.gate.spool import Spool
from dashboard.service.gate.submissions import Submissions
from dashboard.service.gate.webhooks import Notifier, address, secret_of


@dataclass(frozen=True, slots=True)
class GateService:
    """The parts that the gate API works with."""

    store: AuditStore
    spool: Spool
    submissions: Submissions
    callers: Callers
    notifiers: Sequence[Notifier] = field(default_factory=tuple)
    proofs: Proofs | None = None

    def close(self) -> None:
        """Stop all parts."""
        self.submissions.close()
        for notifier in self.notifiers:
            notifier.close()
        self.callers.close()
        self.spool.close()


def state_of(arguments: argparse.Namespace) -> Path:
    """Return the folder for the sequences under way, the progress of notifications, and the webhook secret."""
    return beside(arguments.db, "gate") if arguments.state is None else Path(arguments.state)


def assembled(store: AuditStore, arguments: argparse.Namespace) -> GateService:
    """Build all parts from the arguments of the command.

    Raises `AuditError`, `SparseMixError`, `OSError`.
    """
    for url in arguments.notify:
        address(url)
    state = state_of(arguments)
    spool = Spool(state)
    key = secret_of(arguments.notify_secret or state / "webhook.secret") if arguments.notify else b""
    notifiers = [Notifier(store, url, key, state / "told") for url in dict.fromkeys(arguments.notify)]
    program = arguments.weights or program_weights()
    weights = JudgingWeights(store, program, state / "weights", fixed=arguments.weights is not None)
    weights.current()  # weights that do not load are reported now, to the person who starts the gate API

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
    proofs = Proofs(store, checkpoint_key(arguments.db), checkpoint_folder(arguments.db))
    return GateService(store, spool, submissions, Callers(store), tuple(notifiers), proofs)
