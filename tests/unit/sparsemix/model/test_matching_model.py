"""A model whose first layer matches identifiers: what it does is traced, replayed and explained as in any other."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from sparsemix import SparseMixConfig, SparseMixModel
from sparsemix.encoding.encoder import encode
from sparsemix.errors import ConfigError, ExplanationError
from sparsemix.explain.effects import pair_effects
from sparsemix.explain.intervention import Intervention, Pair
from sparsemix.explain.pair_logit import why
from sparsemix.explain.rerun import Rerun
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.receptive_field import ReceptiveField
from sparsemix.model.replay import replay
from tests.support.sparsemix.entity_logs import MATCHED, order_log
from tests.support.sparsemix.explanations import dense_logits
from tests.support.sparsemix.small_models import small_model

MODEL = small_model(config=MATCHED)
SEQUENCE = order_log(20)
RUN = MODEL.run_with_trace(SEQUENCE)
RERUN = Rerun(MODEL, SEQUENCE, RUN.trace)


def pair_of(layer: int = 0, head: int = 0) -> Pair:
    selection = RUN.trace.heads[layer][head]
    query = int(np.flatnonzero(np.diff(selection.query_ptr) > 1)[-1])
    return Pair(layer, head, query, int(selection.key_index[selection.pairs_of(query)][0]))


def test_the_first_layer_selects_lines_with_the_same_identifier_and_no_others() -> None:
    matches = MODEL.matches(SEQUENCE.events)
    assert matches is not None
    for head in RUN.trace.heads[0]:
        assert len(head.key_index)
        assert (matches.place_of(head.query_index.astype(np.int64), head.key_index.astype(np.int64)) >= 0).all()
        assert head.certified.all()


def test_a_dense_layer_masked_to_the_trace_gives_the_same_output() -> None:
    assert max(replay(MODEL, SEQUENCE, RUN.trace)) < 1e-9


def test_weights_are_written_and_read_with_their_types() -> None:
    again = SparseMixModel.from_bytes(MODEL.to_bytes())
    assert again.config == MODEL.config
    assert again.weights_sha256 == MODEL.weights_sha256
    assert np.array_equal(again.run_with_trace(SEQUENCE).decision.event_probability, RUN.decision.event_probability)


@pytest.mark.parametrize("frozen", [True, False])
def test_interventions_equal_those_on_dense_layers(frozen: bool) -> None:
    pair = pair_of()
    for change in (
        Intervention(removed=frozenset({pair}), frozen=frozen),
        Intervention(absent=frozenset({pair.key, 3}), frozen=frozen),
        Intervention(neutral=frozenset({pair.key}), frozen=frozen),
        Intervention(forced=frozenset({Pair(0, 1, pair.query, (pair.query + 5) % len(SEQUENCE))}), frozen=frozen),
    ):
        expected = dense_logits(MODEL, SEQUENCE, change, RUN.trace)
        outcome = RERUN(change)
        changed = RERUN.logits.copy()
        changed[outcome.events] = outcome.logit
        assert np.abs(changed - expected).max() < 1e-9, change


def test_a_pair_is_taken_apart_into_content_distance_and_identifier() -> None:
    pair = pair_of()
    parts = why(RERUN, pair)
    gate = float(MODEL.network.stack[0].attention.gates.detach()[0].max())
    assert parts.identifier == pytest.approx(gate)
    assert parts.logit == pytest.approx(parts.content + parts.distance + parts.direction + parts.identifier)
    assert sum(part.value for part in parts.key_parts) == pytest.approx(parts.content)
    assert why(RERUN, pair_of(layer=1)).identifier == 0.0
    other = next(e for e in range(len(SEQUENCE)) if RERUN.gate(0, 0, pair.query, e) == -np.inf and e != pair.query)
    with pytest.raises(ExplanationError, match="share no identifier"):
        why(RERUN, Pair(0, 0, pair.query, other))


def test_effects_and_receptive_field_agree_with_the_run() -> None:
    target = pair_of().query
    field = ReceptiveField(
        MODEL.network, RERUN.embedded, MODEL.neutral, RUN.trace, target, matches=MODEL.matches(SEQUENCE.events)
    )
    assert float(field(field.ids).detach()[0]) == pytest.approx(float(RERUN.logits[target]))
    assert pair_effects(RERUN, target)


def test_a_part_of_a_batch_reads_the_events_beside_it() -> None:
    hashed = encode(SEQUENCE.events, MATCHED.features, MODEL.reading)
    whole = EventBatch.of([hashed])
    half = len(SEQUENCE) // 2
    halves = EventBatch(whole.bucket, whole.offset, whole.value, (2, half), whole.matches)
    with torch.no_grad():
        both = MODEL.network.stack[0](MODEL.network.embed(halves), matches=halves.matches)[0]
        for number in range(2):
            part = halves.part(slice(number, number + 1))
            assert part.beside is not None
            one = MODEL.network.stack[0](
                MODEL.network.embed(part), matches=part.matches, beside=MODEL.network.embed(part.beside)[0]
            )[0]
            assert (one[0] - both[number]).abs().max() < 1e-9


def test_several_sequences_at_once_are_refused() -> None:
    hashed = encode(SEQUENCE.events, MATCHED.features, MODEL.reading)
    with pytest.raises(ConfigError, match="one sequence"):
        EventBatch.of([hashed, hashed])


@pytest.mark.parametrize("damage", [{"places": []}, {"places": [1], "nearest": 3}, 7, {"places": ["a"], "nearest": "x"}])
def test_a_damaged_type_is_refused(damage: object) -> None:
    values = json.loads(MATCHED.to_json()) | {"entities": [damage]}
    with pytest.raises(ConfigError):
        SparseMixConfig.from_json(json.dumps(values))
