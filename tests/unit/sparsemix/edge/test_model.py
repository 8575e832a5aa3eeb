"""The whole forward pass in NumPy beside torch: the same selection to the bit, the same decision up to the last bits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import save

from sparsemix import SelectionTrace, SparseMixModel, TokenSequence, WeightsError
from sparsemix.edge import weights
from sparsemix.edge.exporter import packed_weights, stored_as
from sparsemix.edge.model import EdgeModel
from sparsemix.edge.weights import FORMATS
from sparsemix.encoding import scales
from sparsemix.encoding.encoder import column_table
from sparsemix.judges import Labelled, NormalCourse
from sparsemix.judges.next_events import KindKnowledge, RowKnowledge
from sparsemix.judges.usual_selection import UsualSelection
from sparsemix.model.network import Network
from sparsemix.priors import expectation
from sparsemix.readers import read_bytes
from tests.support.sparsemix.matched_models import MATCHED, matched_model, matched_sequence
from tests.support.sparsemix.small_models import SMALL, plant_sequence, small_model


def sensors(rows: int) -> TokenSequence:
    values = np.random.default_rng(2).normal(size=(rows, 2)).cumsum(0).round(3)
    return read_bytes(("a,b\n" + "".join(f"{a},{b}\n" for a, b in values.tolist())).encode(), "line.csv")


def assert_same(model: SparseMixModel, sequence: TokenSequence, kind: str = "float32") -> None:
    full = stored_as(model, kind)
    run = full.run_with_trace(sequence)
    edge = EdgeModel.from_bytes(packed_weights(model, kind), full.weights_sha256)
    decision, selection = edge.run(sequence)
    trace = SelectionTrace(selection)
    assert [trace.layer_blob(at) for at in range(len(selection))] == [run.trace.layer_blob(at) for at in range(len(selection))]
    for name in ("label", "input_sha256", "weights_sha256", "config_sha256", "event_threshold", "sequence_threshold"):
        assert getattr(decision, name) == getattr(run.decision, name)
    assert decision.sequence_probability == pytest.approx(run.decision.sequence_probability, abs=1e-12)
    assert decision.event_probability == pytest.approx(run.decision.event_probability, abs=1e-7)
    assert decision.event_probability.dtype == np.float32
    assert decision.known_share == run.decision.known_share
    assert decision.p_value == run.decision.p_value
    assert decision.unlike == run.decision.unlike
    if run.decision.fault is not None:
        assert decision.fault == (run.decision.fault[0], pytest.approx(run.decision.fault[1], abs=1e-12))


@pytest.mark.parametrize("events", [1, 2, 31, 200])
@pytest.mark.parametrize("kind", FORMATS)
def test_a_log_is_decided_as_by_the_full_model(events: int, kind: str) -> None:
    sequence = replace(whole := plant_sequence(200), events=whole.events[:events])
    assert_same(small_model(), sequence, kind)


@pytest.mark.parametrize("pooling", ["max", "soft", "typical", "median"])
def test_pooling_and_classes_are_the_same(pooling: str) -> None:
    for classes in ((), ("jam", "leak", "wear")):
        config = replace(SMALL, judge=Labelled(pooling=pooling, classes=classes), heads=3, d_head=5, local_window=2)
        assert_same(small_model(1, config), plant_sequence(75))


def test_what_follows_in_a_log_is_judged_the_same() -> None:
    sequence = plant_sequence(150)
    expected = expectation.fit([sequence.events])
    config = replace(SMALL, judge=NormalCourse(3, pooling="median", kinds=len(expected.known), attended=0.7))
    torch.manual_seed(4)
    network, reference = Network(config), np.sort(np.random.default_rng(0).normal(size=30))
    beside = (torch.ones(config.d_model), (1.5, 0.2), reference, KindKnowledge(expected))
    model = SparseMixModel(network, np.array([7], np.uint32), *beside)
    assert_same(model, replace(other := plant_sequence(151, 9), events=other.events[3:]))
    assert_same(model, replace(other, events=other.events[:1]))


def test_sensors_are_judged_the_same() -> None:
    sequence = sensors(80)
    blank = [scales.Scale(name, (0.0,), 0.0, 1.0, (0.0,), 1.0) for name in ("a", "b")]
    found = scales.fit(["a", "b"], [column_table(sequence.events, blank)])
    assert_same(small_model(2, replace(SMALL, judge=Labelled(scales=found))), sequence)
    assert_same(small_model(2, replace(SMALL, judge=NormalCourse(scales=found, forecast=True)), RowKnowledge(found)), sequence)


@pytest.mark.parametrize("events", [1, 2, 31, 300])
@pytest.mark.parametrize("kind", FORMATS)
def test_events_that_share_identifiers_are_matched_the_same(events: int, kind: str) -> None:
    sequence = replace(whole := matched_sequence(300), events=whole.events[:events])
    assert_same(matched_model(), sequence, kind)
    assert_same(matched_model(1, replace(MATCHED, layers=1, heads=3, near_misses=0)), sequence, kind)


def test_names_of_another_form_and_a_log_unlike_training_are_decided_the_same() -> None:
    log = "\n".join(event.text.replace("lot-", "LOT/x") for event in matched_sequence(300).events)
    around = (" * pressed", "with * "), (), ()
    for least in (0.1, 90.0):
        usual = (UsualSelection(64, (least,) * MATCHED.heads, (99.0,) * MATCHED.heads),)
        model = matched_model(config=replace(MATCHED, judge=replace(MATCHED.judge, around=around, selected=usual)))
        assert_same(model, sequence := read_bytes(log.encode(), "lots.log"))
        assert (model.run_with_trace(sequence).decision.unlike is None) == (least < 90.0)


def test_a_log_without_identifiers_is_decided_the_same_where_they_are_matched() -> None:
    assert_same(matched_model(), plant_sequence(75))


def test_weights_that_the_edge_cannot_use_are_refused() -> None:
    for config in (replace(SMALL, attention="softmax"), replace(SMALL, judge=Labelled(pooling="soft", evidence=True))):
        arrays, _ = weights.read(small_model().to_bytes())
        with pytest.raises(WeightsError):
            EdgeModel.from_bytes(save(arrays, {"config": config.to_json()}), "0" * 64)


@pytest.mark.parametrize("missing", ["embedding", "vocabulary", "calibration", "layers.1.ff.up.weight"])
def test_weights_with_parts_missing_or_damaged_are_refused(missing: str) -> None:
    arrays, metadata = weights.read(small_model().to_bytes())
    damaged = [{name: array for name, array in arrays.items() if name != missing}]
    if arrays[missing].dtype == np.float32:
        damaged.append(arrays | {missing: np.full_like(arrays[missing], np.nan)})
        damaged.append(arrays | {missing: arrays[missing][:1]})
    for found in damaged:
        with pytest.raises(WeightsError):
            EdgeModel.from_bytes(save(found, metadata), "0" * 64)
