"""The report of a benchmark: its rows and the machine that they were measured on, as one JSON file; and its progress, in
words."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from dashboard.service.common.processor import processor_name
from sparsemix.atomic_files import replacing
from sparsemix.errors import ConfigError, SparseMixError

Row = dict[str, object]
Tell = Callable[[str], None]
"""Receives one line of progress."""


class BenchmarkRefused(SparseMixError):  # noqa: N818 - says what the benchmark did
    """A benchmark found a wrong result; it reports no measurement."""


def tell_on_stderr(text: str) -> None:
    """Print a line of progress on standard error."""
    print(text, file=sys.stderr, flush=True)


def timed_tell() -> Tell:
    """Return a function that prints a line of progress on standard error, with the seconds since this call in front."""
    started = time.monotonic()
    return lambda text: tell_on_stderr(f"{time.monotonic() - started:5.0f} s  {text}")


def machine() -> dict[str, object]:
    """Return processor, cores that this process may use, threads that torch uses, and versions."""
    affinity = getattr(os, "sched_getaffinity", None)
    return {
        "cpu": processor_name(),
        "cores": len(affinity(0)) if affinity else os.cpu_count(),
        "threads": torch.get_num_threads(),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }


def check_report(path: Path) -> None:
    """Raise `ConfigError` when no report can be written to ``path``: before the measurement, which may take half an hour."""
    if not path.parent.is_dir():
        raise ConfigError(f"there is no folder {path.parent} to write the report in")
    if path.is_dir():
        raise ConfigError(f"{path} is a folder; name a file in it for the report")


def write_report(path: Path, rows: Sequence[Row], **more: object) -> None:
    """Write "machine", "rows" and the keys of ``more``. The file appears whole or not at all."""
    text = json.dumps({"machine": machine(), "rows": list(rows), **more}, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")
