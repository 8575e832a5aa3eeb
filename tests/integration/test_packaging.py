"""The wheel works where there is no checkout: it is built, installed into an empty environment, and used from another folder.

The environment gets the wheel alone (`--no-deps`). What the wheel depends on is gigabytes and is installed already: a .pth file
lets the new environment see the site-packages of the running one. Only folders are added that way, and no .pth file in them is
read, so that an editable install of the checkout there does not count.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import pytest

from sparsemix.kernels.compiled import cache_folder
from tests.browser.server import free_port
from tests.support.paths import ROOT

pytestmark = pytest.mark.deep
PACKAGES = ("audit", "dashboard", "sample_data", "sparsemix")
# What a wheel is made of, and the benchmarks, which must stay out of it.
SOURCES = (*PACKAGES, "tests/benchmarks", "requirements*.txt", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE")
# `sparsemix compile` takes most of it.
PATIENCE = 300


def project_files(*patterns: str) -> list[str]:
    """Return the files of the checkout that git knows or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return sorted({name for name in names if (ROOT / name).is_file()})


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the source distribution, and that from a copy: a build leaves files behind in its folder."""
    copy = tmp_path_factory.mktemp("sources")
    for name in project_files(*SOURCES):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name)
    run([sys.executable, "-m", "build", "--no-isolation", str(copy)], copy)
    (built,) = (copy / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the programs of an environment with the wheel."""
    place = tmp_path_factory.mktemp("installed") / "venv"
    run([sys.executable, "-m", "venv", str(place)], place.parent)
    run([str(place / "bin" / "pip"), "install", "--quiet", "--no-deps", "--no-index", str(wheel)], place.parent)
    (site,) = place.glob("lib/python*/site-packages")
    seen = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (site / "dependencies.pth").write_text("\n".join(seen) + "\n", encoding="utf-8")
    return place / "bin"


@pytest.fixture(scope="module")
def installed(programs: Path) -> Path:
    """Return the folder of the packages of that environment."""
    (site,) = programs.parent.glob("lib/python*/site-packages")
    return site


@pytest.fixture(scope="module")
def compiled(programs: Path, installed: Path) -> Path:
    """Compile the search ahead, and return the folder where that is kept."""
    run([str(programs / "sparsemix"), "compile"], programs)
    return cache_folder(installed / "sparsemix")


def run(command: list[str], folder: Path) -> str:
    """Run a command in a folder outside the checkout, of which it knows nothing, and return what it printed."""
    done = subprocess.run(
        command, cwd=folder, env=surroundings(), capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def surroundings() -> dict[str, str]:
    """Return the environment without what could lead to the checkout, or to a record elsewhere."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH" and not name.startswith("SPARSEMIX_")}


def answer(address: str) -> tuple[int, str]:
    """Return status and text; (0, "") from a server that is not there yet."""
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as found:  # noqa: S310 - localhost
            return found.status, found.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except (urllib.error.URLError, ConnectionError):
        return 0, ""


@contextmanager
def served(programs: Path, folder: Path) -> Iterator[str]:
    """Serve the app from a folder and yield its address."""
    port = free_port()
    address = f"http://localhost:{port}"
    # So set, Streamlit runs the main page when it is asked how the script is.
    settings = folder / "user" / ".streamlit" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("[server]\nscriptHealthCheckEnabled = true\n", encoding="utf-8")
    environment = surroundings() | {"HOME": str(folder / "user")}
    with (folder / "server.log").open("wb") as log:
        command = [str(programs / "sparsemix-dashboard"), "--port", str(port)]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + PATIENCE
        while answer(f"{address}/_stcore/health")[0] != 200:
            running = process.poll() is None and time.monotonic() < deadline
            assert running, (folder / "server.log").read_text(errors="replace")
            time.sleep(0.2)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def test_the_wheel_has_every_file_of_the_packages(wheel: Path) -> None:
    with ZipFile(wheel) as found:
        packed = {name for name in found.namelist() if not name.startswith("sparsemix-")}
        (notes,) = (name for name in found.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = found.read(notes).decode()
    assert packed == {name for name in project_files(*PACKAGES) if not name.endswith(".md")}
    for name in PACKAGES:
        assert f"{name}/py.typed" in packed
    assert "\nLicense-Expression: Apache-2.0\n" in metadata
    for extra in ("gate", "scale", "gpu", "dev"):
        assert f"\nProvides-Extra: {extra}\n" in metadata


def test_the_packages_come_from_the_new_environment(programs: Path, tmp_path: Path) -> None:
    code = f"import json, {', '.join(PACKAGES)}; print(json.dumps([one.__file__ for one in ({', '.join(PACKAGES)})]))"
    for path in json.loads(run([str(programs / "python"), "-c", code], tmp_path)):
        assert Path(path).is_relative_to(programs.parent)
    code = "from dashboard.service.decide.revision import code_revision; print(code_revision())"
    assert run([str(programs / "python"), "-c", code], tmp_path) == "sparsemix 0.2.0 installed\n"


def test_compiling_ahead_leaves_nothing_to_compile_for_a_run_of_a_shipped_sample(
    programs: Path, compiled: Path, installed: Path, tmp_path: Path
) -> None:
    kept = sorted(compiled.rglob("*.nbc"))
    assert kept
    trace = [
        str(programs / "sparsemix"),
        "trace",
        str(installed / "sample_data" / "logs" / "long.log.gz"),
        "--out",
        "traced",
        "--json",
    ]
    assert "sequence_probability" in run(trace, tmp_path)
    assert (tmp_path / "traced" / "layer-0.arrow").is_file()
    assert sorted(compiled.rglob("*.nbc")) == kept


@pytest.mark.usefixtures("compiled")
def test_the_app_keeps_its_record_in_the_folder(programs: Path, installed: Path, tmp_path: Path) -> None:
    # Another application's settings: none of them may count.
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text('[server]\nbaseUrlPath = "stranger"\nmaxUploadSize = 1\n')
    with served(programs, tmp_path) as address:
        status, page = answer(f"{address}/")
        assert status == 200 and "<title>" in page
        assert answer(f"{address}/_stcore/health") == (200, "ok")
    assert (tmp_path / "data" / "audit.db").is_file()

    batch = ["audit-batch", "--input", str(installed / "sample_data" / "logs" / "faulty.log"), "--workers", "1"]
    run([str(programs / "sparsemix-dashboard"), *batch], tmp_path)
    run([str(programs / "sparsemix-audit"), "verify"], tmp_path)
    (decided,) = (
        entry["subject"]
        for line in run([str(programs / "sparsemix-audit"), "log", "--json"], tmp_path).splitlines()
        if (entry := json.loads(line))["type"] == "decision"
    )
    assert "identical" in run([str(programs / "sparsemix-audit"), "replay", decided], tmp_path)
