"""Whether the explanations of a decision agree, found when it is made: a reason to hold it where they do not."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sparsemix import Rerun, Run, SparseMixModel, TokenSequence
from sparsemix.errors import ExplanationError
from sparsemix.explain.agreement import Agreement, agreement
from sparsemix.explain.effects import pair_effects
from sparsemix.explain.explanation import default_target
from sparsemix.explain.integrated import integrated_gradients
from sparsemix.model import Progress


@dataclass(frozen=True, slots=True)
class ExplainedEvent:
    """An event and how far the views of it agree."""

    event: int
    agreement: Agreement

    def facts(self, sequence: TokenSequence) -> dict[str, object]:
        """As it is recorded with the decision: events from 0, lines as in the file; ``top_line`` had the largest effect."""
        found = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self.agreement).items()}
        top = self.agreement.top_effect
        line = sequence.events[self.event].line
        return {"event": self.event, "line": line, "top_line": sequence.events[top[0]].line if top else line, **found}


def agreement_of(
    model: SparseMixModel, sequence: TokenSequence, run: Run, progress: Progress | None = None
) -> ExplainedEvent | None:
    """The agreement on the most probable event of a run that flags any; ``progress`` may raise to stop it.

    None for runs that flag none, which rest on no event, and where no finite explanation exists.
    """
    if not len(run.decision.flagged):
        return None
    target = default_target(run.decision)
    try:
        rerun = Rerun(model, sequence, run.trace)
        attribution = integrated_gradients(rerun, target, progress=progress)
        return ExplainedEvent(target, agreement(run.trace, attribution, pair_effects(rerun, target, progress=progress)))
    except ExplanationError:
        return None
