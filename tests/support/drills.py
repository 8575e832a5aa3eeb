"""Drills in their short form, run as a person runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.support.paths import ROOT

SEEDED = ("--seed", "7")


def run(name: str, *options: str) -> dict[str, Any]:
    """Run a drill's command as a person does; return what it prints."""
    command = [sys.executable, "-m", "tests.drills", name, "--json", *SEEDED, *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if found["ok"] else 1)
    assert found["ok"], json.dumps(found, indent=1)
    assert (found["drill"], found["asked"]["seed"], found.get("not_tried", {})) == (name, 7, {})
    assert found["seconds"] > 0 and found["machine"]["cpus"] > 0
    return found
