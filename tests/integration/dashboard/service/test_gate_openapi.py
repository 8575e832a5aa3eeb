"""Property tests of the gate, made by schemathesis from the OpenAPI document that it serves: all phases, all checks, a real
server. What a program may see that has no token, or too small a role, is asked too (the check ``ignored_auth``)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest

from audit import AuditStore, Role
from tests.support.dashboard.fixtures import LOG
from tests.support.dashboard.gates import administrator, app_of, served
from tests.support.paths import ROOT

EXAMPLES = os.environ.get("GATE_EXAMPLES", "20")  # of each operation
CONFIG = ROOT / "tests" / "support" / "dashboard" / "schemathesis.toml"


@pytest.fixture
def client(store: AuditStore, weights: Path, tmp_path: Path) -> Iterator[httpx2.Client]:
    token = administrator(store).tokens.issue("mes", (Role.SERVICE,), days=1).token
    with served(app_of(store, weights, tmp_path / "state", capacity=4), token) as made:
        for name, data in (("lot-17.log", LOG), ("bad.log", b"x")):
            made.post("/v1/sequences", params={"name": name, "wait": 30}, content=data)
        yield made


@pytest.mark.deep
def test_every_answer_keeps_to_the_description(client: httpx2.Client, store: AuditStore, tmp_path: Path) -> None:
    decision = client.get(f"/v1/sequences/{sha256(LOG).hexdigest()}").json()["decision"]["id"]
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
    command += [
        str(client.base_url.join("/v1/openapi.json")),
        "--phases",
        "examples,coverage,fuzzing,stateful",
        "--checks",
        "all",
    ]
    command += ["--max-examples", EXAMPLES, "--continue-on-failure", "--warnings", "off", "--no-color"]
    command += ["--header", f"Authorization: {client.headers['authorization']}", "--generation-deterministic"]
    known = {"GATE_SHA256": f"{sha256(LOG).hexdigest()} {sha256(b'x').hexdigest()}", "GATE_ID": decision}
    place = os.environ | known | {"SCHEMATHESIS_HOOKS": "tests.support.dashboard.gate_hooks", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=place, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert store.verify().ok
    generated = re.search(r"([\d,]+) generated, ([\d,]+) passed", done.stdout)
    assert generated is not None and int(generated[1].replace(",", "")) > 300, done.stdout
