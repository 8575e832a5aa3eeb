"""What people said as a set to learn from: only what counts, weighed, without names, the same bytes for the same record."""

from __future__ import annotations

import json
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from audit import AuditStore, Conflict, Denied, InvalidRecord, PairReview, PairVerdict, Role, Verdict, judging
from audit.__main__ import main
from tests.audit.builders import UPLOAD, flagged, review, sha
from tests.audit.team import join, record

SPURIOUS = PairReview(0, 1, 5, 2, PairVerdict.SPURIOUS)
RELEVANT = PairReview(0, 1, 5, 2, PairVerdict.RELEVANT)
MISSING = PairReview(None, None, 9, 4, PairVerdict.MISSING)


def add(store: AuditStore, made: Any) -> None:
    with store.database.write() as connection:
        judging.add_review(store.database, connection, judging.lock_place(connection, made.decision_id), made)


def said(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        found: dict[str, Any] = json.loads(archive.read("feedback.json"))
        assert archive.read(f"inputs/{sha(UPLOAD)}") == UPLOAD
    return found


def test_reviews_become_labels_and_pairs_with_how_far_they_are_believed(store: AuditStore, tmp_path: Path) -> None:
    lead = join(store, "lena", Role.LEAD)
    first, second = record(store, required_reviews=3), record(store, required_reviews=3)
    for reviewer in ("ann", "ben"):
        add(store, review(first, reviewer_id=reviewer, pairs=(SPURIOUS,)))
        add(store, flagged(second, reviewer_id=reviewer, corrected_label="normal", pairs=(RELEVANT, MISSING)))
    add(store, flagged(first, reviewer_id="eve", pairs=(RELEVANT,)))
    add(store, review(second, reviewer_id="eve", pairs=(SPURIOUS,)))
    found = lead.feedback.write(tmp_path / "feedback.zip")
    assert (found.labels, found.pairs, found.reviewers) == (2, 3, 3)
    content = said(tmp_path / "feedback.zip")
    one, two = content["decisions"]
    assert (one["id"], one["label"], two["id"], two["label"]) == (first, "fault", second, "normal")
    assert one["pairs"][0]["verdict"] == "spurious"
    assert [pair["verdict"] for pair in two["pairs"]] == ["relevant", "missing"]
    assert two["pairs"][1]["layer"] is None
    for told in (one, two, *one["pairs"], *two["pairs"]):
        assert 0.5 < told["probability"] < 1.0
    least = min(content["reviewers"], key=lambda person: person["labels"])
    assert least["labels"] < 0.6 and least["pairs"] < 0.6
    assert not {"ann", "ben", "eve"} & set(json.dumps(content).split('"'))


def test_the_set_is_known_by_its_hash_and_its_taking_is_recorded(store: AuditStore, tmp_path: Path) -> None:
    auditor = join(store, "otto", Role.AUDITOR)
    add(store, review(record(store)))
    found = auditor.feedback.write(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert sha256(archive.read("feedback.json")).hexdigest() == found.sha256
    entry = store.entries()[-1]
    assert (entry.type, entry.subject, entry.actor, entry.seq) == ("feedback", found.sha256, auditor.person.id, found.seq)
    assert store.verify().ok
    with pytest.raises(Conflict):
        auditor.feedback.write(tmp_path / "a.zip")


def test_only_reviews_that_count_are_in_it(store: AuditStore, tmp_path: Path) -> None:
    lead = join(store, "lena", Role.LEAD)
    first, second = record(store, required_reviews=2), record(store)
    early = review(first)
    add(store, early)
    add(store, flagged(first, supersedes=early.id, pairs=()))
    gone = review(second)
    add(store, gone)
    add(store, review(second, supersedes=gone.id, verdict=Verdict.WITHDRAW, pairs=()))
    lead.feedback.write(tmp_path / "feedback.zip")
    (one,) = said(tmp_path / "feedback.zip")["decisions"]
    assert (one["id"], one["label"], one["pairs"]) == (first, "normal", [])


def test_how_much_was_said_is_counted_without_an_entry(store: AuditStore) -> None:
    lead = join(store, "lena", Role.LEAD)
    assert lead.feedback.summary() == (0, 0, 0, 0, 0, 0)
    first, second = record(store, required_reviews=3), record(store, required_reviews=3)
    early = review(first, reviewer_id="ann", pairs=(SPURIOUS,))
    add(store, early)
    add(store, flagged(first, reviewer_id="ann", supersedes=early.id, pairs=(RELEVANT, MISSING)))
    for decision in (first, second):
        add(store, review(decision, reviewer_id="ben", pairs=(SPURIOUS,)))
    size = store.head().size
    found = lead.feedback.summary()
    assert (found.decisions, found.reviews, found.reviewers) == (2, 3, 2)
    assert (found.relevant, found.spurious, found.missing) == (1, 2, 1)
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
    assert "1 labels and 2 pairs by 1 reviewers" in capsys.readouterr().out
    assert main(command) != 0
