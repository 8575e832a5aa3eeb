"""The server of the processes that read: python -m dashboard.service.reading.server, started by `process`.

Its standard input is a socket, over which come pairs of sockets: one to a child that will read, one to its guard.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import types
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from dashboard.service.reading import sandbox
from dashboard.service.reading.wire import Wire, WireError

COMMAND = (sys.executable, "-P", "-m", "dashboard.service.reading.server")
NO_MEMORY = 75
"""Exit code of a child whose memory did not even suffice to say so."""


def main() -> int:
    """Serve until the app is gone."""
    network = not sandbox.leave_network()
    control = socket.socket(fileno=0)  # which no guard may keep: the app would not see that the server ended
    with suppress(WireError):  # the loop below ends when the app is gone
        Wire(control).send(asdict(sandbox.protection(not network)))
    # The package would load the model, and with it gigabytes of address space: of it the readers are enough.
    package = types.ModuleType("sparsemix")
    package.__path__ = [str(Path(__file__).resolve().parents[3] / "sparsemix")]
    sys.modules["sparsemix"] = package
    from dashboard.service.reading import work  # noqa: PLC0415 - see above

    work.get_ready()
    # Guards are not waited for: they have told what there was to tell.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        try:
            message, ends, _, _ = socket.recv_fds(control, 16, 2)
        except ConnectionResetError:  # the app ended before it read what it was told
            return 0
        if not message:
            return 0
        if len(ends) == 2:
            # What a kind of file needs is loaded here once, not in every child.
            work.load(message.decode("ascii"))
            if os.fork() == 0:
                control.close()
                os._exit(_guard(*(socket.socket(fileno=end) for end in ends)))
        for end in ends:
            os.close(end)


def _guard(data: socket.socket, report: socket.socket) -> int:
    """Start a child, wait for it and report how it ended; end it when it is too slow, or when nobody listens."""
    sandbox.end_with_parent()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(wake)
    child = os.fork()
    if child == 0:
        report.close()
        os._exit(_child(data))
    data.close()
    ready, _, _ = select.select([woken, report.fileno()], [], [], sandbox.SECONDS)
    if woken not in ready:
        os.kill(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)
    told = {
        "exit": os.waitstatus_to_exitcode(status),
        "slow": not ready,
        # Linux counts kilobytes, macOS bytes.
        "peak": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    }
    with suppress(OSError):
        report.sendall(json.dumps(told).encode())
    return 0


def _child(data: socket.socket) -> int:
    from dashboard.service.reading import work  # noqa: PLC0415 - loaded by the server

    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sandbox.end_with_parent()
    sandbox.limit()
    try:
        work.answer(Wire(data))
    except MemoryError:
        return NO_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main())
