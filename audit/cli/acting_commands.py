"""Commands of `python -m audit` that sign, export, erase or change: done as a person, and recorded.

In single-user mode the person is the user of this machine. Once there are accounts, it is `--as LOGIN` with the password, asked
for at the terminal or read from standard input.
"""

from __future__ import annotations

import getpass
import json
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import text

from audit.access import Access, AuditStore
from audit.checkpoint_places import checkpoint_key
from audit.checkpoint_schedule import CheckpointKeeper
from audit.cli.read_commands import OK, TAMPERED, moment, named_weights, opened, say, say_aside, tell
from audit.errors import AuditError, Conflict, InvalidRecord, SignInFailed, StoreUnavailable, Tampered
from audit.export.export import export_bundle, sign_head
from audit.intake.registered_weights import MAX_CARD_BYTES
from audit.log import checkpoints as cp
from audit.log.private_keys import key_of
from audit.people.rights import UNNAMED
from audit.records.atomic_files import read_bytes, read_text, replace_text
from audit.records.canonical import parse
from audit.records.records import LogEntry
from audit.storage.database import sqlite_path
from audit.storage.schema import APPEND_ONLY, CACHES, WORKING
from audit.storage.stored_files import MAX_BLOB_BYTES
from audit.transparency.outside import Outside
from audit.verify import queue_check


@contextmanager
def access_of(arguments: Namespace, *, must_exist: bool = False, signed: bool = False) -> Iterator[Access]:
    """Open the record that the arguments name: as the person `login`, who gives a password, or as this machine's user.

    `must_exist`: the command makes no sense on a new record. `signed`: with that password the person also signs what the
    command does. Raises `SignInFailed`, `SignatureFailed`, `StoreUnavailable`.
    """
    if must_exist or arguments.login is not None:
        require_record(arguments)
    with opened(arguments, read_only=False) as store:
        if arguments.login is None:
            if store.accounts.exist():
                raise SignInFailed("this record has accounts: say who you are with --as LOGIN")
            yield store.single_user(_machine_user())
            return
        require_accounts(store, arguments.login)
        password = asked_password(arguments, f"Password of {arguments.login}: ")
        access = store.access(store.accounts.sign_in(arguments.login, password).token)
        try:
            yield access.signing(password) if signed and access.keys.needed() else access
        finally:
            access.sign_out()


def require_record(arguments: Namespace) -> None:
    """Raise `StoreUnavailable` where the arguments name an SQLite file that is not there: a mistyped path makes no record."""
    path = sqlite_path(arguments.db)
    if path is not None and not path.exists():
        raise StoreUnavailable(f"there is no audit database at {path}; check the path")


def require_accounts(store: AuditStore, login: str) -> None:
    """Raise `SignInFailed` where nobody can be `login`: the record has no accounts."""
    if not store.accounts.exist():
        raise SignInFailed(f"this record has no accounts, so nobody is {login}: check --db, or leave out --as")


def _machine_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user id without a name
        return UNNAMED


def asked_password(arguments: Namespace, prompt: str) -> str:
    """Ask for a password at the terminal, or read it from standard input. Raises `InvalidRecord` where neither is there."""
    if arguments.password_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise InvalidRecord("there is no terminal to ask for a password: give --password-stdin and send it on standard input")
    return getpass.getpass(prompt)


def checkpoint(arguments: Namespace) -> int:
    """Sign size and root, but never of a log that does not verify or that contradicts the last checkpoint."""
    if (arguments.out is None) == (arguments.dir is None):
        raise InvalidRecord("give either --out FILE for one checkpoint, or --dir FOLDER for a series")
    key_path = arguments.key or checkpoint_key(arguments.db)
    if arguments.dir is not None:
        return _series(arguments, key_path)
    with opened(arguments) as store:
        is_new = not key_path.exists()
        public = cp.public_key(key_of(key_path), arguments.origin)
        if is_new:
            say(f"created the signing key {key_path}: keep it away from the database")
        previous = cp.open_checkpoint(read_text(arguments.out), public) if arguments.out.exists() else None
        signed = sign_head(store, key_path, origin=arguments.origin, previous=previous)
    replace_text(key_path.with_name(key_path.name + ".pub"), public + "\n")
    replace_text(arguments.out, signed.note)
    say(f"signed {signed.head.size} entries, root {signed.head.root}")
    return OK


def _series(arguments: Namespace, key_path: Path) -> int:
    with opened(arguments) as store:
        keeper = CheckpointKeeper(
            store,
            key_path,
            arguments.dir,
            every=arguments.every,
            seconds=60.0 * arguments.minutes,
            origin=arguments.origin,
            outside=Outside.named(tiles=arguments.tiles, witnesses=arguments.witnesses, authority=arguments.time_authority),
        )
        path = keeper.look(now=True)
        tell_passed_over(keeper)
        say(f"signed {path}")
        sys.stdout.flush()
        for problem in keeper.publish():
            say_aside("error", problem)
        if arguments.watch:
            stop = threading.Event()

            def report(problem: AuditError) -> None:
                say_aside("error", str(problem))
                if isinstance(problem, Tampered):
                    stop.set()

            with suppress(KeyboardInterrupt):
                keeper.watch(stop, report=report)
            return TAMPERED if isinstance(keeper.problem, Tampered) else OK
    return OK


def tell_passed_over(keeper: CheckpointKeeper) -> None:
    """Print which files among the checkpoints the key did not sign."""
    for passed in keeper.passed_over:
        say_aside("warning", f"passed over: {passed}")


def export(arguments: Namespace) -> int:
    """Write the record as a bundle that an outsider verifies."""
    key_path = arguments.key or checkpoint_key(arguments.db)
    with access_of(arguments, must_exist=True) as access:
        signed = export_bundle(access, key_path, arguments.out, checkpoints=arguments.checkpoints, origin=arguments.origin)
    say(f"wrote {signed.head.size} entries to {arguments.out}", f"public key {signed.verifier_key}")
    return OK


def feedback(arguments: Namespace) -> int:
    """Write the reviews as a set to learn from."""
    with access_of(arguments, must_exist=True) as access:
        written = access.feedback.write(arguments.out, since=moment(arguments.since))
    say(f"wrote {written.labels} labels and {written.pairs} pairs by {written.reviewers} reviewers to {arguments.out}")
    if written.left_out:
        say(f"left out {written.left_out} decisions: those that were reviewed longest ago, or whose inputs are too large")
    say(f"sha256 {written.sha256}, recorded as entry {written.seq}")
    return OK


def erase(arguments: Namespace) -> int:
    """Erase one decision, or all whose longest retention period is over."""
    if (arguments.decision_id is None) == (not arguments.due):
        raise InvalidRecord("give either a DECISION_ID or --due")
    erased = 0
    with access_of(arguments, must_exist=True, signed=True) as access:
        if arguments.due:
            while ids := access.admin.due_for_erasure():
                for id in ids:
                    access.admin.erase(id, arguments.why or "the longest period of keeping is over")
                    erased += 1
        else:
            if not arguments.why:
                raise InvalidRecord("say why with --why TEXT: the reason is recorded")
            entry = access.admin.erase(arguments.decision_id, arguments.why, early=arguments.early)
            erased = 1
            print(f"recorded as entry {entry.seq}")
    print(f"erased {erased} decisions; copies outside the database (backups, exports) remain: find and delete them")
    return OK


def weights(arguments: Namespace) -> int:
    """Register a weights file with its card; use or retire registered weights, or take the retirement back."""
    adds = arguments.weights_command == "add"
    with access_of(arguments, must_exist=not adds, signed=not adds) as access:
        if adds:
            card = parse(read_text(arguments.card or arguments.file.with_suffix(".card.json"), 4 * MAX_CARD_BYTES))
            if not isinstance(card, dict):
                raise InvalidRecord("the card is not a JSON object")
            started = card.get("started_from")
            entry = access.weights.register(
                read_bytes(arguments.file, MAX_BLOB_BYTES), arguments.name or arguments.file.stem, card, started_from=started
            )
            print(f"registered {entry.subject} as entry {entry.seq}")
            return OK
        uses = arguments.weights_command == "use"
        default = uses and arguments.weights == "default"
        sha256 = None if default else named_weights(access.weights.all(), arguments.weights).sha256
        if uses:
            entry = _use(access, sha256)
        else:
            entry = access.weights.retire(sha256 or "", arguments.why or "", retired=arguments.weights_command == "retire")
        print(f"recorded as entry {entry.seq}")
    return OK


def _use(access: Access, sha256: str | None) -> LogEntry:
    try:
        return access.weights.use(sha256)
    except Conflict as error:  # the weights are retired
        raise Conflict(f'{error}: python -m audit weights take-back {(sha256 or "")[:12]} --why "..."') from error


def rebuild(arguments: Namespace) -> int:
    """Make the caches and the queue again from the log."""
    with opened(arguments, read_only=False) as store, store.database.write() as connection:
        made = queue_check.rebuild(store.database, connection)
    tell(arguments, {"decisions": made}, f"made again from the log: lists and queue of {made} decisions")
    return OK


def grant(arguments: Namespace) -> int:
    """Let a PostgreSQL role run the app: read all, add evidence, change working state; the role cannot change evidence.

    Erasing needs the owner's role; the triggers then still ask for the entry of the erasure.
    """
    role = arguments.role_name
    if not role.replace("_", "a").isalnum():
        raise InvalidRecord("the name of a role may have letters, digits and underscores only")
    if sqlite_path(arguments.db) is not None:
        raise InvalidRecord("SQLite has no roles; set the permissions of the file instead")
    with opened(arguments, read_only=False) as store, store.database.write() as connection:
        tables = [table.name for table in (*APPEND_ONLY, *CACHES, *WORKING)]
        statements = [f'REVOKE ALL ON {", ".join([*tables, "alembic_version"])} FROM "{role}", PUBLIC']
        statements += [f'GRANT SELECT ON {", ".join([*tables, "alembic_version"])} TO "{role}"']
        statements += [f'GRANT INSERT ON {", ".join(table.name for table in APPEND_ONLY)} TO "{role}"']
        statements += [f'GRANT INSERT, UPDATE, DELETE ON {", ".join(table.name for table in (*CACHES, *WORKING))} TO "{role}"']
        for statement in statements:
            connection.execute(text(statement))
    print(json.dumps({"granted": role}))
    return OK
