"""What people said about a source: kinds of lines that are fine, incidents that are routine, causes that are right or wrong.

    entry = access.marks.say("sshd", {kind: "Received disconnect from 10.0.0.7"}, decision=id, why="a scanner of ours")
    access.marks.say("sshd", {kind: "link is down"}, ROUTINE, size=[12, 2])      # as large as it was when it was marked
    access.marks.of("sshd")                  # Mark, ...
    access.marks.take_back("sshd", [kind])   # without kinds: all of them

A kind is 32 hexadecimal digits; the caller defines what they stand for, and what a size is. A kind has one mark, the last. Each
saying and each taking back is an entry of the log (type "fine_lines") about the source: all of them together, oldest first, say
what counts now. An entry that takes back refers to places in the entries that said it. So the example lines stand in one entry
only, and go when the decision at which they were marked is erased: their kinds are then told again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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

FINE, ROUTINE, RIGHT, WRONG = "fine", "routine", "right", "wrong"
"""Lines are fine; an incident is routine; a cause is right or wrong."""
SAYINGS = (FINE, ROUTINE, RIGHT, WRONG)
MOST_KINDS = 2_000
"""Kinds with a mark for a source at the same time."""
MOST_AT_ONCE = 200
MOST_ENTRIES = 2_000
"""Entries about a source since all was taken back: what counts is read from them with every decision."""
_MOST_SIZES = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """A ``kind`` of which something was ``said``, with one ``example`` and the ``size`` that it had; ``why``: the reason, which
    may be empty; ``decision``: where it was said, if at one; ``seq``, ``place``: the entry that says it and its place there;
    time and author."""

    kind: str
    example: str
    said: str
    size: tuple[int, ...]
    why: str
    decision: str | None
    seq: int
    place: int
    at: str
    by: str


class Marks(RecordPart):
    """What was said about sources, as one person may see and change it. Every method may raise `Denied`, `SignInFailed` and
    `Tampered`."""

    def of(self, source: str) -> list[Mark]:
        """Return the marks of a source, in the order in which their kinds were marked first."""
        with self._rights.reading() as (connection, _):
            return list(_by_kind(_standing(_since_taken_back(connection, source))).values())

    def say(
        self,
        source: str,
        kinds: Mapping[str, str],
        said: str = FINE,
        *,
        size: Sequence[int] = (),
        decision: str | None = None,
        why: str = "",
    ) -> LogEntry:
        """Say this of kinds, each with an example line; of kinds of which it was said with this size already, it is not said
        again.

        ``decision``: where it is said; when it is erased, so are the marks. Raises `Conflict` when all of it was said already
        or there would be too many marks; `NotFound` without such a decision; `InvalidRecord`.
        """
        v.text("source", source)
        payload = {"kinds": list(map(list, kinds.items())), "said": said, "size": list(size), "decision": decision, "why": why}
        check_content(payload)
        with self._rights.acting(Action.MARK, source) as (connection, person):
            # From here on no decision is erased, and nobody else marks anything.
            self._database.lock(connection)
            if decision is not None:
                queries.require_decision(connection, decision)
            entries = _with_room(_since_taken_back(connection, source), source)
            marks = _by_kind(_standing(entries))
            as_said = {kind for kind, mark in marks.items() if (mark.said, mark.size) == (said, tuple(size))}
            new = [[kind, example] for kind, example in kinds.items() if kind not in as_said]
            if not new:
                raise Conflict(f"this was said already for the source {source!r}")
            if len(marks.keys() | {kind for kind, _ in new}) > MOST_KINDS:
                raise Conflict(f"a source can have {MOST_KINDS:,} kinds with marks; take some back first")
            return self._append(connection, person, FINE_LINES, source, payload | {"kinds": new})

    def take_back(self, source: str, kinds: Collection[str] | None = None) -> LogEntry:
        """Take back the marks of these kinds, or all without ``kinds``. Raises `NotFound` when one of them has no mark, or none
        has; `Conflict` when too many entries have to be read: then take back all."""
        v.text("source", source)
        with self._rights.acting(Action.MARK, source) as (connection, person):
            self._database.lock(connection)
            entries = _since_taken_back(connection, source)
            marks = _standing(entries)
            known = {mark.kind for mark in marks}
            wanted = known if kinds is None else set(kinds)
            if not wanted or wanted - known:
                raise NotFound(f"no such mark was made for the source {source!r}")
            if wanted == known:
                return self._append(connection, person, FINE_LINES, source, {"forgotten": None})
            _with_room(entries, source)
            content = {"forgotten": [[mark.seq, mark.place] for mark in marks if mark.kind in wanted]}
            check_content(content)
            return self._append(connection, person, FINE_LINES, source, content)


def said_at(connection: Connection, decision_id: str) -> list[LogEntry]:
    """Return the entries that made marks at this decision and still have their content."""
    # The payload is canonical JSON, in which no text can hold an unescaped quotation mark.
    member = payloads.c.payload.contains(f'"decision":"{decision_id}"', autoescape=True)
    found = select(log).join(payloads, payloads.c.seq == log.c.seq).where(log.c.type == FINE_LINES, member).order_by(log.c.seq)
    return [LogEntry(**row) for row in connection.execute(found).mappings()]


def check_content(content: Mapping[str, Any]) -> None:
    """Raise `InvalidRecord` unless this can be the content of an entry. The first entries said of lines that they are fine, and
    did not name it."""
    if set(content) == {"forgotten"}:
        _check_places(content["forgotten"])
        return
    kinds, size = content.get("kinds"), content.get("size", [])
    if set(content) | {"said", "size"} != {"kinds", "said", "size", "decision", "why"} or not isinstance(kinds, list):
        raise InvalidRecord("an entry says something of kinds, with a size, a decision and a reason, or takes marks back")
    if not 1 <= len(kinds) <= MOST_AT_ONCE:
        raise InvalidRecord(f"mark 1 to {MOST_AT_ONCE} kinds at once, not {len(kinds)}")
    for kind in kinds:
        if not isinstance(kind, list) or len(kind) != 2:
            raise InvalidRecord("a kind comes with one example")
        v.identifier("kind", kind[0])
        v.text("example", kind[1], empty=True)
    if content.get("said", FINE) not in SAYINGS:
        raise InvalidRecord(f"what is said is one of {', '.join(SAYINGS)}")
    if not isinstance(size, list) or len(size) > _MOST_SIZES:
        raise InvalidRecord(f"a size is at most {_MOST_SIZES} numbers")
    for number in size:
        v.whole("size", number)
    if content["decision"] is not None:
        v.identifier("decision", content["decision"])
    v.text("why", content["why"], limit=v.MAX_COMMENT, empty=True)


def _check_places(places: object) -> None:
    if places is None:
        return
    if not isinstance(places, list) or not places or len(places) > MOST_KINDS:
        raise InvalidRecord(f"what is taken back is a list of at most {MOST_KINDS:,} entries with places, or nothing for all")
    for place in places:
        if not isinstance(place, list) or len(place) != 2:
            raise InvalidRecord("what is taken back is an entry and a place in it")
        v.whole("entry", place[0], least=1)
        v.whole("place", place[1], most=MOST_AT_ONCE - 1)


def _standing(entries: Sequence[Document]) -> list[Mark]:
    """Return all marks that were not taken back, oldest first; of a kind the last one counts."""
    marks: dict[tuple[int, int], Mark] = {}
    for entry, content in entries:
        if content is None:  # erased with the decision at which it was said
            continue
        for seq, place in content.get("forgotten", ()):
            marks.pop((seq, place), None)
        said, size = content.get("said", FINE), tuple(content.get("size", ()))
        for place, (kind, example) in enumerate(content.get("kinds", ())):
            about = (content["why"], content["decision"], entry.seq, place, entry.ts, entry.actor)
            marks[entry.seq, place] = Mark(kind, example, said, size, *about)
    return list(marks.values())


def _by_kind(marks: Iterable[Mark]) -> dict[str, Mark]:
    return {mark.kind: mark for mark in marks}


def _since_taken_back(connection: Connection, source: str) -> list[Document]:
    """Return the entries since all was taken back, oldest first."""
    entries: list[Document] = []
    for document in documents.newest(connection, FINE_LINES, source, MOST_ENTRIES + 1):
        try:
            if document.content is not None:
                check_content(document.content)
        except InvalidRecord as error:
            raise documents.unreadable(document.entry.seq) from error
        if document.content == {"forgotten": None}:
            break
        entries.append(document)
    return entries[::-1]


def _with_room(entries: list[Document], source: str) -> list[Document]:
    """Return the entries. Raises `Conflict` when one more would be too many to read with every decision."""
    if len(entries) >= MOST_ENTRIES:
        raise Conflict(f"the source {source!r} has {MOST_ENTRIES:,} entries about marks; take back all, and mark anew")
    return entries
