"""The rules of the verifier that bundles carried at revision a2a3c5de, from the archive beside this file."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import ZipFile

from tests.support.audit.unsigned import Judge

_ARCHIVE = Path(__file__).with_name("a2a3c5de.zip")
_NAMES = ("roles", "signatures", "authority")


def judge(facts: Mapping[int, Mapping[str, Any]]) -> Judge:
    """Return its fold, before any entry; `facts`: what erasures keep."""
    modules = dict(_loaded())
    return Judge(modules["authority"].Authority(facts), modules["authority"].Made, modules["roles"].CONTENT)


def _loaded() -> dict[str, ModuleType]:
    """Run the files as a bundle's receiver does, who has none of this program's packages."""
    before = {name: sys.modules.pop(name, None) for name in _NAMES}
    try:
        with ZipFile(_ARCHIVE) as archive:
            for name in _NAMES:
                source = archive.read(f"{name}.py").decode().replace("from audit.", "from nothing_of_that_name.")
                sys.modules[name] = module = ModuleType(name)
                exec(compile(source, f"{_ARCHIVE}/{name}.py", "exec"), module.__dict__)  # noqa: S102
        return {name: sys.modules[name] for name in _NAMES}
    finally:
        for name, module_before in before.items():
            sys.modules.pop(name, None)
            if module_before is not None:
                sys.modules[name] = module_before
