"""How often probabilities are right: counted, kept in the card, read again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sparsemix import ConfigError, SparseMixModel, WeightsError
from sparsemix.__main__ import main
from sparsemix.training.common.reliability import BINS, Reliability, read_reliability, tabulate, write_reliability
from sparsemix.training.generated.evaluation import measure_reliability
from tests.support.dashboard.fixtures import build_model
from tests.support.paths import ROOT

SHIPPED = ROOT / "sample_data"
PROBABILITY = np.array([0.0, 0.05, 0.1, 0.95, 0.98, 1.0])
TRUTH = np.array([False, True, False, True, True, False])


def test_every_probability_lies_in_one_bin_with_the_truth_beside_it() -> None:
    table = tabulate(PROBABILITY, TRUTH)
    assert [(one.count, one.faulty) for one in table.bins] == [(2, 1), (1, 0), *[(0, 0)] * 7, (3, 2)]
    assert (table.bins[0].low, table.bins[-1].high) == (0.0, 1.0)
    assert table.bins[-1].mean == pytest.approx((0.95 + 0.98 + 1.0) / 3)
    # |0.05 - 1| + |0.1 - 0| + |2.93 - 2|, over six.
    assert table.error == pytest.approx((0.95 + 0.1 + 0.93) / 6)


@pytest.mark.parametrize(("probability", "place"), [(0.0, 0), (0.0999, 0), (0.1, 1), (0.95, 9), (1.0, 9), (1.5, 9), (-1.0, 0)])
def test_a_probability_finds_its_bin(probability: float, place: int) -> None:
    table = tabulate(PROBABILITY, TRUTH)
    assert table.of(probability) is table.bins[place]


def test_counting_runs_the_model_on_fresh_logs_half_of_them_healthy() -> None:
    model = build_model()
    found = measure_reliability(model, generated=4, events=64, seed=1)
    assert sum(one.count for one in found.by_log.bins) == 4
    assert sum(one.count for one in found.by_event.bins) == 4 * 64
    assert sum(one.faulty for one in found.by_log.bins) <= 2
    assert found == measure_reliability(model, generated=4, events=64, seed=1)
    with pytest.raises(ConfigError):
        measure_reliability(model, generated=1, events=64, seed=1)


def made() -> Reliability:
    table = tabulate(PROBABILITY, TRUTH)
    return Reliability(6, 128, 3, table, table)


def test_counts_are_kept_in_the_card_of_these_weights_alone(tmp_path: Path) -> None:
    card = tmp_path / "w.card.json"
    card.write_text(json.dumps({"weights_sha256": "a", "seconds": 7}))
    write_reliability(card, "a", made())
    assert read_reliability(card) == ("a", made())
    kept = json.loads(card.read_text())
    assert kept["seconds"] == 7
    assert kept["reliability"]["command"].endswith("--generated 6 --events 128 --seed 3 --card")
    with pytest.raises(WeightsError, match="other weights"):
        write_reliability(card, "b", made())
    with pytest.raises(WeightsError, match="is not a card"):
        write_reliability(tmp_path / "none.json", "a", made())


@pytest.mark.parametrize("text", ["", "[]", '{"weights_sha256": "a"}', '{"weights_sha256": "a", "reliability": {"by_log": 3}}'])
def test_a_card_without_counts_gives_none(tmp_path: Path, text: str) -> None:
    card = tmp_path / "w.card.json"
    card.write_text(text)
    assert read_reliability(card) is None
    assert read_reliability(tmp_path / "missing.json") is None


def test_the_shipped_weights_come_with_counts() -> None:
    found = read_reliability(SHIPPED / "weights.card.json")
    assert found is not None
    sha256, counted = found
    assert sha256 == SparseMixModel.load(SHIPPED / "weights.safetensors").weights_sha256
    assert counted.generated >= 400
    for table, total in ((counted.by_log, counted.generated), (counted.by_event, counted.generated * counted.events)):
        assert len(table.bins) == BINS
        assert sum(one.count for one in table.bins) == total
        assert all(0 <= one.faulty <= one.count for one in table.bins)


def test_the_command_counts_and_keeps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = build_model()
    weights = tmp_path / "w.safetensors"
    model.save(weights)
    weights.with_suffix(".card.json").write_text(json.dumps({"weights_sha256": model.weights_sha256}))
    arguments = ["reliability", "--weights", str(weights), "--generated", "2", "--events", "32"]
    assert main([*arguments, "--card"]) == 0
    assert "2 logs of 32 events" in capsys.readouterr().out
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["generated"] == 2
    found = read_reliability(weights.with_suffix(".card.json"))
    assert found is not None and found[0] == model.weights_sha256
