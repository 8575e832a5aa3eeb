"""Kinds of lines of a source that people named fine, so that they are not named again.

    entry = access.fine_lines.name("sshd", {kind: "Received disconnect from 10.0.0.7"}, decision=id, why="a scanner of ours")
    access.fine_lines.of("sshd")                  # FineLine, ...
    access.fine_lines.forget("sshd", [kind])      # without kinds: all of them

A kind is 32 hexadecimal digits; the caller defines what they stand for. Each naming and each forgetting is an entry of the log
(type "fine_lines") about the source: all of them together, oldest first, say what is fine now. An entry that forgets refers to
places in the entries that named. So the example lines stand in one entry only, and go when the decision at which they were
named is erased: their kinds are then named again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from audit.errors import Conflict, InvalidRecord, NotFound
from audit.log.entries import FINE_LINES
from audit.people.rights import Action, RecordPart
from audit.records import validation as v
from audit.records.records import LogEntry
from audit.storage import documents, queries
from audit.storage.documents import Document
from audit.storage.schema import log, payloads

MOST_KINDS = 2_000
"""Kinds that are fine for a source at the same time."""
MOST_AT_ONCE = 200
MOST_ENTRIES = 2_000
"""Entries about a source since all was forgotten: what is fine is read from them with every decision."""


@dataclass(frozen=True, slots=True)
class FineLine:
    """A kind of line that is fine, with one ``example``; ``why``: the reason, which may be empty; ``decision``: where it was
    named, if at one; ``seq``, ``place``: the entry that named it and its place there; time and author."""

    kind: str
    example: str
    why: str
    decision: str | None
    seq: int
    place: int
    at: str
    by: str


class FineLines(RecordPart):
    """Kinds of lines that are fine, as one person may see and change them. Every method may raise `Denied`, `SignInFailed` and
    `Tampered`."""

    def of(self, source: str) -> list[FineLine]:
        """Return the kinds that are fine for a source, in the order in which they were named."""
        with self._rights.reading() as (connection, _):
            return list(_folded(_since_forgotten(connection, source)).values())

    def name(self, source: str, kinds: Mapping[str, str], *, decision: str | None = None, why: str = "") -> LogEntry:
        """Name kinds fine for a source, each with an example line; kinds that are fine already stay as they are.

        ``decision``: where they were named; when it is erased, so are they. Raises `Conflict` when all of them are fine already
        or there would be too many; `NotFound` without such a decision; `InvalidRecord`.
        """
        v.text("source", source)
        payload = {"kinds": [[kind, example] for kind, example in kinds.items()], "decision": decision, "why": why}
        check_content(payload)
        with self._rights.acting(Action.NAME_FINE_LINES, source) as (connection, person):
            # From here on no decision is erased, and nobody else names lines.
            self._database.lock(connection)
            if decision is not None:
                queries.require_decision(connection, decision)
            entries = _with_room(_since_forgotten(connection, source), source)
            fine = _folded(entries)
            new = [[kind, example] for kind, example in kinds.items() if kind not in fine]
            if not new:
                raise Conflict(f"these kinds of lines are fine already for the source {source!r}")
            if len(fine) + len(new) > MOST_KINDS:
                raise Conflict(f"a source can have {MOST_KINDS:,} kinds of lines that are fine; forget some first")
            return self._append(connection, person, FINE_LINES, source, payload | {"kinds": new})

    def forget(self, source: str, kinds: Collection[str] | None = None) -> LogEntry:
        """Have these kinds named again, or all without ``kinds``. Raises `NotFound` when one of them is not fine, or none is;
        `Conflict` when too many entries have to be read: then forget all."""
        v.text("source", source)
        with self._rights.acting(Action.NAME_FINE_LINES, source) as (connection, person):
            self._database.lock(connection)
            entries = _since_forgotten(connection, source)
            fine = _folded(entries)
            wanted = fine.keys() if kinds is None else set(kinds)
            if not wanted or wanted - fine.keys():
                raise NotFound(f"no such kind of line is fine for the source {source!r}")
            if wanted == fine.keys():
                return self._append(connection, person, FINE_LINES, source, {"forgotten": None})
            _with_room(entries, source)
            places = sorted([fine[kind].seq, fine[kind].place] for kind in wanted)
            return self._append(connection, person, FINE_LINES, source, {"forgotten": places})


def named_at(connection: Connection, decision_id: str) -> list[LogEntry]:
    """Return the entries that named lines at this decision and still have their content."""
    # The payload is canonical JSON, in which no text can hold an unescaped quotation mark.
    member = payloads.c.payload.contains(f'"decision":"{decision_id}"', autoescape=True)
    found = select(log).join(payloads, payloads.c.seq == log.c.seq).where(log.c.type == FINE_LINES, member).order_by(log.c.seq)
    return [LogEntry(**row) for row in connection.execute(found).mappings()]


def check_content(content: Mapping[str, Any]) -> None:
    """Raise `InvalidRecord` unless this can be the content of an entry."""
    if set(content) == {"forgotten"}:
        _check_places(content["forgotten"])
        return
    kinds = content.get("kinds")
    if set(content) != {"kinds", "decision", "why"} or not isinstance(kinds, list):
        raise InvalidRecord("an entry about fine lines names kinds, a decision and a reason, or what is forgotten")
    if not 1 <= len(kinds) <= MOST_AT_ONCE:
        raise InvalidRecord(f"name 1 to {MOST_AT_ONCE} kinds of lines at once, not {len(kinds)}")
    for kind in kinds:
        if not isinstance(kind, list) or len(kind) != 2:
            raise InvalidRecord("a kind of line comes with one example")
        v.identifier("kind", kind[0])
        v.text("example", kind[1], empty=True)
    if content["decision"] is not None:
        v.identifier("decision", content["decision"])
    v.text("why", content["why"], limit=v.MAX_COMMENT, empty=True)


def _check_places(places: object) -> None:
    if places is None:
        return
    if not isinstance(places, list) or not places or len(places) > MOST_KINDS:
        raise InvalidRecord("what is forgotten is a list of entries with places, or nothing for all")
    for place in places:
        if not isinstance(place, list) or len(place) != 2:
            raise InvalidRecord("what is forgotten is an entry and a place in it")
        v.whole("entry", place[0], least=1)
        v.whole("place", place[1], most=MOST_AT_ONCE - 1)


def _folded(entries: Sequence[Document]) -> dict[str, FineLine]:
    fine: dict[tuple[int, int], FineLine] = {}
    for entry, content in entries:
        if content is None:  # erased with the decision at which it was named
            continue
        for seq, place in content.get("forgotten", ()):
            fine.pop((seq, place), None)
        for place, (kind, example) in enumerate(content.get("kinds", ())):
            line = FineLine(kind, example, content["why"], content["decision"], entry.seq, place, entry.ts, entry.actor)
            fine[entry.seq, place] = line
    return {line.kind: line for line in fine.values()}


def _since_forgotten(connection: Connection, source: str) -> list[Document]:
    """Return the entries since all was forgotten, oldest first."""
    entries: list[Document] = []
    for document in documents.newest(connection, FINE_LINES, source, MOST_ENTRIES + 1):
        try:
            if document.content is not None:
                check_content(document.content)
        except InvalidRecord as error:
            raise documents.tampered(document.entry.seq) from error
        if document.content == {"forgotten": None}:
            break
        entries.append(document)
    return entries[::-1]


def _with_room(entries: list[Document], source: str) -> list[Document]:
    """Return the entries. Raises `Conflict` when one more would be too many to read with every decision."""
    if len(entries) >= MOST_ENTRIES:
        raise Conflict(f"the source {source!r} has {MOST_ENTRIES:,} entries about fine lines; forget all, and name them anew")
    return entries
