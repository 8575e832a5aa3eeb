"""Helper processes that scan ahead: they find the same as one process alone, and nothing is lost when they die."""

from __future__ import annotations

import os
from typing import Any

import pytest

from audit import AuditStore, Checkpoint
from audit.verify import parallel_scan
from tests.support.audit.forging import edit, fill

ENTRIES = 7 + 40


@pytest.fixture
def long(store: AuditStore, url: str) -> str:
    fill(store)
    for n in range(ENTRIES - 7):
        store.record_event("a", "note", str(n), {"n": n})
    return url


@pytest.fixture
def helpers(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Start two helpers for any log and number of cores, and wait until they are ready before the first scan."""
    monkeypatch.setattr(parallel_scan, "_WORTH_IT", 1)
    monkeypatch.setattr(parallel_scan, "_SPAN", 3)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    started: list[Any] = []
    begin = parallel_scan.Scans.__init__

    def ready(self: Any, *arguments: Any) -> None:
        begin(self, *arguments)
        assert all(helper.ready.wait(60) for helper in self._helpers)
        started.extend(self._helpers)

    monkeypatch.setattr(parallel_scan.Scans, "__init__", ready)
    return started


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list of tasks that helpers were given."""
    spans: list[int] = []
    ask = parallel_scan._Helper.ask
    monkeypatch.setattr(parallel_scan._Helper, "ask", lambda self, after, limit: spans.append(after) or ask(self, after, limit))
    return spans


def test_they_find_what_one_alone_finds(store: AuditStore, long: str, helpers: list[Any], given: list[int]) -> None:
    head = store.head()
    report = store.verify(checkpoint=Checkpoint("o", head.size, head.root))
    assert (report.ok, report.size, report.root) == (True, ENTRIES, head.root), report.problem_text
    assert report.checked == {"entries": 47, "decisions": 3, "reviews": 2, "events": 42, "erased": 0, "blobs": 3}
    assert len(helpers) == 2
    assert given
    assert all(helper._process.returncode is not None for helper in helpers)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE decisions SET label='normal' WHERE seq=3", 3),
        ("DELETE FROM log WHERE seq=25", 25),
        ("UPDATE payloads SET payload='{}' WHERE seq=47", 47),
    ],
)
def test_they_hide_no_forgery(store: AuditStore, long: str, helpers: list[Any], statement: str, seq: int) -> None:
    edit(long, statement)
    report = store.verify()
    assert (report.ok, report.problem_seq, report.size) == (False, seq, seq - 1), report.problem_text


def test_what_they_leave_undone_is_done_here(
    store: AuditStore, long: str, helpers: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = parallel_scan._Helper.ask

    def and_die(self: Any, after: int, limit: int) -> None:
        ask(self, after, limit)
        self._process.kill()

    monkeypatch.setattr(parallel_scan._Helper, "ask", and_die)
    report = store.verify()
    assert (report.ok, report.size) == (True, ENTRIES), report.problem_text


def test_one_that_cannot_start_is_done_without(store: AuditStore, long: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(parallel_scan, "_WORTH_IT", 1)
    monkeypatch.setattr(parallel_scan.subprocess, "Popen", fails)
    assert store.verify().ok


def test_a_short_log_starts_none(store: AuditStore, long: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel_scan, "_Helper", None)
    assert store.verify().ok
