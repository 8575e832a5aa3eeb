"""Attacks over the network on a served app and a served gate. Each returns whether it worked: none may."""

from __future__ import annotations

import json
import socket
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

PATIENCE = 45.0  # seconds until something slow counts as never ended
_KEY = b64encode(b"0123456789abcdef").decode()
Answer = tuple[int, Mapping[str, str], bytes]


def ask(
    port: int,
    path: str,
    method: str = "GET",
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    patience: float = 30.0,
) -> Answer:
    """Send one request just as it is given; its status, headers and body."""
    sent = (
        {"Host": f"localhost:{port}", "Connection": "close"}
        | ({"Content-Length": str(len(body))} if body else {})
        | (headers or {})
    )
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""]
    with closing(socket.create_connection(("localhost", port), timeout=patience)) as wire:
        wire.sendall("\r\n".join(lines).encode("latin-1") + body)
        return _answer(wire)


def _answer(wire: socket.socket) -> Answer:
    data = b""
    while b"\r\n\r\n" not in data and (part := wire.recv(65_536)):
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if first.split(" ")[1] != "101":
        while len(body) < int(headers.get("content-length", 1 << 30)) and (part := wire.recv(65_536)):
            body += part
    return int(first.split(" ")[1]), headers, body


def websocket(port: int, *, origin: str | None, host: str | None = None) -> int:
    """Ask for Streamlit's stream; the status: 101 when it is opened."""
    headers = {
        "Host": host or f"localhost:{port}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": _KEY,
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "streamlit",
    }
    return ask(port, "/_stcore/stream", headers=headers | ({} if origin is None else {"Origin": origin}))[0]


def chunked(port: int, path: str, chunk: bytes, chunks: int) -> int | None:
    """Send a body in such chunks; the status, or None where the connection is closed without an answer."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nTransfer-Encoding: Chunked\r\n\r\n".encode()
    with closing(socket.create_connection(("localhost", port), timeout=30.0)) as wire:
        try:
            wire.sendall(head + (b"%x\r\n%s\r\n" % (len(chunk), chunk)) * chunks + b"0\r\n\r\n")
            return _answer(wire)[0]
        except (ConnectionError, IndexError):
            return None


def framing(port: int) -> bool:
    """An answer of any kind that lets others frame it, or guess what it is."""
    answers = [
        ask(port, path, headers=headers)[1]
        for path in (
            "/",
            "/selection",
            "/_stcore/health",
            "/_stcore/metrics",
            "/media/x.csv",
            "/static/none.js",
            "/component/none",
        )
        for headers in ({}, {"Host": "evil.example"}, {"Origin": "https://evil.example"})
    ]
    wanted = {"x-frame-options": "DENY", "x-content-type-options": "nosniff", "cross-origin-opener-policy": "same-origin"}
    return not all(
        wanted.items() <= headers.items() and "frame-ancestors 'none'" in headers.get("content-security-policy", "")
        for headers in answers
    )


def host_configuration(port: int) -> bool:
    """Hosts that may command the page by messages."""
    return bool(json.loads(ask(port, "/_stcore/host-config")[2])["allowedOrigins"])


def foreign_websocket(port: int) -> bool:
    """A stream for a page of another site, of another port of this machine, or of nowhere."""
    assert websocket(port, origin=f"http://localhost:{port}") == 101
    strangers = [
        "https://evil.example",
        "null",
        None,
        "http://localhost:1",
        f"http://127.0.0.1:{port}",
        f"http://localhost:{port}.evil.example",
    ]
    return any(websocket(port, origin=origin) == 101 for origin in strangers)


def rebinding(port: int) -> bool:
    """A site whose name leads to this machine: its pages' requests name its host."""
    names = [
        f"evil.example:{port}",
        "evil.example",
        f"localhost.evil.example:{port}",
        f"localhost:{port}@evil.example",
        "localhost:x",
        "",
    ]
    pages = any(ask(port, path, headers={"Host": name})[0] < 400 for name in names for path in ("/", "/_stcore/health"))
    return pages or any(websocket(port, origin=f"http://{name}", host=name) == 101 for name in names[:3])


def metrics(port: int) -> bool:
    """Figures about the server, and its interface for programs."""
    paths = ("/_stcore/metrics", "/_stcore/metrics/", "/_stcore/agent/openapi.json", "/_stcore/script-health-check")
    return any(ask(port, path)[0] < 400 for path in paths) or ask(port, "/_stcore/agent/mcp", "POST", body=b"{}")[0] < 400


def foreign_upload(port: int) -> bool:
    """A request of a page of another site that changes something, or whose answer that page may read."""
    page = {"Origin": "https://evil.example"}
    changes = [
        ask(port, "/_stcore/upload_file/a/b", method, headers=page, body=b"x")[0] for method in ("PUT", "DELETE", "POST")
    ] + [ask(port, "/session", "POST", headers=page, body=b"{}")[0]]
    options = {"Access-Control-Request-Method": "PUT"}
    reads = [
        ask(port, path, method, headers={"Origin": origin} | options)[1]
        for path, method in (
            ("/_stcore/upload_file/a/b", "OPTIONS"),
            ("/_stcore/host-config", "GET"),
            ("/_stcore/health", "GET"),
        )
        for origin in ("https://evil.example", f"http://localhost:{port}")
    ]
    loads = ask(port, "/", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"})[0]
    return (
        any(status != 403 for status in changes)
        or any("access-control-allow-origin" in found for found in reads)
        or loads < 400
    )


def odd_bytes(port: int) -> bool:
    """Bytes after which the server no longer knows what to say."""
    own = f"http://localhost:{port}"
    bodies = [
        b"[" * 900,
        b"\xff\xfe",
        b'{"ticket": "\\ud800"}',
        b'{"ticket": {}}',
        b'{"ticket": ' + b"9" * 900 + b"}",
        b"\x00",
        b"\xf0\x9f",
    ]
    odd = [
        ("Origin", "http://["),
        ("Origin", "\xff"),
        ("Cookie", "\xff=\xfe; a"),
        ("Content-Length", "9" * 30),
        ("Sec-Fetch-Site", "\xe9"),
    ]
    statuses = [ask(port, "/session", "POST", headers={"Origin": own}, body=body)[0] for body in bodies]
    statuses += [
        ask(port, "/session", "POST", headers={"Origin": own, name: value}, body=b"{}", patience=PATIENCE)[0]
        for name, value in odd
    ]
    statuses += [ask(port, path)[0] for path in ("/%00", "/media/%ff", "/..%2f..%2fetc/passwd", "//evil.example", "/session")]
    return any(status >= 500 or status < 400 for status in statuses[:-5]) or any(status >= 500 for status in statuses[-5:])


def half_open(port: int) -> bool:
    """Headers that never end: such a connection is closed, and hundreds of them keep nobody out."""
    with _connections(port, 300) as wires:
        for wire in wires:
            _send(wire, b"GET /v1/health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        kept_out = ask(port, "/_stcore/health", patience=PATIENCE)[0] >= 500
        wires[-1].settimeout(1.0)
        begun = time.monotonic()
        while time.monotonic() - begun < PATIENCE:
            _send(wires[-1], b"x")  # one more byte, for ever
            if _ended(wires[-1]):
                return kept_out
    return True


def drips_after_the_answer(port: int) -> bool:
    """A body that goes on in drops after its request was refused."""
    with _connections(port, 1) as (wire,):
        _send(wire, b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n")
        wire.settimeout(1.0)
        begun = time.monotonic()
        while time.monotonic() - begun < PATIENCE:
            _send(wire, b"x")
            if _ended(wire):
                return False
    return True


def huge_headers(port: int) -> bool:
    """Headers of 8 MB: refused before they are taken in."""
    with _connections(port, 1) as (wire,):
        wire.settimeout(PATIENCE)
        sent = 0
        _send(wire, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Big: ")
        while sent < 8_000_000:
            if not _send(wire, b"x" * 65_536):
                return False
            sent += 65_536
        _send(wire, b"\r\n\r\n")
        try:
            return _answer(wire)[0] < 400
        except (OSError, IndexError):
            return False


def whole_header(port: int, path: str, size: int, *lines: str) -> int:
    """Return the status of the answer to a header of so many bytes, sent at once."""
    head = "\r\n".join([f"GET {path} HTTP/1.1", f"Host: localhost:{port}", *lines, "X-Big: "])
    with _connections(port, 1) as (wire,):
        wire.settimeout(PATIENCE)
        _send(wire, head.encode() + b"x" * (size - len(head) - 4) + b"\r\n\r\n")
        return _answer(wire)[0]


def slow_uploads(port: int, path: str, headers: Mapping[str, str], others: Callable[[], int]) -> bool:
    """64 bodies that come in drops: they end, and meanwhile ``others``, the status of a request like theirs, is served."""
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: localhost:{port}",
        "Content-Length: 1000000",
        *(f"{k}: {v}" for k, v in headers.items()),
    ]
    with _connections(port, 64) as wires:
        for wire in wires:
            _send(wire, "\r\n".join([*lines, "", "x"]).encode())
            wire.settimeout(0.05)
        time.sleep(1.0)
        kept_out = others() >= 400
        begun = time.monotonic()
        open_still = list(wires)
        while open_still and time.monotonic() - begun < PATIENCE:
            for wire in open_still:
                _send(wire, b"x")
            open_still = [wire for wire in open_still if not _ended(wire)]
            time.sleep(0.5)
        return kept_out or bool(open_still)


def refusals(port: int, path: str, headers: Mapping[str, str], number: int) -> int:
    """Send a request that is refused so often; how often it was, with 401 or 403."""
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: ask(port, path, "POST", headers=headers, body=b"x")[0], range(number)))
    return sum(status in (401, 403) for status in statuses)


@contextmanager
def _connections(port: int, number: int) -> Iterator[list[socket.socket]]:
    wires: list[socket.socket] = []
    try:
        for _ in range(number):
            wires.append(socket.create_connection(("localhost", port), timeout=30))
        yield wires
    finally:
        for wire in wires:
            wire.close()


def _send(wire: socket.socket, data: bytes) -> bool:
    try:
        wire.sendall(data)
    except OSError:
        return False
    return True


def _ended(wire: socket.socket) -> bool:
    """Whether the server has closed a connection, after what it said."""
    try:
        while wire.recv(4_096):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


APP: dict[str, Callable[[int], bool]] = {
    "framing": framing,
    "commands of foreign hosts": host_configuration,
    "foreign WebSocket": foreign_websocket,
    "DNS rebinding": rebinding,
    "metrics": metrics,
    "requests of foreign pages": foreign_upload,
    "odd bytes": odd_bytes,
    "half-open headers": half_open,
    "drips after the answer": drips_after_the_answer,
    "huge headers": huge_headers,
}
"""What is tried on the app, by name."""
