"""The commands' work; ``__main__`` parses their options.

What a decision says in the shell is the verdict, and what happened in the file, each incident with its reasons and causes::

  10 incidents shown first of 2,000 lines, 7 of which must be seen
  The weights know 0% of its words, so it was judged by itself: ...
    line 848: 2015-10-18 18:05:27,570 WARN [LeaseRenewer:msrabi@msra-sa-41:9000] ... (653 lines)
      Line 848 is shown because nothing was written for 24.8 s before it (4.3), ...
"""

from __future__ import annotations

import json
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from sparsemix.attention._index.index_search import IndexSearch
from sparsemix.attention.warm_up import warm_up
from sparsemix.config import SparseMixConfig
from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.errors import ConfigError, ExplanationError, TraceError
from sparsemix.explain.rerun import Rerun
from sparsemix.incidents.finding import called, find_incidents
from sparsemix.incidents.incident import Incident, all_alike
from sparsemix.incidents.sentences import content, sentence_of
from sparsemix.judges.usual_selection import unlike_as_json
from sparsemix.model.fallback import LEAST_EVENTS, JudgedFile, run_or_fall_back
from sparsemix.model.model import SparseMixModel
from sparsemix.model.replay import MAX_EVENTS, replay
from sparsemix.readers import read_path
from sparsemix.readers.collect import sentence
from sparsemix.readers.options import read_options
from sparsemix.terminal import end_progress, printable, share_teller, tell, tell_progress
from sparsemix.trace.pair_file import check_pair_file, write_pairs
from sparsemix.trace.selection_trace import blob_sha256
from sparsemix.training.common.card import about, save
from sparsemix.training.common.reliability import Reliability, write_reliability
from sparsemix.training.common.world import ProcessGroup, joined
from sparsemix.training.generated.curriculum import TrainConfig
from sparsemix.training.generated.evaluation import Evaluation, Figure, evaluate, measure_reliability
from sparsemix.training.generated.report import read_training, write_page
from sparsemix.training.generated.training import TrainingReport, finish, train
from sparsemix.training.own_data.command import evaluate_on_data, train_on_data

_CARD_LOGS = 20


def trace_command(options: Namespace) -> None:
    """Run ``trace FILE``: write decision.json and one Arrow stream per layer to ``--out``, all pairs to ``--pairs``."""
    if options.out is None and options.pairs is None and not options.json:
        raise ConfigError("nothing to write: name a folder with --out or a file for the pairs with --pairs, or ask for --json")
    if options.pairs is not None:
        check_pair_file(options.pairs)
    sequence = read_path(options.file, options=read_options(options))
    for note in sequence.notes:
        print(printable(sentence(note)), file=sys.stderr)
    model = SparseMixModel.load(options.weights)
    search = IndexSearch(options.budget)
    if options.check and len(sequence) > MAX_EVENTS:
        raise TraceError(f"--check takes at most {MAX_EVENTS:,} events; {options.file} has {len(sequence):,}")
    judged = run_or_fall_back(model, sequence, share_teller(), search, fall_back=not options.no_fallback, keep_layers=True)
    run, model = judged.run, judged.model
    if model.judge.not_vouched:
        tell(model.judge.not_vouched)
    try:
        incidents = find_incidents(Rerun(model, sequence, run.trace, layers=run.layers))
    except ExplanationError:
        # Values that are not finite: the selection can be written all the same.
        incidents = []
    blobs = run.blobs()
    summary = _summary(sequence, judged, incidents, blobs)
    if options.check:
        summary["replay_difference"] = replay(model, sequence, run.trace, search)
    text = json.dumps(summary, indent=2, ensure_ascii=False)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        for layer, blob in enumerate(blobs):
            (options.out / f"layer-{layer}.arrow").write_bytes(blob)
        (options.out / "decision.json").write_text(text + "\n", encoding="utf-8")
    if options.pairs is not None:
        tell(f"{write_pairs(sequence, run.trace, options.pairs):,} pairs in {options.pairs}")
    end_progress()
    print(text if options.json else printable(_words(summary, sequence, judged, incidents)))


def _event(sequence: TokenSequence, index: int) -> dict[str, object]:
    event = sequence.events[index]
    return {"event": index, "line": event.line, "text": event.text}


def _summary(
    sequence: TokenSequence, judged: JudgedFile, incidents: Sequence[Incident], blobs: list[bytes]
) -> dict[str, object]:
    """Return what decision.json holds."""
    decision, trace = judged.run.decision, judged.run.trace
    later = judged.model.judge.later
    return {
        "file": sequence.name,
        "events": len(sequence),
        "skipped": dict(sequence.skipped_counts),
        "label": called(decision.label, incidents, sequence.events) if judged.fell_back else decision.label,
        "sequence_probability": decision.sequence_probability,
        "sequence_threshold": decision.sequence_threshold,
        "event_threshold": decision.event_threshold,
        "known_share": judged.known_share,
        "unfamiliar": decision.unfamiliar,
        "unlike_training": unlike_as_json(decision.unlike),
        "incidents": [content(incident, sequence.events) for incident in incidents],
        "flagged": [
            _event(sequence, i)
            | {"probability": float(decision.event_probability[i])}
            | ({"surprising": _event(sequence, i + later)} if later and i + later < len(sequence) else {})
            for i in decision.flagged.tolist()
        ],
        "selected_per_query": trace.selected_per_query(),
        "layers": [
            {
                "layer": layer,
                "pairs": trace.pair_count(layer),
                "certified_share": trace.certified_share(layer),
                "sha256": blob_sha256(blob),
            }
            for layer, blob in enumerate(blobs)
        ],
        "input_sha256": decision.input_sha256,
        "weights_sha256": decision.weights_sha256,
        "config_sha256": decision.config_sha256,
        "of_file": judged.fell_back,
    }


def _words(summary: dict[str, Any], sequence: TokenSequence, judged: JudgedFile, incidents: Sequence[Incident]) -> str:
    text = in_words(sequence, judged, incidents)
    certified = min(layer["certified_share"] for layer in summary["layers"])
    if certified < 1.0:
        text += f"\nonly {certified:.1%} of the queries are certain to have missed nothing; do not rely on the verdict"
    if "replay_difference" in summary:
        text += f"\nreplay: a dense layer masked to the logged pairs differs by at most {max(summary['replay_difference']):.1e}"
    if summary["unfamiliar"] and not judged.fell_back:
        text += f"\nunfamiliar input: {judged.run.decision.why_unfamiliar}; do not rely on the verdict"
        if len(sequence) < LEAST_EVENTS:
            text += f"; a file of {LEAST_EVENTS} lines and more would be judged by itself"
    return text


def evaluate_command(options: Namespace) -> None:
    """Run ``evaluate``: print figures on one's own labelled data, or on generated logs with intervals and the dense twin."""
    if options.data is not None:
        evaluate_on_data(options)
        return
    model = SparseMixModel.load(options.weights)
    twin: Path = options.dense_weights or options.weights.with_name(f"{options.weights.stem}-dense.safetensors")
    if options.dense_weights is not None or twin.exists():
        dense = SparseMixModel.load(twin)
        if dense.config.attention != "softmax":
            raise ConfigError(f"{twin} is not a dense softmax model")
    else:
        dense = None
        tell(f"no dense twin at {twin}: its figures are left out")
    result = evaluate(
        model,
        dense,
        generated=options.generated,
        events=options.events,
        seed=options.seed,
        progress=lambda done, total: tell_progress(f"log {done} of {total}"),
    )
    end_progress()
    print(json.dumps(figures(result), indent=2) if options.json else _table(result))


def figures(result: Evaluation) -> dict[str, object]:
    """Return a flat JSON object: every figure under its name, its interval under NAME_interval."""
    flat: dict[str, object] = {}
    for name, value in asdict(result).items():
        figure = getattr(result, name)
        if isinstance(figure, Figure):
            flat[name] = figure.value
            flat[f"{name}_interval"] = [figure.low, figure.high]
        else:
            flat[name] = value
    return flat


def _table(result: Evaluation) -> str:
    lines = [f"{result.logs} logs of {result.events} events, seed {result.seed}, {result.effects} effects"]
    for name in ("event_f1", "dense_event_f1", "cause_recall", "selected_per_query"):
        figure = getattr(result, name)
        lines.append(f"{name:20} {figure.value:7.3f}  [{figure.low:.3f}, {figure.high:.3f}]" if figure else f"{name:20}  -")
    return "\n".join(lines)


def reliability_command(options: Namespace) -> None:
    """Run ``reliability``: count how often probabilities are right; with ``--card``, store the counts in the weights' card."""
    model = SparseMixModel.load(options.weights)
    reliability = measure_reliability(
        model,
        generated=options.generated,
        events=options.events,
        seed=options.seed,
        progress=lambda done, total: tell_progress(f"log {done} of {total}"),
    )
    if options.card:
        write_reliability(options.weights.with_suffix(".card.json"), model.weights_sha256, reliability)
    end_progress()
    print(json.dumps(asdict(reliability), indent=2) if options.json else _reliability_words(reliability))


def _reliability_words(reliability: Reliability) -> str:
    lines = [f"{reliability.generated} logs of {reliability.events} events, seed {reliability.seed}"]
    for name, table in (("logs", reliability.by_log), ("events", reliability.by_event)):
        lines.append(f"{name}: expected calibration error {table.error:.4f}")
        lines += [f"  {b.low:4.0%} to {b.high:4.0%}: {b.faulty} of {b.count} faulty" for b in table.bins]
    return "\n".join(lines)


def train_command(options: Namespace) -> None:
    """Run ``train``: write weights and their card, from one's own data or generated logs; alone or with other processes."""
    with joined(options.device) as world:
        if options.data is not None:
            train_on_data(options, world)
        else:
            _train_on_generated(options, world)


def _train_on_generated(options: Namespace, world: ProcessGroup) -> None:
    given = {
        "--steps": options.steps,
        "--curve": options.curve,
        "--from": options.initial,
        "--labels": options.labels,
        "--normal": options.normal,
    }
    useless = [name for name, value in given.items() if value is not None]
    if useless:
        raise ConfigError(f"{', '.join(useless)}: for training with --data; on generated logs --scale makes it shorter")
    config = SparseMixConfig(attention=options.attention)
    plan = replace(TrainConfig(), seed=options.seed, scale=options.scale, double=options.float64)
    started = time.monotonic()
    history: list[dict[str, object]] = []

    def report(r: TrainingReport) -> None:
        history.append(asdict(r))
        selected = " ".join("/".join(f"{x:.1f}" for x in layer) for layer in r.vitals.selected) if r.vitals else "all"
        tell_progress(
            f"step {r.step}/{r.total} stage {r.stage} length {r.length} loss {r.loss:.4f} penalty {r.penalty:.2f} "
            f"f1 {r.f1:.4f} selected {selected} {time.monotonic() - started:.0f} s {r.action}"
        )

    network = train(config, plan, report, options.checkpoint, world=world)
    if not world.leads:
        return
    model = finish(network, plan.seed)
    card = {
        "command": "python -m sparsemix train --out WEIGHTS"
        + f" --attention {options.attention} --seed {options.seed} --scale {options.scale:g}"
        + ("" if options.device == "cpu" else f" --device {options.device}"),
        **about(model),
        "plan": asdict(plan),
        "data": "logs of sample_data.generate; the seeds follow from the plan's (see sparsemix.training.generated)",
        "figures": _card_figures(model, plan.seed),
        "training": history,
        "processes": world.size,
        "device": world.device.type,
        "seconds": round(time.monotonic() - started),
    }
    text = save(model, card, options.out)
    end_progress()
    print(text if options.json else f"{options.out}: {model.weights_sha256}")


def report_command(options: Namespace) -> None:
    """Run ``report``: draw the training of some weights as an HTML page."""
    write_page(read_training(options.card), options.out)
    print(options.out)


def _card_figures(model: SparseMixModel, seed: int) -> dict[str, object] | str:
    """Return the figures of ``evaluate``, on logs that neither training nor calibration used; for the dense twin, where they
    stand."""
    if model.config.attention == "softmax":
        return "beside the sparse weights: python -m sparsemix evaluate"
    return figures(evaluate(model, None, generated=_CARD_LOGS, events=2048, seed=seed))


def compile_command(_options: Namespace) -> None:
    """Run ``compile``: compile both precisions, forward and backward, into the cache on disk."""
    for dtype in (torch.float64, torch.float32):
        warm_up(dtype, training=True)


_SHOWN = 5
_CHARACTERS = 160
_WHY = (
    "The weights know {known:.0%} of its words, so it was judged by itself: by what is rare, severe, out of order, repeated or "
    "off its usual numbers."
)
_UNTIMED = " No time was found in it, so nothing is said of pauses."
_ADVICE = (
    "For a better verdict, train on some 20 files in which nothing is wrong: "
    "python -m sparsemix train --data FOLDER --out mine.safetensors"
)


def in_words(sequence: TokenSequence, judged: JudgedFile, incidents: Sequence[Incident]) -> str:
    """Return the verdict in words, and the first incidents with their reasons and causes."""
    decision = judged.run.decision
    if not incidents and all_alike(sequence.events):
        return f"all {len(sequence):,} lines are alike: there is nothing to say about any of them"
    if judged.fell_back:
        count, must = len(incidents), sum(incident.must for incident in incidents)
        seen = f"{f'{must:,} of ' * (count > 1)}which must be seen" if must else "nothing must be seen"
        shown = f"{count:,} incident{'s' * (count > 1)} shown first of" if count else "nothing stands out in"
        timed = "" if any(event.time is not None for event in sequence.events) else _UNTIMED
        head = [f"{shown} {len(sequence):,} lines, {seen}", _WHY.format(known=judged.known_share) + timed]
    else:
        label = judged.model.judge.verdict_word(faulty=decision.label == "fault")
        probability = f"probability {decision.sequence_probability:.3f} (threshold {decision.sequence_threshold})"
        head = [f"{label}: {probability}, {len(decision.flagged):,} of {len(sequence):,} events flagged"]
    lines = [line for incident in incidents[:_SHOWN] for line in _incident(sequence, incident)]
    if (left := len(incidents) - _SHOWN) > 0:
        lines.append(f"  and {left:,} more incident{'s' if left > 1 else ''}, see --json or --out")
    return "\n".join([*head, *lines, *([_ADVICE] if judged.fell_back else [])])


def _incident(sequence: TokenSequence, incident: Incident) -> list[str]:
    """Return an incident's line to show first, why it is shown, and the lines that led to it."""
    count = len(incident.events)
    more = f" ({count:,} lines)" if count > 1 else ""
    causes = [f"    led to by {_line(sequence, cause.event)}" for cause in incident.causes]
    return [f"  {_line(sequence, incident.lead[0])}{more}", f"    {sentence_of(incident, sequence.events)}", *causes]


def _line(sequence: TokenSequence, index: int) -> str:
    event = sequence.events[index]
    text = " ".join(_text(event, sequence).split())
    return f"line {event.line:,}: {text if len(text) <= _CHARACTERS else text[:_CHARACTERS] + '...'}"


def _text(event: Event, sequence: TokenSequence) -> str:
    """Return an event as it stands in the file; a row of a table with the names of its columns."""
    return event.message if sequence.source_format == "csv" else event.text
