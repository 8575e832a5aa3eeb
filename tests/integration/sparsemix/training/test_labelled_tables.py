"""Tables labelled as a whole: what columns did comes first, attention goes on from there, and every part can be told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sparsemix import SparseMixConfig, SparseMixModel
from sparsemix.dataset import DataSet
from sparsemix.errors import WeightsError
from sparsemix.explain.integrated import integrated_gradients
from sparsemix.explain.intervention import Intervention
from sparsemix.explain.rerun import Rerun
from sparsemix.judges import Labelled
from sparsemix.judges.evidence import ColumnKnowledge, column_prior
from sparsemix.judges.following import Knowledge
from sparsemix.model.network import Network
from sparsemix.training.own_data import Learned, Plan, learn
from sparsemix.training.own_data.batches import Drawing, Source
from sparsemix.training.own_data.prediction import predictions, write_predictions
from tests.benchmarks.real.rows import table_item
from tests.support.sparsemix.explanations import dense_logits
from tests.unit.sparsemix.priors.test_column_evidence import FAULT, fitted, table

QUICK = Plan(task="label", steps=8, events=256, longest=32, features=512)
NAMES = ("ok", "broken", "jumpy")


def tables(seed: int = 0) -> DataSet:
    rng = np.random.default_rng(seed)
    items = [
        replace(table_item(f"t{place}", table(fault) + 5.0), label=NAMES[fault]) for place, fault in enumerate(FAULT.tolist())
    ]
    return DataSet("tables", tuple(items[place] for place in rng.permutation(len(items)).tolist()))


@pytest.fixture(scope="module")
def data() -> DataSet:
    return tables()


@pytest.fixture(scope="module")
def learned(data: DataSet) -> Learned:
    return learn(data, QUICK)


@pytest.fixture(scope="module")
def moved(learned: Learned) -> SparseMixModel:
    """The same, with a head that has something to add."""
    copy = SparseMixModel.from_bytes(learned.model.to_bytes())
    with torch.no_grad():
        copy.network.head.weight.add_(torch.randn(copy.network.head.weight.shape, generator=torch.manual_seed(1)) * 0.3)
    return SparseMixModel.from_bytes(copy.to_bytes())


def test_faults_are_named_after_a_few_steps(learned: Learned) -> None:
    assert learned.model.judge.classes == ("broken", "jumpy")
    fresh = tables(1)
    found = list(predictions(learned.model, fresh.items))
    right = ["ok" if one.label == "normal" or one.fault is None else one.fault[0] for one in found]
    assert sum(one == item.label for one, item in zip(right, fresh.items, strict=True)) >= 52


def test_the_parts_make_the_score(data: DataSet, moved: SparseMixModel) -> None:
    for item in data.items[:6]:
        one = next(predictions(moved, [item]))
        assert one.weighed is not None
        assert one.weighed.alone + one.weighed.attended == pytest.approx(one.score)
        assert sum(added for _, _, added in one.weighed.columns) == pytest.approx(one.weighed.own.sum())
        assert {name for name, _, _ in one.weighed.columns} == {"m0", "m1", "m2"}


def test_a_run_is_run_again_alike_and_by_brute_force(data: DataSet, moved: SparseMixModel) -> None:
    sequence = data.items[1].sequence
    run = moved.run_with_trace(sequence)
    rerun = Rerun(moved, sequence, run.trace)
    again = rerun.run.decision
    assert run.decision.weighed is not None
    assert again.weighed is not None
    assert again.sequence_probability == pytest.approx(run.decision.sequence_probability)
    np.testing.assert_array_equal(again.weighed.own, run.decision.weighed.own)
    assert again.weighed.columns == run.decision.weighed.columns
    assert run.decision.fault == pytest.approx(next(predictions(moved, [data.items[1]])).fault)
    for change in (Intervention(), Intervention(neutral=frozenset({4})), Intervention(absent=frozenset({7}))):
        wanted = dense_logits(moved, sequence, change)
        np.testing.assert_allclose(rerun(change).logits(rerun.logits), wanted, atol=1e-9)


def test_attributions_add_up(data: DataSet, moved: SparseMixModel) -> None:
    sequence = data.items[2].sequence
    rerun = Rerun(moved, sequence, moved.run_with_trace(sequence).trace)
    found = integrated_gradients(rerun, 3)
    assert found.logit == pytest.approx(rerun.logits[3])
    assert found.value.sum() == pytest.approx(found.logit - found.baseline_logit, abs=1e-3)
    assert abs(found.logit - found.baseline_logit) > 1e-2


def test_weights_keep_what_columns_say(learned: Learned) -> None:
    back = SparseMixModel.from_bytes(learned.model.to_bytes())
    assert back.weights_sha256 == learned.model.weights_sha256
    model, beside = learned.model, (learned.model.calibration, learned.model.reference)
    other = replace(fitted(), weight=fitted().weight[:1], intercept=fitted().intercept[:1])
    for known in (Knowledge(), ColumnKnowledge(other, model.judge.scales)):
        damaged = SparseMixModel(model.network, model.vocabulary, model.neutral, *beside, known)
        with pytest.raises(WeightsError):
            SparseMixModel.from_bytes(damaged.to_bytes())


def test_the_same_data_give_the_same_weights(data: DataSet, learned: Learned) -> None:
    assert learn(data, QUICK).model.weights_sha256 == learned.model.weights_sha256


def test_a_fault_without_a_name_is_a_fault(data: DataSet) -> None:
    plain = DataSet("two", tuple(replace(item, label="0" if item.label == "ok" else "1") for item in data.items))
    model = learn(plain, QUICK).model
    assert model.judge.evidence
    assert model.judge.classes == ()
    found = list(predictions(model, plain.items))
    assert sum((one.label == "fault") == bool(item.faulty) for one, item in zip(found, plain.items, strict=True)) >= 54


def test_rare_faults_are_left_to_the_network(data: DataSet) -> None:
    rare = (*data.items[:-1], replace(data.items[-1], label="never seen"))
    assert learn(DataSet("rare", rare), QUICK).model.judge.classes == ("broken", "jumpy")


def test_predictions_tell_the_columns(data: DataSet, learned: Learned, tmp_path: Path) -> None:
    write_predictions(learned.model, DataSet("one", data.items[:1]), tmp_path / "p.jsonl", attributions=False)
    line = json.loads((tmp_path / "p.jsonl").read_text(encoding="utf-8"))
    assert len(line["evidence"]["columns"]) == 12


def test_where_attention_adds_nothing_rows_pool_to_what_columns_say() -> None:
    judge = Labelled(pooling="soft", evidence=True, classes=("a", "b"))
    config = SparseMixConfig(features=256, d_model=16, layers=1, heads=2, d_head=8, d_ff=16, judge=judge)
    network = Network(config).double().requires_grad_(False)
    network.head.weight.zero_()
    network.head.bias.zero_()
    told = column_prior(fitted().of_values(table(1)))
    assert told.classes is not None
    x = torch.randn(1, 20, 16, dtype=torch.float64)
    logits = network.event_logits(x, told)[0]
    torch.testing.assert_close(logits, told.logit)
    torch.testing.assert_close(network.pooled(logits, following=told), told.alone)
    torch.testing.assert_close(network.pooled_classes(network.class_logits(x), None, told)[0], told.classes)
    # What is the same at every row and of every fault is added to both.
    network.head.bias.add_(0.7)
    torch.testing.assert_close(network.pooled(network.event_logits(x, told)[0], following=told), told.alone + 0.7)
    torch.testing.assert_close(network.pooled_classes(network.class_logits(x), None, told)[0], told.classes + 0.7)
    # One fault alone: by how probable it is.
    network.head.bias.copy_(torch.tensor([0.7, 0.0]))
    wanted = network.pooled_classes(network.class_logits(x), None, told)[0].logsumexp(-1)
    torch.testing.assert_close(network.pooled(network.event_logits(x, told)[0], following=told), wanted)
    both = told.stacked([told, told.at(np.arange(5))], 20)
    assert network.event_logits(x.expand(2, -1, -1), both).shape == (2, 20)


def test_faults_that_are_drawn_more_often_than_they_come_are_set_right(data: DataSet) -> None:
    config = SparseMixConfig(features=64)
    some = [item for place, item in enumerate(data.items) if item.label != "jumpy" or place % 4 == 0]
    sources = [Source.of(item, config.features, config.judge.reading, ("broken", "jumpy")) for item in some]
    drawn = Drawing(sources, "label", QUICK).draw(1.0, np.random.default_rng(0))
    counts = np.bincount([source.fault for source in sources if source.fault >= 0])
    assert float(drawn.fault_shift[1] - drawn.fault_shift[0]) == pytest.approx(np.log(counts[0] / counts[1]), abs=1e-6)
