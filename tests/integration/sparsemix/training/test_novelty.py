"""Novelty: what followed against expectation, in logs and in tables; false alarms; explanations stay exact."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from sparsemix import ConfigError, SparseMixModel
from sparsemix.dataset import DataSet, Item
from sparsemix.explain.integrated import integrated_gradients
from sparsemix.explain.intervention import Intervention, Pair
from sparsemix.explain.rerun import Rerun
from sparsemix.model.replay import replay
from sparsemix.readers.limits import Limits
from sparsemix.readers.log_lines import event_sequence
from sparsemix.training.own_data import Plan, learn
from sparsemix.training.own_data.batches import Source
from sparsemix.training.own_data.prediction import predictions
from tests.benchmarks.brute_force import without_pairs
from tests.benchmarks.real.rows import table_item

CYCLE = ("load part", "clamp closed", "press down", "press up", "clamp open", "unload part")
QUICK = Plan(task="novelty", steps=60, events=512, longest=64, features=1024)


def log(id: str, events: list[str]) -> Item:
    return Item(id, event_sequence(events, id, Limits(min_events=1)))


def cycles(count: int, seed: int, rounds: int = 6) -> list[Item]:
    rng = np.random.default_rng(seed)
    return [log(f"{seed}-{n}", [*CYCLE * rounds][int(rng.integers(6)) :]) for n in range(count)]


@pytest.fixture(scope="module")
def of_logs() -> SparseMixModel:
    return learn(DataSet("cycles", tuple(cycles(150, 0))), replace(QUICK, false_alarms=0.05)).model


@pytest.fixture(scope="module")
def of_tables() -> SparseMixModel:
    rng = np.random.default_rng(1)
    time = np.arange(600)[:, None]
    table = np.sin(time / np.array([5.0, 9.0])) + 0.1 * rng.normal(size=(600, 2))
    return learn(DataSet("waves", (table_item("waves", table),)), replace(QUICK, steps=30)).model


@pytest.mark.deep
def test_the_line_that_was_not_expected_has_the_highest_score(of_logs: SparseMixModel) -> None:
    events = [*CYCLE * 4]
    events[13] = "press up"
    (found,) = predictions(of_logs, [log("odd", events)])
    assert int(found.event_scores.argmax()) in (13, 14)
    assert found.label == "fault"
    assert found.p_value is not None and found.p_value <= 0.05
    (usual,) = predictions(of_logs, [log("usual", [*CYCLE * 4])])
    assert usual.label == "normal"


@pytest.mark.deep
def test_a_column_that_leaves_its_course_is_noticed(of_tables: SparseMixModel) -> None:
    time = np.arange(200)[:, None]
    table = np.sin(time / np.array([5.0, 9.0])) + 0.1 * np.random.default_rng(2).normal(size=(200, 2))
    table[120:, 1] += 2.0
    (found,) = predictions(of_tables, [table_item("stuck", table)])
    # Nothing is known of what came before the first rows.
    assert found.event_scores[120:150].max() > found.event_scores[20:120].max()


@pytest.mark.deep
def test_a_log_is_judged_by_its_typical_event_and_attention_has_a_tenth_of_its_say() -> None:
    plan = replace(QUICK, false_alarms=0.05, judge="typical")
    model = learn(DataSet("cycles", tuple(cycles(150, 0))), plan).model
    assert (model.judge.pooling, model.judge.attended) == ("median", 0.1)
    again = SparseMixModel.from_bytes(model.to_bytes())
    assert again.weights_sha256 == model.weights_sha256
    usual, one_odd, other = [*CYCLE * 10], [*CYCLE * 10], [*CYCLE[::-1] * 10]
    one_odd[31] = "press up"
    asked = [log("usual", usual), log("one odd", one_odd), log("another program", other)]
    normal, odd, program = predictions(again, asked)
    assert (normal.label, program.label) == ("normal", "fault")
    # Another program is not excused by repeating itself, and a single event hardly moves the typical one.
    assert odd.score - normal.score < 0.1 * (program.score - normal.score)


def test_the_highest_event_has_all_of_the_attention(of_logs: SparseMixModel) -> None:
    assert (of_logs.judge.pooling, of_logs.judge.attended) == ("max", 1.0)


def test_the_newest_event_of_a_log_that_grows_is_judged_by_what_came_before(of_logs: SparseMixModel) -> None:
    assert of_logs.knowledge.known.after is not None
    events = [*CYCLE * 3]
    for length in range(2, len(events)):
        (found,) = predictions(of_logs, [log("so far", events[:length])])
        assert found.event_scores[-1] < of_logs.event_cut
    (odd,) = predictions(of_logs, [log("so far", [*events[:9], "unload part"])])
    assert odd.event_scores[-1] >= of_logs.event_cut


def test_heads_look_back_only(of_logs: SparseMixModel) -> None:
    trace = of_logs.run_with_trace(cycles(1, 3)[0].sequence).trace
    for _, _, head in trace:
        query = np.repeat(np.arange(trace.length), np.diff(head.query_ptr))
        assert (head.key_index <= query).all()
        assert head.certified.all()


@pytest.mark.parametrize("which", ["of_logs", "of_tables"])
def test_explanations_of_surprise_agree_with_brute_force(which: str, request: pytest.FixtureRequest) -> None:
    model: SparseMixModel = request.getfixturevalue(which)
    item = cycles(1, 4)[0] if which == "of_logs" else table_item("t", np.random.default_rng(2).normal(size=(40, 2)))
    run = model.run_with_trace(item.sequence)
    assert max(replay(model, item.sequence, run.trace)) < 1e-9
    rerun = Rerun(model, item.sequence, run.trace)
    layer, head, selection = list(run.trace)[-1]
    query = int(np.flatnonzero(np.diff(selection.query_ptr))[5])
    pair = Pair(layer, head, query, int(selection.key_index[selection.query_ptr[query]]))
    ours = rerun(Intervention.without([pair])).logits(rerun.logits)
    assert ours == pytest.approx(without_pairs(model, item.sequence, frozenset([pair])), abs=1e-9)
    assert abs(integrated_gradients(rerun, query).delta or 0.0) < 0.1


def test_a_network_that_expects_is_told_what_followed(of_logs: SparseMixModel) -> None:
    with pytest.raises(ConfigError, match="followed"):
        of_logs.network.event_logits(torch.zeros(1, 3, of_logs.config.d_model, dtype=torch.float64))


@pytest.mark.deep
def test_weights_of_the_normal_course_are_where_few_labels_start(of_logs: SparseMixModel) -> None:
    faulty = [replace(log(f"f{n}", [*CYCLE * 3, "press jam", *CYCLE]), label="fault") for n in range(8)]
    data = DataSet("labels", (*faulty, *(replace(item, label="ok") for item in cycles(8, 5))))
    learned = learn(data, Plan(task="label", steps=30, events=512, longest=64), initial=of_logs)
    assert learned.model.judge.task == "label" and learned.model.judge.context == of_logs.judge.context
    again = SparseMixModel.from_bytes(learned.model.to_bytes())
    assert again.weights_sha256 == learned.model.weights_sha256


def test_sources_read_what_the_model_reads(of_tables: SparseMixModel) -> None:
    item = table_item("t", np.random.default_rng(3).normal(size=(30, 2)))
    source = Source.of(item, of_tables.config.features, of_tables.reading)
    assert len(source) == len(source.hashed) == 30


def test_fifty_logs_are_all_learned_from_and_all_say_where_to_cut() -> None:
    data = DataSet("cycles", tuple(cycles(50, 0)))
    model = learn(data, QUICK).model
    assert len(model.reference) == 50 and model.supported_rate > model.judge.false_alarms == 0.01
    assert len(learn(DataSet("more", tuple(cycles(1001, 0))), replace(QUICK, steps=2)).model.reference) == 200
    fresh = [found.label for found in predictions(model, cycles(100, 7))]
    assert fresh.count("fault") <= 4
    odd = [log(f"odd {n}", [*CYCLE * 3, f"{word} lost", *CYCLE]) for n, word in enumerate(("power", "signal", "contact"))]
    assert [found.label for found in predictions(model, odd)] == ["fault"] * 3
