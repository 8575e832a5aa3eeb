"""Write the locks: one version of everything that the app needs at run time, with the SHA-256 of its files.

    python .ci/lock.py            lock the newest versions that the ranges of requirements.txt allow
    python .ci/lock.py --keep     go on from the locked versions where the ranges still allow them

    requirements.lock             everything but torch
    requirements-torch.lock       torch as PyPI has it; for Linux that is the build with two gigabytes of CUDA beside it
    requirements-torch-cpu.lock   torch for processors only, from a folder of wheels on this machine

`uv pip compile` resolves for all systems but browsers and Python 3.11 or newer, from PyPI. pip's own settings on this machine
count: its constraints, and the folders of its `find-links`. Two builds of one version cannot stand in one lock: pip takes that
of the index, whose hash it knows before it downloads anything.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RANGES = ROOT / "requirements.txt"
LOCK, TORCH, TORCH_CPU = (ROOT / f"requirements{name}.lock" for name in ("", "-torch", "-torch-cpu"))
WITH_TORCH = re.compile(r"(nvidia-|cuda-|triton==|torch==)")
HEAD = {
    LOCK: "# Everything but torch. Made by `make lock` from requirements.txt, used by `make run LOCKED=1`.\n",
    TORCH: "# torch as PyPI has it. Made by `make lock`, used where no wheel of requirements-torch-cpu.lock is found.\n",
    TORCH_CPU: "# torch for processors only, from a folder that pip's find-links names. Made by `make lock`.\n",
}


def pip_setting(name: str) -> list[str]:
    """Return a setting of pip on this machine: of its environment, else of its files; empty where it has none."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own
    values = dict(line.partition("=")[::2] for line in listed.splitlines())
    for scope in (":env:", "global"):
        if (value := values.get(f"{scope}.{name}")) is not None:
            return str(ast.literal_eval(value)).split()
    return []


def resolved(*, keep: bool) -> list[str]:
    """Return what `uv pip compile` resolves, a package with the hashes of PyPI's files each."""
    uv = shutil.which("uv", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))))
    if uv is None:
        raise SystemExit("uv is missing: pip install -r requirements-dev.txt")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "requirements.lock"
        if keep:  # what stands in the output file is preferred
            out.write_text("".join(path.read_text("utf-8") for path in (LOCK, TORCH) if path.exists()), encoding="utf-8")
        command = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
        command += ["--no-header", "--no-annotate", "--output-file", str(out), str(RANGES)]
        for constraint in pip_setting("constraint"):
            command += ["--constraint", constraint]
        subprocess.run(command, check=True)  # noqa: S603 - our own
        blocks = re.split(r"^(?=\S)", out.read_text(encoding="utf-8"), flags=re.MULTILINE)
        return [block for block in blocks if block.strip() and "sys_platform == 'emscripten'" not in block]


def own_wheels(name: str, version: str) -> Iterator[str]:
    """Yield this machine's own builds of a version, such as 2.13.0+cpu, as lines of a lock."""
    for folder in pip_setting("find-links"):
        for wheel in sorted(Path(folder).glob(f"{name}-{version}+*.whl")):
            with wheel.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            yield f"{name}=={wheel.name.split('-')[1]} \\\n    --hash=sha256:{digest}\n"


def main(arguments: list[str] | None = None) -> int:
    """Write the locks; return the exit code."""
    parser = argparse.ArgumentParser(prog="python .ci/lock.py", description="Write requirements*.lock.")
    parser.add_argument("--keep", action="store_true", help="go on from the locked versions")
    blocks = resolved(keep=parser.parse_args(arguments).keep)
    version = next(block.split()[0].removeprefix("torch==") for block in blocks if block.startswith("torch=="))
    wheels = list(own_wheels("torch", version))
    for path, chosen in (
        (LOCK, [block for block in blocks if not WITH_TORCH.match(block)]),
        (TORCH, [block for block in blocks if WITH_TORCH.match(block)]),
        (TORCH_CPU, wheels),
    ):
        if chosen:
            path.write_text(HEAD[path] + "".join(chosen), encoding="utf-8")
    if not wheels:
        print(f"{TORCH_CPU.name} stays as it was: no find-links folder of pip has a wheel of torch {version}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
