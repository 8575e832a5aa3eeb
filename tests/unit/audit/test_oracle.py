"""The oracle's own tests: what it says of a record that the product's public API made, and of such a record forged."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from audit import Access, AuditStore, Gate, ReviewKind, Role, Verdict, new_id
from audit.log.chain import next_entry
from audit.log.proving import Tip, commitment
from audit.log.signatures import meaning_of, sign
from audit.records.clock import moment_text
from tests.support.audit.builders import UPLOAD, sha
from tests.support.audit.oracle import Outcomes, _Record, outcomes
from tests.support.audit.team import Clock, change_account, enrol, give, record, set_up

Entries = list[dict[str, Any]]
ALLOW: dict[str, Any] = {"gate": Gate.RELEASED, "required_reviews": 0}


class Team:
    """A record in which people sign: an administrator, a lead, two reviewers."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, Clock()
        self.store = AuditStore(folder / "audit.db", clock=self.clock)
        self.root = set_up(self.store, Role.ADMIN, Role.SERVICE)
        self.lead = enrol(self.store, self.root, "lead", Role.LEAD)
        self.aiko, self.ben = (enrol(self.store, self.root, name, Role.REVIEWER) for name in ("aiko", "ben"))

    def entries(self) -> Entries:
        with closing(sqlite3.connect(self.folder / "audit.db")) as connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute("SELECT log.*, salt, payload FROM log LEFT JOIN payloads USING (seq) ORDER BY seq")
            return [dict(row) for row in rows]

    def says(self) -> Outcomes:
        return outcomes(self.entries())


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    monkeypatch.setenv("SPARSEMIX_PROGRAM_KEY", str(tmp_path / "program.key"))
    made = Team(tmp_path)
    yield made
    made.store.close()


def append(entries: Entries, actor: str, type: str, subject: str, content: dict[str, Any], by: Access | None = None) -> Entries:
    """Return the record with one more entry in the right form, which the key of `by` signs."""
    payload, salt, last = json.dumps(content, sort_keys=True), b"s" * 32, entries[-1]
    committed, tip = commitment(salt, payload.encode()), Tip(last["seq"], last["hash"])
    entry = next_entry(tip, ts=last["ts"], actor=actor, type=type, subject=subject, commitment=committed)
    row = {name: getattr(entry, name) for name in entry.__match_args__}
    longer = [*entries, row | {"salt": salt.hex(), "payload": payload}]
    if by is None or by.signer is None:
        return longer
    of = next((one["hash"] for one in entries if one["type"] == "decision" and one["subject"] == subject), None)
    said = sign(by.signer.private, entry.hash, meaning_of(type, content), content.get("shown_sha256"), of)
    return append(longer, actor, "signature", entry.hash, said)


def vouched(team: Team, entries: Entries) -> Entries:
    """Return the record with a signature of the program of its last entry."""
    private: Any = load_pem_private_key((team.folder / "program.key").read_bytes(), None)
    return append(entries, "program", "signature", entries[-1]["hash"], sign(private, entries[-1]["hash"], "words"))


def review_by(team: Team, person: Access, about: str, **changes: Any) -> Entries:
    """Return the record with a review like the first one, but by another person."""
    first = next(json.loads(entry["payload"]) for entry in team.entries() if entry["type"] == "review")
    name = {"reviewer_id": person.person.id, "reviewer_name": person.person.name, "id": new_id(), "decision_id": about}
    return append(team.entries(), person.person.id, "review", about, first | name | changes, person)


def test_words_release_hold_and_reject(team: Team) -> None:
    approved, flagged, half, both = (record(team.store, required_reviews=needed) for needed in (1, 1, 2, 2))
    allowed, asked = record(team.store, **ALLOW), record(team.store, **ALLOW)
    first = give(team.aiko, approved)
    give(team.aiko, flagged, Verdict.FLAG)
    for person, id in ((team.aiko, half), (team.aiko, both), (team.ben, both)):
        give(person, id)
    team.lead.queue.request_review(asked, "look again")
    assert team.says().released == {approved, both, allowed}
    give(team.aiko, asked)
    team.aiko.queue.withdraw(first.id)
    assert team.says().released == {both, allowed, asked}
    control = outcomes(review_by(team, team.ben, approved, kind="control"))
    assert control.released == {both, allowed, asked} and not control.refused, "it may be said, and counts nowhere"


def test_only_a_lead_settles_only_a_dispute(team: Team) -> None:
    id = record(team.store, required_reviews=2)
    give(team.aiko, id)
    assert not outcomes(review_by(team, team.lead, id, kind="adjudication", role="lead")).released, "not disputed yet"
    flag = give(team.ben, id, Verdict.FLAG)
    assert not team.says().released
    assert not outcomes(review_by(team, team.aiko, id, kind="adjudication")).released, "no lead, and has reviewed it"
    assert not outcomes(review_by(team, team.ben, id, supersedes=flag.id)).released, "reversed after another's word"
    give(team.lead, id, kind=ReviewKind.ADJUDICATION)
    assert team.says().released == {id}


def test_what_is_forged_counts_for_nothing(team: Team) -> None:
    shown, id, other = record(team.store), record(team.store), record(team.store, **ALLOW)
    known, lead = give(team.aiko, shown).id, team.lead.person.id
    assert id in outcomes(review_by(team, team.ben, id)).released
    for change in ({"reviewer_id": lead}, {"reviewer_name": "Lead"}, {"role": "lead"}, {"id": known}, {"id": [{}]}):
        assert outcomes(review_by(team, team.ben, id, **change)).released == {shown, other}, change
    assert outcomes(review_by(team, team.ben, id)[:-1]).released == {shown, other}, "unsigned"
    entries = team.entries()
    twice = json.loads(next(entry["payload"] for entry in entries if entry["subject"] == other))
    assert outcomes(append(entries, "x", "decision", other, twice)).released == {shown}
    changed = [entry | {"payload": entry["payload"].replace("held", "released")} for entry in entries]
    missing = [entry | ({"salt": None, "payload": None} if entry["type"] == "review" else {}) for entry in entries]
    assert outcomes(changed) == outcomes(missing) == outcomes(entries[1:]) == outcomes([{}]) == Outcomes()


def test_roles_and_sessions(team: Team) -> None:
    aiko, token, now = team.aiko.person.id, sha256(str(team.aiko._token).encode()).hexdigest(), team.clock.text
    hour, day = (moment_text(team.clock.now + timedelta(hours=hours)) for hours in (1, 24))
    assert [team.says().signed_in(token, at) for at in (now, hour, day)] == [aiko, aiko, None]
    assert (team.says().roles[aiko], team.says().root_key) == ({"reviewer"}, team.store.root_key())
    more = {"active": True, "credential_sha256": None, "id": aiko, "provider": "password", "roles": ["admin", "lead"]}
    for actor in (aiko, "system", team.root.person.id):
        assert outcomes(append(team.entries(), actor, "account", aiko, more, team.aiko)).roles[aiko] == {"reviewer"}
    signed, unsigned = ({"session": sha(name), "expires_at": hour, "how": ""} for name in (b"signed", b"unsigned"))
    entries = append(vouched(team, append(team.entries(), aiko, "signed_in", aiko, signed)), aiko, "signed_in", aiko, unsigned)
    assert [outcomes(entries).signed_in(one, now) for one in (token, sha(b"signed"), sha(b"unsigned"))] == [aiko, aiko, None]
    change_account(team.root, aiko, roles=(Role.VIEWER,))
    assert (team.says().signed_in(token, now), team.says().roles[aiko]) == (None, {"viewer"})


def test_a_lot_needs_all_its_decisions_and_a_signed_name(team: Team) -> None:
    record(team.store, input_name="A", **ALLOW)
    assert (team.says().lots, outcomes(team.entries(), [sha(UPLOAD)]).lots) == ({"A"}, set())
    named = append(team.entries(), team.root.person.id, "submitted_as", sha(b"B"), {"name": "B", "input_sha256": sha(UPLOAD)})
    assert (outcomes(named).lots, outcomes(vouched(team, named)).lots) == ({"A"}, {"A", "B"})
    team.root.failures.note(sha(UPLOAD), sha(b"weights"), name="A", code="crashed", why="x")
    assert team.says().lots == set()
    record(team.store, input_name="A", **ALLOW)
    assert team.says().lots == {"A"}
    record(team.store, input_name="C")
    assert team.says().lots == set(), "another decision on the same bytes is held"


def test_nonsense_raises_nothing(team: Team) -> None:
    id = record(team.store)
    give(team.aiko, id)
    entries, root = team.entries(), team.root.person.id
    fields = {name for entry in entries for name in json.loads(entry["payload"])} | {"targets", "account_id", "name"}
    deep = json.loads("[" * 500 + "]" * 500)
    for odd in (None, [], [{}], {"a": 1}, float("nan"), -1, 10**400, True, "\ud800", deep):
        content = dict.fromkeys(fields, odd) | {"shown_sha256": ""}
        for kind in (name.removeprefix("on_") for name in dir(_Record) if name.startswith("on_")):
            by = team.root if kind in ("account", "erasure", "key", "token") else None
            assert outcomes(append(entries, root, kind, id, content, by)).root_key == team.store.root_key()
