"""Many requests at once at the gate API: its answers, its latency, and whether each result is in the record exactly once.

A real gate API (its own process, the shipped weights, the record of the chosen store) gets ``requests`` different logs at once,
each over its own connection. A request that is answered with 429 is repeated after the pause that the answer names, until all
are accepted; then each result is polled until it is decided. The drill fails when an answer is a server error (5xx), a 429
names no pause, a decision is missing or double, or the record does not verify. Requests without a token, with a wrong token and
with a revoked token are sent among the others, and none of them may be accepted. ``latency`` is that of the first answers: from
the common start until each request has its answer.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import httpx2
from sqlalchemy import func, select

from audit import Role
from audit.storage.schema import decisions
from sample_data.plant import PlantConfig, generate
from tests.drills.common import Json, Place, admit, each, figures, opened, say

PATIENCE = 300.0  # seconds for all of it


def drill(arguments: Namespace) -> Json:
    """Run the drill on every store."""
    return each(arguments, lambda place: _on(place, arguments), durable=False)


def _on(place: Place, arguments: Namespace) -> Json:
    url = place.copy()
    with opened(url) as store:
        root = store.access(admit(store, "root", Role.ADMIN))
        token = root.tokens.issue("mes", (Role.SERVICE,), days=1).token
        revoked = root.tokens.issue("old", (Role.SERVICE,), days=1)
        root.tokens.revoke(revoked.known.sha256)
    logs = {name: _log(arguments, number) for number, name in enumerate(f"lot-{n:04d}" for n in range(arguments.requests))}
    with (
        tempfile.TemporaryDirectory(prefix="sparsemix-") as state,
        served_gate(url, state, arguments.queue, arguments.workers) as base,
    ):
        found = asyncio.run(_Flood(base, token, revoked.token, logs).run())
    with opened(url) as store:
        with store.database.read() as connection:
            times = Counter(connection.scalars(select(decisions.c.input_sha256)))
            total = connection.execute(select(func.count()).select_from(decisions)).scalar_one()
        verified = store.verify().ok
    place.drop(url)
    wanted = {sha256(data).hexdigest() for data in logs.values()}
    missing, double = len(wanted - times.keys()), int(total) - len(times)
    say(f"{place.kind}: {found['first_answers']}, missing {missing}, double {double}")
    return {
        "ok": verified and not missing and not double and not found["faults"] and times.keys() == wanted,
        "missing": missing,
        "double": double,
        "verified": verified,
        **found,
    }


def _log(arguments: Namespace, number: int) -> bytes:
    config = PlantConfig(events=arguments.events, fault_rate=0.3 * (number % 2))
    return ("\n".join(generate(config, arguments.seed * 1_000_000 + number).lines) + "\n").encode()


@contextmanager
def served_gate(url: str, state: str, queue: int, workers: int) -> Iterator[str]:
    """Start a gate API, yield its address, and stop it again."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "dashboard",
        "gate",
        "--port",
        str(port),
        "--state",
        state,
        "--queue",
        str(queue),
    ]
    command += ["--workers", str(workers)]
    place = os.environ | {"SPARSEMIX_DATABASE_URL": url, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, env=place, stderr=subprocess.PIPE, text=True)
    base = f"http://127.0.0.1:{port}"
    try:
        _until_there(process, base)
        yield base
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
        if "Traceback" in said:
            say(said)


def _until_there(process: subprocess.Popen[str], base: str) -> None:
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            if httpx2.get(f"{base}/v1/health").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise RuntimeError(
        f"the gate did not start: {process.stderr.read() if process.stderr and process.poll() is not None else ''}"
    )


class _Flood:
    """All requests at once, and their answers."""

    def __init__(self, base: str, token: str, revoked: str, logs: dict[str, bytes]) -> None:
        self._base, self._logs = base, logs
        self._headers = {"Authorization": f"Bearer {token}"}
        self._intruders = [{}, {"Authorization": "Bearer smx_wrong"}, {"Authorization": f"Bearer {revoked}"}]
        self._first: Counter[str] = Counter()
        self._all: Counter[str] = Counter()
        self._latency: dict[str, list[float]] = {"accepted": [], "refused": [], "without a token": []}
        self._faults: list[str] = []
        self._begin = asyncio.Event()

    async def run(self) -> Json:
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
        async with httpx2.AsyncClient(base_url=self._base, timeout=PATIENCE, limits=limits) as client:
            tasks = [asyncio.ensure_future(self._submit(client, name, data)) for name, data in self._logs.items()]
            tasks += [asyncio.ensure_future(self._intrude(client, n)) for n in range(max(3, len(self._logs) // 10))]
            await asyncio.sleep(0)
            self._begun = time.monotonic()
            self._begin.set()
            await asyncio.gather(*tasks)
            seconds = time.monotonic() - self._begun
        return {
            "first_answers": dict(sorted(self._first.items())),
            "all_answers": dict(sorted(self._all.items())),
            "latency": {name: figures(times) for name, times in self._latency.items()},
            "seconds_until_all_decided": round(seconds, 1),
            "faults": len(self._faults),
            "first_faults": self._faults[:5],
        }

    async def _submit(self, client: httpx2.AsyncClient, name: str, data: bytes) -> None:
        await self._begin.wait()
        first = True
        while True:
            answer = await client.post("/v1/sequences", params={"name": name}, content=data, headers=self._headers)
            self._seen(answer, first)
            first = False
            if answer.status_code in (200, 202):
                break
            if answer.status_code != 429 or not answer.headers.get("retry-after", "").isdigit():
                self._faults.append(f"{name}: {answer.status_code} {answer.text[:200]}")
                return
            await asyncio.sleep(int(answer.headers["retry-after"]))
        digest = sha256(data).hexdigest()
        while True:
            answer = await client.get(f"/v1/sequences/{digest}", params={"wait": 30}, headers=self._headers)
            self._all[str(answer.status_code)] += 1
            state = answer.json().get("state") if answer.status_code == 200 else None
            if state not in ("queued", "judging"):
                break
        if state != "decided":
            self._faults.append(f"{name}: {answer.status_code} {answer.text[:200]}")

    def _seen(self, answer: httpx2.Response, first: bool) -> None:
        self._all[str(answer.status_code)] += 1
        if first:
            self._first[str(answer.status_code)] += 1
            kind = "accepted" if answer.status_code < 400 else "refused"
            self._latency[kind].append(time.monotonic() - self._begun)

    async def _intrude(self, client: httpx2.AsyncClient, number: int) -> None:
        await self._begin.wait()
        headers = self._intruders[number % len(self._intruders)]
        answer = await client.post("/v1/sequences", params={"name": "intruder"}, content=b"x\ny\n", headers=headers)
        self._all[str(answer.status_code)] += 1
        self._latency["without a token"].append(time.monotonic() - self._begun)
        if answer.status_code != 401 or "www-authenticate" not in answer.headers:
            self._faults.append(f"an intruder: {answer.status_code} {json.dumps(answer.text[:200])}")
