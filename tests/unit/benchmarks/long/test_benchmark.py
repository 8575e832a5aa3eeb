"""The benchmark `long` on a small made-up HDFS: what baselines are told, and what is reported."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from sparsemix.errors import ConfigError
from tests.benchmarks.__main__ import main
from tests.benchmarks.hdfs.data import Hdfs
from tests.benchmarks.long import baselines, scores
from tests.benchmarks.long.baselines import SHARE, TOLD, ToldLines, template_share, told_features
from tests.benchmarks.long.benchmark import Models, measure
from tests.benchmarks.long.data import held_out_windows, read
from tests.benchmarks.long.models import OURS
from tests.benchmarks.long.scores import Judged
from tests.benchmarks.report import BenchmarkRefused, Tell
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
    # A classifier that is told the blocks finds every block whose exception lies in the window.
    truth = scores.Truth.of(data, draws=1)
    assert truth.precision(ToldLines.of(data, 400).scored(TOLD[0], 0))[0] > truth.precision(template_share(data))[0] + 0.3


def perfect(data: Hdfs, method: str = OURS) -> Models:
    """A model that names the lines of all anomalous blocks."""

    def models(seen: Hdfs, lengths: Sequence[int], seeds: Sequence[int], tell: Tell) -> Iterator[Judged]:
        for seed in seeds:
            yield Judged(method, seed, dict.fromkeys(lengths, (data.label[data.cut :] * 1.0, 0.5)), {40: {"steps": seed}})

    return models


def test_a_model_is_measured_beside_the_baselines(folder: Path) -> None:
    data = read(folder)
    kept: list[int] = []
    rows = measure(data, (40, 80), (3, 4), lambda text: None, perfect(data), lambda rows: kept.append(len(rows)))
    differences = [f"{OURS} minus {name}" for name in (*TOLD, SHARE)]
    assert [row["method"] for row in rows] == [OURS, *TOLD, SHARE, *differences] * 2
    assert kept[0] == 2 and kept == sorted(kept) and kept[-1] == len(rows)
    by_name = {row["method"]: row for row in rows if row["length"] == 80}
    assert [by_name[OURS][key] for key in ("f1", "f1_low", "f1_high", "ap", "seeds")] == [1.0, 1.0, 1.0, 1.0, [3, 4]]
    assert rows[0]["steps"] == [3, 4] and "steps" not in by_name[OURS]
    for name, row in by_name.items():
        assert row["f1_low"] <= row["f1"] <= row["f1_high"] and row["ap_low"] <= row["ap"] <= row["ap_high"], name
    assert by_name[differences[1]]["f1"] == pytest.approx(1.0 - by_name[TOLD[1]]["f1"])
    assert len(by_name[TOLD[1]]["f1_by_seed"]) == 2 and by_name[TOLD[0]]["seeds"] == []
    assert not any("minus" in row["method"] for row in measure(data, (40,), (3,), lambda text: None, perfect(data, "x")))


def test_what_cannot_be_measured_is_refused(folder: Path) -> None:
    data = read(folder)
    right = np.zeros(len(data.lines) - data.cut)
    for scored in ((right[:3], 0.5), (right * np.nan, 0.5), (right, np.nan)):
        with pytest.raises(BenchmarkRefused, match="not one finite score"):
            measure(data, (40,), (0,), lambda text: None, lambda *asked, s=scored: iter([Judged(OURS, 0, {40: s}, {})]))
    for lengths, seeds in (((), (0,)), ((40,), ()), ((1,), (0,))):
        with pytest.raises(ConfigError, match="at least one seed"):
            measure(data, lengths, seeds, lambda text: None)


def test_nothing_is_trained_for_data_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["long", "--data-dir", str(tmp_path / "nowhere"), "--json", str(tmp_path / "long.json")]) == 1
    assert "there is no file" in capsys.readouterr().err
