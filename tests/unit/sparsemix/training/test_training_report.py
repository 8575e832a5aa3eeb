"""The page of a training run."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from sparsemix.__main__ import main
from sparsemix.errors import WeightsError
from sparsemix.training.generated.guard import Vitals
from sparsemix.training.generated.report import figure, read_training
from sparsemix.training.generated.training import TrainingReport


def reports() -> list[dict[str, object]]:
    vitals = Vitals([[2.0, 3.0]], [[0.1, 0.2]], [[1.0, 0.9]], [[0.0, 0.5]])
    return [
        asdict(TrainingReport(100, 300, 0, 128, 0.5, 0.0, 1.0, 0.2, None)),
        asdict(TrainingReport(200, 300, 1, 256, 0.1, 0.5, 1.0, 0.9, vitals)),
        asdict(TrainingReport(300, 300, 1, 256, 0.05, 1.0, 2.0, 0.95, vitals, "search-cost penalty doubled")),
    ]


def test_every_head_has_a_line_in_every_panel_and_an_action_is_marked() -> None:
    drawn = figure(reports())
    named = [trace.name for trace in drawn.data]
    assert named[:3] == ["loss", "penalty", "f1"]
    assert named[3:] == ["layer 1 head 1", "layer 1 head 2"] * 4
    assert list(drawn.data[4].y) == [3.0, 3.0]
    assert {shape.x0 for shape in drawn.layout.shapes} == {300}


def test_a_run_without_sparse_stages_is_drawn_too() -> None:
    assert [trace.name for trace in figure(reports()[:1]).data] == ["loss", "penalty", "f1"]


def test_the_command_writes_one_page_that_needs_no_network(tmp_path: Path) -> None:
    card, out = tmp_path / "w.card.json", tmp_path / "training.html"
    card.write_text(json.dumps({"training": reports()}))
    assert main(["report", str(card), "--out", str(out)]) == 0
    page = out.read_text()
    assert "churn" in page
    assert '<script src="http' not in page


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"training": []}', '{"training": 3}'])
def test_what_is_no_card_is_refused(tmp_path: Path, text: str) -> None:
    card = tmp_path / "w.card.json"
    card.write_text(text)
    with pytest.raises(WeightsError, match="card"):
        read_training(card)
