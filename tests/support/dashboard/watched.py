"""A record, a growing log, and its watchers, for the tests of watching."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from audit import AuditStore, DecisionFilter, DecisionRecord
from dashboard.service.batch.engines import Judge
from dashboard.service.decide.judging import judge
from dashboard.service.decide.outcomes import Outcome
from dashboard.service.decide.pipeline import reading_of
from dashboard.service.watch.sliding_windows import Window
from dashboard.service.watch.watch import LogWatcher
from dashboard.service.watch.watch_workers import WindowJudge
from sparsemix import SparseMixModel
from sparsemix.readers import ReadOptions
from sparsemix.trace.selection_trace import blob_sha256

PATIENCE = 120.0


def lines(first: int, last: int) -> list[bytes]:
    """Return numbered lines of a log."""
    return [
        f"2026-03-02T10:{number // 60 % 60:02d}:{number % 60:02d}Z INFO ST0{number % 3} PLC step {number}\n".encode()
        for number in range(first, last + 1)
    ]


class Inline(WindowJudge):
    """A judge that works at once, in this process; the first ``deaths`` windows end as if its process had died."""

    def __init__(self, weights: Path, deaths: int = 0) -> None:
        self.judge, self.deaths, self._longest = Judge(weights, own_lines=True), deaths, PATIENCE

    def start(self) -> None:
        pass

    def submit(self, window: Window, name: str, options: ReadOptions) -> Future[tuple[Outcome, float | None]]:
        future: Future[tuple[Outcome, float | None]] = Future()
        if self.deaths:
            self.deaths -= 1
            future.set_exception(BrokenProcessPool("killed"))
        else:
            future.set_result((self.judge.of(window.data, name, options), 1.0))
        return future

    def _restart(self) -> None:
        pass

    def close(self) -> None:
        pass


class Bench:
    """A record, a log, and watchers of it."""

    def __init__(self, folder: Path, store: AuditStore, model: SparseMixModel, weights: Path) -> None:
        self.path, self.into = folder / "line4.log", folder / "audit.db.live"
        self.store, self.model, self.weights = store, model, weights
        self.into.mkdir()

    def write(self, *pieces: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(b"".join(pieces))

    @contextmanager
    def watching(self, deaths: int = 0, **settings: object) -> Iterator[LogWatcher]:
        """Run a watcher; whatever it raises is raised at the end."""
        wanted = {"context": 20, "every": 8, "seconds": 0.3, **settings}
        watch = LogWatcher(
            self.path,
            access=self.store.single_user("test"),
            model=self.model,
            into=self.into,
            **{"judging": Inline(self.weights, deaths), **wanted},  # type: ignore[arg-type]
        )
        failed: list[BaseException] = []

        def run() -> None:
            try:
                watch.run()
            except BaseException as error:  # raised below
                failed.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield watch
        finally:
            watch.stop()
            thread.join(PATIENCE)
            assert not thread.is_alive()
        if failed:
            raise failed[0]

    def decisions(self) -> list[DecisionRecord]:
        """Return all decisions, in order."""
        found = self.store.single_user("test").find(DecisionFilter(), limit=100).summaries
        return sorted((one.decision for one in found), key=lambda one: one.details["live"]["last"])

    def covered(self) -> int:
        found = self.decisions()
        return found[-1].details["live"]["last"] if found else 0

    def check(self, written: list[bytes]) -> None:
        """Check that every line is new in one decision, and that every decision is that of its window alone."""
        last = 0
        for decision in self.decisions():
            said = decision.details["live"]
            data = self.store.blob(decision.input_sha256)
            assert said["last"] - said["new"] == last
            assert data == b"".join(written[said["first"] - 1 : said["last"]])
            alone = judge(data, decision.input_name, model=self.model, options=reading_of(decision))
            assert (decision.label, decision.score) == (
                alone.run.decision.label,
                alone.run.decision.sequence_probability,
            )
            assert [one.sha256 for one in decision.selections] == [blob_sha256(blob) for blob in alone.blobs]
            last = said["last"]
        assert last == len(written)
        assert self.store.verify().ok


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)
