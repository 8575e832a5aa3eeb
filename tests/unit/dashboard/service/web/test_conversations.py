"""What a page and Streamlit say over a stream: before a sign-in, after one, and when it has to make room."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.service.web import conversations, streams
from dashboard.service.web.conversations import Conversations
from dashboard.service.web.frames import ALLOW
from dashboard.service.web.media import MediaAccess
from dashboard.service.web.messages import MOST_BYTES, MOST_BYTES_BEFORE
from dashboard.service.web.streams import Streams
from dashboard.service.web.visitors import Visitor, Visitors


class Page:
    """A page that is served by an app which repeats what it hears, and says first which session it is."""

    def __init__(self, served: Served, token: str | None = None, session: str = "", peer: str = "here") -> None:
        self.sent: list[Message] = []
        self.allowed: list[int] = []
        self._said: asyncio.Queue[Message] = asyncio.Queue()
        self._said.put_nowait({"type": "websocket.connect"})
        scope: Scope = {"type": "websocket", "client": (peer, 1), "extensions": {ALLOW: self.allowed.append}}
        self.task = asyncio.ensure_future(
            served.conversations.hold(scope, self._said.get, self._send, visit=None, token=token, session=session)
        )

    async def _send(self, message: Message) -> None:
        self.sent.append(message)

    async def say(self, message: BackMsg | str | bytes) -> list[str]:
        """Say something; what Streamlit has heard of it."""
        before = len(self.heard)
        if isinstance(message, str):
            self._said.put_nowait({"type": "websocket.receive", "text": message})
        else:
            data = message if isinstance(message, bytes) else message.SerializeToString()
            self._said.put_nowait({"type": "websocket.receive", "bytes": data})
        await settled()
        return self.heard[before:]

    @property
    def heard(self) -> list[str]:
        read = [ForwardMsg.FromString(message["bytes"]) for message in self.sent if message.get("bytes")]
        return [message.hash for message in read if message.hash]

    @property
    def closed(self) -> int | None:
        return next((message["code"] for message in self.sent if message["type"] == "websocket.close"), None)


class Served:
    """The conversations of an app with room for some streams."""

    def __init__(self, most: int = 8) -> None:
        self.visitors, self.sessions = Visitors(), 0
        self.streams = Streams(most)
        self.conversations = Conversations(
            self._app,
            self.streams,
            self.visitors,
            MediaAccess(),
            person={"token": "ann"}.get,
            parsed=ForwardMsg.FromString,
        )

    async def _app(self, _scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "websocket.connect"
        self.sessions += 1
        await send({"type": "websocket.accept"})
        first = ForwardMsg()
        first.new_session.initialize.session_id = f"session {self.sessions}"
        await send({"type": "websocket.send", "bytes": first.SerializeToString()})
        while (message := await receive())["type"] == "websocket.receive":
            heard = BackMsg.FromString(message["bytes"])
            widgets = len(heard.rerun_script.widget_states.widgets)
            answer = ForwardMsg(hash=f"{heard.WhichOneof('type')} {widgets}")
            await send({"type": "websocket.send", "bytes": answer.SerializeToString()})


@pytest.fixture(autouse=True)
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask whose session it is on the event loop, so that `settled` has nothing else to wait for."""

    async def asked(function: Callable[[str | None], str | None], token: str | None) -> str | None:
        return function(token)

    monkeypatch.setattr(conversations, "run_in_threadpool", asked)


async def settled() -> None:
    for _ in range(200):
        await asyncio.sleep(0)


def run(test: Callable[[], Awaitable[Any]]) -> None:
    async def whole() -> None:
        await test()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    asyncio.run(whole())


def rerun(widgets: int = 0, value: str = "") -> BackMsg:
    message = BackMsg()
    message.rerun_script.query_string = "x"
    for number in range(widgets):
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id, widget.string_value = f"w{number}", value
    return message


def test_before_a_sign_in_a_page_may_sign_in_and_no_more() -> None:
    async def test() -> None:
        page = Page(Served())
        await settled()
        assert await page.say(rerun(3)) == ["rerun_script 3"]
        assert await page.say(rerun(200)) == ["rerun_script 0"]
        urls, git = BackMsg(), BackMsg(load_git_info=True)
        urls.file_urls_request.request_id = "1"
        assert await page.say(urls) == await page.say(git) == await page.say(b"\xff\xff") == []
        assert await page.say(BackMsg(stop_script=True)) == ["stop_script 0"]
        assert page.closed is None and page.allowed == [MOST_BYTES_BEFORE]
        assert await page.say(rerun(1, "x" * MOST_BYTES_BEFORE)) == [] and page.closed == 1009
        assert page.task.done()

    run(test)


def test_a_sign_in_over_the_stream_counts_at_once_and_so_does_its_end() -> None:
    async def test() -> None:
        served = Served()
        page = Page(served)
        await settled()
        served.visitors.put("session 1", Visitor(True, "token"))
        assert await page.say(rerun(1)) == ["rerun_script 1"]  # the answer comes from the run that signed them in
        assert await page.say(rerun(200, "x" * 1_000)) == ["rerun_script 200"]
        served.visitors.put("session 1", Visitor(False))
        assert await page.say(rerun()) == ["rerun_script 0"]
        assert await page.say(rerun(200)) == ["rerun_script 0"]
        assert page.allowed == [MOST_BYTES_BEFORE, MOST_BYTES, MOST_BYTES_BEFORE]

    run(test)


@pytest.mark.parametrize(("token", "noted", "signed_in"), [("token", None, True), (None, True, True), ("token", False, False)])
def test_a_returning_visitor_is_known_by_the_cookie_or_the_session(
    token: str | None, noted: bool | None, signed_in: bool
) -> None:
    async def test() -> None:
        served = Served()
        if noted is not None:
            served.visitors.put("before", Visitor(noted, None))
        page = Page(served, token, session="before")
        await settled()
        assert await page.say(rerun(200)) == [f"rerun_script {200 if signed_in else 0}"]

    run(test)


def test_a_flood_of_silent_streams_ends_itself_and_not_a_person() -> None:
    async def test() -> None:
        served = Served(most=8)
        person = Page(served, "token")
        flood = [Page(served) for _ in range(30)]
        await settled()
        assert [page.closed for page in flood] == [1013] * 28 + [None] * 2
        assert all(page.task.done() for page in flood[:28])
        assert await person.say(rerun(200)) == ["rerun_script 200"]

    run(test)


def test_silence_before_a_sign_in_ends_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SILENT", 0.5)

    async def test() -> None:
        served = Served()
        person, visitor = Page(served, "token"), Page(served)
        await settled()
        before = time.monotonic()
        assert await visitor.say(rerun()) == ["rerun_script 0"]
        while visitor.closed is None:
            await asyncio.sleep(0.01)
        assert time.monotonic() - before >= 0.5
        assert visitor.closed == 1013 and person.closed is None
        assert await person.say(rerun(200)) == ["rerun_script 200"]

    run(test)


def test_words_that_are_no_message_end_a_stream() -> None:
    async def test() -> None:
        page = Page(Served())
        assert await page.say("hello") == [] and page.closed == 1003

    run(test)
