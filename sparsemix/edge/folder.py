"""Decisions on disk: one folder each, every part with its hash, and each tied to the one before.

    OUT/chain.json                   how many there are, and the hash of the last
    OUT/000001-4f1c2a9b0d3e/         decision.json, input (the bytes decided on), layer-0.arrow ..., events.f4

``decision.json`` names the SHA-256 of every part and of the ``decision.json`` before it: whoever takes decisions into the
record notices one that was changed, left out or put in. That is no signature: who can write here can make up a chain that
begins anew, or shorten it at its end together with ``chain.json``, up to what was taken over before. Nor is a branch noticed
that was made and taken over by itself: a device that is set back to an earlier state gives a number once more, and only among
the decisions of one folder is that compared.

A decision appears whole, by renaming, or not at all. What is read is not trusted: names are fixed, sizes bounded, links
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
"""What the first decision names as the hash before it."""
_FOLDER = re.compile(r"(\d{6,12})-[0-9a-f]{12}")
_HASH = re.compile(r"[0-9a-f]{64}")
_DEVICE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PART = re.compile(rf"{INPUT}|{re.escape(EVENTS)}|layer-\d{{1,2}}\.arrow")
_NEW = ".new-"
_MOST_JSON, _MOST_PART = 2**20, 2**29


@dataclass(frozen=True, slots=True)
class Chain:
    """Where a device's chain stands: the last decision's ``number``, the hash of its ``decision.json`` and of its input."""

    device: str
    number: int = 0
    sha256: str = NOTHING
    input_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A decision as it was read: what ``decision.json`` says, its hash, and its parts by name, each as its hash says."""

    said: Mapping[str, Any]
    sha256: str
    parts: Mapping[str, bytes]

    @property
    def chain(self) -> Chain:
        """The chain after it."""
        return Chain(self.said["device"], self.said["number"], self.sha256, self.said["parts"][INPUT]["sha256"])


@contextmanager
def writing(out: Path, device: str | None = None) -> Iterator[Chain]:
    """The chain in ``out``, held by this process until it is done; where there is none it begins as ``device``, by default a
    random name. Raises EdgeError when the folder cannot be used, or belongs to another device."""
    if device is not None and not _DEVICE.fullmatch(device):
        raise EdgeError("A device's name has up to 64 letters, digits, dots, dashes and underscores.")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with (out / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in out.glob(f"{_NEW}*"):
                shutil.rmtree(left)  # of a process that was killed
            found = _standing(out) or Chain(device or token_hex(8))
            if device is not None and found.device != device:
                raise EdgeError(f"{out} belongs to the device {found.device}, not to {device}.")
            yield found
    except OSError as error:
        raise EdgeError(f"Cannot write to {out}: {error.strerror}.") from error


def write(out: Path, chain: Chain, said: Mapping[str, Any], parts: Mapping[str, bytes]) -> tuple[Path, Chain]:
    """Add a decision within ``writing``, which ties it to the one before. Returns its folder and the chain now."""
    named: dict[str, dict[str, Any]] = {
        name: {"sha256": sha256(data).hexdigest(), "bytes": len(data)} for name, data in parts.items()
    }
    tied = {"device": chain.device, "number": chain.number + 1, "previous": chain.sha256, "previous_input": chain.input_sha256}
    text = json.dumps({"format": FORMAT, **said, **tied, "parts": named}, sort_keys=True, indent=1, ensure_ascii=False).encode()
    digest = sha256(text).hexdigest()
    now = Chain(chain.device, chain.number + 1, digest, named[INPUT]["sha256"])
    target, partial = out / f"{now.number:06d}-{digest[:12]}", out / f"{_NEW}{token_hex(8)}"
    partial.mkdir()
    try:
        for name, data in {**parts, DECISION: text}.items():
            _put(partial / name, data)
        partial.rename(target)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    _put(out / f"{CHAIN}.new", json.dumps(asdict(now)).encode())
    (out / f"{CHAIN}.new").replace(out / CHAIN)
    return target, now


def folders(out: Path) -> list[Path]:
    """The decisions' folders, by number. Raises EdgeError when ``out`` is no folder of an edge runtime."""
    try:
        found = [path for path in out.iterdir() if _FOLDER.fullmatch(path.name) and path.is_dir() and not path.is_symlink()]
    except OSError as error:
        raise EdgeError(f"Cannot read {out}: {error.strerror}.") from error
    return sorted(found, key=lambda path: (int(path.name.partition("-")[0]), path.name))


def read(folder: Path) -> Kept:
    """One decision with its parts. Raises EdgeError when something is missing, changed or of another form."""
    text = _taken(folder / DECISION, _MOST_JSON)
    try:
        said = json.loads(text)
        _check(said)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _bad(folder, f"{DECISION} is damaged: {error}") from error
    parts = {}
    for name, about in said["parts"].items():
        data = _taken(folder / name, about["bytes"])
        if sha256(data).hexdigest() != about["sha256"]:
            raise _bad(folder, f"{name} is not what was decided on: its hash differs")
        parts[name] = data
    return Kept(said, sha256(text).hexdigest(), parts)


def head(out: Path) -> Chain | None:
    """What ``chain.json`` says; None without one. Raises EdgeError when it is damaged."""
    path = out / CHAIN
    if not path.exists():
        return None
    try:
        found = Chain(**json.loads(_taken(path, _MOST_JSON)))
        if not _tied(found.device, found.number, found.sha256):
            raise ValueError("it names no decision")
    except (ValueError, TypeError) as error:
        raise _bad(out, f"{CHAIN} is damaged: {error}") from error
    return found


def _check(said: Mapping[str, Any]) -> None:
    """Raises what a damaged ``decision.json`` raises; what is decided is for the caller to look at."""
    if said["format"] != FORMAT:
        raise ValueError("it has another format")
    if not _tied(said["device"], said["number"], said["previous"]) or said["number"] < 1:
        raise ValueError("it is not tied to the one before")
    if (before := said["previous_input"]) is not None and not _HASH.fullmatch(before):
        raise ValueError("it is not tied to the one before")
    if INPUT not in said["parts"]:
        raise ValueError("it has no input")
    for name, about in said["parts"].items():
        if not _PART.fullmatch(name) or not _HASH.fullmatch(about["sha256"]) or not _size(about["bytes"]):
            raise ValueError("its parts have other names or hashes")


def _size(found: object) -> bool:
    return isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= _MOST_PART


def _tied(device: object, number: object, previous: object) -> bool:
    named = isinstance(device, str) and isinstance(previous, str) and isinstance(number, int) and number >= 0
    return named and bool(_DEVICE.fullmatch(str(device))) and bool(_HASH.fullmatch(str(previous)))


def _standing(out: Path) -> Chain | None:
    """The chain with what was renamed after ``chain.json`` was last written, as a process may end between the two."""
    found = head(out)
    for folder in folders(out):
        if int(folder.name.partition("-")[0]) == (found.number if found else 0) + 1:
            kept = read(folder)
            if kept.said["previous"] == (found.sha256 if found else NOTHING):
                found = kept.chain
    return found


def _taken(path: Path, most: int) -> bytes:
    """A file of at most ``most`` bytes within its folder; no link leads out of it."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise _bad(path.parent, f"{path.name} is missing or cannot be read ({error.strerror})") from error
    if len(data) > most:
        raise _bad(path.parent, f"{path.name} is longer than it should be")
    return data


def _put(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _bad(folder: Path, why: str) -> EdgeError:
    return EdgeError(f"{folder.name}: {why}.")
