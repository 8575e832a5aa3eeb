"""What people said as a set to learn from: only what counts, weighed, without names, the same bytes for the same record."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from audit import AuditStore, Conflict, Denied, InvalidRecord, PairReview, PairVerdict, Reason, ReviewKind, Role, Verdict
from audit.__main__ import main
from audit.records.canonical import parse
from audit.records.validation import MAX_TEXT, MAX_WHOLE
from audit.review import judgements, reviewed_decisions
from audit.storage import queries
from tests.support.audit.builders import SELECTION, UPLOAD, blobs_of, decision, flagged, review, sha
from tests.support.audit.team import add as add_decision
from tests.support.audit.team import give, join, record

SPURIOUS = PairReview(0, 1, 5, 2, PairVerdict.SPURIOUS)
RELEVANT = PairReview(0, 1, 5, 2, PairVerdict.RELEVANT)
MISSING = PairReview(None, None, 9, 4, PairVerdict.MISSING)


def add(store: AuditStore, made: Any) -> None:
    with store.database.write() as connection:
        before, shown = judgements.lock_place(connection, made.decision_id), judgements.decided(connection, made.decision_id)
        judgements.add_review(store.database, connection, before, made, shown)


def said(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        content: dict[str, Any] = json.loads(archive.read("feedback.json"))
        assert archive.read(f"inputs/{sha(UPLOAD)}") == UPLOAD
    return content


def test_reviews_become_labels_and_pairs_with_how_far_they_are_believed(store: AuditStore, tmp_path: Path) -> None:
    first, second = record(store, required_reviews=3), record(store, required_reviews=3)
    for reviewer in ("ann", "ben"):
        add(store, review(first, reviewer_id=reviewer, pairs=(SPURIOUS,)))
        add(store, flagged(second, reviewer_id=reviewer, corrected_label="normal", pairs=(RELEVANT, MISSING)))
    add(store, flagged(first, reviewer_id="eve", reason=Reason.WRONG_VERDICT, pairs=(RELEVANT,)))
    add(store, review(second, reviewer_id="eve", pairs=(SPURIOUS,)))
    lead = join(store, "lena", Role.LEAD)
    written = lead.feedback.write(tmp_path / "feedback.zip")
    assert (written.labels, written.pairs, written.reviewers) == (2, 3, 3)
    content = said(tmp_path / "feedback.zip")
    one, two = content["decisions"]
    assert (one["id"], one["label"], two["id"], two["label"]) == (first, "fault", second, "normal")
    assert one["pairs"][0]["verdict"] == "spurious"
    assert [pair["verdict"] for pair in two["pairs"]] == ["relevant", "missing"]
    for told in (one, two, *one["pairs"], *two["pairs"]):
        assert 0.5 < told["probability"] < 1.0
    least = min(content["reviewers"], key=lambda person: person["labels"])
    assert least["labels"] < 0.6 and least["pairs"] < 0.6
    assert not {"ann", "ben", "eve"} & set(json.dumps(content).split('"'))


def test_the_set_is_known_by_its_hash_and_its_taking_is_recorded(store: AuditStore, tmp_path: Path) -> None:
    auditor = join(store, "otto", Role.AUDITOR)
    give(join(store, "rei", Role.REVIEWER), record(store))
    written = auditor.feedback.write(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert sha256(archive.read("feedback.json")).hexdigest() == written.sha256
    entry = store.entries()[-1]
    assert (entry.type, entry.subject, entry.actor, entry.seq) == ("feedback", written.sha256, auditor.person.id, written.seq)
    assert store.verify().ok
    with pytest.raises(Conflict):
        auditor.feedback.write(tmp_path / "a.zip")


def test_only_reviews_that_count_are_in_it(store: AuditStore, tmp_path: Path) -> None:
    first, second = record(store), record(store)
    early = review(first)
    add(store, early)
    add(store, flagged(first, reason=Reason.WRONG_VERDICT, supersedes=early.id, pairs=()))
    gone = review(second)
    add(store, gone)
    add(store, review(second, supersedes=gone.id, verdict=Verdict.WITHDRAW, pairs=()))
    lead = join(store, "lena", Role.LEAD)
    lead.feedback.write(tmp_path / "feedback.zip")
    (one,) = said(tmp_path / "feedback.zip")["decisions"]
    assert (one["id"], one["label"], one["pairs"]) == (first, "normal", [])


def test_who_flags_the_evidence_does_not_say_that_the_verdict_was_wrong(store: AuditStore, tmp_path: Path) -> None:
    evidence, input, named, wrong = (record(store, required_reviews=2) for _ in range(4))
    for reviewer in ("ann", "ben"):
        add(store, flagged(evidence, reviewer_id=reviewer, reason=Reason.SPURIOUS_PAIRS, pairs=(SPURIOUS,)))
        add(store, flagged(input, reviewer_id=reviewer, reason=Reason.DATA_PROBLEM, pairs=()))
        add(store, flagged(named, reviewer_id=reviewer, reason=Reason.OTHER, corrected_label="fault", pairs=()))
        add(store, flagged(wrong, reviewer_id=reviewer, reason=Reason.WRONG_VERDICT, pairs=()))
    lead = join(store, "lena", Role.LEAD)
    assert lead.feedback.write(tmp_path / "feedback.zip").labels == 3
    found = {one["id"]: (one["label"], one["probability"]) for one in said(tmp_path / "feedback.zip")["decisions"]}
    assert {id: label for id, (label, _) in found.items()} == {
        evidence: "fault",
        input: "fault",
        named: "fault",
        wrong: "normal",
    }
    assert found[input][1] == 0.5
    assert all(found[id][1] > 0.9 for id in (evidence, named, wrong))


def test_a_ruling_decides_and_says_nothing_of_how_often_others_agree(store: AuditStore, tmp_path: Path) -> None:
    lead = join(store, "lena", Role.LEAD)
    id = record(store, required_reviews=4)
    for reviewer in ("ann", "ben", "cem"):
        give(join(store, reviewer, Role.REVIEWER), id, pairs=(RELEVANT, MISSING))
    give(join(store, "eve", Role.REVIEWER), id, Verdict.FLAG, reason=Reason.WRONG_VERDICT)
    before = lead.feedback.write(tmp_path / "before.zip")
    give(lead, id, Verdict.FLAG, kind=ReviewKind.ADJUDICATION, reason=Reason.WRONG_VERDICT, pairs=(SPURIOUS,))
    lead.feedback.write(tmp_path / "after.zip")
    (one,), (two,) = (said(tmp_path / f"{name}.zip")["decisions"] for name in ("before", "after"))
    assert (one["label"], two["label"]) == ("fault", "normal")
    assert [pair["verdict"] for pair in one["pairs"]] == ["relevant", "missing"]
    assert [pair["verdict"] for pair in two["pairs"]] == ["spurious", "missing"]
    people = [said(tmp_path / f"{name}.zip")["reviewers"] for name in ("before", "after")]
    assert before.reviewers == 4 and all(person in people[1] for person in people[0])


def test_a_pair_is_about_two_events_whatever_head_was_looked_at(store: AuditStore, tmp_path: Path) -> None:
    same, other = (record(store, required_reviews=2) for _ in range(2))
    for number, reviewer in enumerate(("ann", "ben")):
        add(store, review(same, reviewer_id=reviewer, pairs=(RELEVANT,)))
        add(store, review(other, reviewer_id=reviewer, pairs=(replace(RELEVANT, head=number),)))
    # What matters at one head matters, and one person has one word.
    at_two = review(record(store), reviewer_id="eve", pairs=(RELEVANT, replace(SPURIOUS, head=0)))
    add(store, at_two)
    lead = join(store, "lena", Role.LEAD)
    lead.feedback.write(tmp_path / "feedback.zip")
    first, second, third = (one["pairs"] for one in said(tmp_path / "feedback.zip")["decisions"])
    assert first == second == [{"query": 5, "key": 2, "verdict": "relevant", "probability": first[0]["probability"]}]
    assert [pair["verdict"] for pair in third] == ["relevant"]


def test_nothing_is_taken_of_a_decision_that_waits_for_an_independent_word(store: AuditStore, tmp_path: Path) -> None:
    id = record(store, required_reviews=2)
    add(store, review(id, reviewer_id="ann"))
    lead = store.single_user("Lena")
    with pytest.raises(InvalidRecord, match="or others still have to"):
        lead.feedback.write(tmp_path / "feedback.zip")
    add(store, review(id, reviewer_id="ben"))
    assert lead.feedback.write(tmp_path / "feedback.zip").labels == 1


def with_input(store: AuditStore, content: bytes, **changes: Any) -> str:
    """Record a decision on these bytes."""
    made = decision(input_sha256=sha(content), input_name=content.decode(), **changes)
    add_decision(store, made, blobs_of(content, SELECTION))
    return made.id


def sealed(store: AuditStore, seq: int) -> dict[str, Any]:
    """Return the payload of an entry."""
    with store.database.read() as connection:
        content: dict[str, Any] = parse(queries.sealed_between(connection, seq, seq)[seq].payload)
    return content


def inside(path: Path) -> tuple[list[str], set[str]]:
    """Return the decisions of a set, and its inputs."""
    with zipfile.ZipFile(path) as archive:
        content = json.loads(archive.read("feedback.json"))
        names = set(archive.namelist()) - {"feedback.json"}
    assert names == {f"inputs/{one['input_sha256']}" for one in content["decisions"]}
    return [one["input_name"] for one in content["decisions"]], names


def test_the_last_reviewed_come_first_as_many_as_fit(
    store: AuditStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = {name: with_input(store, name.encode()) for name in ("a.log", "b.log", "c.log", "d.log", "a much longer one.log")}
    for name in ("d.log", "b.log", "a.log", "a much longer one.log", "c.log"):
        add(store, review(ids[name]))
    add(store, review(ids["b.log"], reviewer_id="ben"))
    # What does not count makes nothing newer.
    gone = review(ids["d.log"], reviewer_id="ben")
    add(store, gone)
    add(store, review(ids["d.log"], reviewer_id="ben", supersedes=gone.id, verdict=Verdict.WITHDRAW, pairs=()))
    add(store, review(ids["a.log"], kind=ReviewKind.CONTROL, reviewer_id="eve"))

    def written(name: str, **limits: int) -> tuple[int, list[str]]:
        with monkeypatch.context() as lowered:
            for limit, value in limits.items():
                lowered.setattr(reviewed_decisions, limit, value)
            written = store.single_user("Lena").feedback.write(tmp_path / f"{name}.zip")
        names, _ = inside(tmp_path / f"{name}.zip")
        entry = sealed(store, written.seq)
        assert (entry["labels"], entry["left_out"]) == (written.labels, written.left_out) == (len(names), 5 - len(names))
        return written.left_out, names

    assert written("all") == (0, ["a.log", "b.log", "c.log", "d.log", "a much longer one.log"])
    assert written("decisions", MOST_DECISIONS=2) == (3, ["b.log", "c.log"])
    assert written("one", MOST_INPUT_BYTES=5) == (1, ["a.log", "b.log", "c.log", "d.log"])
    # What is older than the first that does not fit stays out, even if it is small.
    assert written("together", MOST_BYTES=20) == (3, ["b.log", "c.log"])
    assert written("said", MOST_SAID_BYTES=2_000) == (4, ["b.log"])
    with pytest.raises(InvalidRecord, match="too large"):
        written("none", MOST_INPUT_BYTES=4)
    assert list(tmp_path.glob("none*")) == []


def test_an_input_is_in_it_once_and_counted_once(store: AuditStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        add(store, review(record(store)))
    monkeypatch.setattr(reviewed_decisions, "MOST_BYTES", len(UPLOAD))
    lead = join(store, "lena", Role.LEAD)
    assert lead.feedback.write(tmp_path / "feedback.zip").labels == 3
    assert len(inside(tmp_path / "feedback.zip")[1]) == 1


def test_a_moment_to_begin_with(store: AuditStore, tmp_path: Path) -> None:
    for number, day in enumerate(("01", "02", "03")):
        id = with_input(store, f"{day}.log".encode())
        add(store, review(id, submitted_at=f"2026-03-{day}T00:00:00.000Z", opened_at="2026-02-01T00:00:00.000Z"))
        if number == 0:
            add(store, review(id, reviewer_id="ben", submitted_at="2026-03-04T00:00:00.000Z"))
    lead = join(store, "lena", Role.LEAD)
    written = lead.feedback.write(tmp_path / "a.zip", since="2026-03-03T00:00:00.000Z")
    assert (inside(tmp_path / "a.zip")[0], written.left_out, written.reviewers) == (["01.log", "03.log"], 0, 2)
    assert sealed(store, written.seq)["since"] == "2026-03-03T00:00:00.000Z"
    with pytest.raises(InvalidRecord, match="nobody has reviewed a decision since 2026-03-05"):
        lead.feedback.write(tmp_path / "b.zip", since="2026-03-05T00:00:00.000Z")
    with pytest.raises(InvalidRecord, match="since must look like"):
        lead.feedback.write(tmp_path / "b.zip", since="yesterday")


def test_what_is_said_of_a_decision_is_never_longer_than_was_reckoned_with(store: AuditStore, tmp_path: Path) -> None:
    long, far = "線" * MAX_TEXT, MAX_WHOLE
    made = decision(input_name=long, label=long, details={"reading": {"columns": [long]}})
    add_decision(store, made, blobs_of())
    pairs = tuple(PairReview(far, far, far - n, far, PairVerdict.SPURIOUS) for n in range(200))
    add(store, flagged(made.id, corrected_label="\x01" * MAX_TEXT, pairs=pairs))
    lead = join(store, "lena", Role.LEAD)
    lead.feedback.write(tmp_path / "feedback.zip")
    with zipfile.ZipFile(tmp_path / "feedback.zip") as archive:
        length = archive.getinfo("feedback.json").file_size
    with store.database.read() as connection:
        (case,) = reviewed_decisions.last_reviewed(connection, None).cases
    assert length < case.most_bytes() < 2 * length


def test_how_much_was_said_is_counted_without_an_entry(store: AuditStore) -> None:
    lead = store.single_user("Lena")
    assert lead.feedback.summary() == (0, 0, 0, 0, 0, 0, 0)
    first, second, third = record(store, required_reviews=2), record(store), record(store, required_reviews=2)
    early = review(first, reviewer_id="ann", pairs=(SPURIOUS,))
    add(store, early)
    add(store, flagged(first, reviewer_id="ann", supersedes=early.id, pairs=(RELEVANT, MISSING)))
    for id in (first, second):
        add(store, review(id, reviewer_id="ben", pairs=(SPURIOUS,)))
    add(store, review(third, reviewer_id="eve", pairs=(RELEVANT,)))
    size = store.head().size
    summary = lead.feedback.summary()
    assert (summary.decisions, summary.reviews, summary.reviewers) == (2, 3, 2)
    assert (summary.relevant, summary.spurious, summary.missing, summary.waiting) == (1, 2, 1, 1)
    assert store.head().size == size


def test_reviewers_do_not_see_what_others_said_and_nothing_reviewed_is_nothing_written(
    store: AuditStore, tmp_path: Path
) -> None:
    lead, ann = join(store, "lena", Role.LEAD), join(store, "ann", Role.REVIEWER)
    record(store)
    with pytest.raises(InvalidRecord, match="nobody has reviewed"):
        lead.feedback.write(tmp_path / "feedback.zip")
    with pytest.raises(Denied):
        ann.feedback.write(tmp_path / "feedback.zip")
    assert list(tmp_path.glob("feedback*")) == []


def test_from_the_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = AuditStore(tmp_path / "audit.db")
    add(store, review(record(store)))
    store.close()
    command = ["feedback", "--db", str(tmp_path / "audit.db"), "--out", str(tmp_path / "f.zip")]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "1 labels and 2 pairs by 1 reviewers" in told and "left out" not in told
    assert main(command) != 0
    later = [*command[:-1], str(tmp_path / "g.zip"), "--since"]
    assert main([*later, "2026-03-02"]) != 0
    assert "nobody has reviewed a decision since 2026-03-02" in capsys.readouterr().err
    assert main([*later, "2026-03-01"]) == 0


def test_the_shell_tells_what_was_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviewed_decisions, "MOST_DECISIONS", 1)
    store = AuditStore(tmp_path / "audit.db")
    for _ in range(3):
        add(store, review(record(store)))
    store.close()
    assert main(["feedback", "--db", str(tmp_path / "audit.db"), "--out", str(tmp_path / "f.zip")]) == 0
    assert "left out 2 decisions" in capsys.readouterr().out
