"""The status writer: a status that cannot be written is reported once, and decisions go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.service.watch import watch_status
from dashboard.service.watch.watch_status import StatusWriter
from tests.integration.dashboard.service.test_live import STATUS
from tests.support.dashboard.watched import Bench, lines, until

UNHEARD, HEARD = "the status for Monitor cannot be written", "the status for Monitor is written again"


def test_a_folder_that_is_gone_is_reported_once_and_its_return_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    into = tmp_path / "share"
    writer = StatusWriter(into)
    for there in (False, False, True, True, False):
        if there:
            into.mkdir(exist_ok=True)
        elif into.exists():
            into.rename(tmp_path / "away")
        writer.write(STATUS)
    said = capsys.readouterr().err
    assert (said.count(UNHEARD), said.count(HEARD)) == (2, 1)
    assert watch_status.watchers(tmp_path / "away") == [STATUS]


def test_statuses_that_cannot_be_removed_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def denied(*_arguments: object) -> None:
        raise PermissionError("not yours")

    monkeypatch.setattr(watch_status, "forget", denied)
    writer = StatusWriter(tmp_path)
    writer.write(STATUS)
    writer.write(STATUS)
    assert capsys.readouterr().err.count("could not be removed: not yours") == 1
    assert watch_status.watchers(tmp_path) == [STATUS]


def test_a_share_that_is_gone_for_a_moment_does_not_end_the_watcher(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []

    def hears(what: str) -> bool:
        said.append(capsys.readouterr().err)
        return what in "".join(said)

    bench.write(*lines(1, 20))
    with bench.watching():
        until(lambda: bool(watch_status.watchers(bench.into)))
        away = bench.into.rename(bench.into.with_name("away"))
        until(lambda: hears(UNHEARD))
        bench.write(*lines(21, 40))
        until(lambda: bench.covered() == 40)
        away.rename(bench.into)
        until(lambda: hears(HEARD))
    bench.check(lines(1, 40))
    assert [(one.covered, one.ended) for one in watch_status.watchers(bench.into)] == [(40, "stopped")]
