"""Code revision and library versions, as recorded with every decision."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, version

import torch

from dashboard.service.common.places import IN_CHECKOUT, PACKAGES

_NAME = "sparsemix"
_LIBRARIES = ("torch", "numpy", "pyarrow", "safetensors")


@cache
def code_revision() -> str:
    """Return the package's version and, where git knows it, the commit, with "+changes" when files differ from it. For an
    installed copy return what its metadata hold: the version, and the commit where pip installed it from a repository."""
    if not IN_CHECKOUT:
        return _installed()
    with (PACKAGES / "pyproject.toml").open("rb") as file:
        package = tomllib.load(file)["project"]
    commit = _git("rev-parse", "HEAD")
    changed = "+changes" if commit and _git("status", "--porcelain", "--untracked-files=no") else ""
    return f"{package['name']} {package['version']}" + (f" git {commit}{changed}" if commit else "")


def _installed() -> str:
    try:
        installed = distribution(_NAME)
    except PackageNotFoundError:
        return f"{_NAME} of unknown version"  # copied without its metadata
    # Source: packaging.python.org, "Recording the Direct URL Origin of installed distributions" (PEP 610).
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    commit = origin.get("vcs_info", {}).get("commit_id", "")
    return f"{_NAME} {installed.version}" + (f" git {commit}" if commit else "") + " installed"


@cache
def _libraries() -> dict[str, str]:
    return {name: version(name) for name in _LIBRARIES}


def runtime() -> dict[str, str]:
    """Return the versions and settings that can change the last bits of a result."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        **_libraries(),
        "torch_threads": str(torch.get_num_threads()),
    }


def _git(*arguments: str) -> str:
    program = shutil.which("git")
    if program is None or not (PACKAGES / ".git").exists():
        return ""
    command = [program, "-C", str(PACKAGES), *arguments]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)  # noqa: S603
    except subprocess.TimeoutExpired:
        return "unknown"  # so that neither the commit nor the absence of changes is claimed
    return result.stdout.strip() if result.returncode == 0 else ""
