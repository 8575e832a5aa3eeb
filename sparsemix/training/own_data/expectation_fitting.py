"""What is expected to come next where the normal course is learned, and what followed in every sequence against it.

Counts that have seen an event are not surprised by it. So sequences that something is to be learned or measured on are judged
by counts of all others, in folds, while the counts that are kept know every one (cross-conformal prediction: Vovk 2015,
"Cross-conformal predictors"). What is measured so errs to the safe side: the counts kept know more and are surprised less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sparsemix.config import SparseMixConfig
from sparsemix.dataset import Item
from sparsemix.encoding.scales import Scale
from sparsemix.model.model import SparseMixModel
from sparsemix.priors import expectation
from sparsemix.priors.event_priors import next_kinds, next_rows
from sparsemix.priors.expectation import Expectation
from sparsemix.training.own_data.training_sequences import Source

FOLDS = 4


def expected_kinds(
    items: Sequence[Item], task: str, scales: tuple[Scale, ...], initial: SparseMixModel | None
) -> Expectation | None:
    """Counts of all ``items``, where kinds of events are to be expected: in logs, without labels; those of the ``initial``
    model where it has any, for its kinds are what it knows."""
    if task != "novelty" or (scales and all(item.sequence.source_format == "csv" for item in items)):
        return None
    if initial is not None and initial.expectation is not None:
        return initial.expectation
    return expectation.fit([item.sequence.events for item in items])


def followed(
    items: Sequence[Item], beside: Sequence[Item] | None, known: Expectation | None, config: SparseMixConfig
) -> list[Source]:
    """The ``items`` as sources, with what followed their events where that is learned: kinds ``known``, expected by counts of
    those ``beside`` and of those of the items that are in other folds; None beside: by the known counts, which hold no item."""
    sources = [Source.of(item, config.features, config.reading, config.classes) for item in items]
    if known is None:
        return [replace(one, following=next_rows(one.events, config.scales)) if config.forecast else one for one in sources]
    if beside is None:
        return [replace(one, following=next_kinds(one.events, known, known)) for one in sources]
    others = [item.sequence.events for item in beside]
    found = list(sources)
    for fold in range(min(FOLDS, len(items))):
        rest = [one.events for place, one in enumerate(sources) if place % FOLDS != fold]
        counted = expectation.fit([*others, *rest], known)
        for place in range(fold, len(items), FOLDS):
            found[place] = replace(sources[place], following=next_kinds(sources[place].events, known, counted))
    return found
