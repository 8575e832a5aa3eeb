"""The moves of the drill `outcomes`: what somebody does who writes to the database and has a key of their own.

A forged entry is made as the program makes it, about the decision or lot that the sequence is about, with the ids that its
other words have. Then it is spoilt in one place, or delivered in pieces. No move is the case of a known finding.
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import asdict
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.exc import DBAPIError

from audit import Gate, ReviewKind, ReviewPolicy, Verdict, new_id
from audit.log.merkle_tree import frontier_of
from audit.log.roles import PROGRAM, SIGNED, SYSTEM
from audit.log.signatures import Signer, proof_of, public_half
from audit.people.sessions import LONGEST, token_hash
from audit.records.clock import shifted
from audit.records.payload import to_payload
from audit.storage import caches
from audit.storage.database import sqlite_path
from audit.storage.schema import erased_entries, log, log_head, payloads, sessions
from tests.drills.outcomes_records import Member
from tests.drills.outcomes_scene import Json, Move, Scene
from tests.support.audit.builders import SELECTION, decision, review, sha

_KEY = Ed25519PrivateKey.from_private_bytes(b"a key that nobody has confirmed.")


# First, how one field of what would be in order can be another.


def _another(s: Scene, r: random.Random) -> Member:
    return r.choice(s.others)


def _word_spoils(s: Scene, r: random.Random, content: Json) -> Iterator[tuple[str, Any]]:
    other = _another(s, r)
    for _ in range(3):
        yield "id", s.word_id(r) or new_id()
        yield "supersedes", s.word_id(r)
    yield "supersedes", None
    yield "reviewer_id", other.id
    yield "reviewer_name", other.name
    yield "role", r.choice(("lead", "reviewer", "admin", "viewer", None))
    yield "kind", r.choice(("review", "adjudication", "control", "other", None))
    yield "verdict", r.choice(("approve", "flag", "withdraw", "other", None))
    yield "decision_id", r.choice(s.ids)
    yield "submitted_at", shifted(s.now, r.choice((-86_400, 86_400)))
    yield "authenticated_at", shifted(s.now, -7_200)
    yield "authentication", "typed"
    yield "shown_sha256", sha(b"other")
    name = r.choice(sorted(content))
    yield name, r.choice((None, "", [], 7))


def _spoilt(s: Scene, r: random.Random, content: Json, spoils: Iterator[tuple[str, Any]]) -> Json:
    """Return a content with one field changed, or as it is."""
    if not content or r.random() < (0.85 if s.spoilt else 0.4):
        return content
    s.spoilt = True
    name, value = r.choice(list(spoils))
    return {**content, name: value}


def _around(s: Scene, r: random.Random, by: Member, kind: str) -> Json:
    """Return how an entry is signed and dated: most often as it should be, else wrong in one place."""
    due = kind in SIGNED and s.record.signed
    own = by.signer.private if by.signer is not None and due else None
    good: Json = {"key": own}
    if r.random() < (0.9 if s.spoilt else 0.75):
        return good
    s.spoilt = True
    wrong: list[Json] = [
        {"key": None},
        {"key": _KEY},
        {"key": own, "signer": _another(s, r).id},
        {"key": own, "signature": {"meaning": "I have seen it."}},
        {"key": own, "signature": {"shown": sha(b"other"), "decision": None}},
        {"key": own, "signature": {"decision": sha(b"other")}},
        {"key": own, "ts": shifted(s.now, r.choice((-13 * 3_600, -3_600, 3_600)))},
        {"key": own, "ts": "2026-03-01"},
        {"key": own, "hold": True},
        {"key": own, "hold": True},
        {"key": own, "hold": True},
    ]
    return r.choice(wrong)


def write_word(s: Scene, r: random.Random) -> None:
    """A word on the focus under the attacker's own key."""
    by = s.attacker
    _write_word(s, r, by, _around(s, r, by, "review"))


def write_word_as_another(s: Scene, r: random.Random) -> None:
    """A word on the focus in another's name, by the attacker's key."""
    by = _another(s, r)
    how = _around(s, r, s.attacker, "review")
    _write_word(s, r, by, how)


def _write_word(s: Scene, r: random.Random, by: Member, how: Json) -> None:
    kind = "adjudication" if "lead" in by.roles and r.random() < 0.6 else "review"
    own = s.current(by.id, kind)
    content = to_payload(
        review(
            s.focus,
            reviewer_id=by.id,
            reviewer_name=by.name,
            role="lead" if kind == "adjudication" or "reviewer" not in by.roles else "reviewer",
            authentication=by.authentication,
            authenticated_at=by.authenticated_at,
            verdict=r.choice((Verdict.APPROVE, Verdict.APPROVE, Verdict.APPROVE, Verdict.WITHDRAW)),
            kind=ReviewKind(kind),
            pairs=(),
            lease=new_id(),
            supersedes=None if own is None else own["id"],
            **dict.fromkeys(("assigned_at", "opened_at", "submitted_at"), s.now),
        )
    )
    content = _spoilt(s, r, content, _word_spoils(s, r, content))
    s.put(by.id, "review", s.focus, content, **how)


def deliver(s: Scene, r: random.Random) -> None:
    """The gate is asked, and then a content comes that was held back."""
    if not s.held:
        return
    s.ask()
    entry, sealed, content = s.held.pop()
    with s.running.store.database.write() as connection:
        s.deliver(connection, entry, sealed, content)


def write_sign_in(s: Scene, r: random.Random) -> None:
    """A sign-in that did not happen, with the row of its session."""
    by, token = r.choice(list(s.record.people.values())), f"token-{r.random()}"
    content = {"how": by.authentication, "session": token_hash(token), "expires_at": shifted(s.now, LONGEST)}
    s.put(by.id, "signed_in", by.id, content, **_around(s, r, s.attacker, "signed_in"))
    values = {
        "token_sha256": token_hash(token),
        "seq": s.last,
        "account_id": by.id,
        "authentication": by.authentication,
        "created_at": s.now,
        "seen_at": s.now,
        "expires_at": content["expires_at"],
        "ended_at": None,
    }
    with s.running.store.database.write() as connection:
        connection.execute(sessions.insert().values(values))
    s.forged.append(token)


def revive_session(s: Scene, r: random.Random) -> None:
    """All sessions that ended live again, as their rows say."""
    with s.running.store.database.write() as connection:
        connection.execute(sessions.update().values(ended_at=None))


def write_note(s: Scene, r: random.Random) -> None:
    """The bytes of the focus under the name of a lot."""
    entries = s.about(s.focus, "decision")
    name = s.lot or r.choice(s.record.lots)
    content = {"name": name, "input_sha256": entries[0][1]["input_sha256"] if entries else sha(b"none")}
    by = r.choice([one for one in s.record.people.values() if {"reviewer", "lead"} & set(one.roles)])
    s.put(by.id, "submitted_as", sha(name.encode()), content, **_around(s, r, s.attacker, "submitted_as"))


def write_decision(s: Scene, r: random.Random) -> None:
    """A decision that the program did not make: a new one, or the focus once more."""
    entries = s.about(s.focus, "decision")
    before: Json = entries[0][1] if entries else {}
    made = decision(gate=Gate.RELEASED, required_reviews=0, **{k: before[k] for k in ("input_sha256", "input_name") if before})
    content = to_payload(made) | ({"id": s.focus} if r.random() < 0.5 else {})
    s.ids.append(str(content["id"])) if content["id"] not in s.ids else None
    how = _around(s, r, s.attacker, "decision")
    if r.random() < 0.5 and s.attacker.signer is not None:
        how |= {"key": s.attacker.signer.private, "signer": r.choice((PROGRAM, s.attacker.id))}
    s.put(r.choice((s.attacker.id, SYSTEM, r.choice(s.others).id)), "decision", str(content["id"]), content, **how)


def write_erasure(s: Scene, r: random.Random) -> None:
    """An erasure of entries about the focus, of which the rows go."""
    about = [
        one for one in s.entries() if one["subject"] == s.focus and one["type"] in ("decision", "review", "review_requested")
    ]
    taken = about if r.random() < 0.5 else r.sample(about, k=min(1, len(about)))
    content = {
        "targets": [{"seq": one["seq"], "commitment": one["commitment"]} for one in taken],
        "blobs": [],
        "why": "asked for",
    }
    before = r.random() < 0.5
    if not before:
        s.put(s.attacker.id, "erasure", s.focus, content, **_around(s, r, s.attacker, "erasure"))
    with s.running.store.database.write() as connection:
        seqs = [one["seq"] for one in taken]
        for seq in seqs:
            with suppress(DBAPIError), connection.begin_nested():
                connection.execute(erased_entries.insert().values(target=seq, seq=s.last or 1))
        connection.execute(delete(payloads).where(payloads.c.seq.in_(seqs)))
        caches.forget(connection, seqs)
    if before:
        s.put(s.attacker.id, "erasure", s.focus, content, **_around(s, r, s.attacker, "erasure"))


def write_account(s: Scene, r: random.Random) -> None:
    """Other roles for the attacker, or somebody else."""
    by = r.choice((s.attacker, _another(s, r)))
    content = {
        "id": by.id,
        "roles": r.choice((["lead"], ["reviewer"], ["admin"], ["lead", "reviewer"])),
        "active": True,
        "provider": "password",
        "credential_sha256": None,
    }
    spoils = iter([("provider", "token"), ("provider", "https://id"), ("active", False), ("login", "x"), ("id", new_id())])
    content = _spoilt(s, r, content, spoils)
    actor = r.choice((s.attacker.id, SYSTEM, r.choice(s.others).id))
    s.put(actor, "account", by.id, content, **_around(s, r, s.attacker, "account"))


def write_key(s: Scene, r: random.Random) -> None:
    """A key of the attacker's as that of somebody, or of the program."""
    subject = r.choice((PROGRAM, s.attacker.id, _another(s, r).id, _another(s, r).id, new_id()))
    kind = PROGRAM if subject == PROGRAM else "password"
    signer = Signer(subject, kind, _KEY)
    content: Json = {
        "public_key": public_half(_KEY),
        "kind": kind,
        "initial": False,
        "revoked": False,
        "proof": proof_of(signer),
    }
    spoils = iter(
        [("proof", None), ("initial", True), ("kind", "passkey"), ("kind", "machine"), ("revoked", True), ("kind", 7)]
    )
    s.put(
        r.choice((s.attacker.id, SYSTEM, subject)),
        "key",
        subject,
        _spoilt(s, r, content, spoils),
        **_around(s, r, s.attacker, "key"),
    )


def write_word_by_new_key(s: Scene, r: random.Random) -> None:
    """A word on the focus in somebody's name, signed by a key that the attacker has entered as theirs."""
    by = r.choice((s.attacker, _another(s, r)))
    _write_word(s, r, by, {"key": _KEY})


def write_request(s: Scene, r: random.Random) -> None:
    """A request for one more review, or a control item, or a policy."""
    kind, subject, content = r.choice(
        (
            ("review_requested", s.focus, {"why": "again", "due_at": None}),
            ("control", s.focus, {"expected": "approve", "why": "known"}),
            ("policy", "reviews", asdict(ReviewPolicy())),
            ("weights_in_use", "weights", {"weights_sha256": sha(SELECTION)}),
        )
    )
    s.put(s.attacker.id, kind, subject, dict(content), **_around(s, r, s.attacker, kind))


def write_like(s: Scene, r: random.Random) -> None:
    """An entry like one that the record has, of any kind, with another maker, subject or field."""
    entries = [one for one in s.entries() if one["payload"] is not None and one["type"] != "signature"]
    kind = r.choice(sorted({one["type"] for one in entries}))
    one = r.choice([entry for entry in entries if entry["type"] == kind])
    content = json.loads(one["payload"])
    values = (None, "", [], 7, _another(s, r).id, s.attacker.id, new_id(), s.now, shifted(s.now, 86_400), True, False)
    others = [json.loads(entry["payload"]) for entry in entries if entry["type"] == kind]
    spoils = [(name, value) for name in content for value in (r.choice(values), r.choice(others).get(name))]
    content = _spoilt(s, r, content, iter(spoils))
    actor = r.choice((one["actor"], s.attacker.id, s.attacker.id, SYSTEM))
    subject = r.choice((one["subject"], one["subject"], s.attacker.id, _another(s, r).id, new_id()))
    if r.random() < 0.5 and "id" in content:
        content["id"] = subject
    s.put(actor, kind, subject, content, **_around(s, r, s.attacker, kind))


def write_newcomer(s: Scene, r: random.Random) -> None:
    """The account of somebody who came from an identity provider, as the program makes it."""
    id, actor = new_id(), r.choice((SYSTEM, SYSTEM, s.attacker.id))
    roles = r.choice((["viewer"], ["reviewer"], ["lead"], ["admin", "reviewer"]))
    provider = r.choice(("https://id", "https://id", "password", "token"))
    content = {"id": id, "roles": roles, "active": True, "provider": provider, "credential_sha256": None}
    s.put(actor, "person", id, {"login": id, "name": "New"}, **_around(s, r, s.attacker, "note"))
    s.put(actor, "account", id, content, **_around(s, r, s.attacker, "note"))


def pass_time(s: Scene, r: random.Random) -> None:
    """All sessions run out."""
    s.record.clock.move(13 * 3_600)


def rewrite(s: Scene, r: random.Random) -> None:
    """An old entry is another, or gone, while the hashes stay as they were."""
    if s.as_read:
        return
    s.ask()
    s.as_read = s.entries()
    about = [one for one in s.entries() if one["subject"] == s.focus] or s.entries()
    one = r.choice(about)
    seq, other = one["seq"], _another(s, r).id
    changes = (
        update(payloads).where(payloads.c.seq == seq).values(payload=str(one["payload"]).replace("flag", "approve") + " "),
        delete(payloads).where(payloads.c.seq == seq),
        update(log).where(log.c.seq == seq).values(actor=other),
        update(log).where(log.c.seq == seq).values(hash=sha(b"other")),
        update(log).where(log.c.seq == seq).values(type="note"),
        delete(log).where(log.c.seq == seq),
    )
    with guardless(s) as connection:
        connection.execute(r.choice(changes))


def repeat(s: Scene, r: random.Random) -> None:
    """An entry about the focus once more, with its signature as it was."""
    entries = s.entries()
    about = [n for n, one in enumerate(entries) if one["subject"] == s.focus and one["payload"] is not None]
    if not about:
        return
    one = entries[r.choice(about)]
    s.put(one["actor"], one["type"], one["subject"], json.loads(one["payload"]))
    if one["seq"] < len(entries) and (after := entries[one["seq"]])["type"] == "signature" and after["payload"] is not None:
        with s.running.store.database.read() as connection:
            hash = connection.scalar(select(log.c.hash).where(log.c.seq == s.last))
        s.put(after["actor"], "signature", hash if r.random() < 0.5 else after["subject"], json.loads(after["payload"]))


def drop(s: Scene, r: random.Random) -> None:
    """The newest entries taken away, with all that hangs on them."""
    size = s.size()
    left = size - r.choice((1, 2, 2, 4))
    with guardless(s) as connection:
        hashes = list(connection.scalars(select(log.c.hash).where(log.c.seq <= left).order_by(log.c.seq)))
        tree = frontier_of(0, "")
        tree.extend(map(bytes.fromhex, hashes))
        last = connection.execute(select(log.c.ts, log.c.hash).where(log.c.seq == left)).one()
        for table in ("payloads", "log"):
            connection.execute(text(f"DELETE FROM {table} WHERE seq > {left}"))  # noqa: S608 - own names and numbers
        caches.forget(connection, list(range(left + 1, size + 1)))
        connection.execute(log_head.update().values(size=left, last_hash=last.hash, ts=last.ts, peaks=tree.peaks()))
    s.gone = True


class guardless:  # noqa: N801 - used as a function
    """A transaction without triggers, which are put back at its end."""

    def __init__(self, s: Scene) -> None:
        self._context = s.running.store.database.write()
        self._triggers: list[str] = []

    def __enter__(self) -> Connection:
        self._connection = connection = self._context.__enter__()
        if connection.dialect.name == "sqlite":
            found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            self._triggers = [sql for _, sql in found]
            for name, _ in found:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        return connection

    def __exit__(self, *error: Any) -> None:
        if error[0] is None:
            for statement in self._triggers:
                self._connection.exec_driver_sql(statement)
        self._context.__exit__(*error)


def lie_in_index(s: Scene, r: random.Random) -> None:
    """An index that files an entry under another type or subject; the catalogue's text says what it should."""
    path = sqlite_path(s.url)
    if path is None:
        return
    about = [one["seq"] for one in s.entries() if one["subject"] == s.focus]
    seq = s.last if s.last and r.random() < 0.7 else r.choice(about)
    name = r.choice(("log_by_type", "log_by_subject"))
    columns = {"log_by_type": ("type", "seq"), "log_by_subject": ("subject", "type", "seq")}[name]
    lied = r.choice([column for column in columns if column != "seq"])
    listed = ", ".join(f"CASE seq WHEN {seq} THEN 'note' ELSE {c} END" if c == lied else c for c in columns)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (was,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        connection.execute(f"DROP INDEX {name}")
        connection.execute(f"CREATE INDEX {name} ON log ({listed})")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (was, name))
        connection.execute("PRAGMA writable_schema = RESET")


FORGED: Mapping[str, Move] = {
    move.__name__: move
    for move in (
        write_word,
        write_word_as_another,
        deliver,
        write_sign_in,
        revive_session,
        write_note,
        write_decision,
        write_erasure,
        write_account,
        write_key,
        write_word_by_new_key,
        write_request,
        repeat,
        write_like,
        write_newcomer,
        pass_time,
        rewrite,
        drop,
        lie_in_index,
    )
}
