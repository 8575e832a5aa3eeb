"""Where a watcher goes on: on its machine, at its file, whatever that is called, and behind a gap with a window of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.__main__ import main
from dashboard.service.decide.judging import FileJudgement
from dashboard.service.decide.recording import enter
from dashboard.service.watch import watch_status
from dashboard.service.watch.command import alone
from tests.support.dashboard.watched import Bench, lines, until


def others(count: int) -> list[bytes]:
    """Lines of another machine."""
    return [b"2026-03-02T11:00:%02dZ INFO OTHER MACHINE line %d\n" % (number, number) for number in range(count)]


def test_the_same_path_on_two_machines_is_two_files(bench: Bench) -> None:
    bench.write(*lines(1, 20))
    with bench.watching(machine="gw1"):
        until(lambda: bench.covered() == 20)
    there = bench.path.rename(bench.path.with_name("elsewhere"))
    bench.write(*others(10))
    with bench.watching(machine="gw2") as watch:
        until(lambda: watch.status.covered == 10)
        assert not watch.status.gaps
    second = next(one for one in bench.decisions() if one.details["live"]["machine"] == "gw2")
    assert (second.details["live"]["first"], second.details["live"]["gap"]) == (1, False)
    assert b"".join(others(10)).startswith(bench.store.blob(second.input_sha256))
    there.replace(bench.path)
    bench.write(*lines(21, 30))
    with bench.watching(machine="gw1") as watch:
        until(lambda: watch.status.covered == 10)
        assert not watch.status.gaps
    assert (watch.status.lines, bench.decisions()[-1].details["live"]["last"]) == (10, 30)
    assert [(one.machine, one.ended) for one in watch_status.watchers(bench.into)] == [("gw1", "stopped"), ("gw2", "stopped")]


def test_a_machine_does_not_keep_another_one_from_its_file(bench: Bench) -> None:
    first, second, third = (alone(bench.into, bench.path, machine) for machine in ("gw1", "gw2", "gw1"))
    with first, second, pytest.raises(FileExistsError, match="on gw1 is being watched"), third:
        pass


def test_behind_a_gap_no_window_holds_what_was_before(bench: Bench) -> None:
    bench.write(*lines(1, 10))
    with bench.watching():
        until(lambda: bench.covered() == 10)
    bench.path.unlink()
    bench.write(*others(2))
    with bench.watching():
        # As at a beginning: two lines are no window.
        bench.write(*others(12)[2:])
        until(lambda: bench.covered() == 22)
    behind = [one for one in bench.decisions() if one.details["live"]["last"] > 10]
    assert [one.details["live"]["gap"] for one in behind] == [True] + [False] * (len(behind) - 1)
    assert {one.details["live"]["first"] for one in behind} == {11}
    assert bench.store.blob(behind[-1].input_sha256) == b"".join(others(12))


def test_what_was_decided_before_machines_were_named_is_gone_on_with(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def unnamed(judged: FileJudgement, **settings: object) -> str:
        said = {name: value for name, value in judged.details["live"].items() if name != "machine"}  # type: ignore[attr-defined]
        return enter(replace(judged, details={"live": said}), **settings)  # type: ignore[arg-type]

    written = lines(1, 40)
    bench.write(*written[:20])
    with monkeypatch.context() as before, bench.watching(machine="gw1") as watch:
        before.setattr("dashboard.service.decide.recording.enter", unnamed)
        until(lambda: bench.covered() == 20)
    (bench.into / f"{watch.status.name}.json").unlink()
    watch_status.write(bench.into, replace(watch.status, machine=""))
    bench.write(*written[20:])
    with bench.watching(machine="gw1") as watch:
        until(lambda: watch.status.covered == 20)
        assert not watch.status.gaps
    assert watch.status.lines == 20
    bench.check(written)
    # What the old one told of itself is not told beside the new one.
    assert [one.machine for one in watch_status.watchers(bench.into)] == ["gw1"]


def test_a_long_name_is_found_again(bench: Bench) -> None:
    bench.path = bench.path.with_name(f"{'line4 ' * 31}.log")
    written = lines(1, 40)
    bench.write(*written[:20])
    with bench.watching():
        until(lambda: bench.covered() == 20)
    bench.write(*written[20:])
    with bench.watching() as watch:
        until(lambda: watch.status.covered == 20)
    assert watch.status.lines == 20
    bench.check(written)


@pytest.mark.parametrize("name", ["", " ", "gw\n1", "g" * 81])
def test_a_machine_without_a_proper_name_is_refused(bench: Bench, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["watch", str(bench.path), "--db", str(bench.path.with_name("audit.db")), "--machine", name])
    assert caught.value.code == 2
    assert "--machine" in capsys.readouterr().err


def test_a_machine_calls_itself_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "press-7")
    assert (watch_status.machine_name(), watch_status.machine_name("gw1")) == ("press-7", "gw1")
    assert (
        watch_status.name_of("/a.log", "gw1")
        != watch_status.name_of("/a.log", "gw2")
        != watch_status.name_of(str(Path("/a.log")))
    )
