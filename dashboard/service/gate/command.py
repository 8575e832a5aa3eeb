"""The command of the gate API: python -m dashboard gate [--port 8601] [--weights W] [--queue N] [--workers N] [--notify URL]
[--db D].

Exit code 2 when it cannot start. It stops with Ctrl+C or a SIGTERM, and continues from there when it is started again.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path

from audit import AuditError, AuditStore, InvalidRecord, default_location
from dashboard.service.common.places import how_to_install
from dashboard.service.common.record_opening import open_record
from dashboard.service.sign_in.identity import is_local
from sparsemix import SparseMixError
from sparsemix.terminal import printable


def main(argv: list[str]) -> int:
    """Serve until stopped; return the exit code."""
    arguments = parser().parse_args(argv)
    try:
        import fastapi  # noqa: F401, PLC0415 - an optional extra
        import uvicorn  # noqa: PLC0415
    except ImportError as error:
        print(f"error: {error.name} is not installed: {how_to_install('gate')}", file=sys.stderr)
        return 2
    store: AuditStore | None = None
    try:
        check(arguments)
        store = open_record(arguments.db)
        if not store.accounts.exist():
            print(
                "nobody can ask yet: python -m audit user add LOGIN --role admin, then python -m audit token issue ...",
                file=sys.stderr,
            )
        from dashboard.service.gate.api import build  # noqa: PLC0415 - what needs the extra
        from dashboard.service.gate.gate_service import assembled  # noqa: PLC0415
        from dashboard.service.web.connections import LIMITS  # noqa: PLC0415

        config = uvicorn.Config(
            build(assembled(store, arguments)),
            host=arguments.host,
            port=arguments.port,
            ws="none",
            headers=[("x-content-type-options", "nosniff"), ("cache-control", "no-store")],
            **LIMITS,
        )
        address = f"http://{arguments.host}:{arguments.port}/v1/openapi.json"
        print(f"loading the weights; then the gate answers on {address}", file=sys.stderr, flush=True)
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run()
    except SystemExit:  # uvicorn ends so when it cannot listen or the app cannot start, after it has printed the reason
        print(f"error: the gate does not answer on {arguments.host}:{arguments.port}, as is said above", file=sys.stderr)
        return 2
    except (AuditError, SparseMixError, OSError) as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        return 2
    finally:
        if store is not None:
            store.close()
    return 0


def check(arguments: argparse.Namespace) -> None:
    """Raise `InvalidRecord` for arguments that are contradictory or not safe."""
    if not is_local(arguments.host) and not arguments.behind_tls:
        raise InvalidRecord(
            f"others reach the address {arguments.host}, and tokens would travel in the clear: put a proxy with TLS in front, "
            "and say so with --behind-tls"
        )
    if arguments.queue < 1 or arguments.workers < 1:
        raise InvalidRecord("--queue and --workers take a number from 1 on")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command."""
    made = argparse.ArgumentParser(prog="python -m dashboard gate", description="Answer other systems: is it released?")
    made.add_argument("--host", default="127.0.0.1", help="network address to listen on (default: this machine only)")
    made.add_argument("--port", type=int, default=8601)
    made.add_argument("--behind-tls", action="store_true", help="a proxy with TLS stands in front: other addresses are allowed")
    made.add_argument("--db", metavar="PATH_OR_URL", default=default_location(), help="default: as for the app")
    made.add_argument(
        "--weights", type=Path, help="judge by these alone; default: those that the record says are in use, else as for the app"
    )
    made.add_argument("--queue", type=int, default=64, help="sequences under way, then the answer is 429 (default %(default)s)")
    made.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes that judge (default %(default)s)")
    made.add_argument(
        "--notify", action="append", metavar="URL", default=[], help="tell this address; can be given several times"
    )
    made.add_argument(
        "--notify-secret", type=Path, metavar="FILE", help="signs what is told; made if missing (default: in --state)"
    )
    made.add_argument("--state", metavar="FOLDER", help="for what is under way (default: beside the record)")
    return made
