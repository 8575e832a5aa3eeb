"""The command ``bench newcomer``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from sparsemix.bench.newcomer.benchmark import METHODS, newcomer_rows
from sparsemix.bench.newcomer.kinds import KINDS
from sparsemix.bench.newcomer.truth import folder_of
from sparsemix.bench.report import check_report, timed_tell, write_report
from sparsemix.bench.tasks.planted import WEIGHTS
from sparsemix.errors import ConfigError
from sparsemix.model.fallback import any_log_model
from sparsemix.model.model import SparseMixModel
from sparsemix.training.own_data import Plan


def add_newcomer(
    parser: argparse.ArgumentParser, seed_of: Callable[[str], int], names: Callable[[str], tuple[str, ...]]
) -> None:
    """Add the options of ``bench newcomer``."""
    parser.add_argument("--json", type=Path, required=True, metavar="FILE", help="report to write")
    parser.add_argument("--methods", type=names, default=METHODS, help=f"of {','.join(METHODS)}; default: all")
    parser.add_argument("--minutes", type=float, default=1.0, help="of learning, for each kind; default: %(default)s")
    parser.add_argument("--seed", type=seed_of, default=0, help="of files and learning; default: %(default)s")
    parser.add_argument("--files", type=Path, metavar="DIR", help="also write the files there, with a folder for each kind")
    parser.set_defaults(run=newcomer_command)


def newcomer_command(options: argparse.Namespace) -> None:
    """Run ``bench newcomer``: write the report, and print its rows as a table on standard output."""
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
