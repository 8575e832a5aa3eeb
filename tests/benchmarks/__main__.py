"""Benchmarks of the model: python -m tests.benchmarks NAME --json FILE

Each writes a report, and refuses to where what it measures is wrong. Exit status: that of the model's commands
(`sparsemix/__main__.py`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from sparsemix.__main__ import run, whole_number
from sparsemix.edge.weights import FORMATS
from sparsemix.errors import ConfigError
from sparsemix.model.model import SparseMixModel
from tests.benchmarks.attention import LENGTHS, REPEATS
from tests.benchmarks.attention import rows as attention_rows
from tests.benchmarks.causes.command import add_causes_options, causes_command
from tests.benchmarks.drift import CHANGES, DAY, DAYS
from tests.benchmarks.drift import rows as drift_rows
from tests.benchmarks.edge import EdgeSize
from tests.benchmarks.edge import rows as edge_rows
from tests.benchmarks.entmax import entmax_command
from tests.benchmarks.explanations import EVENTS, LOGS, TASKS, ExplanationSettings
from tests.benchmarks.explanations import rows as explanation_rows
from tests.benchmarks.first_look.command import add_first_look_options, first_look_command
from tests.benchmarks.long.command import add_long_options, long_command
from tests.benchmarks.newcomer.command import add_newcomer_options, newcomer_command
from tests.benchmarks.options import names, numbers
from tests.benchmarks.parallel import add_parallel_options, parallel_command
from tests.benchmarks.pipeline import add_pipeline_options, pipeline_command
from tests.benchmarks.real.command import add_real_options, real_command
from tests.benchmarks.report import Row, check_report, tell_on_stderr, timed_tell, write_report
from tests.benchmarks.rivals import RIVALS
from tests.benchmarks.small import add_small_options, small_command
from tests.benchmarks.tasks.accuracy import MEASURES
from tests.benchmarks.tasks.accuracy import rows as accuracy_rows
from tests.benchmarks.training_stability import STEPS, collapse_rows, seed_rows
from tests.benchmarks.transfer import LINES, SEQUENCES, STARTS, TransferScale
from tests.benchmarks.transfer import rows as transfer_rows
from tests.benchmarks.zero.command import add_zero_options, zero_command
from tests.support.paths import WEIGHTS


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all benchmarks and their options."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Benchmarks, each with a report as JSON.")
    benchmarks = parser.add_subparsers(dest="benchmark", required=True)
    accuracy = _add(benchmarks, "accuracy", "the sparse model beside its dense twin, task by task", accuracy_command)
    accuracy.add_argument("--tasks", type=names, default=tuple(MEASURES), help=f"of {','.join(MEASURES)}; default: all")
    accuracy.add_argument("--seeds", type=numbers, default=(0,), help="such as 0,1,2; default: 0")
    accuracy.add_argument("--steps-scale", type=float, default=1.0, help="multiplies the steps of training, for trials")
    causes_help = "variables that led to an alarm of a machine whose faults are known, beside rules that anyone would try first"
    add_causes_options(_add(benchmarks, "causes", causes_help, causes_command))
    collapse = _add(benchmarks, "collapse", "what early penalties do to the selection, and what prevents it", collapse_command)
    collapse.add_argument("--steps", type=int, default=STEPS, help=f"of each training; default: {STEPS}")
    collapse.add_argument("--seed", type=whole_number, default=0)
    drift = _add(
        benchmarks, "drift", "a month of a simulated plant with a planted change: when it is noticed", drift_command, WEIGHTS
    )
    drift.add_argument("--changes", type=names, default=tuple(CHANGES), help=f"of {','.join(CHANGES)}; default: all")
    drift.add_argument("--seeds", type=numbers, default=(0,), help="such as 0,1,2; default: 0")
    drift.add_argument("--day", type=int, default=DAY, help="day of the change, counted from 0; default: %(default)s")
    drift.add_argument("--days", type=int, default=DAYS, help="length of the month in days; default: %(default)s")
    edge_help = "the edge runtime: start, memory, size, and agreement with the full model"
    _add_edge_options(_add(benchmarks, "edge", edge_help, edge_command, WEIGHTS))
    _add(benchmarks, "entmax", "on a CUDA device: exact entmax by a kernel beside plain PyTorch", entmax_command)
    speed_help = "speed, memory and certificates of one layer beside named rivals"
    _add_attention_options(_add(benchmarks, "attention", speed_help, attention_command, WEIGHTS))
    first_look_help = "what is shown first of ten real logs, beside two readings of them and plain rules"
    add_first_look_options(_add(benchmarks, "first-look", first_look_help, first_look_command))
    long_help = "lines of anomalous blocks in long raw HDFS windows, beside baselines that are told the blocks"
    add_long_options(_add(benchmarks, "long", long_help, long_command))
    newcomer_help = "files of kinds that the project's own generator never makes, tried as a new user would"
    add_newcomer_options(_add(benchmarks, "newcomer", newcomer_help, newcomer_command))
    parallel_help = "training on several processes beside one: curves and speed"
    add_parallel_options(_add(benchmarks, "parallel", parallel_help, parallel_command))
    pipeline_help = (
        "from a log's bytes to the decision, and the trace on disk, stage by stage, beside drain3 and a hashing vectorizer"
    )
    add_pipeline_options(_add(benchmarks, "pipeline", pipeline_help, pipeline_command, WEIGHTS))
    seeds = _add(benchmarks, "seeds", "the spread over weights that were trained under several seeds", seeds_command)
    seeds.add_argument("--weights", type=Path, nargs="+", required=True, help="weights, those of one seed each")
    seeds.add_argument("--seed", type=whole_number, default=1, help="of the logs; default: %(default)s")
    explanations_help = "explanations against truth, controls and random weights"
    _add_explanation_options(_add(benchmarks, "explanations", explanations_help, explanations_command, WEIGHTS))
    add_real_options(_add(benchmarks, "real", "learning from public data sets, beside light baselines", real_command))
    small_help = "the normal course learned from few sequences: where it is cut, and what that costs"
    add_small_options(_add(benchmarks, "small", small_help, small_command))
    transfer_help = "trained weights on another line, with few labelled logs of it"
    _add_transfer_options(_add(benchmarks, "transfer", transfer_help, transfer_command, WEIGHTS))
    zero_help = "the model for any log on logs of ten systems that it never saw, beside trivial detectors"
    add_zero_options(_add(benchmarks, "zero", zero_help, zero_command))
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one benchmark and return its exit status."""
    return run(build_parser().parse_args(arguments))


def _add(
    benchmarks: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    help: str,
    run: Callable[[argparse.Namespace], None],
    weights: Path | None = None,
) -> argparse.ArgumentParser:
    """Add one benchmark with the options that most of them share; ``weights``: the default of ``--weights``."""
    parser = benchmarks.add_parser(name, help=help)
    parser.add_argument("--json", type=Path, required=True, metavar="FILE", help="report to write")
    if weights is not None:
        parser.add_argument("--weights", type=Path, default=weights, help="trained weights; default: those shipped")
    parser.set_defaults(run=run)
    return parser


def _add_attention_options(attention: argparse.ArgumentParser) -> None:
    attention.add_argument("--lengths", type=numbers, default=LENGTHS, help="such as 4096,16384")
    attention.add_argument(
        "--budget", type=_budgets, default=(None,), help="blocks a query, several for a curve, such as 8,32,default"
    )
    attention.add_argument("--repeats", type=int, default=REPEATS, help="timed runs of which the median counts, at least five")
    attention.add_argument("--passes", type=names, default=("forward", "train"), help="of forward,train; default: both")
    attention.add_argument("--data", type=names, default=("trained", "random"), help="of trained,random; default: both")
    attention.add_argument(
        "--head-sizes", type=numbers, default=(), help="of random input, besides the weights' own, such as 32,64"
    )
    attention.add_argument("--rivals", type=names, default=tuple(RIVALS), help=f"of {','.join(RIVALS)}; default: all that fit")


def _add_edge_options(edge: argparse.ArgumentParser) -> None:
    usual = EdgeSize()
    edge.add_argument("--formats", type=names, default=FORMATS, help=f"of {','.join(FORMATS)}; default: all")
    edge.add_argument("--logs", type=int, default=usual.logs, help="fresh logs compared; default: %(default)s")
    edge.add_argument("--events", type=int, default=usual.events, help="lines a log; default: %(default)s")
    edge.add_argument("--long", type=int, default=usual.long, help="lines of the log that is timed; default: %(default)s")
    edge.add_argument("--seed", type=whole_number, default=usual.seed)


def _add_transfer_options(transfer: argparse.ArgumentParser) -> None:
    usual = TransferScale()
    transfer.add_argument("--sequences", type=numbers, default=SEQUENCES, help="labelled logs, such as 0,2,8,32")
    transfer.add_argument("--seeds", type=numbers, default=(0,), help="such as 0,1,2; default: 0")
    transfer.add_argument("--starts", type=names, default=STARTS, help=f"of {','.join(STARTS)}; default: all")
    transfer.add_argument("--steps", type=int, default=usual.steps, help="of fine-tuning; default: %(default)s")
    transfer.add_argument("--logs", type=int, default=usual.logs, help="fresh logs measured; default: %(default)s")
    transfer.add_argument("--events", type=int, default=usual.events, help="lines a log; default: %(default)s")
    transfer.add_argument("--guidance", type=float, default=usual.guidance, help="0: labels alone; default: %(default)s")
    transfer.add_argument("--line", choices=LINES, default=usual.line, help="the other line; default: %(default)s")


def _add_explanation_options(explanations: argparse.ArgumentParser) -> None:
    explanations.add_argument(
        "--tasks", type=names, default=TASKS, help=f"of {','.join(TASKS)}; default: all that there is data for"
    )
    explanations.add_argument("--seeds", type=numbers, default=(0, 1, 2, 3, 4), help="default: 0,1,2,3,4")
    explanations.add_argument("--logs", type=int, default=LOGS, help="planted logs, all seeds together; default: %(default)s")
    explanations.add_argument("--events", type=int, default=EVENTS, help="lines a planted log; default: %(default)s")
    explanations.add_argument(
        "--data-dir", type=Path, help="folder with toxic_spans/ and hdfs/ (see docs/figures/explanations.md)"
    )
    explanations.add_argument("--steps-scale", type=float, default=1.0, help="multiplies the steps of training, for trials")


def _budgets(text: str) -> tuple[int | None, ...]:
    try:
        return tuple(None if number == "default" else int(number) for number in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a list of whole numbers, or default, such as 8,32,default"
        ) from error


def attention_command(options: argparse.Namespace) -> None:
    """Run the benchmark ``attention``: write the report, and print a line per row on standard error as it is measured."""
    check_report(options.json)
    if options.repeats < REPEATS:
        raise ConfigError(f"a median needs at least {REPEATS} runs")
    unknown = {*options.passes} - {"forward", "train"} | {*options.data} - {"trained", "random"} | {*options.rivals} - {*RIVALS}
    if unknown:
        raise ConfigError(f"unknown: {', '.join(sorted(unknown))}")
    model = SparseMixModel.load(options.weights)
    rows: list[Row] = []
    for budget in options.budget:
        rows += attention_rows(
            model,
            options.lengths,
            budget=budget,
            repeats=options.repeats,
            passes=options.passes,
            data=options.data,
            rivals=options.rivals,
            head_sizes=options.head_sizes,
            tell=tell_on_stderr,
        )
    write_report(options.json, rows, weights_sha256=model.weights_sha256)


def drift_command(options: argparse.Namespace) -> None:
    """Run the benchmark ``drift``: write the report, and print a line per month on standard error."""
    check_report(options.json)
    model = SparseMixModel.load(options.weights)
    rows = drift_rows(
        model,
        options.changes,
        options.seeds,
        options.day,
        options.days,
        tell_on_stderr,
    )
    write_report(options.json, rows, weights_sha256=model.weights_sha256)


def edge_command(options: argparse.Namespace) -> None:
    """Run the benchmark ``edge``: write the report, and print a line per format on standard error."""
    check_report(options.json)
    if unknown := {*options.formats} - {*FORMATS}:
        raise ConfigError(f"unknown: {', '.join(sorted(unknown))}")
    if options.logs < 1 or min(options.events, options.long) < 2:
        raise ConfigError("at least one log of at least 2 lines is needed")
    model = SparseMixModel.load(options.weights)
    size = EdgeSize(options.logs, options.events, options.long, options.seed)
    rows = edge_rows(model, options.formats, size, tell_on_stderr)
    write_report(options.json, rows, weights_sha256=model.weights_sha256)


def collapse_command(options: argparse.Namespace) -> None:
    """Run the benchmark ``collapse``: write the report, and print a line per training on standard error."""
    check_report(options.json)
    rows = collapse_rows(options.steps, options.seed, tell_on_stderr)
    write_report(options.json, rows)


def seeds_command(options: argparse.Namespace) -> None:
    """Run the benchmark ``seeds``: write the report, and print a line per measurement on standard error."""
    check_report(options.json)
    rows = seed_rows(options.weights, options.seed, tell=tell_on_stderr)
    write_report(options.json, rows)


def transfer_command(options: argparse.Namespace) -> None:
    """Run the benchmark ``transfer``: write the report, and print its rows as a table on standard output."""
    check_report(options.json)
    model = SparseMixModel.load(options.weights)
    scale = TransferScale(options.steps, options.logs, options.events, options.guidance, options.line)
    rows = transfer_rows(model, options.sequences, options.seeds, scale, timed_tell(), options.starts)
    write_report(options.json, rows, weights_sha256=model.weights_sha256, line=scale.line)
    print(transfer_table(rows))


def transfer_table(rows: list[Row]) -> str:
    """Return rows as lines of text."""
    lines = ["sequences seed start         steps  event F1                 cause recall             selected  seconds"]
    for row in rows:
        line = f"{row['sequences']:9} {row['seed']:4} {row['start']:12} {row['steps']:6}"
        for name in ("event_f1", "cause_recall"):
            line += f"  {row[name]:.3f} [{row[name + '_low']:.3f}, {row[name + '_high']:.3f}] "
        lines.append(f"{line} {row['selected_per_query']:9.2f} {row['seconds']:8.0f}")
    return "\n".join(lines)


def explanations_command(options: argparse.Namespace) -> None:
    """Run the benchmark ``explanations``: write the report, and print its rows as a table on standard output."""
    check_report(options.json)
    settings = ExplanationSettings(options.seeds, options.logs, options.events, options.data_dir, options.steps_scale)
    model = SparseMixModel.load(options.weights)
    rows = explanation_rows(model, options.tasks, settings, timed_tell())
    write_report(options.json, rows, weights_sha256=model.weights_sha256, steps_scale=options.steps_scale)
    for row in rows:
        print(
            f"{row['task']:14} {row['method']:24} {row['metric']:60} {row['value']:8.4f}  [{row['low']:.4f}, {row['high']:.4f}]"
        )


def accuracy_command(options: argparse.Namespace) -> None:
    """Run the benchmark ``accuracy``: write the report, and print its rows as a table on standard output."""
    check_report(options.json)
    rows = accuracy_rows(options.tasks, options.seeds, options.steps_scale, timed_tell())
    write_report(options.json, rows, steps_scale=options.steps_scale)
    print(accuracy_table(rows))


def accuracy_table(rows: list[Row]) -> str:
    """Return rows as lines of text."""
    lines = ["task     length seed model     accuracy  to twin          95 % interval  selected  density   steps  seconds"]
    for row in rows:
        line = f"{row['task']:8} {row['length']:6} {row['seed']:4} {row['model']:9} {row['accuracy']:8.4f}"
        if row["points_to_twin"] is None:
            line += " " * 32
        else:
            line += f" {row['points_to_twin']:+8.2f}"
            # The planted logs are too few for an interval of the difference.
            spread = row["points_low"] is not None
            line += f"     [{row['points_low']:+7.2f}, {row['points_high']:+7.2f}]" if spread else " " * 23
        lines.append(f"{line} {row['selected_per_query']:9.2f} {row['density']:8.2%} {row['steps']:7} {row['seconds']:8.0f}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
