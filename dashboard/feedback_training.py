"""Learning from what people said in reviews, from the app: the set leaves the record, and the process that learns is given it.

    trained = learn(Wanted(model.to_bytes(), FeedbackPlan()), access, progress, curve)

Beside it go logs that were decided on and that nobody reviewed: they are to go on being judged as they are. That reviews were
taken out of the record is an entry of the log, whatever comes of it; the files are gone when learning ends. No streamlit here.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from audit import Access, DecisionRecord, NotFound
from audit.listing import Wanted as Listed
from dashboard.training import INITIAL, PLAN, Curve, Progress, ReviewsRefused, Trained, learned_in
from sparsemix import SparseMixModel
from sparsemix.feedback.fitting import FeedbackPlan

SAID, BESIDE = "said.zip", "beside"
MOST_BESIDE = 200
"""Logs that nobody reviewed, at most: with few of them, what is learned holds on those and less on others."""
_LOOKED_AT = 1000  # of the newest decisions
_MOST_EVENTS = 400_000  # of all of them together: some minutes of running over them


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
    """Learn; ``progress`` and ``curve`` as for `dashboard.training.train`.

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
            "beside": [_put(access, decision, folder / BESIDE) for decision in _unreviewed(access, _inputs(folder / SAID))],
        }
        (folder / PLAN).write_text(json.dumps(plan), encoding="utf-8")
        (folder / INITIAL).write_bytes(wanted.initial)
        return learned_in(folder, progress, curve)


def _inputs(path: Path) -> frozenset[str]:
    """The hashes of the files that people spoke of."""
    with zipfile.ZipFile(path) as said:
        return frozenset(Path(name).name for name in said.namelist())


def _unreviewed(access: Access, reviewed: Collection[str]) -> Iterator[DecisionRecord]:
    """The newest decisions on other files, one a file."""
    taken, events = set(reviewed), 0
    for summary in access.find(Listed(), limit=_LOOKED_AT).summaries:
        decision = summary.decision
        if decision.input_sha256 in taken or events + decision.event_count > _MOST_EVENTS:
            continue
        if len(taken) - len(reviewed) >= MOST_BESIDE:
            return
        taken.add(decision.input_sha256)
        events += decision.event_count
        yield decision


def _put(access: Access, decision: DecisionRecord, folder: Path) -> dict[str, Any] | None:
    """Lay a decision's file there; how it is to be read, None where its content was erased."""
    folder.mkdir(exist_ok=True)
    try:
        (folder / decision.input_sha256).write_bytes(access.blob(decision.input_sha256))
    except NotFound:
        return None
    return {"sha256": decision.input_sha256, "name": decision.input_name, "reading": decision.details.get("reading")}
