"""Drafts: what a person has filled in about a decision and not sent yet, so that a reload or a lost connection costs nothing.

Working state: it is no evidence, nobody but its author reads it, and the review that is sent takes its place.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, select

from audit.errors import InvalidRecord
from audit.records import validation as v
from audit.records.canonical import canonical, parse
from audit.storage.schema import drafts

__all__ = ["MAX_DRAFT", "drop", "keep", "read"]

MAX_DRAFT = 200_000  # a comment of the longest kind and a thousand pairs


def keep(connection: Connection, decision_id: str, actor: str, now: str, content: Mapping[str, object]) -> None:
    """Keep `content`, in place of an earlier draft. Errors: `InvalidRecord` when it is no JSON object, or too long."""
    text = canonical(v.json_object("draft", content)).decode()
    if len(text) > MAX_DRAFT:
        raise InvalidRecord(f"the draft takes {len(text)} characters of JSON, at most {MAX_DRAFT} are kept")
    drop(connection, decision_id, actor)
    connection.execute(drafts.insert().values(decision_id=decision_id, actor=actor, at=now, content=text))


def read(connection: Connection, decision_id: str, actor: str) -> dict[str, object] | None:
    """The draft; None without one, or when it cannot be read any more."""
    mine = (drafts.c.decision_id == decision_id) & (drafts.c.actor == actor)
    text = connection.execute(select(drafts.c.content).where(mine)).scalar()
    if text is None:
        return None
    try:
        return v.json_object("draft", parse(text))
    except InvalidRecord:
        return None


def drop(connection: Connection, decision_id: str, actor: str) -> None:
    """Keep nothing any more."""
    connection.execute(delete(drafts).where(drafts.c.decision_id == decision_id, drafts.c.actor == actor))
