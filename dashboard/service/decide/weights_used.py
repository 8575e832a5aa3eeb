"""Which weights a command judges by: those that were named, or those that the record says are in use, else the program's.

with Weights.for_command(access.store, arguments.weights) as weights:
    loaded = weights.current()

And which of them may release a decision: new weights go live when a lead puts them to use, not when somebody names their file.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from audit import Access, Action, NotFound, Person, RecordStore, allowed
from dashboard.service.common.places import PACKAGES
from sparsemix import SparseMixModel, WeightsError


def program_weights() -> Path:
    """The weights of the program: those that SPARSEMIX_WEIGHTS names, else the shipped ones."""
    return Path(os.environ.get("SPARSEMIX_WEIGHTS") or PACKAGES / "sample_data" / "weights.safetensors")


def may_release(access: Access, person: Person, *hashes: str | None) -> bool:
    """Whether decisions by one of these weights may be released without anybody's word on them: those of the program, those
    that a lead ever put to use and nobody has retired since, and any where the person may put weights to use themself.

    Not only those in use now: what was judged by them a moment before others were put to use, or by a watcher or a device that
    goes on with them, rests on a lead's word as well. To retire them ends that.
    """
    if allowed(person.roles, Action.USE_WEIGHTS):
        return True
    known = set(hashes) - {None}
    if known & {_program_sha256()}:
        return True
    now = access.store.weights_in_use()
    if now is None:
        return False
    if now.sha256 in known:
        return True
    retired = {one.sha256 for one in access.weights.all() if one.retired}
    return bool((known - retired) & {use.sha256 for use in access.weights.uses()})


def _program_sha256() -> str | None:
    """The hash of the program's weights; None where there are none to load, and whoever judges has named others."""
    try:
        return _hash_of(program_weights().resolve())
    except WeightsError:
        return None


@cache
def _hash_of(path: Path) -> str:
    """Of the weights in a file, as they were when this process first asked: it is asked for every decision."""
    return SparseMixModel.load(path).weights_sha256


@dataclass(frozen=True, slots=True)
class Loaded:
    """Weights as a file, for those who judge, and as a model, for whoever records."""

    path: Path
    model: SparseMixModel


class Weights:
    """The weights to judge by: those at ``fixed``, or those that the record says are in use, else those of the program.

    ``folder``: where registered weights are put for the processes. Raises WeightsError when there are none to load.
    """

    def __init__(self, store: RecordStore, program: Path, folder: Path, *, fixed: bool) -> None:
        self._store, self._folder, self._fixed = store, folder, fixed
        self._program = Loaded(program.resolve(), SparseMixModel.load(program))
        self._lock = threading.Lock()
        self._registered: Loaded | None = None

    def current(self) -> Loaded:
        """Those of this moment. Raises WeightsError, AuditError."""
        used = None if self._fixed else self._store.weights_in_use()
        if used is None or used.sha256 is None or used.sha256 == self._program.model.weights_sha256:
            return self._program
        with self._lock:
            if self._registered is None or self._registered.model.weights_sha256 != used.sha256:
                self._registered = self._load(used.sha256)
            return self._registered

    def _load(self, sha256: str) -> Loaded:
        try:
            content = self._store.blob(sha256)
        except NotFound as error:
            raise WeightsError(f"the record does not keep the weights {sha256[:12]}") from error
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{sha256}.safetensors"
        path.write_bytes(content)
        return Loaded(path, SparseMixModel.from_bytes(content))

    @classmethod
    @contextmanager
    def for_command(cls, store: RecordStore, named: Path | None) -> Iterator[Weights]:
        """For as long as a command runs; ``named``: what its ``--weights`` says. Raises WeightsError."""
        with TemporaryDirectory(prefix="sparsemix-weights-") as folder:
            yield cls(store, named or program_weights(), Path(folder), fixed=named is not None)
