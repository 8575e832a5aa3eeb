"""A visitor in a real browser: opens pages, waits until they are done, and notices everything that goes wrong."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, FloatRect, Locator, Page, Request, TimeoutError, expect

WAIT = 60_000  # milliseconds
# On a busy machine a page can take longer than the five seconds that are usual.
expect.set_options(timeout=WAIT)
_TRIES = 6
# The field over the map of one head; the page has other charts.
MAP = "[class*='st-key-selection_map_'] .nsewdrag"
PANELS = ("about", "selection", "explain", "record")  # of a decision on Analyse
FORMER_PAGES = ("selection", "explain")
PAGES = dict.fromkeys(("analyse", *FORMER_PAGES), "") | {name: name for name in ("review", "record", "data", "monitor", "team")}


class Walker:
    """One visitor. ``problems``: dialogs, errors in the console, exceptions; ``outside``: requests to other hosts; ``refused``:
    whether the log's addresses may refuse what the page asks for, which the browser reports as an error each time."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.problems: list[str] = []
        self.outside: list[str] = []
        self.refused = False
        self.page: Page = context.new_page()
        self.page.set_default_timeout(WAIT)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        self.page.on("request", self._request)
        self.page.on("dialog", self._dialog)

    def open(self, page: str, **query: str) -> None:
        if page in FORMER_PAGES:
            query["panel"] = page
        self.page.goto(f"{self.url}/{PAGES[page]}?{urlencode(query)}")
        self.settle()

    def go(self, name: str) -> None:
        """Through the navigation, which keeps the session."""
        self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
        expect(self.page).to_have_url(re.compile(r"\?"))
        self.settle()

    def panel(self, name: str) -> None:
        """Choose a panel of the decision in view."""
        self.key("panel").get_by_role("radio").nth(PANELS.index(name)).click()
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run and nothing is left to load; fail on an exception."""
        expect(self.page.locator("[data-testid='stApp'][data-test-script-state='notRunning']")).to_be_visible(timeout=WAIT)
        expect(self.page.locator("[data-stale='true']")).to_have_count(0, timeout=WAIT)
        # A part of the page whose script the browser is still fetching.
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=WAIT)
        expect(self.page.get_by_test_id("stException")).to_have_count(0)
        self.check()

    def close(self) -> None:
        self.page.context.close()

    def check(self) -> None:
        assert not self.problems, "\n".join(self.problems)

    def key(self, name: str) -> Locator:
        """The element of a widget or container with this key."""
        return self.page.locator(f".st-key-{name}")

    def press(self, name: str) -> None:
        """Click a button once it has come to rest: what moves between pressing and letting go is not clicked at all.

        A part of the page that has just been opened grows, and grows again when the browser has fetched its fields' scripts.
        """
        button = self.key(name).get_by_role("button")
        expect(button).to_have_count(1, timeout=WAIT)  # the one that is replaced stays until the new page is whole
        expect(button).to_be_visible()
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=WAIT)
        self.still(button)
        button.click()

    def sign(self, name: str, password: str) -> None:
        """Type the password into the field beside a button, and press it."""
        form = self.page.get_by_test_id("stForm").filter(has=self.key(name))
        form.locator("input[type='password']").fill(password)
        self.press(name)

    def field(self, label: str) -> Locator:
        """A field by its label; the first, for Streamlit shows the one that it replaces until the new page is whole."""
        return self.page.get_by_label(label).first

    def verdict(self) -> Locator:
        """The line above the log that says what was decided."""
        return self.page.locator(".sparsemix-log .verdict:has(.state)")  # not that of a log that waits

    def choose_incident(self) -> None:
        """Choose the first incident beside the log, and wait for its pairs."""
        self.page.locator(".incident-button").first.click()
        expect(self.page.locator(".row.chosen")).to_be_visible()
        expect(self.page.locator(".card-list > .read")).to_be_visible()

    def alert(self, words: str | re.Pattern[str]) -> None:
        """A message box with these words is there."""
        expect(self.page.get_by_test_id("stAlert").filter(has_text=words).first).to_be_visible(timeout=WAIT)

    def analyse(self, name: str, data: bytes) -> str:
        """Upload a file, start, wait for the verdict; return the decision's id."""
        self.upload(name, data)
        self.start()
        return self.decision()

    def start(self) -> None:
        """Start with the file that was uploaded, once the page that shows it is whole, and wait for the verdict."""
        expect(self.key("start")).to_be_visible()
        self.settle()  # the page draws the button anew after each part of the file's reading: a click on the former is lost
        self.press("start")
        expect(self.key("verdict")).to_be_visible(timeout=WAIT)
        self.settle()

    def choose(self, key: str, option: str) -> None:
        """Choose in a select box by its key; the option's name may go on after these words."""
        expect(self.key(key)).to_be_visible()
        self.settle()
        self.pick(self.key(key).locator("input"), option)

    def pick(self, field: Locator, option: str, *, exact: bool = False) -> None:
        """Choose in a select box by typing: a click alone can close its list again while the page scrolls.

        A part of the page that is drawn anew closes the list as well, or empties the field: then one types again.
        """
        wanted = self.page.get_by_role("option", name=option, exact=exact)
        for _ in range(_TRIES):
            field.fill(option)
            try:
                wanted.click(timeout=WAIT / _TRIES)
                break
            except TimeoutError:
                field.fill("")
        self.settle()

    def remembered(self) -> None:
        """Wait until the browser has the cookie of the session: before, a new page would not know it."""
        for _ in range(WAIT // 100):
            if any(re.fullmatch(r"sparsemix_\d+", cookie["name"]) for cookie in self.page.context.cookies()):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError("the session got no cookie")

    def upload(self, name: str, data: bytes) -> None:
        """Drop a file into the box on Analyse, which folds away behind a button once there is a file or a verdict."""
        if self.another_file().count():
            self.another_file().click()
        payload = {"name": name, "mimeType": "text/plain", "buffer": data}
        self.page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(payload)

    def another_file(self) -> Locator:
        """The button that shows the box on Analyse, where it is folded away."""
        return self.page.locator("[class*='st-key-another_file_'] button").first

    def decision(self) -> str:
        """The decision that the address names."""
        expect(self.page).to_have_url(re.compile(r"decision=[0-9a-f]{32}"))
        return parse_qs(urlsplit(self.page.url).query)["decision"][0]

    def drag_box(self, left: float, top: float, right: float, bottom: float) -> None:
        """Draw a box on the map; edges in shares of its width and height."""
        area = self.page.locator(MAP).first
        area.scroll_into_view_if_needed()
        box = self.still(area)
        mouse = self.page.mouse
        mouse.move(box["x"] + left * box["width"], box["y"] + top * box["height"])
        mouse.down()
        # Plotly starts a box only once the mouse has moved a little.
        mouse.move(box["x"] + (left + right) / 2 * box["width"], box["y"] + (top + bottom) / 2 * box["height"], steps=5)
        mouse.move(box["x"] + right * box["width"], box["y"] + bottom * box["height"], steps=5)
        mouse.up()

    def still(self, area: Locator) -> FloatRect:
        """Where an element lies, once nothing above it that is still being drawn moves it."""
        before = None
        for _ in range(WAIT // 100):
            box = area.bounding_box()
            if box is not None and box == before:
                return box
            before = box
            self.page.wait_for_timeout(100)
        raise AssertionError("the page never came to rest")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        source = message.location.get("url", "")
        # Opened on a page's own address, Streamlit looks for its server below the page first and gets two 404s before it
        # finds it at the root; requests to other hosts are counted in `outside`.
        probe = re.fullmatch(rf"{re.escape(self.url)}/({'|'.join(PAGES)})/_stcore/(health|host-config)", source)
        refused = self.refused and source.startswith(f"{self.url}/log/") and "Failed to load resource" in message.text
        if probe or refused or (source and not source.startswith(self.url)):
            return
        self.problems.append(f"console: {message.text} ({source})")

    def _request(self, request: Request) -> None:
        if request.url.startswith(("http:", "https:")) and not request.url.startswith(self.url):
            self.outside.append(request.url)

    def _dialog(self, dialog) -> None:  # type: ignore[no-untyped-def]
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def choose_first_row(self, table: Locator, chosen: Locator) -> None:
        """Click the first row of a table until `chosen`, what the page shows of a chosen row, is there.

        The table is a canvas: a click before it has drawn its rows hits nothing, and nothing in the page tells when it has.
        """
        expect(table).to_have_count(1)
        self.settle()
        for _ in range(_TRIES):
            try:
                table.click(position={"x": 18, "y": 52})
                expect(chosen).to_be_visible(timeout=5_000)
                break
            except (AssertionError, Error):  # the page was being drawn anew: for a moment there are two tables
                self.settle()
        expect(chosen).to_be_visible()
