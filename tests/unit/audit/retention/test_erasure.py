"""Erasing content: the log still proves itself, what others stand on stays, and nothing else can be deleted by it."""

from __future__ import annotations

from typing import Any

import pytest

from audit import (
    Access,
    AuditStore,
    BlobRef,
    Checkpoint,
    Conflict,
    InvalidRecord,
    NotFound,
    PairReview,
    PairVerdict,
    Role,
    Verdict,
    new_id,
)
from audit.records.canonical import parse
from audit.storage.schema import METADATA
from tests.support.audit.builders import SELECTION, UPLOAD, blobs_of, decision, sha
from tests.support.audit.forging import owner, signed, value
from tests.support.audit.team import PASSWORD, add, change_account, enrol, give, join, judgement, record

SECRET, OWN, WEIGHTS = b"Aiko Tanaka entered the hall\n" * 9, b"selection of one decision only", b"weights of a model"
PAIRS = (PairReview(0, 1, 5, 2, PairVerdict.SPURIOUS, "Aiko was there"),)


@pytest.fixture
def root(store: AuditStore) -> Access:
    return join(store, "root", Role.ADMIN)


def personal(store: AuditStore) -> str:
    """Record a decision about a person with everything that it can have: reviewed, amended, claimed, skipped, asked about."""
    made = decision(
        input_sha256=sha(SECRET),
        selections=(BlobRef(0, sha(OWN), 3, 1.0), BlobRef(1, sha(SELECTION), 2, 1.0)),
        weights_blob=sha(WEIGHTS),
        input_name="Aiko Tanaka.log",
        required_reviews=2,
    )
    add(store, made, blobs_of(SECRET, OWN, SELECTION, WEIGHTS))
    aiko, kenji, lead = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER), join(store, "lead", Role.LEAD)
    given = give(aiko, made.id, pairs=PAIRS, comment="Aiko Tanaka says so")
    aiko.queue.amend(given.id, judgement(aiko, given, Verdict.FLAG, pairs=PAIRS, comment="Aiko Tanaka was mistaken"))
    kenji.queue.skip(kenji.queue.claim_decision(made.id), "I know Aiko Tanaka")
    kenji.queue.claim_decision(made.id)
    lead.queue.request_review(made.id, "because of Aiko Tanaka")
    return made.id


def everything(url: str) -> str:
    """All that the database holds, as text, but for the accounts themselves."""
    with owner(url, guarded=True) as connection:
        found = []
        for table in METADATA.tables:
            where = " WHERE seq NOT IN (SELECT seq FROM log WHERE type='account')" if table == "payloads" else ""
            found += [str(row) for row in connection.execute(f"SELECT * FROM {table}{where}").fetchall()]  # noqa: S608
    return "\n".join(found)


def test_nothing_of_it_is_left_and_the_record_still_holds(store: AuditStore, url: str, root: Access) -> None:
    record(store)
    id = personal(store)
    before = signed(url)
    entry = root.admin.erase(id, "Art. 17 GDPR", early=True)
    assert (entry.type, entry.actor, entry.subject) == ("erasure", root.person.id, id)
    text = everything(url)
    assert "Aiko Tanaka" not in text
    assert text.count(id) == len(join(store, "audit", Role.AUDITOR).history(id))  # its name in the log is all
    report = store.verify(checkpoint=before)
    assert report.ok, report.problem_text
    assert report.checked["erased"] == 5
    for read in (store.decision, store.summary, store.reviews, root.case):
        with pytest.raises(NotFound):
            read(id)
    for sha256 in (sha(SECRET), sha(OWN), sha(WEIGHTS)):
        with pytest.raises(NotFound):
            store.blob(sha256)


def test_the_entry_names_what_went(store: AuditStore, root: Access) -> None:
    id = personal(store)
    targets = [entry for entry in store.entries() if entry.subject == id]
    entry = root.admin.erase(id, "Art. 17 GDPR", early=True)
    content = parse(store.sealed(entry.seq).payload)
    assert content["targets"] == [{"seq": target.seq, "p": target.commitment} for target in targets]
    assert set(content["blobs"]) == {sha(SECRET), sha(OWN), sha(SELECTION), sha(WEIGHTS)}
    assert content["why"] == "Art. 17 GDPR"
    for target in targets:
        with pytest.raises(NotFound, match="erased"):
            store.sealed(target.seq)
    assert [e.hash for e in store.entries(limit=entry.seq - 1)] == [e.hash for e in store.entries()][:-1]


def test_files_that_another_decision_stands_on_stay(store: AuditStore, root: Access) -> None:
    id = personal(store)
    others = [
        decision(input_sha256=sha(SECRET), selections=()),
        decision(input_sha256=sha(UPLOAD), selections=(BlobRef(0, sha(OWN), 3, 1.0),), weights_blob=sha(WEIGHTS)),
    ]
    add(store, others[0], {})
    add(store, others[1], blobs_of(UPLOAD))
    entry = root.admin.erase(id, "asked for", early=True)
    assert parse(store.sealed(entry.seq).payload)["blobs"] == [sha(SELECTION)]
    assert (store.blob(sha(SECRET)), store.blob(sha(OWN)), store.blob(sha(WEIGHTS))) == (SECRET, OWN, WEIGHTS)
    assert store.verify().ok
    for other in others:
        root.admin.erase(other.id, "asked for", early=True)
    with pytest.raises(NotFound):
        store.blob(sha(WEIGHTS))
    assert store.verify().ok


def test_a_file_that_was_erased_can_be_recorded_and_erased_again(store: AuditStore, root: Access) -> None:
    for _ in range(2):
        made = decision()
        add(store, made, blobs_of())
        root.admin.erase(made.id, "asked for", early=True)
        assert store.verify().ok
    record(store)
    assert store.blob(sha(UPLOAD)) == UPLOAD
    assert store.verify().ok


def test_a_claim_on_it_is_gone(store: AuditStore, root: Access) -> None:
    aiko, id = join(store, "aiko", Role.REVIEWER), record(store)
    claim = aiko.queue.claim_decision(id)
    root.admin.erase(id, "asked for", early=True)
    assert aiko.queue.claims() == []
    with pytest.raises(NotFound):
        aiko.queue.submit(claim, judgement(aiko, claim))
    assert aiko.queue.claim() is None
    assert store.verify().ok


def test_it_is_erased_once_and_needs_a_reason(store: AuditStore, root: Access) -> None:
    id = record(store)
    with pytest.raises(InvalidRecord):
        root.admin.erase(id, "", early=True)
    root.admin.erase(id, "asked for", early=True)
    for gone in (id, new_id()):
        with pytest.raises(NotFound):
            root.admin.erase(gone, "asked for", early=True)
    assert store.verify().ok


def test_a_control_item_can_be_erased(store: AuditStore, root: Access) -> None:
    lead, id = join(store, "lead", Role.LEAD), record(store)
    give(join(store, "aiko", Role.REVIEWER), id)
    lead.queue.seed_control(id, Verdict.APPROVE, "obvious")
    root.admin.erase(id, "asked for", early=True)
    assert store.verify().ok


def test_its_id_is_not_given_to_another_decision(store: AuditStore, root: Access) -> None:
    made = decision()
    add(store, made, blobs_of())
    root.admin.erase(made.id, "asked for", early=True)
    with pytest.raises(Conflict):
        add(store, made, blobs_of())
    assert store.verify().ok


@pytest.mark.parametrize("first", ["scan", "erase"])
def test_a_verification_that_runs_meanwhile_raises_no_alarm(
    store: AuditStore, root: Access, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """The entry is read before the erasure, or after it: then the erasure lies behind the end that was read at the start."""
    id = personal(store)
    scan = store.scan

    def and_erase(after: int, limit: int, prev: str, good_blobs: Any) -> Any:
        found = scan(after, limit, prev, good_blobs) if first == "scan" else None
        if store.decisions():
            root.admin.erase(id, "asked for", early=True)
        return found or scan(after, limit, prev, good_blobs)

    monkeypatch.setattr(store, "scan", and_erase)
    report = store.verify()
    assert report.ok, report.problem_text
    assert not store.decisions()


def test_erasing_an_account(store: AuditStore, url: str) -> None:
    store.accounts.set_up("tanaka", "Aiko Tanaka", PASSWORD, roles=(Role.REVIEWER,))
    access = store.access(store.accounts.sign_in("tanaka", PASSWORD).token).signing(PASSWORD)
    who = access.person.id
    given = give(access, record(store))
    root = enrol(store, access, "root", Role.ADMIN)
    with pytest.raises(Conflict, match="active"):
        root.admin.erase_account(who, "left the plant")
    change_account(root, who, active=False)
    root.admin.erase_account(who, "left the plant")
    assert who not in {account.id for account in root.admin.accounts()}
    with pytest.raises(NotFound):
        root.admin.erase_account(who, "once more")
    assert store.reviews(given.decision_id)[0].reviewer_name == "Aiko Tanaka"  # what was signed stays signed
    assert "tanaka" not in everything(url)
    assert value(url, "SELECT count(*) FROM credentials") == 1
    report = store.verify()
    assert report.ok, report.problem_text
    made = root.admin.create_account("tanaka", "Another Tanaka", (), PASSWORD)
    assert made.id != who


def test_an_erased_record_agrees_with_its_old_checkpoint(store: AuditStore, root: Access) -> None:
    ids = [record(store) for _ in range(3)]
    head = store.head()
    root.admin.erase(ids[1], "asked for", early=True)
    assert store.verify(checkpoint=Checkpoint("o", head.size, head.root)).ok
