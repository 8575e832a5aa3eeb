"""The command that decides on a log while it grows: ``python -m dashboard watch FILE``.

    python -m dashboard watch FILE [--context N] [--every K] [--seconds T] [--from start|end] [--drift-every MINUTES]
                                   [--source NAME] [--machine NAME] [--weights W] [--db PATH_OR_URL]
                                   [--as LOGIN [--password-stdin]]

A file is identified by its path and the name of its machine: a restart continues with the same file, and a second watcher of
the same file is refused. The default name is the host name; ``--machine`` gives another one where the host name changes
(containers) or is the same on several machines.

Exit codes: 0 stopped by SIGTERM, 130 by Ctrl+C (the window under way is finished and recorded first), 2 it cannot continue.
Started again, it continues where it stopped (``watch``).
"""

from __future__ import annotations

import argparse
import fcntl
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from audit import AuditError, default_location
from audit.cli.acting_commands import access_of
from dashboard.service.decide.weights_used import JudgingWeights
from dashboard.service.watch import watch_status
from dashboard.service.watch.watch import CONTEXT, DRIFT_APART, EVERY, SECONDS, LogWatcher
from dashboard.service.watch.watch_workers import WindowJudge
from sparsemix import SparseMixError
from sparsemix.terminal import printable


@contextmanager
def alone(into: Path, path: Path, machine: str) -> Iterator[None]:
    """Keep other watchers of this machine's file out, for this record. Raises `FileExistsError` when there is one already."""
    into.mkdir(parents=True, exist_ok=True)
    with (into / f"{watch_status.name_of(watch_status.file_name(path.absolute()), machine)}.lock").open(
        "w", encoding="ascii"
    ) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FileExistsError(f"{path} on {machine} is being watched for this record already") from error
        yield


def main(argv: list[str]) -> int:
    """Run the command; return its exit code."""
    arguments = _parser().parse_args(argv)
    interrupted = False
    judging: WindowJudge | None = None
    try:
        if not arguments.file.absolute().parent.is_dir():
            raise FileNotFoundError(f"there is no folder {arguments.file.absolute().parent}")
        if arguments.file.is_dir():
            raise IsADirectoryError(f"{arguments.file} is a folder: name the log in it that grows")
        into, machine = watch_status.folder(str(arguments.db)), watch_status.machine_name(arguments.machine)
        with (
            access_of(arguments) as access,
            alone(into, arguments.file, machine),
            JudgingWeights.for_command(access.store, arguments.weights) as weights,
        ):
            used = weights.current()
            judging = WindowJudge(used.path)
            watch = LogWatcher(
                arguments.file,
                access=access,
                model=used.model,
                judging=judging,
                into=into,
                source=arguments.source,
                machine=machine,
                context=arguments.context,
                every=arguments.every,
                seconds=arguments.seconds,
                start=arguments.start,
                drift_apart=60.0 * arguments.drift_every,
            )

            def stop(number: int, _frame: FrameType | None) -> None:
                nonlocal interrupted
                interrupted = interrupted or number == signal.SIGINT
                watch.stop()

            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, stop)
            there = "" if arguments.file.exists() else ", which is not there yet"
            what = f"{arguments.file} on {machine}{there}"
            print(f"watching {what}; the page Monitor, view Live, shows how far behind it is", file=sys.stderr, flush=True)
            watch.run()
    except (AuditError, SparseMixError, OSError, ValueError) as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        return 2
    finally:
        if judging is not None:
            judging.close()
    print("stopped; what was decided is recorded, and the same command goes on from there", file=sys.stderr)
    return 130 if interrupted else 0


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m dashboard watch", description="Decide on a log while it grows.")
    made.add_argument("file", type=Path, metavar="FILE", help="a log, CSV or JSON lines; may come later, rotate, be truncated")
    made.add_argument(
        "--context",
        type=int,
        default=CONTEXT,
        metavar="N",
        help="lines a decision looks at, up to 100,000 (default %(default)s)",
    )
    made.add_argument(
        "--every", type=int, default=EVERY, metavar="K", help="decide when so many new lines have come (default %(default)s)"
    )
    made.add_argument(
        "--seconds",
        type=float,
        default=SECONDS,
        metavar="T",
        help="or when a new line has waited so long (default %(default)g)",
    )
    made.add_argument(
        "--from",
        dest="start",
        choices=("start", "end"),
        default="start",
        help="of a file that was never watched: all of it, or what comes from now on (default %(default)s)",
    )
    made.add_argument(
        "--drift-every",
        type=float,
        default=DRIFT_APART / 60.0,
        metavar="MINUTES",
        help="let the source's drift hear a window at most so often (default %(default)g)",
    )
    made.add_argument("--source", help="where the log comes from; default: what its name tells")
    made.add_argument(
        "--machine",
        metavar="NAME",
        help="the machine that the log lies on, where its own name changes or is that of others too (default: its own name)",
    )
    made.add_argument("--weights", type=Path, help="default: those that are in use, as the record says, or the program's own")
    made.add_argument("--db", metavar="PATH_OR_URL", default=default_location(), help="default: as for the app")
    made.add_argument("--as", dest="login", metavar="LOGIN", help="who does it, where the record has accounts")
    made.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    return made
