"""A runtime run as on a device: a process of its own in which nothing but Python and NumPy can be imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sparsemix.edge.bare import BARE


def run(runtime: Path, *arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """``run.py`` of a runtime folder; -P and -E: nothing of this checkout is on the path."""
    command = [sys.executable, "-PE", "-c", BARE, str(runtime / "run.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=cwd or runtime)
