"""Mutations of an exported bundle, and the entry to be named for each; the verifier's files and README.txt prove nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.export.bundle import VERIFIER
from audit.log.chain import next_entry
from audit.log.checkpoints import public_key, sign_checkpoint
from audit.log.merkle_tree import Frontier
from audit.log.proving import Tip, commitment
from audit.records.canonical import canonical
from tests.drills.forger import NoChange
from tests.drills.mutations import Mutation

__all__ = ["SpoiltBundle"]

Files = dict[str, bytes]
_PROVE_NOTHING = (*VERIFIER, "README.txt")


def read(folder: Path) -> Files:
    """Return the files of a bundle by their names in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


class SpoiltBundle:
    """A folder with a bundle that is corrupted and repaired again and again."""

    def __init__(self, intact: Path, old: Path, folder: Path) -> None:
        self.folder, self.intact, self.old = folder, read(intact), read(old)
        self._write(self.intact, {})
        self.lines = [json.loads(line) for line in self.intact["log.jsonl"].splitlines()]
        self.size = len(self.lines)
        # Entry of an erasure -> the first one that it erased: without its erasure, that one lacks its content.
        self.erasures: dict[int, int] = {
            line["seq"]: min(target["seq"] for target in json.loads(line["payload"])["targets"])
            for line in self.lines
            if line["type"] == "erasure"
        }
        # Blob -> the first decision that names it.
        self.files: dict[str, int] = {}
        for line in reversed(self.lines):
            if line["type"] == "decision" and line["payload"] is not None:
                payload = json.loads(line["payload"])
                named = [payload["input_sha256"], payload["weights_blob"], *(part["sha256"] for part in payload["selections"])]
                self.files |= {f"blobs/{sha256}": line["seq"] for sha256 in named if sha256}

    def spoil(self, rng: random.Random) -> Mutation:
        """Repair the last change and make another one. Raises `NoChange`."""
        files = dict(self.intact)
        done = rng.choices(list(_WAYS), list(_WAYS.values()))[0](self, files, rng)
        if files == self.intact:
            raise NoChange("the same bundle")
        self._write(files, read(self.folder))
        return done

    def _write(self, files: Files, there: Files) -> None:
        for name in there.keys() - files.keys():
            (self.folder / name).unlink()
        for name, content in files.items():
            if there.get(name) != content:
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / name).write_bytes(content)

    def owner(self, name: str, line: int = 0, *, to_the_end: bool = False) -> int | None:
        """Return the first bad entry after a change to a line of a file, to all lines from there on, or to a blob."""
        if name == "log.jsonl":
            seq = min(line + 1, self.size)
            lost = [first for at, first in self.erasures.items() if at == seq or (to_the_end and at > seq)]
            return min([seq, *lost])
        return self.files.get(name)


def _bytes(bundle: SpoiltBundle, files: Files, rng: random.Random) -> Mutation:
    """Change, remove or add a few bytes of a file."""
    name = _any(files, rng)
    content = files[name]
    at = rng.randrange(len(content))
    files[name] = rng.choice(
        (
            content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :],
            content[:at] + content[at + 1 :],
            content[:at] + rng.choice((b" ", b"0", b"\x00")) + content[at:],
        )
    )
    line = content[:at].count(b"\n")
    return Mutation(f"bytes of {_short(name)}", bundle.owner(name, line))


def _any(files: Files, rng: random.Random) -> str:
    """Draw a file that proves something, the log as often as all blobs together."""
    kinds = sorted({name.partition("/")[0] for name in files} - set(_PROVE_NOTHING))
    kind = rng.choice([*kinds, "log.jsonl", "log.jsonl"])
    return rng.choice([name for name in files if name.partition("/")[0] == kind])


def _cut(bundle: SpoiltBundle, files: Files, rng: random.Random) -> Mutation:
    """Cut a file short."""
    name = _any(files, rng)
    content = files[name]
    at = rng.randrange(len(content))
    files[name] = content[:at]
    # Of a file that ends between two lines, the next one is missing.
    return Mutation(f"cut {_short(name)}", bundle.owner(name, content[:at].count(b"\n"), to_the_end=True))


def _lines(bundle: SpoiltBundle, files: Files, rng: random.Random) -> Mutation:
    """Remove a line, repeat it, or swap it with another."""
    lines = files["log.jsonl"].splitlines(keepends=True)
    at, other = sorted(rng.sample(range(len(lines)), 2))
    way = rng.choice(("gone", "twice", "swapped"))
    if way == "gone":
        del lines[at]
    elif way == "twice":
        lines.insert(at, lines[at])
    else:
        lines[at], lines[other] = lines[other], lines[at]
    files["log.jsonl"] = b"".join(lines)
    if way != "gone":  # an erasure that is out of its place still says what it erased
        return Mutation(f"lines {way}", at + 1 + (way == "twice"))
    return Mutation(f"lines {way}", bundle.owner("log.jsonl", at))


def _value(bundle: SpoiltBundle, files: Files, rng: random.Random) -> Mutation:
    """Change a value in a line, in correct notation."""
    lines = files["log.jsonl"].splitlines(keepends=True)
    at = rng.randrange(len(lines))
    line: dict[str, Any] = json.loads(lines[at])
    field = rng.choice(sorted(line))
    old = line[field]
    line[field] = rng.choice((None, f"{old}x", 7, [], str(old), not old))
    lines[at] = canonical(line) + b"\n"
    files["log.jsonl"] = b"".join(lines)
    return Mutation("value in a line", bundle.owner("log.jsonl", at))


def _files(bundle: SpoiltBundle, files: Files, rng: random.Random) -> Mutation:
    """Remove files, add files, or swap them."""
    way = rng.choice(("missing", "more", "swapped"))
    names = [name for name in files if name not in _PROVE_NOTHING and not name.startswith("checkpoints/")]
    if way == "missing":
        name = rng.choice(names)
        del files[name]
        return Mutation(f"missing {_short(name)}", bundle.files.get(name))
    if way == "more":
        content = rng.randbytes(20)
        files[rng.choice((f"blobs/{hashlib.sha256(content).hexdigest()}", "blobs/x", f"blobs/{'0' * 64}"))] = content
        return Mutation("one more blob", None)
    one, other = rng.sample([name for name in names if name.startswith("blobs/")], 2)
    files[one], files[other] = files[other], files[one]
    return Mutation("blobs swapped", min(bundle.files[one], bundle.files[other]))


def _old(bundle: SpoiltBundle, files: Files, rng: random.Random) -> Mutation:
    """Put back the whole bundle of an earlier day, or one of its files."""
    if rng.random() < 0.5:
        files.clear()
        files |= bundle.old
        return Mutation("old bundle", len(bundle.old["log.jsonl"].splitlines()) + 1)
    name = rng.choice(("log.jsonl", "checkpoint.txt", "manifest.json"))
    files[name] = bundle.old[name]
    return Mutation(f"old {name}", None, defined=False)


def _rewritten(bundle: SpoiltBundle, files: Files, rng: random.Random) -> Mutation:
    """Change an entry and rewrite the log to fit; sign it with another key or not at all.

    Which entry is named depends: the first that a person had signed after the change, if there is one.
    """
    lines = [json.loads(line) for line in files["log.jsonl"].splitlines()]
    at = rng.choice([i for i, line in enumerate(lines) if line["type"] in ("backup", "log_viewed", "export", "policy")])
    lines[at]["payload"] = canonical({"forged": rng.random()}).decode()
    tree, tip = Frontier(), None
    for line in lines:
        p = line["p"] if line["salt"] is None else commitment(bytes.fromhex(line["salt"]), line["payload"].encode())
        entry = next_entry(tip, ts=line["ts"], actor=line["actor"], type=line["type"], subject=line["subject"], commitment=p)
        line |= {"p": p, "prev": entry.prev, "hash": entry.hash}
        tree.append(bytes.fromhex(entry.hash))
        tip = Tip(entry.seq, entry.hash)
    files["log.jsonl"] = b"".join(canonical(line) + b"\n" for line in lines)
    root = tree.root()
    manifest = json.loads(files["manifest.json"]) | {"root": root.hex()}
    files["manifest.json"] = canonical(manifest) + b"\n"
    if rng.random() < 0.3:
        note = files["checkpoint.txt"].decode().split("\n")
        note[2] = base64.b64encode(root).decode()
        files["checkpoint.txt"] = "\n".join(note).encode()
        return Mutation("rewritten, signature kept", None, defined=False)
    key, origin = Ed25519PrivateKey.generate(), manifest["origin"]
    files["checkpoint.txt"] = sign_checkpoint(key, tree.size, root.hex(), origin).encode()
    for name in [name for name in files if name.startswith("checkpoints/")]:
        del files[name]
    if rng.random() < 0.8:
        files["public_key.txt"] = (public_key(key, origin) + "\n").encode()
    return Mutation("rewritten, another key", None, defined=False)


def _short(name: str) -> str:
    return name.partition("/")[0]


_WAYS: dict[Callable[[SpoiltBundle, Files, random.Random], Mutation], int] = {
    _bytes: 6,
    _cut: 2,
    _lines: 4,
    _value: 4,
    _files: 2,
    _old: 1,
    _rewritten: 2,
}
