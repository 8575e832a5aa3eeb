"""The app's side of the process that reads: it is started once, and asked for one request after the other.

the_process().ask({"kind": "file", "options": {}}, [("line4.csv", data)], receive)
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from dashboard.service.common.turns import MOST, PERSON, Turns
from dashboard.service.reading import forms, server
from dashboard.service.reading.sandbox import MEMORY, SECONDS, Protection
from dashboard.service.reading.wire import ErrorAnswer, Look, Wire, WireError
from sparsemix.errors import InputError
from sparsemix.readers.decoding import no_memory

AT_ONCE = 2
"""Children at the same time, each of which may take all memory that it is allowed; one of them never has a long file."""
_START = 60.0
_GRACE = 2.0
"""Seconds, beyond its own, that a child or a report is waited for."""
_NEAR = 0.8
"""Share of the memory above which a child that crashed is taken to have had too little of it."""
_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONTZPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # Every further heap reserves address space.
    "MALLOC_ARENA_MAX": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
_ROOT = Path(__file__).resolve().parents[3]
_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


class ReadingProcess:
    """The server and the requests under way; ``peak``: bytes that the last child took which has ended, 0 where that is
    not known."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: Turns[object] = Turns(AT_ONCE, MOST)
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._protection: Protection | None = None
        self.peak = 0

    def protection(self) -> Protection:
        """Return what the system lets be limited; start the server if need be. Raises `OSError` when it does not start."""
        with self._lock:
            if self._control is None or self._protection is None:
                self._start()
            if self._protection is None:
                raise OSError("the process that reads does not start")
            return self._protection

    def close(self) -> None:
        """End the server and what is under way; the next request starts it again."""
        with self._lock:
            self._stop()

    def ask(
        self,
        wanted: Mapping[str, object],
        files: Sequence[tuple[str, bytes]],
        receive: Callable[[Iterator[Any], Wire], Answer],
        look: Look = lambda _share: None,
    ) -> Answer:
        """Send a request, and return what ``receive`` makes of the values of its answer.

        Raises `InputError` as the readers do, or no_memory, too_slow, reader_failed; `OSError` when no process starts,
        `Busy` when this person has too many files read at once; and what ``look`` raises: reading has ended then.
        """
        size = sum(len(content) for _, content in files)
        with self._turns.place(object(), who=PERSON.get(), size=size, look=lambda: look(0.0)):
            data, report = self._request("parquet" if any(content.startswith(b"PAR1") for _, content in files) else "-")
            wire = Wire(data, time.monotonic() + SECONDS + _GRACE, look)
            # The guard ends a child to which nobody listens any more.
            with data, report:
                try:
                    wire.send({**wanted, "files": [(name, len(content)) for name, content in files]})
                    for _, content in files:
                        wire.send_bytes(content)
                    values = wire.values()
                    answer = receive(values, wire)
                    wire.finish(values)
                except ErrorAnswer as refused:
                    self._told(report)
                    raise _error(refused.said) from refused
                except InputError:
                    # Its answer takes too much memory here: what comes of it is of no use.
                    data.close()
                    self._told(report)
                    raise
                except (WireError, TimeoutError) as error:
                    data.close()
                    raise _ended(self._told(report), files) from error
                self._told(report)
                return answer

    def _request(self, what: str) -> tuple[socket.socket, socket.socket]:
        """Return what a new child answers over, and what its guard reports over."""
        (data, far_data), (report, far_report) = socket.socketpair(), socket.socketpair()
        with far_data, far_report, self._lock:
            for again in (False, True):
                if self._control is None:
                    self._start()
                try:
                    if self._control is not None:
                        socket.send_fds(self._control, [what.encode()], [far_data.fileno(), far_report.fileno()])
                        return data, report
                except OSError:
                    # It was killed: a system that is short of memory chooses whom it likes.
                    self._stop()
                    if again:
                        raise
        raise OSError("the process that reads does not start")

    def _start(self) -> None:
        here, there = socket.socketpair()
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        with there:
            # A session of its own: Ctrl+C is for the app, whose end ends the server as well.
            self._server = subprocess.Popen(  # noqa: S603 - this program's own module
                server.COMMAND,
                stdin=there.fileno(),
                stdout=subprocess.DEVNULL,
                env={**environment, **_ONE_THREAD, "PYTHONPATH": str(_ROOT)},
                cwd="/",
                start_new_session=True,
            )
        try:
            _, said = Wire(here, time.monotonic() + _START).receive()
            self._protection = Protection(**{name: value is True for name, value in forms.mapping(said).items()})
        except (WireError, TimeoutError, TypeError) as error:
            here.close()
            self._stop()
            raise OSError("the process that reads does not start") from error
        here.settimeout(None)
        self._control = here
        if missing := self._protection.missing():
            _log.warning("files are read in a process of their own, but this system does not allow: %s", ", ".join(missing))

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    def _told(self, report: socket.socket) -> Mapping[str, object]:
        """Return how a child ended, and note what it took; empty where its guard does not say."""
        said, told = b"", {}
        report.settimeout(SECONDS + 2 * _GRACE)
        with suppress(OSError):
            while part := report.recv(4096):
                said += part
        with suppress(ValueError):
            told = json.loads(said)
        peak = told.get("peak") if isinstance(told, dict) else None
        self.peak = peak if isinstance(peak, int) else 0
        return told if isinstance(told, dict) else {}


def _error(said: object) -> InputError:
    if isinstance(said, dict) and isinstance(said.get("fault"), str):
        _log.error("the process that reads failed: %s", said["fault"])
        return _failed()
    try:
        return forms.error(said)
    except WireError:
        return _failed()


def _ended(told: Mapping[str, object], files: Sequence[tuple[str, bytes]]) -> InputError:
    """Return why a child gave no whole answer."""
    code, peak = told.get("exit"), told.get("peak")
    _log.warning("a file could not be read (%s): the process that read it ended with %s", files[0][0] if files else "", told)
    if told.get("slow") is True or code == -signal.SIGXCPU:
        return InputError(
            f"Reading took longer than {SECONDS} seconds and was stopped. Take a part of the file.",
            code="too_slow",
            limit=SECONDS,
        )
    if code == server.NO_MEMORY or (isinstance(peak, int) and peak > _NEAR * MEMORY):
        return no_memory()
    return _failed()


def _failed() -> InputError:
    return InputError(
        "The file ended the process that reads it: it is damaged, or crafted. Export it again, or save it as CSV.",
        code="reader_failed",
    )


_process = ReadingProcess()
os.register_at_fork(after_in_child=lambda: globals().update(_process=ReadingProcess()))


def the_process() -> ReadingProcess:
    """Return this program's process that reads."""
    return _process
