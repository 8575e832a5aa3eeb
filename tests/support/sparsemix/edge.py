"""A runtime run as on a device: a process of its own in which nothing but Python and NumPy can be imported."""

from __future__ import annotations

import subprocess
from pathlib import Path

from sparsemix.edge.device import bare


def run(runtime: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run ``run.py`` of a runtime folder, from within the folder."""
    command = bare(runtime / "run.py", *arguments)
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=runtime)
