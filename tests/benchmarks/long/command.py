"""The benchmark ``long``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.long.benchmark import LENGTHS, SEEDS, measure
from tests.benchmarks.long.data import read
from tests.benchmarks.long.forms import FORMS
from tests.benchmarks.long.models import BESIDE, MINUTES, Trainings
from tests.benchmarks.options import numbers
from tests.benchmarks.report import Row, check_report, timed_tell, write_report


def add_long_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the benchmark ``long``."""
    parser.add_argument("--data-dir", type=Path, required=True, metavar="DIR", help="holds hdfs/")
    parser.add_argument("--seeds", type=numbers, default=SEEDS, help="such as 0,1,2; default: 0 to 4")
    parser.add_argument("--lengths", type=numbers, default=LENGTHS, help="lines a window, such as 1024,65536; default: five")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="of training a seed; default: %(default)s")
    parser.add_argument("--steps", type=int, help="of training a seed instead, which makes it repeatable")
    parser.add_argument(
        "--beside", type=_names, default=tuple(BESIDE), help=f"models trained, too, of {','.join(BESIDE)}; default: all"
    )
    parser.add_argument(
        "--forms",
        type=_names,
        default=(),
        help=f"for blocks in test lines, too: of {','.join(FORMS)}; default: none",
    )
    parser.add_argument("--beside-seeds", type=int, default=1, metavar="N", help="trained under the first N seeds; default: 1")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.split(",") if (name := part.strip()))


def long_command(options: argparse.Namespace) -> None:
    """Run the benchmark ``long``: write the report, also in between, and print its rows as a table on standard output."""
    check_report(options.json)
    trainings = Trainings(options.minutes, options.steps, options.beside, options.beside_seeds, options.forms)

    def keep(rows: list[Row]) -> None:
        write_report(options.json, rows, complete=False)

    rows = measure(read(options.data_dir), options.lengths, options.seeds, timed_tell(), trainings.judged, keep)
    write_report(options.json, rows, complete=True, minutes=options.minutes, steps=options.steps)
    print(table(rows))


def table(rows: Sequence[Row]) -> str:
    """Return rows as lines of text."""
    lines = [f"{'lines':>7} {'method':32} {'F1':>6} {'95 % interval':18} {'AP':>6} 95 % interval"]
    for row in rows:
        f1, ap = (f"{row[name]:6.3f} [{row[name + '_low']:6.3f}, {row[name + '_high']:6.3f}]" for name in ("f1", "ap"))
        lines.append(f"{row['length']:7} {row['method']:32} {f1}   {ap}")
    return "\n".join(lines)
