"""The command line: ``python -m sparsemix COMMAND ...``; ``--help`` lists the commands.

Results go to standard output (JSON with ``--json``), progress to standard error. Exit status: 0 done, 1 the work failed
(unusable input, weights or settings), 2 the command was called wrongly, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from sparsemix.causes.command import add_causes
from sparsemix.cli.commands import (
    compile_command,
    evaluate_command,
    reliability_command,
    report_command,
    trace_command,
    train_command,
)
from sparsemix.cli.explain_command import add_explain
from sparsemix.edge.exporter import add_edge
from sparsemix.errors import SparseMixError
from sparsemix.graph.command import add_graph
from sparsemix.readers.options import add_read_options
from sparsemix.terminal import printable
from sparsemix.training.any_log.command import add_pretrain
from sparsemix.training.common.world import DEVICES
from sparsemix.training.feedback.command import add_learn
from sparsemix.training.own_data.command import add_data_options, add_predict, add_training_options

DEFAULT_WEIGHTS = Path(__file__).resolve().parent.parent / "sample_data" / "weights.safetensors"


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands and options."""
    parser = argparse.ArgumentParser(prog="python -m sparsemix", description="Sparse attention with logged selection.")
    commands = parser.add_subparsers(dest="command", required=True)

    trace = commands.add_parser("trace", help="decide on a file and write every selected pair")
    _add_trace(trace)

    explain = commands.add_parser("explain", help="say why: pair effects, attributions, each with its score")
    add_explain(explain, DEFAULT_WEIGHTS)

    evaluate = commands.add_parser("evaluate", help="figures on labelled data, or on generated logs beside the dense twin")
    _add_evaluate(evaluate)

    predict = commands.add_parser("predict", help="decide on every sequence of a data set")
    add_predict(predict, DEFAULT_WEIGHTS)

    counted = commands.add_parser("reliability", help="how often probabilities are right, counted on freshly generated logs")
    _add_fresh_logs(counted, 400)
    counted.add_argument("--card", action="store_true", help="keep the counts in the weights' .card.json, which the app reads")
    counted.set_defaults(run=reliability_command)

    train = commands.add_parser("train", help="train weights on one's own data, or on generated logs")
    add_data_options(train, required=False)
    add_training_options(train)
    train.add_argument("--out", type=Path, required=True, help="weights file to write; the card goes beside it as .card.json")
    train.add_argument("--attention", choices=("entmax15", "softmax"), default="entmax15", help="softmax: the dense twin")
    train.add_argument("--seed", type=whole_number, default=0)
    train.add_argument("--scale", type=float, default=1.0, help="multiplies the steps of every stage, for trials")
    train.add_argument("--checkpoint", type=Path, help="safetensors file to write while training, and to go on from")
    train.add_argument("--float64", action="store_true", help="in double precision, to compare one process with several")
    train.add_argument("--device", choices=DEVICES, default="cpu", help="cuda: on a GPU, which computes all pairs of a window")
    train.add_argument("--json", action="store_true", help="print the card as JSON")
    train.set_defaults(run=train_command)

    add_pretrain(
        commands.add_parser("pretrain", help="train the model for logs that no weights know, on made-up systems"), whole_number
    )

    add_learn(commands.add_parser("learn", help="go on from weights by what people said of their decisions"))

    report = commands.add_parser("report", help="draw a training run from its weights' card")
    report.add_argument("card", type=Path, help="the .card.json beside the weights")
    report.add_argument("--out", type=Path, required=True, help="HTML file to write")
    report.set_defaults(run=report_command)

    add_causes(commands.add_parser("causes", help="which lines led to a line, which variables to an alarm"), DEFAULT_WEIGHTS)

    add_graph(commands.add_parser("graph", help="which kinds of events lead to which"), DEFAULT_WEIGHTS, whole_number)

    add_edge(commands.add_parser("edge", help="make a runtime folder that decides with NumPy alone"), DEFAULT_WEIGHTS)
    compiled = commands.add_parser("compile", help="compile the search ahead, so that nobody waits for it later")
    compiled.set_defaults(run=compile_command)
    return parser


def _add_evaluate(evaluate: argparse.ArgumentParser) -> None:
    add_data_options(evaluate, required=False)
    _add_fresh_logs(evaluate, 20)
    evaluate.add_argument(
        "--dense-weights", type=Path, help="the dense softmax twin; default: NAME-dense.safetensors beside the weights"
    )
    evaluate.set_defaults(run=evaluate_command)


def _add_fresh_logs(parser: argparse.ArgumentParser, logs: int) -> None:
    """Add the options of figures on ``logs`` freshly generated logs, or as many as are asked for."""
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS)
    parser.add_argument("--generated", type=int, default=logs, metavar="LOGS")
    parser.add_argument("--events", type=int, default=2048)
    parser.add_argument("--seed", type=whole_number, default=0)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _add_trace(trace: argparse.ArgumentParser) -> None:
    trace.add_argument("file", type=Path, help="log, table (CSV, Parquet, Excel) or JSON lines; text plain or .gz")
    trace.add_argument("--out", type=Path, metavar="DIR", help="folder for decision.json and one layer-N.arrow a layer")
    trace.add_argument(
        "--pairs", type=Path, metavar="FILE", help="every selected pair with both texts, as a table: a .csv or .parquet file"
    )
    trace.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS)
    trace.add_argument(
        "--no-fallback", action="store_true", help="let the weights decide even where they do not know the file's words"
    )
    trace.add_argument(
        "--check", action="store_true", help="also replay the trace with a masked dense layer (up to 4,096 events)"
    )
    trace.add_argument(
        "--budget", type=int, metavar="BLOCKS", help="blocks of sixteen keys a query may look at; default: until it is certain"
    )
    trace.add_argument("--json", action="store_true", help="print the decision as JSON")
    add_read_options(trace)
    trace.set_defaults(run=trace_command)


def whole_number(text: str) -> int:
    """Return the whole number that an option gives, 0 or more."""
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, 0 or more")
    return number


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    return run(build_parser().parse_args(arguments))


def run(options: argparse.Namespace) -> int:
    """Run the command that was chosen and return its exit status."""
    try:
        options.run(options)
        sys.stdout.flush()
    except SparseMixError as error:
        print(f"sparsemix: {printable(str(error))}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader closed the pipe (``| head``). Standard output goes nowhere now, so that the last flush does not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"sparsemix: cannot write or read {error.filename or 'standard output'}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("sparsemix: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
