"""What is kept of compiled loops: on disk, and never beyond a change of the kernels."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sparsemix.kernels import compiled

_PACKAGE = Path(compiled.__file__).parents[1]
_CALL = "import numpy as np; from sparsemix.attention._index import index_kernels as k; k.split({})"
_ARGUMENTS = "np.ones((4, 8), np.float32), np.zeros(4, np.int32), 16, np.empty(4, np.int32)"


def _copy(folder: Path) -> Path:
    shutil.copytree(_PACKAGE, folder / "sparsemix", ignore=shutil.ignore_patterns("__pycache__"))
    return folder / "sparsemix"


def _call(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", _CALL.format(_ARGUMENTS)], cwd=folder, check=True, timeout=300)


@pytest.mark.deep
def test_compiled_loops_are_kept_for_the_next_start(tmp_path: Path) -> None:
    package = _copy(tmp_path)
    _call(tmp_path)
    kept = {path: path.stat().st_mtime_ns for path in compiled.cache_folder(package).rglob("*.nbc")}
    assert kept
    _call(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in compiled.cache_folder(package).rglob("*.nbc")} == kept


def test_nothing_is_kept_when_a_part_of_another_file_changes(tmp_path: Path) -> None:
    package = _copy(tmp_path)
    before = compiled.cache_folder(package)
    simd = package / "kernels" / "simd.py"
    simd.write_text(simd.read_text(encoding="utf-8") + "\n# mended\n", encoding="utf-8")
    assert compiled.cache_folder(package) != before
