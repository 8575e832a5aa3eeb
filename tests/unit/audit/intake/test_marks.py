"""What people said about a source: who said it, taken back again, bounded, erased with the decision, verified."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from audit import AuditStore, Conflict, Denied, InvalidRecord, NotFound, Role, Tampered, new_id
from audit.export.export import export_bundle
from audit.export.verify_bundle import verify
from audit.intake import marks as module
from audit.intake.marks import RIGHT, ROUTINE, WRONG
from tests.support.audit.forging import edit
from tests.support.audit.team import join, record

SCAN, CLOSED, STOPPED = "1" * 32, "2" * 32, "3" * 32
LINES = {SCAN: "Invalid user admin from 10.0.0.7", STOPPED: "搬送が停止しました"}


def fine(store: AuditStore, source: str = "sshd") -> list[tuple[str, str]]:
    return [(line.kind, line.example) for line in store.single_user("Aiko").marks.of(source)]


def test_what_was_named_fine_says_who_named_it_and_why(store: AuditStore) -> None:
    ann, vic = join(store, "ann", Role.REVIEWER), join(store, "vic", Role.VIEWER)
    id = record(store)
    entry = ann.marks.say("sshd", LINES, decision=id, why="a scanner of ours")
    first, second = vic.marks.of("sshd")
    assert (first.kind, first.example, first.why, first.decision) == (SCAN, LINES[SCAN], "a scanner of ours", id)
    assert (first.seq, first.by, second.example) == (entry.seq, ann.person.id, LINES[STOPPED])
    assert entry.type == "fine_lines"
    assert vic.marks.of("web") == []
    with pytest.raises(Denied):
        vic.marks.say("sshd", {CLOSED: "x"})
    with pytest.raises(Denied):
        vic.marks.take_back("sshd")
    assert store.verify().ok


def test_one_kind_or_all_can_be_forgotten_and_named_again(store: AuditStore) -> None:
    lines = store.single_user("Aiko").marks
    lines.say("sshd", LINES)
    lines.take_back("sshd", [SCAN])
    assert fine(store) == [(STOPPED, LINES[STOPPED])]
    lines.say("sshd", {SCAN: "again", STOPPED: "not taken: it is fine already"})
    assert fine(store) == [(STOPPED, LINES[STOPPED]), (SCAN, "again")]
    lines.take_back("sshd")
    assert fine(store) == []
    for kinds in (None, [SCAN], []):
        with pytest.raises(NotFound):
            lines.take_back("sshd", kinds)
    lines.say("sshd", {CLOSED: "closed"})
    assert fine(store) == [(CLOSED, "closed")]
    with pytest.raises(NotFound):
        lines.take_back("sshd", [CLOSED, SCAN])
    with pytest.raises(Conflict):
        lines.say("sshd", {CLOSED: "closed"})
    lines.take_back("sshd", [CLOSED])
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
        store.single_user("Aiko").marks.say(source, kinds, why=why)
    assert store.head().size == before


def test_a_decision_that_nobody_made_names_nothing(store: AuditStore) -> None:
    with pytest.raises(NotFound):
        store.single_user("Aiko").marks.say("sshd", LINES, decision=new_id())


def test_kinds_and_entries_of_a_source_are_bounded(store: AuditStore, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = store.single_user("Aiko").marks
    monkeypatch.setattr(module, "MOST_KINDS", 2)
    monkeypatch.setattr(module, "MOST_ENTRIES", 3)
    lines.say("sshd", LINES)
    with pytest.raises(Conflict, match="take some back"):
        lines.say("sshd", {CLOSED: "x"})
    lines.take_back("sshd", [SCAN])
    lines.say("sshd", {SCAN: "x"})
    with pytest.raises(Conflict, match="take back all"):
        lines.take_back("sshd", [SCAN])
    lines.take_back("sshd")
    lines.say("sshd", {CLOSED: "x"})
    assert fine(store) == [(CLOSED, "x")]


def test_erasing_a_decision_erases_the_lines_that_were_named_at_it(store: AuditStore, tmp_path: Path) -> None:
    alone = store.single_user("Aiko")
    id, other = record(store), record(store)
    alone.marks.say("sshd", LINES, decision=id)
    alone.marks.say("web", {SCAN: f'"decision":"{id}"'}, decision=other)
    alone.marks.take_back("sshd", [SCAN])
    alone.admin.erase(id, "Art. 17 GDPR", early=True)
    assert fine(store) == []
    assert fine(store, "web") == [(SCAN, f'"decision":"{id}"')]
    report = store.verify()
    assert report.ok, report.problem_text
    export_bundle(alone, tmp_path / "key.pem", tmp_path / "bundle.zip")
    assert verify(tmp_path / "bundle.zip").ok


def test_lines_changed_by_hand_are_not_followed(store: AuditStore, url: str) -> None:
    store.single_user("Aiko").marks.say("sshd", LINES)
    edit(url, "UPDATE payloads SET payload = replace(payload, 'admin', 'oper') WHERE payload LIKE '%Invalid user%'")
    with pytest.raises(Tampered):
        store.single_user("Aiko").marks.of("sshd")


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
        {"kinds": [[SCAN, "x"]], "said": "odd", "size": [], "decision": None, "why": ""},
        {"kinds": [[SCAN, "x"]], "said": "routine", "size": [-1], "decision": None, "why": ""},
        {"kinds": [[SCAN, "x"]], "said": "routine", "size": [1] * 5, "decision": None, "why": ""},
    ],
)
def test_content_that_nobody_could_name_is_found(store: AuditStore, content: dict[str, object]) -> None:
    with store.database.write() as connection:
        store.database.append(connection, actor="x", type="fine_lines", subject="sshd", payload=content)
        store.database.append(connection, actor="x", type="fine_lines", subject="sshd", payload={"forgotten": None})
    report = store.verify()
    assert not report.ok
    assert "not a valid fine_lines" in (report.problem_text or "")


def said(store: AuditStore) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {mark.kind: (mark.said, mark.size) for mark in store.single_user("Aiko").marks.of("sshd")}


def test_of_a_kind_what_was_said_last_counts(store: AuditStore) -> None:
    marks = store.single_user("Aiko").marks
    marks.say("sshd", {SCAN: "link is down"}, ROUTINE, size=[5, 2])
    with pytest.raises(Conflict):
        marks.say("sshd", {SCAN: "link is down"}, ROUTINE, size=[5, 2])
    marks.say("sshd", {SCAN: "link is down"}, ROUTINE, size=[40, 2], why="it grew, and that is routine, too")
    marks.say("sshd", {CLOSED: "a cause"}, RIGHT)
    marks.say("sshd", {CLOSED: "a cause"}, WRONG)
    assert said(store) == {SCAN: (ROUTINE, (40, 2)), CLOSED: (WRONG, ())}
    marks.take_back("sshd", [SCAN])
    assert said(store) == {CLOSED: (WRONG, ())}


def test_entries_of_lines_alone_are_read_as_they_were_written(store: AuditStore) -> None:
    content = {"kinds": [[SCAN, "x"]], "decision": None, "why": ""}
    with store.database.write() as connection:
        store.database.append(connection, actor="single-user", type="fine_lines", subject="sshd", payload=content)
    assert said(store) == {SCAN: ("fine", ())}
    assert store.verify().ok


def test_whatever_is_said_taken_back_and_erased_the_last_word_counts(store: AuditStore) -> None:
    rng, alone = random.Random(3), store.single_user("Aiko")  # noqa: S311 - no secret
    ids, kinds = [record(store) for _ in range(3)], [SCAN, CLOSED, STOPPED]
    standing: list[tuple[str, str, tuple[int, ...], str]] = []
    for _ in range(60):
        kind, id = rng.choice(kinds), rng.choice(ids)
        last = {mark[0]: mark for mark in standing}
        match rng.choice(
            ["say", "say", "say", "take back", "take back all", "erase"] if len(ids) > 1 else ["say", "take back"]
        ):
            case "say":
                mark = (kind, rng.choice(module.SAYINGS), (rng.randrange(2),), id)
                if kind in last and last[kind][:3] == mark[:3]:
                    continue
                alone.marks.say("sshd", {kind: "x"}, mark[1], size=mark[2], decision=id)
                standing.append(mark)
            case "take back" if kind in last:
                alone.marks.take_back("sshd", [kind])
                standing = [mark for mark in standing if mark[0] != kind]
            case "take back all" if standing:
                alone.marks.take_back("sshd")
                standing = []
            case "erase" if rng.random() < 0.3:
                alone.admin.erase(id, "asked for", early=True)
                ids.remove(id)
                standing = [mark for mark in standing if mark[3] != id]
        assert said(store) == {mark[0]: mark[1:3] for mark in standing}
    assert len(ids) == 1 and store.verify().ok
