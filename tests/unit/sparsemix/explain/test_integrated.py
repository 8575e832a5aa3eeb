"""Receptive field and integrated gradients with a frozen selection."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sparsemix import ConfigError, ExplanationError, RunCancelled, TraceError, integrated_gradients
from sparsemix.encoding.encoder import encode
from sparsemix.explain.rerun import Rerun
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.receptive_field import NEUTRAL, ReceptiveField, reach
from tests.support.sparsemix.small_models import plant_sequence, small_model


@pytest.fixture(scope="module")
def setting() -> tuple:
    model, sequence = small_model(), plant_sequence(90)
    run = model.run_with_trace(sequence)
    with torch.no_grad():
        embedded = model.network.embed(EventBatch.of([encode(sequence.events, model.config.features)]))[0]
    return model, sequence, run, embedded


@pytest.mark.parametrize("target", [0, 1, 45, 89])
def test_the_field_gives_the_logit_of_the_run(setting: tuple, target: int) -> None:
    model, _, run, embedded = setting
    field = ReceptiveField(model.network, embedded, model.neutral, run.trace, target)
    with torch.no_grad():
        probability = float(field(field.ids)[0].sigmoid())
    assert probability == pytest.approx(float(run.decision.event_probability[target]), abs=1e-5)


def test_the_field_is_what_the_pairs_reach(setting: tuple) -> None:
    _, _, run, _ = setting
    target = 50
    second = {target}
    for head in run.trace.heads[1]:
        second.update(head.key_index[head.pairs_of(target)].tolist())
    first = set(second)
    for head in run.trace.heads[0]:
        for query in second:
            first.update(head.key_index[head.pairs_of(query)].tolist())
    assert reach(run.trace, target).tolist() == sorted(first)


def test_a_batch_is_several_fields_at_once(setting: tuple) -> None:
    model, _, run, embedded = setting
    field = ReceptiveField(model.network, embedded, model.neutral, run.trace, 60)
    neutral = torch.full_like(field.ids, NEUTRAL)
    with torch.no_grad():
        both = field(torch.cat([field.ids, neutral]))
        assert torch.allclose(both, torch.cat([field(field.ids), field(neutral)]), atol=1e-6)


def test_attributions_add_up_to_what_they_explain(setting: tuple) -> None:
    model, sequence, run, _ = setting
    found = integrated_gradients(Rerun(model, sequence, run.trace), 70)
    assert found.converged
    assert found.value.sum() == pytest.approx(found.logit - found.baseline_logit + found.delta, abs=1e-3)
    dense = found.dense(len(sequence))
    assert set(np.flatnonzero(dense)) <= set(reach(run.trace, 70).tolist())


def test_impossible_requests_are_refused(setting: tuple) -> None:
    model, sequence, run, _ = setting
    with pytest.raises(ExplanationError, match="no event 90"):
        integrated_gradients(Rerun(model, sequence, run.trace), 90)
    with pytest.raises(TraceError, match="trace is of"):
        integrated_gradients(Rerun(model, plant_sequence(91), run.trace), 0)
    with pytest.raises(ConfigError, match="step"):
        integrated_gradients(Rerun(model, sequence, run.trace), 0, steps=0)


def test_progress_can_stop_an_attribution(setting: tuple) -> None:
    model, sequence, run, _ = setting
    seen: list[float] = []

    def progress(share: float, stage: str) -> None:
        seen.append(share)
        if len(seen) == 3:
            raise RunCancelled(stage)

    with pytest.raises(RunCancelled):
        integrated_gradients(Rerun(model, sequence, run.trace), 70, progress=progress)
    assert seen == sorted(seen)
    assert max(seen) < 1.0
