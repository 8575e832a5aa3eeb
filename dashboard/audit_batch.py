"""Any number of files, decided on and recorded once each: ``python -m dashboard audit-batch --input DIR --weights W``.

    python -m dashboard audit-batch --input DIR|GLOB [--weights W] [--engine local|ray] [--workers N] [--address RAY]
                                    [--source NAME] [--retry-failed] [--db PATH_OR_URL] [--as LOGIN [--password-stdin]] [--json]

Workers judge (``engines``), this process records, in the order of the names: so either engine leaves the same record, and
each source's drift is followed in order. A file is decided once by the same weights, by its bytes: what is in the record is
not judged again, and the record itself refuses a second decision, so the job may be stopped, killed and started again, and
several may write into one PostgreSQL. A file that cannot be judged becomes an entry of the log and the rest goes on.

Exit codes: 0 every file has its decision, 1 some failed, 2 nothing could be done, 130 stopped (start it again to go on).
"""

from __future__ import annotations

import argparse
import glob
import json
import math
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from audit import Access, AuditError, DecidedAlready, default_location
from audit.commands_acting import access_of
from dashboard import engines, ray_engine
from dashboard.engines import Engine, Failed, Task
from dashboard.pipeline import display_name, enter
from dashboard.readings import remembered
from dashboard.sources import cleaned, source_of
from dashboard.weights_used import Weights, program_weights
from sparsemix import ConfigError, SparseMixError, SparseMixModel
from sparsemix.readers import Limits

ROOT = Path(__file__).resolve().parent.parent
_TOLD_EVERY = 2.0  # seconds
_STARTING = 16  # files, of which an engine hands out some together: too few to guess by
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a batch is: files in all, decided now, found ``already`` in the record, failed (now or before); ``seconds`` so
    far; files judged a second (``rate``) and seconds probably ``left`` from when workers have started (None: not yet known)."""

    files: int
    decided: int
    already: int
    failed: int
    seconds: float
    rate: float | None
    left: float | None

    @property
    def line(self) -> str:
        """In a line of text."""
        done = self.decided + self.already + self.failed
        parts = f"{self.decided:,} decided, {self.already:,} already in the record, {self.failed:,} failed"
        if self.rate is None or self.left is None:
            return f"{done:,} of {self.files:,} files: {parts}"
        left = f"{self.left:.0f} s" if self.left < 90 else f"{self.left / 60:.0f} min"
        return f"{done:,} of {self.files:,} files: {parts}; {self.rate:.1f} a second, about {left} left"


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch works with. ``source`` of every file, by default what its name tells; ``again``: judge files once more that
    failed before."""

    access: Access
    model: SparseMixModel
    weights: Path
    source: str | None = None
    again: bool = False

    def run(
        self,
        paths: Sequence[Path],
        engine: Engine,
        tell: Callable[[Standing], None] = lambda _standing: None,
        failed: Callable[[Path, str], None] = lambda _path, _why: None,
    ) -> Standing:
        """Decide on all ``paths``, in order; ``failed`` is told of every file that cannot be judged. Errors: `AuditError` when
        the record cannot be written; what was recorded stays."""
        counts, started, told, first = Counter[str](), time.monotonic(), 0.0, math.inf
        open_ = self._open(paths, counts, failed)

        def standing(judged: int) -> Standing:
            now = time.monotonic()
            # Until the first file is judged, workers start: that takes no time again.
            rate = (judged - 1) / (now - first) if judged > _STARTING and now > first else None
            left = None if rate is None else (len(open_) - judged) / rate
            return Standing(len(paths), counts["decided"], counts["already"], counts["failed"], now - started, rate, left)

        tell(standing(0))
        sources = {self._source_of(path) for path in open_}
        how = {source: remembered(self.access, source) for source in sources}
        tasks = [Task(str(path), how[self._source_of(path)]) for path in open_]
        for judged, (path, outcome) in enumerate(zip(open_, engine(tasks, self.weights), strict=True), 1):
            first = min(first, time.monotonic())
            counts[self._record(path, outcome)] += 1
            if isinstance(outcome, Failed):
                failed(path, outcome.why or outcome.code)
            if (now := time.monotonic()) - told >= _TOLD_EVERY:
                told = now
                tell(standing(judged))
        return standing(len(open_))

    def _open(self, paths: Sequence[Path], counts: Counter[str], failed: Callable[[Path, str], None]) -> list[Path]:
        """The files that have neither a decision nor a failure by these weights, each content once."""
        found, seen = [], set[str]()
        for path in paths:
            digest = _digest(path)
            if digest is None:
                found.append(path)  # whoever is to read it will say why it cannot
            elif digest in seen or self.access.decided(digest, self.model.weights_sha256) is not None:
                counts["already"] += 1
            elif not self.again and (before := self._failed(digest)) is not None:
                counts["failed"] += 1
                failed(path, f"{before} (earlier; --retry-failed tries again)")
            else:
                seen.add(digest)
                found.append(path)
        return found

    def _failed(self, digest: str) -> str | None:
        """Why a content could not be judged by these weights; None where it was not tried."""
        return next(
            (one.why for one in self.access.failures.of(digest) if one.weights_sha256 == self.model.weights_sha256), None
        )

    def _source_of(self, path: Path) -> str:
        return cleaned(self.source) if self.source is not None else source_of(path.name)

    def _record(self, path: Path, outcome: engines.Outcome) -> str:
        if isinstance(outcome, Failed):
            self._note(path, outcome)
            return "failed"
        try:
            enter(outcome, model=self.model, access=self.access, source=self._source_of(path), once=True)
        except DecidedAlready:
            # Another writer was faster.
            return "already"
        return "decided"

    def _note(self, path: Path, failed: Failed) -> None:
        # What cannot be read has no bytes to be known by, only a name.
        digest = _digest(path) or sha256(b"unreadable\0" + os.fsencode(path)).hexdigest()
        self.access.failures.note(
            digest,
            self.model.weights_sha256,
            name=display_name(path.name),
            code=failed.code,
            why=failed.why or failed.code,
            place=str(path),
            values=failed.values,
        )


def inputs(wanted: str) -> list[Path]:
    """The files of a folder and those below it, or those that a pattern fits, in order of their names; hidden ones are left
    out. Raises FileNotFoundError where there is none."""
    folder = Path(wanted)
    found = folder.rglob("*") if folder.is_dir() else (Path(name) for name in glob.glob(wanted, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern
    # A link that leads nowhere stood for a file: it fails as one.
    files = sorted(path for path in found if not path.name.startswith(".") and (path.is_file() or not path.exists()))
    if not files:
        raise FileNotFoundError(f"there is no file in {wanted}" if folder.is_dir() else f"no file fits {wanted}")
    return files


def _digest(path: Path) -> str | None:
    """SHA-256 of a file's bytes, of the first ones where it is too large to be read anyway; None where it cannot be read."""
    found, left = sha256(), Limits().max_bytes + 1
    try:
        with path.open("rb") as file:
            while left and (part := file.read(min(_CHUNK, left))):
                found.update(part)
                left -= len(part)
    except OSError:
        return None
    return found.hexdigest()


def main(argv: list[str]) -> int:
    """The command."""
    arguments = _parser().parse_args(argv)
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        if arguments.address and arguments.engine != "ray":
            raise ConfigError("--address is of a Ray cluster: give --engine ray, too")
        paths = inputs(arguments.input)
        engine = _engine(arguments)
        with access_of(arguments) as access, Weights.for_command(access.store, arguments.weights) as weights:
            used = weights.current()
            if arguments.address and not (arguments.weights or used.path == program_weights().resolve()):
                # They lie in the record, and the machines of a cluster read them by their path.
                raise FileNotFoundError("the weights in use have to lie where all machines see them: name them by --weights")
            batch = Batch(access, used.model, used.path, arguments.source, arguments.retry_failed)
            standing = batch.run(
                paths, engine, lambda found: _say(found.line), lambda path, why: _say(f"failed: {path}: {why}")
            )
    except (AuditError, SparseMixError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; what was decided is recorded, and the same command goes on from there", file=sys.stderr)
        return 130
    finally:
        signal.signal(signal.SIGTERM, before)
    print(json.dumps(asdict(standing)) if arguments.json else standing.line)
    return int(standing.failed > 0)


def _interrupt(*_: object) -> None:
    """Told to end, as by a service manager: the same as Ctrl+C."""
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
        raise FileNotFoundError("Ray is not installed: pip install -r requirements-scale.txt") from error
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
