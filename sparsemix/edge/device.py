"""What an edge device has: the files of the package that a runtime needs.

The needed files are the modules that the runtime's command imports, and their imports in turn. They are found by reading the
sources, not kept as a list that could become outdated. Modules imported inside ``try`` or for types alone may be missing at the
edge; all other imports must belong to this package, to Python, or to NumPy.
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
    """Return the paths of all files that the module ``start`` needs, relative to ``root``, without the package's ``__init__``.

    Raises ``ConfigError`` when one of the files imports a module that is missing at the edge.
    """
    path_of: dict[str, Path] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        path = _file(root, name)
        if name in path_of or name == PACKAGE or path is None:
            continue
        path_of[name] = path
        waiting.append(name.rpartition(".")[0])
        for imported in _imports(ast.parse((root / path).read_bytes()).body):
            first = imported.partition(".")[0]
            if first == PACKAGE:
                waiting.append(imported)
            elif first not in _THERE:
                raise ConfigError(f"{name} imports {imported}, which is missing at the edge")
    return sorted(path_of.values())


def _file(root: Path, name: str) -> Path | None:
    """Return the file of a module or package; None for a name inside a module."""
    place = Path(*name.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if (root / path).is_file()), None)


def _imports(body: list[ast.stmt]) -> Iterator[str]:
    """Yield the names of imported modules, and of the names imported from them, which may be modules too."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not isinstance(node, ast.Try) and not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            for part in ("body", "orelse"):
                yield from _imports(getattr(node, part, []))
