"""An interpreter as on a device, for measurements and tests: heavy libraries cannot be imported, whatever is installed here."""

from __future__ import annotations

import sys
from pathlib import Path

ABSENT = (
    *("torch", "streamlit", "pandas", "sklearn", "scipy", "pyarrow", "numba", "llvmlite"),
    *("safetensors", "openpyxl", "drain3", "audit", "dashboard"),
)
"""What a runtime does without."""

# The peak is read by the process itself: what the system counts for a child contains its parent's, from before it became
# another program. Source: proc(5), VmHWM of /proc/PID/status.
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


def bare(script: Path, *arguments: object, peak: Path | None = None) -> list[str]:
    """The command that runs a script so; -P and -E: nothing of this checkout is on its path. ``peak``: file to write the most
    memory that it took to, in KiB."""
    return [sys.executable, "-PE", "-c", _PROGRAM, str(peak or ""), str(script), *map(str, arguments)]
