"""The README names every file and every command, and what packages export exists."""

from __future__ import annotations

import argparse
import importlib
import re
import subprocess
from pathlib import Path

import pytest

from audit.__main__ import build_parser as audit_parser
from sample_data.__main__ import build_parser as sample_parser
from sparsemix.__main__ import build_parser as sparsemix_parser

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PACKAGES = ("dashboard", "sparsemix", "audit", "sample_data")


def subcommands(parser: argparse.ArgumentParser) -> list[str]:
    actions = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    return [name for action in actions for name in action.choices]


@pytest.mark.parametrize("package", PACKAGES)
def test_the_tree_names_every_file(package: str) -> None:
    tree = "\n" + README.split("```text\n", 1)[1].split("```", 1)[0]
    sections = tree.split(f"\n{package}/", 1)[1]
    missing = [
        path.name for path in sorted((ROOT / package).rglob("*.py")) if path.name != "__init__.py" and path.name not in sections
    ]
    assert not missing


@pytest.mark.parametrize(
    ("module", "parser"), [("sparsemix", sparsemix_parser), ("audit", audit_parser), ("sample_data", sample_parser)]
)
def test_every_command_is_in_the_readme(module: str, parser) -> None:  # type: ignore[no-untyped-def]
    for command in subcommands(parser()):
        assert f"python -m {module} {command}" in README


@pytest.mark.parametrize("package", ["sparsemix", "audit", "sample_data"])
def test_everything_exported_exists(package: str) -> None:
    module = importlib.import_module(package)
    assert sorted(set(module.__all__)) == sorted(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None


@pytest.mark.parametrize("page", ["README.md", "dashboard/README.md"])
def test_every_picture_and_page_that_a_page_links_to_exists(page: str) -> None:
    path = ROOT / page
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))
    assert linked
    assert not [link for link in linked if not (path.parent / link).exists()]


def test_the_project_names_no_path_outside_itself() -> None:
    command = ["git", "ls-files", "*.py", "*.md", "*.toml"]
    tracked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    outside = "../" + "shared"
    for name in tracked.split():
        assert outside not in (ROOT / name).read_text(encoding="utf-8"), name
