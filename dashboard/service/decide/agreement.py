"""Explanations that are computed with a decision: whether they agree (if not, the decision is held), and what would change it.

Only the first of the flagged events are explained: all of them would take longer than the decision itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import torch

from dashboard.service.decide.incident_record import recorded
from sparsemix import Rerun, Run, SparseMixModel, TokenSequence
from sparsemix.errors import ExplanationError
from sparsemix.explain.effects import DEFAULT_MOST, PairEffect, pair_effects
from sparsemix.explain.explanation import MethodAgreement, agreement
from sparsemix.explain.integrated import integrated_gradients
from sparsemix.explain.intervention import Intervention, Pair
from sparsemix.incidents.finding import find_incidents
from sparsemix.incidents.incident import Incident
from sparsemix.model.run import Progress

MOST = 3


@dataclass(frozen=True, slots=True)
class ChangedVerdict:
    """The verdict on the whole log under a change: ``label``, calibrated probability ``score``, and ``flagged``, the number of
    events that count as faulty."""

    label: str
    score: float
    flagged: int


@dataclass(frozen=True, slots=True)
class DecisivePair:
    """The pair whose absence moves an event's probability most: ``pairs`` in all heads that selected it, the strongest first;
    ``without``: the event's probability without them; ``verdict``: that on the whole log without them."""

    pairs: tuple[Pair, ...]
    without: float
    verdict: ChangedVerdict

    def facts(self, sequence: TokenSequence) -> dict[str, object]:
        """Return what is recorded: layer and head (of the strongest) and events from 0, lines as in the file."""
        first = self.pairs[0]
        lines = {"query_line": sequence.events[first.query].line, "key_line": sequence.events[first.key].line}
        return {**asdict(first), **lines, "without": self.without, **asdict(self.verdict)}


@dataclass(frozen=True, slots=True)
class ExplainedEvent:
    """An event, how far its explanations agree, and the pair that would change it: None where it selected no other event."""

    event: int
    agreement: MethodAgreement
    change: DecisivePair | None

    @property
    def disagrees(self) -> bool:
        """Whether the explanations contradict each other, so that a person should look."""
        return self.agreement.verdict == "disagree"

    def facts(self, sequence: TokenSequence) -> dict[str, object]:
        """Return what is recorded with the decision: events from 0, lines as in the file; ``top_line`` had the largest
        effect."""
        fields = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self.agreement).items()}
        top = self.agreement.top_effect
        line = sequence.events[self.event].line
        return {"event": self.event, "line": line, "top_line": sequence.events[top[0]].line if top else line, **fields}


@dataclass(frozen=True, slots=True)
class EventExplanations:
    """The explained events, in the order in which they are listed. ``together``: the verdict without all of their decisive
    pairs at once, where more than one event was flagged and all of them were explained. ``incidents``: what happened in the
    file, best first."""

    events: tuple[ExplainedEvent, ...] = ()
    together: ChangedVerdict | None = None
    incidents: tuple[Incident, ...] = ()

    def facts(self, sequence: TokenSequence) -> dict[str, object]:
        """Return what is recorded. ``agreement``: the facts of the most probable event, the lines of all explained events
        (``checked``), and the lines whose explanations disagree (``disagreeing``); ``without_pair``: what would change the
        decision: for every explained event its line, its probability and the facts of its `DecisivePair`, and the verdict
        without all of these pairs. None where there is nothing to say. ``incidents``: see `incident_record`."""
        lines = [sequence.events[view.event].line for view in self.events]
        changes = [
            {"event": view.event, "line": line, "probability": view.agreement.probability} | view.change.facts(sequence)
            for line, view in zip(lines, self.events, strict=True)
            if view.change is not None
        ]
        views: dict[str, object] = {
            "checked": lines,
            "disagreeing": [line for line, view in zip(lines, self.events, strict=True) if view.disagrees],
        }
        together = None if self.together is None else asdict(self.together)
        return {
            "agreement": self.events[0].facts(sequence) | views if self.events else None,
            "without_pair": {"events": changes, "together": together} if changes else None,
            "incidents": recorded(self.incidents, sequence),
        }


def explained(
    model: SparseMixModel,
    sequence: TokenSequence,
    run: Run,
    progress: Progress = lambda _share, _stage: None,
) -> EventExplanations:
    """Find the incidents, and explain the most probable of the flagged events, at most ``MOST``. Where a file was judged by
    itself, its lines are named for what they say by themselves, and no pair is made responsible.

    ``progress`` may raise to stop it.

    The result is empty where no finite explanation exists, and for a run of weights that know the file and flag no event.
    """
    flagged, probability = run.decision.flagged, run.decision.event_probability
    by_itself = model.judge.by_itself
    targets = [] if by_itself else flagged[np.argsort(-probability[flagged], kind="stable")][:MOST].tolist()
    if not (targets or by_itself):
        return EventExplanations()
    events, incidents = [], tuple[Incident, ...]()
    progress(0.0, "explain")
    try:
        rerun = Rerun(model, sequence, run.trace, layers=run.layers)
        incidents = tuple(find_incidents(rerun, look=partial(progress, 0.0, "explain")))
        progress(0.0, "explain")
        for number, target in enumerate(targets):
            effects = pair_effects(rerun, target, DEFAULT_MOST, _part(progress, number / len(targets), len(targets)))
            # Much quicker than the effects: it gets no share of the progress, but it can be stopped.
            attribution = integrated_gradients(rerun, target, progress=_part(progress, (number + 1) / len(targets), None))
            views = agreement(run.trace, attribution, effects)
            events.append(ExplainedEvent(target, views, _change(rerun, effects, views.probability)))
        changes = [view.change for view in events if view.change is not None]
        together = None
        if 1 < len(flagged) == len(changes):
            together = _verdict_without(rerun, (pair for change in changes for pair in change.pairs))
    except ExplanationError:
        return EventExplanations(incidents=incidents)
    return EventExplanations(tuple(events), together, incidents)


def _change(rerun: Rerun, effects: Sequence[PairEffect], probability: float) -> DecisivePair | None:
    largest = max(effects, key=lambda pair: (abs(pair.effect.probability), pair.effect.size), default=None)
    if largest is None:
        return None
    pairs = largest.edge.pairs
    return DecisivePair(pairs, probability - largest.effect.probability, _verdict_without(rerun, pairs))


def _verdict_without(rerun: Rerun, pairs: Iterable[Pair]) -> ChangedVerdict:
    """Decide on the whole log again without these pairs: other events may rest on them too.

    Only the events that change are computed: at 50,000 events in 0.03 s.
    """
    model = rerun.model
    logits = torch.from_numpy(rerun(Intervention.without(pairs)).logits(rerun.logits))
    label, score = model.verdict(logits, rerun.following)
    return ChangedVerdict(label, score, int((logits.sigmoid().float() >= model.config.event_threshold).sum()))


def _part(progress: Progress, start: float, of: int | None) -> Progress:
    """Return a progress that runs from ``start`` over one part in ``of``; with None it stays at ``start``."""
    return lambda share, stage: progress(start + (share / of if of else 0.0), stage)
