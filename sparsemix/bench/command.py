"""The benchmarks' command line: one subcommand each, all writing a report."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from sparsemix.bench.attention import LENGTHS, REPEATS
from sparsemix.bench.attention import rows as attention_rows
from sparsemix.bench.collapse import STEPS
from sparsemix.bench.collapse import rows as collapse_rows
from sparsemix.bench.drift import DAY
from sparsemix.bench.drift import rows as drift_rows
from sparsemix.bench.edge import Size
from sparsemix.bench.edge import rows as edge_rows
from sparsemix.bench.entmax import add_entmax
from sparsemix.bench.explanations import EVENTS, LOGS, TASKS, Settings
from sparsemix.bench.explanations import rows as explanation_rows
from sparsemix.bench.month import CHANGES, DAYS
from sparsemix.bench.parallel import add_parallel
from sparsemix.bench.real.command import add_real
from sparsemix.bench.report import check_report, write_report
from sparsemix.bench.rivals import RIVALS
from sparsemix.bench.seeds import rows as seeds_rows
from sparsemix.bench.tasks.accuracy import MEASURES, Row, rows
from sparsemix.bench.transfer import LINES, SEQUENCES, Scale
from sparsemix.bench.transfer import rows as transfer_rows
from sparsemix.edge.weights import FORMATS
from sparsemix.errors import ConfigError
from sparsemix.model.model import SparseMixModel

WEIGHTS = Path(__file__).resolve().parents[2] / "sample_data" / "weights.safetensors"


def add_benchmarks(parser: argparse.ArgumentParser) -> None:
    """Add the benchmarks to the parser of ``bench``."""
    benchmarks = parser.add_subparsers(dest="benchmark", required=True)
    accuracy = benchmarks.add_parser("accuracy", help="the sparse model beside its dense twin, task by task")
    accuracy.add_argument("--json", type=Path, required=True, metavar="FILE", help="report to write")
    accuracy.add_argument("--tasks", type=_names, default=tuple(MEASURES), help=f"of {','.join(MEASURES)}; default: all")
    accuracy.add_argument("--seeds", type=_numbers, default=(0,), help="such as 0,1,2; default: 0")
    accuracy.add_argument("--steps-scale", type=float, default=1.0, help="multiplies the steps of training, for trials")
    accuracy.set_defaults(run=accuracy_command)
    collapse = benchmarks.add_parser("collapse", help="what early penalties do to the selection, and what prevents it")
    collapse.add_argument("--json", type=Path, required=True, metavar="FILE", help="report to write")
    collapse.add_argument("--steps", type=int, default=STEPS, help=f"of each training; default: {STEPS}")
    collapse.add_argument("--seed", type=seed_of, default=0)
    collapse.set_defaults(run=collapse_command)
    drift = benchmarks.add_parser("drift", help="a month of a simulated plant with a planted change: when it is noticed")
    drift.add_argument("--json", type=Path, required=True, metavar="FILE", help="report to write")
    drift.add_argument("--weights", type=Path, default=WEIGHTS, help="trained weights; default: those shipped")
    drift.add_argument("--changes", type=_names, default=tuple(CHANGES), help=f"of {','.join(CHANGES)}; default: all")
    drift.add_argument("--seeds", type=_numbers, default=(0,), help="such as 0,1,2; default: 0")
    drift.add_argument("--day", type=int, default=DAY, help="on which the change comes; default: %(default)s")
    drift.add_argument("--days", type=int, default=DAYS, help="of the month; default: %(default)s")
    drift.set_defaults(run=drift_command)
    _add_edge(benchmarks.add_parser("edge", help="the edge runtime: start, memory, size, and agreement with the full model"))
    add_entmax(benchmarks.add_parser("entmax", help="on a CUDA device: exact entmax by a kernel beside plain PyTorch"))
    speed = benchmarks.add_parser("attention", help="speed, memory and certificates of one layer beside named rivals")
    speed.add_argument("--json", type=Path, required=True, metavar="FILE", help="report to write")
    speed.add_argument("--weights", type=Path, default=WEIGHTS, help="trained weights; default: those shipped")
    speed.add_argument("--lengths", type=_numbers, default=LENGTHS, help="such as 4096,16384")
    speed.add_argument("--budget", type=_budgets, default=(None,), help="blocks a query, several for a curve, such as 8,32,512")
    speed.add_argument("--repeats", type=int, default=REPEATS, help="timed runs of which the median counts, at least five")
    speed.add_argument("--passes", type=_names, default=("forward", "train"), help="of forward,train; default: both")
    speed.add_argument("--data", type=_names, default=("trained", "random"), help="of trained,random; default: both")
    speed.add_argument("--rivals", type=_names, default=tuple(RIVALS), help=f"of {','.join(RIVALS)}; default: all that fit")
    speed.set_defaults(run=attention_command)
    add_parallel(benchmarks.add_parser("parallel", help="training on several processes beside one: curves and speed"))
    seeds = benchmarks.add_parser("seeds", help="the spread over weights that were trained under several seeds")
    seeds.add_argument("--json", type=Path, required=True, metavar="FILE", help="report to write")
    seeds.add_argument("--weights", type=Path, nargs="+", required=True, help="weights, those of one seed each")
    seeds.add_argument("--seed", type=seed_of, default=1, help="of the logs; default: %(default)s")
    seeds.set_defaults(run=seeds_command)
    _add_explanations(benchmarks.add_parser("explanations", help="explanations against truth, controls and random weights"))
    add_real(benchmarks.add_parser("real", help="learning from public data sets, beside light baselines"), _names, _numbers)
    _add_transfer(benchmarks.add_parser("transfer", help="trained weights on another line, with few labelled logs of it"))


def _add_edge(edge: argparse.ArgumentParser) -> None:
    usual = Size()
    edge.add_argument("--json", type=Path, required=True, metavar="FILE", help="report to write")
    edge.add_argument("--weights", type=Path, default=WEIGHTS, help="trained weights; default: those shipped")
    edge.add_argument("--formats", type=_names, default=FORMATS, help=f"of {','.join(FORMATS)}; default: all")
    edge.add_argument("--logs", type=int, default=usual.logs, help="fresh logs compared; default: %(default)s")
    edge.add_argument("--events", type=int, default=usual.events, help="lines a log; default: %(default)s")
    edge.add_argument("--long", type=int, default=usual.long, help="lines of the log that is timed; default: %(default)s")
    edge.add_argument("--seed", type=seed_of, default=usual.seed)
    edge.set_defaults(run=edge_command)


def _add_transfer(transfer: argparse.ArgumentParser) -> None:
    usual = Scale()
    transfer.add_argument("--json", type=Path, required=True, metavar="FILE", help="report to write")
    transfer.add_argument("--weights", type=Path, default=WEIGHTS, help="trained weights; default: those shipped")
    transfer.add_argument("--sequences", type=_numbers, default=SEQUENCES, help="labelled logs, such as 0,2,8,32")
    transfer.add_argument("--seeds", type=_numbers, default=(0,), help="such as 0,1,2; default: 0")
    transfer.add_argument("--steps", type=int, default=usual.steps, help="of fine-tuning; default: %(default)s")
    transfer.add_argument("--logs", type=int, default=usual.logs, help="fresh logs measured; default: %(default)s")
    transfer.add_argument("--events", type=int, default=usual.events, help="lines a log; default: %(default)s")
    transfer.add_argument("--guidance", type=float, default=usual.guidance, help="0: labels alone; default: %(default)s")
    transfer.add_argument("--line", choices=LINES, default=usual.line, help="the other line; default: %(default)s")
    transfer.set_defaults(run=transfer_command)


def _add_explanations(explanations: argparse.ArgumentParser) -> None:
    explanations.add_argument("--json", type=Path, required=True, metavar="FILE", help="report to write")
    explanations.add_argument("--weights", type=Path, default=WEIGHTS, help="trained weights; default: those shipped")
    explanations.add_argument(
        "--tasks", type=_names, default=TASKS, help=f"of {','.join(TASKS)}; default: all that there is data for"
    )
    explanations.add_argument("--seeds", type=_numbers, default=(0, 1, 2, 3, 4), help="default: 0,1,2,3,4")
    explanations.add_argument("--logs", type=int, default=LOGS, help="planted logs, all seeds together; default: %(default)s")
    explanations.add_argument("--events", type=int, default=EVENTS, help="lines a planted log; default: %(default)s")
    explanations.add_argument("--data-dir", type=Path, help="folder with toxic_spans/ and hdfs/ (see the README)")
    explanations.add_argument("--steps-scale", type=float, default=1.0, help="multiplies the steps of training, for trials")
    explanations.set_defaults(run=explanations_command)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def _numbers(text: str) -> tuple[int, ...]:
    try:
        found = tuple(int(number) for number in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of whole numbers such as 0,1,2") from error
    if min(found) < 0:
        raise argparse.ArgumentTypeError("numbers must not be negative")
    return found


def seed_of(text: str) -> int:
    """A seed from the command line."""
    (seed, *rest) = _numbers(text)
    if rest:
        raise argparse.ArgumentTypeError("one seed, not several")
    return seed


def _budgets(text: str) -> tuple[int | None, ...]:
    try:
        return tuple(None if number == "default" else int(number) for number in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a list of whole numbers, or default, such as 8,32,default"
        ) from error


def attention_command(options: argparse.Namespace) -> None:
    """``bench attention``: the report, and a line a row on standard error while it goes on."""
    check_report(options.json)
    if options.repeats < REPEATS:
        raise ConfigError(f"a median needs at least {REPEATS} runs")
    unknown = {*options.passes} - {"forward", "train"} | {*options.data} - {"trained", "random"} | {*options.rivals} - {*RIVALS}
    if unknown:
        raise ConfigError(f"unknown: {', '.join(sorted(unknown))}")
    model = SparseMixModel.load(options.weights)
    found: list[dict[str, object]] = []
    for budget in options.budget:
        found += attention_rows(
            model,
            options.lengths,
            budget=budget,
            repeats=options.repeats,
            passes=options.passes,
            data=options.data,
            rivals=options.rivals,
            tell=lambda text: print(text, file=sys.stderr, flush=True),
        )
    write_report(options.json, found, weights_sha256=model.weights_sha256)


def drift_command(options: argparse.Namespace) -> None:
    """``bench drift``: the report, and a line a month on standard error."""
    check_report(options.json)
    model = SparseMixModel.load(options.weights)
    found = drift_rows(
        model,
        options.changes,
        options.seeds,
        options.day,
        options.days,
        lambda text: print(text, file=sys.stderr, flush=True),
    )
    write_report(options.json, found, weights_sha256=model.weights_sha256)


def edge_command(options: argparse.Namespace) -> None:
    """``bench edge``: the report, and a line a format on standard error."""
    check_report(options.json)
    if unknown := {*options.formats} - {*FORMATS}:
        raise ConfigError(f"unknown: {', '.join(sorted(unknown))}")
    if options.logs < 1 or min(options.events, options.long) < 2:
        raise ConfigError("at least one log of at least 2 lines is needed")
    model = SparseMixModel.load(options.weights)
    size = Size(options.logs, options.events, options.long, options.seed)
    found = edge_rows(model, options.formats, size, lambda text: print(text, file=sys.stderr, flush=True))
    write_report(options.json, found, weights_sha256=model.weights_sha256)


def collapse_command(options: argparse.Namespace) -> None:
    """``bench collapse``: the report, and a line a training on standard error."""
    check_report(options.json)
    found = collapse_rows(options.steps, options.seed, lambda text: print(text, file=sys.stderr, flush=True))
    write_report(options.json, found)


def seeds_command(options: argparse.Namespace) -> None:
    """``bench seeds``: the report, and a line a measurement on standard error."""
    check_report(options.json)
    found = seeds_rows(options.weights, options.seed, tell=lambda text: print(text, file=sys.stderr, flush=True))
    write_report(options.json, found)


def transfer_command(options: argparse.Namespace) -> None:
    """``bench transfer``: the report, and a table of it on standard output."""
    check_report(options.json)
    started = time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {text}", file=sys.stderr, flush=True)

    model = SparseMixModel.load(options.weights)
    scale = Scale(options.steps, options.logs, options.events, options.guidance, options.line)
    found = transfer_rows(model, options.sequences, options.seeds, scale, tell)
    write_report(options.json, found, weights_sha256=model.weights_sha256, line=scale.line)
    print(transfer_table(found))


def transfer_table(found: list[Row]) -> str:
    """Rows as lines of text."""
    lines = ["sequences seed start         steps  event F1                 cause recall             selected  seconds"]
    for row in found:
        line = f"{row['sequences']:9} {row['seed']:4} {row['start']:12} {row['steps']:6}"
        for name in ("event_f1", "cause_recall"):
            line += f"  {row[name]:.3f} [{row[name + '_low']:.3f}, {row[name + '_high']:.3f}] "
        lines.append(f"{line} {row['selected_per_query']:9.2f} {row['seconds']:8.0f}")
    return "\n".join(lines)


def explanations_command(options: argparse.Namespace) -> None:
    """``bench explanations``: the report, and a table of it on standard output."""
    check_report(options.json)
    started = time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {text}", file=sys.stderr, flush=True)

    settings = Settings(options.seeds, options.logs, options.events, options.data_dir, options.steps_scale)
    model = SparseMixModel.load(options.weights)
    found = explanation_rows(model, options.tasks, settings, tell)
    write_report(options.json, found, weights_sha256=model.weights_sha256, steps_scale=options.steps_scale)
    for row in found:
        print(
            f"{row['task']:14} {row['method']:24} {row['metric']:60} {row['value']:8.4f}  [{row['low']:.4f}, {row['high']:.4f}]"
        )


def accuracy_command(options: argparse.Namespace) -> None:
    """``bench accuracy``: the report, and a table of it on standard output."""
    check_report(options.json)
    started = time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {text}", file=sys.stderr, flush=True)

    found = rows(options.tasks, options.seeds, options.steps_scale, tell)
    write_report(options.json, found, steps_scale=options.steps_scale)
    print(accuracy_table(found))


def accuracy_table(found: list[Row]) -> str:
    """Rows as lines of text."""
    lines = ["task     length seed model     accuracy  to twin          95 % interval  selected  density   steps  seconds"]
    for row in found:
        line = f"{row['task']:8} {row['length']:6} {row['seed']:4} {row['model']:9} {row['accuracy']:8.4f}"
        if row["points_to_twin"] is None:
            line += " " * 32
        else:
            line += f" {row['points_to_twin']:+8.2f}"
            # Of the planted logs there are too few for an interval of the difference.
            spread = row["points_low"] is not None
            line += f"     [{row['points_low']:+7.2f}, {row['points_high']:+7.2f}]" if spread else " " * 23
        lines.append(f"{line} {row['selected_per_query']:9.2f} {row['density']:8.2%} {row['steps']:7} {row['seconds']:8.0f}")
    return "\n".join(lines)
