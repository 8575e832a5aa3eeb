"""Drives the app without a browser: one run at a time, with a record and weights of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from audit import AuditStore, open_store
from dashboard import resources

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
TIMEOUT = 120.0


class App:
    """The app in one visitor's session."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, weights: Path) -> None:
        monkeypatch.setenv("SPARSEMIX_AUDIT_DB", str(folder / "audit.db"))
        monkeypatch.setenv("SPARSEMIX_WEIGHTS", str(weights))
        self.db = folder / "audit.db"
        self.page = AppTest.from_file(str(APP), default_timeout=TIMEOUT)

    @property
    def store(self) -> AuditStore:
        """The record, opened by itself: what the app only holds in memory does not count."""
        return open_store(self.db)

    def run(self) -> App:
        """One run; nothing may go wrong in it unseen."""
        self.page.run()
        self.check()
        return self

    def check(self) -> None:
        """No traceback, and no error that only the server's log explains."""
        assert not self.page.exception, self.page.exception
        assert not [error.value for error in self.page.error if "report error" in error.value or "エラー番号" in error.value]

    def open(self, name: str) -> App:
        """Go to another page."""
        self.page.switch_page(f"app_pages/{name}.py")
        return self.run()

    def upload(self, name: str, data: bytes) -> App:
        """Choose a file."""
        self.page.file_uploader(key="upload").set_value((name, data, "application/octet-stream"))
        return self.run()

    def click(self, key: str) -> App:
        """Press a button."""
        self.page.button(key=key).click()
        return self.run()

    def finish(self, slot: str) -> App:
        """Wait for the job of a slot, then run again as the page's own polling would."""
        resources.worker().wait(self.job(slot), TIMEOUT)
        return self.run()

    def job(self, slot: str) -> str:
        """The id of a slot's job; the file that is being looked at has the slot "analyse"."""
        name = f"analyse_{self.page.session_state['source'].id}" if slot == "analyse" else slot
        return str(self.page.session_state["jobs"][name])

    def analyse(self, name: str, data: bytes) -> str:
        """Upload, run and wait; the decision's id."""
        self.upload(name, data).click("start").finish("analyse")
        return str(self.page.session_state["decision_id"])

    def has_button(self, key: str) -> bool:
        """Whether the page shows this button."""
        return key in [button.key for button in self.page.button]

    @property
    def words(self) -> str:
        """Everything that the page says."""
        kinds = (self.page.title, self.page.subheader, self.page.markdown, self.page.caption, self.page.text, self.page.code)
        alerts = (self.page.error, self.page.warning, self.page.info, self.page.success, self.page.toast)
        said = [element.value for kind in (*kinds, *alerts) for element in kind]
        return "\n".join([*said, *(f"{metric.label} {metric.value}" for metric in self.page.metric)])
