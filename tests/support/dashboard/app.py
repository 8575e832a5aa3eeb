"""The app driven without a browser: one run at a time, with a record and weights of its own."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from functools import cache as cached
from pathlib import Path
from typing import Any

import pytest
from streamlit import config
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from audit import Access, AuditStore, NotFound, Role, open_store
from audit.people import sessions
from dashboard.service.common.turns import MOST
from dashboard.service.common.worker import Job
from dashboard.service.web.visitors import VISITORS
from dashboard.shared import cache
from dashboard.shared.navigation import PAGES
from tests.support.dashboard.newcomers import newcomer
from tests.support.paths import ROOT

APP = ROOT / "dashboard" / "app.py"
TIMEOUT = 120.0
# Every new `AppTest` reads the metadata of all installed packages, which takes longer than most pages.
_COMPONENTS = cached(manifest_scanner.scan_component_manifests)
PASSWORD = "seven green valves"  # noqa: S105 - of accounts that exist for one test


class App:
    """The app in one visitor's session."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, weights: Path) -> None:
        for name in ("SPARSEMIX_DATABASE_URL", "SPARSEMIX_AUTH", "SPARSEMIX_OIDC_ROLES"):
            monkeypatch.delenv(name, raising=False)
        # As the server hands it to Streamlit: on this machine only, one user.
        config.set_option("server.address", "localhost")
        config.set_option("runner.magicEnabled", False)
        monkeypatch.setattr(manifest_scanner, "scan_component_manifests", _COMPONENTS)
        monkeypatch.chdir(ROOT)
        monkeypatch.setenv("SPARSEMIX_AUDIT_DB", str(folder / "audit.db"))
        monkeypatch.setenv("SPARSEMIX_WEIGHTS", str(weights))
        self.db = folder / "audit.db"
        self.page = AppTest.from_file(str(APP), default_timeout=TIMEOUT)

    @property
    def store(self) -> AuditStore:
        """The record, opened separately, so that only stored data count."""
        return open_store(self.db)

    @property
    def access(self) -> Access:
        """The user of a machine without accounts, at the record."""
        return self.store.single_user("test")

    def run(self) -> App:
        """Run the page once; fail on any error it hides."""
        self.page.run()
        self.check()
        return self

    def check(self) -> None:
        """Fail on a traceback, and on an error that only the server's log explains."""
        assert not self.page.exception, self.page.exception
        assert not [error.value for error in self.page.error if "report error" in error.value or "エラー番号" in error.value]

    def account(self, login: str, *roles: Role, name: str = "") -> str:
        """Return the id of an account with these roles, PASSWORD and a key that counts, created where missing.

        The record's first is an administrator too, and signs for the others.
        """
        store = self.store
        with store.database.read() as connection, suppress(NotFound):
            return sessions.by_login(connection, login).id
        accounts, title = store.accounts, name or login.title()
        if not accounts.exist():
            return accounts.set_up(login, title, PASSWORD, roles=roles or (Role.ADMIN,)).id
        with store.database.read() as connection:
            first = next(account.login for account in sessions.accounts(connection) if Role.ADMIN in account.roles)
        admin = store.access(accounts.sign_in(first, PASSWORD).token)
        return newcomer(admin, login, title, roles, PASSWORD).person.id

    def sign_in(self, login: str) -> App:
        """Go on as this person, as if they had just signed in; ``account`` made them."""
        self.page.session_state["token"] = self.store.accounts.sign_in(login, PASSWORD).token
        return self.run()

    def keep_busy(self, gate: threading.Event) -> list[Job]:
        """Have as much under way for this visitor as one person may have, until ``gate`` opens."""
        visitor = VISITORS.get("test session id")
        assert visitor is not None
        return [cache.worker().submit(lambda progress: gate.wait(TIMEOUT), who=visitor.person) for _ in range(MOST)]

    def open(self, name: str) -> App:
        """Go to another page, or to a panel."""
        if name not in PAGES:
            return self.panel(name)
        self.page.query_params.pop("panel", None)
        self.page.switch_page(PAGES[name])
        return self.run()

    def panel(self, name: str) -> App:
        """Go to a panel of the decision in view."""
        self.page.query_params["panel"] = name
        self.page.switch_page(PAGES["analyse"])
        return self.run()

    def upload(self, name: str, data: bytes) -> App:
        """Choose a file."""
        self.page.file_uploader[0].set_value((name, data, "application/octet-stream"))
        return self.run()

    def drop(self, *files: tuple[str, bytes]) -> App:
        """Choose several files at once."""
        self.page.file_uploader[0].set_value([(name, data, "application/octet-stream") for name, data in files])
        return self.run()

    def click(self, key: str) -> App:
        """Press a button."""
        self.page.button(key=key).click()
        return self.run()

    def sign(self, key: str, password: str = PASSWORD) -> App:
        """Type the password into the field beside a button, and press it."""
        form = self.page.button(key=key).proto.form_id
        (field,) = [one for one in self.page.text_input if one.proto.form_id == form and "_password_" in (one.key or "")]
        field.set_value(password)
        return self.click(key)

    def finish(self, slot: str) -> App:
        """Wait for the job of a slot, then run again as the page's own polling would."""
        cache.worker().wait(self.job(slot), TIMEOUT)
        return self.run()

    def job(self, slot: str) -> str:
        """Return the id of a slot's job; the current file has the slot "analyse", several files have "batch"."""
        held = {"analyse": "source", "batch": "batch"}
        name = f"{slot}_{self.page.session_state[held[slot]].id}" if slot in held else slot
        return str(self.page.session_state["jobs"][name])

    def analyse(self, name: str, data: bytes) -> str:
        """Upload, run and wait; return the decision's id."""
        self.upload(name, data).click("start").finish("analyse")
        return str(self.page.session_state["decision_id"])

    def has_button(self, key: str) -> bool:
        """Return whether the page shows this button."""
        return key in [button.key for button in self.page.button]

    def has_download(self, key: str) -> bool:
        """Return whether the page offers this file."""
        return key in [button.key for button in self.page.download_button]

    @property
    def log(self) -> dict[str, Any] | None:
        """What the log's component was given; None where the page shows no log."""
        shown = [one.proto for one in self.page.get("bidi_component") if one.proto.component_name == "sparsemix_log"]
        return json.loads(shown[0].json) if shown else None

    @property
    def words(self) -> str:
        """All texts on the page, also those of a log's verdict and incidents."""
        kinds = (self.page.title, self.page.header, self.page.markdown, self.page.caption, self.page.text, self.page.code)
        alerts = (self.page.error, self.page.warning, self.page.info, self.page.success, self.page.toast)
        said = [element.value for kind in (*kinds, *alerts) for element in kind]
        if (log := self.log) is not None:
            told = [said for one in log["incidents"] for said in (*one.values(), *(cause["said"] for cause in one["causes"]))]
            said += [text for text in (*log["title"].values(), *log["title"]["why"], *told) if isinstance(text, str)]
        return "\n".join([*said, *(f"{metric.label} {metric.value}" for metric in self.page.metric)])
