"""The benchmark of few normal sequences: what a row says is what its draw was."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks import small
from tests.benchmarks.__main__ import main


def test_a_share_is_cut_exactly_and_equal_scores_stay_below() -> None:
    scores = np.random.default_rng(0).permutation(200).astype(float)
    assert (scores > small.cut_at(scores, 0.01)).sum() == 2
    assert (np.ones(200) > small.cut_at(np.ones(200), 0.01)).sum() == 0


@pytest.mark.deep
def test_few_logs_of_the_plant_are_learned_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(small, "FRESH", 20)
    monkeypatch.setattr(small, "FAULTY", 3)
    report = tmp_path / "small.json"
    asked = ["--sets", "plant", "--sizes", "10", "--draws", "2", "--steps", "2"]
    assert main(["small", "--data-dir", str(tmp_path), "--json", str(report), *asked]) == 0
    rows = json.loads(report.read_text())["rows"]
    assert [(row["set"], row["sequences"], row["draw"], row["fresh"], row["faulty"]) for row in rows] == [
        ("plant", 10, draw, 20, 3) for draw in (0, 1)
    ]
    # Ten sequences cannot support one in a hundred.
    assert not any(row["vouched"] for row in rows) and all(0.0 <= row["share"] <= 1.0 for row in rows)
    assert "plant         10     2" in capsys.readouterr().out


def test_an_unknown_set_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["small", "--data-dir", ".", "--json", str(tmp_path / "x.json"), "--sets", "none"]) == 1
    assert "unknown: none" in capsys.readouterr().err
