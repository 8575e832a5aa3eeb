"""Write docs/reference/tree.md: every module with the first line of its docstring.

    python docs/tree.py            write the page
    python docs/tree.py --check    exit 1 when the page differs from the code

Only files that git tracks count: `git add` a new module first.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "tree.md"
PACKAGES = ("dashboard", "sparsemix", "audit", "sample_data")
COLUMN = 38  # where the descriptions begin

HEAD = """\
# Tree of files

Find the module that does a thing. Every line is the first line of a module's docstring; a folder shows its package's.
`python docs/tree.py` writes this page, and a test checks that it is up to date.

```text
"""
TAIL = """\
```

Beside the packages:

| path | what it holds |
|---|---|
| `tests/` | tests; they mirror the packages; `tests/browser` walks the app in a real Chromium |
| `tests/drills/`, `tests/benchmarks/` | long tests of the record, and what is measured of the model |
| `docs/` | this site; its pictures: `python -m tests.browser.screenshots`, `docs/long_range.py`; `budget.png` was drawn once |
| `docs/licences.py` | writes the page of licences, and refuses those that are not allowed |
| `Makefile`, `.ci/run`, `.ci/lock.py` | run and test; what continuous integration does; how the locks are made |
| `pyproject.toml` | packaging, lint, types and tests, configured once |
| `requirements*.txt` | what the app needs at run time; what development, documentation, the gate, Ray and GPUs add |
| `requirements*.lock` | one version of all that it needs at run time, with hashes |
"""


def tracked() -> list[Path]:
    """Return the modules of the packages that git tracks and that are there, relative to the root."""
    command = ["git", "ls-files", "-z", "--", *(f"{package}/*.py" for package in PACKAGES)]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own
    return [Path(name) for name in names.split("\0") if name and (ROOT / name).is_file()]


def summary(path: Path) -> str:
    """Return the first paragraph of a module's docstring as one line; "" without a file or a docstring."""
    if not path.is_file():
        return ""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.partition("\n\n")[0].split())


def lines(folder: Path, modules: list[Path], depth: int = 0) -> list[str]:
    """Return a folder, its modules and then its subfolders as indented lines."""
    inside = [path for path in modules if folder in path.parents]
    found = [_line(f"{folder.name}/", summary(ROOT / folder / "__init__.py"), depth)]
    for path in sorted(path for path in inside if path.parent == folder and path.name != "__init__.py"):
        found.append(_line(path.name, summary(ROOT / path), depth + 1))
    for name in sorted({path.relative_to(folder).parts[0] for path in inside if path.parent != folder}):
        found += lines(folder / name, inside, depth + 1)
    return found


def page() -> str:
    """Return the whole page as Markdown."""
    modules = tracked()
    return HEAD + "\n\n".join("\n".join(lines(Path(package), modules)) for package in PACKAGES) + "\n" + TAIL


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or compare it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python docs/tree.py", description="Write docs/reference/tree.md.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page differs from the code")
    check = parser.parse_args(arguments).check
    wanted = page()
    if check:
        same = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == wanted
        if not same:
            print("docs/reference/tree.md is stale: run python docs/tree.py", file=sys.stderr)
        return 0 if same else 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


def _line(name: str, text: str, depth: int) -> str:
    return f"{'  ' * depth + name:<{COLUMN - 1}} {text}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
