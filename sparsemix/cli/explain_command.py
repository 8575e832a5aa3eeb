"""``python -m sparsemix explain FILE``: decide on a file and explain an event's verdict, in words or as JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from sparsemix.encoding.sequence import Event
from sparsemix.errors import ExplanationError
from sparsemix.explain.explanation import Explanation, as_json, default_target, event_of_line, explain
from sparsemix.explain.intervention import check_index
from sparsemix.explain.methods import METHODS, QUICK, check_methods
from sparsemix.explain.rerun import Rerun
from sparsemix.incidents.finding import LinePlace, find_incidents, place_of_line
from sparsemix.incidents.sentences import place_in_words, reason_content
from sparsemix.judges.usual_selection import unlike_as_json
from sparsemix.model.fallback import JudgedFile, run_or_fall_back
from sparsemix.model.model import SparseMixModel
from sparsemix.readers import read_path
from sparsemix.readers.collect import sentence
from sparsemix.readers.options import add_read_options, read_options
from sparsemix.terminal import end_progress, printable, share_teller, tell

_SHOWN = 5
_BY_ITSELF = "the weights know {share:.0%} of the words, so the file was judged by what it says about itself"
_UNFAMILIAR = "caution: {why}; do not rely on the verdict or on its explanation"


def add_explain(parser: argparse.ArgumentParser, weights: Path) -> None:
    """Add the options of ``explain``; ``weights``: the default weights."""
    parser.add_argument("file", type=Path, help="log, CSV or JSON lines, plain or .gz")
    parser.add_argument(
        "--no-fallback", action="store_true", help="let the weights decide even where they do not know the file's words"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--line", type=int, help="explain this line, from 1; weights of the normal course say why it surprises")
    which.add_argument("--event", type=int, help="explain this event, from 0; default: the one to look at first")
    parser.add_argument(
        "--methods",
        type=lambda text: tuple(name.strip() for name in text.split(",")),
        default=QUICK,
        help=f"of {','.join(METHODS)}, or all; default: {','.join(QUICK)}",
    )
    parser.add_argument("--pairs", type=int, default=50, help="how many of the pairs that carry most; default: %(default)s")
    parser.add_argument("--weights", type=Path, default=weights)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_read_options(parser)
    parser.set_defaults(run=explain_command)


def explain_command(options: argparse.Namespace) -> None:
    """Print the explanation of one event to standard output, and progress to standard error."""
    methods = METHODS if options.methods == ("all",) else options.methods
    check_methods(methods)
    if options.pairs < 1:
        raise ExplanationError("ask for at least one pair with --pairs")
    sequence = read_path(options.file, options=read_options(options))
    for note in sequence.notes:
        tell(sentence(note))
    model = SparseMixModel.load(options.weights)
    # Checked before the long run, so that a wrong line or event is reported at once.
    target = options.event if options.line is None else event_of_line(sequence, options.line)
    if target is not None:
        check_index(len(sequence), target)
    progress = share_teller()
    judged = run_or_fall_back(
        model, sequence, lambda share, stage: progress(0.5 * share, stage), fall_back=not options.no_fallback
    )
    run = judged.run
    rerun = Rerun(judged.model, sequence, run.trace)
    if target is None:
        incidents = find_incidents(rerun) if judged.fell_back else []
        target = incidents[0].lead[0] if incidents else default_target(run.decision)
    elif options.line is not None and judged.model.judge.later:
        # What surprises at a line is a matter of the event before it.
        if target == 0:
            raise ExplanationError(f"line {options.line:,} comes first, and these weights judge a line by those before it")
        target -= 1
    explanation = explain(rerun, target, methods, options.pairs, lambda share, stage: progress(0.5 + 0.5 * share, stage))
    place = place_of_line(rerun, target) if judged.fell_back else None
    end_progress()
    if options.json:
        head = {
            "file": sequence.name,
            "label": run.decision.label,
            "sequence_probability": run.decision.sequence_probability,
            "known_share": judged.known_share,
            "unfamiliar": run.decision.unfamiliar,
            "unlike_training": unlike_as_json(run.decision.unlike),
            "of_file": judged.fell_back,
            "place": None if place is None else place.place,
            "reasons": [] if place is None else [reason_content(reason) for reason in place.reasons],
        }
        print(json.dumps(head | as_json(rerun, explanation), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print(printable(_words(judged, rerun, explanation, place)))


def _words(judged: JudgedFile, rerun: Rerun, explanation: Explanation, place: LinePlace | None) -> str:
    run = judged.run
    events, count = rerun.sequence.events, len(explanation.effects)
    target = events[explanation.target]
    verdict = judged.model.judge.verdict_word(faulty=run.decision.label == "fault")
    # What happened in a file that was judged by itself is told by its incidents: one number for all of it says little.
    told = _BY_ITSELF.format(share=judged.known_share) if judged.fell_back else ""
    tried = "" if count == explanation.pairs else f" tried, those of {explanation.pairs:,} that carry most weight"
    lines = [
        told or f"{verdict}: probability {run.decision.sequence_probability:.3f}",
        *([_UNFAMILIAR.format(why=run.decision.why_unfamiliar)] if run.decision.unfamiliar and not judged.fell_back else []),
        f"explained: line {target.line:,}, probability {explanation.probability:.3f}: {target.text}",
        *([f"what surprises: {_after(events, explanation.target)}"] if judged.model.judge.later else []),
        *([place_in_words(place, len(events))] if place is not None else []),
        explanation.agreement.sentence(lambda index: events[index].line),
        "",
        f"  effect   direct  weight  pair (line <- line), all its heads: {min(_SHOWN, count)} of {count}{tried}",
    ]
    for row in explanation.effects[:_SHOWN]:
        edge = row.edge
        lines.append(
            f"{row.effect.effect:+8.3f} {row.effect.direct:+8.3f}  {edge.weight:6.3f}  "
            f"{events[edge.query].line:,} <- {events[edge.key].line:,}: {events[edge.key].text}"
        )
    lines += ["", f"{'method or control':28} {'delta':>8} {'comprehensive':>14} {'sufficient':>11}  first event  (logits)"]
    for name, scores in explanation.scores.items():
        attribution = explanation.attributions.get(name)
        delta = "" if attribution is None or attribution.relative_delta is None else f"{attribution.relative_delta:.2%}"
        ranking = [] if attribution is None else attribution.ranking().tolist()
        first = f"line {events[ranking[0]].line:,}" if ranking else ""
        lines.append(f"{name:28} {delta:>8} {scores.comprehensiveness_logit:14.3f} {scores.sufficiency_logit:11.3f}  {first}")
    return "\n".join([*lines, *_bounds(explanation)])


def _after(events: Sequence[Event], target: int) -> str:
    """Return in words the event after the explained one, at which weights of the normal course are surprised."""
    if target + 1 == len(events):
        return "nothing, no line comes after it"
    return f"line {events[target + 1].line:,}, which came after it: {events[target + 1].text}"


def _bounds(explanation: Explanation) -> list[str]:
    """Say what was left out because the receptive field is very large."""
    lines = []
    for name, attribution in explanation.attributions.items():
        if attribution.tried is not None:
            tried, groups = attribution.tried
            lines.append(f"{name}: the {tried:,} of {groups:,} events or groups that most weight leads to; the others have 0")
    score = next(iter(explanation.scores.values()))
    if score.steps < score.others:
        lines.append(f"deletion and insertion: the {score.others:,} events in {score.steps} steps, not one by one")
    return ["", *lines] if lines else []
