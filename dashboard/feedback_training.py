"""Learning from what people said in reviews, from the app: the set leaves the record, and the process that learns is given it.

    trained = learn(Wanted(model.to_bytes(), FeedbackPlan()), access.feedback.write, progress)

What was taken out of the record is an entry of the log, whatever comes of it; the file itself is gone when learning ends. No
streamlit here.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from audit.feedback import WrittenFeedback
from dashboard.training import INITIAL, PLAN, Curve, Progress, ReviewsRefused, Trained, learned_in
from sparsemix import SparseMixModel
from sparsemix.feedback.fitting import FeedbackPlan

SAID = "said.zip"


@dataclass(frozen=True, slots=True)
class Wanted:
    """From which weights to go on (``initial``: the file's content), how, and whether reviewers are believed as far as they
    agree, or at their word."""

    initial: bytes = field(repr=False)
    plan: FeedbackPlan = field(default_factory=FeedbackPlan)
    noise_control: bool = True


def require_learnable(model: SparseMixModel) -> None:
    """Raises ReviewsRefused for weights that reviews cannot change."""
    if model.config.attention != "entmax15":
        raise ReviewsRefused("dense", "a dense model selects every pair")
    if model.config.task == "novelty":
        raise ReviewsRefused("novelty", "these weights learned what is usual")


def learn(wanted: Wanted, write: Callable[[Path], WrittenFeedback], progress: Progress) -> Trained:
    """Learn; ``write`` takes the set out of the record, ``progress`` as for `dashboard.training.train`.

    Raises ReviewsRefused when nothing can be learned, FeedbackError, TrainingCollapsed, and what the two raise.
    """
    progress(0.0, "review_take")
    with tempfile.TemporaryDirectory(prefix="sparsemix-training-") as name:
        folder = Path(name)
        if not write(folder / SAID).pairs:
            raise ReviewsRefused("unmarked", "nobody said anything about a pair")
        plan = {"plan": asdict(wanted.plan), "noise_control": wanted.noise_control}
        (folder / PLAN).write_text(json.dumps(plan), encoding="utf-8")
        (folder / INITIAL).write_bytes(wanted.initial)
        return learned_in(folder, progress, Curve())
