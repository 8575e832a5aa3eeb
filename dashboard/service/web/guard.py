"""`Guard`: what every request to the app passes before Streamlit sees it, and every answer before the network does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.service.web import uploads
from dashboard.service.web.bodies import patient
from dashboard.service.web.conversations import Conversations
from dashboard.service.web.media import MEDIA, MediaAccess, is_visit, new_visit
from dashboard.service.web.origins import Address
from dashboard.service.web.streams import Streams
from dashboard.service.web.uploads import Uploads
from dashboard.service.web.visitors import Visitors, remembering

_CORE = "/_stcore/"
_HEALTH = f"{_CORE}health"
# What Streamlit's page asks for. Its metrics and its interface for programs stay closed.
_OPEN = (_HEALTH, f"{_CORE}host-config", f"{_CORE}stream", uploads.PATH, f"{_CORE}bidi-components/")
_UPLOAD_SECONDS = 600.0
_READS = ("GET", "HEAD", "OPTIONS")


class Guard:
    """The app behind its guards. ``headers``: of every answer; ``streams``: how many there may be; ``person``: whose session
    has this token, or who a visitor without one is, None for nobody; ``kept``: the bytes of uploads that each session of
    Streamlit's keeps; ``parsed``: reads a message that Streamlit sends to a page."""

    def __init__(
        self,
        app: ASGIApp,
        address: Address,
        headers: Mapping[bytes, bytes],
        *,
        port: int,
        streams: int,
        visitors: Visitors,
        person: Callable[[str | None], str | None],
        kept: Callable[[], Mapping[str, int]],
        parsed: Callable[[bytes], Any],
    ) -> None:
        self._app, self._address, self._headers = app, address, headers
        self._session, self._visit = f"sparsemix_{port}", f"sparsemix_visit_{port}"
        self._person, self._recently = person, remembering(person)
        self._media, self._visitors, self._uploads = MediaAccess(), visitors, Uploads(kept)
        self._conversations = Conversations(app, Streams(streams), visitors, self._media, person=self._recently, parsed=parsed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or refuse it."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._address.is_own_host(host):
            return 421, "This server is not reached under this name. Behind a proxy, start it with --public-url."
        if origin is not None and not self._address.is_own_origin(origin, host):
            return 403, "Pages of other sites may not use this server."
        if origin is None and scope.get("method", "POST") not in _READS:
            return 403, "A request that changes something names its origin."
        foreign = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
        visits = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        if foreign and not visits and scope["type"] == "http":
            return 403, "Pages of other sites may not use this server."
        path = scope["path"]
        if path.startswith(_CORE) and not any(path == one or (one.endswith("/") and path.startswith(one)) for one in _OPEN):
            return 404, "Not Found"
        return None

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        cookies = cookie_parser(headers.get("cookie", ""))
        visit = cookies.get(self._visit)

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                # Streamlit lets pages of this machine upload to any server of its.
                for name in [name for name in answer if name.lower().startswith("access-control-")]:
                    del answer[name]
                if path.startswith(MEDIA):
                    answer["cache-control"] = "private, no-store"
                if path == _HEALTH and not is_visit(visit):
                    answer.append("set-cookie", self._cookie())
                for key, value in self._headers.items():
                    answer[key.decode()] = value.decode()
            await send(message)

        refusal = self._refusal(scope, headers)
        if refusal is None and path.startswith(MEDIA):
            await self._file(scope, receive, dressed, visit, cookies.get(self._session))
        elif refusal is None and path.startswith(uploads.PATH) and scope["method"] not in _READS:
            await self._upload(scope, patient(receive, _UPLOAD_SECONDS), dressed, cookies.get(self._session))
        elif refusal is None:
            await self._app(scope, patient(receive, _UPLOAD_SECONDS), dressed)
        else:
            await PlainTextResponse(refusal[1], refusal[0])(scope, receive, dressed)

    async def _file(self, scope: Scope, receive: Receive, send: Send, visit: str | None, token: str | None) -> None:
        """Serve a media address: to its own browser, and what can be taken away only while the session lasts."""
        if not self._media.may_fetch(visit, scope["path"]):
            await PlainTextResponse("Not Found", 404)(scope, receive, send)
            return
        refused = False

        async def checked(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and "content-disposition" in Headers(raw=message["headers"]):
                refused = await run_in_threadpool(self._person, token) is None
                if refused:
                    await PlainTextResponse("Sign in first.", 403)(scope, receive, send)
            if not refused:
                await send(message)

        await self._app(scope, receive, checked)

    async def _upload(self, scope: Scope, receive: Receive, send: Send, token: str | None) -> None:
        """Take a file, or take it away again: of people who have signed in, and as long as there is room."""
        session = scope["path"].removeprefix(uploads.PATH).partition("/")[0]
        visitor = self._visitors.get(session)
        tokens = [token] if visitor is None or not visitor.signed_in else [visitor.token, token]
        answers = [await run_in_threadpool(self._recently, one) for one in tokens]
        person = next((answer for answer in answers if answer is not None), None)
        if person is None:
            await PlainTextResponse("Sign in first.", 403)(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        try:
            with self._uploads.coming(person, session, int(length) if length.isdecimal() else None):
                await self._app(scope, receive, send)
        except HTTPException as error:
            await PlainTextResponse(error.detail, error.status_code)(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if self._refusal(scope, headers) is not None:
            await send({"type": "websocket.close", "code": 1008, "reason": ""})  # before it is accepted: status 403
            return
        cookies = cookie_parser(headers.get("cookie", ""))
        # Streamlit's page names the session, as the third of these, when it comes back to it.
        named = headers.get("sec-websocket-protocol", "").split(",")
        await self._conversations.hold(
            scope,
            receive,
            send,
            visit=cookies.get(self._visit),
            token=cookies.get(self._session),
            session=named[2].strip() if len(named) > 2 else "",
        )

    def _cookie(self) -> str:
        secure = "; Secure" if self._address.public.startswith("https:") else ""
        return f"{self._visit}={new_visit()}; Max-Age=34560000; Path=/; HttpOnly; SameSite=Lax{secure}"
