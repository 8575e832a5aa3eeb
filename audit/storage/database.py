"""`Database`: the connection to the record, its transactions, its clock, and the one way to append to the log.

    with database.write() as connection:
        entry = database.append(connection, actor="...", type="...", subject="...", payload={...})

An entry that people have to sign is followed by its signature, in the same transaction, by the key of its signer. What the
program has to sign, it signs by itself, with the key in a file:

SPARSEMIX_PROGRAM_KEY    its file (PEM, mode 0600), by default beside an SQLite file, else data/program.key

The lock on the one row of `log_head` orders appends (on SQLite the write lock of the file). An entry is committed together with
everything else that its transaction wrote, or not at all.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from audit.errors import InvalidRecord, SignatureNeeded, StoreUnavailable, Tampered
from audit.log.entries import ACCOUNT, KEY, REVIEW, SESSIONS_ENDED, SIGNATURE, SIGNED_IN, SIGNED_OUT, seal
from audit.log.merkle_tree import frontier_of
from audit.log.private_keys import key_of
from audit.log.proving import GENESIS, Tip
from audit.log.roles import PROGRAM, PROGRAM_SIGNED, SIGNED, SIGNED_SINCE, SINGLE_USER, SYSTEM
from audit.log.signatures import Signer, meaning_of, public_half, sign
from audit.records.clock import StepWatch, moment_text, seconds_between, system_time
from audit.records.records import LogEntry
from audit.storage import documents
from audit.storage.catalogue import refuse_foreign
from audit.storage.engines import create_private_file, postgres_engine, refuse_standby, sqlite_engine, translated
from audit.storage.migrations import migrate, require_current
from audit.storage.queries import require_kept
from audit.storage.schema import log, log_head, payloads, sessions
from audit.storage.state import END, State, state_of

_BACKWARDS = 1.0  # seconds that an entry may be older than the one before: clocks of several machines differ by milliseconds


class Draft(NamedTuple):
    """The content of an entry that is still to be appended.

    `decision`: of a review, the hash of the decision's entry as the reviewer was shown it, which the signature names.
    """

    actor: str
    type: str
    subject: str
    payload: Mapping[str, object]
    decision: str | None = None


class Head(NamedTuple):
    """The end of the log: number of entries, Merkle root and hash of the last entry (hexadecimal)."""

    size: int
    root: str
    last_hash: str


class Database:
    """The record's database: a path, `sqlite:///path` or `postgresql://...`.

    A missing SQLite file is created with mode 0600 and the schema is brought up to date, unless `read_only`: then nothing
    is ever changed. `clock` replaces the clock (for drills); by default SQLite uses this machine's clock, PostgreSQL the
    server's. Raises `StoreUnavailable`; `Tampered` when the database is not built as the program builds it.
    """

    def __init__(self, url: str | Path, *, read_only: bool = False, clock: Callable[[], datetime] | None = None) -> None:
        self._clock = clock
        self._steps = StepWatch()
        self.path = sqlite_path(url)
        if self.path is None:
            address = make_url(str(url))
            self.place = address.render_as_string(hide_password=True)
            self.location = address.render_as_string(hide_password=False)
            self._engine = postgres_engine(address, read_only=read_only)
        else:
            self.place = str(self.path)
            self.location = str(self.path.absolute())
            if not read_only:
                create_private_file(self.path)
            elif not self.path.is_file():
                raise StoreUnavailable(f"there is no audit database at {self.path}; check the path")
            self._engine = sqlite_engine(self.path, read_only=read_only)
        named = os.environ.get("SPARSEMIX_PROGRAM_KEY")
        beside = Path("data/program.key") if self.path is None else self.path.with_name(f"{self.path.name}.program.key")
        self._program_key = Path(named) if named else beside
        self._program: Signer | None = None
        self.state = State()
        self._engine = self._engine.execution_options(state=self.state)
        # In SQLite a transaction reads one state as it is; what is compared while others write must not be of several.
        self._reading = self._engine if self.path else self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._writing = self._engine.execution_options(write=True)
        # Threads of one process wait here for their turn: SQLite's lock is not fair and would starve some of them.
        self._one_writer = threading.Lock() if self.path is not None else None
        try:
            self._prepare(read_only)
        except (StoreUnavailable, Tampered):
            self.close()
            raise

    def _prepare(self, read_only: bool) -> None:
        if read_only:
            with self.read() as connection:
                refuse_standby(connection)
                require_current(connection)
                refuse_foreign(connection)
            return
        with self.write() as connection:
            refuse_standby(connection)
            if connection.dialect.name == "postgresql":
                # Two processes that start on an empty database would both create the tables.
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7362514980)")
            migrate(connection)
            refuse_foreign(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a connection to read from, whose statements all see one state."""
        known = self.state.known  # before the connection's view of the log begins
        with translated(self.place), self._reading.connect() as connection:
            yield connection.execution_options(known=known, seen=[])

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction: its writes are stored together, or, after any error, not at all."""
        seen = self._steps.last
        try:
            with translated(self.place):
                if self._one_writer is None:
                    with self._writing.begin() as connection:
                        yield connection
                else:
                    with self._one_writer, self._writing.begin() as connection:
                        yield connection
            self.state.wrote(*connection.get_execution_options().get("wrote", ()))
        except BaseException:
            self._steps.last = seen
            raise

    def now(self, connection: Connection) -> str:
        """Return the store's time."""
        if self._clock is not None:
            return moment_text(self._clock())
        if connection.dialect.name == "postgresql":
            return moment_text(connection.execute(select(func.clock_timestamp())).scalar_one())
        return moment_text(system_time())

    def lock(self, connection: Connection) -> None:
        """Wait until nobody else writes to the log; then the log and its evidence stay the same until this transaction ends."""
        connection.execute(select(log_head.c.id).with_for_update())

    def sign_as(self, connection: Connection, signer: Signer | None) -> None:
        """Let this key sign what is appended in this transaction and needs a signature."""
        connection.execution_options(signer=signer)

    def program(self) -> Signer | None:
        """Return this program's key, made when it is missing; None where the folder for it is. Raises `StoreUnavailable`."""
        if self._program is None and self._program_key.parent.is_dir():
            self._program = Signer(PROGRAM, PROGRAM, key_of(self._program_key))
        return self._program

    def _program_signer(self, connection: Connection) -> Signer | None:
        """Return this program's key; None in a record where no program signs yet. Raises `StoreUnavailable`."""
        given = [content or {} for _, content in documents.history(connection, PROGRAM, KEY)]
        if not given:
            return None
        revoked = {content.get("public_key") for content in given if content.get("revoked")}
        signer = self.program()
        if signer is None or public_half(signer.private) not in {content.get("public_key") for content in given} - revoked:
            raise StoreUnavailable(
                f"the key of this program in {self._program_key} does not count in this record, so nothing was recorded: put "
                "the right file back, or have an administrator confirm this key (`python -m audit key confirm`)"
            )
        return signer

    def _signs_sessions(self, connection: Connection, types: set[str]) -> tuple[bool, bool]:
        """Return whether the program signs who signs in, and whether it has yet to say so before these entries: at the first
        sign-in for which it has a key that counts."""
        if documents.exist(connection, SESSIONS_ENDED):
            return True, False
        try:
            begins = SIGNED_IN in types and self._program_signer(connection) is not None
        except StoreUnavailable:
            begins = False
        return begins, begins

    def _program_for(self, connection: Connection, kinds: set[str], drafts: Sequence[Draft]) -> Signer | None:
        """Return who signs these kinds of entries for the program; None where nobody has to.

        Where the program's key does not count, an administrator's own key signs that they come and go, to confirm it.
        """
        if not kinds:
            return None
        try:
            return self._program_signer(connection)
        except StoreUnavailable:
            signer: Signer | None = connection.get_execution_options().get("signer")
            if (
                kinds <= {SIGNED_IN, SIGNED_OUT}
                and signer is not None
                and {draft.actor for draft in drafts} == {signer.account_id}
            ):
                return signer
            raise

    def append(self, connection: Connection, *, actor: str, type: str, subject: str, payload: Mapping[str, object]) -> LogEntry:
        """Append an entry in the caller's transaction; a step of the clock is recorded as an entry before it."""
        return self.append_all(connection, [Draft(actor, type, subject, payload)])[0]

    def append_all(self, connection: Connection, drafts: Sequence[Draft]) -> list[LogEntry]:
        """Append several entries in the caller's transaction, in this order and with one time; signatures follow their entries.

        Raises `SignatureNeeded`; `StoreUnavailable` where this program's key does not count, and has to.
        """
        types = {draft.type for draft in drafts}
        signs, begins = self._signs_sessions(connection, types) if types & SIGNED_SINCE else (False, False)
        by_program = types & (PROGRAM_SIGNED | (SIGNED_SINCE if signs else frozenset()))
        program = self._program_for(connection, by_program, drafts)
        head = connection.execute(select(log_head).with_for_update()).mappings().first()
        if head is None:
            raise Tampered("the head of the log is missing; run `python -m audit verify`")
        now = self.now(connection)
        try:
            tree = frontier_of(head["size"], head["peaks"])
            anomaly = self._anomaly(connection, max(head["ts"], state_of(connection).latest(connection)), now)
        except InvalidRecord as error:
            raise Tampered(f"the head of the log was changed: {error}; run `python -m audit verify`") from error
        tip = Tip(tree.size, head["last_hash"]) if tree.size else None
        if tip != connection.execute(END).first():
            raise Tampered("the head of the log does not name its last entry; run `python -m audit verify`")
        steps = [] if anomaly is None else [Draft(SYSTEM, "clock_anomaly", "clock", anomaly)]
        if begins:
            steps.append(Draft(SYSTEM, SESSIONS_ENDED, "accounts", {}))
        if begins or SESSIONS_ENDED in types:
            connection.execute(sessions.update().where(sessions.c.ended_at.is_(None)).values(ended_at=now))
        written: list[LogEntry] = []
        contents: list[dict[str, object]] = []

        def add(draft: Draft) -> LogEntry:
            previous = written[-1] if written else tip
            made = {"actor": draft.actor, "type": draft.type, "subject": draft.subject}
            entry, sealed = seal(previous, ts=now, payload=draft.payload, **made)
            written.append(entry)
            contents.append({"seq": entry.seq, **sealed._asdict()})
            return entry

        entries: list[LogEntry] = []
        for draft in [*steps, *drafts]:
            signer = program if draft.type in by_program or draft.type == SESSIONS_ENDED else _signer(connection, draft)
            entries.append(add(draft))
            if signer is not None:
                add(_signature(draft, entries[-1], signer))
        if written:
            tree.extend(bytes.fromhex(entry.hash) for entry in written)
            state_of(connection).follow(connection)
            connection.execution_options(appended=True, wrote=(written[-1].seq, written[-1].hash))
            connection.execute(log.insert(), [asdict(entry) for entry in written])
            connection.execute(payloads.insert(), contents)
            values = {"size": tree.size, "last_hash": written[-1].hash, "ts": now, "peaks": tree.peaks()}
            connection.execute(log_head.update().where(log_head.c.id == 1), values)
            require_kept(connection, written, contents, values)
        return entries[len(steps) :]

    def _anomaly(self, connection: Connection, last: str, now: str) -> dict[str, object] | None:
        jumped = self._steps.step(now)
        try:
            elapsed = seconds_between(last, now) if last else 0.0
        except InvalidRecord:
            if connection.scalar(select(log.c.ts).order_by(log.c.seq.desc()).limit(1)) != last:
                raise
            # An entry that nobody had the right to make, and that nobody can take back.
            return {"previous": last, "now": now, "seconds": 0.0, "found": "the last entry has no time"}
        if elapsed < -_BACKWARDS:
            return {"previous": last, "now": now, "seconds": elapsed, "found": "the time is before that of the last entry"}
        if jumped is not None:
            return {"previous": last, "now": now, "seconds": jumped, "found": "the clock was set"}
        return None

    def close(self) -> None:
        """Close files and connections."""
        self._engine.dispose()


def _signer(connection: Connection, draft: Draft) -> Signer | None:
    """Return who signs an entry that is to be appended, None where nobody has to. Raises `SignatureNeeded`."""
    signer: Signer | None = connection.get_execution_options().get("signer")
    if draft.type not in SIGNED:
        return None
    if draft.type != KEY and not documents.exist(connection, KEY):
        return None  # in this record nobody signs yet
    if draft.actor == SYSTEM and draft.type != KEY and documents.exist(connection, ACCOUNT):
        return None  # a newcomer's account
    if signer is not None and draft.actor in (SYSTEM, signer.account_id):
        return signer
    machine = draft.actor in (SYSTEM, SINGLE_USER)
    how = "set SPARSEMIX_MACHINE_KEY to the file of this record's key" if machine else "give the password for it"
    raise SignatureNeeded(f"this has to be signed ({draft.type}): {how}")


def _signature(draft: Draft, entry: LogEntry, signer: Signer) -> Draft:
    """Return the signature that follows an entry."""
    shown = draft.payload.get("shown_sha256") if draft.type == REVIEW else None
    text = None if shown is None else str(shown)
    content = sign(signer.private, entry.hash, meaning_of(draft.type, draft.payload), text, draft.decision)
    return Draft(signer.account_id, SIGNATURE, entry.hash, content)


def sqlite_path(url: str | Path) -> Path | None:
    """Return the file of a path or `sqlite:///path`, None for PostgreSQL. Raises `StoreUnavailable` for anything else."""
    if isinstance(url, Path) or "://" not in url:
        return Path(url)
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreUnavailable("the address of the record must be a path, sqlite:///path or postgresql://...") from error
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        return None
    if parsed.get_backend_name() != "sqlite":
        raise StoreUnavailable(f"{parsed.get_backend_name()} is not supported; use a path, sqlite:///path or postgresql://...")
    if not parsed.database or parsed.database == ":memory:":
        raise StoreUnavailable("an audit record in memory would be lost; give a path")
    return Path(parsed.database)


def read_head(connection: Connection) -> Head:
    """Return size, root and last hash, as this transaction sees them. Raises `Tampered`."""
    rows = connection.execute(select(log_head)).mappings().all()
    try:
        if [row["id"] for row in rows] != [1]:
            raise InvalidRecord("its row is missing, or there are several")
        row = rows[0]
        tree = frontier_of(row["size"], row["peaks"])
    except (InvalidRecord, TypeError, AttributeError) as error:  # forged cells may hold anything
        raise Tampered(f"the head of the log was changed: {error}; run `python -m audit verify`") from error
    if tree.peaks() != row["peaks"]:  # the same hashes, written in another way
        raise Tampered("the head of the log was changed: its subtrees; run `python -m audit verify`")
    return Head(tree.size, tree.root().hex(), row["last_hash"] if tree.size else GENESIS)
