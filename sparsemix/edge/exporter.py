"""Makes an edge runtime: the modules that decide and trace with NumPy alone, weights, and a manifest with every file's hash.

DIR/run.py  manifest.json  weights.safetensors  trace.schema  sparsemix/...
"""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

import numpy as np

from sparsemix import trace_codec, trace_columns
from sparsemix.edge import modules, weights
from sparsemix.edge.model import EdgeModel, refuse
from sparsemix.edge.runtime import MANIFEST, SCHEMA, WEIGHTS
from sparsemix.errors import ConfigError
from sparsemix.model import SparseMixModel
from sparsemix.trace import schema_message

FORMAT = "sparsemix-edge-runtime-1"
DEFAULT_FORMAT = "float32"
_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = "sparsemix.edge.runtime"
_RUN = '''"""SparseMix at the edge: python run.py decide LOG --out DECISIONS. It needs Python and NumPy."""

import os
import sys
from pathlib import Path

# One core is what there is; more threads would take memory before they do anything.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER)]
# The same wherever it runs: what else may be installed is not used.
sys.modules["numba"] = None

from sparsemix.edge.runtime import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(FOLDER, sys.argv[1:]))
'''
_INIT = '"""SparseMix\'s edge runtime: a part of the package, copied by its exporter."""\n'


def export(model: SparseMixModel, out: Path, kind: str = DEFAULT_FORMAT) -> dict[str, object]:
    """Write a runtime folder, whole or not at all, and return its manifest; ``kind``: how matrices are kept (weights.FORMATS).

    Raises ConfigError for weights that the edge cannot decide with, and for a folder that holds something else.
    """
    refuse(model.config)
    if out.exists() and not (out / MANIFEST).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out} is there already and is no edge runtime: choose another folder")
    data, stored = packed_weights(model, kind), stored_as(model, kind)
    EdgeModel.from_bytes(data, stored.weights_sha256)
    files = {path.as_posix(): (_ROOT / path).read_bytes() for path in modules.needed(_ROOT, _COMMAND)}
    files |= {f"{modules.PACKAGE}/__init__.py": _INIT.encode(), "run.py": _RUN.encode()}
    files |= {WEIGHTS: data, SCHEMA: schema_message(trace_codec.SCHEMA, trace_columns.VERSION)}
    manifest: dict[str, object] = {
        "format": FORMAT,
        "weights_as": kind,
        "weights_sha256": stored.weights_sha256,
        "from_weights_sha256": model.weights_sha256,
        "config": json.loads(model.config.to_json()),
        "numpy": np.__version__,
        "files": {name: sha256(found).hexdigest() for name, found in sorted(files.items())},
    }
    _write(out, files | {MANIFEST: json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False).encode()})
    return manifest


def packed_weights(model: SparseMixModel, kind: str) -> bytes:
    """The weights file of a runtime; as float32 it is the full model's own."""
    whole = model.to_bytes()
    if kind == "float32":
        return whole
    arrays, metadata = weights.read(whole)
    return weights.write(weights.packed(arrays, kind), metadata)


def stored_as(model: SparseMixModel, kind: str) -> SparseMixModel:
    """The full model that decides what a runtime with ``kind`` weights decides: weights of their own where they are rounded."""
    if kind == "float32":
        return model
    arrays, metadata = weights.read(packed_weights(model, kind))
    return SparseMixModel.from_bytes(weights.write(weights.unpacked(arrays), metadata))


def _write(out: Path, files: dict[str, bytes]) -> None:
    partial, old = (out.with_name(f".{out.name}-{token_hex(4)}{end}") for end in ("", ".old"))
    try:
        for name, data in files.items():
            path = partial / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if out.exists():
            out.rename(old)
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
