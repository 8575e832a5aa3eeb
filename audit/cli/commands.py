"""How commands of `python -m audit` are declared: the arguments that many of them share, and what each runs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audit import default_location
from audit.log.checkpoints import DEFAULT_ORIGIN


class SharedArguments:
    """Arguments that commands share: the record, the person who acts, the key that signs, a decision, and output as JSON."""

    def __init__(self) -> None:
        self.record, self.signing, self.decision, self.json = (ArgumentParser(add_help=False) for _ in range(4))
        self.record.add_argument(
            "--db",
            metavar="PATH_OR_URL",
            default=default_location(),
            help="a path or postgresql://... (default: SPARSEMIX_DATABASE_URL, else SPARSEMIX_AUDIT_DB, else data/audit.db)",
        )
        self.person = ArgumentParser(add_help=False, parents=[self.record])
        self.person.add_argument("--as", dest="login", metavar="LOGIN", help="who does it, once the record has accounts")
        self.person.add_argument("--password-stdin", action="store_true", help="read passwords from standard input, one a line")
        self.signing.add_argument(
            "--key",
            metavar="FILE",
            type=Path,
            help="Ed25519 private key (PEM), created if missing (default: beside the record)",
        )
        self.signing.add_argument("--origin", default=DEFAULT_ORIGIN, help="name of this log (default: %(default)s)")
        self.decision.add_argument("decision_id", metavar="DECISION_ID", help="32 hexadecimal digits")
        self.json.add_argument("--json", action="store_true", help="print JSON")


class Commands:
    """The commands below a parser."""

    def __init__(self, parser: ArgumentParser, dest: str = "what", metavar: str = "WHAT") -> None:
        self._below: _SubParsersAction[ArgumentParser] = parser.add_subparsers(dest=dest, required=True, metavar=metavar)

    def add(
        self, name: str, run: Callable[[Namespace], int] | None, help: str, *parents: ArgumentParser, **texts: Any
    ) -> ArgumentParser:
        """Add a command with the arguments of ``parents``; ``run`` is None where it has commands of its own."""
        command = self._below.add_parser(name, help=help, parents=list(parents), **texts)
        if run is not None:
            command.set_defaults(run=run)
        return command
