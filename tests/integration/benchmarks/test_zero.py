"""The benchmark of the model for any log, on made-up logs in the form of LogHub's: every method, every interval."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sparsemix.errors import ConfigError
from sparsemix.model.fallback import any_log_model
from tests.benchmarks.__main__ import main
from tests.benchmarks.real import loghub
from tests.benchmarks.real.rows import RealSettings
from tests.benchmarks.zero import detectors, scores
from tests.benchmarks.zero.logs import ARCHIVE, SYSTEMS, load, read

COUNT = 120


def lines_of(system: str) -> list[str]:
    """Return lines of sessions as the system's patterns expect them; of BGL every tenth is an alert."""
    times = {"Apache": "[t{0}] ", "BGL": "- {0} 2005.06.03 R0{1}-M1 ", "HPC": "{0} node-{1} ", "HealthApp": "t{0}|"}
    times |= {"Android": "03-17 16:13:{0} {1} {1} ", "Hadoop": "2015-10-18 t{0} INFO [main{1}] ", "Proxifier": "[t{0}] "}
    times |= {"Linux": "Jun 14 t{0} combo app[{1}]: ", "OpenSSH": "Dec 10 t{0} LabSZ sshd[2{1}]: "}
    lines = []
    for number in range(COUNT):
        step = ("opened", "checked", "wrote", "closed")[number // 3 % 4]
        head = times.get(system, "17/06/09 t{0} TID {1} ").format(number, number % 3)
        if system == "BGL" and number % 10 == 0:
            head = "X" + head[1:] + "FATAL "
        lines.append(f"{head}{step} {system} record took {10 + number % 7} ms")
    return lines


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / ARCHIVE).parent.mkdir()
    with tarfile.open(folder / ARCHIVE, "w:gz") as archive:
        for system in SYSTEMS:
            content = ("\n".join(lines_of(system.name)) + "\n").encode()
            member = tarfile.TarInfo(f"{system.name}_2k.log")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return folder


@pytest.fixture(scope="module")
def rows(data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    report = tmp_path_factory.mktemp("report") / "zero.json"
    assert main(["zero", "--data-dir", str(data), "--json", str(report), "--seeds", "0"]) == 0
    found: list[dict[str, object]] = json.loads(report.read_text())["rows"]
    return found


def test_every_method_stands_beside_ours_in_every_set(rows: list[dict[str, object]]) -> None:
    methods: dict[object, set[object]] = {}
    for row in rows:
        assert set(row) == {"set", "method", "metric", "value", "low", "high", "seconds"}
        methods.setdefault(row["set"], set()).add(row["method"])
    assert {"injected, all", "injected, burst", "alerts, BGL", "unbroken, Spark", "unbroken, all"} <= set(methods)
    for name, own in methods.items():
        if not str(name).startswith("unbroken"):
            assert {*detectors.DETECTORS, "any log", "any log without attention", "any log without severity"} <= own


def test_keys_are_counted_of_what_one_half_of_every_log_teaches(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loghub, "PLAN", replace(loghub.PLAN, events=loghub.PLAN.events // 16))
    told: list[str] = []
    (row,) = loghub.rows(load(data), RealSettings(scale=0.02), told.append)
    assert row["metric"] == "keys selected a query and head"
    assert 0.0 < row["value"] <= COUNT
    assert len(told) == len(SYSTEMS)


def test_intervals_hold_their_values(rows: list[dict[str, object]]) -> None:
    for row in rows:
        assert row["low"] <= row["value"] <= row["high"] or row["metric"] != "mean average precision"  # type: ignore[operator]


def test_the_word_alone_finds_the_alerts_of_this_log(rows: list[dict[str, object]]) -> None:
    value = {row["method"]: row["value"] for row in rows if row["set"] == "alerts, BGL"}
    assert value["the word FATAL"] == value["severity"] == 1.0


def test_each_trivial_detector_scores_what_it_is_named_for() -> None:
    lines = [f"door {number % 3} opened" if number % 2 else "badge read" for number in range(60)]
    lines[40] = "pump failed: fatal"
    log = read(next(system for system in SYSTEMS if system.name == "HPC"), lines)
    kind = detectors.templates(log)
    for name in ("rarity", "severity", "new template", "new pair", "3-grams"):
        score = detectors.DETECTORS[name](log, kind)
        assert score[40] == score.max(), name
    around = detectors.DETECTORS["isolation forest"](log, kind)
    assert 30 <= int(np.argmax(around)) <= 50


def test_scores_are_those_of_a_run_and_a_wrong_selection_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = lines_of("OpenSSH")
    model, sequence = any_log_model(), scores.read_lines(lines)
    scores.check(model, sequence)
    probability = model.run_with_trace(sequence).decision.event_probability
    ours = scores.line_scores(model, sequence, COUNT)
    np.testing.assert_allclose(1 / (1 + np.exp(-ours)), probability, atol=1e-6)
    without = scores.scores_without(model, sequence, COUNT)
    assert set(without) == {"rarity", "severity", "counts", "entities", "time", "attention"}
    assert all((score != ours).any() for name, score in without.items() if name in ("rarity", "counts", "attention"))
    monkeypatch.setattr(scores, "replay", lambda *_: [1.0])
    with pytest.raises(ConfigError, match="nothing is reported"):
        scores.check(model, sequence)


def test_data_that_are_not_there_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["zero", "--data-dir", str(tmp_path), "--json", str(tmp_path / "zero.json")]) == 1
    assert "loghub" in capsys.readouterr().err
