"""The edge runtime's command: decide on files and store each decision with its trace, for a later import into the record.

    python RUNTIME/run.py decide LOG [LOG ...] --out DECISIONS [--source NAME] [--json]
    python RUNTIME/run.py about

Exit codes: 0 done, 1 a file could not be read or decided on (the others were), 2 the runtime or the folder cannot be used.

A layer is written as an Arrow IPC stream, as ``SelectionTrace.layer_blob`` does but without Arrow and without zstd. The columns
are those of ``trace.columns``, and their schema is fixed: record batches differ only in numbers at fixed positions. Frames are
zstd frames of raw and of repeated blocks. Every decoder accepts them, and they are about as long as their content. Given the
same frames, the bytes are those that pyarrow writes.

Sources: Arrow columnar format, "Encapsulated message format" and Message.fbs (version 5); RFC 8878, sections 3.1.1 and
3.1.1.2.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparsemix.edge import folder
from sparsemix.edge.model import EdgeModel
from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import SparseMixError, TraceError, WeightsError
from sparsemix.judges.usual_selection import unlike_as_json
from sparsemix.model.decision import Decision
from sparsemix.readers.file import bytes_of, read_file
from sparsemix.readers.limits import Limits
from sparsemix.readers.options import ReadOptions, add_read_options, read_options
from sparsemix.trace.columns import columns_of, fits, planes
from sparsemix.trace.head_selection import HeadSelection

Pack = Callable[[NDArray[np.uint8]], bytes]

_CONTINUES = b"\xff\xff\xff\xff"
_END = _CONTINUES + bytes(4)
_MAGIC = b"\x28\xb5\x2f\xfd"
_MOST_IN_BLOCK = 2**17
_RAW, _REPEATED = 0, 1
# Message and RecordBatch as flatbuffers lay them out: tables of offsets first, then what changes from batch to batch.
_MESSAGE = struct.Struct("<I4x6HIxBHIq")
_BATCH = struct.Struct("<2x5HIIIq4x")


def layer_blob(heads: Sequence[HeadSelection], schema: bytes, pack: Pack | None = None) -> bytes:
    """Return one layer's stream; ``schema``: the stream's first message, as pyarrow writes it; ``pack``: makes a zstd frame of
    bytes, by default of raw and repeated blocks.

    Raises ``TraceError`` when heads do not lie on the grid of a trace, or are too large to be read back.
    """
    if not fits(heads):
        raise TraceError("the selection is too large for a trace")
    return schema + b"".join(_batch(head, pack or frame) for head in heads) + _END


def frame(data: NDArray[np.uint8]) -> bytes:
    """Return a zstd frame of ``data`` in blocks of at most 128 KiB; a block of equal bytes is stored as one byte."""
    parts = [_MAGIC, _frame_header(len(data))]
    starts = range(0, max(len(data), 1), _MOST_IN_BLOCK)
    for start in starts:
        block = data[start : start + _MOST_IN_BLOCK]
        last = start == starts[-1]
        same = len(block) > 1 and bool((block == block[0]).all())
        header = int(last) | (_REPEATED if same else _RAW) << 1 | len(block) << 3
        parts += [header.to_bytes(3, "little"), (block[:1] if same else block).tobytes()]
    return b"".join(parts)


def _frame_header(size: int) -> bytes:
    """Return the header of a single segment without checksum, with the size of the content in 1, 2 or 4 bytes."""
    if size < 256:
        return bytes([0x20, size])
    if size < 65_536 + 256:
        return struct.pack("<BH", 0x60, size - 256)
    return struct.pack("<BI", 0xA0, size)


def _batch(head: HeadSelection, pack: Pack) -> bytes:
    """Return one record batch of one row."""
    columns = columns_of(head)
    if columns is None:
        raise TraceError("the selection does not lie on the grid of a trace")
    window, arrays = columns
    buffers: list[bytes] = [b"", struct.pack("<I", head.length), b"", struct.pack("<i", window)]
    nodes = [1, 1]
    for array in arrays.values():
        frames = [pack(plane) for plane in planes(array)]
        ends = np.cumsum([0, *map(len, frames)]).astype("<i4")
        buffers += [b"", struct.pack("<ii", 0, len(frames)), b"", ends.tobytes(), b"".join(frames)]
        nodes += [1, len(frames)]
    body, spans = bytearray(), []
    for buffer in buffers:
        spans.append((len(body), len(buffer)))
        body += buffer + bytes(-len(buffer) % 8)
    return _metadata(nodes, spans, len(body)) + bytes(body)


def _metadata(nodes: Sequence[int], spans: Sequence[tuple[int, int]], body: int) -> bytes:
    """Return the message before a body of ``body`` bytes; ``nodes``: the length of every array, none of which has nulls;
    ``spans``: place and length of every buffer."""
    message = _MESSAGE.pack(20, 12, 22, 6, 5, 8, 12, 12, 3, 4, 24, body)
    batch = _BATCH.pack(10, 24, 12, 4, 8, 10, 16 * len(spans) + 28, 16, 1)
    vectors = struct.pack("<I", len(spans)) + b"".join(struct.pack("<qq", *span) for span in spans)
    vectors += struct.pack("<4xI", len(nodes)) + b"".join(struct.pack("<qq", length, 0) for length in nodes)
    metadata = message + batch + vectors
    return _CONTINUES + struct.pack("<i", len(metadata)) + metadata


MANIFEST, WEIGHTS, SCHEMA = "manifest.json", "weights.safetensors", "trace.schema"
_MOST_SHOWN = 200
# Weights that learned the normal course of events know no fault.
_UNUSUAL = {"fault": "unusual", "normal": "usual"}


class Runtime:
    """A runtime folder with its weights loaded. Raises ``WeightsError`` when a file does not match the manifest."""

    def __init__(self, root: Path) -> None:
        try:
            manifest = (root / MANIFEST).read_bytes()
            content: dict[str, Any] = json.loads(manifest)
            files = {name: (root / name).read_bytes() for name in content["files"]}
            changed = sorted(name for name, data in files.items() if sha256(data).hexdigest() != content["files"][name])
            if changed:
                raise ValueError(f"{changed[0]} was changed since it was exported")
            self.weights = {name: str(content[name]) for name in ("weights_sha256", "weights_as", "from_weights_sha256")}
            self.schema = files[SCHEMA]
            self.model = EdgeModel.from_bytes(files[WEIGHTS], self.weights["weights_sha256"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WeightsError(f"this is not a complete edge runtime: {error}") from error
        self.manifest_sha256 = sha256(manifest).hexdigest()

    def decide(
        self, data: bytes, name: str, options: ReadOptions, source: str | None
    ) -> tuple[dict[str, Any], dict[str, bytes]]:
        """Decide on a file's bytes, and return the content of ``decision.json`` and the parts to store beside it.

        Raises ``InputError`` when the file cannot be read.
        """
        started, name = _now(), _printable(PurePath(name).name)
        read = read_file(data, name, Limits(), options)
        decision, selection = self.model.run(read.sequence)
        parts = {folder.INPUT: data, folder.EVENTS: decision.event_probability.astype("<f4").tobytes()}
        parts |= {f"layer-{layer}.arrow": layer_blob(heads, self.schema) for layer, heads in enumerate(selection)}
        content = {
            "started_at": started,
            "ended_at": _now(),
            "name": name,
            "source": None if source is None else _printable(source),
            "reading": read.options.payload(),
            "event_count": len(read.sequence),
            "sequence_sha256": decision.input_sha256,
            "config_sha256": decision.config_sha256,
            **self.weights,
            "runtime": {
                "edge": self.manifest_sha256,
                "python": platform.python_version(),
                "numpy": np.__version__,
                "machine": platform.machine(),
            },
            "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, 1),
            "task": self.model.config.judge.task,
            "decision": facts(decision),
            "flagged_count": len(decision.flagged),
            "flagged": _events(decision, read.sequence, decision.flagged[:_MOST_SHOWN]),
        }
        return content, parts


def facts(decision: Decision) -> dict[str, object]:
    """Return the decision as JSON types, without the events' probabilities, which are a separate part."""
    of_file = ("known_share", "familiarity_floor", "p_value")
    names = ("label", "sequence_probability", "sequence_threshold", "event_threshold", *of_file)
    fields: dict[str, object] = {name: getattr(decision, name) for name in names}
    fault = list(decision.fault) if decision.fault is not None else None
    return fields | {"fault": fault} | ({} if decision.unlike is None else {"unlike_training": unlike_as_json(decision.unlike)})


def main(root: Path, argv: list[str]) -> int:
    """Run the command of the runtime in ``root``, and return its exit code."""
    parser = argparse.ArgumentParser(prog="run.py", description="Decide on logs and tables, and keep the selection.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("about", help="check every file of the runtime and tell its weights")
    decide = commands.add_parser("decide", help="one folder a file, each tied to the last")
    decide.add_argument("files", nargs="+", type=Path, metavar="LOG")
    decide.add_argument("--out", required=True, type=Path, metavar="DECISIONS")
    decide.add_argument("--source", help="line, machine or station that the files come from; default: what their names tell")
    decide.add_argument("--device", help="name of this device, set by its first decision; default: a random one")
    decide.add_argument("--json", action="store_true", help="one JSON object a decision")
    add_read_options(decide)
    arguments = parser.parse_args(argv)
    failed = 0
    try:
        runtime = Runtime(root)
        if arguments.command == "about":
            print(json.dumps({"edge": runtime.manifest_sha256, **runtime.weights}))
            return 0
        options = read_options(arguments)
        with folder.writing(arguments.out, arguments.device) as current:
            chain = current
            for path in arguments.files:
                try:
                    content, parts = runtime.decide(bytes_of(path, Limits()), path.name, options, arguments.source)
                except SparseMixError as error:
                    print(f"error: {_printable(f'{path}: {error}')}", file=sys.stderr)
                    failed = 1
                    continue
                place, chain = folder.write(arguments.out, chain, content, parts)
                print(json.dumps(shown(content) | {"folder": place.name}) if arguments.json else sentence(content, place))
    except SparseMixError as error:
        print(f"error: {_printable(str(error))}", file=sys.stderr)
        return 2
    return failed


def shown(content: Mapping[str, Any]) -> dict[str, object]:
    """Return the printed fields of a decision."""
    names = ("name", "task", "event_count", "started_at", "ended_at", "weights_sha256", "flagged_count")
    return {name: content[name] for name in names} | dict(content["decision"])


def sentence(content: Mapping[str, Any], place: Path) -> str:
    """Return the decision in words."""
    decided = content["decision"]
    lines = ", ".join(str(line) for _, line, _ in content["flagged"][:5])
    flagged = f", lines {lines}" if lines else ""
    label = _UNUSUAL[decided["label"]] if content["task"] == "novelty" else decided["label"]
    return f"{content['name']}: {label} ({decided['sequence_probability']:.3f}){flagged} -> {place}"


def _printable(text: str) -> str:
    """Replace characters that cannot be shown, for example in file names from another encoding, by ``_``."""
    return "".join(sign if sign.isprintable() else "_" for sign in text)


def _events(decision: Decision, sequence: TokenSequence, places: NDArray[np.int64]) -> list[list[object]]:
    """Return event, line and probability of each place."""
    return [[int(i), sequence.events[i].line, float(decision.event_probability[i])] for i in places]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
