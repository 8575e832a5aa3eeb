"""Commands of `python -m audit` about what others can check: tiles, proofs of single entries, witnesses."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audit.checkpoint_places import checkpoint_key
from audit.checkpoint_schedule import CheckpointKeeper
from audit.cli.acting_commands import tell_passed_over
from audit.cli.argument_types import host, pause, port
from audit.cli.checkpoint_demands import add_demands, cosignatures
from audit.cli.commands import Commands, SharedArguments
from audit.cli.read_commands import OK, opened, printable, say, tell
from audit.errors import AuditError, InvalidRecord, NotFound, WitnessRefused
from audit.log.chain import entry_bytes
from audit.log.checkpoints import Checkpoint, stated
from audit.log.notes import Note
from audit.records.atomic_files import read_bytes, read_text, replace_text
from audit.records.clock import moment_text
from audit.transparency.asking import CosignedCheckpoint, cosigned
from audit.transparency.followed_log import FollowedLog
from audit.transparency.following import follow_once
from audit.transparency.outside import Outside
from audit.transparency.policy import read_policy
from audit.transparency.proof_file import MOST_PROOF, EntryProof, check_proof, proof_text, read_proof
from audit.transparency.tiles import check_tiles
from audit.transparency.witness import Witness, create_witness
from audit.transparency.witness_server import WitnessServer


def tiles(arguments: Namespace) -> int:
    """Write the log as tiles with a new checkpoint, or check a folder of tiles."""
    if arguments.what == "check":
        checkpoint = check_tiles(arguments.folder, read_text(arguments.public_key))
        _say_head(arguments, checkpoint, f"valid: {checkpoint.size} entries")
        return OK
    with opened(arguments) as store:
        key_path = arguments.key or checkpoint_key(arguments.db)
        outside = Outside(tiles=True)
        keeper = CheckpointKeeper(store, key_path, arguments.folder, origin=arguments.origin, outside=outside)
        path = keeper.look(now=True)
        problems = keeper.publish()
    tell_passed_over(keeper)
    if problems or path is None:
        raise InvalidRecord("; ".join(problems))
    signed = stated(Note.parse(read_text(path)))
    _say_head(arguments, signed, f"wrote {signed.size} entries to {arguments.folder}")
    return OK


def proof(arguments: Namespace) -> int:
    """Write or check the proof that one entry is in the log."""
    policy = read_policy(arguments.witnesses) if arguments.witnesses else None
    if arguments.what == "check":
        given = read_proof(read_bytes(arguments.file, MOST_PROOF).decode(errors="replace"))
        proven = check_proof(given, read_text(arguments.public_key))
        vouched = cosignatures(CosignedCheckpoint(arguments.file, given.note, []), policy, arguments.cosigned)
        entry = proven.fields
        text = [f"valid: entry {entry['seq']} ({entry['type']} {entry['subject']}) of {entry['ts']}, by {entry['actor']}"]
        text.append(f"in the log of {proven.checkpoint.size} entries, root {proven.checkpoint.root}")
        text += vouched.lines()
        whole = {"entry": entry, "content": proven.content, "size": proven.checkpoint.size, "root": proven.checkpoint.root}
        tell(arguments, whole | {"cosigned": vouched.cosigned, "not_counted": vouched.not_counted}, *text)
        return OK
    path = arguments.checkpoint
    _, note, left_out = cosigned(path, policy)
    checkpoint = stated(note)
    with opened(arguments) as store:
        if not 1 <= arguments.entry <= checkpoint.size:
            raise NotFound(f"the checkpoint has {checkpoint.size} entries and does not cover entry {arguments.entry}")
        tree = FollowedLog(store).follow(checkpoint.size).at(checkpoint.size)
        entry_row = store.entries(arguments.entry - 1, 1)[0]
        sealed = store.sealed(arguments.entry) if arguments.content else None
    made = EntryProof(entry_bytes(entry_row), sealed, arguments.entry - 1, tree.inclusion(arguments.entry - 1), note)
    key = path.with_name("public_key.txt") if arguments.public_key is None else arguments.public_key
    check_proof(made, read_text(key))
    replace_text(arguments.out, proof_text(made))
    written = {"entry": arguments.entry, "size": checkpoint.size, "not_counted": [str(error) for error in left_out]}
    tell(arguments, written, f"wrote the proof of entry {arguments.entry} to {arguments.out}", *map(str, left_out))
    return OK


def witness(arguments: Namespace) -> int:
    """Make a witness, let it follow a log, and let it work: over HTTP, or on a folder that both machines reach."""
    if arguments.what == "init":
        print(create_witness(arguments.folder, arguments.name, ed25519=arguments.ed25519))
        return OK
    one = Witness(arguments.folder)
    if arguments.what == "trust":
        say(f"follows {one.trust(read_text(arguments.public_key)).name}")
    elif arguments.what == "list":
        rows = [seen._asdict() | {"at": moment_text(datetime.fromtimestamp(seen.at, UTC))} for seen in one.seen()]
        lines = [f"{row['origin']}: {row['size']} entries at {row['at']}{_against(row)}" for row in rows]
        tell(arguments, rows, *(lines or ["nothing was cosigned yet"]))
    elif arguments.what == "serve":
        with WitnessServer((arguments.host, arguments.port), one, _tell) as server, suppress(KeyboardInterrupt):
            _tell(f"{one.key.name} answers on http://{arguments.host}:{server.server_port}/add-checkpoint")
            server.serve_forever()
    else:
        return _follow(one, arguments)
    return OK


def _follow(one: Witness, arguments: Namespace) -> int:
    """Cosign what a folder has, once, or again and again; a log that was rewritten is not left: it is told each time."""
    before = ""
    while True:
        try:
            checkpoint = follow_once(one, arguments.log)
            said = f"cosigned {checkpoint.size} entries of {checkpoint.origin}"
        except (AuditError, OSError) as error:
            if arguments.seconds is None:
                raise
            said = f"{'REFUSED' if isinstance(error, WitnessRefused) else 'error'}: {error}"
        if said != before:
            _tell(said)
        before = said
        if arguments.seconds is None:
            return OK
        try:
            time.sleep(arguments.seconds)
        except KeyboardInterrupt:
            return OK


def _against(row: dict[str, Any]) -> str:
    return f"  CONTRADICTED: {row['contradiction']}" if row["contradiction"] else ""


def _tell(line: str) -> None:
    print(f"{moment_text(datetime.now(UTC))} {printable(' '.join(line.split()))}", file=sys.stderr, flush=True)


def _say_head(arguments: Namespace, checkpoint: Checkpoint, text: str) -> None:
    tell(arguments, {"size": checkpoint.size, "root": checkpoint.root}, text, f"root {checkpoint.root}")


def add_commands(commands: Commands, shared: SharedArguments) -> None:
    """Add the commands of this module."""
    what = Commands(
        commands.add("tiles", None, "the log as files that any witness can follow (c2sp.org/tlog-tiles): write, check")
    )
    written = what.add(
        "write", tiles, "write what a folder lacks, and a new checkpoint", shared.record, shared.signing, shared.json
    )
    checked = what.add("check", tiles, "check all tiles and entries of a folder against its checkpoint", shared.json)
    checked.add_argument("--public-key", metavar="FILE", type=Path, required=True, help="of the log")
    for command in (written, checked):
        command.add_argument("folder", metavar="FOLDER", type=Path)
    _proof_commands(commands, shared)
    _witness_commands(commands, shared)


def _proof_commands(commands: Commands, shared: SharedArguments) -> None:
    what = Commands(
        commands.add("proof", None, "a file that proves one entry without the record (c2sp.org/tlog-proof): write, check")
    )
    written = what.add("write", proof, "prove that an entry is in the log of a checkpoint", shared.record, shared.json)
    written.add_argument("entry", metavar="ENTRY", type=int, help="number of the entry, as `log` lists it")
    written.add_argument("--checkpoint", metavar="FILE", type=Path, required=True, help="a file of the checkpoints' folder")
    written.add_argument("--out", metavar="FILE.tlog-proof", type=Path, required=True)
    written.add_argument("--content", action="store_true", help="with the entry's content, which then cannot be erased there")
    written.add_argument("--public-key", metavar="FILE", type=Path, help="of the log (default: beside the checkpoint)")
    checked = what.add("check", proof, "check such a file; needs no record", shared.json)
    checked.add_argument("file", metavar="FILE.tlog-proof", type=Path)
    checked.add_argument("--public-key", metavar="FILE", type=Path, required=True, help="of the log")
    for command in (written, checked):
        add_demands(command)


def _witness_commands(commands: Commands, shared: SharedArguments) -> None:
    what = Commands(commands.add("witness", None, "on another machine: cosign checkpoints of logs that only grow"))
    made = what.add("init", witness, "make a witness in a folder, and print its public key")
    trusted = what.add("trust", witness, "follow the log with this public key")
    served = what.add("serve", witness, "answer over HTTP")
    followed = what.add("follow", witness, "read a folder of checkpoints and tiles, and write cosignatures there")
    listed = what.add("list", witness, "what was cosigned of every log, and what contradicts it", shared.json)
    for command in (made, trusted, served, followed, listed):
        command.add_argument("folder", metavar="FOLDER", type=Path, help="of the witness")
    made.add_argument("--name", required=True, help="such as plant.example/witness-1; witnesses are told apart by it")
    made.add_argument("--ed25519", action="store_true", help="sign with Ed25519 instead of ML-DSA-44")
    trusted.add_argument("public_key", metavar="FILE", type=Path, help="public_key.txt of the checkpoints' folder")
    served.add_argument(
        "--host", type=host, default="127.0.0.1", help="network address to listen on (default: this machine only)"
    )
    served.add_argument("--port", type=port, default=8602)
    followed.add_argument("log", metavar="LOG_FOLDER", type=Path, help="that `checkpoint --tiles` or `tiles write` fills")
    followed.add_argument("--watch", dest="seconds", metavar="SECONDS", type=pause, help="again and again, with this pause")
