"""The command ``bench long``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from sparsemix.bench.long.benchmark import LENGTHS, SEEDS, measure
from sparsemix.bench.long.data import read
from sparsemix.bench.report import Row, check_report, timed_tell, write_report


def add_long(parser: argparse.ArgumentParser, numbers: Callable[[str], Sequence[int]]) -> None:
    """Add the options of ``bench long``."""
    parser.add_argument("--data-dir", type=Path, required=True, metavar="DIR", help="holds hdfs/")
    parser.add_argument("--json", type=Path, required=True, metavar="FILE", help="report to write")
    parser.add_argument("--seeds", type=numbers, default=SEEDS, help="such as 0,1,2; default: 0 to 4")
    parser.add_argument("--lengths", type=numbers, default=LENGTHS, help="lines a window, such as 1024,65536; default: five")
    parser.set_defaults(run=long_command)


def long_command(options: argparse.Namespace) -> None:
    """Run ``bench long``: write the report, and print its rows as a table on standard output."""
    check_report(options.json)
    rows = measure(read(options.data_dir), options.lengths, options.seeds, timed_tell())
    write_report(options.json, rows)
    print(table(rows))


def table(rows: Sequence[Row]) -> str:
    """Return rows as lines of text."""
    lines = [f"{'lines':>7} {'method':32} {'F1':>6} {'95 % interval':18} {'AP':>6} 95 % interval"]
    for row in rows:
        f1, ap = (f"{row[name]:6.3f} [{row[name + '_low']:6.3f}, {row[name + '_high']:6.3f}]" for name in ("f1", "ap"))
        lines.append(f"{row['length']:7} {row['method']:32} {f1}   {ap}")
    return "\n".join(lines)
