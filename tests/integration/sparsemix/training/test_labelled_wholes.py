"""Logs labelled as a whole: what n-grams say comes first, attention goes on from there, and every part can be told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from sparsemix import SparseMixConfig, SparseMixModel
from sparsemix.dataset import DataSet, read_dataset
from sparsemix.errors import ConfigError, WeightsError
from sparsemix.explain.rerun import Rerun
from sparsemix.judges import Labelled
from sparsemix.judges.evidence import ngram_prior
from sparsemix.judges.following import Knowledge
from sparsemix.model.network import Network
from sparsemix.training.own_data import Learned, Plan, learn
from sparsemix.training.own_data.prediction import predictions

QUICK = Plan(steps=8, events=256, longest=32, features=512)
PLAIN = SparseMixConfig(features=256, d_model=16, layers=1, heads=2, d_head=8, d_ff=16)


def lots(folder: Path, *, steps: bool = False) -> DataSet:
    """Lots that are scrap where a clamp opened right after a stroke; single lines tell nothing."""
    rng, lines = np.random.default_rng(5), []
    for number in range(60):
        events = rng.choice(["press stroke", "transfer", "clamp open"], 24, p=[0.2, 0.6, 0.2]).tolist()
        places = [at for at in range(1, 24) if events[at - 1] == "press stroke" and events[at] == "clamp open"]
        if number % 2 == 0:
            for at in places:
                events[at] = "transfer"
        elif not places:
            events[11:13] = ["press stroke", "clamp open"]
        line: dict[str, object] = {"id": f"lot{number}", "events": events, "label": "scrap" if number % 2 else "ok"}
        if steps:
            bad = [at for at in range(1, 24) if events[at - 1] == "press stroke" and events[at] == "clamp open"]
            line["spans"] = bad
        lines.append(json.dumps(line))
    path = folder / "lots.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_dataset(path)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    return lots(tmp_path_factory.mktemp("lots"))


@pytest.fixture(scope="module")
def learned(data: DataSet) -> Learned:
    return learn(data, QUICK)


def test_two_lines_in_a_row_are_learned_in_a_few_steps(data: DataSet, learned: Learned) -> None:
    assert learned.model.judge.evidence
    found = list(predictions(learned.model, data.items))
    assert sum((one.label == "fault") == bool(item.faulty) for one, item in zip(found, data.items, strict=True)) >= 58


def test_the_parts_make_the_score_and_the_telling_line_is_pointed_at(data: DataSet, learned: Learned) -> None:
    for item in data.items[1:20:2]:
        one = next(predictions(learned.model, [item]))
        assert one.weighed is not None
        assert one.weighed.alone + one.weighed.attended == pytest.approx(one.score)
        assert one.weighed.own.sum() + learned.model.knowledge.evidence.intercept == pytest.approx(one.weighed.alone)
        place = int(one.event_scores.argmax())
        messages = [event.message for event in item.sequence.events]
        assert messages[place - 1 : place + 1] == ["press stroke", "clamp open"]


def test_a_run_says_the_parts_too_and_is_run_again_alike(data: DataSet, learned: Learned) -> None:
    sequence = data.items[1].sequence
    run = learned.model.run_with_trace(sequence)
    rerun = Rerun(learned.model, sequence, run.trace)
    again = rerun.run.decision
    assert run.decision.weighed is not None
    assert again.weighed is not None
    assert again.sequence_probability == pytest.approx(run.decision.sequence_probability)
    np.testing.assert_array_equal(again.weighed.own, run.decision.weighed.own)
    assert run.decision.weighed.attended == pytest.approx(again.weighed.attended)


def test_weights_keep_what_n_grams_say(learned: Learned) -> None:
    data = learned.model.to_bytes()
    back = SparseMixModel.from_bytes(data)
    assert back.weights_sha256 == learned.model.weights_sha256
    assert back.knowledge.packed().keys() == {"evidence"}
    with pytest.raises(WeightsError):
        SparseMixModel.from_bytes(replaced(learned.model))


def replaced(model: SparseMixModel) -> bytes:
    """A file whose configuration asks for evidence that is not there."""
    beside = (model.calibration, model.reference, Knowledge())
    return SparseMixModel(model.network, model.vocabulary, model.neutral, *beside).to_bytes()


def test_the_same_data_give_the_same_weights(data: DataSet, learned: Learned) -> None:
    assert learn(data, QUICK).model.weights_sha256 == learned.model.weights_sha256


def test_where_labels_name_the_steps_the_network_learns_alone(tmp_path: Path) -> None:
    steps = lots(tmp_path, steps=True)
    spans_only = DataSet("steps", tuple(replace(item, label=None) for item in steps.items))
    assert any(item.steps is not None for item in spans_only.items)
    assert not learn(spans_only, QUICK).model.judge.evidence


def test_going_on_with_few_labels_of_wholes_and_back(data: DataSet, learned: Learned) -> None:
    few = DataSet("few", data.items[:10])
    assert not learn(few, QUICK, initial=learned.model).model.judge.evidence
    assert learn(data, QUICK, initial=learned.model).model.judge.evidence


@pytest.mark.parametrize("length", [1, 7, 24])
def test_where_attention_adds_nothing_events_pool_to_what_n_grams_say(length: int) -> None:
    network = Network(replace(PLAIN, judge=Labelled(pooling="soft", evidence=True))).double().requires_grad_(False)
    own = np.random.default_rng(length).normal(size=length)
    whole = ngram_prior(own, -0.5)
    assert float(whole.alone) == pytest.approx(own.sum() - 0.5)
    assert float(network.pooled(whole.logit, following=whole)) == pytest.approx(own.sum() - 0.5)
    assert float(network.pooled(whole.logit + 2.0, following=whole)) == pytest.approx(own.sum() + 1.5)
    part = whole.at(np.arange(length // 2, length))
    assert float(network.pooled(part.logit, following=part)) == pytest.approx(own.sum() - 0.5)


def test_evidence_does_not_go_with_what_comes_next() -> None:
    with pytest.raises(ConfigError):
        SparseMixConfig.from_json(PLAIN.to_json().replace("{", '{"task":"novelty","evidence":true,"kinds":3,', 1))
    with pytest.raises(ConfigError):
        Labelled(evidence=True)
    network = Network(replace(PLAIN, judge=Labelled(pooling="soft", evidence=True)))
    with pytest.raises(ConfigError):
        network.event_logits(torch.zeros(1, 3, PLAIN.d_model))
