"""The process that learns for the app: python -m dashboard.service.training.training_process FOLDER. What
`dashboard.service.training.training` starts.

Reads what lies in the folder, says how far it is as one JSON object a line, and writes weights and card there. It ends by
itself as soon as nobody holds its input open any more.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dashboard.service.training.feedback_process import learn_from_reviews
from dashboard.service.training.own_data import read_own
from dashboard.service.training.training import DATA, INITIAL, LABELS, PLAN, RESULT, RIVAL, WEIGHTS, ReviewsRefused
from sparsemix import InputError, SparseMixError, SparseMixModel
from sparsemix.dataset import DataSet, Item
from sparsemix.encoding.encoder import known_share
from sparsemix.readers import ReadOptions
from sparsemix.training.own_data import Plan, learn
from sparsemix.training.own_data.command import card_of
from sparsemix.training.own_data.prediction import evaluate_data
from sparsemix.training.own_data.fitting import Fitting
from sparsemix.training.own_data.plan import split, usable

_LEARN_SHARE = 0.9
_TELL = 0.2  # seconds between two words about the progress
_MOST_EVENTS = 100_000  # of the held-out data that figures are measured on


def main(folder: Path) -> int:
    """Learn from what lies in ``folder``."""
    threading.Thread(target=_end_with_the_app, args=(folder,), daemon=True).start()
    # Those who analyse and review meanwhile come first.
    os.nice(10)
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
    wanted = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    try:
        if "noise_control" in wanted:
            learn_from_reviews(folder, wanted, _say)
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
    files = [(path.name, path.read_bytes()) for path in sorted((folder / DATA).iterdir())]
    labels = (wanted["labels"], (folder / LABELS).read_bytes()) if "labels" in wanted else None
    data = read_own(files, labels, options)
    initial = _model(folder / INITIAL)
    learned = learn(data, plan, _reporter(), initial=initial)
    judged = judged_on(data, learned.task, plan)
    rival = _model(folder / RIVAL)
    card = card_of(learned, data, plan, initial)
    card["figures"] = _figures(learned.model, judged, 0.0, 0.5 if rival else 1.0)
    if rival is not None:
        card["rival"] = {"weights_sha256": rival.weights_sha256, **_figures(rival, judged, 0.5, 0.5)}
    learned.model.save(folder / WEIGHTS)
    (folder / RESULT).write_text(json.dumps(card, ensure_ascii=False, allow_nan=False), encoding="utf-8")


def judged_on(data: DataSet, task: str, plan: Plan) -> DataSet:
    """What figures are measured on: the sequences that were held out, and of those that are known to be faulty and that the
    normal course was not learned from as many as fit in. What nobody labelled counts as normal, as in learning."""
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
    """How good a model is, and the share of the sequences whose words it hardly knows."""
    told = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told >= _TELL:
            told = time.monotonic()
            _say(share=_LEARN_SHARE + (1 - _LEARN_SHARE) * (start + span * done / total), stage="judge")

    found = evaluate_data(model, judged, progress)
    return {
        "sequences": asdict(found.sequences) if found.sequences else None,
        "events": asdict(found.events) if found.events else None,
        "task": found.task,
        "unfamiliar": float(np.mean([_unfamiliar(model, item) for item in judged.items])),
    }


def _unfamiliar(model: SparseMixModel, item: Item) -> bool:
    return known_share(item.sequence.events, model.vocabulary) < model.config.familiarity_floor


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


def _model(path: Path) -> SparseMixModel | None:
    return SparseMixModel.load(path) if path.is_file() else None


def _say(**said: Any) -> None:
    print(json.dumps(said), flush=True)


def _end_with_the_app(folder: Path) -> None:
    # Not by sys.stdin: a lock that is held when the interpreter ends aborts it.
    while os.read(0, 1024):
        pass
    # The app ended without tidying up: somebody's data must not stay behind.
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
