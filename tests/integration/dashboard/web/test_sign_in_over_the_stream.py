"""A person signs in over the stream: from then on the guards know them there, whatever the browser's cookies say."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection

from tests.browser.server import Server
from tests.support.dashboard.stream_attacks import LOGIN, PASSWORD, first_account, opened, rerun, upload

_PATIENCE = 60.0
_QUIET = 1.0  # seconds after a run, in which no other begins


@pytest.fixture
def port(tmp_path: Path, weights: Path) -> Iterator[int]:
    """Serve the app of people with accounts."""
    first_account(tmp_path / "audit.db")
    server = Server(tmp_path / "audit.db", weights)
    yield server.port
    server.stop()


async def run(stream: ClientConnection, port: int, **values: str | bool) -> dict[str, str]:
    """Have the app run with these values, by the ids of their widgets; what it shows: elements' ids, and ``session``."""
    message = rerun(port)
    for id, value in values.items():
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id = id
        if isinstance(value, str):
            widget.string_value = value
        else:
            widget.trigger_value = value
    await stream.send(message.SerializeToString())
    shown: dict[str, str] = {}
    patience = _PATIENCE
    while True:
        try:
            async with asyncio.timeout(patience):
                data = await stream.recv()
        except TimeoutError:
            assert patience == _QUIET
            return shown
        told = ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())
        if told.WhichOneof("type") == "new_session":
            shown, patience = {"session": told.new_session.initialize.session_id}, _PATIENCE
        elif told.WhichOneof("type") == "script_finished":
            patience = _QUIET
        shown |= {id.rpartition("-")[2]: id for id in re.findall(r'id: "([^"]+)"', str(told))}


def test_a_sign_in_counts_at_once_and_a_sign_out_too(port: int) -> None:
    async def walk() -> None:
        stream = await opened(port)
        shown = await run(stream, port)
        session = shown["session"]
        assert "sign_in_login" in shown and await upload(port, session) == 403
        shown = await run(
            stream,
            port,
            **{shown["sign_in_login"]: LOGIN, shown["sign_in_password"]: PASSWORD, shown["sign_in_now"]: True},
        )
        assert "sign_out" in shown
        # Without any cookie of a session: a whole page of widgets, much text, a file.
        shown = await run(stream, port, **{f"$$ID-{number}-None": "x" * 2_000 for number in range(200)})
        assert "sign_out" in shown
        assert await upload(port, session) == 204
        # The stream breaks, and the page comes back to its session.
        stream.transport.abort()
        stream = await opened(port, session)
        shown = await run(stream, port, **{f"$$ID-{number}-None": "x" * 2_000 for number in range(200)})
        assert shown["session"] == session and "sign_out" in shown
        shown = await run(stream, port, **{shown["sign_out"]: True})
        assert "sign_in_login" in shown and await upload(port, session) == 403
        stream.transport.abort()

    asyncio.run(walk())
