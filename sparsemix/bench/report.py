"""What a benchmark leaves behind: its rows and the machine that they were measured on, as one JSON file."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from sparsemix.errors import ConfigError

_CPU_INFO = Path("/proc/cpuinfo")


def machine() -> dict[str, object]:
    """Processor, cores that this process may use, threads that torch uses, and versions."""
    affinity = getattr(os, "sched_getaffinity", None)
    return {
        "cpu": _cpu_model(),
        "cores": len(affinity(0)) if affinity else os.cpu_count(),
        "threads": torch.get_num_threads(),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }


def _cpu_model() -> str:
    if _CPU_INFO.exists():
        for line in _CPU_INFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def check_report(path: Path) -> None:
    """Better told now than after half an hour: raises ConfigError where no report can be written."""
    if not path.parent.is_dir():
        raise ConfigError(f"there is no folder {path.parent} to write the report in")
    if path.is_dir():
        raise ConfigError(f"{path} is a folder; name a file in it for the report")


def write_report(path: Path, rows: Sequence[dict[str, object]], **more: object) -> None:
    """Write {"machine", "rows"} and whatever is given besides; the file is there whole or not at all."""
    text = json.dumps({"machine": machine(), "rows": list(rows), **more}, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder, for only within one file system a rename is atomic.
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        temporary = Path(file.name)
        file.write(text)
    try:
        temporary.replace(path)
    except OSError:
        temporary.unlink()
        raise
