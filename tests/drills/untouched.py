"""Small intact records, verified unchanged and while others write: none may be called bad."""

from __future__ import annotations

import random
import shutil
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from audit import AuditError, AuditStore, Checkpoint, Role
from audit.export import verify_bundle
from audit.export.export import export_bundle
from tests.drills.common import Place, admit, opened
from tests.drills.operations import Actor, Refused

__all__ = ["Untouched"]


class Untouched:
    """Verification of records without a forgery."""

    def __init__(self, place: Place, folder: Path, rng: random.Random) -> None:
        self.place, self.folder, self.random = place, folder, rng
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []

    def one(self) -> None:
        """Run a few operations, then verify; verify every fifth record while the operations go on."""
        url = self.place.copy()
        with opened(url) as store:
            actors = [Actor.joined(store, name, self.random) for name in ("aiko", "ben")]
            for _ in range(self.random.randint(3, 12)):
                self.random.choice(actors).anything()
            head = store.head()
            signed = Checkpoint("o", head.size, head.root)
            self.counts["records"] += 1
            if self.counts["records"] % 5 == 0:
                self.counts["while_others_wrote"] += 1
                self._while_others_write(store, actors[0], signed)
            else:
                self._expect(store, signed)
            if self.counts["records"] % 10 == 0:
                self._exported(store)
        self.place.drop(url)

    def _exported(self, store: AuditStore) -> None:
        """Export an intact bundle and check that it verifies as well."""
        target = self.folder / "exported"
        signed = export_bundle(store.access(admit(store, "auditor", Role.AUDITOR)), self.folder / "key.pem", target)
        report = verify_bundle.verify(target, signed.verifier_key, signed.note)
        shutil.rmtree(target)
        self.counts["bundles"] += 1
        if not report.ok:
            self.counts["false_alarms"] += 1
            self.faults.append(f"{self.place.kind}, false alarm over a bundle: {report.problem_text}")

    def _expect(self, store: AuditStore, signed: Checkpoint) -> None:
        report = store.verify(checkpoint=signed)
        self.counts["entries"] += report.size
        if not report.ok:
            self.counts["false_alarms"] += 1
            self.faults.append(f"{self.place.kind}, false alarm: {report.problem_text}")

    def _while_others_write(self, store: AuditStore, actor: Actor, signed: Checkpoint) -> None:
        over, failed = threading.Event(), list[Any]()

        def write() -> None:
            try:
                while not over.is_set():
                    with suppress(*Refused):
                        actor.do(self._any())
            except AuditError as error:
                failed.append(error)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(4):
                self._expect(store, signed)
        finally:
            over.set()
            writer.join()
        self.faults += [f"{self.place.kind}, while others wrote: {error}" for error in failed]

    def _any(self) -> str:
        return random.choice(("decide", "claim", "submit", "amend", "erase", "erase", "withdraw", "account", "erase_account"))  # noqa: S311
