"""Two transactions at once, one step after the other: what the second transaction read must still be true when it writes.

SQLite lets one transaction write at a time, so only PostgreSQL can be made to do this.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import Connection, select

from audit import AccountChanged, AuditStore, Conflict, NotFound, Retention, Role, SignInFailed
from audit.log.entries import RETENTION
from audit.people import sessions as people
from audit.retention.retention import erase_decision
from audit.review.claims import lock_item
from audit.storage import queries
from audit.storage.schema import credentials, sessions
from tests.support.audit.builders import SELECTION, UPLOAD, blobs_of, decision, sha
from tests.support.audit.team import PASSWORD, add, change_account, come_back, join, judgement, keeper, record

WEIGHTS = b"weights of a model"


@pytest.fixture(params=["postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    databases = request.getfixturevalue("databases")
    copy = databases.copy()
    yield copy
    databases.drop(copy)


class Interleaving:
    """A transaction that stays open while somebody else waits for it."""

    def __init__(self, url: str, connection: Connection) -> None:
        self._url = url
        self.connection = connection
        self.outcome: list[object] = []
        self._thread: threading.Thread | None = None

    def wait_for_it(self, work: Callable[[], object]) -> None:
        """Start `work` in parallel to this transaction, and return when it waits for a lock."""

        def run() -> None:
            try:
                self.outcome.append(work())
            except Exception as error:
                self.outcome.append(error)

        self._thread = threading.Thread(target=run)
        self._thread.start()
        deadline = time.monotonic() + 20
        with psycopg.connect(self._url, autocommit=True) as connection:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            while connection.execute(waiting).fetchone() == (0,):
                assert self._thread.is_alive(), f"it did not wait: {self.outcome}"
                assert time.monotonic() < deadline
                time.sleep(0.01)

    def join(self) -> None:
        """Wait until the started work is done."""
        assert self._thread is not None
        self._thread.join(timeout=60)
        assert len(self.outcome) == 1


@contextmanager
def interleaving(store: AuditStore, url: str) -> Iterator[Interleaving]:
    with store.database.write() as connection:
        built = Interleaving(url, connection)
        yield built
    built.join()


def test_two_administrators_cannot_take_each_others_role(store: AuditStore, url: str) -> None:
    first, second = join(store, "first", Role.ADMIN), join(store, "second", Role.ADMIN)
    ids = first.person.id, second.person.id
    with interleaving(store, url) as between:
        taken = people.account(between.connection, ids[1])
        people.change(store.database, between.connection, ids[0], taken, roles=())
        between.wait_for_it(lambda: change_account(second, ids[0], roles=()))
    assert isinstance(between.outcome[0], SignInFailed)  # a change of the account ended the session
    with store.database.read() as connection:
        assert [people.account(connection, id).roles for id in ids] == [(Role.ADMIN,), ()]


def test_a_role_that_is_being_taken_away_does_not_come_back_with_a_new_password(store: AuditStore, url: str) -> None:
    store.accounts.set_up("root", "Ren", PASSWORD)
    root = store.access(store.accounts.sign_in("root", PASSWORD).token).signing(PASSWORD)
    lead = root.admin.create_account("lead", "Lea", (Role.LEAD,), PASSWORD)
    token = store.accounts.sign_in("lead", PASSWORD).token
    with interleaving(store, url) as between:
        store.database.sign_as(between.connection, root.signer)
        people.change(store.database, between.connection, root.person.id, lead, roles=(Role.VIEWER,))
        between.wait_for_it(lambda: store.accounts.change_password(token, PASSWORD, "a fresh new password"))
    assert come_back(store, lead.id).person.roles == (Role.VIEWER,)


def test_of_two_changes_of_an_account_at_once_the_second_is_refused(store: AuditStore, url: str) -> None:
    root, aiko = join(store, "root", Role.ADMIN), join(store, "aiko", Role.REVIEWER)
    account_id = aiko.person.id
    with interleaving(store, url) as between:
        old = people.account(between.connection, account_id)
        people.change(store.database, between.connection, root.person.id, old, roles=(Role.LEAD,))
        between.wait_for_it(lambda: root.admin.change_account(old, name="Aiko Sato"))
    assert isinstance(between.outcome[0], AccountChanged)
    person = come_back(store, account_id).person
    assert (person.name, person.roles) == ("Aiko", (Role.LEAD,))


def test_signing_in_and_changing_the_account_do_not_block_each_other(store: AuditStore, url: str) -> None:
    root, aiko = join(store, "root", Role.ADMIN), join(store, "aiko", Role.REVIEWER)
    account_id = aiko.person.id
    with interleaving(store, url) as between:  # the steps of signing in: first the credential, then an entry
        between.connection.execute(select(credentials).where(credentials.c.account_id == account_id).with_for_update())
        between.wait_for_it(lambda: change_account(root, account_id, active=False))
        store.database.append(between.connection, actor=account_id, type="signed_in", subject=account_id, payload={})
    assert isinstance(between.outcome[0], people.Account)


def test_signing_out_and_changing_the_account_do_not_block_each_other(store: AuditStore, url: str) -> None:
    aiko = join(store, "aiko", Role.REVIEWER)
    with interleaving(store, url) as between:  # the steps of a change: first the log, then the sessions
        store.database.lock(between.connection)
        between.wait_for_it(aiko.sign_out)
        between.connection.execute(sessions.update().values(ended_at="2026-03-01T10:00:00.000Z"))
    assert between.outcome == [None]


def test_a_legal_hold_that_is_being_set_stops_an_erasure(store: AuditStore, url: str) -> None:
    root, id = join(store, "root", Role.ADMIN), record(store)
    with interleaving(store, url) as between:
        lock_item(between.connection, id)
        content = {"retention": Retention.LEGAL_HOLD.value, "why": "a claim came in"}
        store.database.append(between.connection, actor=root.person.id, type=RETENTION, subject=id, payload=content)
        between.wait_for_it(lambda: root.admin.erase(id, "asked for", early=True))
    assert isinstance(between.outcome[0], Conflict)
    assert store.decision(id).id == id


def test_setting_a_legal_hold_waits_for_who_holds_the_decision(store: AuditStore, url: str) -> None:
    root, id = join(store, "root", Role.ADMIN), record(store)
    with interleaving(store, url) as between:
        erase_decision(store.database, between.connection, root.person.id, id, "asked for")
        between.wait_for_it(lambda: root.admin.set_retention(id, Retention.LEGAL_HOLD, "too late"))
    assert "no decision has the id" in str(between.outcome[0])
    assert store.verify().ok


@pytest.mark.parametrize("before", ["summaries", "reviews_of"])
def test_a_decision_that_is_erased_while_it_is_read_is_shown_as_it_was(
    store: AuditStore, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    root, id = join(store, "root", Role.ADMIN), record(store)
    read, shown = getattr(queries, before), root.case(id)

    def late(*given: object) -> object:
        monkeypatch.setattr(queries, before, read)
        root.admin.erase(id, "asked for", early=True)
        return read(*given)

    monkeypatch.setattr(queries, before, late)
    assert root.case(id) == shown
    with pytest.raises(NotFound):
        root.case(id)


@pytest.mark.parametrize("shared", ["weights", "input and selection"])
def test_a_file_that_is_being_used_again_is_not_erased(store: AuditStore, url: str, shared: str) -> None:
    names, blobs = {}, blobs_of()
    if shared == "weights":
        names, blobs = {"weights_blob": sha(WEIGHTS)}, blobs_of(UPLOAD, SELECTION, WEIGHTS)
        record(store)  # keeps input and selection
    old = decision(**names)
    add(store, old, blobs)
    root = join(store, "root", Role.ADMIN)
    with interleaving(store, url) as between:
        new = decision(**names)
        store.add_decision(between.connection, new, {}, keeper(store, between.connection))
        between.wait_for_it(lambda: root.admin.erase(old.id, "asked for", early=True))
    report = store.verify()
    assert report.ok, report.problem_text
    assert all(store.blob(sha256) for sha256 in blobs)
    assert getattr(between.outcome[0], "type", None) == "erasure"


def test_a_file_that_is_being_erased_must_be_sent_again(store: AuditStore, url: str) -> None:
    record(store)
    old = decision(weights_blob=sha(WEIGHTS))
    add(store, old, blobs_of(UPLOAD, SELECTION, WEIGHTS))
    new = decision(weights_blob=sha(WEIGHTS))
    with interleaving(store, url) as between:
        erase_decision(store.database, between.connection, "root", old.id, "asked for")
        between.wait_for_it(lambda: add(store, new, {}))
    assert isinstance(between.outcome[0], Conflict)
    add(store, new, blobs_of(UPLOAD, SELECTION, WEIGHTS))
    assert store.verify().ok


def test_two_reviews_of_one_decision_wait_for_each_other(store: AuditStore, url: str) -> None:
    aiko, kenji = join(store, "aiko", Role.REVIEWER), join(store, "kenji", Role.REVIEWER)
    id = record(store)
    claim = aiko.queue.claim_decision(id)
    with interleaving(store, url) as between:
        lock_item(between.connection, id)
        between.wait_for_it(lambda: kenji.queue.claim_decision(id))
    assert isinstance(between.outcome[0], Conflict)
    assert aiko.queue.claims() == [claim]


def test_a_role_that_is_being_taken_away_does_nothing_more(store: AuditStore, url: str) -> None:
    """The action waits for the change, and is then refused."""
    root, aiko = join(store, "root", Role.ADMIN), join(store, "aiko", Role.REVIEWER)
    claim = aiko.queue.claim_decision(record(store))
    with interleaving(store, url) as between:
        account = people.account(between.connection, aiko.person.id)
        people.change(store.database, between.connection, root.person.id, account, active=False)
        between.wait_for_it(lambda: aiko.queue.submit(claim, judgement(aiko, claim)))
    assert isinstance(between.outcome[0], SignInFailed)
    assert store.reviews(claim.decision_id) == []


def test_two_administrators_at_each_other_leave_one_who_may(store: AuditStore, url: str) -> None:
    first, second = join(store, "first", Role.ADMIN), join(store, "second", Role.ADMIN)
    join(store, "third", Role.ADMIN)
    ids = first.person.id, second.person.id
    with interleaving(store, url) as between:
        taken = people.account(between.connection, ids[1])
        people.change(store.database, between.connection, ids[0], taken, roles=())
        between.wait_for_it(lambda: change_account(second, ids[0], roles=()))
    assert isinstance(between.outcome[0], SignInFailed)
    with store.database.read() as connection:
        assert people.account(connection, ids[0]).roles == (Role.ADMIN,)
