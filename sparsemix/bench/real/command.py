"""``bench real``: which sets, which seeds, and a table of what came out."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sparsemix.bench.hdfs import data
from sparsemix.bench.real import adfa, asd, false_alarms, hdfs, tep, transfer
from sparsemix.bench.real.rows import Row, Settings, Tell
from sparsemix.bench.report import write_report
from sparsemix.errors import ConfigError


def _adfa(folder: Path, settings: Settings, tell: Tell) -> list[Row]:
    return adfa.novelty_rows(adfa.load(folder), settings, tell)


def _adfa_labels(folder: Path, settings: Settings, tell: Tell) -> list[Row]:
    return adfa.label_rows(adfa.load(folder), settings, tell)


def _asd(folder: Path, settings: Settings, tell: Tell) -> list[Row]:
    return asd.rows("asd", asd.load(folder), settings, tell)


def _smd(folder: Path, settings: Settings, tell: Tell) -> list[Row]:
    return asd.rows("smd", asd.load(folder), settings, tell)


def _tep(folder: Path, settings: Settings, tell: Tell) -> list[Row]:
    return tep.rows(tep.load(folder), settings, tell)


def _tep_classes(folder: Path, settings: Settings, tell: Tell) -> list[Row]:
    return tep.class_rows(tep.load(folder), settings, tell)


def _hdfs(folder: Path, settings: Settings, tell: Tell) -> list[Row]:
    return hdfs.rows(data.load(folder), settings, tell)


def _transfer(_folder: Path, settings: Settings, tell: Tell) -> list[Row]:
    return transfer.rows(WEIGHTS, settings, tell)


def _false_alarms(_folder: Path, settings: Settings, tell: Tell) -> list[Row]:
    return false_alarms.rows(settings, tell)


WEIGHTS = Path(__file__).resolve().parents[3] / "sample_data" / "weights.safetensors"
MEASURES: dict[str, tuple[str, Callable[[Path, Settings, Tell], list[Row]]]] = {
    "adfa": ("adfa", _adfa),
    "adfa-labels": ("adfa", _adfa_labels),
    "asd": ("asd", _asd),
    "smd": ("smd", _smd),
    "tep": ("tep", _tep),
    "tep-classes": ("tep", _tep_classes),
    "hdfs": ("hdfs", _hdfs),
    "transfer": ("", _transfer),
    "false-alarms": ("", _false_alarms),
}
"""What can be measured: the folder that it needs (none: the simulator), and how."""


def add_real(
    parser: argparse.ArgumentParser, names: Callable[[str], Sequence[str]], seeds: Callable[[str], Sequence[int]]
) -> None:
    """Options of ``bench real``."""
    parser.add_argument("--data-dir", type=Path, required=True, metavar="DIR", help="folder with adfa/, asd/, smd/, tep/")
    parser.add_argument("--json", type=Path, required=True, metavar="FILE", help="report to write")
    default = tuple(name for name in MEASURES if name != "smd")
    parser.add_argument("--sets", type=names, default=default, help=f"of {','.join(MEASURES)}; default: all but smd")
    parser.add_argument("--seeds", type=seeds, default=(0,), help="such as 0,1,2,3,4; default: 0")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the steps of every training, for trials")
    parser.add_argument("--twin", action="store_true", help="train the dense softmax twin as well")
    parser.set_defaults(run=real_command)


def real_command(options: argparse.Namespace) -> None:
    """Measure what there is, and write the report."""
    unknown = [name for name in options.sets if name not in MEASURES]
    if unknown or not options.scale > 0:
        raise ConfigError(
            f"--sets takes {', '.join(MEASURES)}, not {', '.join(unknown)}" if unknown else "--scale must be positive"
        )
    settings = Settings(options.scale, tuple(options.seeds), options.twin)
    started = time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {text}", file=sys.stderr, flush=True)

    found: list[Row] = []
    for name in options.sets:
        folder, measure = MEASURES[name]
        if (options.data_dir / folder).is_dir():
            found += measure(options.data_dir / folder, settings, tell)
        else:
            tell(f"{name} is left out: there is no folder {options.data_dir / folder}")
    write_report(options.json, found)
    print(real_table(found))


def real_table(found: Sequence[Row]) -> str:
    """For a terminal."""
    lines = []
    for one in found:
        beside = "".join(
            f"  {name} {one[key]:.3f}"
            for key, name in (("baseline", "baseline"), ("dense_twin", "dense"))
            if one[key] is not None
        )
        lines.append(f"{one['set']}, {one['protocol']}: {one['metric']} {one['value']:.3f}{beside}  {one['seconds']} s")
    return "\n".join(lines)
