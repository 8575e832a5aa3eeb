"""Learning from labelled lines, on from the model for any log."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sparsemix.__main__ import main
from sparsemix.dataset import read_dataset
from sparsemix.errors import InputError
from sparsemix.model.fallback import any_log_model
from sparsemix.model.model import SparseMixModel
from sparsemix.readers import read_bytes
from sparsemix.training.any_log.pretraining import labelled_example, tuned
from sparsemix.training.own_data.fitting import Fitting
from sparsemix.training.own_data.of_file import learn_of_file
from sparsemix.training.own_data.plan import Plan

PLAN = Plan(steps=4)


def data_file(folder: Path, logs: int = 3, *, labels: Sequence[str] = ("normal", "faulty"), lines: int = 300) -> Path:
    rng = np.random.default_rng(0)
    path = folder / "data.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(logs):
            faulty = (rng.random(lines) < 0.04) & (len(labels) > 1)
            events = [f"valve {rng.integers(4)} {'jams' if bad else 'moves'} at {rng.integers(9)} mm" for bad in faulty]
            spans = [[int(place), int(place) + 1] for place in np.flatnonzero(faulty)]
            file.write(json.dumps({"id": str(number), "events": events, "spans": spans}) + "\n")
    return path


def test_labels_move_what_is_named(tmp_path: Path) -> None:
    told: list[Fitting] = []
    data = read_dataset(data_file(tmp_path))
    before = any_log_model()
    weights = {name: value.clone() for name, value in before.network.state_dict().items()}
    learned = learn_of_file(data, replace(PLAN, steps=60), before, told.append)
    assert [one.step for one in told] == list(range(1, 61))
    assert learned.steps == 60
    assert told[-1].loss < told[0].loss
    model = learned.model
    assert model.judge.by_itself
    assert len(model.vocabulary)
    assert all(torch.equal(value, weights[name]) for name, value in before.network.state_dict().items())
    item = data.items[0]
    named = model.run_with_trace(item.sequence).decision.event_probability >= model.config.event_threshold
    assert named[item.faulty_steps].mean() > 0.7
    assert named[~item.faulty_steps].mean() < 0.05


def test_the_same_labels_give_the_same_weights(tmp_path: Path) -> None:
    data = read_dataset(data_file(tmp_path, 2))
    first, again = (learn_of_file(data, PLAN, any_log_model()).model for _ in range(2))
    assert first.weights_sha256 == again.weights_sha256
    assert SparseMixModel.from_bytes(first.to_bytes()).weights_sha256 == first.weights_sha256


def test_each_faulty_line_is_a_fault_of_its_own() -> None:
    events = read_bytes("\n".join(f"door {number % 3} shut" for number in range(60)).encode(), "doors.log").events
    faulty = np.zeros(len(events), np.bool_)
    faulty[[3, 4, 9]] = True
    one = labelled_example(events, faulty)
    assert one.fault[faulty].tolist() == [0, 1, 2]
    np.testing.assert_array_equal(one.faulty, faulty)
    assert (one.cause == -1).all()
    model = tuned(any_log_model(), [one], [one], 2, 0)
    assert 0.0 < model.config.event_threshold < 1.0


def test_what_cannot_be_learned_is_refused(tmp_path: Path) -> None:
    labelled, normal = read_dataset(data_file(tmp_path)), read_dataset(data_file(tmp_path, labels=("normal",)))
    short = read_dataset(data_file(tmp_path, 4, lines=40))
    for data, plan, code in (
        (labelled, replace(PLAN, task="novelty"), "labels_only"),
        (normal, PLAN, "no_labelled_lines"),
        (short, PLAN, "too_short"),
    ):
        with pytest.raises(InputError) as refused:
            learn_of_file(data, plan, any_log_model())
        assert refused.value.code == code


def test_the_command_goes_on_from_the_model_for_any_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "own.safetensors"
    arguments = ["train", "--data", str(data_file(tmp_path)), "--from", "any-log", "--steps", "3", "--out", str(out)]
    assert main(arguments) == 0
    card = json.loads(out.with_suffix(".card.json").read_text(encoding="utf-8"))
    assert card["started_from"] == any_log_model().weights_sha256
    assert card["steps"] == 3
    assert SparseMixModel.load(out).judge.by_itself
    assert main([*arguments, "--checkpoint", str(tmp_path / "run.safetensors")]) == 1
    assert "no --checkpoint" in capsys.readouterr().err
