"""Whether the explanations of a decision agree, found when it is made: a reason to hold it where they do not.

Looked at are the most probable of the flagged events, a few of them: all would take longer than the decision itself.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from sparsemix import Rerun, Run, SparseMixModel, TokenSequence
from sparsemix.errors import ExplanationError
from sparsemix.explain.agreement import Agreement, agreement
from sparsemix.explain.effects import pair_effects
from sparsemix.explain.integrated import integrated_gradients
from sparsemix.model import Progress

MOST = 3


@dataclass(frozen=True, slots=True)
class ExplainedEvent:
    """An event and how far the views of it agree."""

    event: int
    agreement: Agreement

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


def agreements_of(
    model: SparseMixModel, sequence: TokenSequence, run: Run, progress: Progress = lambda _share, _stage: None
) -> tuple[ExplainedEvent, ...]:
    """The agreement on the most probable of the flagged events, ``MOST`` at most; ``progress`` may raise to stop it.

    Empty for runs that flag none, which rest on no event, and where no finite explanation exists.
    """
    flagged, probability = run.decision.flagged, run.decision.event_probability
    targets = flagged[np.argsort(-probability[flagged], kind="stable")][:MOST].tolist()
    if not targets:
        return ()
    found = []
    try:
        rerun = Rerun(model, sequence, run.trace)
        for number, target in enumerate(targets):
            effects = pair_effects(rerun, target, progress=_part(progress, number / len(targets), len(targets)))
            # Quick beside the effects: no share of its own, but it can be stopped.
            attribution = integrated_gradients(rerun, target, progress=_part(progress, (number + 1) / len(targets), None))
            found.append(ExplainedEvent(target, agreement(run.trace, attribution, effects)))
    except ExplanationError:
        return ()
    return tuple(found)


def _part(progress: Progress, start: float, of: int | None) -> Progress:
    """Progress from ``start`` over one part in ``of``; None: it stays there."""
    return lambda share, stage: progress(start + (share / of if of else 0.0), stage)


def recorded(views: tuple[ExplainedEvent, ...], sequence: TokenSequence) -> dict[str, object] | None:
    """What is recorded: the facts of the most probable event, and of all that were looked at, the lines (``checked``), and
    those whose explanations disagree (``disagreeing``)."""
    if not views:
        return None
    lines = [sequence.events[view.event].line for view in views]
    return views[0].facts(sequence) | {
        "checked": lines,
        "disagreeing": [line for line, view in zip(lines, views, strict=True) if view.disagrees],
    }
