"""Verify, sign, list and export the audit record from the shell: `python -m audit --help`.

Exit codes: 0 done or valid, 1 tampered, 2 incomplete or unreadable.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from audit import commands, default_location
from audit.checkpoint import DEFAULT_ORIGIN
from audit.errors import AuditError, Tampered

__all__ = ["main"]


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m audit",
        description="Verify, sign, list and export the audit record. No command writes to a database.",
        epilog="Exit codes: 0 done or valid, 1 tampered (first bad entry named), 2 incomplete or unreadable.",
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--db",
        metavar="PATH_OR_URL",
        default=default_location(),
        help="the audit database (default: environment variable SPARSEMIX_AUDIT_DB, else data/audit.db)",
    )
    sub = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    verify = sub.add_parser("verify", parents=[common], help="derive everything again and report the first bad entry")
    verify.add_argument("--checkpoint", metavar="FILE", type=Path, help="also demand what this checkpoint signed")
    verify.add_argument("--public-key", metavar="FILE", type=Path, help="the key that signed the checkpoint")
    verify.add_argument("--json", action="store_true", help="print the report as JSON")
    verify.set_defaults(run=commands.verify)

    checkpoint = sub.add_parser(
        "checkpoint",
        parents=[common],
        help="verify, then sign the size and root of the log",
        description="Verify, then sign the size and root of the log. A missing key is created (mode 0600), "
        "its public key beside it in FILE.pub. An existing output must agree with the log to be replaced.",
    )
    checkpoint.add_argument("--key", metavar="FILE", type=Path, required=True, help="Ed25519 private key (PEM)")
    checkpoint.add_argument("--out", metavar="FILE", type=Path, required=True, help="where to write the checkpoint")
    checkpoint.add_argument("--origin", default=DEFAULT_ORIGIN, help="name of this log (default: %(default)s)")
    checkpoint.set_defaults(run=commands.checkpoint)

    log = sub.add_parser("log", parents=[common], help="list the entries of the log")
    log.add_argument("--json", action="store_true", help="print one JSON object a line")
    log.set_defaults(run=commands.log)

    show = sub.add_parser("show", parents=[common], help="show one decision with its reviews")
    show.add_argument("decision_id", metavar="DECISION_ID", help="32 hexadecimal digits")
    show.add_argument("--json", action="store_true", help="print everything as JSON, not only the essentials")
    show.set_defaults(run=commands.show)

    export = sub.add_parser(
        "export",
        parents=[common],
        help="write entries and payloads as JSON lines",
        description="Write one JSON object per entry. `payload` is the exact text that was committed: "
        "SHA-256(bytes of the hexadecimal salt, then payload in UTF-8) gives `p`.",
    )
    export.add_argument("--out", metavar="FILE.jsonl", type=Path, required=True, help="the file to write")
    export.set_defaults(run=commands.export)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; errors go to stderr in one line."""
    arguments = build_parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of a pipe (head, less) left early; Python must not complain again while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (AuditError, OSError) as error:
        print(f"error: {commands.printable(' '.join(str(error).split()))}", file=sys.stderr)
        return 1 if isinstance(error, Tampered) else 2
    return code


if __name__ == "__main__":
    sys.exit(main())
