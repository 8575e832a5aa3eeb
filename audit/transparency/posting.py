"""POST to a witness or a time authority: so many seconds and bytes at most, without following redirections."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from urllib.parse import urlsplit

from audit.errors import InvalidRecord, StoreUnavailable

_MOST_ANSWER = 256 * 1024  # bytes


def check_address(url: str) -> str:
    """Return an address to post to. Raises `InvalidRecord` unless it is http or https, without a password in it."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.username is None and parts.port != 0
    except ValueError as error:
        raise InvalidRecord(f"{url!r:.200} is not an address: {error}") from error
    if not fits or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidRecord(f"{url!r:.200} is not an address that begins with http:// or https:// and holds no password")
    return url


def post(url: str, body: bytes, kind: str, *, seconds: float) -> tuple[int, bytes]:
    """Return status and body of the answer. Raises `StoreUnavailable` when none comes within `seconds`, or one too long."""
    parts = urlsplit(check_address(url))
    made = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = made(parts.hostname or "", parts.port, timeout=seconds)
    # The timeout of a socket begins anew with every byte: this ends a connection to one who speaks slowly.
    end = threading.Timer(seconds, lambda: hang_up(connection.sock))
    end.daemon = True
    end.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, {"Content-Type": kind, "Connection": "close"})
        answer = connection.getresponse()
        content = answer.read(_MOST_ANSWER + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise StoreUnavailable(f"{parts.netloc} does not answer: {error or type(error).__name__}") from error
    finally:
        end.cancel()
        connection.close()
    if len(content) > _MOST_ANSWER:
        raise StoreUnavailable(f"{parts.netloc} answers with more than {_MOST_ANSWER} bytes")
    return answer.status, content


def hang_up(opened: socket.socket | None) -> None:
    """End a connection, even while another thread waits for it."""
    if opened is not None:
        with contextlib.suppress(OSError):  # the other side was faster
            opened.shutdown(socket.SHUT_RDWR)
