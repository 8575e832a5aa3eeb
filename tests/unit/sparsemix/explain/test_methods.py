"""Effects, ablation, Shapley values, rollout, free integrated gradients: each against its definition."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sparsemix import ConfigError, ExplanationError, RunCancelled
from sparsemix.encoding.sequence import template
from sparsemix.explain.attribution import Attribution, edges, field_pairs, rollout
from sparsemix.explain.effects import event_effect, pair_effects, set_effect, sigmoid
from sparsemix.explain.integrated import FreeField, free_integrated_gradients, gradient_x_activation, integrated_gradients
from sparsemix.explain.intervention import Intervention, Pair
from sparsemix.explain.perturbation import feature_ablation, group_events, shapley_values
from sparsemix.explain.rerun import Rerun
from sparsemix.model.receptive_field import NEUTRAL, reach
from tests.support.sparsemix.explanations import dense_logits
from tests.support.sparsemix.small_models import plant_sequence, small_model

MODEL = small_model()
SEQUENCE = plant_sequence(90)
TRACE = MODEL.run_with_trace(SEQUENCE).trace
RERUN = Rerun(MODEL, SEQUENCE, TRACE)
TARGET = 70
BASE = float(RERUN.logits[TARGET])


def test_edges_are_the_pairs_of_the_field() -> None:
    found = edges(TRACE, TARGET)
    field = set(reach(TRACE, TARGET).tolist())
    assert {e.key for e in found} | {e.query for e in found} <= field
    assert all(e.query != e.key for e in found)
    carried: dict[tuple[int, int], float] = {}
    for part in field_pairs(TRACE, TARGET):
        for *edge, share in zip(part.query.tolist(), part.key.tolist(), part.carried.tolist(), strict=True):
            carried[tuple(edge)] = max(carried.get(tuple(edge), 0.0), share)
    shares = [carried[e.query, e.key] for e in found]
    assert shares == sorted(shares, reverse=True)
    joined = {(p.layer, p.head) for e in found if e.query == TARGET for p in e.pairs}
    for layer, head, selection in TRACE:
        if layer == 1:
            others = set(selection.key_index[selection.pairs_of(TARGET)].tolist()) - {TARGET}
            assert not others or (layer, head) in joined


def test_a_pair_effect_is_the_difference_of_two_dense_runs() -> None:
    for found in pair_effects(RERUN, TARGET, most=6):
        wanted = BASE - dense_logits(MODEL, SEQUENCE, Intervention.without(found.edge.pairs))[TARGET]
        direct = BASE - dense_logits(MODEL, SEQUENCE, Intervention.without(found.edge.pairs, frozen=True), TRACE)[TARGET]
        assert found.effect.effect == pytest.approx(wanted, abs=1e-9)
        assert found.effect.direct == pytest.approx(direct, abs=1e-9)
        assert found.effect.probability == pytest.approx(sigmoid(BASE) - sigmoid(BASE - wanted), abs=1e-9)


def test_effects_come_by_size() -> None:
    sizes = [found.effect.size for found in pair_effects(RERUN, TARGET)]
    assert sizes == sorted(sizes, reverse=True)
    assert len(pair_effects(RERUN, TARGET, most=3)) == 3


def test_pairs_are_removed_and_forced_in_together() -> None:
    one, two = (e.pairs[0] for e in edges(TRACE, TARGET)[:2])
    selected = set(TRACE.heads[1][0].key_index[TRACE.heads[1][0].pairs_of(TARGET)].tolist())
    new = Pair(1, 0, TARGET, next(k for k in range(90) if k not in selected))
    change = Intervention(frozenset((one, two)), frozenset((new,)))
    assert set_effect(RERUN, TARGET, (one, two), (new,)).effect == pytest.approx(
        BASE - dense_logits(MODEL, SEQUENCE, change)[TARGET], abs=1e-9
    )


def test_an_event_effect_is_the_difference_of_two_dense_runs() -> None:
    event = edges(TRACE, TARGET)[0].key
    found = event_effect(RERUN, TARGET, event)
    absent = dense_logits(MODEL, SEQUENCE, Intervention(absent=frozenset((event,))))[TARGET]
    neutral = dense_logits(MODEL, SEQUENCE, Intervention(neutral=frozenset((event,))))[TARGET]
    assert found.absent.effect == pytest.approx(BASE - absent, abs=1e-9)
    assert found.neutral.effect == pytest.approx(BASE - neutral, abs=1e-9)


def test_what_lies_outside_the_field_has_no_effect_through_frozen_pairs() -> None:
    outside = next(e for e in range(90) if e not in set(reach(TRACE, TARGET).tolist()))
    found = event_effect(RERUN, TARGET, outside)
    assert found.absent.direct == pytest.approx(0.0, abs=1e-12)
    assert found.neutral.direct == pytest.approx(0.0, abs=1e-12)


def test_ablating_lines_leaves_one_event_out_at_a_time() -> None:
    found = feature_ablation(RERUN, TARGET)
    for event, value in list(zip(found.events.tolist(), found.value.tolist(), strict=True))[:5]:
        change = Intervention(neutral=frozenset((event,)), frozen=True)
        assert value == pytest.approx(BASE - dense_logits(MODEL, SEQUENCE, change, TRACE)[TARGET], abs=1e-5)


@pytest.mark.parametrize("grouping", ["templates", "windows"])
def test_groups_are_left_out_whole(grouping: str) -> None:
    found = feature_ablation(RERUN, TARGET, grouping)
    groups = group_events(SEQUENCE, found.events, grouping)
    members = frozenset(found.events[groups == groups[0]].tolist())
    change = Intervention(neutral=members, frozen=True)
    assert found.value[0] == pytest.approx(BASE - dense_logits(MODEL, SEQUENCE, change, TRACE)[TARGET], abs=1e-5)
    assert len({float(v) for v in found.value[groups == groups[0]]}) == 1


def test_lines_that_differ_in_numbers_only_are_one_group() -> None:
    groups = group_events(SEQUENCE, np.arange(90), "templates")
    masked = {template(event.message) for event in SEQUENCE.events}
    assert len(set(groups.tolist())) == len(masked) < 90


def test_shapley_values_add_up_and_repeat() -> None:
    found = shapley_values(RERUN, TARGET, samples=10)
    again = shapley_values(RERUN, TARGET, samples=10)
    assert abs(found.delta) < 1e-6
    assert found.value.sum() == pytest.approx(found.logit - found.baseline_logit, abs=1e-4)
    assert found.value.tobytes() == again.value.tobytes()
    assert shapley_values(RERUN, TARGET, samples=10, seed=1).value.tobytes() != found.value.tobytes()


@pytest.mark.deep
def test_shapley_values_of_two_groups_are_the_mean_of_both_orders() -> None:
    target = next(t for t in range(90) if len(reach(TRACE, t)) >= 2 and len(set((reach(TRACE, t) // 32).tolist())) == 2)
    found = shapley_values(RERUN, target, "windows", samples=400)
    groups = group_events(SEQUENCE, found.events, "windows")

    def value(kept: set[int]) -> float:
        gone = frozenset(e for e, g in zip(found.events.tolist(), groups.tolist(), strict=True) if g not in kept)
        return float(dense_logits(MODEL, SEQUENCE, Intervention(neutral=gone, frozen=True), TRACE)[target])

    first = 0.5 * (value({0}) - value(set()) + value({0, 1}) - value({1}))
    spread = abs(value({0}) - value(set()) - value({0, 1}) + value({1}))
    assert found.value[groups == 0].sum() == pytest.approx(first, abs=1e-6 + 0.1 * spread)


def test_rollout_is_the_product_of_the_layers() -> None:
    n = 90
    share = np.eye(n)[TARGET]
    for heads in reversed(TRACE.heads):
        dense = np.zeros((n, n))
        for head in heads:
            np.add.at(dense, (head.query_index, head.key_index), head.weight / len(heads))
        share = share @ (0.5 * np.eye(n) + 0.5 * dense)
    found = rollout(TRACE, TARGET)
    assert np.abs(found.dense(n) - share).max() < 1e-6
    assert 0.0 < found.value.sum() <= 1.0 + 1e-6


def test_the_free_field_selects_anew() -> None:
    field = FreeField(RERUN, TARGET)
    half = field.ids.clone()
    half[0, ::2] = NEUTRAL
    gone = frozenset(field.events[::2].tolist())
    with torch.no_grad():
        found = field(torch.cat([field.ids, half]))
    assert float(found[0]) == pytest.approx(BASE, abs=1e-9)
    assert float(found[1]) == pytest.approx(dense_logits(MODEL, SEQUENCE, Intervention(neutral=gone))[TARGET], abs=1e-9)


def test_the_free_gradient_is_that_of_the_dense_model() -> None:
    field = FreeField(RERUN, TARGET)
    embedded = field.lookup(field.ids)[0].clone().requires_grad_(True)
    field._logit(embedded).backward()
    place, coordinate, nudge = int(np.searchsorted(field.events, TARGET)), 3, 1e-5
    with torch.no_grad():
        moved = []
        for sign in (1, -1):
            other = embedded.detach().clone()
            other[place, coordinate] += sign * nudge
            moved.append(float(field._logit(other)))
    assert float(embedded.grad[place, coordinate]) == pytest.approx((moved[0] - moved[1]) / (2 * nudge), rel=1e-4, abs=1e-8)


def test_both_integrations_explain_the_same_difference_when_nothing_comes_in() -> None:
    free = free_integrated_gradients(RERUN, TARGET, steps=20)
    frozen = integrated_gradients(RERUN, TARGET)
    assert free.logit == pytest.approx(frozen.logit, abs=1e-9)
    assert free.value.sum() == pytest.approx(free.logit - free.baseline_logit + free.delta, abs=1e-3)
    assert free.method != frozen.method


def test_gradient_times_activation_is_the_gradient_of_the_field() -> None:
    found = gradient_x_activation(RERUN, TARGET)
    assert found.delta is None
    assert found.converged
    assert found.events.tolist() == reach(TRACE, TARGET).tolist()
    assert np.abs(found.value).max() > 0


def test_a_ranking_leaves_the_target_out() -> None:
    found = integrated_gradients(RERUN, TARGET)
    ranking = found.ranking().tolist()
    assert TARGET not in ranking
    assert set(ranking) == set(found.events.tolist()) - {TARGET}


def test_impossible_requests_are_refused() -> None:
    with pytest.raises(ExplanationError, match="no event 90"):
        pair_effects(RERUN, 90)
    with pytest.raises(ExplanationError, match="at least one pair"):
        pair_effects(RERUN, TARGET, most=0)
    with pytest.raises(ExplanationError, match="no event -1"):
        rollout(TRACE, -1)
    with pytest.raises(ConfigError, match="sample"):
        shapley_values(RERUN, TARGET, samples=0)
    with pytest.raises(ConfigError, match="step"):
        free_integrated_gradients(RERUN, TARGET, steps=0)


def test_values_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ExplanationError, match="not finite"):
        Attribution("some", 0, np.arange(2), np.array([1.0, np.nan], np.float32), 1.0, 0.0, None, 1)


def test_too_many_groups_for_shapley_values_are_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sparsemix.explain.perturbation.MAX_SHAPLEY_GROUPS", 1)
    with pytest.raises(ConfigError, match="group by templates or windows"):
        shapley_values(RERUN, TARGET, "lines")


@pytest.mark.parametrize("work", ["effects", "ablation", "shapley", "free"])
def test_progress_rises_and_can_stop(work: str) -> None:
    seen: list[float] = []

    def progress(share: float, stage: str) -> None:
        seen.append(share)
        if len(seen) == 3:
            raise RunCancelled(stage)

    with pytest.raises(RunCancelled):
        if work == "effects":
            pair_effects(RERUN, TARGET, progress=progress)
        elif work == "ablation":
            for _ in range(3):
                feature_ablation(RERUN, TARGET, progress=progress)
        elif work == "shapley":
            shapley_values(RERUN, TARGET, progress=progress)
        else:
            free_integrated_gradients(RERUN, TARGET, progress=progress)
    assert all(0.0 <= share <= 1.0 for share in seen)
    if work != "ablation":
        assert seen == sorted(seen)
