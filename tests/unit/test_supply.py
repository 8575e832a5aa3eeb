"""What the project is installed from: locks that hold the ranges, and licences that are allowed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT
from tests.unit.test_docs import script

TORCH = [ROOT / "requirements-torch.lock", ROOT / "requirements-torch-cpu.lock"]


def versions(path: Path) -> dict[str, str]:
    """Return the locked versions by name; each needs a hash at least."""
    found = {}
    for block in re.split(r"^(?=[a-z])", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        name, version = re.match(r"([\w.-]+)==([^\s;]+)", block).groups()  # type: ignore[union-attr]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}$", block, re.MULTILINE), name
        found[canonicalize_name(name)] = version
    return found


@pytest.mark.parametrize("torch", TORCH, ids=lambda path: path.stem)
def test_the_locks_hold_every_range(torch: Path) -> None:
    locked = versions(ROOT / "requirements.lock") | versions(torch)
    for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text:
            asked = Requirement(text)
            name = canonicalize_name(asked.name)
            assert name in locked, f"{name} is not locked: run make lock"
            assert asked.specifier.contains(locked[name], prereleases=True), f"{name} is locked out of its range: run make lock"


def test_both_locks_of_torch_are_of_one_version() -> None:
    index, own = (versions(path)["torch"] for path in TORCH)
    assert own.partition("+")[0] == index
    assert not versions(ROOT / "requirements.lock").keys() & versions(TORCH[0]).keys()


def test_a_locked_start_asks_for_hashes(tmp_path: Path) -> None:
    """Ask `make` what it would do on a fresh machine."""
    command = ["make", "--dry-run", "run", "LOCKED=1", f"VENV={tmp_path / 'venv'}"]
    planned = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "--require-hashes" in planned and "-r requirements.lock" in planned
    assert "-r requirements.txt" not in planned


def test_the_page_of_licences_is_up_to_date_and_all_are_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    assert script("licences").main(["--check"]) == 0, capsys.readouterr().err


def test_a_stale_page_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    licences = script("licences")
    monkeypatch.setattr(licences, "ROOT", tmp_path)
    monkeypatch.setattr(licences, "PAGE", tmp_path / "licences.md")
    (tmp_path / "requirements-dev.txt").write_text("packaging\n", encoding="utf-8")
    assert licences.main(["--check"]) == 1
    assert licences.main([]) == 0
    assert licences.main(["--check"]) == 0


@pytest.mark.parametrize(
    "licence",
    ["MIT", "GPL-3.0-only OR MIT", "BSD-3-Clause AND Zlib", "Apache-2.0 WITH LLVM-exception", "(MIT AND ISC) OR AGPL-3.0-only"],
)
def test_what_is_allowed(licence: str) -> None:
    assert script("licences").refused("some-package", licence) is None


@pytest.mark.parametrize(
    "licence",
    ["GPL-3.0-only", "MIT AND GPL-2.0-or-later", "AGPL-3.0-only", "LGPL-3.0-only", "GPL-2.0-only WITH Classpath-exception-2.0"],
)
def test_what_is_refused_says_so(licence: str) -> None:
    told = script("licences").refused("some-package", licence)
    assert told is not None and "some-package" in told and licence in told and "not allowed" in told


@pytest.mark.parametrize("licence", ["", "see LICENSE", "MIT AND"])
def test_a_licence_that_cannot_be_told_is_refused(licence: str) -> None:
    assert "states no licence" in script("licences").refused("some-package", licence)


def test_an_exception_is_for_one_package() -> None:
    licences = script("licences")
    assert licences.refused("psycopg", "LGPL-3.0-only") is None
    assert licences.refused("psycopg", "GPL-3.0-only") is not None
