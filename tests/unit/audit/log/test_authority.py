"""Who had the right to what: the fold over the log, for honest records and for entries that nobody had the right to make."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from audit import Access, Action, AuditStore, Gate, NotFound, ReviewKind, Role, SignInFailed, Verdict, gate
from audit.log import authority as fold
from audit.log import proving, roles, signatures, standing
from audit.log.authority import Authority
from audit.log.entries import ERASURE, RESERVED
from audit.log.proving import EntryHeader
from audit.log.roles import ALLOWED, BY_SYSTEM, CONTENT, KINDS, PROGRAM_SIGNED, SIGNED, SIGNED_SINCE
from audit.people import sessions
from audit.people.sessions import LONGEST, token_hash
from audit.storage import documents
from tests.support.audit import adversary, unsigned, unsigned_alone
from tests.support.audit.builders import sha
from tests.support.audit.forging import edit, verdict
from tests.support.audit.team import Clock, change_account, come_back, give, join, record
from tests.support.audit.unsigned import Base, Case, read


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Base:
    path = str(tmp_path_factory.mktemp("signed") / "audit.db")
    return read(path, unsigned.stage(path))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Base:
    path = str(tmp_path_factory.mktemp("alone") / "audit.db")
    return read(path, unsigned_alone.stage(path))


def unlike(base: Base, cases: Iterable[Case]) -> list[str]:
    """Return the cases that do not get their verdict."""
    return [fault for case in cases if (fault := case.tried(base).fault) is not None]


def test_every_entry_gets_the_verdict_that_its_maker_says(signed: Base) -> None:
    """All of them in the drill `authority`."""
    assert unlike(signed, [*adversary.cases(signed)][::7]) == []


def test_so_does_every_one_where_a_person_works_alone(alone: Base) -> None:
    assert unlike(alone, unsigned_alone.cases()) == []


@pytest.mark.parametrize("name", unsigned.OF_DECISIONS)
def test_a_review_that_was_signed_for_another_entry_of_its_decision_says_so(signed: Base, name: str) -> None:
    case = next(case for case in unsigned.cases() if case.name == f"review: {name}")
    assert "another entry of the decision" in case.tried(signed).reason


def test_an_erasure_of_what_is_no_number_of_an_entry_is_named_and_stops_nothing(signed: Base) -> None:
    assert unlike(signed, [case for case in adversary.refused(signed) if "a target is" in case.name]) == []


@pytest.mark.parametrize(
    ("decision", "fine"), [("d1" * 32, True), ("d2" * 32, False), ("", False), (None, False), (["d1"], False)]
)
@pytest.mark.parametrize("of", ["a decision", "no decision"])
def test_so_does_one_whose_content_was_erased(of: str, decision: object, fine: bool) -> None:
    authority = Authority(check=lambda _entry, _content: None)
    key = {"public_key": "ab", "kind": "machine", "initial": False, "revoked": False}
    meaning = signatures.meaning_of("key", {})
    made: list[tuple[str, str, str, str, dict[str, Any] | None]] = [
        ("system", "key", "single-user", "b1", key),
        ("single-user", "signature", "b1" * 32, "c1", {"key": "ab", "meaning": meaning}),
        ("single-user", "decision" if of == "a decision" else "note", "a", "d1", None),
        ("single-user", "review", "a", "e1", None),
        ("single-user", "signature", "e1" * 32, "c2", {"key": "ab", "meaning": "", "decision": decision}),
    ]
    found = []
    for seq, (actor, kind, subject, hash, content) in enumerate(made, 1):
        entry = EntryHeader(seq, "2026-03-01T10:00:00.000Z", actor, kind, subject, hash * 32)
        found += authority.problems(entry, content)
    assert [entry.seq for entry, _ in found] == ([] if fine and of == "a decision" else [4])


def test_every_kind_of_entry_and_every_action_has_its_place(signed: Base) -> None:
    made = [*adversary.cases(signed)]
    assert len({case.name for case in made}) == len(made)
    refused, fine = ([case.kind for case in made if case.refused is no] for no in (True, False))
    assert min(len(refused), len(fine)) >= 5_000
    assert {*KINDS, *CONTENT, *SIGNED, *PROGRAM_SIGNED, *SIGNED_SINCE, *BY_SYSTEM} == {*refused}
    assert {*refused} - {*fine} == {"set_up", "signature"}
    assert set(KINDS) <= RESERVED
    assert {action for actions in KINDS.values() for action in actions} <= set(ALLOWED) == {action.value for action in Action}


def test_honest_work_is_never_refused(timed: AuditStore, clock: Clock) -> None:
    """Days with new roles, sign-ins and sign-outs, programs, a clock that is set back, and accounts that are erased."""
    root = join(timed, "root", Role.ADMIN)
    lead, aiko, ben = join(timed, "lead", Role.LEAD), join(timed, "aiko", Role.REVIEWER), join(timed, "ben", Role.REVIEWER)
    disputed = record(timed, required_reviews=2)
    give(aiko, disputed)
    give(ben, disputed, Verdict.FLAG)
    give(lead, disputed, kind=ReviewKind.ADJUDICATION)
    aiko_id, ben_id = aiko.person.id, ben.person.id
    clock.move(LONGEST + 60)
    root, aiko = come_back(timed, root_id := account(timed, "root")), come_back(timed, aiko_id)
    issued = root.tokens.issue("mes", (Role.SERVICE,), days=1)
    assert timed.accounts.program(issued.token).id
    change_account(root, aiko_id, roles=(Role.REVIEWER, Role.LEAD))
    aiko = come_back(timed, aiko_id)
    give(aiko, record(timed))
    clock.move(-600)
    give(come_back(timed, ben_id), record(timed))
    root = come_back(timed, root_id)
    change_account(root, ben_id, active=False)
    root.admin.erase_account(ben_id, "left the plant")
    root.tokens.revoke(issued.known.sha256)
    root.sign_out()
    report = timed.verify()
    assert report.ok, report.problem_text


def account(store: AuditStore, login: str) -> str:
    with store.database.read() as connection:
        return sessions.by_login(connection, login).id


def test_rights_outlive_an_erased_account(store: AuditStore, url: str) -> None:
    """What an erased reviewer said still counts, because what they might do is never erased; it holds no name."""
    root, aiko = join(store, "root", Role.ADMIN), join(store, "aiko", Role.REVIEWER)
    id, person = record(store), aiko.person
    give(aiko, id)
    change_account(root, person.id, active=False)
    root.admin.erase_account(person.id, "left the plant")
    assert store.verify().ok
    assert gate(store, id)
    with store.database.read() as connection:
        (erasure,) = documents.every(connection, ERASURE)
    kept = [target["facts"] for target in (erasure.content or {})["targets"] if "facts" in target]
    assert [sorted(facts) for facts in kept] == [["expires_at"]]
    with store.database.read() as connection:
        left = documents.history(connection, person.id)
    assert [entry.type for entry, content in left if content] == ["account", "account", "erasure"]
    assert "aiko" not in json.dumps([content for _, content in left]).casefold()
    with pytest.raises(NotFound):
        root.admin.erase_account(person.id, "once more")


def test_an_erasure_of_an_earlier_version_leaves_its_account_in_doubt_and_the_record_valid() -> None:
    """It kept no facts: what such an account did cannot be judged any more, and is believed."""
    authority, root, gone = Authority(), "a" * 32, "b" * 32
    made = [
        (header(1, "system", "account", root), _account(root, "admin")),
        (header(2, root, "signed_in", root), _signed_in("2026-03-01T22:00:00.000Z")),
        (header(3, root, "account", gone), None),
        (header(4, gone, "signed_in", gone), None),
        (header(5, gone, "policy", "reviews"), None),
        (header(6, root, "erasure", gone), {"targets": [{"seq": 3}, {"seq": 4}], "blobs": []}),
        (header(7, root, "policy", "reviews"), None),
        (header(8, gone, "policy", "reviews"), None),
    ]
    *fine, last, ended = [authority.problems(entry, content) for entry, content in made]
    assert not any(fine)
    assert "it needs the role lead" in last[0][1]
    assert "was not active" in ended[0][1]


def header(seq: int, actor: str, kind: str, subject: str) -> EntryHeader:
    return EntryHeader(seq, "2026-03-01T10:00:00.000Z", actor, kind, subject, sha(b"%d" % seq))


def _account(id: str, *roles: str) -> dict[str, Any]:
    return {"id": id, "login": id, "name": id, "roles": list(roles), "active": True, "provider": "password"}


def _signed_in(until: str) -> dict[str, Any]:
    return {"how": "password (argon2id)", "session": "ab", "expires_at": until}


def test_without_accounts_everybody_may_do_everything(store: AuditStore) -> None:
    give(store.single_user("Aiko"), record(store))
    assert store.verify().ok


def test_a_program_on_its_own_account_records_no_decision_beside_people(store: AuditStore, url: str) -> None:
    join(store, "root", Role.ADMIN)
    before = store.head().size
    with pytest.raises(Exception, match="through their access"):
        store.record_decisions([], actor="import")
    assert store.head().size == before


def test_a_forged_setting_closes_the_gate_for_all_a_forged_review_for_its_decision(store: AuditStore) -> None:
    viewer = join(store, "viewer", Role.VIEWER).person
    fine, other = (record(store, gate=Gate.RELEASED, required_reviews=0) for _ in range(2))
    assert gate(store, fine)
    append(store, viewer.id, "skip", other, {"why": ""})
    assert gate(store, fine)
    assert "without the right to it" in gate(store, other).reason
    append(store, viewer.id, "policy", "reviews", {})
    assert "without the right to it" in gate(store, fine).reason
    assert "without the right to it" in gate(AuditStore(store.database.location, read_only=True), fine).reason


def append(store: AuditStore, actor: str, type: str, subject: str, content: dict[str, Any]) -> None:
    with store.database.write() as connection:
        store.database.append(connection, actor=actor, type=type, subject=subject, payload=content)


@pytest.mark.parametrize("how", ["signed out", "changed"])
def test_a_session_that_ended_never_comes_back(store: AuditStore, url: str, how: str) -> None:
    root, aiko = join(store, "root", Role.ADMIN), join(store, "aiko", Role.REVIEWER)
    token, id = str(aiko._token), aiko.person.id
    if how == "signed out":
        aiko.sign_out()
    else:
        change_account(root, id, name="Aiko T")
    edit(url, f"UPDATE sessions SET ended_at=NULL WHERE token_sha256='{token_hash(token)}'")  # noqa: S608
    with pytest.raises(SignInFailed, match="was ended"):
        store.access(token).queue.claim()
    assert "or that had ended" in verdict(url)[1]


def test_of_two_who_come_first_from_a_provider_one_is_the_administrator(store: AuditStore) -> None:
    now = {"issued_at": "2126-01-01T00:00:00.000Z", "roles": (Role.VIEWER, Role.ADMIN)}
    first, second = (
        store.access(store.accounts.sign_in_by_provider("https://idp", name, name, **now).token) for name in ("a", "b")
    )
    assert (Role.ADMIN in first.person.roles, Role.ADMIN in second.person.roles) == (True, False)
    assert store.verify().ok


def test_a_person_who_works_alone_does_nothing_once_there_is_an_account(store: AuditStore) -> None:
    """Also where the account is made between the check and the entry."""
    alone, id = store.single_user("Aiko"), record(store)

    def meanwhile(access: Access) -> None:
        with access.acting(Action.REQUEST_REVIEW, id) as (connection, person):
            store.database.append(
                connection, actor="system", type="account", subject="ab" * 16, payload=_account("ab" * 16, "admin")
            )
            store.database.append(connection, actor=person.id, type="review_requested", subject=id, payload={"why": "x"})

    with pytest.raises(SignInFailed, match="has accounts"):
        meanwhile(alone)
    assert not store.accounts.exist()


CRYPTOGRAPHY = {"cryptography.exceptions", "cryptography.hazmat.primitives.asymmetric.ed25519"}


def test_the_stand_alone_rules_need_nothing_but_each_other() -> None:
    for module in (fold, proving, roles, signatures, standing):
        source = Path(module.__file__ or "").read_text(encoding="utf-8")
        named = {line.split()[1] for line in source.splitlines() if line.startswith(("import ", "from "))}
        assert named <= {
            *(
                "__future__",
                "array",
                "collections.abc",
                "datetime",
                "functools",
                "hashlib",
                "json",
                "json.encoder",
                "re",
                "sys",
                "typing",
            ),
            *CRYPTOGRAPHY,
        }


def test_a_key_of_no_possible_kind_is_named() -> None:
    authority = Authority()
    account = {"roles": ["admin"], "active": True, "provider": "password"}
    first, key = (header(seq, "system", kind, "a" * 32) for seq, kind in ((1, "account"), (2, "key")))
    assert not authority.problems(first, account)
    content = {"public_key": "ab", "kind": ["password"], "initial": False, "revoked": False}
    assert [made.seq for made, _ in authority.problems(key, content)] == [2]


def test_a_decision_is_recorded_once() -> None:
    authority = Authority()
    first, again = (header(seq, "anna", "decision", "d") for seq in (1, 2))
    assert not authority.problems(first, None)
    assert [made.seq for made, _ in authority.problems(again, None)] == [2]
