"""What explains a decision, found when it is made: whether the explanations agree, a reason to hold it where they do not, and
what would change it.

Looked at are the most probable of the flagged events, a few of them: all would take longer than the decision itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch

from sparsemix import Rerun, Run, SparseMixModel, TokenSequence
from sparsemix.errors import ExplanationError
from sparsemix.explain.agreement import Agreement, agreement
from sparsemix.explain.effects import PairEffect, pair_effects
from sparsemix.explain.integrated import integrated_gradients
from sparsemix.explain.intervention import Intervention, Pair
from sparsemix.model.model import Progress
from sparsemix.model.overlap import Overlap

MOST = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on the whole log under a change: ``label``, calibrated probability ``score``, and how many events count as
    faulty."""

    label: str
    score: float
    flagged: int


@dataclass(frozen=True, slots=True)
class PairChange:
    """The pair without which an event's probability moves most: ``pairs`` in all heads that selected it, the strongest first;
    the event's probability ``without`` them, and the whole verdict then."""

    pairs: tuple[Pair, ...]
    without: float
    verdict: Verdict

    def facts(self, sequence: TokenSequence) -> dict[str, object]:
        """As it is recorded: layer, head (of the strongest) and events from 0, lines as in the file."""
        first = self.pairs[0]
        lines = {"query_line": sequence.events[first.query].line, "key_line": sequence.events[first.key].line}
        return {**asdict(first), **lines, "without": self.without, **asdict(self.verdict)}


@dataclass(frozen=True, slots=True)
class ExplainedEvent:
    """An event, how far the views of it agree, and what would change it; None where it selected no other event."""

    event: int
    agreement: Agreement
    change: PairChange | None

    @property
    def disagrees(self) -> bool:
        """Whether a person should look."""
        return self.agreement.verdict == "disagree"

    def facts(self, sequence: TokenSequence) -> dict[str, object]:
        """As it is recorded with the decision: events from 0, lines as in the file; ``top_line`` had the largest effect."""
        found = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self.agreement).items()}
        top = self.agreement.top_effect
        line = sequence.events[self.event].line
        return {"event": self.event, "line": line, "top_line": sequence.events[top[0]].line if top else line, **found}


@dataclass(frozen=True, slots=True)
class Explained:
    """The events that were looked at, most probable first. ``together``: the verdict without all of their pairs at once, where
    more than one event was flagged and all of them were looked at."""

    events: tuple[ExplainedEvent, ...] = ()
    together: Verdict | None = None

    @property
    def disagrees(self) -> bool:
        """Whether a person should look at one of them."""
        return any(view.disagrees for view in self.events)


def explained(
    model: SparseMixModel,
    sequence: TokenSequence,
    run: Run,
    progress: Progress = lambda _share, _stage: None,
    overlap: Overlap | None = None,
) -> Explained:
    """Explain the most probable of the flagged events, ``MOST`` at most; ``progress`` may raise to stop it; ``overlap``:
    that of the run.

    Empty for runs that flag none, which rest on no event, and where no finite explanation exists.
    """
    flagged, probability = run.decision.flagged, run.decision.event_probability
    targets = flagged[np.argsort(-probability[flagged], kind="stable")][:MOST].tolist()
    if not targets:
        return Explained()
    found = []
    try:
        rerun = Rerun(model, sequence, run.trace, overlap=overlap)
        for number, target in enumerate(targets):
            effects = pair_effects(rerun, target, progress=_part(progress, number / len(targets), len(targets)))
            # Quick beside the effects: no share of its own, but it can be stopped.
            attribution = integrated_gradients(rerun, target, progress=_part(progress, (number + 1) / len(targets), None))
            views = agreement(run.trace, attribution, effects)
            found.append(ExplainedEvent(target, views, _change(rerun, effects, views.probability)))
        changes = [view.change for view in found if view.change is not None]
        together = None
        if 1 < len(flagged) == len(changes):
            together = _verdict_without(rerun, (pair for change in changes for pair in change.pairs))
    except ExplanationError:
        return Explained()
    return Explained(tuple(found), together)


def _change(rerun: Rerun, effects: Sequence[PairEffect], probability: float) -> PairChange | None:
    largest = max(effects, key=lambda one: (abs(one.effect.probability), one.effect.size), default=None)
    if largest is None:
        return None
    pairs = largest.edge.pairs
    return PairChange(pairs, probability - largest.effect.probability, _verdict_without(rerun, pairs))


def _verdict_without(rerun: Rerun, pairs: Iterable[Pair]) -> Verdict:
    """The whole log decided again without these pairs: other events may have stood on them too.

    Only what changes is computed: three times a quarter of a second beside twenty for the effects, at 50,000 events.
    """
    model = rerun.model
    logits = torch.from_numpy(rerun(Intervention.without(pairs)).logits(rerun.logits))
    label, score = model.verdict(logits, rerun.following)
    return Verdict(label, score, int((logits.sigmoid().float() >= model.config.event_threshold).sum()))


def _part(progress: Progress, start: float, of: int | None) -> Progress:
    """Progress from ``start`` over one part in ``of``; None: it stays there."""
    return lambda share, stage: progress(start + (share / of if of else 0.0), stage)


def recorded(found: Explained, sequence: TokenSequence) -> dict[str, object] | None:
    """What is recorded of the agreement: the facts of the most probable event, and of all that were looked at, the lines
    (``checked``), and those whose explanations disagree (``disagreeing``)."""
    if not found.events:
        return None
    lines = [sequence.events[view.event].line for view in found.events]
    return found.events[0].facts(sequence) | {
        "checked": lines,
        "disagreeing": [line for line, view in zip(lines, found.events, strict=True) if view.disagrees],
    }


def recorded_changes(found: Explained, sequence: TokenSequence) -> dict[str, object] | None:
    """What is recorded of what would change the decision: for every event that was looked at, its line, its probability and the
    facts of its `PairChange`; and the verdict without all of these pairs."""
    changes = [
        {"event": view.event, "line": sequence.events[view.event].line, "probability": view.agreement.probability}
        | view.change.facts(sequence)
        for view in found.events
        if view.change is not None
    ]
    if not changes:
        return None
    return {"events": changes, "together": None if found.together is None else asdict(found.together)}
