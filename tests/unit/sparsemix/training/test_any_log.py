"""Made-up systems, the faults in them, and training on them."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from sparsemix.__main__ import main
from sparsemix.config import SparseMixConfig
from sparsemix.encoding.entities import EntityType
from sparsemix.encoding.file_statistics.statistics import GROUPS, NAMES
from sparsemix.encoding.of_file import EARLIER_FEATURES, FEATURES, MATCHED
from sparsemix.errors import ConfigError, WeightsError
from sparsemix.judges import AnyLog
from sparsemix.model.model import SparseMixModel
from sparsemix.model.network import Network
from sparsemix.training.any_log import command, faults, pretraining
from sparsemix.training.any_log.command import count
from sparsemix.training.any_log.course import Course
from sparsemix.training.any_log.examples import example, times_of_lines, times_of_rows
from sparsemix.training.any_log.pretraining import event_logits, pretrain
from sparsemix.training.any_log.sensors import sensor_rows
from sparsemix.training.any_log.system import LogLine


def course(seed: int) -> tuple[Course, list[LogLine]]:
    own = Course(np.random.default_rng(seed), 400)
    return own, own.write()


def test_a_system_is_drawn_by_its_seed() -> None:
    first, again, other = ([line.text for line in course(seed)[1]] for seed in (3, 3, 4))
    assert first == again
    assert len(first) == 400
    assert not set(first) & set(other)


@pytest.mark.parametrize("fault", faults._FAULTS, ids=lambda fault: fault.__name__.lstrip("_"))
def test_each_fault_marks_what_it_changes(fault: object) -> None:
    """On one of twenty systems at least: some faults need sessions. What is not marked was there before, in the same order."""
    marked = 0
    for seed in range(20):
        own, lines = course(seed)
        before = [line.text for line in lines]
        fault(np.random.default_rng(seed), own.system, lines)  # type: ignore[operator]
        marked += sum(line.faulty for line in lines)
        left = iter(before)
        causes = {id(line.cause) for line in lines if line.cause is not None}
        normal = [line.text for line in lines if not line.faulty and id(line) not in causes]
        assert all(text in left for text in normal)
    assert marked


def test_rows_of_a_sensor_table_are_marked_too() -> None:
    rows, fault = sensor_rows(np.random.default_rng(0), 200, breaks=True)
    assert len(rows) == len(fault) == 200
    assert 0 < (fault >= 0).sum() < 200
    assert all("=" in row for row in rows)


def test_a_line_that_is_late_is_the_latest_of_all_or_of_its_kind_or_its_time_runs_back() -> None:
    kind = np.minimum(np.random.default_rng(0).geometric(0.2, 400) - 1, 11)
    found = set()
    for seed in range(300):
        times, place = times_of_lines(np.random.default_rng(seed), kind, breaks=True)
        if place < 0:
            continue
        pause = np.diff(np.array(times, np.float64))
        own, others = pause[place - 1], np.delete(pause, place - 1)
        of_kind = np.delete(kind[1:] == kind[place], place - 1)
        found.add("back" if own < 0 else "all" if own > others.max() else "kind")
        assert own < 0 or own > max(3.0, 3 * others[of_kind].max())
    assert found == {"back", "all", "kind"}
    assert all(times_of_lines(np.random.default_rng(seed), kind, breaks=False)[1] == -1 for seed in range(20))


def test_a_gap_of_a_table_is_a_fault_where_no_other_is_as_long() -> None:
    found = set()
    for seed in range(40):
        times, place = times_of_rows(np.random.default_rng(seed), 300, breaks=True)
        pause = np.diff(np.array(times), prepend=times[0] - np.diff(times).min())
        longest, other = np.sort(pause)[[-1, -2]]
        assert (place >= 0) == (longest >= 2.999 * other)
        assert place < 0 or pause[place] == longest
        found.add(place >= 0)
        again, none = times_of_rows(np.random.default_rng(seed), 300, breaks=False)
        assert none == -1 and np.sort(np.diff(again))[-1] < 3.001 * np.sort(np.diff(again))[-2]
    assert found == {True, False}


def test_systems_and_tables_of_every_seventh_seed_have_no_fault() -> None:
    assert not any(example(seed).faulty.any() for seed in range(0, 70, 7))


@pytest.mark.parametrize("seed", range(6))
def test_an_example_says_which_events_are_faulty_and_what_caused_them(seed: int) -> None:
    one = example(seed)
    count = len(one.fault)
    assert one.statistics.columns.shape == (count, len(NAMES))
    assert ((one.cause >= -1) & (one.cause < count)).all()
    assert not one.faulty[one.cause[one.cause >= 0]].any()
    assert (one.weight[~one.faulty] == 1.0).all()
    assert (one.weight > 0).all()


@pytest.mark.parametrize("seed", range(4))
def test_what_a_plant_makes_wrong_is_decided_by_an_earlier_line_and_nothing_is_wrong_where_nothing_breaks(seed: int) -> None:
    lines = Course(np.random.default_rng(seed), 900, plant=True, breaks=True).write()
    place = {id(line): number for number, line in enumerate(lines)}
    faulty = [line for line in lines if line.faulty]
    assert all(line.cause is not None and place[id(line.cause)] < place[id(line)] for line in faulty)
    assert len({line.fault for line in faulty}) == len(faulty) < 0.2 * len(lines)
    assert not any(line.faulty for line in Course(np.random.default_rng(seed), 900, plant=True).write())


def test_plants_have_faults() -> None:
    assert sum(
        line.faulty for seed in range(4) for line in Course(np.random.default_rng(seed), 900, plant=True, breaks=True).write()
    )


def test_statistics_without_a_group_say_nothing_of_it() -> None:
    statistics = example(5).statistics
    for group in GROUPS:
        left = statistics.without(group)
        own = [name.removeprefix("rank.").startswith(f"{group}.") for name in NAMES]
        assert not left.columns[:, own].any()
        np.testing.assert_array_equal(left.columns[:, np.invert(own)], statistics.columns[:, np.invert(own)])
    assert (statistics.without("sessions").codes[[0, 2]] == -1).all()


def test_too_few_logs_to_calibrate_are_refused() -> None:
    with pytest.raises(ConfigError, match="at least 28 logs"):
        pretrain(27, 1, 0, lambda _share, _stage: None)


def test_training_goes_on_from_weights_that_know_fewer_statistics() -> None:
    earlier = Network(SparseMixConfig(features=EARLIER_FEATURES, judge=AnyLog()))
    initial = SparseMixModel(earlier, np.zeros(0, np.uint32), torch.ones(earlier.config.d_model))
    network = pretraining.trained([example(1)], 1, 0, lambda _step, _loss: None, initial)
    moved = (network.embedding[:EARLIER_FEATURES] - initial.network.embedding).abs().max()
    assert 0.0 < moved < 1e-3
    assert network.embedding[EARLIER_FEATURES:].abs().max() < 0.2
    read = SparseMixModel.from_bytes(initial.to_bytes())
    assert len(event_logits(read, example(1).statistics)) == len(example(1).fault)
    assert not read.judge.entities and network.judge.entities == MATCHED


def of_file_model(features: int = FEATURES) -> SparseMixModel:
    network = Network(SparseMixConfig(features=features, judge=AnyLog(MATCHED if features == FEATURES else ())))
    return SparseMixModel(network, np.zeros(0, np.uint32), torch.ones(network.config.d_model))


def test_the_mean_of_weights_is_that_of_each_weight() -> None:
    models = [of_file_model() for _ in range(3)]
    mean = pretraining.mean_of(models)
    for found, *each in zip(*(one.network.parameters() for one in (mean, *models)), strict=True):
        torch.testing.assert_close(found, torch.stack(each).mean(0))
    assert pretraining.mean_of(models[:1]).weights_sha256 == models[0].weights_sha256
    with pytest.raises(ConfigError, match="have no mean"):
        pretraining.mean_of([models[0], of_file_model(EARLIER_FEATURES)])


def test_a_card_tells_the_trainings_that_led_to_its_weights(tmp_path: Path) -> None:
    weights, card, model = tmp_path / "w.safetensors", tmp_path / "w.card.json", of_file_model()
    assert command._stages(weights, model) == []
    first = {"command": "first", "weights_sha256": "01", "started_from": None, "mean_of": []}
    own = {"command": "second", "weights_sha256": model.weights_sha256, "started_from": "01", "mean_of": []}
    card.write_text(json.dumps(own | {"stages_before": [first]}), "utf-8")
    assert command._stages(weights, model) == [first, own]
    assert command._stages(weights, of_file_model()) == []
    card.write_text("no card", "utf-8")
    with pytest.raises(WeightsError, match=r"w\.card\.json is not a card"):
        command._stages(weights, model)


def test_weights_that_match_by_something_else_are_refused() -> None:
    config = SparseMixConfig(features=FEATURES, judge=AnyLog((EntityType(("order #",)),)))
    model = SparseMixModel(Network(config), np.zeros(0, np.uint32), torch.ones(config.d_model))
    with pytest.raises(WeightsError, match="match by same session"):
        SparseMixModel.from_bytes(model.to_bytes())


@pytest.mark.deep
def test_training_gives_the_same_weights_again_and_a_false_alarm_rate() -> None:
    first, again = (pretrain(28, 3, 1, lambda _share, _stage: None) for _ in range(2))
    assert first.weights_sha256 == again.weights_sha256
    read = SparseMixModel.from_bytes(first.to_bytes())
    assert read.judge.by_itself
    assert read.config.features == FEATURES
    assert len(event_logits(read, example(1).statistics)) == len(example(1).fault)
    counted = count(first, 1000, 3)
    assert counted["systems"] == 3
    assert counted["normal"] > 0
    assert 0.0 <= counted["alarms"] < 0.5


def test_the_card_names_the_weights_that_training_went_on_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is trained here: the weights that come out are those that it would go on from."""
    monkeypatch.setattr(command, "count", partial(count, systems=1))
    monkeypatch.setattr(command, "pretrain", lambda _logs, _steps, _seed, _progress, initial: initial)
    starts = [of_file_model(), of_file_model()]
    files = [tmp_path / "a.safetensors", tmp_path / "b.safetensors"]
    for start, file in zip(starts, files, strict=True):
        start.save(file)
    sums = [start.weights_sha256 for start in starts]
    for of, origin in ((1, {"started_from": sums[0], "mean_of": []}), (2, {"started_from": None, "mean_of": sums})):
        out = tmp_path / "w.safetensors"
        assert main(["pretrain", "--steps", "0", "--out", str(out), "--from", *map(str, files[:of])]) == 0
        card = json.loads((tmp_path / "w.card.json").read_text("utf-8"))
        assert {name: card[name] for name in origin} == origin
        assert card["weights_sha256"] == SparseMixModel.load(out).weights_sha256
