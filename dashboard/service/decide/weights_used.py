"""Weights that a command judges by: those named on its command line, else those in use by the record, else the program's.

with JudgingWeights.for_command(access.store, arguments.weights) as weights:
    loaded = weights.current()

And which weights may release a decision: new weights go live when a lead puts them to use, not when somebody names their file.
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
from typing import Literal

from audit import Access, Action, NotFound, Person, RecordStore, allowed
from dashboard.service.common.places import PACKAGES
from sparsemix import SparseMixModel, WeightsError
from sparsemix.model.fallback import any_log_model


def program_weights() -> Path:
    """Return the path of the program's weights: the file that SPARSEMIX_WEIGHTS names, else the shipped weights."""
    return Path(os.environ.get("SPARSEMIX_WEIGHTS") or PACKAGES / "sample_data" / "weights.safetensors")


def may_release(access: Access, person: Person, *hashes: str | None) -> bool:
    """Return whether decisions by one of these weights may be released: the program's weights, weights that a lead once put to
    use and nobody has retired since, and any weights where the person has the right to put weights to use.

    Not only the weights in use now: a decision that was made just before other weights were put to use, or by a watcher or a
    device that goes on with the earlier ones, rests on a lead's approval as well. Retiring the weights ends that.
    """
    if allowed(person.roles, Action.USE_WEIGHTS):
        return True
    known = set(hashes) - {None}
    if known & shipped().keys():
        return True
    now = access.store.weights_in_use()
    if now is None:
        return False
    if now.sha256 in known:
        return True
    retired = {weights.sha256 for weights in access.weights.all() if weights.retired}
    return bool((known - retired) & {use.sha256 for use in access.weights.uses()})


def shipped() -> dict[str, Literal["program", "any_log"]]:
    """Return the hashes of the weights that are part of the program, and what each of them is: the program's weights or the
    model for any log. What is not installed is left out."""
    hashes: dict[str | None, Literal["program", "any_log"]] = {_program_sha256(): "program", _any_log_sha256(): "any_log"}
    return {sha256: what for sha256, what in hashes.items() if sha256 is not None}


def _program_sha256() -> str | None:
    """Return the hash of the program's weights; None where there are none to load: then the command named other weights."""
    try:
        return _hash_of(program_weights().resolve())
    except WeightsError:
        return None


def _any_log_sha256() -> str | None:
    """Return the hash of the model for any log, which is part of the program; None where it is not installed."""
    try:
        return any_log_model().weights_sha256
    except WeightsError:
        return None


@cache
def _hash_of(path: Path) -> str:
    """Return the hash of the weights in a file as they were at the first call: every decision asks for it."""
    return SparseMixModel.load(path).weights_sha256


@dataclass(frozen=True, slots=True)
class LoadedWeights:
    """Weights as a file, for the processes that judge, and as a model, for the process that records."""

    path: Path
    model: SparseMixModel


class JudgingWeights:
    """The weights to judge by: those that the record has in use, else the file ``program``; with ``fixed`` always the file.

    ``folder``: where registered weights are written for the judging processes. Raises `WeightsError` when there are none to
    load.
    """

    def __init__(self, store: RecordStore, program: Path, folder: Path, *, fixed: bool) -> None:
        self._store, self._folder, self._fixed = store, folder, fixed
        self._program = LoadedWeights(program.resolve(), SparseMixModel.load(program))
        self._lock = threading.Lock()
        self._registered: LoadedWeights | None = None

    def current(self) -> LoadedWeights:
        """Return the weights to judge by now. Raises `WeightsError`, `AuditError`."""
        used = None if self._fixed else self._store.weights_in_use()
        if used is None or used.sha256 is None or used.sha256 == self._program.model.weights_sha256:
            return self._program
        with self._lock:
            if self._registered is None or self._registered.model.weights_sha256 != used.sha256:
                self._registered = self._load(used.sha256)
            return self._registered

    def _load(self, sha256: str) -> LoadedWeights:
        try:
            content = self._store.blob(sha256)
        except NotFound as error:
            raise WeightsError(f"the record does not keep the weights {sha256[:12]}") from error
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{sha256}.safetensors"
        path.write_bytes(content)
        return LoadedWeights(path, SparseMixModel.from_bytes(content))

    @classmethod
    @contextmanager
    def for_command(cls, store: RecordStore, named: Path | None) -> Iterator[JudgingWeights]:
        """Provide the weights while a command runs; ``named``: the value of its ``--weights``. Raises `WeightsError`."""
        with TemporaryDirectory(prefix="sparsemix-weights-") as folder:
            yield cls(store, named or program_weights(), Path(folder), fixed=named is not None)
