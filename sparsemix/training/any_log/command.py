"""The command ``pretrain``: train the model for any log, and count on made-up systems that it never saw what it is worth."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sparsemix.errors import ConfigError
from sparsemix.model.model import SparseMixModel
from sparsemix.terminal import end_progress, share_teller
from sparsemix.training.any_log.examples import example
from sparsemix.training.any_log.pretraining import event_logits, mean_of, pretrain
from sparsemix.training.common.card import about, save
from sparsemix.training.common.reliability import read_card

# Those of the first training that led to the shipped weights; their card has the others.
_LOGS, _STEPS = 8000, 24_000
# Made-up systems to count on, from a seed on that no training gets to.
_COUNTED, _FIRST_COUNTED = 300, 2**40
_NEVER = ("logs of real systems", "words of any log", "simulated lines of sample_data", "logs of any benchmark")
_KNOWN = (
    "which relations decide on the simulated lines of sample_data, press among them: a value other than was set, a "
    "deviation or an alarm in a bad state; made-up systems have such relations, with words, rates and figures of their own"
)


def add_pretrain(parser: argparse.ArgumentParser, seeds: Callable[[str], int]) -> None:
    """Add the options of ``pretrain``."""
    parser.add_argument("--out", type=Path, required=True, help="weights file to write; the card goes beside it as .card.json")
    parser.add_argument("--logs", type=int, default=_LOGS, help="made-up logs to learn from; default: %(default)s")
    steps_help = "steps of training; with --from, 0 only calibrates; default: %(default)s"
    parser.add_argument("--steps", type=int, default=_STEPS, help=steps_help)
    parser.add_argument("--seed", type=seeds, default=0)
    from_help = "weights of a model for any log to go on from; of several, which went on from the same ones, their mean"
    parser.add_argument("--from", dest="initial", type=Path, metavar="W", nargs="+", default=[], help=from_help)
    parser.set_defaults(run=pretrain_command)


def pretrain_command(options: argparse.Namespace) -> None:
    """Run ``pretrain``: write weights and card."""
    if options.steps < (0 if options.initial else 1):
        raise ConfigError("pretraining needs at least one step")
    started = time.monotonic()
    starts = [SparseMixModel.load(path) for path in options.initial]
    for path, start in zip(options.initial, starts, strict=True):
        if not start.judge.by_itself:
            raise ConfigError(f"{path} holds weights that do not judge a file by itself")
    initial = mean_of(starts) if starts else None
    stages = [stage for path, start in zip(options.initial, starts, strict=True) for stage in _stages(path, start)]
    model = pretrain(options.logs, options.steps, options.seed, share_teller(long=True), initial)
    card = {
        "command": (
            f"python -m sparsemix pretrain --out WEIGHTS --logs {options.logs} --steps {options.steps} --seed {options.seed}"
            + (" --from" + " START" * len(starts) if starts else "")
        ),
        **about(model),
        "started_from": starts[0].weights_sha256 if len(starts) == 1 else None,
        "mean_of": [start.weights_sha256 for start in starts] if len(starts) > 1 else [],
        "stages_before": [stage for place, stage in enumerate(stages) if stage not in stages[:place]],
        "data": "made-up systems, whose words, identifiers, rules and figures are drawn anew for each",
        "never_trained_on": list(_NEVER),
        "known_when_drawn_up": _KNOWN,
        "figures": count(model, _FIRST_COUNTED),
        "seconds": round(time.monotonic() - started),
    }
    save(model, card, options.out)
    end_progress()
    print(json.dumps(card["figures"]))


def _stages(weights: Path, model: SparseMixModel) -> list[object]:
    """Return the trainings that led to some weights, the first one first, as the card beside them tells them; none where there
    is no such card, or it is one of other weights."""
    path = weights.with_suffix(".card.json")
    if not path.is_file():
        return []
    card = read_card(path)
    if card.get("weights_sha256") != model.weights_sha256:
        return []
    own = {name: card.get(name) for name in ("command", "weights_sha256", "started_from", "mean_of")}
    return [*card.get("stages_before", []), own]


def count(model: SparseMixModel, first: int, systems: int = _COUNTED) -> dict[str, float]:
    """Return what the model is worth on the made-up systems of the seeds from ``first`` on: how many ``systems``, ``faulty``
    and ``normal`` events, and the shares of both that it names (``found``, ``alarms``)."""
    named, faulty = [], []
    for seed in range(first, first + systems):
        one = example(seed)
        named.append(event_logits(model, one.statistics) >= model.event_cut)
        faulty.append(one.faulty)
    flagged, fault = np.concatenate(named), np.concatenate(faulty)
    return {
        "systems": systems,
        "faulty": int(fault.sum()),
        "normal": int((~fault).sum()),
        "found": float(flagged[fault].mean()),
        "alarms": float(flagged[~fault].mean()),
    }
