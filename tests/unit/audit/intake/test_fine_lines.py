"""Kinds of lines that people named fine: who named them, taken back again, bounded, erased with their decision, verified."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import AuditStore, Conflict, Denied, InvalidRecord, NotFound, Role, Tampered, new_id
from audit.export.export import export_bundle
from audit.export.verify_bundle import verify
from audit.intake import fine_lines as module
from tests.support.audit.forging import edit
from tests.support.audit.team import join, record

SCAN, CLOSED, STOPPED = "1" * 32, "2" * 32, "3" * 32
LINES = {SCAN: "Invalid user admin from 10.0.0.7", STOPPED: "搬送が停止しました"}


def fine(store: AuditStore, source: str = "sshd") -> list[tuple[str, str]]:
    return [(line.kind, line.example) for line in store.single_user("Aiko").fine_lines.of(source)]


def test_what_was_named_fine_says_who_named_it_and_why(store: AuditStore) -> None:
    ann, vic = join(store, "ann", Role.REVIEWER), join(store, "vic", Role.VIEWER)
    id = record(store)
    entry = ann.fine_lines.name("sshd", LINES, decision=id, why="a scanner of ours")
    first, second = vic.fine_lines.of("sshd")
    assert (first.kind, first.example, first.why, first.decision) == (SCAN, LINES[SCAN], "a scanner of ours", id)
    assert (first.seq, first.by, second.example) == (entry.seq, ann.person.id, LINES[STOPPED])
    assert entry.type == "fine_lines"
    assert vic.fine_lines.of("web") == []
    with pytest.raises(Denied):
        vic.fine_lines.name("sshd", {CLOSED: "x"})
    with pytest.raises(Denied):
        vic.fine_lines.forget("sshd")
    assert store.verify().ok


def test_one_kind_or_all_can_be_forgotten_and_named_again(store: AuditStore) -> None:
    lines = store.single_user("Aiko").fine_lines
    lines.name("sshd", LINES)
    lines.forget("sshd", [SCAN])
    assert fine(store) == [(STOPPED, LINES[STOPPED])]
    lines.name("sshd", {SCAN: "again", STOPPED: "not taken: it is fine already"})
    assert fine(store) == [(STOPPED, LINES[STOPPED]), (SCAN, "again")]
    lines.forget("sshd")
    assert fine(store) == []
    for kinds in (None, [SCAN], []):
        with pytest.raises(NotFound):
            lines.forget("sshd", kinds)
    lines.name("sshd", {CLOSED: "closed"})
    assert fine(store) == [(CLOSED, "closed")]
    with pytest.raises(NotFound):
        lines.forget("sshd", [CLOSED, SCAN])
    with pytest.raises(Conflict):
        lines.name("sshd", {CLOSED: "closed"})
    lines.forget("sshd", [CLOSED])
    assert fine(store) == []
    assert store.verify().ok


@pytest.mark.parametrize(
    ("source", "kinds", "why"),
    [
        ("", LINES, ""),
        ("sshd", {}, ""),
        ("sshd", {"no kind": "x"}, ""),
        ("sshd", {SCAN: "NUL \0"}, ""),
        ("sshd", {SCAN: "x" * 1_001}, ""),
        ("sshd", {SCAN: "x"}, "y" * 10_001),
        ("sshd", {f"{n:032x}": "x" for n in range(module.MOST_AT_ONCE + 1)}, ""),
    ],
)
def test_nonsense_is_not_named_fine(store: AuditStore, source: str, kinds: dict[str, str], why: str) -> None:
    before = store.head().size
    with pytest.raises(InvalidRecord):
        store.single_user("Aiko").fine_lines.name(source, kinds, why=why)
    assert store.head().size == before


def test_a_decision_that_nobody_made_names_nothing(store: AuditStore) -> None:
    with pytest.raises(NotFound):
        store.single_user("Aiko").fine_lines.name("sshd", LINES, decision=new_id())


def test_kinds_and_entries_of_a_source_are_bounded(store: AuditStore, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = store.single_user("Aiko").fine_lines
    monkeypatch.setattr(module, "MOST_KINDS", 2)
    monkeypatch.setattr(module, "MOST_ENTRIES", 3)
    lines.name("sshd", LINES)
    with pytest.raises(Conflict, match="forget some"):
        lines.name("sshd", {CLOSED: "x"})
    lines.forget("sshd", [SCAN])
    lines.name("sshd", {SCAN: "x"})
    with pytest.raises(Conflict, match="forget all"):
        lines.forget("sshd", [SCAN])
    lines.forget("sshd")
    lines.name("sshd", {CLOSED: "x"})
    assert fine(store) == [(CLOSED, "x")]


def test_erasing_a_decision_erases_the_lines_that_were_named_at_it(store: AuditStore, tmp_path: Path) -> None:
    alone = store.single_user("Aiko")
    id, other = record(store), record(store)
    alone.fine_lines.name("sshd", LINES, decision=id)
    alone.fine_lines.name("web", {SCAN: f'"decision":"{id}"'}, decision=other)
    alone.fine_lines.forget("sshd", [SCAN])
    alone.admin.erase(id, "Art. 17 GDPR", early=True)
    assert fine(store) == []
    assert fine(store, "web") == [(SCAN, f'"decision":"{id}"')]
    report = store.verify()
    assert report.ok, report.problem_text
    export_bundle(alone, tmp_path / "key.pem", tmp_path / "bundle.zip")
    assert verify(tmp_path / "bundle.zip").ok


def test_lines_changed_by_hand_are_not_followed(store: AuditStore, url: str) -> None:
    store.single_user("Aiko").fine_lines.name("sshd", LINES)
    edit(url, "UPDATE payloads SET payload = replace(payload, 'admin', 'oper') WHERE payload LIKE '%Invalid user%'")
    with pytest.raises(Tampered):
        store.single_user("Aiko").fine_lines.of("sshd")


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"forgotten": []},
        {"forgotten": [[0, 0]]},
        {"forgotten": [[1]]},
        {"forgotten": None, "kinds": []},
        {"kinds": [[SCAN]], "decision": None, "why": ""},
        {"kinds": [[SCAN, "x"]], "decision": "x", "why": ""},
    ],
)
def test_content_that_nobody_could_name_is_found(store: AuditStore, content: dict[str, object]) -> None:
    with store.database.write() as connection:
        store.database.append(connection, actor="x", type="fine_lines", subject="sshd", payload=content)
        store.database.append(connection, actor="x", type="fine_lines", subject="sshd", payload={"forgotten": None})
    report = store.verify()
    assert not report.ok
    assert "not a valid fine_lines" in (report.problem_text or "")
