"""A watched log whose name, window or process is of the difficult kind: what ends the watcher, and what does not."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from audit import Conflict, InvalidRecord, StoreUnavailable
from dashboard.service.decide import recording
from dashboard.service.decide.outcomes import NOT_RECORDED, Outcome
from dashboard.service.decide.recording import enter
from dashboard.service.watch import watch_status
from dashboard.service.watch.sliding_windows import Window
from dashboard.service.watch.watch_workers import WindowJudge
from sparsemix import WeightsError
from sparsemix.readers import ReadOptions
from tests.support.dashboard.watched import PATIENCE, Bench, Inline, lines, until


@contextmanager
def refusing(monkeypatch: pytest.MonkeyPatch, *errors: Exception) -> Iterator[None]:
    """A record that answers so to the next decisions."""
    left = [*errors]

    def refuse(*judged: Any, **settings: Any) -> str:
        if left:
            raise left.pop(0)
        return enter(*judged, **settings)

    with monkeypatch.context() as patched:
        patched.setattr(recording, "enter", refuse)
        yield


def test_a_path_that_is_not_utf_8_is_watched_and_gone_on_with(bench: Bench) -> None:
    """A folder and a file that were named on an old Windows machine."""
    folder = bench.path.parent / os.fsdecode("ライン".encode("shift-jis"))
    folder.mkdir()
    bench.path = folder / os.fsdecode("４号.log".encode("shift-jis"))
    written = lines(1, 40)
    bench.write(*written[:20])
    with bench.watching():
        until(lambda: bench.covered() == 20)
    bench.write(*written[20:])
    with bench.watching() as watch:
        until(lambda: bench.covered() == 40)
    assert watch.status.lines == 20
    bench.check(written)
    (told,) = watch_status.watchers(bench.into)
    assert (told.ended, told.failed) == ("stopped", 0)
    assert told.path == bench.decisions()[-1].details["live"]["file"] == watch_status.file_name(bench.path)
    assert r"\x83\x89\x83C\x83\x93" in told.path
    assert (
        watch_status.file_name(bench.path.with_name("x"))
        != watch_status.file_name(bench.path)
        != watch_status.file_name(folder)
    )


def test_a_window_that_the_record_cannot_hold_is_an_entry_and_the_rest_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.write(*lines(1, 8))
    with refusing(monkeypatch, InvalidRecord("details take 5 MiB")), bench.watching() as watch:
        until(lambda: watch.status.failed == 1)
        bench.write(*lines(9, 16))
        until(lambda: bench.covered() == 16)
        # The lines of the first window are in the second, and no decision covered them before.
        until(lambda: watch.status.decisions == 1)
        assert sum(count for _, _, count in watch._lags._lags) == 16
    (failure,) = bench.store.single_user("test").failures.undecided(windows=True)
    assert (failure.code, failure.name) == (NOT_RECORDED, "line4-000000001-000000008.log")
    assert "failed: lines 1 to 8: the record cannot hold the decision: details take 5 MiB" in capsys.readouterr().err


def test_what_others_changed_at_that_moment_is_tried_once_more(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.write(*lines(1, 8))
    with refusing(monkeypatch, Conflict("it has to be held; run it again")), bench.watching() as watch:
        until(lambda: bench.covered() == 8)
    assert watch.status.failed == 0


@pytest.mark.parametrize("kept", [True, False])
def test_a_window_is_judged_while_the_one_before_is_recorded_and_is_never_recorded_first(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    judging, goes_on, names = Inline(bench.weights), threading.Event(), list[str]()
    submit = judging.submit

    def noted(window: Window, name: str, options: ReadOptions) -> Future[tuple[Outcome, float | None]]:
        names.append(name)
        return submit(window, name, options)

    def slow(*judged: Any, **settings: Any) -> str:
        assert goes_on.wait(PATIENCE)
        if not kept:
            raise StoreUnavailable("the disk is full")
        return enter(*judged, **settings)

    monkeypatch.setattr(judging, "submit", noted)
    bench.write(*lines(1, 8))
    ending = nullcontext() if kept else pytest.raises(StoreUnavailable, match="full")
    with monkeypatch.context() as patched, ending, bench.watching(judging=judging) as watch:
        patched.setattr(recording, "enter", slow)
        until(lambda: len(names) == 1)
        bench.write(*lines(9, 16))
        until(lambda: len(names) == 2)
        assert not bench.decisions()
        goes_on.set()
        until(lambda: bench.covered() == 16 if kept else bool(watch.status.ended))
    assert bench.covered() == (16 if kept else 0)
    with bench.watching():
        until(lambda: bench.covered() == 16)
    bench.check(lines(1, 16))


@pytest.mark.deep
def test_a_process_that_cannot_load_the_weights_ends_the_watcher_and_is_no_window_s_failure(
    bench: Bench, tmp_path: Path
) -> None:
    """Copies of registered weights lie where a cleaner may remove them before a process is replaced."""
    copy = Path(shutil.copy(bench.weights, tmp_path / "copy.safetensors"))
    judging = WindowJudge(copy)
    bench.write(*lines(1, 8))
    with pytest.raises(WeightsError, match="cannot read the weights"), bench.watching(judging=judging) as watch:
        until(lambda: bench.covered() == 8)
        copy.unlink()
        for child in multiprocessing.active_children():
            child.kill()
            child.join()
        bench.write(*lines(9, 16))
        until(lambda: bool(watch.status.ended))
    assert not [entry for entry in bench.store.entries() if entry.type == "failed_input"]
    judging.close()
    with pytest.raises(WeightsError, match="cannot read the weights"):
        (again := WindowJudge(copy)).start()
    again.close()


def test_lines_that_are_more_bytes_than_a_window_holds_are_decided_on(bench: Bench) -> None:
    written = [line[:-1] + b" " + b"x" * 500 + b"\n" for line in lines(1, 40)]
    with bench.watching() as watch:
        watch.reader.sliding._most = 6_000
        bench.write(*written)
        until(lambda: bench.covered() == 40)
    bench.check(written)
    assert max(one.details["live"]["last"] - one.details["live"]["first"] for one in bench.decisions()) < 12
