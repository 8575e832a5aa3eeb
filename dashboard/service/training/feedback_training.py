"""Learning from what people said in reviews, from the app: the set leaves the record, and the process that learns is given it.

    trained = learn(Wanted(model.to_bytes(), FeedbackPlan()), access, progress, curve)

Beside it go logs that were decided on and that nobody reviewed: they are to go on being judged as they are. That reviews were
taken out of the record is an entry of the log, whatever comes of it; the files are gone when learning ends. No streamlit here.
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
from audit.review.decision_lists import Wanted as Listed
from dashboard.service.training.training import INITIAL, PLAN, Curve, Progress, ReviewsRefused, Trained, learned_in
from sparsemix import SparseMixModel
from sparsemix.training.feedback.fitting import FeedbackPlan

SAID, BESIDE = "said.zip", "beside"
MOST_BESIDE = 200
"""Logs that nobody reviewed, at most."""
_LOOKED_AT = 1000  # of the newest decisions
# Of all of them together: a minute or two of running over them, and what a temporary folder can be expected to hold.
_MOST_EVENTS, _MOST_BYTES = 400_000, 2**28


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


def learn(wanted: Wanted, access: Access, progress: Progress, curve: Curve) -> Trained:
    """Learn; ``progress`` and ``curve`` as for `dashboard.service.training.training.train`.

    Raises ReviewsRefused when nothing can be learned, FeedbackError, TrainingCollapsed, AuditError, and what
    ``progress`` raises.
    """
    progress(0.0, "review_take")
    with tempfile.TemporaryDirectory(prefix="sparsemix-training-") as name:
        folder = Path(name)
        if not access.feedback.write(folder / SAID).pairs:
            raise ReviewsRefused("unmarked", "nobody said anything about a pair")
        plan = {
            "plan": asdict(wanted.plan),
            "noise_control": wanted.noise_control,
            "beside": _laid_beside(access, _inputs(folder / SAID), folder / BESIDE, progress),
        }
        (folder / PLAN).write_text(json.dumps(plan), encoding="utf-8")
        (folder / INITIAL).write_bytes(wanted.initial)
        return learned_in(folder, progress, curve)


def _inputs(path: Path) -> frozenset[str]:
    """The hashes of the files that people spoke of."""
    with zipfile.ZipFile(path) as said:
        return frozenset(Path(name).name for name in said.namelist())


def _laid_beside(access: Access, reviewed: Collection[str], folder: Path, progress: Progress) -> list[dict[str, Any]]:
    """Lay the newest other files that were decided on there, but for those whose content was erased; how each is to be read."""
    folder.mkdir()
    found, taken, events, left = list[dict[str, Any]](), set(reviewed), 0, _MOST_BYTES
    for summary in access.find(Listed(), limit=_LOOKED_AT).summaries:
        progress(0.0, "review_take")
        decision = summary.decision
        sha256 = decision.input_sha256
        if len(found) == MOST_BESIDE:
            break
        if sha256 in taken or events + decision.event_count > _MOST_EVENTS:
            continue
        taken.add(sha256)
        with suppress(NotFound):
            content = access.blob(sha256)
            if len(content) <= left:
                (folder / sha256).write_bytes(content)
                events, left = events + decision.event_count, left - len(content)
                found.append({"sha256": sha256, "name": decision.input_name, "reading": decision.details.get("reading")})
    return found
