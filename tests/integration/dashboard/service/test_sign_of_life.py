"""A command that waits stays signed in for as long as anybody may, and hears of it when that is over."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from audit import Access, Role, SignInFailed, StoreUnavailable
from dashboard.service.batch import command
from dashboard.service.batch.engines import Engine, Task
from dashboard.service.common import session_keeper
from dashboard.service.common.session_keeper import SignOfLife
from dashboard.service.decide.outcomes import FileFailure, Outcome
from tests.support.dashboard.app import PASSWORD
from tests.support.dashboard.fixtures import LOG
from tests.support.dashboard.watched import PATIENCE, Bench, lines, until


def test_it_goes_on_over_a_record_that_is_gone_for_a_moment_and_ends_with_the_session(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def policy(_access: Access) -> None:
        asked.append("")
        if len(asked) == 2:
            raise StoreUnavailable("gone")
        if len(asked) == 4:
            raise SignInFailed("this session has run out")

    monkeypatch.setattr(session_keeper, "EVERY", 0.01)
    monkeypatch.setattr(Access, "policy", policy)
    with SignOfLife(access) as alive:
        alive._thread.join(PATIENCE)
        with pytest.raises(SignInFailed, match="run out"):
            alive.check()
    # The record notes each time that somebody is refused: once is enough.
    assert len(asked) == 4


def test_a_batch_gives_one_while_it_waits_for_its_workers(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given: list[bool] = []

    def engine(_arguments: object) -> Engine:
        def slow(tasks: Sequence[Task], _weights: Path) -> Iterator[Outcome]:
            given.append(any(thread.name == "sign of life" for thread in threading.enumerate()))
            return iter([FileFailure("not_text", "no text") for _ in tasks])

        return slow

    monkeypatch.setattr(command, "_engine", engine)
    (tmp_path / "a.log").write_bytes(LOG)
    words = ["--input", str(tmp_path / "*.log"), "--weights", str(weights), "--db", str(tmp_path / "batch.db"), "--json"]
    assert command.main(words) == 1
    assert given == [True]
    assert json.loads(capsys.readouterr().out)["failed"] == 1


def test_a_watcher_ends_when_nobody_is_signed_in_any_more(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_keeper, "EVERY", 0.01)
    bench.write(*lines(1, 2))
    with pytest.raises(SignInFailed), bench.watching() as watch:
        # The person who worked alone before is nobody now.
        bench.store.accounts.set_up("root", "Root", PASSWORD, roles=(Role.ADMIN,))
        until(lambda: bool(watch.status.ended))
