"""The benchmark ``zero``."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.benchmarks.options import numbers
from tests.benchmarks.report import check_report, timed_tell, write_report
from tests.benchmarks.zero.benchmark import zero_rows
from tests.benchmarks.zero.injection import SEEDS


def add_zero_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the benchmark ``zero``."""
    parser.add_argument("--data-dir", type=Path, required=True, metavar="DIR", help="holds loghub/")
    parser.add_argument("--seeds", type=numbers, default=SEEDS, help="of the faults, such as 0,1,2; default: 0 to 19")


def zero_command(options: argparse.Namespace) -> None:
    """Run the benchmark ``zero``: the model for any log on logs of other systems, beside trivial detectors."""
    check_report(options.json)
    rows = zero_rows(options.data_dir, options.seeds, timed_tell())
    write_report(options.json, rows)
    for row in rows:
        print(
            f"{row['set']:32} {row['method']:26} {row['metric']:28} {row['value']:.3f}  [{row['low']:.3f}, {row['high']:.3f}]"
        )
