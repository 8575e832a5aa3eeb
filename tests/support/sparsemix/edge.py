"""A runtime run as on a device: a process of its own that cannot import heavy libraries, even where they are installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ABSENT = (
    *("torch", "streamlit", "pandas", "sklearn", "scipy", "pyarrow", "numba", "llvmlite"),
    *("safetensors", "openpyxl", "drain3", "audit", "dashboard"),
)
"""Packages that a runtime must not need."""
# The process reads its peak itself: the system's count for a child includes its parent's memory from before exec. Source:
# proc(5), VmHWM of /proc/PID/status.
_PROGRAM = f"""
import atexit, runpy, sys
from pathlib import Path

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {ABSENT!r}:
            raise ModuleNotFoundError(f"{{name}} is not on this device")

def peak(report):
    status = Path("/proc/self/status").read_text()
    report.write_text(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))

sys.meta_path.insert(0, Absent())
report, sys.argv = sys.argv[1], sys.argv[2:]
if report:
    atexit.register(peak, Path(report))
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run(runtime: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run ``run.py`` of a runtime folder, from within the folder."""
    command = bare(runtime / "run.py", *arguments)
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=runtime)


def bare(script: Path, *arguments: object, peak: Path | None = None) -> list[str]:
    """Return the command that runs a script in the bare interpreter; -P and -E keep this checkout off its path.

    ``peak``: file for the peak memory, in KiB.
    """
    return [sys.executable, "-PE", "-c", _PROGRAM, str(peak or ""), str(script), *map(str, arguments)]
