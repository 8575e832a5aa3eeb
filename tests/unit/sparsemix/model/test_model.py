"""run_with_trace, replay, and the weights file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sparsemix import RunCancelled, SparseMixConfig, SparseMixModel, WeightsError, replay
from sparsemix.attention.head_pairs import HeadPairs
from sparsemix.attention.sparse_attention import AdaptiveSparseAttention
from sparsemix.encoding import encoder
from sparsemix.encoding.encoder import encode, vocabulary_of
from sparsemix.errors import ConfigError, TraceError
from sparsemix.judges import Labelled
from sparsemix.model import layer_run, mapped
from sparsemix.model.event_batch import EventBatch
from sparsemix.trace.selection_trace import Route, blob_sha256
from tests.support.sparsemix.small_models import SMALL, plant_sequence, small_model

DEEP = (250_018).to_bytes(8, "little") + b'{"__metadata__": ' + b"[" * 250_001


def hashes(model: SparseMixModel, events: int) -> list[str]:
    run = model.run_with_trace(plant_sequence(events))
    return [blob_sha256(run.trace.layer_blob(layer)) for layer in range(model.config.layers)]


@pytest.mark.parametrize("events", [2, 31, 63, 65, 150])
def test_a_dense_layer_masked_to_the_logged_pairs_gives_the_same_output(events: int) -> None:
    model, sequence = small_model(), plant_sequence(events)
    differences = replay(model, sequence, model.run_with_trace(sequence).trace)
    assert len(differences) == model.config.layers
    assert max(differences) < 1e-9


def test_replay_notices_a_pair_that_was_not_logged() -> None:
    model, sequence = small_model(), plant_sequence(60)
    other = model.run_with_trace(plant_sequence(60, seed=4)).trace
    assert max(replay(model, sequence, other)) > 1e-3


def test_replay_refuses_the_trace_of_another_length() -> None:
    model = small_model()
    with pytest.raises(TraceError, match="its own sequence"):
        replay(model, plant_sequence(60), model.run_with_trace(plant_sequence(61)).trace)


def test_replay_refuses_the_trace_of_a_model_of_another_shape() -> None:
    sequence, other = plant_sequence(60), small_model(config=replace(SMALL, layers=SMALL.layers + 1))
    with pytest.raises(TraceError, match="its own model"):
        replay(small_model(), sequence, other.run_with_trace(sequence).trace)


@pytest.mark.parametrize("threads", [1, 3])
def test_the_heads_of_a_long_log_are_computed_in_turn_and_give_the_same_bits(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, sequence, told = small_model(config=replace(SMALL, heads=4)), plant_sequence(2300), list[tuple[float, str]]()
    together, select, at_once = model.run_with_trace(sequence), AdaptiveSparseAttention.select, list[int]()

    def seen(attention: AdaptiveSparseAttention, q: torch.Tensor, *given: Any) -> tuple[torch.Tensor, list[HeadPairs]]:
        at_once.append(len(q))
        return select(attention, q, *given)

    monkeypatch.setattr(layer_run, "_LONG", 1000)
    monkeypatch.setattr(mapped, "_LONG", 1000)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    monkeypatch.setattr(AdaptiveSparseAttention, "select", seen)
    in_turn = model.run_with_trace(sequence, lambda share, stage: told.append((share, stage)))
    assert in_turn.decision.event_probability.tobytes() == together.decision.event_probability.tobytes()
    for layer in range(model.config.layers):
        assert in_turn.trace.layer_blob(layer) == together.trace.layer_blob(layer)
    assert at_once == model.config.layers * ([2, 2] if threads == 1 else [3, 1])
    assert [share for share, _ in told] == sorted(share for share, _ in told)


def test_the_same_input_and_weights_give_the_same_blobs() -> None:
    assert hashes(small_model(), 150) == hashes(small_model(), 150)
    assert hashes(small_model(1), 150) != hashes(small_model(), 150)


def test_the_trace_gives_the_decision_of_the_training_forward() -> None:
    model, sequence = small_model(), plant_sequence(120)
    with torch.no_grad():
        logits, _ = model.network(EventBatch.of([encode(sequence.events, model.config.features)]))
    decision = model.run_with_trace(sequence).decision
    assert np.allclose(decision.event_probability, logits[0].sigmoid().numpy(), atol=1e-6)
    assert decision.input_sha256 == sequence.sha256
    assert decision.weights_sha256 == model.weights_sha256


def test_routes_say_how_far_a_pair_reaches() -> None:
    model, sequence = small_model(), plant_sequence(150)
    for _, _, head in model.run_with_trace(sequence).trace:
        near = np.abs(head.key_index - head.query_index) <= model.config.local_window
        assert (head.route == np.where(near, Route.LOCAL, Route.CONTENT)).all()


def test_a_run_can_be_stopped_before_a_layer_searches_and_after_it() -> None:
    model, sequence, told = small_model(), plant_sequence(80), list[tuple[float, str]]()
    model.run_with_trace(sequence, lambda share, stage: told.append((share, stage)))
    end = 1 / model.config.layers
    assert (0.0, "layer 1") in told
    assert sum(stage == "layer 1" and share == pytest.approx(end) for share, stage in told) == 2


def test_progress_rises_to_one_and_can_stop_the_run() -> None:
    model, sequence = small_model(), plant_sequence(80)
    seen: list[float] = []
    model.run_with_trace(sequence, lambda share, _stage: seen.append(share))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0

    def cancel(share: float, _stage: str) -> None:
        if share > 0.4:
            raise RunCancelled("cancelled")

    with pytest.raises(RunCancelled):
        model.run_with_trace(sequence, cancel)


def test_flagged_events_come_most_probable_first() -> None:
    model = small_model().with_config(event_threshold=0.0)
    decision = model.run_with_trace(plant_sequence(50)).decision
    assert len(decision.flagged) == 50
    assert (np.diff(decision.event_probability[decision.flagged]) <= 0).all()


def test_an_unknown_vocabulary_makes_an_input_unfamiliar() -> None:
    decision = small_model().run_with_trace(plant_sequence(50)).decision
    assert decision.known_share == 0.0
    assert decision.unfamiliar


@pytest.mark.parametrize("threads", [1, 2])
def test_events_are_embedded_the_same_in_parts_and_as_a_whole(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    """The last part has one event."""
    model, events = small_model(), plant_sequence(129).events
    model.vocabulary = vocabulary_of([event.message for event in events[::3]])
    with torch.no_grad():
        whole = model.network.embed(EventBatch.of([encode(events, model.config.features)]))[0]
    monkeypatch.setattr(encoder, "_EVENTS", 16)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    done: list[float] = []
    embedded, known = model.embed_known(events, done.append)
    assert embedded.numpy().tobytes() == whole.numpy().tobytes() and not embedded.requires_grad
    assert 0.0 < known == model.known_share(events) < 1.0
    assert len(done) == 9 and done[-1] == 1.0


def test_the_softmax_twin_has_no_selection_to_trace() -> None:
    config = SparseMixConfig(features=256, d_model=16, heads=2, d_head=8, d_ff=16, attention="softmax")
    with pytest.raises(ConfigError, match="no selection"):
        small_model(config=config).run_with_trace(plant_sequence(20))


def test_weights_survive_the_file(tmp_path: Path) -> None:
    model = small_model()
    model.save(tmp_path / "w.safetensors")
    loaded = SparseMixModel.load(tmp_path / "w.safetensors")
    assert loaded.weights_sha256 == model.weights_sha256
    assert loaded.config == SMALL
    assert hashes(loaded, 60) == hashes(model, 60)
    assert [p.name for p in tmp_path.iterdir()] == ["w.safetensors"]


@pytest.mark.parametrize(
    "data",
    [b"", b"12345678", b"\xff" * 64, b"\x80\x04N.", b"\x02\x00\x00\x00\x00\x00\x00\x00{}", DEEP],
    ids=lambda data: data[:12].hex(),
)
def test_foreign_files_are_no_weights(data: bytes) -> None:
    with pytest.raises(WeightsError):
        SparseMixModel.from_bytes(data)


def test_weights_that_are_not_finite_are_refused() -> None:
    model = small_model()
    with torch.no_grad():
        model.network.head.bias.fill_(float("nan"))
    with pytest.raises(WeightsError, match="finite"):
        SparseMixModel.from_bytes(model.to_bytes())


def test_weights_of_another_shape_say_so_in_a_sentence() -> None:
    model = small_model()
    model.network.config = replace(model.config, heads=2 * model.config.heads)
    with pytest.raises(WeightsError, match=r"do not fit their configuration: layers\.0\.attention\.\S+ has shape \("):
        SparseMixModel.from_bytes(model.to_bytes())


def test_a_configuration_may_not_ask_for_work_without_end() -> None:
    with pytest.raises(ConfigError, match="at most"):
        Labelled(context=10**7)
    with pytest.raises(ConfigError, match="at most"):
        replace(SMALL, near_misses=2**70)


@pytest.mark.parametrize(
    "wanted",
    [
        {"layers": 1_000_000},
        {"features": 10**9, "d_model": 10**6},
        {"d_ff": 10**12},
        {"d_model": 10**6, "judge": Labelled(classes=tuple(map(str, range(1000)))), "features": 1},
    ],
)
def test_a_configuration_may_not_ask_for_more_than_the_file_has(wanted: dict[str, Any]) -> None:
    model = small_model()
    model.network.config = replace(model.config, **wanted)
    with pytest.raises(WeightsError, match="more values than the file has"):
        SparseMixModel.from_bytes(model.to_bytes())


def test_missing_weights_say_which(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="none"):
        SparseMixModel.load(tmp_path / "none.safetensors")
