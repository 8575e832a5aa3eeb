"""What `python -m audit verify` and `proof check` can demand of a checkpoint: cosignatures of witnesses, and a time stamp."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from audit.cli.argument_types import count
from audit.errors import InvalidRecord, Tampered
from audit.records.atomic_files import read_bytes
from audit.records.clock import moment_text
from audit.transparency.asking import CosignedCheckpoint, cosigned, not_counted
from audit.transparency.policy import Policy, read_policy
from audit.transparency.time_stamps import MOST_STAMP, check_stamp, stamp_file


class CheckpointEvidence(NamedTuple):
    """Who cosigned a checkpoint and when, and the time of its stamp; only what was asked for and checked."""

    cosigned: list[dict[str, str]]
    stamped_at: str | None
    not_counted: list[str]

    def lines(self) -> list[str]:
        """Return this in words, a line each."""
        stamped = [f"stamped at {self.stamped_at}"] if self.stamped_at else []
        return [f"cosigned by {one['witness']} at {one['at']}" for one in self.cosigned] + stamped + self.not_counted


def add_demands(command: ArgumentParser) -> None:
    """Add the options that say by whom a checkpoint must be cosigned."""
    command.add_argument("--witnesses", metavar="FILE", type=Path, help="policy of those who must have cosigned it")
    command.add_argument("--cosigned", metavar="N", type=count, help="with --witnesses: at least so many of them")


def checked(arguments: Namespace) -> CheckpointEvidence:
    """Check the cosignatures and the stamp of the checkpoint of `verify`, where that is asked for.

    Raises `InvalidRecord` when there are not enough, `Tampered` when one of too few or the stamp is wrong, `StoreUnavailable`.
    """
    asked = arguments.witnesses or arguments.time_certificates or arguments.cosigned is not None
    if asked and arguments.checkpoint is None:
        raise InvalidRecord("--witnesses, --cosigned and --time-certificates go with --checkpoint")
    policy, vouched, stamped = None, CheckpointEvidence([], None, []), None
    if arguments.witnesses:
        policy = read_policy(arguments.witnesses)
    if policy is not None or arguments.cosigned is not None:
        vouched = cosignatures(cosigned(arguments.checkpoint, policy), policy, arguments.cosigned)
    if arguments.time_certificates:
        answer, content = read_bytes(stamp_file(arguments.checkpoint), MOST_STAMP), read_bytes(arguments.checkpoint, MOST_STAMP)
        stamped = moment_text(check_stamp(content, answer, read_bytes(arguments.time_certificates, MOST_STAMP)))
    return vouched._replace(stamped_at=stamped)


def cosignatures(given: CosignedCheckpoint, policy: Policy | None, least: int | None) -> CheckpointEvidence:
    """Return who cosigned a checkpoint and when, and which cosignatures do not count.

    What is promised is that enough witnesses cosigned it. So a wrong cosignature, which anybody can put there, is told but
    refuses nothing where others are enough. Raises `InvalidRecord` when they are not, `Tampered` when one is wrong besides.
    """
    if policy is None:
        if least is not None:
            raise InvalidRecord("--cosigned goes with --witnesses, which says whose cosignatures count")
        return CheckpointEvidence([], None, [])
    found, wrong = policy.cosignatures(given.note)
    left_out = given.left_out + [not_counted(name, given.file, error) for name, error in wrong.items()]
    if not policy.satisfied(found) or len(found) < (least or 0):
        names = ", ".join(found) or "nobody"
        text = f"the checkpoint is cosigned by {names}, of {len(policy.witnesses)} witnesses: that is not enough"
        kind = Tampered if any(isinstance(error, Tampered) for error in left_out) else InvalidRecord
        raise kind("; ".join([text, *map(str, left_out)]))
    who = [{"witness": name, "at": moment_text(datetime.fromtimestamp(one.at, UTC))} for name, one in found.items()]
    return CheckpointEvidence(who, None, [str(error) for error in left_out])
