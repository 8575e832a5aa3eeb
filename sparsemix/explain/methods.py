"""The attribution methods by name, all called in the same way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sparsemix.errors import ConfigError
from sparsemix.explain.attribution import ROLLOUT, WEIGHT, Attribution, rollout, selection_weight
from sparsemix.explain.effects import DEFAULT_MOST, PAIR_EFFECT, by_event, pair_effects
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
    Grouping,
    feature_ablation,
    shapley_values,
)
from sparsemix.explain.rerun import Rerun
from sparsemix.model.model import Progress

# The first six are quick; docs/figures/explanations.md gives times at 50,000 events.
METHODS = (
    PAIR_EFFECT,
    FROZEN,
    GRADIENT,
    ABLATION,
    ROLLOUT,
    WEIGHT,
    ABLATION_TEMPLATES,
    ABLATION_WINDOWS,
    SHAPLEY,
    FREE,
)
QUICK = (PAIR_EFFECT, FROZEN, GRADIENT, ABLATION, ROLLOUT, WEIGHT)


def attribute(
    rerun: Rerun,
    target: int,
    method: str,
    progress: Progress | None = None,
    *,
    grouping: Grouping | None = None,
    most: int = DEFAULT_MOST,
) -> Attribution:
    """Attribute the target's logit by a method of ``METHODS``.

    ``grouping``: for Shapley values, by default templates; ``most``: number of pair effects. Raises ``ConfigError`` when the
    method is unknown, ``ExplanationError`` when the target cannot be explained, and any error that ``progress`` raises.
    """
    ways: dict[str, Callable[[], Attribution]] = {
        PAIR_EFFECT: lambda: by_event(rerun, target, pair_effects(rerun, target, most, progress)),
        FROZEN: lambda: integrated_gradients(rerun, target, progress=progress),
        FREE: lambda: free_integrated_gradients(rerun, target, progress=progress),
        GRADIENT: lambda: gradient_x_activation(rerun, target),
        ABLATION: lambda: feature_ablation(rerun, target, "lines", progress),
        ABLATION_TEMPLATES: lambda: feature_ablation(rerun, target, "templates", progress),
        ABLATION_WINDOWS: lambda: feature_ablation(rerun, target, "windows", progress),
        SHAPLEY: lambda: shapley_values(rerun, target, grouping or "templates", progress=progress),
        ROLLOUT: lambda: rollout(rerun.trace, target),
        WEIGHT: lambda: selection_weight(rerun.trace, target),
    }
    check_methods((method,))
    return ways[method]()


def check_methods(names: Sequence[str]) -> None:
    """Raise ``ConfigError`` when a name is not in ``METHODS``."""
    unknown = [name for name in names if name not in METHODS]
    if unknown:
        raise ConfigError(f"unknown method {', '.join(unknown)}; choose from {', '.join(METHODS)}")
