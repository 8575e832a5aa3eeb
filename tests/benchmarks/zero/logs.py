"""Logs of ten systems, as lines with the time in front, the text, and the session that the system itself names.

The data: LogHub's samples of 2,000 lines (Zhu et al. 2023, "Loghub: A Large Collection of System Log Datasets for AI-driven Log
Analytics", arXiv 2008.06448), ``loghub/loghub_2k.tar.gz`` with one ``NAME_2k.log`` a system. The first column of BGL says which
lines are alerts: it is the truth, and is cut off before anything reads the line.
"""

from __future__ import annotations

import re
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparsemix.errors import ConfigError

ARCHIVE = Path("loghub") / "loghub_2k.tar.gz"
_MOST_BYTES = 8 * 2**20
_ADVICE = f"--data-dir must lead to a folder with {ARCHIVE} (LogHub's samples of 2,000 lines)"


@dataclass(frozen=True, slots=True)
class System:
    """How the lines of a system are written. ``time``: the pattern of the time in front; ``session``: the pattern whose first
    group is the key of a line's session, None where the system names none."""

    name: str
    time: str
    session: str | None = None


SYSTEMS = (
    System("Android", r"\S+ \S+ ", r"^\S+ \S+ +(\d+ +\d+) "),
    System("Apache", r"\[[^\]]+\] "),
    System("BGL", r"\d+ \S+ \S+ \S+ ", r"^\d+ \S+ (R\d\d-\S+)"),
    System("HPC", r"", r"^\d+ (node-\S+)"),
    System("Hadoop", r"\S+ \S+ ", r"^\S+ \S+ \S+ \[([^\]]+)\]"),
    System("HealthApp", r"[^|]+\|"),
    System("Linux", r"\S+ +\S+ \S+ ", r"^\S+ +\S+ \S+ \S+ [^\[:]+\[(\d+)\]"),
    System("OpenSSH", r"\S+ +\S+ \S+ ", r"sshd\[(\d+)\]"),
    System("Proxifier", r"\[[^\]]+\] "),
    System("Spark", r"\S+ \S+ ", r"\b(?:TID|broadcast_|rdd_\d+_)\s?(\d+)"),
)
"""In alphabetical order. HPC is not in order of time, and its times stand within the lines: there they move with the lines."""

FOLDS = tuple((SYSTEMS[fold].name, SYSTEMS[fold + 5].name) for fold in range(5))
"""The two systems that are left out of each fold."""


@dataclass(frozen=True, slots=True)
class SystemLog:
    """A log of N ``lines``. ``head`` int64 [N]: characters of the time in front; ``session``: the key of each line's session,
    None for lines without; ``alert`` bool [N]: which lines the system's operators marked, all False but for BGL."""

    system: System
    lines: tuple[str, ...]
    head: NDArray[np.int64]
    session: tuple[str | None, ...]
    alert: NDArray[np.bool_]


def load(folder: Path) -> dict[str, SystemLog]:
    """Read the logs of all systems below a data folder, by name. Raises `ConfigError` when they are not there."""
    path = folder / ARCHIVE
    try:
        with tarfile.open(path) as archive:
            texts = {member.name: _text(archive, member) for member in archive if member.isfile()}
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise ConfigError(f"cannot read {path}: {_ADVICE}") from error
    missing = [system.name for system in SYSTEMS if f"{system.name}_2k.log" not in texts]
    if missing:
        raise ConfigError(f"{path} has no log of {', '.join(missing)}: {_ADVICE}")
    return {system.name: _log(system, texts[f"{system.name}_2k.log"]) for system in SYSTEMS}


def _text(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    if member.size > _MOST_BYTES:
        raise ConfigError(f"{member.name} in {ARCHIVE} is larger than {_MOST_BYTES // 2**20} MiB")
    file = archive.extractfile(member)
    return "" if file is None else file.read().decode("utf-8", errors="replace")


def _log(system: System, text: str) -> SystemLog:
    lines = [line for line in text.splitlines() if line.strip()]
    alert = np.zeros(len(lines), np.bool_)
    if system.name == "BGL":
        alert = np.array([not line.startswith("- ") for line in lines])
        lines = [line.partition(" ")[2] for line in lines]
    return read(system, lines, alert)


def read(system: System, lines: list[str], alert: NDArray[np.bool_] | None = None) -> SystemLog:
    """Return lines of a system as a log."""
    time, session = re.compile(system.time), None if system.session is None else re.compile(system.session)
    heads, keys = [], []
    for line in lines:
        in_front = time.match(line)
        heads.append(in_front.end() if in_front else 0)
        named = None if session is None else session.search(line)
        keys.append(None if named is None else named[1])
    known = np.zeros(len(lines), np.bool_) if alert is None else alert
    return SystemLog(system, tuple(lines), np.array(heads, np.int64), tuple(keys), known)
