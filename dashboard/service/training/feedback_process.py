"""What the process that learns does with reviews; started by `dashboard.service.training.training_process`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dashboard.service.training.feedback_training import BESIDE, SAID
from dashboard.service.training.training import INITIAL, PAIRS, RESULT, WEIGHTS, ReviewsRefused
from sparsemix import SparseMixModel
from sparsemix.dataset import DataSet, Item
from sparsemix.errors import FeedbackError
from sparsemix.readers import FIRST_RULES, ReadOptions, read_bytes
from sparsemix.training.feedback import FeedbackSet, LearnedFeedback, learn_feedback, read_feedback
from sparsemix.training.feedback.command import card_of
from sparsemix.training.feedback.fitting import FeedbackPlan, Fit

# Measuring has a stage "judge" of its own.
_STAGES = {"judge": "review_judge", "learn": "review_learn", "compare": "review_compare"}
_SHARE = 0.97  # the rest: what the card says of the weights
_TELL = 0.2  # seconds between two words about the progress
_SMOOTHING = 0.05  # a step has few windows, and no two are alike


def learn_from_reviews(folder: Path, wanted: Mapping[str, Any], say: Callable[..., None]) -> None:
    """Learn from the set in ``folder``, and leave weights, card and pairs there. Raises as `learn_feedback`, and ReviewsRefused
    where what people said cannot be told from chance."""
    told, point = 0.0, dict[str, Any]()

    def report(fit: Fit) -> None:
        before = point.get("loss", fit.loss)
        point.update(step=fit.step, loss=before + _SMOOTHING * (fit.loss - before), sparse=True)

    def progress(share: float, stage: str) -> None:
        nonlocal told
        if time.monotonic() - told >= _TELL:
            told = time.monotonic()
            say(share=_SHARE * share, stage=_STAGES[stage], **(point if stage == "learn" else {}))

    say(share=0.0, stage="review_take")
    feedback, model = read_feedback(folder / SAID), SparseMixModel.load(folder / INITIAL)
    plan, control = FeedbackPlan(**wanted["plan"]), bool(wanted["noise_control"])
    beside = [_item(folder / BESIDE, one) for one in wanted["beside"]]
    replay = DataSet(BESIDE, tuple(beside)) if beside else None
    try:
        learned = learn_feedback(model, feedback, plan, replay=replay, noise_control=control, progress=progress, report=report)
    except FeedbackError as error:
        raise ReviewsRefused("chance" if feedback.marks else "unmarked", str(error)) from error
    say(share=_SHARE, stage=_STAGES["compare"])
    card = card_of(learned, feedback, plan, model, noise_control=control) | {"replayed": len(beside)}
    learned.model.save(folder / WEIGHTS)
    pairs = list(_pairs(learned, feedback))
    for name, content in ((PAIRS, pairs), (RESULT, card)):
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, allow_nan=False), encoding="utf-8")


def _item(folder: Path, said: Mapping[str, Any]) -> Item:
    """A log that nobody reviewed, read as it was when it was decided on."""
    options = FIRST_RULES if said["reading"] is None else ReadOptions.from_payload(said["reading"])
    return Item(said["sha256"], read_bytes((folder / said["sha256"]).read_bytes(), said["name"], options=options))


def _pairs(learned: LearnedFeedback, feedback: FeedbackSet) -> Iterator[dict[str, Any]]:
    """Every pair that people spoke of, with the lines of its file, and what became of it."""
    known = {one.id: one for one in feedback.decisions}
    for changes, own in ((learned.learned, True), (learned.held_out, False)):
        for pair in changes.pairs:
            decision = known[pair.decision]
            said = {mark.verdict for mark in decision.marks if (mark.query, mark.key) == (pair.query, pair.key)}
            yield {
                "decision": pair.decision,
                "file": decision.sequence.name,
                "query": pair.query,
                "key": pair.key,
                "query_line": decision.sequence.events[pair.query].line,
                "key_line": decision.sequence.events[pair.key].line,
                "said": sorted(said),
                "relevant": pair.relevant,
                "before": pair.before,
                "after": pair.after,
                "learned_from": own,
            }
