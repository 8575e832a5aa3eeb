"""Learning from one's own data: tasks, corruption, thresholds, the whole way from the shell."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix import RunCancelled, SparseMixModel
from sparsemix.__main__ import main
from sparsemix.dataset import DataSet, read_dataset
from sparsemix.encoding.of_file import FEATURES
from sparsemix.errors import ConfigError, InputError
from sparsemix.explain.integrated import integrated_gradients
from sparsemix.explain.rerun import Rerun
from sparsemix.judges import AnyLog, Labelled, NormalCourse
from sparsemix.training.own_data import Plan, learn, prediction
from sparsemix.training.own_data.calibration import conformal_threshold
from sparsemix.training.own_data.fitting import Fitting
from sparsemix.training.own_data.learning import _for_learning
from sparsemix.training.own_data.plan import split, task_of, told_apart
from sparsemix.training.own_data.prediction import predictions, write_predictions
from tests.support.sparsemix.small_models import SMALL, small_model

QUICK = Plan(steps=6, events=256, longest=64, features=512)


def lots(tmp_path: Path, count: int = 40, faulty: float = 0.5) -> Path:
    """Lots of a press: in faulty ones one line says so."""
    rng = np.random.default_rng(3)
    lines = []
    for number in range(count):
        events = [f"press stroke force={rng.normal(20, 1):.2f}" for _ in range(20)]
        bad = number < faulty * count
        if bad:
            events[int(rng.integers(20))] = "press jam cleared"
        lines.append(json.dumps({"id": f"lot{number}", "events": events, "label": "scrap" if bad else "ok"}))
    path = tmp_path / "lots.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def far_enough(*_: object, **__: object) -> None:
    raise ConfigError("far enough")


def test_the_task_follows_the_labels(tmp_path: Path) -> None:
    assert task_of(read_dataset(lots(tmp_path)), Plan()) == "label"
    normal = read_dataset(lots(tmp_path, faulty=0.0))
    assert task_of(normal, Plan()) == "novelty"
    with pytest.raises(InputError) as caught:
        task_of(normal, Plan(task="label"))
    assert caught.value.code == "one_class"


@pytest.mark.parametrize(
    ("faulty", "why"),
    [
        (
            0.5,
            "task label: the labels are learned; 20 sequences are labelled as faulty and 20 as normal. Labels can be learned",
        ),
        (
            0.05,
            "task novelty: what is normal is learned; 2 sequences are labelled as faulty and 38 as normal. Labels can be",
        ),
    ],
)
def test_the_shell_says_why_it_learns_what_it_learns(
    tmp_path: Path, faulty: float, why: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sparsemix.training.own_data.command.learn", far_enough)
    arguments = ["train", "--data", str(lots(tmp_path, faulty=faulty)), "--out", str(tmp_path / "w.safetensors")]
    assert main(arguments) == 1
    assert why in capsys.readouterr().err
    assert main([*arguments, "--task", "novelty"]) == 1
    assert "needed" not in capsys.readouterr().err


@pytest.mark.parametrize("faulty", [0.0, 0.5])
def test_weights_that_judge_any_file_by_itself_are_nothing_to_continue_from(tmp_path: Path, faulty: float) -> None:
    initial = small_model(config=replace(SMALL, features=FEATURES, judge=AnyLog()))
    with pytest.raises(ConfigError, match="judge any file by itself"):
        learn(read_dataset(lots(tmp_path, faulty=faulty)), QUICK, initial=initial)


def test_the_shell_says_what_it_met_in_sentences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sparsemix.training.own_data.command.learn", far_enough)
    table = tmp_path / "press.csv"
    table.write_text("time,force,empty\n" + "\n".join(f"{n},{n % 5 or ''}," for n in range(60)), encoding="utf-8")
    assert main(["train", "--data", str(table), "--out", str(tmp_path / "w.safetensors")]) == 1
    said = capsys.readouterr().err
    assert "Empty cells of feature columns, not passed to the model: 12." in said
    assert "Empty columns that were left out: 1." in said
    assert "empty_columns" not in said


@pytest.mark.parametrize(
    "wrong",
    [{"task": "magic"}, {"minutes": 0.0}, {"minutes": float("nan")}, {"steps": 1}, {"false_alarms": 0.0}, {"context": 0}],
)
def test_a_plan_that_makes_no_sense_is_refused(wrong: dict) -> None:
    with pytest.raises(ConfigError):
        Plan(**wrong)


def test_too_little_data_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"events": ["a", "b"]}\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        learn(read_dataset(path), QUICK)
    assert caught.value.code == "too_few_events"


def test_held_out_sequences_are_of_both_classes_and_of_no_other(tmp_path: Path) -> None:
    items = read_dataset(lots(tmp_path)).items
    trained, held = split(items, 0.2, seed=1)
    assert sorted(item.id for item in (*trained, *held)) == sorted(item.id for item in items)
    assert sum(item.faulty is True for item in held) == sum(item.faulty is False for item in held) == 4
    few, check = split(items[:11], 0.05, seed=1)
    assert (len(few), len(check)) == (10, 1)
    early, late = split(items[:1], 0.25, seed=1)
    assert [len(early[0]), len(late[0])] == [15, 5]
    assert early[0].sequence.events + late[0].sequence.events == items[0].sequence.events


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=200), st.floats(0.001, 0.4))
def test_at_most_the_asked_share_of_the_reference_lies_above_a_conformal_threshold(scores: list[float], share: float) -> None:
    reference = np.array(scores)
    cut = conformal_threshold(reference, share)
    assert (reference > cut).sum() <= max(0.0, share * (len(reference) + 1) - 1) + 1e-9


def test_fresh_normal_scores_are_flagged_as_often_as_asked() -> None:
    rng = np.random.default_rng(5)
    rates = []
    for _ in range(200):
        cut = conformal_threshold(rng.gamma(2.0, size=999), 0.01)
        rates.append((rng.gamma(2.0, size=2000) > cut).mean())
    assert 0.009 < np.mean(rates) < 0.011


@pytest.mark.deep
def test_the_same_steps_and_seed_give_the_same_weights(tmp_path: Path) -> None:
    data = read_dataset(lots(tmp_path))
    one, two = learn(data, QUICK), learn(data, QUICK)
    assert one.model.weights_sha256 == two.model.weights_sha256
    assert one.steps == 6 and len(one.loss) == 100


def test_labels_are_learned_and_the_telling_line_is_pointed_at(tmp_path: Path) -> None:
    data = read_dataset(lots(tmp_path, 60))
    model = learn(data, Plan(steps=120, events=512, longest=64, features=1024)).model
    sequence = data.items[0].sequence
    run = model.run_with_trace(sequence)
    assert run.decision.label == "fault"
    rerun = Rerun(model, sequence, run.trace)
    told = int(integrated_gradients(rerun, int(rerun.logits.argmax())).dense(len(sequence)).argmax())
    jam = next(place for place, event in enumerate(sequence.events) if "jam" in event.text)
    # An event is read together with the two before it.
    assert jam <= told <= jam + 2
    assert model.run_with_trace(data.items[-1].sequence).decision.label == "normal"


@pytest.mark.parametrize(("judge", "left"), [(Labelled(), 0.75), (NormalCourse(kinds=3), 0.5)])
def test_the_minutes_asked_for_are_for_all_phases(judge: Labelled | NormalCourse, left: float) -> None:
    told: list[str] = []
    plan = Plan(minutes=1.0)
    assert _for_learning(plan, 0.0, judge, told.append) == plan
    assert _for_learning(plan, 10.0, judge, told.append).minutes == pytest.approx(left)
    assert _for_learning(plan, 100.0, judge, told.append).minutes == pytest.approx(1 / 3)
    assert told[1] == f"prepared in 10 s; learning for {60 * left:.0f} s, then comparing"
    # Steps end a training by themselves, and its checkpoint knows it by its plan.
    assert _for_learning(QUICK, 100.0, judge, told.append) == QUICK


def test_phases_tell_their_own_time(tmp_path: Path) -> None:
    told: list[str] = []
    learn(read_dataset(lots(tmp_path)), QUICK, tell=told.append)
    assert [text.split(" in ")[0] for text in told] == ["prepared", "learned", "compared with 8 sequences"]


def test_cancel_stops_within_a_step(tmp_path: Path) -> None:
    seen = []

    def report(fitting: Fitting) -> None:
        seen.append(fitting.step)
        raise RunCancelled("enough")

    with pytest.raises(RunCancelled):
        learn(read_dataset(lots(tmp_path)), QUICK, report)
    assert seen == [1]


def test_weights_survive_the_file_with_their_reading_and_reference(tmp_path: Path) -> None:
    learned = learn(read_dataset(lots(tmp_path, faulty=0.0)), QUICK)
    path = tmp_path / "w.safetensors"
    learned.model.save(path)
    again = SparseMixModel.load(path)
    assert again.config == learned.model.config
    assert {again.weights_sha256} == {learned.model.weights_sha256} | {
        SparseMixModel.load(path).weights_sha256 for _ in range(8)
    }
    assert [scale.name for scale in again.judge.scales] == ["force"]
    assert (again.reference == learned.model.reference).all() and len(again.reference) == 40


@pytest.mark.deep
def test_train_evaluate_predict_from_the_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, weights, out = str(lots(tmp_path)), str(tmp_path / "w.safetensors"), tmp_path / "p.jsonl"
    assert main(["train", "--data", data, "--out", weights, "--steps", "4", "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["task"] == "label" and card["sequences"] == 40
    assert main(["evaluate", "--weights", weights, "--data", data, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["sequences"]["total"] == 40 and found["sequences"]["faulty"] == 20 and found["events"] is None
    assert main(["predict", "--weights", weights, "--data", data, "--out", str(out), "--attributions"]) == 0
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == [f"lot{n}" for n in range(40)]
    assert all(len(line["event_scores"]) == len(line["attributions"]) == 20 for line in lines)
    assert not any(line["unfamiliar"] for line in lines)
    foreign = tmp_path / "foreign.jsonl"
    foreign.write_text(json.dumps({"id": "f", "events": ["nobody ever wrote", "any of this"]}) + "\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["predict", "--weights", weights, "--data", str(foreign), "--out", str(out)]) == 0
    assert "unfamiliar: 1 of 1" in capsys.readouterr().err
    assert json.loads(out.read_text(encoding="utf-8"))["unfamiliar"] is True


def test_bad_data_leave_nothing_half_trained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "d.csv"
    path.write_text("a,a\n1,2\n", encoding="utf-8")
    assert main(["train", "--data", str(path), "--out", str(tmp_path / "w.safetensors")]) == 1
    assert "occurs twice" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["d.csv"]


def test_one_class_names_both_ways_out(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="novelty"):
        learn(DataSet("d", read_dataset(lots(tmp_path, faulty=0.0)).items), Plan(task="label"))


@pytest.mark.deep
def test_faults_with_names_of_their_own_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    says = {"ok": "", "jam": "press jam cleared", "leak": "oil below minimum"}
    lines = []
    for number in range(60):
        label = list(says)[number % 3]
        events = [f"press stroke force={rng.normal(20, 1):.2f}" for _ in range(16)]
        if says[label]:
            events[int(rng.integers(16))] = says[label]
        lines.append(json.dumps({"id": f"lot{number}", "events": events, "label": label}))
    path = tmp_path / "faults.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    data = read_dataset(path)
    model = learn(data, Plan(steps=60, events=512, longest=64, features=512)).model
    assert model.judge.classes == ("jam", "leak")
    assert not model.judge.located, "nobody said which events are faulty"
    again = SparseMixModel.from_bytes(model.to_bytes())
    found = list(predictions(again, data.items))
    assert all(one.label in ("fault", "normal") for one in found)
    right = [
        one.fault is not None and one.fault[0] == item.label for one, item in zip(found, data.items, strict=True) if item.faulty
    ]
    assert np.mean(right) > 0.9
    explained = next(predictions(again, data.items[:1], attributions=True))
    assert explained.fault is not None and explained.fault[0] == found[0].fault[0]
    assert explained.fault[1] == pytest.approx(found[0].fault[1])
    out = tmp_path / "found.jsonl"
    done = write_predictions(again, data, out, attributions=False)
    line = json.loads(out.read_text(encoding="utf-8").splitlines()[1])
    assert line["fault"] == found[1].fault[0] and 0.5 <= line["fault_probability"] <= 1.0
    with_incidents = [line for line in map(json.loads, out.read_text(encoding="utf-8").splitlines()) if "incidents" in line]
    assert len(with_incidents) == done.faulty and not done.untold
    assert all(line["label"] == "fault" for line in with_incidents)
    assert done.first[0] == (with_incidents[0]["id"], with_incidents[0]["incidents"][0]["sentence"])
    monkeypatch.setattr(prediction, "MOST_TOLD", len(data.items[0]))
    assert write_predictions(again, data, out, attributions=False).untold >= done.faulty - 1


def test_one_kind_of_fault_is_not_told_apart(tmp_path: Path) -> None:
    assert told_apart(read_dataset(lots(tmp_path)).items) == ()


def test_data_in_which_all_is_faulty_are_refused_by_that_reason(tmp_path: Path) -> None:
    path = tmp_path / "faulty.jsonl"
    lines = [json.dumps({"id": f"l{i}", "events": ["on", "drip"] * 10, "label": "leak"}) for i in range(9)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="All 9 sequences"):
        learn(read_dataset(path), Plan(steps=2))


def test_spans_are_no_fault_beside_the_label_of_their_sequence(tmp_path: Path) -> None:
    path = tmp_path / "marked.jsonl"
    leaks = [{"id": f"l{i}", "events": ["on", "drip", "off"], "label": "leak", "spans": [1]} for i in range(5)]
    fine = [{"id": f"f{i}", "events": ["on", "run", "off"], "label": "ok", "spans": []} for i in range(5)]
    path.write_text("\n".join(map(json.dumps, leaks + fine)) + "\n", encoding="utf-8")
    items = read_dataset(path).items
    assert items[0].steps == ("0", "leak", "0")
    assert told_apart(items) == ()


def test_steps_with_named_faults_are_told_apart(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    rows = ["sequence_id,label,force"]
    for sequence in range(12):
        for step in range(30):
            fault = ("high", "low")[sequence % 2] if step >= 20 else "ok"
            force = rng.normal({"ok": 0, "high": 8, "low": -8}[fault], 1)
            rows.append(f"s{sequence},{fault},{force:.3f}")
    path = tmp_path / "steps.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    data = read_dataset(path)
    model = learn(data, Plan(task="label", steps=60, events=256, longest=32, features=512, context=1)).model
    assert model.judge.classes == ("high", "low")
    assert model.judge.located
    kinds = [one.fault[0] for one in predictions(model, data.items) if one.fault is not None]
    assert np.mean([kind == ("high", "low")[place % 2] for place, kind in enumerate(kinds)]) > 0.8


def unclear(tmp_path: Path) -> Path:
    """Return lots with labels that nobody explained."""
    path = tmp_path / "unclear.jsonl"
    path.write_text(lots(tmp_path, 16).read_text().replace('"scrap"', '"Schlecht"').replace('"ok"', '"Gut"'))
    return path


def test_labels_that_are_not_understood_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = tmp_path / "w.safetensors"
    assert main(["train", "--data", str(unclear(tmp_path)), "--out", str(weights)]) == 1
    said = capsys.readouterr().err
    assert "these are not understood: 'Gut', 'Schlecht'" in said and "--normal" in said and not weights.exists()
    assert main(["train", "--out", str(weights), "--normal", "Gut"]) == 1
    assert "--normal: for training with --data" in capsys.readouterr().err


@pytest.mark.deep
def test_which_labels_mean_normal_is_kept_and_holds_in_evaluation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, weights = lots(tmp_path, 16), tmp_path / "w.safetensors"
    data.write_text(data.read_text().replace('"scrap"', '"0"').replace('"ok"', '"1"'))
    assert main(["train", "--data", str(data), "--normal", "1", "--out", str(weights), "--steps", "2"]) == 0
    card = json.loads(weights.with_suffix(".card.json").read_text())
    assert card["label_meaning"] == {"0": "faulty", "1": "normal"}
    assert "labels that mean normal: '1'; faulty: '0'" in capsys.readouterr().err
    for more in ([], ["--normal", "1"], ["--normal", "0"]):
        assert main(["evaluate", "--weights", str(weights), "--data", str(data), *more]) == 0
        normal = "0" if "0" in more else "1"
        assert f"labels that mean normal: '{normal}'" in capsys.readouterr().err, "as in training, unless said otherwise"
    assert main(["predict", "--weights", str(weights), "--data", str(unclear(tmp_path)), "--out", str(tmp_path / "p")]) == 0
    weights.with_suffix(".card.json").write_text("{")
    assert main(["evaluate", "--weights", str(weights), "--data", str(data)]) == 1
    assert "restore it or remove it" in capsys.readouterr().err
