"""`bench long` on a small made-up HDFS: what baselines are told, what a model is given, and what is reported."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from sparsemix.__main__ import main
from sparsemix.bench.hdfs.data import Hdfs
from sparsemix.bench.long import baselines, scores
from sparsemix.bench.long.baselines import SHARE, TOLD, ToldLines, template_share, told_features
from sparsemix.bench.long.benchmark import OURS, measure
from sparsemix.bench.long.data import held_out_windows, read
from sparsemix.bench.long.scores import Scored
from sparsemix.errors import BenchmarkRefused, ConfigError
from tests.support.sparsemix.made_up_hdfs import made_up, write


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "_TREES", 5)
    monkeypatch.setattr(baselines, "_EPOCHS", 3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hdfs").mkdir()
    write(tmp_path / "hdfs", *made_up(60))
    return tmp_path


def test_the_told_read_the_lines_of_the_block_within_the_window(folder: Path) -> None:
    data = read(folder)
    features = told_features(data, held_out_windows(data, 40)).reshape(len(data.lines) - data.cut, 3, -1)
    for start, stop in held_out_windows(data, 40):
        for line in range(start, stop, 5):
            same = [other for other in range(start, stop) if data.block[other] == data.block[line]]
            counts = np.bincount(data.template[same], minlength=features.shape[2])
            own = np.arange(features.shape[2]) == data.template[line]
            assert np.allclose(features[line - data.cut], [np.log1p(counts), counts > 0, own])


def test_baselines_learn_nothing_from_test_lines(folder: Path) -> None:
    data = read(folder)
    other = dataclasses.replace(data, anomalous=data.anomalous & (np.arange(len(data.names)) < data.split))
    for name in TOLD:
        (first, cut), (second, again) = (ToldLines.of(one, 40).scored(name, 1) for one in (data, other))
        assert cut == again and (first == second).all()
    assert template_share(data)[1] == template_share(other)[1]
    # Whoever is told the blocks finds the lines of all that have their exception in the window.
    truth = scores.Truth.of(data, draws=1)
    assert truth.precision(ToldLines.of(data, 400).scored(TOLD[0], 0))[0] > truth.precision(template_share(data))[0] + 0.3


def test_a_model_is_measured_beside_the_baselines_and_sees_no_truth(folder: Path) -> None:
    data = read(folder)
    asked = []

    def ours(seen: Hdfs, seed: int, lengths: Sequence[int]) -> Mapping[int, Scored]:
        asked.append(seed)
        assert not seen.label[seen.cut :].any()
        return dict.fromkeys(lengths, (data.label[data.cut :] * 1.0, 0.5))

    rows = measure(data, (40, 80), (3, 4), lambda text: None, ours)
    assert asked == [3, 4]
    differences = [f"{OURS} minus {name}" for name in (*TOLD, SHARE)]
    assert [row["method"] for row in rows] == [OURS, *TOLD, SHARE, *differences] * 2
    by_name = {row["method"]: row for row in rows if row["length"] == 80}
    assert [by_name[OURS][key] for key in ("f1", "f1_low", "f1_high", "ap", "seeds")] == [1.0, 1.0, 1.0, 1.0, [3, 4]]
    for name, row in by_name.items():
        assert row["f1_low"] <= row["f1"] <= row["f1_high"] and row["ap_low"] <= row["ap"] <= row["ap_high"], name
    assert by_name[differences[1]]["f1"] == pytest.approx(1.0 - by_name[TOLD[1]]["f1"])
    assert len(by_name[TOLD[1]]["f1_by_seed"]) == 2 and by_name[TOLD[0]]["seeds"] == []


def test_what_cannot_be_measured_is_refused(folder: Path) -> None:
    data = read(folder)
    right = np.zeros(len(data.lines) - data.cut)
    for scored in ((right[:3], 0.5), (right * np.nan, 0.5), (right, np.nan)):
        with pytest.raises(BenchmarkRefused, match="not one finite score"):
            measure(data, (40,), (0,), lambda text: None, lambda seen, seed, lengths, scored=scored: {40: scored})
    for lengths, seeds in (((), (0,)), ((40,), ()), ((1,), (0,))):
        with pytest.raises(ConfigError, match="at least one seed"):
            measure(data, lengths, seeds, lambda text: None)


def test_the_command_writes_a_report_and_prints_a_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = folder / "long.json"
    options = ["bench", "long", "--data-dir", str(folder), "--json", str(report), "--seeds", "0", "--lengths", "40"]
    assert main(options) == 0
    rows = json.loads(report.read_text("utf-8"))["rows"]
    assert {row["method"] for row in rows} == {*TOLD, SHARE}
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(rows)
    assert main([*options[:3], str(folder / "nowhere"), *options[4:]]) == 1
    assert "there is no file" in capsys.readouterr().err
