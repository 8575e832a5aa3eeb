"""Decisions on disk: one folder each, with a hash of every part, and each tied to the decision before.

    OUT/chain.json                   the number of decisions, and the hash of the last one
    OUT/000001-4f1c2a9b0d3e/         decision.json, input (the bytes decided on), layer-0.arrow ..., events.f4

``decision.json`` names the SHA-256 of every part and of the ``decision.json`` before it, so the import into the record detects
a decision that was changed, left out or inserted. The chain is not a signature. Two attacks or errors stay undetected:

- Somebody who can write to the folder can begin a new chain, or cut off its end together with ``chain.json``, back to the last
  decision that was imported.
- A branch that was made and imported separately: a device that is reset to an earlier state uses a number again, and numbers
  are compared only among the decisions of one folder.

A decision appears complete, by renaming, or not at all. The reader trusts nothing: names are fixed, sizes bounded, links
refused.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any

from sparsemix.errors import EdgeError

FORMAT = "sparsemix-edge-1"
DECISION, CHAIN, INPUT, EVENTS = "decision.json", "chain.json", "input", "events.f4"
NOTHING = "0" * 64
"""The hash of the previous decision that the first decision names."""
_FOLDER = re.compile(r"(\d{6,12})-[0-9a-f]{12}")
_HASH = re.compile(r"[0-9a-f]{64}")
_DEVICE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PART = re.compile(rf"{INPUT}|{re.escape(EVENTS)}|layer-\d{{1,2}}\.arrow")
_NEW = ".new-"
_MOST_JSON, _MOST_PART, _MOST = 2**20, 2**29, 2**30  # bytes: decision.json, a part, all parts of a decision


@dataclass(frozen=True, slots=True)
class Chain:
    """The end of a device's chain: the last decision's ``number``, the hash of its ``decision.json`` and of its input."""

    device: str
    number: int = 0
    sha256: str = NOTHING
    input_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision read from its folder: the ``content`` of ``decision.json``, its hash, and its parts by name, with checked
    hashes."""

    content: Mapping[str, Any]
    sha256: str
    parts: Mapping[str, bytes]

    @property
    def chain(self) -> Chain:
        """Return the chain that ends with this decision."""
        return Chain(self.content["device"], self.content["number"], self.sha256, self.content["parts"][INPUT]["sha256"])


@contextmanager
def writing(out: Path, device: str | None = None) -> Iterator[Chain]:
    """Lock the folder ``out`` until the end of the block, and yield its chain.

    A new chain begins with the name ``device``, by default a random name. Raises ``EdgeError`` when the folder cannot be used,
    or belongs to another device.
    """
    if device is not None and not _DEVICE.fullmatch(device):
        raise EdgeError("A device's name has up to 64 letters, digits, dots, dashes and underscores.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with (out / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in out.glob(f"{_NEW}*"):
                shutil.rmtree(left)  # of a process that was killed
            chain = _current_chain(out) or Chain(device or token_hex(8))
            if device is not None and chain.device != device:
                raise EdgeError(f"{out} belongs to the device {chain.device}, not to {device}.")
            yield chain
    except OSError as error:
        raise EdgeError(f"Cannot write to {out}: {error.strerror}.") from error


def write(out: Path, chain: Chain, content: Mapping[str, Any], parts: Mapping[str, bytes]) -> tuple[Path, Chain]:
    """Add a decision, tied to the decision before, and return its folder and the new chain; to be called within ``writing``."""
    named: dict[str, dict[str, Any]] = {
        name: {"sha256": sha256(data).hexdigest(), "bytes": len(data)} for name, data in parts.items()
    }
    tied = {"device": chain.device, "number": chain.number + 1, "previous": chain.sha256, "previous_input": chain.input_sha256}
    text = json.dumps(
        {"format": FORMAT, **content, **tied, "parts": named}, sort_keys=True, indent=1, ensure_ascii=False
    ).encode()
    digest = sha256(text).hexdigest()
    now = Chain(chain.device, chain.number + 1, digest, named[INPUT]["sha256"])
    target, partial = out / f"{now.number:06d}-{digest[:12]}", out / f"{_NEW}{token_hex(8)}"
    partial.mkdir()
    try:
        for name, data in {**parts, DECISION: text}.items():
            _write_synced(partial / name, data)
        partial.rename(target)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    _write_synced(out / f"{CHAIN}.new", json.dumps(asdict(now)).encode())
    (out / f"{CHAIN}.new").replace(out / CHAIN)
    return target, now


def folders(out: Path) -> list[Path]:
    """Return the decisions' folders, by number. Raises ``EdgeError`` when ``out`` cannot be read."""
    try:
        paths = [path for path in out.iterdir() if _FOLDER.fullmatch(path.name) and path.is_dir() and not path.is_symlink()]
    except OSError as error:
        raise EdgeError(f"Cannot read {out}: {error.strerror}.") from error
    return sorted(paths, key=lambda path: (int(path.name.partition("-")[0]), path.name))


def read(folder: Path) -> StoredDecision:
    """Read one decision with its parts. Raises ``EdgeError`` when a part is missing, changed or of another form."""
    text = _read_file(folder / DECISION, _MOST_JSON)
    try:
        content = json.loads(text)
        _check(content)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _bad(folder, f"{DECISION} is damaged: {error}") from error
    parts = {}
    for name, about in content["parts"].items():
        data = _read_file(folder / name, about["bytes"])
        if sha256(data).hexdigest() != about["sha256"]:
            raise _bad(folder, f"{name} was changed after the decision: its hash differs")
        parts[name] = data
    return StoredDecision(content, sha256(text).hexdigest(), parts)


def head(out: Path) -> Chain | None:
    """Read ``chain.json``; return None where there is none. Raises ``EdgeError`` when it is damaged."""
    path = out / CHAIN
    if not path.exists():
        return None
    try:
        chain = Chain(**json.loads(_read_file(path, _MOST_JSON)))
        if not _tied(chain.device, chain.number, chain.sha256):
            raise ValueError("it names no decision")
    except (ValueError, TypeError) as error:
        raise _bad(out, f"{CHAIN} is damaged: {error}") from error
    return chain


def _check(content: Mapping[str, Any]) -> None:
    """Raise an error that ``read`` handles when ``decision.json`` is damaged; the decision itself is not checked."""
    if content["format"] != FORMAT:
        raise ValueError("it has another format")
    if not _tied(content["device"], content["number"], content["previous"]) or content["number"] < 1:
        raise ValueError("it is not tied to the one before")
    if (before := content["previous_input"]) is not None and not _HASH.fullmatch(before):
        raise ValueError("it is not tied to the one before")
    if INPUT not in content["parts"]:
        raise ValueError("it has no input")
    for name, about in content["parts"].items():
        if not _PART.fullmatch(name) or not _HASH.fullmatch(about["sha256"]) or not _size(about["bytes"]):
            raise ValueError("its parts have other names or hashes")
    if sum(about["bytes"] for about in content["parts"].values()) > _MOST:
        raise ValueError(f"its parts are larger than {_MOST // 2**20:,} MiB together")


def _size(size: object) -> bool:
    return isinstance(size, int) and not isinstance(size, bool) and 0 <= size <= _MOST_PART


def _tied(device: object, number: object, previous: object) -> bool:
    named = isinstance(device, str) and isinstance(previous, str) and isinstance(number, int) and number >= 0
    return named and bool(_DEVICE.fullmatch(str(device))) and bool(_HASH.fullmatch(str(previous)))


def _current_chain(out: Path) -> Chain | None:
    """Return the chain, including a decision that was renamed after ``chain.json`` was last written.

    A process may end between the two.
    """
    chain = head(out)
    for folder in folders(out):
        if int(folder.name.partition("-")[0]) == (chain.number if chain else 0) + 1:
            decision = read(folder)
            if decision.content["previous"] == (chain.sha256 if chain else NOTHING):
                chain = decision.chain
    return chain


def _read_file(path: Path, most: int) -> bytes:
    """Read a file of at most ``most`` bytes, without following links out of its folder."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise _bad(path.parent, f"{path.name} is missing or cannot be read ({error.strerror})") from error
    if len(data) > most:
        raise _bad(path.parent, f"{path.name} is longer than it should be")
    return data


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _bad(folder: Path, why: str) -> EdgeError:
    return EdgeError(f"{folder.name}: {why}.")
