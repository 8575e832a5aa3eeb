"""The transfer benchmark on a scale at which nothing is learned: what it trains, what it reports, and when it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from sparsemix.errors import ConfigError
from sparsemix.model.fallback import any_log_model
from sparsemix.model.network import Network
from sparsemix.training.generated.corpus import LabelledLog, corpus
from sparsemix.training.generated.evaluation import fresh_log
from sparsemix.training.generated.training import TrainingReport
from tests.benchmarks import brute_force, transfer
from tests.benchmarks.__main__ import main
from tests.benchmarks.given_logs import train_on
from tests.benchmarks.report import BenchmarkRefused
from tests.benchmarks.transfer import TransferScale, check_exact, rows, tuned
from tests.integration.sparsemix.training.test_train import TINY as PLAN
from tests.support.sparsemix.small_models import SMALL, small_model

TINY = TransferScale(steps=3, logs=3, events=96)


def weights(network: Network) -> torch.Tensor:
    return torch.cat([value.flatten().double() for value in network.state_dict().values()])


def press_logs(count: int) -> list[LabelledLog]:
    return corpus(count, 96, 5_000_000, SMALL.features, line="press")


@pytest.mark.deep
def test_every_number_of_sequences_has_its_rows() -> None:
    told: list[str] = []
    found = rows(small_model(), (0, 2), (0, 1), TINY, told.append)
    one = [(0, "any log", 0), (0, "transferred", 0)]
    one += [(2, "any log", 3), (2, "transferred", 3), (2, "scratch", 3), (2, "scratch", 12)]
    assert [(row["sequences"], row["start"], row["steps"]) for row in found] == one * 2
    assert {row["guidance"] for row in found} == {0.3}
    assert [row["seed"] for row in found] == [0] * 6 + [1] * 6
    assert len(told) == len(found)
    for row in found:
        for name in ("event_f1", "cause_recall", "selected_per_query"):
            low, value, high = (float(str(row[key])) for key in (f"{name}_low", name, f"{name}_high"))
            assert low <= value <= high
        assert float(str(row["difference_to_dense"])) < 1e-9
        assert (row["logs"], row["events"]) == (3, 96)
        assert row["effects"]


def test_without_labelled_sequences_the_weights_are_used_as_they_are() -> None:
    model = small_model()
    before = weights(model.network)
    any_log, row = rows(model, (0,), (0,), TINY)
    assert any_log["event_threshold"] == any_log_model().config.event_threshold
    assert row["event_threshold"] == model.config.event_threshold
    rows(model, (2,), (0,), TINY, starts=("transferred",))
    assert torch.equal(weights(model.network), before)


@pytest.mark.deep
def test_the_same_seed_gives_the_same_rows() -> None:
    def measured() -> list[dict[str, object]]:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in rows(small_model(), (2,), (3,), TINY)]

    assert measured() == measured()


def test_transferred_starts_from_the_weights_and_scratch_does_not() -> None:
    model, logs = small_model(5), press_logs(2)
    plan = transfer._plan(TINY, 2, 0)
    near, far = (tuned(model, logs, start, plan) for start in ("transferred", "scratch"))
    start = weights(model.network)
    assert 0 < (weights(near.network) - start).abs().max() < 0.05
    assert (weights(far.network) - start).abs().max() > 0.5
    other = tuned(small_model(1), logs, "scratch", plan)
    assert torch.equal(weights(far.network), weights(other.network))


def test_fine_tuning_learns_the_given_logs() -> None:
    reports: list[TrainingReport] = []
    plan = replace(PLAN, stages=(replace(PLAN.stages[0], steps=60),), validate_every=10, patience=100)
    initial = small_model(7).network.state_dict()
    train_on(press_logs(2), SMALL, plan, reports.append, initial)
    assert reports[-1].loss < reports[0].loss


def test_an_attention_that_is_wrong_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    model, log = small_model(), fresh_log(0, 64, 0, SMALL.features, "press")
    assert check_exact(model, log) < 1e-9
    reference, matched = brute_force.dense_entmax_attention, brute_force.dense_matches
    for wrong in (lambda x: x + 2e-5, lambda x: x * float("nan")):
        monkeypatch.setattr(brute_force, "dense_entmax_attention", lambda attention, x, w=wrong: w(reference(attention, x)))
        monkeypatch.setattr(brute_force, "dense_matches", lambda self, x, matches, w=wrong: w(matched(self, x, matches)))
        with pytest.raises(BenchmarkRefused, match="layer 0 differs"):
            rows(model, (0,), (0,), TINY)


def test_what_makes_no_sense_is_refused() -> None:
    for sequences, seeds in (((-1,), (0,)), ((), (0,)), ((2,), ())):
        with pytest.raises(ConfigError, match="negative"):
            rows(small_model(), sequences, seeds, TINY)
    with pytest.raises(ConfigError, match="start"):
        rows(small_model(), (2,), (0,), TINY, starts=("warm",))
    with pytest.raises(ConfigError, match="softmax"):
        rows(small_model(config=replace(SMALL, attention="softmax")), (0,), (0,), TINY)
    for change in ({"steps": 1}, {"logs": 0}, {"events": 8}, {"guidance": -1.0}):
        with pytest.raises(ConfigError, match="at least"):
            replace(TINY, **change)


def test_the_command_writes_a_report_and_prints_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, path = small_model(), tmp_path / "report.json"
    model.save(tmp_path / "weights.safetensors")
    small = ["--sequences", "0,1", "--seeds", "4", "--steps", "2", "--logs", "3", "--events", "96"]
    arguments = ["transfer", "--weights", str(tmp_path / "weights.safetensors"), *small, "--json"]
    assert main([*arguments, str(path)]) == 0
    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["line"] == "press"
    assert report["weights_sha256"] == model.weights_sha256
    assert "cpu" in report["machine"]
    assert [row["start"] for row in report["rows"]] == [
        *("any log", "transferred"),
        *("any log", "transferred", "scratch", "scratch"),
    ]
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == 1 + len(report["rows"])
    assert main([*arguments, str(tmp_path / "missing" / "report.json")]) == 1
    assert "no folder" in capsys.readouterr().err
