"""The attribution methods by name, all called in the same way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sparsemix.errors import ConfigError
from sparsemix.explain.attribution import ROLLOUT, WEIGHT, Attribution, rollout, selection_weight
from sparsemix.explain.effects import PAIR_EFFECT, by_event, pair_effects
from sparsemix.explain.integrated import (
    FREE,
    FROZEN,
    GRADIENT,
    free_integrated_gradients,
    gradient_x_activation,
    integrated_gradients,
)
from sparsemix.explain.perturbation import (
    ABLATION,
    ABLATION_TEMPLATES,
    ABLATION_WINDOWS,
    SHAPLEY,
    feature_ablation,
    shapley_values,
)
from sparsemix.explain.rerun import Rerun
from sparsemix.model.run import Progress, unheard

Method = Callable[[Rerun, int, Progress], Attribution]
_BY_NAME: dict[str, Method] = {
    PAIR_EFFECT: lambda rerun, target, progress: by_event(rerun, target, pair_effects(rerun, target, progress=progress)),
    FROZEN: lambda rerun, target, progress: integrated_gradients(rerun, target, progress=progress),
    GRADIENT: lambda rerun, target, _: gradient_x_activation(rerun, target),
    ABLATION: lambda rerun, target, progress: feature_ablation(rerun, target, "lines", progress),
    ROLLOUT: lambda rerun, target, _: rollout(rerun.trace, target),
    WEIGHT: lambda rerun, target, _: selection_weight(rerun.trace, target),
    ABLATION_TEMPLATES: lambda rerun, target, progress: feature_ablation(rerun, target, "templates", progress),
    ABLATION_WINDOWS: lambda rerun, target, progress: feature_ablation(rerun, target, "windows", progress),
    SHAPLEY: lambda rerun, target, progress: shapley_values(rerun, target, progress=progress),
    FREE: lambda rerun, target, progress: free_integrated_gradients(rerun, target, progress=progress),
}
METHODS = tuple(_BY_NAME)
# docs/figures/explanations.md gives times at 50,000 events.
QUICK = METHODS[:6]


def attribute(rerun: Rerun, target: int, method: str, progress: Progress = unheard) -> Attribution:
    """Attribute the target's logit by a method of ``METHODS``.

    Raises ``ConfigError`` when the method is unknown, ``ExplanationError`` when the target cannot be explained, and any error
    that ``progress`` raises.
    """
    check_methods((method,))
    return _BY_NAME[method](rerun, target, progress)


def check_methods(names: Sequence[str]) -> None:
    """Raise ``ConfigError`` when a name is not in ``METHODS``."""
    unknown = [name for name in names if name not in METHODS]
    if unknown:
        raise ConfigError(f"unknown method {', '.join(unknown)}; choose from {', '.join(METHODS)}")
