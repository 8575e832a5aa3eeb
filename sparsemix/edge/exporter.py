"""The exporter of edge runtimes, and its command ``python -m sparsemix edge``.

A runtime folder holds the modules that decide and trace with NumPy alone, weights, and a manifest with every file's hash::

    DIR/run.py  manifest.json  weights.safetensors  trace.schema  sparsemix/...

The files of the package that an edge device needs are the modules that the runtime's command imports, and their imports in
turn, found by reading the sources, not kept as a list that could become outdated. Modules imported inside ``try`` or for types
alone may be missing at the edge; all other imports must belong to this package, to Python, or to NumPy.
"""

from __future__ import annotations

import argparse
import ast
import json
import math
import shutil
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

import numpy as np
from safetensors.numpy import save

from sparsemix.edge import weights
from sparsemix.edge.model import EdgeModel, refuse
from sparsemix.edge.runtime import MANIFEST, SCHEMA, WEIGHTS
from sparsemix.edge.weights import FORMATS
from sparsemix.encoding.entities import EntityType
from sparsemix.encoding.sequence import Event, TokenSequence
from sparsemix.errors import ConfigError
from sparsemix.model.model import SparseMixModel
from sparsemix.trace import codec, columns
from sparsemix.trace.selection_trace import schema_message

PACKAGE = "sparsemix"
_THERE = {"numpy", *sys.stdlib_module_names}


def needed(root: Path, start: str) -> list[Path]:
    """Return the paths of all files that the module ``start`` needs, relative to ``root``, without the package's ``__init__``.

    Raises ``ConfigError`` when one of the files imports a module that is missing at the edge.
    """
    path_of: dict[str, Path] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        path = _file(root, name)
        if name in path_of or name == PACKAGE or path is None:
            continue
        path_of[name] = path
        waiting.append(name.rpartition(".")[0])
        for imported in _imports(ast.parse((root / path).read_bytes()).body):
            first = imported.partition(".")[0]
            if first == PACKAGE:
                waiting.append(imported)
            elif first not in _THERE:
                raise ConfigError(f"{name} imports {imported}, which is missing at the edge")
    return sorted(path_of.values())


def _file(root: Path, name: str) -> Path | None:
    """Return the file of a module or package; None for a name inside a module."""
    place = Path(*name.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if (root / path).is_file()), None)


def _imports(body: list[ast.stmt]) -> Iterator[str]:
    """Yield the names of imported modules, and of the names imported from them, which may be modules too."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not isinstance(node, ast.Try) and not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            for part in ("body", "orelse"):
                yield from _imports(getattr(node, part, []))


FORMAT = "sparsemix-edge-runtime-1"
DEFAULT_FORMAT = "float32"
_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = "sparsemix.edge.runtime"
# Events that an export is tried on, and how far probabilities may lie apart there.
_TRIED, _CLOSE = 48, 1e-6
_RUN = '''"""SparseMix at the edge: python run.py decide LOG --out DECISIONS. It needs Python and NumPy."""

import json
import os
import sys
from hashlib import sha256
from pathlib import Path

# A device may have one core; more threads would take memory without any use.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER)]
# Numba is not used even where it is installed, so that the runtime is the same everywhere.
sys.modules["numba"] = None


def fault():
    """Return what differs from the export, checked before any of it runs; None where nothing differs."""
    try:
        files = json.loads((FOLDER / "manifest.json").read_bytes())["files"]
        for name in sorted(files):
            if sha256((FOLDER / name).read_bytes()).hexdigest() != files[name]:
                return f"{name} was changed since it was exported"
    except OSError as error:
        return f"{Path(str(error.filename)).name} is missing or cannot be read ({error.strerror})"
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return f"manifest.json is damaged ({error})"
    return None


if __name__ == "__main__":
    if (found := fault()) is not None:
        print(f"error: this is not a complete edge runtime: {found}", file=sys.stderr)
        sys.exit(2)
    from sparsemix.edge.runtime import main

    sys.exit(main(FOLDER, sys.argv[1:]))
'''
_INIT = '"""SparseMix\'s edge runtime: a part of the package, copied by its exporter."""\n'


def export(model: SparseMixModel, out: Path, kind: str = DEFAULT_FORMAT) -> dict[str, object]:
    """Write a complete runtime folder or nothing, and return its manifest; ``kind``: format of the matrices (weights.FORMATS).

    Raises ``ConfigError`` when the edge cannot decide with these weights, or decides differently, or the folder holds other
    files.
    """
    refuse(model.config)
    if out.exists() and (foreign := _foreign(out)) is not None:
        raise ConfigError(f"{out} exists and is not an edge runtime, because it holds {foreign}: choose another folder")
    data, stored = packed_weights(model, kind), stored_as(model, kind)
    _check(stored, EdgeModel.from_bytes(data, stored.weights_sha256))
    files = {path.as_posix(): (_ROOT / path).read_bytes() for path in needed(_ROOT, _COMMAND)}
    files |= {f"{PACKAGE}/__init__.py": _INIT.encode(), "run.py": _RUN.encode()}
    files |= {WEIGHTS: data, SCHEMA: schema_message(codec.COMPACT_SCHEMA, columns.VERSION)}
    manifest: dict[str, object] = {
        "format": FORMAT,
        "weights_as": kind,
        "weights_sha256": stored.weights_sha256,
        "from_weights_sha256": model.weights_sha256,
        "config": json.loads(model.config.to_json()),
        "numpy": np.__version__,
        "files": {name: sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    _write(out, files | {MANIFEST: json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False).encode()})
    return manifest


def _check(full: SparseMixModel, edge: EdgeModel) -> None:
    """Raise ``ConfigError`` unless both models decide the same on a few made-up events.

    Weights gain new features over time, and a runtime that lacks one must not be exported.
    """
    rows, types = [], full.judge.entities
    for at in range(_TRIED):
        numbers = [
            (scale.name, scale.center + scale.width * math.sin(at * (1 + c))) for c, scale in enumerate(full.judge.scales)
        ]
        values = " ".join([f"{name}={value:.4f}" for name, value in numbers] + [_identifier(kind, at) for kind in types])
        message = f"station ST{at % 5} step {at * 7 % 11} torque={at % 13}.5 Nm {'fault' if at % 9 == 4 else 'ok'} {values}"
        rows.append(Event(message, message, 60.0 * at, None, None, at + 1))
    sequence = TokenSequence("trial", tuple(rows), "log", "utf-8", (), {}, ())
    run, (decision, selection) = full.run_with_trace(sequence), edge.run(sequence)
    full_decision = run.decision
    same = all(
        np.array_equal(selected.query_ptr, selection[layer][head].query_ptr)
        and np.array_equal(selected.key_index, selection[layer][head].key_index)
        for layer, head, selected in run.trace
    )
    close = np.allclose(decision.event_probability, full_decision.event_probability, rtol=0, atol=_CLOSE)
    if not (same and close and abs(decision.sequence_probability - full_decision.sequence_probability) <= _CLOSE):
        raise ConfigError("the edge runtime decides differently from these weights: they use a feature that it does not have")


def _identifier(kind: EntityType, at: int) -> str:
    """Return words with an identifier of this type, the same one at every seventh event."""
    return kind.places[0].replace("*", "unit" + "abcdefg"[at % 7]).replace("#", str(7301 + at % 7))


def packed_weights(model: SparseMixModel, kind: str) -> bytes:
    """Return the weights file of a runtime; as float32 it is the full model's own file."""
    whole = model.to_bytes()
    if kind == "float32":
        return whole
    arrays, metadata = weights.read(whole)
    return save(weights.packed(arrays, kind), metadata)


def stored_as(model: SparseMixModel, kind: str) -> SparseMixModel:
    """Return the full model that decides as a runtime with ``kind`` weights does: another model where they are rounded."""
    return model if kind == "float32" else full_model(packed_weights(model, kind))


def full_model(data: bytes) -> SparseMixModel:
    """Return the full model of a weights file, also of a runtime's file. Raises ``WeightsError`` when it is damaged."""
    arrays, metadata = weights.read(data)
    return SparseMixModel.from_bytes(save(weights.unpacked(arrays), metadata))


def _foreign(out: Path) -> str | None:
    """Return the first file in ``out`` that belongs to no runtime and must not be replaced; None where there is none."""
    if not out.is_dir():
        return out.name
    try:
        manifest = json.loads((out / MANIFEST).read_bytes())
        ours = {*manifest["files"], MANIFEST} if manifest["format"] == FORMAT else set()
    except (OSError, ValueError, TypeError, KeyError):
        ours = set()
    paths = (path.relative_to(out) for path in sorted(out.rglob("*")) if path.is_symlink() or not path.is_dir())
    # Python's compiled files may be replaced.
    return next((str(path) for path in paths if path.as_posix() not in ours and path.parent.name != "__pycache__"), None)


def _write(out: Path, files: dict[str, bytes]) -> None:
    partial, old = (out.with_name(f".{out.name}-{token_hex(4)}{end}") for end in ("", ".old"))
    try:
        for name, data in files.items():
            path = partial / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if out.exists():
            out.rename(old)
        try:
            partial.rename(out)
        except OSError:
            if old.exists():
                old.rename(out)
            raise
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def add_edge(parser: argparse.ArgumentParser, weights: Path) -> None:
    """Add the options of ``edge``; ``weights``: the default weights."""
    parser.add_argument("--weights", type=Path, default=weights)
    parser.add_argument("--out", type=Path, required=True, help="folder of the runtime, made or replaced")
    parser.add_argument(
        "--weights-as",
        choices=FORMATS,
        default=DEFAULT_FORMAT,
        help="how matrices are kept; float32 decides to the bit what the full weights decide; default: %(default)s",
    )
    parser.add_argument("--json", action="store_true", help="print the manifest as JSON")
    parser.set_defaults(run=edge_command)


def edge_command(options: argparse.Namespace) -> None:
    """Run ``edge``: write the runtime folder, and print its content."""
    manifest = export(SparseMixModel.load(options.weights), options.out, options.weights_as)
    if options.json:
        print(json.dumps(manifest))
        return
    size = sum(path.stat().st_size for path in options.out.rglob("*") if path.is_file())
    print(f"{options.out}: {size / 1e6:.1f} MB, weights {str(manifest['weights_sha256'])[:12]} as {options.weights_as}")
    print(f"python {options.out / 'run.py'} decide LOG --out DECISIONS")
