"""The benchmark ``causes``."""

from __future__ import annotations

import argparse
from pathlib import Path

from sparsemix.__main__ import whole_number
from tests.benchmarks.causes.alarm_graph import ARCHIVE, alarm_rows, has_alarms
from tests.benchmarks.causes.benchmark import causes_rows
from tests.benchmarks.report import check_report, timed_tell, write_report


def add_causes_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the benchmark ``causes``."""
    parser.add_argument(
        "--data-dir",
        type=Path,
        required=True,
        metavar="DIR",
        help="holds causrca/causrca.tar.gz, or its files unpacked, and alarms/ if there",
    )
    parser.add_argument("--seed", type=whole_number, default=0, help="of scrambled names and intervals; default: %(default)s")


def causes_command(options: argparse.Namespace) -> None:
    """Run the benchmark ``causes``: the variables that led to an alarm, and which alarms lead to which, beside rules that
    anyone would try first."""
    check_report(options.json)
    tell = timed_tell()
    rows = causes_rows(options.data_dir, options.seed, tell)
    if has_alarms(options.data_dir):
        rows += alarm_rows(options.data_dir, options.seed, tell)
    else:
        tell(f"no {ARCHIVE} there: which alarms lead to which is left out")
    write_report(options.json, rows, seed=options.seed)
    for row in rows:
        print(
            f"{row['set']:10} {row['method']:52} {row['metric']:50} {row['value']:6.3f}  [{row['low']:.3f}, {row['high']:.3f}]"
        )
