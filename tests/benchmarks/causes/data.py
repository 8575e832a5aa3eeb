"""Event tables of a machine: normal runs, and runs with a fault that somebody caused and wrote down.

The data: CausRCA (Apache License 2.0), ``causrca/causrca.tar.gz``, or the same files in a folder:

    real_op/*.csv                                          normal runs
    dig_twin/exp_GROUP/exp_*/exp_*_description.json        a scenario; manipulatedVars: the true causes
    dig_twin/exp_GROUP/exp_*/run_*/causes.json             diagnosis_at: seconds until which the run is known
    dig_twin/exp_GROUP/exp_*/run_*/*.csv                   the run

Of a description only ``manipulatedVars`` is read, and only to score with.
"""

from __future__ import annotations

import json
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sparsemix.causes.event_table import EventTable, read_event_tables
from sparsemix.errors import ConfigError
from tests.benchmarks.report import BenchmarkRefused

ARCHIVE = Path("causrca") / "causrca.tar.gz"
_NORMAL, _FAULTS = "real_op", "dig_twin"
_MOST_BYTES = 2**30
_ADVICE = f"--data-dir must lead to a folder with {ARCHIVE}, or with its folders {_NORMAL} and {_FAULTS}"


@dataclass(frozen=True, slots=True)
class FaultRun:
    """What is known of a run at its diagnosis, and the ``true`` causes; ``group`` and ``scenario`` name what was done."""

    group: str
    scenario: str
    run: EventTable
    true: frozenset[str]


@dataclass(frozen=True, slots=True)
class MachineData:
    """Normal runs, and runs with a fault in the order of their groups and scenarios."""

    normal: tuple[EventTable, ...]
    faults: tuple[FaultRun, ...]


def load(folder: Path) -> MachineData:
    """Read the data below a data folder. Raises `ConfigError` when they are not there, `BenchmarkRefused` where the truth of a
    run is none of its variables."""
    with _unpacked(folder) as root:
        faults = tuple(run for path in sorted((root / _FAULTS).glob("exp_*/*/*_description.json")) for run in _runs(path))
        if not faults:
            raise ConfigError(f"{folder} has no runs with a fault: {_ADVICE}")
        return MachineData(tuple(read_event_tables(root / _NORMAL)), faults)


@contextmanager
def _unpacked(folder: Path) -> Iterator[Path]:
    """Yield the folder with the runs; of an archive, a temporary one."""
    for root in (folder / ARCHIVE.parent, folder):
        if (root / _NORMAL).is_dir() and (root / _FAULTS).is_dir():
            yield root
            return
    path = folder / ARCHIVE
    with tempfile.TemporaryDirectory() as temporary:
        try:
            with tarfile.open(path) as archive:
                members = [member for member in archive if member.isfile()]
                if sum(member.size for member in members) > _MOST_BYTES:
                    raise ConfigError(f"{path} holds more than {_MOST_BYTES // 2**20:,} MiB: {_ADVICE}")
                archive.extractall(temporary, members, filter="data")
        except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
            raise ConfigError(f"cannot read {path}: {_ADVICE}") from error
        yield Path(temporary)


def _runs(description: Path) -> Iterator[FaultRun]:
    group, scenario = description.parent.parent.name.removeprefix("exp_"), description.parent.name
    true = frozenset(_json(description, "manipulatedVars"))
    for folder in sorted(description.parent.glob("run_*")):
        tables = [table for path in sorted(folder.glob("*.csv")) for table in read_event_tables(path)]
        if len(tables) != 1:
            raise ConfigError(f"{group}/{scenario}/{folder.name} has {len(tables)} tables instead of one")
        known = tables[0].until(float(_json(folder / "causes.json", "diagnosis_at")))
        variables = {change.node for change in known.changes} - known.alarms
        if not true or not true <= variables:
            strangers = ", ".join(sorted(true - variables)) or "none named"
            raise BenchmarkRefused(
                f"{group}/{scenario}/{folder.name}: true causes that are no variables of it ({strangers}); nothing is reported"
            )
        yield FaultRun(group, scenario, known, true)


def _json(path: Path, key: str) -> Any:
    try:
        return json.loads(path.read_bytes())[key]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"cannot read {key} in {path.parent.name}/{path.name}: {_ADVICE}") from error
