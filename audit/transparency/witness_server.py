"""The witness over HTTP (c2sp.org/tlog-witness): add-checkpoint, and the newest checkpoint of each log.

Requests need no authentication: a checkpoint counts only with its log's signature, and what a witness says is signed. What a
caller can cost is bounded: connections at once, seconds and requests of each, and bytes of each request.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from typing import Any

from audit.errors import AuditError, NotFound, WitnessRefused
from audit.transparency.posting import hang_up
from audit.transparency.witness import MOST_BODY, Witness

_CONNECTIONS = 16  # at once; further ones are closed
_SECONDS = 20.0  # of a connection, however slowly the other side speaks
_NEWEST = re.compile(r"/([0-9a-f]{64})/checkpoint").fullmatch


class WitnessServer(ThreadingMixIn, HTTPServer):
    """An HTTP server for `witness`. `told` gets a line about every checkpoint that was cosigned or refused."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], witness: Witness, told: Callable[[str], None] = lambda _line: None) -> None:
        self.witness, self.told = witness, told
        self._free = threading.BoundedSemaphore(_CONNECTIONS)
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection on a thread of its own, or close it where there are too many."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection for its time at most."""
        end = threading.Timer(_SECONDS, hang_up, [request])
        end.daemon = True
        end.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say in one line what went wrong with a connection."""
        del request
        self.told(f"{client_address[0]}: {sys.exception()!r:.200}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _SECONDS
    server: WitnessServer
    server_version, sys_version = "sparsemix-witness", ""

    def do_POST(self) -> None:
        try:
            body = self._body()
            line = self.server.witness.add_checkpoint(body)
        except WitnessRefused as refused:
            if refused.size is not None:
                self._answer(refused.status, f"{refused.size}\n", "text/x.tlog.size")
                return
            self.server.told(f"refused ({refused.status}): {refused}")
            self._answer(refused.status, f"{refused}\n")
        except AuditError as error:
            self.server.told(f"error: {error}")
            self._answer(503, "the witness cannot keep what it sees\n")
        else:
            origin, size = body.partition(b"\n\n")[2].decode().split("\n")[:2]
            self.server.told(f"cosigned {size} entries of {origin}")
            self._answer(200, line)

    def _body(self) -> bytes:
        self.close_connection = True  # a refused body is not read
        length = self.headers.get("Content-Length", "")
        if self.path.partition("?")[0].rpartition("/")[2] != "add-checkpoint":
            raise WitnessRefused(404, "this witness has add-checkpoint only")
        if not re.fullmatch("[0-9]{1,9}", length, re.ASCII):
            raise WitnessRefused(411, "the request must say its length")
        if int(length) > MOST_BODY:
            raise WitnessRefused(413, f"a request has {MOST_BODY} bytes at most")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise WitnessRefused(400, "the request ended early")
        self.close_connection = False
        return body

    def do_GET(self) -> None:
        asked = _NEWEST(self.path)
        try:
            if asked is None:
                raise NotFound("ask for /<SHA-256 of the origin>/checkpoint")
            self._answer(200, self.server.witness.newest(asked[1]))
        except NotFound as error:
            self._answer(404, f"{error}\n")
        except AuditError as error:
            self.server.told(f"error: {error}")
            self._answer(503, "the witness cannot read what it saw\n")

    def _answer(self, status: int, text: str, kind: str = "text/plain; charset=utf-8") -> None:
        content = text.encode()
        self.send_response(status, HTTPStatus(status).phrase)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of every request: the server tells what was cosigned and refused."""
