"""Which files of the package a runtime needs: what its command imports, and what that imports in turn.

Found by reading the sources, not kept as a list that could fall behind. What is imported inside ``try`` or for types alone may
be missing at the edge; anything else must be of this package, of Python, or NumPy.

An interpreter as on a device, for measurements and tests: heavy libraries cannot be imported, whatever is installed here.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from sparsemix.errors import ConfigError

PACKAGE = "sparsemix"
_THERE = {"numpy", *sys.stdlib_module_names}


def needed(root: Path, start: str) -> list[Path]:
    """Paths of all files that the module ``start`` needs, relative to ``root``, without the package's own ``__init__``.

    Raises ConfigError when one of them imports what there is not at the edge.
    """
    found: dict[str, Path] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        path = _file(root, name)
        if name in found or name == PACKAGE or path is None:
            continue
        found[name] = path
        waiting.append(name.rpartition(".")[0])
        for wanted in _imports(ast.parse((root / path).read_bytes()).body):
            first = wanted.partition(".")[0]
            if first == PACKAGE:
                waiting.append(wanted)
            elif first not in _THERE:
                raise ConfigError(f"{name} imports {wanted}, which there is not at the edge")
    return sorted(found.values())


def _file(root: Path, name: str) -> Path | None:
    """The file of a module or package; None for a name within one."""
    place = Path(*name.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if (root / path).is_file()), None)


def _imports(body: list[ast.stmt]) -> Iterator[str]:
    """Names of modules, and of what is taken from them, which may be modules too."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not isinstance(node, ast.Try) and not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            for part in ("body", "orelse"):
                yield from _imports(getattr(node, part, []))


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
