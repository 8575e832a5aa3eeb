"""What watchers tell of themselves, for whoever looks, and what others may have put beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard import live
from dashboard.live import STALE, Lags, Status
from dashboard.texts import Texts
from dashboard.views import live as views

STATUS = Status("/var/log/line4.log", "line4", "0" * 64, 7, 1_000.0, 2_000.0, "", 2_000, 500, 10.0, decisions=3, held=1)


def test_a_status_comes_back_as_it_was_written(tmp_path: Path) -> None:
    told = replace(STATUS, lag_p95=0.5, history=((1.0, None, 0.1), (2.0, 0.4, 0.2)), last_id="abc")
    live.write(tmp_path, told)
    live.write(tmp_path, replace(told, path="/b.log", source="a"))
    assert live.watchers(tmp_path) == [replace(told, path="/b.log", source="a"), told]
    assert not list(tmp_path.glob("*.partial"))


def test_what_is_no_status_is_left_out(tmp_path: Path) -> None:
    live.write(tmp_path, STATUS)
    good = json.loads(next(tmp_path.glob("*.json")).read_text())
    for number, bad in enumerate(
        (b"", b"[]", b"{}", b'"x"', b"\xff", b"[" * 100_000, json.dumps(good | {"history": [1]}).encode(), b" " * 300_000)
    ):
        (tmp_path / f"bad{number}.json").write_bytes(bad)
    (tmp_path / "kinds.json").write_text(json.dumps(good | {"path": "/c.log", "lines": "many", "decisions": True}))
    found = live.watchers(tmp_path)
    assert [one.path for one in found] == ["/c.log", "/var/log/line4.log"]
    assert (found[0].lines, found[0].decisions) == (0, 0)
    assert live.watchers(tmp_path / "nowhere") == []


def test_it_tells_those_that_stopped_from_those_that_are_not_heard_of() -> None:
    assert STATUS.state(2_000.0 + STALE / 2) == "watching"
    assert STATUS.state(2_000.0 + 2 * STALE) == "silent"
    assert replace(STATUS, ended="stopped").state(2_001.0) == "stopped"


def test_lags_are_of_lines_and_of_the_last_ten_minutes() -> None:
    lags = Lags()
    assert lags.quantile(0.95) is None
    lags.add(0.0, 100.0, 50)
    lags.add(700.0, 1.0, 90)
    lags.add(701.0, 3.0, 10)
    assert (lags.quantile(0.5), lags.quantile(0.9), lags.quantile(0.95), lags.quantile(1.0)) == (1.0, 1.0, 3.0, 3.0)
    assert lags.quantile(0.5, since=700.5) == 3.0
    lags.mark(5.0, 700.5, 0.25)
    assert lags.history == ((5.0, 3.0, 0.25),)


def test_the_folder_lies_beside_the_record_or_where_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SPARSEMIX_LIVE", raising=False)
    assert live.folder(str(tmp_path / "audit.db")) == tmp_path / "audit.db.live"
    assert live.folder("postgresql://host/record").suffix == ".live"
    monkeypatch.setenv("SPARSEMIX_LIVE", str(tmp_path / "share"))
    assert live.folder("postgresql://host/record") == tmp_path / "share"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_is_said_in_words(language: str) -> None:
    t = Texts(language)
    silent, stopped = replace(STATUS, beat=1.0), replace(STATUS, ended="the *disk* is full")
    assert views.clock(2_000.0) == "1970-01-01 00:33:20"
    assert "line4" in views.headline(STATUS, 2_001.0, t)
    assert "\\*disk\\*" in views.headline(stopped, 2_001.0, t)
    assert t.plain("live.told_to") in views.headline(replace(STATUS, ended="stopped"), 2_001.0, t)
    shown = views.table([STATUS, silent], 2_001.0, t)
    assert shown[t.plain("live.state")].tolist() == [t.plain("live.silent"), t.plain("live.watching")]
    assert views.seconds(views.lag_now(silent, 2_001.0), t) == "–"
    assert views.lag_now(STATUS, 2_001.0) == 0.0
    assert "–" in views.settings(STATUS, t)
    assert "0\\.85" in views.settings(replace(STATUS, last_seconds=0.85), t)
    assert not views.behind(STATUS)
    assert views.behind(replace(STATUS, waiting=2_001)) and views.behind(replace(STATUS, lag=21.0))
    figure = views.lag_figure(replace(STATUS, history=((1.0, None, 0.1), (2.0, 0.4, 0.2))), t)
    assert [list(line.y) for line in figure.data] == [[0.1, 0.2], [None, 0.4]]
