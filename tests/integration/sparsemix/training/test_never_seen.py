"""What no training showed: it lies above all that is known, survives the file, and few data are said to be few."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sparsemix import SparseMixModel
from sparsemix.__main__ import main
from sparsemix.dataset import DataSet, Item
from sparsemix.errors import WeightsError
from sparsemix.readers.limits import Limits
from sparsemix.readers.log_lines import event_sequence
from sparsemix.training.own_data import Plan, learn
from sparsemix.training.own_data.prediction import predictions
from tests.benchmarks.real.rows import table_item

QUICK = Plan(task="novelty", steps=20, events=512, longest=64, features=1024)
STATIONS = ("feed", "press", "weld", "test")


def log(id: str, lines: list[str]) -> Item:
    return Item(id, event_sequence(lines, id, Limits(min_events=1)))


def normal(seed: int, length: int = 60) -> list[str]:
    rng = np.random.default_rng(seed)
    return [
        f"{STATIONS[n % 4]} station finished job {rng.integers(10_000)} with code {rng.choice([0, 0, 0, 4])}"
        for n in range(length)
    ]


@pytest.fixture(scope="module")
def model() -> SparseMixModel:
    return learn(DataSet("normal", tuple(log(str(seed), normal(seed)) for seed in range(40))), QUICK).model


def test_a_line_of_an_unseen_kind_has_the_highest_score_of_all(model: SparseMixModel) -> None:
    lines = normal(100)
    lines[30] = "weld station stopped: no wire"
    (found,) = predictions(model, [log("odd", lines)])
    fresh = predictions(model, [log(str(seed), normal(seed)) for seed in range(200, 260)])
    assert found.event_scores[30] > max(one.event_scores.max() for one in fresh)
    assert found.label == "fault" and int(found.event_scores.argmax()) == 30


def test_the_shell_names_the_line_that_surprises_and_not_the_one_before_it(
    model: SparseMixModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = normal(100)
    lines[30] = "weld station stopped: no wire"
    (tmp_path / "odd.log").write_text("\n".join(lines), encoding="utf-8")
    model.save(tmp_path / "w.safetensors")
    given = [str(tmp_path / "odd.log"), "--weights", str(tmp_path / "w.safetensors"), "--no-fallback"]
    assert main(["trace", *given, "--out", str(tmp_path / "out")]) in (None, 0)
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("unusual: probability ")
    assert said[1].startswith("  line 31: weld station stopped: no wire")
    assert said[2].startswith("    Line 31 is shown because the weights expected something else there (how unusual, 0 to 1: ")
    first = json.loads((tmp_path / "out" / "decision.json").read_text(encoding="utf-8"))["flagged"][0]
    assert first["line"] == 30 and first["surprising"] == {"event": 30, "line": 31, "text": "weld station stopped: no wire"}
    for asked in ([], ["--line", "31"]):
        assert main(["explain", *given, *asked]) in (None, 0)
        said = capsys.readouterr().out
        assert said.startswith("unusual: ")
        assert "what surprises: line 31, which came after it: weld station stopped: no wire" in said
    assert main(["explain", *given, "--line", "1"]) == 1
    assert "judge a line by those before it" in capsys.readouterr().err


def test_a_code_that_never_occurred_is_an_unseen_kind_and_a_number_is_not(model: SparseMixModel) -> None:
    assert model.knowledge.known.words is not None
    lines = normal(101)
    lines[20] = "feed station finished job 77123 with code 5"
    lines[40] = "feed station finished job 77123 with code 4"
    (found,) = predictions(model, [log("code", lines)])
    assert int(found.event_scores.argmax()) == 20
    assert found.event_scores[20] - found.event_scores[40] > 3.0


def test_the_terms_are_part_of_the_weights(model: SparseMixModel) -> None:
    again = SparseMixModel.from_bytes(model.to_bytes())
    assert again.weights_sha256 == model.weights_sha256
    item = log("odd", [*normal(102), "lost"])
    one, other = (next(predictions(of, [item])) for of in (model, again))
    assert one.score == other.score and np.array_equal(one.event_scores, other.event_scores)
    assert model.run_with_trace(item.sequence).decision.p_value == one.p_value


def test_weights_whose_terms_are_missing_are_refused(model: SparseMixModel) -> None:
    without = SparseMixModel.from_bytes(model.to_bytes())
    without.knowledge = without.knowledge.bare()
    with pytest.raises(WeightsError, match="terms of novelty"):
        SparseMixModel.from_bytes(without.to_bytes())


def test_columns_that_no_longer_go_together_are_noticed() -> None:
    rng = np.random.default_rng(3)
    level = np.cumsum(rng.normal(size=(800, 1)), 0) * 0.1
    table = np.concatenate([level, level, level], 1) + 0.02 * rng.normal(size=(800, 3))
    learned = learn(DataSet("together", (table_item("t", table),)), replace(QUICK, steps=8)).model
    apart = table[:200].copy()
    apart[100:, 1] = np.flip(apart[100:, 1])
    (found,) = predictions(learned, [table_item("apart", apart)])
    assert found.event_scores[110:].max() > found.event_scores[20:100].max()


def test_weights_of_the_normal_course_select_few_keys(model: SparseMixModel) -> None:
    trace = model.run_with_trace(log("long", normal(103, 300)).sequence).trace
    assert np.mean([len(head.key_index) / trace.length for _, _, head in trace]) <= 32


@pytest.mark.parametrize("lengths", [(20, 20, 10), (1,) * 60, (1, 2, 3, 50)])
def test_short_sequences_are_learned_from(lengths: tuple[int, ...]) -> None:
    items = tuple(log(f"{n}", normal(n, length)) for n, length in enumerate(lengths))
    learned = learn(DataSet("short", items), replace(QUICK, steps=4, events=64))
    assert np.isfinite(learned.curve).all()
    (found,) = predictions(learned.model, [items[0]])
    assert np.isfinite(found.score)


def test_one_long_log_is_compared_with_in_twenty_parts() -> None:
    learned = learn(DataSet("long", (log("long", normal(0, 4000)),)), replace(QUICK, steps=4))
    assert len(learned.model.reference) == 20
    # A part of 40 lines vouches for as much as a short log does.
    assert learned.model.supported_rate is not None and learned.model.supported_rate <= 2 / 21


def test_weights_to_go_on_from_keep_their_counts_and_judge_everything_by_them(model: SparseMixModel) -> None:
    more = DataSet("more", tuple(log(f"m{seed}", normal(seed)) for seed in range(300, 320)))
    before = SparseMixModel.from_bytes(model.to_bytes())
    after = learn(more, replace(QUICK, steps=4), initial=model).model
    assert after.knowledge.terms is not None
    assert np.array_equal(after.knowledge.known.known, before.knowledge.known.known)
    assert SparseMixModel.from_bytes(after.to_bytes()).weights_sha256 == after.weights_sha256


def test_few_sequences_are_said_to_be_few_and_everyone_may_read_the_predictions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"id": str(seed), "events": normal(seed, 20)} for seed in range(20)]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    data, weights, out = (str(tmp_path / name) for name in ("data.jsonl", "w.safetensors", "p.jsonl"))
    assert main(["train", "--data", data, "--out", weights, "--steps", "4", "--task", "novelty"]) in (None, 0)
    assert "20 normal sequences, or parts of a few long ones, cannot support" in capsys.readouterr().err
    assert main(["predict", "--data", data, "--weights", weights, "--out", out]) in (None, 0)
    assert "called unusual: " in capsys.readouterr().err
    first = json.loads(Path(out).read_text(encoding="utf-8").splitlines()[0])
    assert first["false_alarm_rate"] >= 1 / 21 - 1e-9
    assert Path(out).stat().st_mode & stat.S_IRGRP == (tmp_path / "data.jsonl").stat().st_mode & stat.S_IRGRP
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == ["data.jsonl", "p.jsonl", "w.card.json", "w.safetensors"], "nothing half written is left"
