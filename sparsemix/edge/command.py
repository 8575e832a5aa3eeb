"""``python -m sparsemix edge``: make a runtime folder for a device."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from sparsemix.edge.exporter import DEFAULT_FORMAT, export
from sparsemix.edge.weights import FORMATS
from sparsemix.model.model import SparseMixModel


def add_edge(parser: argparse.ArgumentParser, weights: Path) -> None:
    """Options of ``edge``; ``weights``: the default."""
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
    """``edge``: the folder, and what is in it on standard output."""
    manifest = export(SparseMixModel.load(options.weights), options.out, options.weights_as)
    if options.json:
        print(json.dumps(manifest))
        return
    size = sum(path.stat().st_size for path in options.out.rglob("*") if path.is_file())
    print(f"{options.out}: {size / 1e6:.1f} MB, weights {str(manifest['weights_sha256'])[:12]} as {options.weights_as}")
    print(f"python {options.out / 'run.py'} decide LOG --out DECISIONS")
