"""The benchmark ``real``: its options, its measurements, and the table of its rows."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from sparsemix.errors import ConfigError
from tests.benchmarks.hdfs import data
from tests.benchmarks.options import names, numbers
from tests.benchmarks.real import adfa, asd, hdfs, loghub, tep
from tests.benchmarks.real.rows import RealSettings
from tests.benchmarks.real.simulated import false_alarm_rows, split_rows, transfer_rows
from tests.benchmarks.report import Row, Tell, check_report, timed_tell, write_report
from tests.benchmarks.zero import logs
from tests.support.paths import WEIGHTS


def _adfa(folder: Path, settings: RealSettings, tell: Tell) -> list[Row]:
    return adfa.novelty_rows(adfa.load(folder), settings, tell)


def _adfa_labels(folder: Path, settings: RealSettings, tell: Tell) -> list[Row]:
    return adfa.label_rows(adfa.load(folder), settings, tell)


def _asd(folder: Path, settings: RealSettings, tell: Tell) -> list[Row]:
    return asd.rows("asd", asd.load(folder), settings, tell)


def _smd(folder: Path, settings: RealSettings, tell: Tell) -> list[Row]:
    return asd.rows("smd", asd.load(folder), settings, tell)


def _tep(folder: Path, settings: RealSettings, tell: Tell) -> list[Row]:
    return tep.rows(tep.load(folder), settings, tell)


def _tep_classes(folder: Path, settings: RealSettings, tell: Tell) -> list[Row]:
    return tep.class_rows(tep.load(folder), settings, tell)


def _hdfs(folder: Path, settings: RealSettings, tell: Tell) -> list[Row]:
    return hdfs.rows(data.load(folder), settings, tell)


def _loghub(folder: Path, settings: RealSettings, tell: Tell) -> list[Row]:
    return loghub.rows(logs.load(folder.parent), settings, tell)


def _transfer(_folder: Path, settings: RealSettings, tell: Tell) -> list[Row]:
    return transfer_rows(WEIGHTS, settings, tell)


def _false_alarms(_folder: Path, settings: RealSettings, tell: Tell) -> list[Row]:
    return false_alarm_rows(settings, tell)


def _false_alarm_splits(_folder: Path, settings: RealSettings, tell: Tell) -> list[Row]:
    return split_rows(settings, tell)


MEASURES: dict[str, tuple[str, Callable[[Path, RealSettings, Tell], list[Row]]]] = {
    "adfa": ("adfa", _adfa),
    "adfa-labels": ("adfa", _adfa_labels),
    "asd": ("asd", _asd),
    "smd": ("smd", _smd),
    "tep": ("tep", _tep),
    "tep-classes": ("tep", _tep_classes),
    "hdfs": ("hdfs", _hdfs),
    "loghub": ("loghub", _loghub),
    "transfer": ("", _transfer),
    "false-alarms": ("", _false_alarms),
    "false-alarm-splits": ("", _false_alarm_splits),
}
"""By name: the folder of the data (none: the simulator), and the function that measures."""


def add_real_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the benchmark ``real``."""
    parser.add_argument("--data-dir", type=Path, required=True, metavar="DIR", help="holds folders such as adfa/ and hdfs/")
    default = tuple(name for name in MEASURES if name != "smd")
    parser.add_argument("--sets", type=names, default=default, help=f"of {','.join(MEASURES)}; default: all but smd")
    parser.add_argument("--seeds", type=numbers, default=(0,), help="such as 0,1,2,3,4; default: 0")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the steps of every training, for trials")
    parser.add_argument("--twin", action="store_true", help="train the dense softmax twin as well")


def real_command(options: argparse.Namespace) -> None:
    """Run the benchmark ``real``: measure the sets that the folder holds, write the report, and print its rows as a table."""
    unknown = [name for name in options.sets if name not in MEASURES]
    if unknown or not options.scale > 0:
        raise ConfigError(
            f"--sets takes {', '.join(MEASURES)}, not {', '.join(unknown)}" if unknown else "--scale must be positive"
        )
    check_report(options.json)
    if not options.data_dir.is_dir():
        raise ConfigError(f"there is no folder {options.data_dir} with data")
    settings = RealSettings(options.scale, tuple(options.seeds), options.twin)
    tell = timed_tell()
    rows: list[Row] = []
    for name in options.sets:
        folder, measure = MEASURES[name]
        if (options.data_dir / folder).is_dir():
            rows += measure(options.data_dir / folder, settings, tell)
        else:
            tell(f"{name} is left out: there is no folder {options.data_dir / folder}")
    write_report(options.json, rows)
    print(real_table(rows))


def real_table(rows: Sequence[Row]) -> str:
    """Return rows as lines of text."""
    lines = []
    for row in rows:
        if row.get("low") is not None:
            lines.append(
                f"    {row['method']} {row['value']:.3f}, SparseMix is higher by {row['low']:.3f} to {row['high']:.3f}"
            )
            continue
        others = "".join(
            f"  {name} {row[key]:.3f}"
            for key, name in (("baseline", "baseline"), ("dense_twin", "dense"))
            if row[key] is not None
        )
        lines.append(f"{row['set']}, {row['protocol']}: {row['metric']} {row['value']:.3f}{others}  {row['seconds']} s")
    return "\n".join(lines)
