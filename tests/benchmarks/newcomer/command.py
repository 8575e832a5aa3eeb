"""The benchmark ``newcomer``."""

from __future__ import annotations

import argparse
from pathlib import Path

from sparsemix.__main__ import whole_number
from sparsemix.errors import ConfigError
from sparsemix.model.fallback import any_log_model
from sparsemix.model.model import SparseMixModel
from sparsemix.training.own_data import Plan
from tests.benchmarks.newcomer.benchmark import METHODS, newcomer_rows
from tests.benchmarks.newcomer.kinds import KINDS
from tests.benchmarks.newcomer.truth import folder_of
from tests.benchmarks.options import names
from tests.benchmarks.report import check_report, timed_tell, write_report
from tests.support.paths import WEIGHTS


def add_newcomer_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the benchmark ``newcomer``."""
    parser.add_argument("--methods", type=names, default=METHODS, help=f"of {','.join(METHODS)}; default: all")
    parser.add_argument("--minutes", type=float, default=1.0, help="of learning, for each kind; default: %(default)s")
    parser.add_argument("--seed", type=whole_number, default=0, help="of files and learning; default: %(default)s")
    parser.add_argument("--files", type=Path, metavar="DIR", help="also write the files there, with a folder for each kind")


def newcomer_command(options: argparse.Namespace) -> None:
    """Run the benchmark ``newcomer``: write the report, and print its rows as a table on standard output."""
    check_report(options.json)
    if unknown := {*options.methods} - {*METHODS}:
        raise ConfigError(f"unknown: {', '.join(sorted(unknown))}")
    if options.files is not None:
        for number, (kind, make) in enumerate(KINDS.items()):
            folder_of(make, number, options.seed).write(options.files / kind)
    model = SparseMixModel.load(WEIGHTS)
    rows = newcomer_rows(model, options.methods, Plan(minutes=options.minutes, seed=options.seed), timed_tell())
    write_report(options.json, rows, weights_sha256=model.weights_sha256, any_log_sha256=any_log_model().weights_sha256)
    for row in rows:
        print(
            f"{row['set']:30} {row['method']:16} {row['metric']:20} {row['value']:.3f}  [{row['low']:.3f}, {row['high']:.3f}]"
        )
