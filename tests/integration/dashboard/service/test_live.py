"""What watchers tell of themselves, for all who look, and what others may have put beside it."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.features.monitor.views import live as views
from dashboard.service.watch import watch_status
from dashboard.service.watch.watch_status import STALE, Lags, WatcherStatus
from dashboard.texts import Texts

STATUS = WatcherStatus("/var/log/line4.log", "line4", "0" * 64, 7, 1_000.0, 2_000.0, "", 2_000, 500, 10.0, decisions=3, held=1)


def test_a_status_comes_back_as_it_was_written(tmp_path: Path) -> None:
    told = replace(STATUS, lag_p95=0.5, history=((1.0, None, 0.1), (2.0, 0.4, 0.2)), last_id="abc")
    watch_status.write(tmp_path, told)
    watch_status.write(tmp_path, replace(told, path="/b.log", source="a"))
    assert watch_status.watchers(tmp_path) == [replace(told, path="/b.log", source="a"), told]
    assert len(list(tmp_path.iterdir())) == 2


def test_what_is_no_status_is_left_out(tmp_path: Path) -> None:
    watch_status.write(tmp_path, STATUS)
    good = json.loads(next(tmp_path.glob("*.json")).read_text())
    for number, bad in enumerate(
        (b"", b"[]", b"{}", b'"x"', b"\xff", b"[" * 100_000, json.dumps(good | {"history": [1]}).encode(), b" " * 300_000)
    ):
        (tmp_path / f"bad{number}.json").write_bytes(bad)
    (tmp_path / "kinds.json").write_text(json.dumps(good | {"path": "/c.log", "lines": "many", "decisions": True}))
    found = watch_status.watchers(tmp_path)
    assert [one.path for one in found] == ["/c.log", "/var/log/line4.log"]
    assert (found[0].lines, found[0].decisions) == (0, 0)
    assert watch_status.watchers(tmp_path / "nowhere") == []


def test_of_very_many_those_that_were_written_last_are_told(tmp_path: Path) -> None:
    for number in range(130):
        told = replace(STATUS, path=f"/var/log/line4-{number}.log", ended="stopped" if number < 120 else "")
        watch_status.write(tmp_path, told)
        os.utime(tmp_path / f"{told.name}.json", (number, number))
    found = watch_status.watchers(tmp_path)
    assert (len(found), sum(not one.ended for one in found)) == (100, 10)


def test_the_same_path_on_two_machines_is_told_twice(tmp_path: Path) -> None:
    told = [replace(STATUS, machine=machine) for machine in ("", "gw1", "gw2")]
    for one in told:
        watch_status.write(tmp_path, one)
    assert watch_status.watchers(tmp_path) == told


def test_what_is_long_gone_is_forgotten_and_nothing_else(tmp_path: Path) -> None:
    month = 30 * 86_400.0
    mine = replace(STATUS, machine="gw1", beat=STATUS.beat + month)
    gone = replace(STATUS, path="/gone.log", ended="stopped")
    silent = replace(STATUS, path="/silent.log", machine="gw2")
    clock = replace(mine, path="/clock.log", machine="gw3", beat=mine.beat - 5.0)
    young = replace(mine, path="/young.log", beat=STATUS.beat + 1.0, ended="stopped")
    before = replace(STATUS, beat=mine.beat - 60.0)
    for one in (mine, gone, silent, clock, young, before):
        watch_status.write(tmp_path, one)
    # Others may write there, also what looks like a status.
    (tmp_path / "copy.json").write_text((tmp_path / f"{gone.name}.json").read_text())
    (tmp_path / "notes.json").write_text("{}")
    for path in tmp_path.glob("*.json"):
        os.utime(path, (0.0, 0.0))
    watch_status.forget(tmp_path, mine)
    assert {path.stem for path in tmp_path.glob("*.json")} == {mine.name, clock.name, young.name, "copy", "notes"}
    # One that watches now, with the name of no machine, is somebody's.
    watch_status.write(tmp_path, replace(before, beat=mine.beat - 1.0))
    # By the clock of its machine it is long gone; by that of the folder it was written just now.
    watch_status.write(tmp_path, replace(silent, beat=0.0))
    now = replace(mine, beat=(tmp_path / f"{silent.name}.json").stat().st_mtime)
    watch_status.forget(tmp_path, replace(mine, beat=mine.beat))
    assert before.name in {path.stem for path in tmp_path.glob("*.json")}
    watch_status.forget(tmp_path, now)
    left = {path.stem for path in tmp_path.glob("*.json")}
    assert silent.name in left and before.name not in left


def test_it_tells_those_that_stopped_from_those_that_are_not_heard_of() -> None:
    assert STATUS.state(2_000.0 + STALE / 2) == "watching"
    assert STATUS.state(2_000.0 + 2 * STALE) == "silent"
    assert replace(STATUS, ended="stopped").state(2_001.0) == "stopped"


def test_lags_are_of_lines_and_of_the_last_ten_minutes() -> None:
    lags = Lags()
    assert lags.quantile(0.95) is None
    lags.covered(0.0, ((50, -100.0),), 50)
    lags.covered(700.0, ((90, 699.0),), 90)
    lags.covered(701.0, ((10, 698.0),), 100)
    assert (lags.quantile(0.5), lags.quantile(0.9), lags.quantile(0.95), lags.quantile(1.0)) == (1.0, 1.0, 3.0, 3.0)
    assert lags.quantile(0.5, since=700.5) == 3.0
    lags.mark(5.0, 700.5, 0.25)
    assert lags.history == ((5.0, 3.0, 0.25),)


def test_lines_of_a_window_that_failed_wait_for_the_next_one_that_reaches_back_to_them() -> None:
    lags = Lags()
    lags.missed(((10, 0.0), (10, 1.0)), 20)
    lags.missed(((20, 2.0),), 25)
    assert lags.quantile(1.0) is None
    lags.covered(10.0, ((5, 9.0),), 27)
    # Five that are new, the twenty before them, and two of those that came by the first second.
    assert [(at, lag, lines) for at, lag, lines in lags._lags] == [(10.0, 9.0, 2), (10.0, 8.0, 20), (10.0, 1.0, 5)]
    # They have a decision now. A header that came again is none of a window's lines.
    lags.covered(11.0, ((3, 10.0),), 2)
    assert [one[1:] for one in lags._lags][3:] == [(1.0, 3)]


def test_the_folder_lies_beside_the_record_or_where_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SPARSEMIX_LIVE", raising=False)
    assert watch_status.folder(str(tmp_path / "audit.db")) == tmp_path / "audit.db.live"
    assert watch_status.folder("postgresql://host/record").suffix == ".live"
    monkeypatch.setenv("SPARSEMIX_LIVE", str(tmp_path / "share"))
    assert watch_status.folder("postgresql://host/record") == tmp_path / "share"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_is_said_in_words(language: str) -> None:
    t = Texts(language)
    silent, stopped = replace(STATUS, beat=1.0), replace(STATUS, ended="the *disk* is full")
    assert views.clock(2_000.0) == "1970-01-01 00:33:20"
    assert "line4" in views.headline(STATUS, 2_001.0, t)
    assert "\\*disk\\*" in views.headline(stopped, 2_001.0, t)
    assert t.plain("live.told_to") in views.headline(replace(STATUS, ended="stopped"), 2_001.0, t)
    shown = views.table([STATUS, silent], 2_001.0, t)
    assert shown[t.plain("word.state")].tolist() == [t.plain("live.silent"), t.plain("live.watching")]
    assert views.seconds(views.lag_now(silent, 2_001.0), t) == "–"
    assert views.lag_now(STATUS, 2_001.0) == 0.0
    assert "–" in views.settings(STATUS, t)
    assert "0\\.85" in views.settings(replace(STATUS, last_seconds=0.85), t)
    assert not views.behind(STATUS)
    assert views.behind(replace(STATUS, waiting=2_001)) and views.behind(replace(STATUS, lag=21.0))
    several = (STATUS, replace(STATUS, path="/b.log"), replace(STATUS, machine="gw1"))
    assert list(views.choices(several[:2]).values()) == ["line4 · /var/log/line4.log", "line4 · /b.log"]
    assert list(views.choices(several[1:]).values()) == ["line4 · /b.log", "line4 · gw1 · /var/log/line4.log"]
    figure = views.lag_figure(replace(STATUS, history=((1.0, None, 0.1), (2.0, 0.4, 0.2))), t)
    assert [list(line.y) for line in figure.data] == [[0.1, 0.2], [None, 0.4]]
