"""Heads that select hundreds of keys: memory and time of an explanation stay bounded, and what it computes stays exact."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

from sparsemix.attention.entmax import dense_entmax15
from sparsemix.attention.given_pairs import GivenPairs, attend_given
from sparsemix.attention.pairs import HeadParameters
from sparsemix.explain import perturbation
from sparsemix.explain.attribution import edge_count, edges, rollout
from sparsemix.explain.effects import pair_effects
from sparsemix.explain.explanation import explain
from sparsemix.explain.faithfulness import Presence, control_ranking, score
from sparsemix.explain.integrated import integrated_gradients
from sparsemix.explain.intervention import Intervention
from sparsemix.explain.perturbation import feature_ablation
from sparsemix.explain.rerun import Rerun
from sparsemix.model import receptive_field
from tests.support.paths import ROOT
from tests.support.sparsemix.explanations import dense_logits
from tests.support.sparsemix.small_models import plant_sequence, selecting_many

EVENTS, TARGET = 87, 61
MODEL = selecting_many()
SEQUENCE = plant_sequence(EVENTS)
TRACE = MODEL.run_with_trace(SEQUENCE).trace
RERUN = Rerun(MODEL, SEQUENCE, TRACE)

_WHOLE = """
from pathlib import Path
from sparsemix.explain.explanation import default_target, explain
from sparsemix.explain.rerun import Rerun
from tests.support.sparsemix.small_models import plant_sequence, selecting_many

model, sequence = selecting_many(), plant_sequence(2_000)
run = model.run_with_trace(sequence)
assert run.trace.selected_per_query() > 200, run.trace.selected_per_query()
found = explain(Rerun(model, sequence, run.trace), default_target(run.decision), ("feature_ablation",))
score = found.scores["random"]
assert found.pairs > len(found.effects) == 50
assert score.steps < score.others
# The peak that getrusage knows is at least that of the process that started this one.
print(next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")).split()[1])
"""


@pytest.mark.deep
def test_two_thousand_events_take_less_than_a_gigabyte() -> None:
    done = subprocess.run([sys.executable, "-c", _WHOLE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 1024 * 1024, "KiB at the peak"


@pytest.mark.parametrize(("batch", "rows", "keys"), [(1, 1, 5), (3, 7, 13)])
def test_given_pairs_are_the_reference_and_its_gradient(batch: int, rows: int, keys: int) -> None:
    torch.manual_seed(0)
    heads, d = 2, 3
    q, k, v = (torch.randn(batch, heads, n, d, dtype=torch.float64, requires_grad=True) for n in (rows, keys, keys))
    parameters = HeadParameters(*torch.rand(3, heads).double(), *torch.randn(2, heads, d).double())
    chosen = torch.rand(heads, rows, keys) < 0.6
    given = []
    for head in range(heads):
        row, key = (part.numpy() for part in chosen[head].nonzero(as_tuple=True))
        pointer = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows))]).astype(np.int64)
        given.append(GivenPairs(pointer, key.astype(np.int32), parameters.biases[head].of(key - row)))
    mixed = attend_given(q, k, v, parameters.anchor_key, parameters.anchor_value, given)

    offset = torch.arange(keys) - torch.arange(rows)[:, None]
    bias = torch.stack([torch.from_numpy(parameters.biases[head].of(offset.numpy())) for head in range(heads)])
    z = (q @ k.transpose(2, 3) + bias).masked_fill(~chosen, -torch.inf)
    anchor = torch.einsum("bhrd,hd->bhr", q, parameters.anchor_key)[..., None]
    weight = dense_entmax15(torch.cat([z, anchor], -1))
    wanted = weight[..., :-1] @ v + weight[..., -1:] * parameters.anchor_value[:, None]
    assert torch.allclose(mixed, wanted, atol=1e-12)
    towards = torch.randn_like(mixed)
    for one, other in zip(*(torch.autograd.grad((m * towards).sum(), (q, k, v)) for m in (mixed, wanted)), strict=True):
        assert torch.allclose(one, other, atol=1e-10)


def test_the_thresholds_of_the_logged_pairs_are_those_of_the_run() -> None:
    for layer, index, head in TRACE:
        # The trace holds thresholds to the nearest 1/1024.
        assert np.abs(RERUN.layers[layer].tau[index].numpy() - head.threshold).max() < 1 / 1024


def test_bounded_parts_give_the_same_logits_as_the_dense_run(monkeypatch: pytest.MonkeyPatch) -> None:
    presence = Presence(RERUN, TARGET)
    there = np.random.default_rng(0).random((5, len(presence.events))) < 0.6
    there[:, np.searchsorted(presence.events, TARGET)] = True
    whole = presence.logits(there)
    monkeypatch.setattr(receptive_field, "_BYTES", 1)
    assert Presence(RERUN, TARGET).logits(there) == pytest.approx(whole, abs=1e-12)
    for row, logit in zip(there, whole.tolist(), strict=True):
        gone = frozenset(presence.events[~row].tolist())
        wanted = dense_logits(MODEL, SEQUENCE, Intervention(neutral=gone, frozen=True), TRACE)[TARGET]
        assert logit == pytest.approx(wanted, abs=1e-9)


def test_few_steps_give_about_the_area_of_all_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    ranking = control_ranking(TRACE, TARGET, "random")
    monkeypatch.setattr(receptive_field, "_WORK", 2**40)
    exact = score(Presence(RERUN, TARGET), ranking)
    assert exact.steps == exact.others
    monkeypatch.setattr(receptive_field, "_WORK", 1)
    few = score(Presence(RERUN, TARGET), ranking)
    assert (few.steps, few.others) == (10, exact.others)
    assert few.comprehensiveness_logit == pytest.approx(exact.comprehensiveness_logit, abs=1e-12)
    assert few.deletion == pytest.approx(exact.deletion, abs=0.02)
    assert few.insertion == pytest.approx(exact.insertion, abs=0.02)


def test_a_bounded_ablation_leaves_out_the_events_that_most_weight_leads_to(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = feature_ablation(RERUN, TARGET)
    assert exact.tried is None
    monkeypatch.setattr(receptive_field, "_WORK", 1)
    monkeypatch.setattr(perturbation, "_LEAST_GROUPS", 9)
    few = feature_ablation(RERUN, TARGET)
    assert few.tried == (9, len(few.events))
    heaviest = np.argsort(-rollout(TRACE, TARGET).value, kind="stable")[:9]
    assert few.value[heaviest].tolist() == exact.value[heaviest].tolist()
    assert not np.delete(few.value, heaviest).any()
    assert integrated_gradients(RERUN, TARGET).steps == 16


def test_the_edges_that_carry_most_are_the_first_of_all() -> None:
    every = edges(TRACE, TARGET)
    assert edge_count(TRACE, TARGET) == len(every) > 1_000
    assert edges(TRACE, TARGET, 7) == every[:7]
    assert {found.edge for found in pair_effects(RERUN, TARGET, 7)} == set(every[:7])
    weights = {(p.layer, p.head, p.query, p.key) for edge in every for p in edge.pairs}
    assert len(weights) == sum(len(edge.pairs) for edge in every)


def test_an_explanation_can_be_stopped_between_scores() -> None:
    seen = []
    explain(RERUN, TARGET, ("rollout",), most=2, progress=lambda share, stage: seen.append((stage, share)))
    shares = [share for stage, share in seen if stage == "scores"]
    assert len(shares) >= 7
    assert shares == sorted(shares)
