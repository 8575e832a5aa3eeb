"""The benchmark ``first-look``."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.benchmarks.first_look.benchmark import first_look_rows
from tests.benchmarks.options import numbers
from tests.benchmarks.report import check_report, timed_tell, write_report


def add_first_look_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the benchmark ``first-look``."""
    parser.add_argument("--data-dir", type=Path, required=True, metavar="DIR", help="holds loghub/ with first_look/")
    parser.add_argument("--seeds", type=numbers, default=(0, 1, 2), help="of the faults put in, such as 0,1; default: 0,1,2")


def first_look_command(options: argparse.Namespace) -> None:
    """Run the benchmark ``first-look``: what is shown first of real logs, beside two readings of them and plain rules."""
    check_report(options.json)
    rows = first_look_rows(options.data_dir, options.seeds, timed_tell())
    write_report(options.json, rows)
    for row in rows:
        print(
            f"{row['set']:24} {row['method']:38} {row['metric']:60} {row['value']:.3f}  [{row['low']:.3f}, {row['high']:.3f}]"
        )
