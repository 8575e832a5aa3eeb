"""The documentation names every command and every module, and what it links to, imports and names exists."""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from audit.__main__ import build_parser as audit_parser
from dashboard.__main__ import COMMANDS
from sample_data.__main__ import build_parser as sample_parser
from sparsemix.__main__ import build_parser as sparsemix_parser
from tests.benchmarks.__main__ import build_parser as benchmarks_parser
from tests.support.paths import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
PUBLIC = ("sparsemix", "sparsemix.readers", "sparsemix.dataset", "audit", "sample_data")
CODE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def commands(parser: argparse.ArgumentParser, before: str) -> Iterator[str]:
    """Yield the whole words of every command, those of nested ones included."""
    found = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not found:
        yield before
    for action in found:
        for name, inner in action.choices.items():
            yield from commands(inner, f"{before} {name}")


def snippets(page: Path) -> list[ast.Module]:
    """Return the Python snippets of a page, parsed."""
    return [ast.parse(code) for code in re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)]


def script(name: str) -> ModuleType:
    """Return a script of ``docs`` as a module."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", ROOT / "docs" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 200


def test_every_command_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "commands.md").read_text("utf-8")
    wanted = [f"python -m dashboard {name}" for name in COMMANDS]
    for module, parser in (
        ("sparsemix", sparsemix_parser),
        ("audit", audit_parser),
        ("sample_data", sample_parser),
        ("tests.benchmarks", benchmarks_parser),
    ):
        wanted += commands(parser(), f"python -m {module}")
    assert [command for command in wanted if not re.search(rf"`{re.escape(command)}[ `]", page)] == []


def test_the_tree_of_files_is_up_to_date() -> None:
    command = [sys.executable, "docs/tree.py", "--check"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


def test_a_stale_tree_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = script("tree")
    monkeypatch.setattr(tree, "PAGE", tmp_path / "tree.md")
    assert tree.main(["--check"]) == 1
    assert tree.main([]) == 0
    assert tree.main(["--check"]) == 0
    tree.PAGE.write_text(tree.PAGE.read_text("utf-8") + "\n", encoding="utf-8")
    assert tree.main(["--check"]) == 1


def test_the_long_range_is_drawn_from_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long_range = script("long_range")
    own, other = (
        [{"method": method, "length": length, "f1": f1, "f1_low": f1 / 2, "f1_high": f1 * 2} for length in (512, 64)]
        for method, f1 in (("sparsemix", 0.5), ("dense twin", 0.25))
    )
    for name, rows in (("first", own), ("second", [dict(own[0], f1=0.9), *other])):
        (tmp_path / f"{name}.json").write_text(json.dumps({"rows": rows}), encoding="utf-8")
    reports = [tmp_path / "first.json", tmp_path / "second.json"]
    assert long_range.curves(long_range.rows_of(reports)) == {
        "sparsemix": [(64.0, 0.5, 0.25, 1.0), (512.0, 0.5, 0.25, 1.0)],
        "dense twin": [(64.0, 0.25, 0.125, 0.5), (512.0, 0.25, 0.125, 0.5)],
    }
    monkeypatch.setattr(long_range, "PICTURE", tmp_path / "picture.png")
    assert long_range.main([*map(str, reports)]) == 0
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("package", PUBLIC)
def test_everything_exported_exists(package: str) -> None:
    module = importlib.import_module(package)
    assert sorted(set(module.__all__)) == sorted(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None


@every_page
def test_every_relative_link_and_picture_exists(page: Path) -> None:
    prose = CODE.sub("", page.read_text("utf-8"))
    linked = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", prose)
    assert [link for link in linked if not (page.parent / link).exists()] == []


@every_page
def test_every_module_named_by_its_path_exists(page: Path) -> None:
    named = re.findall(r"`((?:sparsemix|audit|dashboard|sample_data|tests|docs)/[\w./-]+\.py)`", page.read_text("utf-8"))
    assert [name for name in named if not (ROOT / name).is_file()] == []


@every_page
def test_snippets_of_python_parse_and_import_what_exists(page: Path) -> None:
    for snippet in snippets(page):
        for node in ast.walk(snippet):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    importlib.import_module(alias.name)
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                module = importlib.import_module(node.module)
                assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == []


@pytest.mark.parametrize("name", ["README.md", "docs/guides/python.md"])
def test_the_pages_about_python_show_some(name: str) -> None:
    assert snippets(ROOT / name)


def test_the_project_names_no_path_outside_itself() -> None:
    command = ["git", "ls-files", "*.py", "*.md", "*.toml", "*.yml"]
    tracked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    outside = "../" + "shared"
    for name in tracked.split():
        assert not (ROOT / name).is_file() or outside not in (ROOT / name).read_text("utf-8"), name
