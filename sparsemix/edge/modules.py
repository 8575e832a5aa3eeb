"""Which files of the package a runtime needs: what its command imports, and what that imports in turn.

Found by reading the sources, not kept as a list that could fall behind. What is imported inside ``try`` or for types alone may
be missing at the edge; anything else must be of this package, of Python, or NumPy.
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
