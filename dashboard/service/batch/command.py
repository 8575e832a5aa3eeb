"""The command of the batch audit, which decides on any number of files, once each: ``python -m dashboard audit-batch --input
DIR|GLOB``.

    python -m dashboard audit-batch --input DIR|GLOB [--weights W] [--engine local|ray] [--workers N] [--address RAY]
                                    [--source NAME] [--retry-failed] [--db PATH_OR_URL] [--as LOGIN [--password-stdin]] [--json]

Exit codes: 0 every file has its decision, 1 some files failed or a folder could not be read, 2 nothing could be done, 130
stopped (start it again to continue: ``batch``).
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path

from audit import AuditError, default_location
from audit.cli.acting_commands import access_of
from dashboard.service.batch import engines, ray_engine
from dashboard.service.batch.batch import Batch
from dashboard.service.batch.engines import Engine
from dashboard.service.batch.files import inputs
from dashboard.service.common.places import how_to_install
from dashboard.service.common.session_keeper import SignOfLife
from dashboard.service.decide.weights_used import JudgingWeights, program_weights
from sparsemix import ConfigError, SparseMixError
from sparsemix.terminal import printable


def main(argv: list[str]) -> int:
    """Run the command; return its exit code."""
    arguments = _parser().parse_args(argv)
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        if arguments.address and arguments.engine != "ray":
            raise ConfigError("--address names a Ray cluster: give --engine ray, too")
        found = inputs(arguments.input)
        engine = _engine(arguments)
        with access_of(arguments) as access, JudgingWeights.for_command(access.store, arguments.weights) as weights:
            used = weights.current()
            if arguments.address and not (arguments.weights or used.path == program_weights().resolve()):
                # These weights lie in the record, but the machines of a cluster read weights by a path.
                raise FileNotFoundError("the weights in use have to lie where all machines see them: name them by --weights")
            batch = Batch(access, used.model, used.path, arguments.source, arguments.retry_failed)
            with SignOfLife(access):
                progress = batch.run(
                    found.files,
                    engine,
                    lambda progress: _say(progress.line),
                    lambda path, why: _say(f"failed: {path}: {why}"),
                    found.closed,
                )
    except (AuditError, SparseMixError, OSError) as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; what was decided is recorded, and the same command goes on from there", file=sys.stderr)
        return 130
    finally:
        signal.signal(signal.SIGTERM, before)
    print(json.dumps(asdict(progress)) if arguments.json else progress.line)
    return int(progress.failed > 0)


def _interrupt(*_: object) -> None:
    """Treat SIGTERM, as sent by a service manager, like Ctrl+C."""
    raise KeyboardInterrupt


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no whole number of at least 1")
    return int(text)


def _engine(arguments: argparse.Namespace) -> Engine:
    if arguments.engine == "local":
        return partial(engines.local, workers=arguments.workers)
    try:
        import ray.data  # noqa: F401, PLC0415 - an optional extra
    except ImportError as error:
        raise FileNotFoundError(f"Ray is not installed: {how_to_install('scale')}") from error
    return partial(ray_engine.ray_data, workers=arguments.workers, address=arguments.address)


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m dashboard audit-batch", description="Decide on many files, once each.")
    made.add_argument(
        "--input", required=True, metavar="DIR|GLOB", help="a folder, or a pattern such as 'logs/2026-11-*/*.log'"
    )
    made.add_argument("--weights", type=Path, help="default: those that are in use, as the record says, or the program's own")
    made.add_argument("--engine", choices=("local", "ray"), default="local", help="who judges (default %(default)s)")
    made.add_argument("--workers", type=_count, default=os.cpu_count() or 1, help="processes (one a core: %(default)s)")
    made.add_argument("--address", help="of a Ray cluster; default: one on this machine for as long as it is needed")
    made.add_argument("--source", help="where all files come from; default: what each name tells")
    made.add_argument("--retry-failed", action="store_true", help="judge files once more that failed before")
    made.add_argument("--db", metavar="PATH_OR_URL", default=default_location(), help="default: as for the app")
    made.add_argument("--as", dest="login", metavar="LOGIN", help="who does it, where the record has accounts")
    made.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    made.add_argument("--json", action="store_true", help="the result as one JSON object")
    return made
