"""The script and the style of the log page, each as one: from where a host puts it a browser follows no relative imports.

    st.components.v2.component("sparsemix_log", js=module(), css=style())

The modules in ``component/`` are plain ES modules. They are joined in the order of their imports; what a module imports has to
be there, under its own name, and no two may define the same name.
"""

from __future__ import annotations

import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

FOLDER = Path(__file__).parent / "component"
HOST = "host.js"
"""The module whose default export a host calls; it stands last."""
_IMPORT = re.compile(r'^import \{ (?P<names>[\w, ]+) \} from "\./(?P<module>[\w]+\.js)";\n', re.MULTILINE)
_DEFINED = re.compile(r"^(?P<export>export )?(?:async function|function|class|const|let) (?P<name>\w+)", re.MULTILINE)
_LEFT = re.compile(r"^(?:import\b|export (?!default function\b)|const [\[{])", re.MULTILINE)


class SourceError(Exception):
    """The modules cannot be joined; the message says which and why."""


@cache
def module() -> str:
    """Return all modules as one, whose default export draws the page. Raises `SourceError`."""
    return joined({path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.js"))})


@cache
def file_module() -> str:
    """Return the module that draws the page in a file, without a host. Raises `SourceError`."""
    return f"{module()}\n{(Path(__file__).parent / 'offline.js').read_text(encoding='utf-8')}"


@cache
def style() -> str:
    """Return the style sheet."""
    return (FOLDER / "style.css").read_text(encoding="utf-8")


def joined(sources: dict[str, str]) -> str:
    """Return modules (name -> source) as one. Raises `SourceError`."""
    imported = {name: {found["module"] for found in _IMPORT.finditer(source)} for name, source in sources.items()}
    try:
        order = [name for name in TopologicalSorter(imported).static_order() if name != HOST]
    except CycleError as error:
        raise SourceError(f"modules import each other in a circle: {' -> '.join(error.args[1])}") from error
    exported = {name: {one["name"] for one in _DEFINED.finditer(source) if one["export"]} for name, source in sources.items()}
    owner: dict[str, str] = {}
    parts = []
    for name in [*order, HOST]:
        if name not in sources:
            raise SourceError(f"there is no module {name}")
        for found in _IMPORT.finditer(sources[name]):
            if missing := set(found["names"].split(", ")) - exported.get(found["module"], set()):
                raise SourceError(f"{name} imports what {found['module']} does not export: {', '.join(sorted(missing))}")
        for one in _DEFINED.finditer(sources[name]):
            if (other := owner.setdefault(one["name"], name)) != name:
                raise SourceError(f"{other} and {name} both define {one['name']}")
        parts.append(_bare(name, sources[name]))
    return "\n".join(parts)


def _bare(name: str, source: str) -> str:
    """Return a module without imports and exports. Raises `SourceError` for those that are written in another way."""
    bare = _DEFINED.sub(lambda found: found[0].removeprefix("export "), _IMPORT.sub("", source))
    if left := _LEFT.search(bare):
        raise SourceError(f"{name} has a line that cannot be joined: {bare[left.start() :].partition(chr(10))[0]}")
    return bare
