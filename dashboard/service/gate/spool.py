"""The spool of the gate API: sequences that were accepted and are not in the record yet, on disk, so that a restart continues.

A folder of its own, for one gate API at a time, with the bytes of each sequence and a .json that says who submitted them under
which name. A sequence counts as accepted when its .json exists, which is written last.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from audit import StoreUnavailable
from audit.records.atomic_files import replace_text
from dashboard.service.web.bodies import patient

PATIENCE = 120.0  # seconds for a body to arrive


@dataclass(frozen=True, slots=True)
class Submission:
    """A sequence as it was submitted: hash, name, source, the hash of the token, and when."""

    sha256: str
    name: str
    source: str
    token_sha256: str
    at: str


class Spool:
    """A folder with sequences that are under way. Raises `StoreUnavailable` when another gate API uses it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = (folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise StoreUnavailable(f"another gate works with {folder}; give this one another --state") from error
        for left in (*folder.glob("*.part"), *folder.glob("*.partial")):
            left.unlink()

    def left(self) -> Iterator[Submission]:
        """Yield the submissions that were under way when the last gate API stopped, oldest first."""
        submissions = []
        for path in self.folder.glob("*.json"):
            try:
                submissions.append(Submission(**json.loads(path.read_text(encoding="utf-8"))))
            except (ValueError, TypeError) as error:
                raise StoreUnavailable(f"{path} is no submission: {error}") from error
        whole = {submission.sha256 for submission in submissions}
        for path in self.folder.glob("*.bin"):
            if path.stem not in whole:
                path.unlink()
        yield from sorted(submissions, key=lambda submission: submission.at)

    @asynccontextmanager
    async def received(self, request: Request, most: int) -> AsyncIterator[tuple[Path, str]]:
        """Write the body of a request to disk and yield its path and SHA-256; remove it afterwards unless it was kept.

        Raises `HTTPException` when the body is empty, too large, or takes too long.
        """
        part, digest, size = self.folder / f"{uuid4().hex}.part", sha256(), 0
        try:
            with part.open("wb") as file:
                async for chunk in Request(request.scope, patient(request.receive, PATIENCE)).stream():
                    size += len(chunk)
                    if size > most:
                        raise HTTPException(413, f"a sequence has {most:,} bytes at most")
                    digest.update(chunk)
                    await run_in_threadpool(file.write, chunk)
            if not size:
                raise HTTPException(422, "the request has no body: it is the sequence's bytes")
            yield part, digest.hexdigest()
        finally:
            part.unlink(missing_ok=True)

    def settle(self, part: Path) -> None:
        """Flush a received body to the disk, which can take a while."""
        with part.open("rb") as file:
            os.fsync(file.fileno())

    def keep(self, part: Path, submission: Submission) -> None:
        """Keep a flushed body: from then on a restart continues with it."""
        part.replace(self.bytes_of(submission))
        try:
            replace_text(self._about(submission), json.dumps(asdict(submission)))
        except OSError:
            # On a full disk: remove bytes that were not accepted, unless they belong to an earlier submission.
            if not self._about(submission).exists():
                self.bytes_of(submission).unlink(missing_ok=True)
            raise

    def bytes_of(self, submission: Submission) -> Path:
        """Return the path of the bytes."""
        return self.folder / f"{submission.sha256}.bin"

    def drop(self, submission: Submission) -> None:
        """Remove a submission: the record has its decision or its failure."""
        self._about(submission).unlink(missing_ok=True)
        self.bytes_of(submission).unlink(missing_ok=True)

    def close(self) -> None:
        """Release the folder for another gate API."""
        self._lock.close()

    def _about(self, submission: Submission) -> Path:
        return self.folder / f"{submission.sha256}.json"
