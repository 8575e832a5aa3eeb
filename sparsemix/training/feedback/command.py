"""The command ``learn``: new weights from the reviews of decisions by older weights."""

from __future__ import annotations

import csv
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sparsemix.atomic_files import replacing
from sparsemix.dataset import read_dataset
from sparsemix.errors import ConfigError
from sparsemix.model.model import SparseMixModel
from sparsemix.readers.options import read_options
from sparsemix.terminal import end_progress, printable, share_teller, tell
from sparsemix.training.common.card import about, save
from sparsemix.training.feedback.fitting import FeedbackPlan
from sparsemix.training.feedback.learning import Changes, LearnedFeedback, learn_feedback
from sparsemix.training.feedback.reading import FeedbackSet, read_feedback
from sparsemix.training.own_data.command import (
    add_data_options,
    learned_meaning,
    meaning_for_card,
    tell_reading,
    understood_data,
)
from sparsemix.training.own_data.prediction import evaluate_data

_STEPS = (1, 100_000)


def add_learn(parser: ArgumentParser) -> None:
    """Add the options of ``learn``."""
    parser.add_argument("--feedback", type=Path, required=True, metavar="F.zip", help="as python -m audit feedback wrote it")
    parser.add_argument("--weights", type=Path, required=True, metavar="W", help="weights to go on from")
    parser.add_argument("--out", type=Path, required=True, metavar="W2", help="new weights; card and pairs go beside them")
    parser.add_argument(
        "--replay", type=Path, metavar="D", help="data that nobody reviewed: their events shall be judged as before"
    )
    parser.add_argument("--steps", type=int, default=FeedbackPlan().steps)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--noise-control",
        action=BooleanOptionalAction,
        default=True,
        help="believe reviewers as far as they agree and can be told from chance; without, every mark is taken at its word",
    )
    add_data_options(parser, required=False)
    parser.add_argument("--json", action="store_true", help="print the card as JSON")
    parser.set_defaults(run=learn_command)


def learn_command(options: Namespace) -> None:
    """Run ``learn``: write weights, their card and ``NAME.pairs.csv``, or nothing."""
    if not _STEPS[0] <= options.steps <= _STEPS[1]:
        raise ConfigError(f"--steps must lie between {_STEPS[0]} and {_STEPS[1]:,}")
    given = {"--labels": options.labels, "--normal": options.normal}
    if options.data is None and (useless := [name for name, value in given.items() if value is not None]):
        raise ConfigError(f"{', '.join(useless)}: belongs to --data, the data that are judged before and after")
    model, feedback = SparseMixModel.load(options.weights), read_feedback(options.feedback)
    means = learned_meaning(options.weights, model)
    compared = None if options.data is None else understood_data(options, means)
    held_out_data = {}
    if compared is not None:
        tell_reading(compared, tell)
        # Before the long part, so that data without labels are refused at once.
        held_out_data["before"] = asdict(evaluate_data(model, compared))
    replay = None if options.replay is None else read_dataset(options.replay, options=read_options(options))
    plan = FeedbackPlan(steps=options.steps, seed=options.seed)
    tell(f"{len(feedback.decisions):,} reviewed decisions, {feedback.marks:,} marks by {feedback.reviewers} reviewers")
    if feedback.left_out:
        tell(f"{feedback.left_out:,} more did not fit into the set: they were reviewed longest ago, or are too large")
    others = sum(one.weights_sha256 != model.weights_sha256 for one in feedback.decisions)
    if others:
        tell(
            f"{others:,} of the decisions were made by other weights: pairs that {options.weights} do not select are not judged"
        )
    learned = learn_feedback(
        model, feedback, plan, replay=replay, noise_control=options.noise_control, progress=share_teller(long=True)
    )
    card = card_of(learned, feedback, plan, model, noise_control=options.noise_control)
    # No label is learned here: they mean what they meant to the weights before.
    card["label_meaning"] = meaning_for_card(means)
    if compared is not None:
        card["held_out_data"] = held_out_data | {"after": asdict(evaluate_data(learned.model, compared))}
    with replacing(options.out.with_suffix(".pairs.csv")) as pairs_file:
        _write_pairs(pairs_file, learned)
        text = save(learned.model, card, options.out)
    end_progress()
    print(text if options.json else printable("\n".join([*lines(learned), f"{options.out}: {learned.model.weights_sha256}"])))


def card_of(
    learned: LearnedFeedback, feedback: FeedbackSet, plan: FeedbackPlan, before: SparseMixModel, *, noise_control: bool
) -> dict[str, Any]:
    """Return the card of the weights: the reviews, up to which entry of which log, the plan, and what changed.

    The card does not list practised kinds of pairs, because the earlier weights saw more data than the reviewed decisions.
    """
    judge, model = learned.judge, learned.model
    return {
        "command": "python -m sparsemix learn --feedback F --weights W --out W2",
        **about(model),
        "started_from": before.weights_sha256,
        "feedback_sha256": feedback.sha256,
        "feedback_entries": feedback.entries,
        "feedback_root": feedback.root,
        "reviewers": feedback.reviewers,
        "reviewed": len(feedback.decisions),
        "left_out": feedback.left_out,
        "marks": feedback.marks,
        "noise_control": noise_control,
        "judge": None if judge is None else {"auc": judge.auc, "low": judge.low, "high": judge.high},
        "task": model.judge.task,
        "plan": asdict(plan),
        "steps": plan.steps,
        "learned_from": learned.learned.figures(),
        "held_out": learned.held_out.figures(),
        "loss": [asdict(fit) for fit in learned.fits[:: max(1, len(learned.fits) // 100)]],
    }


def lines(learned: LearnedFeedback) -> list[str]:
    """Return the changes in words."""
    judge = learned.judge
    accuracy = "too few marks for a judge of pairs: only the marked pairs count"
    if judge is not None:
        accuracy = (
            f"the judge of pairs has AUC {judge.auc:.2f} ({judge.low:.2f} to {judge.high:.2f}) on marks it did not learn from"
        )
    return [
        accuracy,
        *(f"learned from: {one}" for one in _told(learned.learned)),
        *(f"not learned from: {one}" for one in _told(learned.held_out)),
    ]


def _told(changes: Changes) -> list[str]:
    if not changes.decisions:
        return ["no decision"]
    marked = "marked as {kind}: {pairs:,} pairs, {selected_before:,} selected before, {selected_after:,} now"
    return [
        f"{changes.decisions:,} decisions, {changes.decided_otherwise:,} with another label now; "
        f"{changes.flagged_otherwise:,} of {changes.events:,} events are flagged otherwise; "
        f"labels that reviewers consider right: {changes.agreeing[0]:,} before, {changes.agreeing[1]:,} now",
        marked.format(kind="spurious", **changes.counts(relevant=False)),
        marked.format(kind="relevant or missing", **changes.counts(relevant=True)),
        f"selections of rather spurious pairs: {changes.objected[0]:,} before, {changes.objected[1]:,} now; of all pairs: "
        f"{changes.selections[0]:,} before, {changes.selections[1]:,} now",
    ]


def _write_pairs(path: Path, learned: LearnedFeedback) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["decision", "query", "key", "relevant", "heads_before", "heads_after", "learned_from"])
        for changes, own in ((learned.learned, "yes"), (learned.held_out, "no")):
            for one in changes.pairs:
                table.writerow([one.decision, one.query, one.key, f"{one.relevant:.3f}", one.before, one.after, own])
