"""Write docs/reference/licences.md, the licences of what the app is installed with, and refuse those that are not allowed.

    python docs/licences.py            write the page
    python docs/licences.py --check    exit 1 when the page is not up to date; in any case when a licence is not allowed

What the app needs at run time is listed and comes from requirements.lock and requirements-torch.lock. What only develops and
tests it, requirements-dev.txt, is checked as it is installed and not listed: it is not delivered, and its own needs change from
day to day. Packages state their licence themselves, in their metadata.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from license_expression import ExpressionError, LicenseWithExceptionSymbol, Licensing, get_spdx_licensing
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "licences.md"
LOCKS = (ROOT / "requirements.lock", ROOT / "requirements-torch.lock")
SPDX: Licensing = get_spdx_licensing()

# SPDX identifiers of licences that let the whole be used and passed on under Apache-2.0. MPL-2.0 asks only that its own files,
# when changed, are passed on as well.
ALLOWED = frozenset(
    {
        *("0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC"),
        *("MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Zlib"),
    }
)
# Allowed for one package and a reason.
EXCEPTIONS = {
    "psycopg": ("LGPL-3.0-only", "used unchanged, as a package of its own that anybody can replace"),
    "psycopg-binary": ("LGPL-3.0-only", "used unchanged, as a package of its own that anybody can replace"),
}
# What packages say in words of their own; their licence files were read.
SAID = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
# Say nothing, or nothing exact, or are not installed on every system.
KNOWN = {
    "atheris": "Apache-2.0",
    "axe-playwright-python": "MIT",
    "numba": "BSD-2-Clause",
    "pyasn1-modules": "BSD-2-Clause",
    "triton": "MIT",
}
NVIDIA = re.compile(r"(nvidia-|cuda-)")
HEAD = """\
# Licences

Everything that the app needs at run time, by name, with its licence as its metadata states it (SPDX). `python docs/licences.py`
writes this page from the locks. `make licences`, a part of `make test`, checks that it is up to date, and that every package,
those for development included, has a licence that is allowed.

| package | licence |
|---|---|
"""
TAIL = """
With PyPI's build of torch for Linux, NVIDIA's CUDA libraries (`nvidia-*`, `cuda-*`) are installed as well. They are NVIDIA's
own, under its terms for CUDA, and no part of this project. The build for processors needs none of them.

Allowed are {allowed}.

Allowed for one package each:

{exceptions}

Others, such as the GPL and the AGPL, are refused: find another package, or ask the maintainers to allow it in
`docs/licences.py`, with the reason.
"""


def stated(package: Distribution) -> str:
    """Return the licence that a package states, as an SPDX expression where it can be told; "" when it states none."""
    name, meta = canonicalize_name(package.metadata["Name"]), package.metadata
    classifiers = [text.rpartition(" :: ")[2] for text in meta.get_all("Classifier") or [] if text.startswith("License ::")]
    field = meta.get("License") or ""
    short = [field] if field and "\n" not in field and len(field) < 60 and field != "UNKNOWN" else []
    for text in (KNOWN.get(name), meta.get("License-Expression"), *short, *classifiers):
        if text:
            return SAID.get(text, text)
    return ""


def refused(name: str, licence: str) -> str | None:
    """Return why a package may not be used, or None."""
    if name in EXCEPTIONS and licence == EXCEPTIONS[name][0]:
        return None
    try:
        parsed = SPDX.parse(licence, validate=True)
    except ExpressionError:
        parsed = None
    if parsed is None:
        return f"{name} states no licence that can be told: {licence!r:.80}. Read its licence and name it in docs/licences.py"
    if _fine(parsed):
        return None
    return f"{name} is under {licence}, which is not allowed: find another one, or allow it with a reason in docs/licences.py"


def _fine(expression: object) -> bool:
    """Return whether what an expression allows is allowed: one side of an OR, every side of an AND."""
    if isinstance(expression, SPDX.OR):
        return any(map(_fine, expression.args))
    if isinstance(expression, SPDX.AND):
        return all(map(_fine, expression.args))
    name = str(expression) if isinstance(expression, LicenseWithExceptionSymbol) else getattr(expression, "key", "")
    return name in ALLOWED


def locked() -> list[str]:
    """Return the names in the locks."""
    text = "".join(lock.read_text(encoding="utf-8") for lock in LOCKS)
    return sorted({canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)})


def installed(requirements: Iterable[Requirement]) -> Iterator[Distribution]:
    """Yield the installed packages that these need, each once."""
    todo, seen = list(requirements), set()
    while todo:
        wanted = todo.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            package = distribution(wanted.name)
        except PackageNotFoundError:  # an optional part, or of another system
            continue
        yield package
        for line in package.requires or []:
            needed = Requirement(line)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in ("", *wanted.extras)):
                todo.append(needed)


def asked_for(path: Path) -> Iterator[Requirement]:
    """Yield what a list of requirements and those that it includes ask for."""
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text.startswith("-r "):
            yield from asked_for(path.with_name(text.removeprefix("-r ")))
        elif text:
            yield Requirement(text)


def page() -> str:
    """Return the whole page as Markdown."""
    rows = []
    for name in locked():
        if NVIDIA.match(name):
            continue
        try:
            licence = stated(distribution(name))
        except PackageNotFoundError:
            licence = KNOWN.get(name, "")
        rows.append(f"| {name} | {licence} |")
    exceptions = "\n".join(f"- {name}: {licence}, {why}" for name, (licence, why) in EXCEPTIONS.items())
    return HEAD + "\n".join(rows) + "\n" + TAIL.format(allowed=", ".join(sorted(ALLOWED)), exceptions=exceptions)


def main(arguments: list[str] | None = None) -> int:
    """Write the page or compare it, and check every installed package; return the exit code."""
    parser = argparse.ArgumentParser(prog="python docs/licences.py", description="Write docs/reference/licences.md.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page is not up to date")
    made = page()
    listed = dict(re.findall(r"^\| ((?!package)[\w.-]+) \| (.*) \|$", made, re.MULTILINE))
    for package in installed(asked_for(ROOT / "requirements-dev.txt")):
        listed.setdefault(canonicalize_name(package.metadata["Name"]), stated(package))
    problems = [why for name, licence in sorted(listed.items()) if (why := refused(name, licence))]
    if parser.parse_args(arguments).check:
        if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != made:
            problems.append(f"{PAGE.relative_to(ROOT)} is not up to date: run python docs/licences.py")
    else:
        PAGE.write_text(made, encoding="utf-8")
    for why in problems:
        print(why, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
