"""Verify, sign, export and inspect the audit record from the shell: `python -m audit --help`.

Exit codes: 0 done or valid, 1 tampered, 2 incomplete, unreadable or refused, 130 stopped by Ctrl+C.
`gate`: 0 released, 3 held, 4 rejected, any other code closed.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from audit.cli import (
    acting_commands,
    backup_commands,
    operation_commands,
    people_commands,
    read_commands,
    transparency_commands,
)
from audit.cli.checkpoint_demands import add_demands
from audit.cli.commands import Commands, SharedArguments
from audit.errors import AuditError, Tampered
from audit.people.tokens import MACHINE_ROLES
from audit.records.vocabulary import Role


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="python -m audit",
        description="Verify, sign, export and inspect the audit record.",
        epilog="Exit codes: 0 done or valid, 1 tampered (first bad entry named), 2 incomplete, unreadable or refused.",
    )
    commands, shared = Commands(parser, "command", "COMMAND"), SharedArguments()
    for add in (_reading, _acting, _weights, _token, _key, transparency_commands.add_commands, _backup):
        add(commands, shared)
    return parser


def _reading(commands: Commands, shared: SharedArguments) -> None:
    printed = (shared.record, shared.json)
    verify = commands.add("verify", read_commands.verify, "derive everything again and report the first bad entry", *printed)
    verify.add_argument("--checkpoint", metavar="FILE", type=Path, help="also demand what this checkpoint signed")
    verify.add_argument("--public-key", metavar="FILE", type=Path, help="the key that signed the checkpoint")
    add_demands(verify)
    verify.add_argument(
        "--time-certificates", metavar="FILE", type=Path, help="the checkpoint must be stamped by this authority"
    )
    commands.add(
        "gate",
        read_commands.gate,
        "whether a decision may be used: exit code 0 only when it is released",
        *printed,
        shared.decision,
        epilog="Exit codes: 0 released, 3 held, 4 rejected, 2 closed for any other reason: no such decision, erased, tampered "
        "with, or the record cannot be read (the text says which).",
    )
    commands.add("replay", read_commands.replay, "recompute a decision and compare every bit", *printed, shared.decision)
    commands.add("show", read_commands.show, "show one decision with its reviews", *printed, shared.decision)
    commands.add("stats", read_commands.stats, "the queue, everybody's progress, agreement between reviewers", *printed)
    commands.add("log", read_commands.log, "list the entries of the log", *printed)
    kpi = commands.add(
        "kpi", operation_commands.kpi, "accuracy, false alarms, review load ..., measured from the record", *printed
    )
    kpi.add_argument("--from", dest="since", metavar="DAY", help="decisions from this day or moment on (UTC)")
    kpi.add_argument("--to", dest="before", metavar="DAY", help="decisions before this day or moment (UTC)")
    kpi.add_argument(
        "--source", action="append", metavar="PATTERN", help="a line or machine, * and ? as in file names; can be given again"
    )
    kpi.add_argument("--weights", metavar="SHA256", help="decisions that these weights made")
    commands.add("rollout", operation_commands.rollout, "the stage, its criteria, and the steps so far", *printed)


def _acting(commands: Commands, shared: SharedArguments) -> None:
    checkpoint = commands.add(
        "checkpoint",
        acting_commands.checkpoint,
        "sign the size and root of the log",
        shared.record,
        shared.signing,
        description="Sign the size and root of the log. With --out: verify everything first; an existing file must agree "
        "with the log to be replaced. With --dir: a series of files, continued; --watch goes on until stopped.",
    )
    checkpoint.add_argument("--out", metavar="FILE", type=Path, help="write one checkpoint; the public key goes to KEY.pub")
    checkpoint.add_argument("--dir", metavar="FOLDER", type=Path, help="write a series of checkpoints, and the public key")
    checkpoint.add_argument("--watch", action="store_true", help="with --dir: sign again and again")
    checkpoint.add_argument("--every", type=int, default=256, help="with --watch: after so many entries (%(default)s)")
    checkpoint.add_argument("--minutes", type=float, default=10.0, help="with --watch: or after so long (%(default)s)")
    checkpoint.add_argument("--tiles", action="store_true", help="with --dir: also the log as tiles (default: SPARSEMIX_TILES)")
    checkpoint.add_argument(
        "--witnesses", metavar="FILE", type=Path, help="with --dir: ask them to cosign (default: SPARSEMIX_WITNESSES)"
    )
    checkpoint.add_argument(
        "--time-authority", metavar="URL", help="with --dir: ask for time stamps (default: SPARSEMIX_TIME_AUTHORITY)"
    )
    export = commands.add(
        "export",
        acting_commands.export,
        "write a bundle that an outsider verifies with its own verify.py",
        shared.person,
        shared.signing,
        description="Verify, sign and write everything: entries, files, checkpoint, and verify.py, which needs nothing "
        "of this software.",
    )
    export.add_argument("--out", metavar="FOLDER_OR_ZIP", type=Path, required=True, help="must not exist")
    export.add_argument("--checkpoints", metavar="FOLDER", type=Path, help="earlier checkpoints to go along")
    feedback = commands.add(
        "feedback",
        acting_commands.feedback,
        "write the reviews as a set to learn from",
        shared.person,
        description="Labels and pairs by all reviews that count, each with its probability of being right, and their inputs. "
        "Where there are more than can be learned from at once: the decisions that were reviewed last.",
    )
    feedback.add_argument("--out", metavar="FILE.zip", type=Path, required=True, help="must not exist")
    feedback.add_argument("--since", metavar="DAY", help="decisions that were reviewed from this day or moment on (UTC)")
    erase = commands.add(
        "erase", acting_commands.erase, "erase a decision's content; its entries and proofs stay", shared.person
    )
    erase.add_argument("decision_id", metavar="DECISION_ID", nargs="?", help="32 hexadecimal digits")
    erase.add_argument("--due", action="store_true", help="all decisions whose longest retention period is over")
    erase.add_argument("--why", metavar="TEXT", help="the reason, which is recorded")
    erase.add_argument("--early", action="store_true", help="even before the shortest retention period is over")
    user = commands.add("user", people_commands.user, "list, add and change accounts", shared.person)
    user.add_argument("user_command", choices=("list", "add", "roles", "password", "activate", "deactivate"))
    user.add_argument("name", nargs="?", help="login name")
    user.add_argument("--printed-name", metavar="NAME", help="the name that is recorded with reviews")
    user.add_argument("--role", action="append", choices=[role.value for role in Role], help="can be given several times")
    grant = commands.add(
        "grant", acting_commands.grant, "PostgreSQL: let a role run the app without changing evidence", shared.record
    )
    grant.add_argument("role_name", metavar="ROLE")
    commands.add("rebuild", acting_commands.rebuild, "make lists and the queue again from the log", shared.record, shared.json)


def _backup(commands: Commands, shared: SharedArguments) -> None:
    backup = commands.add(
        "backup",
        backup_commands.backup,
        "back the whole record up while it is in use",
        shared.record,
        shared.json,
        description="Copy the record as it is at one moment, its files included, and its checkpoints; verify the copy. Exit "
        "code 1: the record was tampered with, and was backed up as it is.",
    )
    backup.add_argument("folder", metavar="FOLDER", type=Path, help="must not exist, or be empty")
    backup.add_argument(
        "--checkpoints",
        metavar="FOLDER",
        type=Path,
        help="signed checkpoints that go along (default: SPARSEMIX_CHECKPOINTS, else those beside the record)",
    )
    backup.add_argument("--with-keys", action="store_true", help="the private key that signs checkpoints goes along, too")
    backup.add_argument(
        "--key", metavar="FILE", type=Path, help="where it lies (default: SPARSEMIX_CHECKPOINT_KEY, else beside the record)"
    )
    restore = commands.add(
        "restore",
        backup_commands.restore,
        "restore a backup into an empty database, verify it, and say what is missing",
        shared.record,
        shared.json,
        description="Restore a backup into a database that does not exist yet (SQLite) or is empty (PostgreSQL), whichever it "
        "came from. Exit code 1: it does not verify, or entries are missing that the checkpoint signed; they are named.",
    )
    restore.add_argument("folder", metavar="FOLDER", type=Path, help="as `backup` wrote it")
    restore.add_argument(
        "--checkpoint", metavar="FILE_OR_FOLDER", type=Path, help="checkpoints of this record that were kept elsewhere"
    )
    restore.add_argument(
        "--public-key", metavar="FILE", type=Path, help="the key that signed them (default: public_key.txt in their folder)"
    )
    restore.add_argument(
        "--checkpoints-to", metavar="FOLDER", type=Path, help="put the backup's checkpoints there, for the next ones to follow"
    )
    restore.add_argument("--key-to", metavar="FILE", type=Path, help="put the backup's signing key there")


def _weights(commands: Commands, shared: SharedArguments) -> None:
    which = Commands(
        commands.add("weights", None, "registered weights: list, show, add, use, retire, take-back"), "weights_command"
    )
    read, act = read_commands.weights, acting_commands.weights
    which.add("list", read, "all that are registered", shared.record, shared.json)
    shown = which.add("show", read, "card and lineage of one", shared.record, shared.json)
    added = which.add("add", act, "keep a weights file with its card in the record", shared.person)
    used = which.add("use", act, "use these weights for new analyses; default: those of the program", shared.person)
    retired = which.add("retire", act, "not to be used any more", shared.person)
    taken = which.add("take-back", act, "retired weights may be used again", shared.person)
    for command in (shown, used, retired, taken):
        command.add_argument("weights", metavar="HASH", help="the first digits of the file's SHA-256")
    added.add_argument("file", metavar="FILE", type=Path, help="as `python -m sparsemix train` wrote it")
    added.add_argument("--card", metavar="FILE", type=Path, help="default: the .card.json beside the weights")
    added.add_argument("--name", metavar="NAME", help="what people call them; default: the file's name")
    for command in (retired, taken):
        command.add_argument("--why", metavar="TEXT", required=True, help="the reason, which is recorded")


def _token(commands: Commands, shared: SharedArguments) -> None:
    which = Commands(commands.add("token", None, "tokens of other programs: issue, list, revoke"))
    run, parents = people_commands.token, (shared.person, shared.json)
    issued = which.add("issue", run, "a new token, printed this once", *parents)
    issued.add_argument("--for", dest="login_name", metavar="NAME", required=True, help="its account, created if missing")
    roles = [role.value for role in MACHINE_ROLES]
    issued.add_argument("--role", action="append", choices=roles, help="what it may do; a new program needs at least one")
    issued.add_argument("--days", type=int, default=90, help="days that the token is valid (%(default)s)")
    which.add("list", run, "all that were issued", *parents)
    revoked = which.add("revoke", run, "a token is not accepted any more", *parents)
    revoked.add_argument("hash", metavar="HASH", help="the first digits of its SHA-256, as the list shows them")


def _key(commands: Commands, shared: SharedArguments) -> None:
    key, run = commands.add("key", None, "keys with which people sign: list, begin, confirm, revoke"), people_commands.key
    which = Commands(key, "key_command")
    which.add("list", run, "all keys, with their owners and fingerprints", shared.person, shared.json)
    which.add("begin", run, "from now on nothing unsigned counts; --as names the root key", shared.person)
    confirmed = which.add("confirm", run, "a key counts whose fingerprint its owner has read out", shared.person)
    confirmed.add_argument("what", metavar="FINGERPRINT", help="its first digits")
    revoked = which.add("revoke", run, "the keys of an account sign nothing any more", shared.person)
    revoked.add_argument("what", metavar="LOGIN", help="whose account, or program: the keys of the program, on all hosts")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; errors go to stderr in one line."""
    parser = build_parser()
    arguments = parser.parse_args(argv)
    for given in vars(arguments).values():
        try:
            str(given).encode()
        except UnicodeEncodeError:  # bytes of the command line that are not text
            return _failed(f"{given} is not text in UTF-8: rename the file or folder, or give another name", 2)
    _refuse_contradictions(parser, arguments)
    if sys.stdout is None:  # closed by a caller that wants only the exit code
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open as long as the process runs
    # The code is bad until the command is done: a reader that leaves early must not turn a closed gate into an open one.
    code = 2
    try:
        code = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of a pipe (head, less) left early; Python must not complain again while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return _failed("stopped; what was finished before is recorded, nothing else", 130)
    except EOFError:
        return _failed("no password came from standard input", 2)
    except (AuditError, OSError) as error:
        return _failed(str(error), 1 if isinstance(error, Tampered) else 2)
    except Exception:  # Python's own exit code is 1 then, which here means that the record was tampered with
        traceback.print_exc()
        return _failed("a fault of this program, which says nothing about the record; please report the lines above", 2)
    return code


def _refuse_contradictions(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """End the program with a usage message where options do not go together."""
    if arguments.command == "user" and arguments.user_command != "list" and not arguments.name:
        parser.error(f"user {arguments.user_command} needs a login name")
    if arguments.command == "user" and arguments.user_command == "roles" and not arguments.role:
        parser.error("user roles needs --role, once for each role that the person is to have")
    if arguments.command == "checkpoint":
        if arguments.watch and arguments.dir is None:
            parser.error("--watch goes with --dir")
        if arguments.every < 1 or not 0 < arguments.minutes < 1e6:
            parser.error("--every takes a number of entries from 1 on, --minutes a time above 0")


def _failed(text: str, code: int) -> int:
    read_commands.say_aside("error", text)
    return code


if __name__ == "__main__":
    sys.exit(main())
