"""Who had the right to what: the fold over the log, for honest records and for entries that nobody had the right to make."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection

from audit import Access, Action, AuditStore, Gate, NotFound, ReviewKind, Role, SignInFailed, Verdict, gate
from audit.log import authority as fold
from audit.log import roles, signatures
from audit.log.authority import Authority, EntryHeader
from audit.log.entries import ERASURE, RESERVED
from audit.log.roles import ALLOWED, CONTENT, KINDS, PROGRAM_SIGNED, SIGNED
from audit.people import sessions
from audit.people.sessions import LONGEST, token_hash
from audit.storage import documents
from tests.support.audit import unfounded, unsigned, unsigned_alone
from tests.support.audit.builders import sha
from tests.support.audit.forging import edit, verdict
from tests.support.audit.team import Clock, change_account, come_back, give, join, record
from tests.support.audit.unfounded import Case, Cast

CASES, UNSIGNED, UNSIGNED_ALONE = (list(listed.cases()) for listed in (unfounded, unsigned, unsigned_alone))
RIGHTFUL, RIGHTFUL_ALONE = (list(listed.rightful()) for listed in (unsigned, unsigned_alone))


class Forged(NamedTuple):
    """A record that is to be forged, and the fold over it as it was before."""

    store: AuditStore
    cast: Cast
    authority: Authority
    last: EntryHeader


def staged(stage: Callable[[str], Cast], folder: Path) -> Iterator[Forged]:
    path = str(folder / "audit.db")
    cast, store = stage(path), AuditStore(path)
    authority = Authority()
    with store.database.read() as connection:
        problems, last = folded(authority, store, connection, None)
    assert not problems
    assert last is not None
    yield Forged(store, cast, authority, last)
    store.close()


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forged]:
    yield from staged(unfounded.stage, tmp_path_factory.mktemp("forged"))


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forged]:
    yield from staged(unsigned.stage, tmp_path_factory.mktemp("signed"))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forged]:
    yield from staged(unsigned_alone.stage, tmp_path_factory.mktemp("alone"))


def folded(
    authority: Authority, store: AuditStore, connection: Connection, before: EntryHeader | None
) -> tuple[list[tuple[EntryHeader, str]], EntryHeader | None]:
    """Fold the entries after one; return the problems and the last entry."""
    problems: list[tuple[EntryHeader, str]] = []
    while (document := documents.at(connection, before.seq + 1 if before else 1)) is not None:
        entry = document.entry
        made = EntryHeader(entry.seq, entry.ts, entry.actor, entry.type, entry.subject, entry.hash)
        problems += authority.problems(made, document.content if entry.type in CONTENT else None, before)
        before = made
    return problems + authority.unsigned(), before


class UndoneError(Exception):
    pass


def problems_of(on: Forged, case: Case) -> tuple[int, list[tuple[EntryHeader, str]], Authority]:
    """Return the number of the forged entry, the problems, and the fold."""
    authority = deepcopy(on.authority)
    with pytest.raises(UndoneError), on.store.database.write() as connection:
        seq = case.forge(on.store, connection, on.cast)
        problems, _ = folded(authority, on.store, connection, on.last)
        raise UndoneError
    return seq, problems, authority


def believed(authority: Authority) -> dict[str, Any]:
    """Return the accounts, tokens, keys and reviews that count; people sign in without a right to anything."""
    return {name: getattr(authority, name) for name in ("_accounts", "_tokens", "_issued", "_keys", "reviews", "root_key")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_an_entry_that_nobody_had_the_right_to_make_is_named(forged: Forged, case: Case) -> None:
    last, ((made, text),), _ = problems_of(forged, case)
    assert made.seq == last
    assert text.startswith(f"Entry {last} (")


@pytest.mark.parametrize("case", UNSIGNED, ids=lambda case: case.name.replace(" ", "-"))
def test_an_entry_that_its_maker_did_not_sign_never_counts(signed: Forged, case: Case) -> None:
    seq, problems, after = problems_of(signed, case)
    assert seq in [made.seq for made, _ in problems]
    assert all(made.seq > signed.last.seq for made, _ in problems)
    assert believed(after) == believed(signed.authority)


@pytest.mark.parametrize("case", UNSIGNED_ALONE, ids=lambda case: case.name.replace(" ", "-"))
def test_neither_does_one_that_the_machine_did_not_sign_where_a_person_works_alone(alone: Forged, case: Case) -> None:
    seq, problems, after = problems_of(alone, case)
    assert seq in [made.seq for made, _ in problems]
    assert all(made.seq > alone.last.seq for made, _ in problems)
    assert believed(after) == believed(alone.authority)


@pytest.mark.parametrize("case", RIGHTFUL_ALONE, ids=lambda case: case.name.replace(" ", "-"))
def test_what_the_machine_signed_counts(alone: Forged, case: Case) -> None:
    assert not problems_of(alone, case)[1]


@pytest.mark.parametrize("case", RIGHTFUL, ids=lambda case: case.name.replace(" ", "-"))
def test_the_same_entry_counts_with_the_signature_of_its_maker(signed: Forged, case: Case) -> None:
    """So nothing but the signature was missing."""
    assert not problems_of(signed, case)[1]


@pytest.mark.parametrize("name", unsigned.OF_DECISIONS)
def test_a_review_that_was_signed_for_another_entry_of_its_decision_says_so(signed: Forged, name: str) -> None:
    case = next(case for case in UNSIGNED if case.name == f"review: {name}")
    assert "another entry of the decision" in problems_of(signed, case)[1][0][1]


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
        found += authority.problems(entry, content, None)
    assert [entry.seq for entry, _ in found] == ([] if fine and of == "a decision" else [4])


def test_every_kind_of_entry_and_every_action_has_its_place() -> None:
    named = {case.name.split(" ")[0].rstrip(":") for case in CASES}
    assert named >= set(KINDS) | CONTENT - {"key", "signature"}
    assert len(CASES) >= 200
    assert {case.name.split(":")[0] for case in UNSIGNED} == SIGNED | PROGRAM_SIGNED
    assert len(UNSIGNED) >= 300
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
        (header(6, root, "policy", "reviews"), None),
    ]
    *fine, last = [authority.problems(entry, content, None) for entry, content in made]
    assert not any(fine)
    assert "it needs the role lead" in last[0][1]


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
    assert "the log had ended" in verdict(url)[1]


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
    for module in (fold, roles, signatures):
        source = Path(module.__file__ or "").read_text(encoding="utf-8")
        named = {line.split()[1] for line in source.splitlines() if line.startswith(("import ", "from "))}
        assert named <= {
            *("__future__", "array", "collections.abc", "datetime", "functools", "hashlib", "json", "re", "sys", "typing"),
            *CRYPTOGRAPHY,
        }


def test_a_key_of_no_possible_kind_is_named() -> None:
    authority = Authority()
    account = {"roles": ["admin"], "active": True, "provider": "password"}
    first, key = (header(seq, "system", kind, "a" * 32) for seq, kind in ((1, "account"), (2, "key")))
    assert not authority.problems(first, account, None)
    content = {"public_key": "ab", "kind": ["password"], "initial": False, "revoked": False}
    assert [made.seq for made, _ in authority.problems(key, content, first)] == [2]


def test_a_decision_is_recorded_once() -> None:
    authority = Authority()
    first, again = (header(seq, "anna", "decision", "d") for seq in (1, 2))
    assert not authority.problems(first, None, None)
    assert [made.seq for made, _ in authority.problems(again, None, first)] == [2]
