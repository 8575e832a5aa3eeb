"""A generated log and its ground truth on disk.

``NAME.log`` (or ``.log.gz``) holds the lines, ``NAME.truth.json`` beside it:

    {"seed": 7, "language": "en", "label": 1, "labels": {"<line>": "<fault>"}, "pairs": [[effect, cause], ...]}

Line numbers count from 1, as an editor shows them. Every line that ``labels`` does not name is healthy.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from sample_data.plant import GeneratedLog


def truth(log: GeneratedLog) -> dict[str, object]:
    """The ground truth as JSON-able values."""
    return {
        "events": len(log.lines),
        "seed": log.seed,
        "language": log.language,
        "label": log.label,
        "labels": {str(i + 1): fault.value for i, fault in enumerate(log.faults) if fault is not None},
        "pairs": [[effect + 1, cause + 1] for effect, cause in log.pairs],
    }


def write(log: GeneratedLog, folder: Path, name: str, *, packed: bool = False) -> tuple[Path, Path]:
    """Write log and truth into ``folder`` and return their paths. The same log gives the same bytes, packed or not."""
    folder.mkdir(parents=True, exist_ok=True)
    data = ("\n".join(log.lines) + "\n").encode()
    path = folder / (f"{name}.log.gz" if packed else f"{name}.log")
    # No time stamp and no name in the gzip header, or the bytes would differ from run to run.
    path.write_bytes(gzip.compress(data, compresslevel=9, mtime=0) if packed else data)
    truth_path = folder / f"{name}.truth.json"
    truth_path.write_text(json.dumps(truth(log), separators=(",", ":")) + "\n")
    return path, truth_path
