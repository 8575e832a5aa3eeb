"""When the penalties act on the selection, and what is done when it suffers from them.

They wait until the task is being learned (the gate), then ramp up. Where they came before it was learned, the selection
collapses or accuracy stays low, and nothing leads out of that, for only selected pairs get a gradient: attention becomes soft
once more, where every pair gets one, and the penalties wait until the task loss has fallen far below what it is; once a run,
for what is not learned after that has other reasons. Where the selection collapses later, training goes back to the best
weights with half the penalties. Where too few queries can be certified, the search-cost penalty doubles.
"""

from __future__ import annotations

from sparsemix.errors import TrainingCollapsed
from sparsemix.training.common.checkpoint import Standing
from sparsemix.training.generated.curriculum import TrainConfig
from sparsemix.training.generated.monitor import Vitals

WENT_BACK = "back to the best weights, penalties halved"
SOFTENED = "attention soft again, penalties halved and waiting"
DOUBLED = "search-cost penalty doubled"

_MAX_COLLAPSES = 3
# Below this many selected keys a query, over all layers and heads together, nothing is being explained any more.
_LEAST_SELECTED = 0.01
# Losing this much F1 under the penalty is a collapse, not noise.
_COLLAPSE_DROP = 0.15
# A layer whose heads all give the anchor this much has stopped looking.
_MOST_ANCHOR = 0.98
# Below this F1, so many validations without a better one mean that the penalties came too early.
_LEARNED = 0.9
_STALLED = 4
_FAR_BELOW = 1 / 8
_LEAST_CERTIFIED = 0.95
_MAX_COST_FACTOR = 8.0


def penalty(standing: Standing, plan: TrainConfig) -> float:
    """Factor of both penalties under sparse attention: 0 until the task is being learned, then ramping up to 1, less after
    these. Begins, and ends a soft spell, in ``standing``."""
    gate = plan.gate if standing.gate < 0 else standing.gate
    if standing.penalty_since < 0 and 0 <= standing.loss < gate:
        standing.penalty_since, standing.soft = standing.total_step, False
        standing.penalty = standing.penalty or 1.0
    return strength(standing, plan)


def strength(standing: Standing, plan: TrainConfig) -> float:
    """Factor of both penalties as ``standing`` has it."""
    if standing.penalty_since < 0:
        return 0.0
    return standing.penalty * min(1.0, (standing.total_step - standing.penalty_since + 1) / plan.ramp)


def act(standing: Standing, plan: TrainConfig, f1: float, vitals: Vitals | None, can_return: bool) -> str:
    """Act, in ``standing``, on what a validation found; what was done, in words. After ``WENT_BACK`` the caller goes on from
    the best weights; ``can_return``: there are any.

    Raises TrainingCollapsed after too many collapses.
    """
    if vitals is None or standing.penalty_since < 0 or not plan.guard:
        return ""
    collapsed = _collapsed(vitals, f1, standing.best_f1)
    if standing.gate < 0 and max(f1, standing.best_f1) < _LEARNED and (collapsed or standing.stale >= _STALLED):
        standing.penalty /= 2
        standing.soft, standing.penalty_since, standing.stale, standing.best_f1 = True, -1, 0, -1.0
        standing.gate = min(plan.gate, _FAR_BELOW * standing.loss)
        return SOFTENED
    if can_return and collapsed:
        _go_back(standing)
        return WENT_BACK
    if vitals.certified_share < _LEAST_CERTIFIED and standing.cost_factor < _MAX_COST_FACTOR:
        standing.cost_factor *= 2
        return DOUBLED
    return ""


def _collapsed(vitals: Vitals, f1: float, best_f1: float) -> bool:
    dead = any(min(layer) > _MOST_ANCHOR for layer in vitals.anchor_share)
    nothing = sum(map(sum, vitals.selected)) < _LEAST_SELECTED
    # A layer that is not needed may rest.
    return nothing or (dead and f1 < max(best_f1, _LEARNED)) or f1 < best_f1 - _COLLAPSE_DROP


def _go_back(standing: Standing) -> None:
    standing.collapses += 1
    if standing.collapses > _MAX_COLLAPSES:
        raise TrainingCollapsed("the selection collapsed again and again; lower the penalties")
    standing.penalty /= 2
