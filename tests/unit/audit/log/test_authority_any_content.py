"""The fold over rights meets contents of any type: who can write to the database can write anything, and must not stop it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import AuditStore
from audit.log.authority import Authority
from audit.log.proving import EntryHeader
from audit.log.roles import CONTENT
from audit.records.records import LogEntry
from audit.storage import documents
from tests.support.audit import unsigned
from tests.support.properties import examples

Log = list[tuple[LogEntry, dict[str, Any] | None]]
TIMES = ["2026-03-01T10:00:00.000Z", "9999-12-31T23:59:59.999Z", "no time", ""]
WORDS = [*TIMES, "half \ud800", "system", "admin", "0" * 64]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["seq", "facts", "roles"]), inner, max_size=2),
    max_leaves=4,
)
FACTS = st.dictionaries(
    st.sampled_from(["roles", "active", "provider", "login", "name", "expires_at", "how", "session"]), VALUES
)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    """Return a log in which people sign, with entries of every kind that the fold reads."""
    path = str(tmp_path_factory.mktemp("log") / "audit.db")
    unsigned.stage(path)
    store, entries = AuditStore(path), Log()
    with store.database.read() as connection:
        while (document := documents.at(connection, len(entries) + 1)) is not None:
            entries.append((document.entry, document.content))
    store.close()
    return entries


@examples(300)
@given(data=st.data())
def test_no_content_stops_the_fold(log: Log, data: st.DataObject) -> None:
    chosen = data.draw(st.integers(0, len(log) - 1).filter(lambda at: log[at][0].type in CONTENT and log[at][1]))
    entry, content = log[chosen]
    kind, ts = data.draw(st.sampled_from([entry.type, *sorted(CONTENT)])), data.draw(st.sampled_from([entry.ts, *TIMES]))
    actor, subject = (data.draw(st.sampled_from([own, *WORDS, log[3][0].actor])) for own in (entry.actor, entry.subject))
    forged = replace(entry, ts=ts, actor=actor, type=kind, subject=subject)
    values = st.dictionaries(st.sampled_from(sorted(content or {})), VALUES, min_size=1)
    written = data.draw(st.none() | values.map(lambda changed: (content or {}) | changed))
    authority = Authority()
    authority.facts = data.draw(st.dictionaries(st.integers(1, len(log)), FACTS, max_size=2))
    for one, said in [*log[:chosen], (forged, written), *log[chosen + 1 :]]:
        made = EntryHeader(one.seq, one.ts, one.actor, one.type, one.subject, one.hash)
        problems = authority.problems(made, said if made.type in CONTENT else None)
        assert all(isinstance(wrong, EntryHeader) and text for wrong, text in problems)
    authority.unsigned()


def test_an_entry_without_a_time_counts_nowhere(log: Log) -> None:
    authority = Authority()
    for entry, content in log:
        made = EntryHeader(entry.seq, entry.ts, entry.actor, entry.type, entry.subject, entry.hash)
        authority.problems(made, content if made.type in CONTENT else None)
    ((_, text),) = authority.problems(EntryHeader(len(log) + 1, "", "x", "review", "y"), {})
    assert "it has no time" in text
