"""Which weights a command judges by: those that were named, or those that the record says are in use, else the program's.

with Weights.for_command(access.store, arguments.weights) as weights:
    loaded = weights.current()
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from audit import AuditStore, NotFound
from sparsemix import SparseMixModel, WeightsError

ROOT = Path(__file__).resolve().parent.parent


def program_weights() -> Path:
    """The weights of the program: those that SPARSEMIX_WEIGHTS names, else the shipped ones."""
    return Path(os.environ.get("SPARSEMIX_WEIGHTS") or ROOT / "sample_data" / "weights.safetensors")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Weights as a file, for those who judge, and as a model, for whoever records."""

    path: Path
    model: SparseMixModel


class Weights:
    """The weights to judge by: those at ``fixed``, or those that the record says are in use, else those of the program.

    ``folder``: where registered weights are put for the processes. Raises WeightsError when there are none to load.
    """

    def __init__(self, store: AuditStore, program: Path, folder: Path, *, fixed: bool) -> None:
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
    def for_command(cls, store: AuditStore, named: Path | None) -> Iterator[Weights]:
        """For as long as a command runs; ``named``: what its ``--weights`` says. Raises WeightsError."""
        with TemporaryDirectory(prefix="sparsemix-weights-") as folder:
            yield cls(store, named or program_weights(), Path(folder), fixed=named is not None)
