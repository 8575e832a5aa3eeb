"""Learning from reviews, from the app: the set of reviews leaves the record and goes to the process that learns.

    trained = learn(FeedbackRequest(model.to_bytes(), FeedbackPlan()), access, progress, curve)

The process also gets logs that were decided on without a review, so that the new weights still judge them alike. The export of
reviews is an entry of the log, whatever its result. The files are removed when learning ends. No streamlit here.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from audit import Access, NotFound
from audit.review.decision_lists import DecisionFilter
from dashboard.service.common.decision_details import details_of
from dashboard.service.training.training import Curve, NewWeights, Progress, learned_in
from dashboard.service.training.training_folder import BESIDE, INITIAL, PLAN, SAID, ReviewsRefused
from sparsemix import SparseMixModel
from sparsemix.training.feedback.fitting import FeedbackPlan

MOST_BESIDE = 200
"""The most logs without a review."""
_LOOKED_AT = 1000  # of the newest decisions
# Of all these logs together: one or two minutes of running over them, and what a temporary folder can be expected to hold.
_MOST_EVENTS, _MOST_BYTES = 400_000, 2**28


@dataclass(frozen=True, slots=True)
class FeedbackRequest:
    """A request to learn from reviews: the weights to start from (``initial``: the file's content), the plan, and whether
    reviews count only as far as reviewers agree (``noise_control``), or all alike."""

    initial: bytes = field(repr=False)
    plan: FeedbackPlan = field(default_factory=FeedbackPlan)
    noise_control: bool = True


def require_learnable(model: SparseMixModel) -> None:
    """Raise `ReviewsRefused` for weights that reviews cannot change."""
    if model.config.attention != "entmax15":
        raise ReviewsRefused("dense", "a dense model selects every pair")
    if model.judge.task == "novelty":
        raise ReviewsRefused("novelty", "these weights learned what is usual")


def learn(request: FeedbackRequest, access: Access, progress: Progress, curve: Curve) -> NewWeights:
    """Learn from reviews; ``progress`` and ``curve`` as for `dashboard.service.training.training.train`.

    Raises `ReviewsRefused` when nothing can be learned, `FeedbackError`, `TrainingCollapsed`, `AuditError`, and the errors of
    ``progress``.
    """
    progress(0.0, "review_take")
    with tempfile.TemporaryDirectory(prefix="sparsemix-training-") as name:
        folder = Path(name)
        if not access.feedback.write(folder / SAID).pairs:
            raise ReviewsRefused("unmarked", "nobody said anything about a pair")
        plan = {
            "plan": asdict(request.plan),
            "noise_control": request.noise_control,
            "beside": _laid_beside(access, _inputs(folder / SAID), folder / BESIDE, progress),
        }
        (folder / PLAN).write_text(json.dumps(plan), encoding="utf-8")
        (folder / INITIAL).write_bytes(request.initial)
        return learned_in(folder, progress, curve)


def _inputs(path: Path) -> frozenset[str]:
    """Return the hashes of the files that reviews are about."""
    with zipfile.ZipFile(path) as said:
        return frozenset(Path(name).name for name in said.namelist())


def _laid_beside(access: Access, reviewed: Collection[str], folder: Path, progress: Progress) -> list[dict[str, Any]]:
    """Write the newest other files that were decided on to ``folder``, except files whose content was erased; return how to
    read each."""
    folder.mkdir()
    laid, taken, events, left = list[dict[str, Any]](), set(reviewed), 0, _MOST_BYTES
    for summary in access.find(DecisionFilter(), limit=_LOOKED_AT).summaries:
        progress(0.0, "review_take")
        decision = summary.decision
        sha256 = decision.input_sha256
        if len(laid) == MOST_BESIDE:
            break
        if sha256 in taken or events + decision.event_count > _MOST_EVENTS:
            continue
        taken.add(sha256)
        with suppress(NotFound):
            content = access.blob(sha256)
            if len(content) <= left:
                (folder / sha256).write_bytes(content)
                events, left = events + decision.event_count, left - len(content)
                laid.append({"sha256": sha256, "name": decision.input_name, "reading": details_of(decision).reading or None})
    return laid
