"""Attacks on a served app with accounts, by somebody who has none: over Streamlit's stream, and with files.

Each returns whether it worked: none may.
"""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from audit import open_store
from tests.support.dashboard.web_attacks import ask

LOGIN, PASSWORD = "root", "correct horse battery"  # of the first account
_FLOOD = 700  # streams; more than there are places
_PATIENCE = 10.0  # seconds until the app counts as silent
_SETTLE = 2.0


def first_account(db: Path) -> None:
    """Give a new record an account, so that it asks people to sign in."""
    store = open_store(db)
    store.accounts.set_up(LOGIN, "Root", PASSWORD)
    store.close()


async def opened(port: int, session: str = "") -> ClientConnection:
    """A stream, as a page opens it, or comes back to its session."""
    return await connect(
        f"ws://localhost:{port}/_stcore/stream",
        origin=f"http://localhost:{port}",  # type: ignore[arg-type]
        subprotocols=["streamlit", "none", session] if session else ["streamlit"],  # type: ignore[list-item]
        max_size=None,
        ping_interval=None,
        open_timeout=30,
    )


def rerun(port: int) -> BackMsg:
    """The message by which a page asks for its first run."""
    message = BackMsg()
    message.rerun_script.context_info.url = f"http://localhost:{port}/"
    return message


async def heard(stream: ClientConnection, *kinds: str, patience: float = _PATIENCE) -> ForwardMsg | None:
    """The next message of these kinds; None when none comes, or the stream ends."""
    try:
        async with asyncio.timeout(patience):
            while True:
                data = await stream.recv()
                message = ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())
                if message.WhichOneof("type") in kinds:
                    return message
    except (TimeoutError, ConnectionClosed):
        return None


async def upload(port: int, session: str) -> int:
    """Send a file for this session of Streamlit's, with no cookie of a sign-in; the status."""
    visit = {"Cookie": f"sparsemix_visit_{port}={'a' * 43}"}
    answer = await asyncio.to_thread(lambda: ask(port, "/_stcore/health", headers=visit))
    token = re.search("_streamlit_xsrf=([^;]+)", answer[1]["set-cookie"])
    assert token is not None
    body = b'--B\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n' + b"x" * 1_000 + b"\r\n--B--\r\n"
    headers = {
        "Origin": f"http://localhost:{port}",
        "Cookie": f"_streamlit_xsrf={token[1]}",
        "X-Xsrftoken": token[1],
        "Content-Type": "multipart/form-data; boundary=B",
    }
    path = f"/_stcore/upload_file/{session}/1"
    return (await asyncio.to_thread(lambda: ask(port, path, "PUT", headers=headers, body=body)))[0]


def _over_the_stream(attack: Callable[[int], Coroutine[None, None, bool]]) -> Callable[[int], bool]:
    def run(port: int) -> bool:
        with ThreadPoolExecutor(1) as pool:  # Playwright has a loop on this thread
            return pool.submit(lambda: asyncio.run(attack(port))).result()

    return run


async def _flood(port: int) -> bool:
    """More silent streams than there are places: they end themselves, and keep nobody out."""
    streams = [await opened(port) for _ in range(_FLOOD)]
    await asyncio.sleep(_SETTLE)
    try:
        left = sum(stream.close_code is None for stream in streams)
        visitor = await opened(port)
        await visitor.send(rerun(port).SerializeToString())
        kept_out = await heard(visitor, "new_session") is None or (await asyncio.to_thread(ask, port, "/"))[0] != 200
        visitor.transport.abort()
        return kept_out or left > _FLOOD // 2
    finally:
        for stream in streams:
            stream.transport.abort()


async def _commands(port: int) -> bool:
    """Commands for developers, and addresses for files: none has an answer. What git answers depends on the folder."""
    stream = await opened(port)
    commands = BackMsg(load_git_info=True), BackMsg()
    commands[-1].file_urls_request.file_names.append("x")
    for command in commands:
        await stream.send(command.SerializeToString())
    told = await heard(stream, "git_info_changed", "file_urls_response", patience=_SETTLE)
    stream.transport.abort()
    return told is not None


async def _large(port: int) -> bool:
    """A message of a megabyte: it is not taken."""
    stream = await opened(port)
    message = rerun(port)
    widget = message.rerun_script.widget_states.widgets.add()
    widget.id, widget.string_value = "any", "x" * 2**20
    try:
        await stream.send(message.SerializeToString())
    except ConnectionClosed:
        return False
    found = await heard(stream, "new_session") is not None
    stream.transport.abort()
    return found


async def _unfinished(port: int) -> bool:
    """The beginning of a message of 20 megabytes: it is not waited for."""
    stream = await opened(port)
    stream.transport.write(b"\x82\xff" + struct.pack(">Q", 20 * 2**20) + bytes(4) + b"x" * 2**16)
    try:
        async with asyncio.timeout(_PATIENCE):
            await stream.wait_closed()
    except TimeoutError:
        stream.transport.abort()
        return True
    return False


async def _upload(port: int) -> bool:
    """A file, which the app would keep."""
    stream = await opened(port)
    await stream.send(rerun(port).SerializeToString())
    begun = await heard(stream, "new_session")
    assert begun is not None
    status = await upload(port, begun.new_session.initialize.session_id)
    stream.transport.abort()
    return status < 400


BEFORE_SIGN_IN: dict[str, Callable[[int], bool]] = {
    "flood of silent streams": _over_the_stream(_flood),
    "commands for developers": _over_the_stream(_commands),
    "large message before a sign-in": _over_the_stream(_large),
    "unfinished message before a sign-in": _over_the_stream(_unfinished),
    "upload before a sign-in": _over_the_stream(_upload),
}
"""What is tried on the app of a team, by name."""
