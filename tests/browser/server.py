"""The app as people start it: ``python -m dashboard`` in a process group of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from tests.support.paths import ROOT

START_SECONDS = 60


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Server:
    """A running app; ``output()`` is what it printed; ``command``: what starts it."""

    def __init__(
        self,
        db: Path,
        weights: Path,
        *arguments: str,
        port: int | None = None,
        command: Sequence[str] = (sys.executable, "-m", "dashboard"),
    ) -> None:
        self.db, self.port = db, port or free_port()
        self.url = f"http://localhost:{self.port}"
        self._log = db.with_name(f"server-{self.port}.log")
        words = [*command, "--port", str(self.port), "--db", str(db), "--weights", str(weights), *arguments]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(words, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def memory(self) -> float:
        """Resident memory of the process that serves, in MB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024

    def seconds(self) -> float:
        """Seconds of the processor that the process that serves, and children of it that have ended, have taken."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def stop(self) -> None:
        """End the whole group; kill it when it does not end by itself."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(10)

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer:  # noqa: S310 - localhost
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.1)
        raise AssertionError(f"the app did not start within {START_SECONDS} s; it printed:\n{self.output()}")
