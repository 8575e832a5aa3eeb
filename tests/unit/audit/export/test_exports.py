"""The package's front door is complete, and each module behind it says what it is."""

from __future__ import annotations

import ast
import importlib
import types
from pathlib import Path

import pytest

import audit

FOLDER = Path(audit.__file__).parent
MODULES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "__main__"))
# A bundle carries these: its reader should have few files to look through.
STAND_ALONE = {"authority", "verify_bundle"}


def test_every_exported_name_exists_and_none_is_forgotten() -> None:
    public = {
        name
        for name, value in vars(audit).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType) and name not in ("annotations", "Path")
    }
    assert set(audit.__all__) == public
    assert len(audit.__all__) == len(set(audit.__all__))


def test_every_error_is_exported() -> None:
    errors = importlib.import_module("audit.errors")
    assert set(errors.__all__) <= set(audit.__all__)
    assert all(issubclass(getattr(errors, name), errors.AuditError) for name in errors.__all__)


@pytest.mark.parametrize("name", MODULES)
def test_modules_say_what_they_are(name: str) -> None:
    assert importlib.import_module(f"audit.{name}").__doc__


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.stem)
def test_imports_stay_inside_the_house_rule(path: Path) -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert not imported & {"torch", "streamlit", "sparsemix", "dashboard", "sample_data"}
    assert path.stem in STAND_ALONE or len(path.read_text(encoding="utf-8").splitlines()) <= 350
