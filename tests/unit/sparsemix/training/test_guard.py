"""What is done when the penalties come too early or too strong, decided on figures alone."""

from __future__ import annotations

import pytest

from sparsemix.errors import TrainingCollapsed
from sparsemix.training.generated.curriculum import TrainConfig
from sparsemix.training.generated.guard import DOUBLED, SOFTENED, WENT_BACK, TrainingState, Vitals, act, penalty

PLAN = TrainConfig(gate=0.1, ramp=10)


def vitals(selected: float = 1.0, anchor: float = 0.2, certified: float = 1.0) -> Vitals:
    return Vitals([[selected]], [[anchor]], [[certified]], [[0.0]])


def under_penalty(**changes: object) -> TrainingState:
    return TrainingState(total_step=100, penalty=1.0, penalty_since=50, loss=0.4, best_f1=0.95, **changes)  # type: ignore[arg-type]


def test_penalties_wait_for_the_task_and_then_ramp() -> None:
    state = TrainingState(total_step=5, loss=0.2)
    assert penalty(state, PLAN) == 0.0
    state.loss = 0.05
    assert penalty(state, PLAN) == pytest.approx(0.1)
    state.total_step = 9
    assert penalty(state, PLAN) == pytest.approx(0.5)
    state.total_step = 500
    assert penalty(state, PLAN) == 1.0


@pytest.mark.parametrize("found", [vitals(selected=0.001), vitals(anchor=0.99)])
def test_a_selection_that_dies_goes_back(found: Vitals) -> None:
    state = under_penalty()
    assert act(state, PLAN, 0.88, found, True) == WENT_BACK
    assert state.penalty == 0.5
    assert act(under_penalty(), PLAN, 0.88, found, False) != WENT_BACK


def test_a_layer_that_is_not_needed_may_rest() -> None:
    assert act(under_penalty(), PLAN, 0.96, vitals(anchor=0.99), True) == ""


def test_a_selection_that_dies_before_the_task_is_learned_becomes_soft() -> None:
    state = under_penalty()
    state.best_f1 = 0.0
    assert act(state, PLAN, 0.0, vitals(anchor=1.0), True) == SOFTENED
    assert (state.soft, state.penalty, state.penalty_since) == (True, 0.5, -1)
    assert state.best_f1 < 0, "what was reached before must not take back what comes after"


def test_accuracy_that_falls_goes_back() -> None:
    assert act(under_penalty(), PLAN, 0.7, vitals(), True) == WENT_BACK
    assert act(under_penalty(), PLAN, 0.9, vitals(), True) == ""


def test_penalties_that_came_too_early_give_way_to_soft_attention_until_the_task_is_learned() -> None:
    state = under_penalty(stale=4)
    state.best_f1 = 0.6
    assert act(state, PLAN, 0.55, vitals(), True) == SOFTENED
    assert state.soft
    assert penalty(state, PLAN) == 0.0
    state.loss = 0.06
    assert penalty(state, PLAN) == 0.0, "the loss must fall to an eighth of what it was"
    state.loss = 0.04
    state.total_step = 1_000
    assert penalty(state, PLAN) == pytest.approx(0.05)
    assert not state.soft
    state.stale = 9
    assert act(state, PLAN, 0.55, vitals(), True) == "", "once a run"


def test_what_is_learned_or_still_improves_is_left_alone() -> None:
    assert act(under_penalty(stale=7), PLAN, 0.94, vitals(), True) == ""
    improving = under_penalty(stale=1)
    improving.best_f1 = 0.6
    assert act(improving, PLAN, 0.6, vitals(), True) == ""


def test_without_the_guard_nothing_is_done() -> None:
    plan = TrainConfig(gate=0.1, ramp=10, guard=False)
    assert act(under_penalty(), plan, 0.1, vitals(selected=0.0, anchor=1.0, certified=0.0), True) == ""


def test_too_few_certificates_double_the_search_cost_up_to_a_limit() -> None:
    state = under_penalty()
    assert [act(state, PLAN, 0.95, vitals(certified=0.5), True) for _ in range(4)] == [DOUBLED] * 3 + [""]
    assert state.cost_factor == 8.0


def test_a_run_that_cannot_be_helped_ends() -> None:
    state = under_penalty()
    for _ in range(3):
        act(state, PLAN, 0.1, vitals(), True)
    with pytest.raises(TrainingCollapsed, match="repeatedly"):
        act(state, PLAN, 0.1, vitals(), True)
