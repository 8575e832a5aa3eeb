"""The drill `outcomes` against a fold of which one check is switched off: does it find that something is released?

    python -m tests.drills switched --sequences 2000 --json

Each condition in the rules of rights, of reviews and of the chain that refuses an entry is taken for false in turn, in a copy
of the package that processes of their own run. A check that no sequence finds is missing a move, or can never matter: the list
names it.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.drills.common import Json, say
from tests.support.paths import ROOT

_FILES = ("audit/log/authority.py", "audit/log/standing.py", "audit/log/proving.py", "audit/storage/state.py")


class Check(NamedTuple):
    """A condition that refuses: its file, the line where it stands, and what it says."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.text}"


def drill(arguments: Namespace) -> Json:
    """Switch each check off; `only`: those whose text or place has this in it."""
    checks = [
        check for file in _FILES for check in checks_in(file) if arguments.only in f"{check.file}:{check.line} {check.text}"
    ]
    found: dict[str, int | None] = {}
    for check in checks[:: arguments.every]:
        name = f"{check.file}:{check.line} {check.text}"
        found[name] = sequences_until_found(check, arguments.sequences, arguments.seed)
        say(f"{found[name]}: {name}")
    missed = [name for name, at in found.items() if at is None]
    return {"ok": not missed, "checks": len(found), "sequences_until_found": found, "not_found": missed}


def checks_in(file: str) -> Iterator[Check]:
    """Yield the conditions of a file that refuse an entry."""
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.If) and (text := _refusal(node.body[-1])) is not None:
            yield Check(file, node.lineno, text)


def _refusal(last: ast.stmt) -> str | None:
    """Return what a statement says if it refuses an entry."""
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Yield):
        return _said(last.value.value)
    if isinstance(last, ast.Raise):
        return _said(last.exc)
    return _said(last.value) if isinstance(last, ast.Return) else None


def _said(value: ast.expr | None) -> str | None:
    if isinstance(value, ast.Call):
        called = ast.unparse(value.func)
        if called == "Proven":
            return "the chain does not hold"
        return _said(value.args[0]) if called in ("_Ruling", "Tampered") and value.args else None
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    if isinstance(value, ast.Name) and value.id in ("_LATE", "text"):
        return f"({value.id})"
    return ast.unparse(value) if isinstance(value, ast.JoinedStr) else None


class _Off(ast.NodeTransformer):
    def __init__(self, line: int) -> None:
        self._line = line

    def visit_If(self, node: ast.If) -> ast.If:
        self.generic_visit(node)
        if node.lineno == self._line:
            node.test = ast.Constant(value=False)
        return node


def sequences_until_found(check: Check, sequences: int, seed: int) -> int | None:
    """Run the drill without a check; return the number of the first sequence that fails, None where none does."""
    folder = Path(tempfile.mkdtemp(prefix="sparsemix-"))
    try:
        for name in ("audit", "tests"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("dashboard", "sparsemix", "sample_data"):
            (folder / name).symlink_to(ROOT / name)
        tree = _Off(check.line).visit(ast.parse((ROOT / check.file).read_text(encoding="utf-8")))
        (folder / check.file).write_text(ast.unparse(ast.fix_missing_locations(tree)), encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "tests.drills",
            "outcomes",
            "--json",
            "--quick",
            "--forged",
            "--until",
            "1",
            "--shown",
            "0",
        ]
        command += ["--sequences", str(sequences), "--seed", str(seed), "--database", str(folder / "drill.db")]
        done = subprocess.run(
            command, cwd=folder, env=os.environ | {"PYTHONPATH": str(folder)}, capture_output=True, check=False
        )
        if not done.stdout:  # no record can be made without this check
            return 0
        store = json.loads(done.stdout)["stores"]["sqlite"]
        return int(store["sequences"]) if store.get("failed") else None
    finally:
        shutil.rmtree(folder)
