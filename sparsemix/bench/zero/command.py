"""The command ``bench zero``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from sparsemix.bench.report import check_report, timed_tell, write_report
from sparsemix.bench.zero.benchmark import zero_rows
from sparsemix.bench.zero.injection import SEEDS


def add_zero(parser: argparse.ArgumentParser, seeds: Callable[[str], Sequence[int]]) -> None:
    """Add the options of ``bench zero``."""
    parser.add_argument("--data-dir", type=Path, required=True, metavar="DIR", help="holds loghub/")
    parser.add_argument("--json", type=Path, required=True, metavar="FILE", help="report to write")
    parser.add_argument("--seeds", type=seeds, default=SEEDS, help="of the faults, such as 0,1,2; default: 0 to 19")
    parser.set_defaults(run=zero_command)


def zero_command(options: argparse.Namespace) -> None:
    """Run ``bench zero``: the model for any log on logs of other systems, beside trivial detectors."""
    check_report(options.json)
    rows = zero_rows(options.data_dir, options.seeds, timed_tell())
    write_report(options.json, rows)
    for row in rows:
        print(
            f"{row['set']:32} {row['method']:26} {row['metric']:28} {row['value']:.3f}  [{row['low']:.3f}, {row['high']:.3f}]"
        )
