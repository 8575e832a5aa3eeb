"""Infidelity and max-sensitivity tell right values from wrong ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sparsemix.explain.attribution import Attribution
from sparsemix.explain.integrated import gradient_x_activation, integrated_gradients
from sparsemix.explain.perturbation import feature_ablation
from sparsemix.explain.rerun import Rerun
from sparsemix.model.receptive_field import reach
from tests.benchmarks.explanation_scores import gradient_values, infidelity_of, integrated_values, sensitivity_of
from tests.support.sparsemix.small_models import plant_sequence, small_model

MODEL = small_model()
SEQUENCE = plant_sequence(90)
TRACE = MODEL.run_with_trace(SEQUENCE).trace
RERUN = Rerun(MODEL, SEQUENCE, TRACE)
TARGET = 70


def test_infidelity_tells_right_values_from_wrong_ones() -> None:
    ablation = feature_ablation(RERUN, TARGET)
    shuffled = Attribution("shuffled", TARGET, ablation.events, ablation.value[::-1].copy(), 0.0, 0.0, None, 1)
    assert infidelity_of(RERUN, ablation) < infidelity_of(RERUN, shuffled)
    assert infidelity_of(RERUN, ablation) == infidelity_of(RERUN, ablation)


@pytest.mark.parametrize("values", [gradient_values, integrated_values])
def test_sensitivity_is_small_for_small_changes(values) -> None:
    explain_ = values(RERUN, TARGET)
    found = sensitivity_of(RERUN, TARGET, explain_)
    assert 0.0 < found < 1.0
    constant = sensitivity_of(RERUN, TARGET, lambda x: torch.ones_like(x[..., 0]))
    assert constant == 0.0


@pytest.mark.deep
def test_the_functions_that_sensitivity_moves_are_the_methods() -> None:
    events = reach(TRACE, TARGET)
    embedded = RERUN.embedded[torch.from_numpy(events)][None]
    assert np.abs(gradient_values(RERUN, TARGET)(embedded)[0].numpy() - gradient_x_activation(RERUN, TARGET).value).max() < 1e-5
    many = integrated_values(RERUN, TARGET, steps=400)(embedded)[0].numpy()
    assert np.abs(many - integrated_gradients(RERUN, TARGET, steps=400).value).max() < 0.02
