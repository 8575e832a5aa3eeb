"""Which code and which libraries made a decision, as recorded with it."""

from __future__ import annotations

import platform
import shutil
import subprocess
import tomllib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
_LIBRARIES = ("torch", "numpy", "pyarrow", "safetensors")


@cache
def code_revision() -> str:
    """The package's version and, where git knows it, the commit; "+changes" when files differ from it."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        package = tomllib.load(file)["project"]
    commit = _git("rev-parse", "HEAD")
    changed = "+changes" if commit and _git("status", "--porcelain", "--untracked-files=no") else ""
    return f"{package['name']} {package['version']}" + (f" git {commit}{changed}" if commit else "")


@cache
def _libraries() -> dict[str, str]:
    return {name: version(name) for name in _LIBRARIES}


def runtime() -> dict[str, str]:
    """Versions and settings that can move the last bits of a result."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        **_libraries(),
        "torch_threads": str(torch.get_num_threads()),
    }


def _git(*arguments: str) -> str:
    program = shutil.which("git")
    if program is None or not (ROOT / ".git").exists():
        return ""
    found = subprocess.run([program, "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False, timeout=10)  # noqa: S603
    return found.stdout.strip() if found.returncode == 0 else ""
