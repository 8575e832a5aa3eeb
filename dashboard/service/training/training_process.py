"""The process that learns for the app: python -m dashboard.service.training.training_process FOLDER.

`dashboard.service.training.training` starts it. It reads the folder, which holds a data set or reviews, reports its progress as
one JSON object per line, and writes weights and card to the folder. It ends by itself when the app closes its standard input.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dashboard.service.reading.data_sets import read_own
from dashboard.service.training import training_folder as shared
from dashboard.service.training.training_folder import ReviewsRefused
from sparsemix import InputError, SparseMixError, SparseMixModel
from sparsemix.dataset import DataSet, Item, understood
from sparsemix.errors import FeedbackError
from sparsemix.readers import FIRST_RULES, ReadOptions, read_bytes
from sparsemix.training.feedback import FeedbackSet, LearnedFeedback, learn_feedback, read_feedback
from sparsemix.training.feedback.command import card_of as feedback_card
from sparsemix.training.feedback.fitting import FeedbackPlan, Fit
from sparsemix.training.own_data import Plan, learn
from sparsemix.training.own_data.command import card_of as own_data_card
from sparsemix.training.own_data.fitting import Fitting
from sparsemix.training.own_data.of_file import learn_of_file
from sparsemix.training.own_data.plan import split, usable
from sparsemix.training.own_data.prediction import evaluate_data

COMMAND = (sys.executable, "-m", "dashboard.service.training.training_process")
"""Starts this process; the folder comes behind it."""
_LEARN_SHARE = 0.9
_TELL = 0.2  # seconds between two reports of progress
_MOST_EVENTS = 100_000  # of the held-out data that figures are measured on
# Measuring an own data set has a stage "judge" of its own.
_REVIEW_STAGES = {"judge": "review_judge", "learn": "review_learn", "compare": "review_compare"}
_REVIEW_SHARE = 0.97  # the rest is the measuring of the weights for their card
_SMOOTHING = 0.05  # a step has few windows, and their losses differ widely


def main(folder: Path) -> int:
    """Learn from the data set or the reviews in ``folder``."""
    threading.Thread(target=_end_with_the_app, args=(folder,), daemon=True).start()
    # Analysis and review in the app come first.
    os.nice(10)
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    wanted = json.loads((folder / shared.PLAN).read_text(encoding="utf-8"))
    try:
        if "noise_control" in wanted:
            _learn_from_reviews(folder, wanted)
        else:
            _learn(folder, wanted)
    except InputError as error:
        _say(error="InputError", message=str(error), code=error.code, params=error.params)
    except ReviewsRefused as error:
        _say(error="ReviewsRefused", message=str(error), code=error.code)
    except SparseMixError as error:
        _say(error=type(error).__name__, message=str(error))
    else:
        _say(done=True)
    return 0


def _learn(folder: Path, wanted: dict[str, Any]) -> None:
    options = ReadOptions.from_payload(wanted["options"])
    plan = Plan(**wanted["plan"])
    _say(share=0.0, stage="read")
    files = [(path.name, path.read_bytes()) for path in sorted((folder / shared.DATA).iterdir())]
    labels = (wanted["labels"], (folder / shared.LABELS).read_bytes()) if "labels" in wanted else None
    data = understood(read_own(files, labels, options), wanted.get("normal"))
    initial = _model(folder / shared.INITIAL)
    if initial is not None and initial.judge.by_itself:
        learned = learn_of_file(data, plan, initial, _reporter())
    else:
        learned = learn(data, plan, _reporter(), initial=initial)
    judged = judged_on(data, learned.task, plan)
    rival = _model(folder / shared.RIVAL)
    card = own_data_card(learned, data, plan, initial)
    card["figures"] = _figures(learned.model, judged, 0.0, 0.5 if rival else 1.0)
    if rival is not None:
        card["rival"] = {"weights_sha256": rival.weights_sha256, **_figures(rival, judged, 0.5, 0.5)}
    learned.model.save(folder / shared.WEIGHTS)
    (folder / shared.RESULT).write_text(json.dumps(card, ensure_ascii=False, allow_nan=False), encoding="utf-8")


def judged_on(data: DataSet, task: str, plan: Plan) -> DataSet:
    """Return the data that figures are measured on: the held-out sequences, and for "novelty" also as many faulty sequences as
    fit, which the normal course was not learned from. A sequence without a label counts as normal, as in learning."""
    _, held = split(usable(data, task), plan.held_out, plan.seed)
    others = [item for item in data.items if item.faulty is True] if task == "novelty" else []
    return replace(data, items=(*_first(held), *_first(others)))


def _first(items: Sequence[Item]) -> list[Item]:
    taken: list[Item] = []
    events = 0
    for item in items:
        events += len(item)
        if taken and events > _MOST_EVENTS:
            break
        taken.append(item if item.faulty is not None else replace(item, label="normal"))
    return taken


def _figures(model: SparseMixModel, judged: DataSet, start: float, span: float) -> dict[str, Any]:
    """Return how good a model is, and the share of unfamiliar sequences. The progress of measuring begins at ``start`` of the
    stage and covers ``span`` of it."""
    told = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told >= _TELL:
            told = time.monotonic()
            _say(share=_LEARN_SHARE + (1 - _LEARN_SHARE) * (start + span * done / total), stage="judge")

    evaluation = evaluate_data(model, judged, progress)
    return {
        "sequences": asdict(evaluation.sequences) if evaluation.sequences else None,
        "events": asdict(evaluation.events) if evaluation.events else None,
        "task": evaluation.task,
        "unfamiliar": float(np.mean([_unfamiliar(model, item) for item in judged.items])),
    }


def _unfamiliar(model: SparseMixModel, item: Item) -> bool:
    return model.known_share(item.sequence.events) < model.config.familiarity_floor


def _reporter() -> Callable[[Fitting], None]:
    told = 0.0

    def report(fitting: Fitting) -> None:
        nonlocal told
        if fitting.step == 1 or fitting.seconds - told >= _TELL or fitting.share >= 1.0:
            told = fitting.seconds
            _say(
                share=_LEARN_SHARE * fitting.share,
                stage="learn_sparse" if fitting.sparse else "learn_soft",
                step=fitting.step,
                loss=fitting.loss,
                sparse=fitting.sparse,
            )

    return report


def _learn_from_reviews(folder: Path, wanted: Mapping[str, Any]) -> None:
    """Learn from the reviews in ``folder``, and write weights, card and pairs there.

    Raises as `learn_feedback`, and `ReviewsRefused` when the reviews cannot be told from chance.
    """
    told, point = 0.0, dict[str, Any]()

    def report(fit: Fit) -> None:
        before = point.get("loss", fit.loss)
        point.update(step=fit.step, loss=before + _SMOOTHING * (fit.loss - before), sparse=True)

    def progress(share: float, stage: str) -> None:
        nonlocal told
        if time.monotonic() - told >= _TELL:
            told = time.monotonic()
            _say(share=_REVIEW_SHARE * share, stage=_REVIEW_STAGES[stage], **(point if stage == "learn" else {}))

    _say(share=0.0, stage="review_take")
    feedback, model = read_feedback(folder / shared.SAID), SparseMixModel.load(folder / shared.INITIAL)
    plan, control = FeedbackPlan(**wanted["plan"]), bool(wanted["noise_control"])
    beside = [_item(folder / shared.BESIDE, log) for log in wanted["beside"]]
    replay = DataSet(shared.BESIDE, tuple(beside)) if beside else None
    try:
        learned = learn_feedback(model, feedback, plan, replay=replay, noise_control=control, progress=progress, report=report)
    except FeedbackError as error:
        raise ReviewsRefused("chance" if feedback.marks else "unmarked", str(error)) from error
    _say(share=_REVIEW_SHARE, stage=_REVIEW_STAGES["compare"])
    card = feedback_card(learned, feedback, plan, model, noise_control=control) | {"replayed": len(beside)}
    learned.model.save(folder / shared.WEIGHTS)
    pairs = list(_pairs(learned, feedback))
    for name, content in ((shared.PAIRS, pairs), (shared.RESULT, card)):
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, allow_nan=False), encoding="utf-8")


def _item(folder: Path, log: Mapping[str, Any]) -> Item:
    """Read a log without reviews as it was read for its decision."""
    options = FIRST_RULES if log["reading"] is None else ReadOptions.from_payload(log["reading"])
    return Item(log["sha256"], read_bytes((folder / log["sha256"]).read_bytes(), log["name"], options=options))


def _pairs(learned: LearnedFeedback, feedback: FeedbackSet) -> Iterator[dict[str, Any]]:
    """Yield every pair that reviews mark, with its lines in the file, and how learning changed it."""
    decisions = {decision.id: decision for decision in feedback.decisions}
    for changes, own in ((learned.learned, True), (learned.held_out, False)):
        for pair in changes.pairs:
            decision = decisions[pair.decision]
            verdicts = {mark.verdict for mark in decision.marks if (mark.query, mark.key) == (pair.query, pair.key)}
            yield {
                "decision": pair.decision,
                "file": decision.sequence.name,
                "query": pair.query,
                "key": pair.key,
                "query_line": decision.sequence.events[pair.query].line,
                "key_line": decision.sequence.events[pair.key].line,
                "said": sorted(verdicts),
                "relevant": pair.relevant,
                "before": pair.before,
                "after": pair.after,
                "learned_from": own,
            }


def _model(path: Path) -> SparseMixModel | None:
    return SparseMixModel.load(path) if path.is_file() else None


def _say(**report: Any) -> None:
    print(json.dumps(report), flush=True)


def _end_with_the_app(folder: Path) -> None:
    # Not by sys.stdin: a lock that is held when the interpreter ends aborts it.
    while os.read(0, 1024):
        pass
    # The app ended without removing the folder: the data of its user must not stay behind.
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
