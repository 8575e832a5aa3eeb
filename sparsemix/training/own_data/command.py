"""The commands for one's own data: ``train --data``, ``evaluate --data``, ``predict``."""

from __future__ import annotations

import json
import math
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from sparsemix.dataset import DataSet, meaning, read_dataset, understood, with_labels
from sparsemix.dataset.item import LEAST_OF_A_CLASS, labelled, meaning_in_words
from sparsemix.errors import ConfigError, InputError, WeightsError
from sparsemix.judges import TASKS
from sparsemix.model.fallback import any_log_model
from sparsemix.model.model import SparseMixModel
from sparsemix.monitoring.drift.profile import training_profile_of
from sparsemix.readers.collect import sentence
from sparsemix.readers.options import ReadOptions, add_read_options, read_options
from sparsemix.terminal import end_progress, printable, tell, tell_progress
from sparsemix.training.common.card import about, save
from sparsemix.training.common.world import ProcessGroup
from sparsemix.training.own_data.fitting import Fitting, Keeping
from sparsemix.training.own_data.learning import Learned, learn
from sparsemix.training.own_data.of_file import learn_of_file
from sparsemix.training.own_data.plan import Plan, task_of
from sparsemix.training.own_data.prediction import MOST_TOLD, evaluate_data, table, write_predictions

Tell = Callable[[str], None]
# The name of the model for any log among weights to go on from.
_ANY_LOG = Path("any-log")


def add_data_options(parser: ArgumentParser, *, required: bool) -> None:
    """Add the options of reading one's own data and the meaning of its labels; ``required``: the command needs data."""
    _add_reading_options(parser, required=required)
    parser.add_argument(
        "--normal",
        type=_words,
        metavar="WORD,...",
        help="with --data: labels that mean normal, all others mean faulty; --normal= for none; default: by their words",
    )


def _add_reading_options(parser: ArgumentParser, *, required: bool) -> None:
    """Add the options that name the data and the columns of a table."""
    parser.add_argument(
        "--data", type=Path, required=required, metavar="D", help="JSON lines, a table, a log, an archive or a folder of them"
    )
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="with --data: a table of labels, with columns id and label; ids are of sequences, or else words of the lines",
    )
    add_read_options(parser)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _span(text: str) -> int | None:
    if text == "auto":
        return None
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is neither auto nor a number of events")
    return int(text)


def add_training_options(parser: ArgumentParser) -> None:
    """Add the options of learning from one's own data."""
    parser.add_argument("--task", choices=("auto", *TASKS), default="auto", help="with --data; auto: by the labels")
    parser.add_argument("--minutes", type=float, default=5.0, help="with --data: how long to learn")
    parser.add_argument("--steps", type=int, help="with --data: how many steps to learn instead, which makes it repeatable")
    parser.add_argument(
        "--false-alarms", type=float, default=0.01, help="with --data, novelty: share of normal sequences that may be flagged"
    )
    parser.add_argument(
        "--judge",
        choices=("max", "typical"),
        default="max",
        help="with --data, novelty: the event that a sequence is judged by",
    )
    parser.add_argument(
        "--span",
        type=_span,
        default=None,
        metavar="EVENTS",
        help="with --data, labels of lines: how far events that share an identifier are matched; auto: as far as identifiers "
        "span; 0: not at all",
    )
    parser.add_argument(
        "--from",
        dest="initial",
        type=Path,
        metavar="W",
        help="with --data: weights to go on from; any-log: those that judge any log by itself",
    )
    parser.add_argument(
        "--checkpoint-every", type=float, default=60.0, metavar="SECONDS", help="with --data and --checkpoint; default: 60"
    )
    parser.add_argument("--curve", type=Path, metavar="FILE", help="with --data: the loss of every step, as JSON")


def data_of(options: Namespace) -> DataSet:
    """Read the data set, with labels from a separate file where the options name one.

    Raises ``InputError`` when data or labels cannot be read.
    """
    data = read_dataset(options.data, options=read_options(options))
    if options.labels is None:
        return data
    try:
        return with_labels(data, options.labels.read_bytes(), options.labels.name, ReadOptions(encoding=options.encoding))
    except OSError as error:
        raise InputError(f"Cannot read {options.labels}.", code="not_readable", path=str(options.labels)) from error


def understood_data(options: Namespace, known: Mapping[str, bool] | None = None) -> DataSet:
    """Read the data set, with it settled which labels mean normal: as ``--normal`` says, else as ``known`` says, else by their
    words. Raises ``InputError`` as ``data_of`` and `dataset.understood` do."""
    return understood(data_of(options), options.normal, known)


def train_on_data(options: Namespace, world: ProcessGroup) -> None:
    """Run ``train --data``: write weights and their card, both complete or not at all, from the first process."""
    data = understood_data(options)
    say, say_progress = (tell, tell_progress) if world.leads else (_silent, _silent)
    plan = Plan(
        task=options.task,
        minutes=options.minutes,
        steps=options.steps,
        seed=options.seed,
        false_alarms=options.false_alarms,
        attention=options.attention,
        judge=options.judge,
        span=options.span,
        double=options.float64,
    )
    initial = None if options.initial is None else _initial(options.initial)
    of_file = initial is not None and initial.judge.by_itself
    if of_file and (world.size > 1 or options.checkpoint is not None):
        raise ConfigError("learning on from the model for any log takes minutes: use one process and no --checkpoint")
    say(f"{data.name}: sequences {len(data):,}, events {data.events:,}")
    tell_reading(data, say)
    if plan.task == "auto":
        say(_chosen(data, plan))
    next_report = 0.0

    def report(fitting: Fitting) -> None:
        nonlocal next_report
        if not next_report and fitting.step > 1:
            say(f"continuing from {options.checkpoint} at step {fitting.step - 1}")
        if fitting.seconds >= next_report or fitting.share >= 1.0:
            next_report = fitting.seconds + 10.0
            kind = "sparse" if fitting.sparse else "soft"
            say_progress(
                f"learned {fitting.share:4.0%}: step {fitting.step} {kind} loss {fitting.loss:.4f}, "
                f"{fitting.left:.0f} s left of it"
            )

    keeping = None if options.checkpoint is None else Keeping(options.checkpoint, options.checkpoint_every)
    if initial is not None and of_file:
        learned = learn_of_file(data, plan, initial, report)
    else:
        learned = learn(data, plan, report, initial=initial, world=world, keeping=keeping, tell=say)
    if not world.leads:
        return
    card = save(learned.model, card_of(learned, data, plan, initial), options.out)
    if options.curve is not None:
        curve = {"loss": learned.curve, "seconds": learned.seconds, "processes": learned.processes}
        options.curve.write_text(json.dumps(curve) + "\n", encoding="utf-8")
    if (warning := too_few(learned.model)) is not None:
        tell(warning)
    end_progress()
    print(card if options.json else f"{options.out}: task {learned.task}, {learned.model.weights_sha256}")


def _initial(weights: Path) -> SparseMixModel:
    """Return the weights to go on from; ``any-log`` names those of the model for any log."""
    return any_log_model() if weights == _ANY_LOG else SparseMixModel.load(weights)


def tell_reading(data: DataSet, tell: Tell) -> None:
    """Tell what was assumed when the data were read, and what their labels mean."""
    for note in data.notes:
        tell(sentence(note))
    if words := meaning_in_words(data):
        tell(words)


def too_few(model: SparseMixModel) -> str | None:
    """Say which false-alarm rate the normal sequences support, where they are too few for the rate asked for."""
    asked, supported = model.judge.false_alarms, model.supported_rate
    if supported is None or supported <= asked:
        return None
    return (
        f"{len(model.reference):,} normal sequences, or parts of a few long ones, cannot support the false-alarm rate of "
        f"{asked:.2%} that was asked for: the rate that holds is {supported:.1%}. The threshold lies where {asked:.2%} most "
        f"likely is; {math.ceil(2 / asked) - 1:,} of them are enough."
    )


def _chosen(data: DataSet, plan: Plan) -> str:
    """Return in words which task the labels allow, and why."""
    counts, what = labelled(data.items), {"label": "the labels are learned", "novelty": "what is normal is learned"}
    steps = counts.marked + counts.unmarked
    events = f", and {counts.marked:,} of {steps:,} single events with labels are marked as faulty" if steps else ""
    return (
        f"task {task_of(data, plan)}: {what[task_of(data, plan)]}; {counts.faulty:,} sequences are labelled as faulty and "
        f"{counts.normal:,} as normal{events}. Labels can be learned from {LEAST_OF_A_CLASS} faulty and {LEAST_OF_A_CLASS} "
        "normal sequences, or from as many single events"
    )


def card_of(learned: Learned, data: DataSet, plan: Plan, initial: SparseMixModel | None) -> dict[str, object]:
    """Return the card of the weights: the data, the plan, and the results of calibration."""
    calibration, model = learned.calibrated, learned.model
    practised = training_profile_of(model, [item.sequence for item in data.items])
    return {
        "command": "python -m sparsemix train --data DATA --out WEIGHTS" + ("" if initial is None else " --from START"),
        **about(model),
        "started_from": None if initial is None else initial.weights_sha256,
        "data": data.name,
        "data_sha256": data.sha256,
        "sequences": len(data),
        "events": data.events,
        "labels": dict(data.labels),
        "label_meaning": meaning_for_card(meaning(data)),
        "notes": list(data.notes),
        "task": learned.task,
        "plan": asdict(plan),
        "steps": learned.steps,
        "processes": learned.processes,
        "device": learned.device,
        "span": learned.matched.span,
        "shared_identifiers": learned.matched.shared,
        "not_matched": learned.matched.why_not,
        "trained_on": learned.trained,
        "held_out": learned.held_out,
        "smallest_false_alarm_rate": calibration.smallest,
        "sequence_threshold": calibration.sequence_threshold,
        "event_threshold": calibration.event_threshold,
        "loss": list(learned.loss),
        # The selection on these data: kinds of pairs that never occurred in training can be recognised later.
        "practised": None if practised is None else practised.payload(),
    }


def evaluate_on_data(options: Namespace) -> None:
    """Run ``evaluate --data``: print figures of the weights on labelled data."""
    model = SparseMixModel.load(options.weights)
    data = understood_data(options, learned_meaning(options.weights, model))
    tell_reading(data, tell)
    evaluation = evaluate_data(model, data, _every_hundredth)
    end_progress()
    print(json.dumps(asdict(evaluation), indent=2) if options.json else printable(table(evaluation)))


def learned_meaning(weights: Path, model: SparseMixModel) -> dict[str, bool]:
    """Return from the card beside the weights which labels meant normal in training; nothing without a card of these weights.
    Raises `WeightsError` for a damaged card."""
    path = weights.with_suffix(".card.json")
    try:
        card = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(f"the card {path} cannot be read; restore it or remove it") from error
    means = card.get("label_meaning") if isinstance(card, dict) and card.get("weights_sha256") == model.weights_sha256 else None
    return {label: value == "normal" for label, value in means.items()} if isinstance(means, dict) else {}


def meaning_for_card(means: Mapping[str, bool]) -> dict[str, str]:
    """Return as it is written in a card which labels mean normal; ``learned_meaning`` reads it."""
    return {label: "normal" if normal else "faulty" for label, normal in means.items()}


def add_predict(parser: ArgumentParser, weights: Path) -> None:
    """Add the options of ``predict``, which reads no meaning from labels."""
    _add_reading_options(parser, required=True)
    parser.add_argument("--weights", type=Path, default=weights, metavar="W")
    parser.add_argument("--out", type=Path, required=True, metavar="P.jsonl", help="one JSON object a sequence")
    parser.add_argument(
        "--attributions", action="store_true", help="also what every event contributed to the score of the highest one"
    )
    parser.set_defaults(run=predict_on_data)


def predict_on_data(options: Namespace) -> None:
    """Run ``predict``: write the model's decision on every sequence."""
    model = SparseMixModel.load(options.weights)
    if options.attributions and model.config.attention == "softmax":
        raise WeightsError("a dense softmax model has no selection for attributions to freeze; leave out --attributions")
    data = data_of(options)
    for note in data.notes:
        tell(sentence(note))
    if (warning := too_few(model)) is not None:
        tell(warning)
    if model.judge.not_vouched:
        tell(model.judge.not_vouched)
    done = write_predictions(model, data, options.out, attributions=options.attributions, progress=_every_hundredth)
    tell(f"called {model.judge.verdict_word(faulty=True)}: {done.faulty:,} of {len(data):,}; to see each, open {options.out}")
    if done.unfamiliar:
        matching = ", or heads that match identifiers select far less or far more than there" if model.judge.selected else ""
        why = f"since training saw too few of their words{matching}"
        tell(f"unfamiliar: {done.unfamiliar:,} of {len(data):,}, {why}; do not rely on the decisions on them")
    for id, told in done.first:
        tell(f"{id}: {told}")
    if done.untold:
        tell(f"without incidents: {done.untold:,}, after {MOST_TOLD:,} events; trace tells those of one file")
    print(options.out)


def _every_hundredth(done: int, total: int) -> None:
    if done % max(total // 100, 1) == 0 or done == total:
        tell_progress(f"sequence {done:,} of {total:,}")


def _silent(_text: str) -> None:
    """Say nothing: of several processes the first one speaks."""
