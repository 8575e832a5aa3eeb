"""Ablation and Shapley values: groups of events are left out, one by one or in random orders.

Groups of the receptive field's events: single lines, lines of one template, windows of neighbours. "Left out" means that the
neutral event replaces every event of the group while the selection stays as logged, so every pass costs a few dozen events,
whatever the length. Where heads select hundreds of keys, a pass costs much more, and there are fewer passes.

Sources: Zeiler and Fergus 2014 (arXiv 1311.2901) for ablation; Castro et al. 2009 ("Polynomial calculation of the Shapley value
based on sampling") for Shapley values, through Captum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from sparsemix.encoding.sequence import TokenSequence, template
from sparsemix.encoding.tokens import numbered
from sparsemix.errors import ConfigError
from sparsemix.explain.attribution import Attribution, frozen_field, rollout
from sparsemix.explain.integrated import attributed
from sparsemix.explain.rerun import Rerun
from sparsemix.model.receptive_field import NEUTRAL, ReceptiveField
from sparsemix.model.run import Progress, unheard

Grouping = Literal["lines", "templates", "windows"]
ABLATION, SHAPLEY = "feature_ablation", "shapley_values"
ABLATION_TEMPLATES, ABLATION_WINDOWS = "feature_ablation_templates", "feature_ablation_windows"
_ABLATIONS: dict[Grouping, str] = {"lines": ABLATION, "templates": ABLATION_TEMPLATES, "windows": ABLATION_WINDOWS}
# Every sample runs through all groups: more groups would take too long.
MAX_SHAPLEY_GROUPS = 32
# Events of the sequence per window.
_WINDOW = 32
# However large the field is: groups that are left out, and orders of joining in.
_LEAST_GROUPS, _LEAST_SAMPLES = 32, 4
# Shapley values are asked for by name and shown with their progress: they may take so many times as long as another method.
_SHAPLEY_PARTS = 8


def group_events(sequence: TokenSequence, events: NDArray[np.int64], grouping: Grouping) -> NDArray[np.int64]:
    """Return the group of every event [K], numbered from 0 in the order of first appearance."""
    if grouping == "lines":
        return np.arange(len(events))
    if grouping == "templates":
        return numbered(template(sequence.events[event].message) for event in events.tolist())[1]
    return np.unique(events // _WINDOW, return_inverse=True)[1].astype(np.int64)


def feature_ablation(
    rerun: Rerun,
    target: int,
    grouping: Grouping = "lines",
    progress: Progress = unheard,
) -> Attribution:
    """Attribute by the logit minus the logit without each group; every event of a group gets the group's value.

    Where the field is so large that leaving out every group would take too long, only the groups that most of the weight leads
    to (by rollout) are left out, and the others get 0: ``steps`` says how many of the ``groups``. Raises ``ExplanationError``
    when there is no such event, and any error that ``progress`` raises.
    """
    field = frozen_field(rerun, target)
    groups = group_events(rerun.sequence, field.events, grouping)
    weight = np.bincount(groups, rollout(rerun.trace, target).value)
    chosen = np.argsort(-weight, kind="stable")[: max(_LEAST_GROUPS, field.affordable)]
    logits = []
    for start in range(0, len(chosen), field.batch):
        progress(start / len(chosen), "ablation")
        gone = torch.from_numpy(groups[None] == chosen[start : start + field.batch, None])
        logits.append(field.logits(field.ids.expand(len(gone), -1).masked_fill(gone, NEUTRAL)).numpy())
    values = np.zeros(len(weight))
    values[chosen] = float(field.logits(field.ids)[0]) - np.concatenate(logits)
    found = attributed(field, _ABLATIONS[grouping], target, torch.from_numpy(values[groups]), None, len(chosen))
    return replace(found, groups=len(weight))


def shapley_values(
    rerun: Rerun,
    target: int,
    grouping: Grouping = "templates",
    samples: int = 50,
    seed: int = 0,
    progress: Progress = unheard,
) -> Attribution:
    """Attribute by the mean contribution of each group over ``samples`` random orders of joining in; fewer where the field is
    so large that these would take too long.

    A group's value is shared equally among its events, so that the events' values add up. Raises ``ConfigError`` when there
    are more than 32 groups (choose a coarser grouping) or no samples, and the errors of ``feature_ablation``.
    """
    from captum.attr import ShapleyValueSampling  # noqa: PLC0415 - it loads matplotlib

    if samples < 1:
        raise ConfigError("Shapley values need at least one sample")
    field = frozen_field(rerun, target)
    groups = group_events(rerun.sequence, field.events, grouping)
    count = int(groups.max()) + 1
    if count > MAX_SHAPLEY_GROUPS:
        raise ConfigError(
            f"{count} groups are too many for Shapley values (at most {MAX_SHAPLEY_GROUPS}); group by templates or windows"
        )
    samples = min(samples, max(_LEAST_SAMPLES, _SHAPLEY_PARTS * field.affordable // count))
    method = ShapleyValueSampling(_counted(field, samples * count + 2, progress, "Shapley values"))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        values = method.attribute(
            field.ids,
            baselines=torch.full_like(field.ids, NEUTRAL),
            feature_mask=torch.from_numpy(groups)[None],
            n_samples=samples,
        )
    shared = values[0].numpy() / np.bincount(groups)[groups]
    attribution = attributed(field, SHAPLEY, target, torch.from_numpy(shared), None, samples)
    # Every order starts with no group and ends with all groups, so the values add up; the rest is rounding.
    return replace(attribution, delta=float(shared.sum() - (attribution.logit - attribution.baseline_logit)))


def _counted(field: ReceptiveField, total: int, progress: Progress, stage: str) -> Callable[[torch.Tensor], torch.Tensor]:
    done = 0

    def run(ids: torch.Tensor) -> torch.Tensor:
        nonlocal done
        progress(min(done / total, 1.0), stage)
        done += 1
        return field.logits(ids)

    return run
