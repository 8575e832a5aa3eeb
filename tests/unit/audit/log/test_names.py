"""What an account may do is never erased, its names can be: an erasure gives nobody roles, whatever it says."""

from __future__ import annotations

import json
from types import SimpleNamespace

from sqlalchemy import select

from audit import Account, AuditStore, Role, gate, new_id
from audit.people import sessions
from audit.storage import documents
from audit.storage.schema import credentials, erased_entries, log, payloads
from audit.storage.schema import sessions as session_rows
from tests.support.audit.team import Clock, change_account, come_back, give, join, record
from tests.support.audit.unfounded import append, make, person_of


def erased_by_hand(store: AuditStore, root: str, id: str, roles: list[str]) -> None:
    """Erase all that the log has of an account, and say that it had these roles."""
    with store.database.write() as connection:
        held = select(log.c.seq, log.c.type, log.c.commitment).join(payloads, payloads.c.seq == log.c.seq)
        found = connection.execute(held.where(log.c.subject == id)).all()
        facts = {"roles": roles, "active": True, "provider": "password", "expires_at": "2026-03-01T22:00:00.000Z"}
        targets = [{"seq": seq, "p": p, "facts": facts} for seq, _, p in found]
        content = {"targets": targets, "blobs": [], "why": "left"}
        seq = append(connection, store.database.now(connection), root, "erasure", id, content)
        for target, *_ in found:
            connection.execute(erased_entries.insert(), {"target": target, "seq": seq})
            connection.execute(payloads.delete().where(payloads.c.seq == target))
        connection.execute(credentials.delete().where(credentials.c.account_id == id))
        connection.execute(session_rows.delete().where(session_rows.c.account_id == id))


def test_an_erasure_gives_nobody_roles(timed: AuditStore, url: str, clock: Clock) -> None:
    """An administrator who can write to the database erases a viewer, and says that it was a reviewer."""
    root, vera = join(timed, "root", Role.ADMIN), join(timed, "vera", Role.VIEWER)
    id, by = record(timed), person_of(vera)
    with timed.database.write() as connection:
        make(connection, SimpleNamespace(open=id), "review", by, clock.text)  # type: ignore[arg-type]
    assert not gate(timed, id)
    erased_by_hand(timed, root.person.id, by.id, ["reviewer", "lead"])
    other = AuditStore(url, clock=clock)
    assert not gate(other, id)
    assert "without the right to it" in str(other.verify().problem_text)
    other.close()


def test_accounts_of_earlier_versions_go_on_and_their_names_can_be_erased(timed: AuditStore, url: str, clock: Clock) -> None:
    ids = {}
    with timed.database.write() as connection:
        for login, role in (("root", Role.ADMIN), ("aiko", Role.REVIEWER)):
            made = Account(new_id(), login, login.title(), (role,), True, "password", None)
            actor = ids.get("root", "system")
            timed.database.append(
                connection, actor=actor, type="account", subject=made.id, payload=made.payload() | made.names()
            )
            connection.execute(credentials.insert(), {"account_id": made.id, "login": login, "failures": 0})
            sessions.open_session(timed.database, connection, made, "password (argon2id)")
            ids[login] = made.id
    root, aiko = come_back(timed, ids["root"]), come_back(timed, ids["aiko"])
    id = record(timed)
    give(aiko, id)
    change_account(root, ids["aiko"], active=False)
    assert [account.name for account in root.admin.accounts()] == ["Root", "Aiko"]
    root.admin.erase_account(ids["aiko"], "left the plant")
    other = AuditStore(url, clock=clock)
    assert gate(other, id)
    assert other.verify().ok, other.verify().problem_text
    with other.database.read() as connection:
        left = documents.history(connection, ids["aiko"])
    assert "aiko" not in json.dumps([content for _, content in left]).casefold()
    other.close()
