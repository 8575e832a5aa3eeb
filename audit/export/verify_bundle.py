"""Verify an exported record of decisions and reviews: python verify.py [FOLDER_OR_ZIP]

It stands alone on purpose: it needs only Python 3.9, the package `cryptography`, and the files beside it that every bundle
carries with it (bundle_files.py, bundle_lines.py, frontier.py, authority.py, roles.py, signatures.py), so that the receiver of
a bundle can check it without the software that wrote it.

    h_i = H(0x00 || e_i)           H = SHA-256; e_i = {v, seq, ts, actor, type, subject, p, prev} as RFC 8785 JSON
    p_i = H(salt_i || payload_i)   both can be erased, the commitment stays; prev_i = h_(i-1), 64 zeros at first
    root = Merkle tree hash over h_1..h_n (RFC 9162), signed in checkpoint.txt (c2sp.org/tlog-checkpoint)

It also checks that the actor of every entry had the right to make it at that moment, and signed it where that is due
(authority.py).

Every byte of log.jsonl, blobs/ and the checkpoints counts: another spelling of the same JSON is
refused as well. Exit codes: 0 valid, 1 tampered, 2 incomplete or unreadable.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import stat
import sys
import traceback
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

try:
    import cryptography  # noqa: F401 - the files beside this one need it
except ImportError:
    print("The verifier needs the package cryptography: pip install cryptography", file=sys.stderr)
    sys.exit(2)

try:
    from audit.export import bundle_files as files
    from audit.export import bundle_lines as lines
    from audit.export.bundle_files import INCOMPLETE, TAMPERED, BadEvidence
    from audit.log.authority import Authority
    from audit.log.frontier import Frontier
    from audit.log.proving import BEGIN, Tip, prove
except ImportError:  # beside the script in a bundle, in audit/log in the source; python -I looks in neither
    _here = Path(__file__).resolve().parent
    sys.path[:0] = [str(_here), str(_here.parent / "log")]
    import bundle_files as files  # type: ignore[import-not-found,no-redef]
    import bundle_lines as lines  # type: ignore[import-not-found,no-redef]
    from authority import Authority  # type: ignore[import-not-found,no-redef]
    from bundle_files import INCOMPLETE, TAMPERED, BadEvidence  # type: ignore[no-redef]
    from frontier import Frontier  # type: ignore[import-not-found,no-redef]
    from proving import BEGIN, Tip, prove  # type: ignore[import-not-found,no-redef]

    del sys.path[:2]

FORMAT = "sparsemix-bundle-2"


class Report(NamedTuple):
    """The outcome. `size` and `root` (hexadecimal) cover the entries that form an unbroken chain from the first.

    `problem_seq` is the first bad entry, None where the problem is not in a single entry. `checked` counts what passed.
    `key` says where the public key is from; `checkpoint` is the older checkpoint that was given, if it was good; `root_key` the
    first key for signing (hexadecimal), None while nobody signs.
    """

    ok: bool
    code: int
    size: int
    root: str
    problem_seq: int | None
    problem_text: str | None
    checked: dict[str, int]
    key: str
    checkpoint: dict[str, object] | None
    root_key: str | None = None


def verify(path: Path, public_key: str | None = None, checkpoint: str | None = None) -> Report:
    """Verify a bundle, a folder or a zip; `public_key` and `checkpoint` are texts from outside of it."""
    run = _Run("in the bundle" if public_key is None else "given")
    try:
        with closing(files.Folder(path) if path.is_dir() else files.ZipFile(path)) as bundle:
            run.check(bundle, public_key, checkpoint)
    except BadEvidence as bad:
        run.problem(bad.code, None, str(bad))
    except files.READ_ERRORS as error:
        run.problem(INCOMPLETE, None, f"The bundle cannot be read: {error or type(error).__name__}.")
    return run.report()


class _Run:
    """One verification: a single pass over the log, up to the first entry that does not hold; it keeps only the first problem.

    Files are settled at the end, for a later decision may have brought back what an erasure took.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.first: tuple[int, int | None, str] | None = None
        self.tree = Frontier()
        self.tip = BEGIN
        self.counts = dict.fromkeys(("decisions", "reviews", "events"), 0)
        self.older: lines.SignedRoot | None = None
        self.signed: list[lines.SignedRoot] = []
        self.signed_sizes: set[int] = set()
        self.emptied: set[int] = set()  # entries without content
        self.good: set[str] = set()  # files that were hashed
        self.named: set[str] = set()
        self.registered: set[str] = set()  # files registered as weights, which no erasure may take
        self.absent: dict[str, tuple[int, str]] = {}  # missing files, each with the first entry that needs it
        self.leftover: dict[str, int] = {}  # files that still exist, each with the entry that erased it
        self.authority = Authority()

    def problem(self, code: int, seq: int | None, text: str) -> None:
        """Note a problem. One is kept: of the earliest entry with a problem the worst, and of equally bad ones the last."""
        known = self.first
        new = (sys.maxsize if seq is None else seq, code)
        old = (sys.maxsize if known is None or known[1] is None else known[1], known[0] if known else sys.maxsize)
        if new < old or (new == old and seq is not None):
            self.first = (code, seq, text)

    def report(self) -> Report:
        code, seq, text = self.first or (files.VALID, None, None)
        checked = {
            "entries": self.tree.size,
            **self.counts,
            "erased": len(self.emptied),
            "blobs": len(self.good),
        }
        older = {"size": self.older.size, "root": self.older.root} if self.older else None
        root, root_key = self.tree.root().hex(), self.authority.root_key
        return Report(not code, code, self.tree.size, root, seq, text, checked, self.key, older, root_key)

    def check(self, bundle: files.Folder | files.ZipFile, public_key: str | None, checkpoint: str | None) -> None:
        self.bundle = bundle
        self.blobs = {name[6:] for name in bundle.names if name.startswith("blobs/")}
        manifest = self._manifest()
        key = self._keys(public_key)
        own = self._note(files.read_text(bundle, "checkpoint.txt"), key, "checkpoint.txt")
        if checkpoint is not None:
            self.older = self._note(checkpoint, key, "the given checkpoint", alone=False)
        for name in sorted(bundle.names):
            if name.startswith("checkpoints/") and name.endswith(".txt"):
                self._note(files.read_text(bundle, name), key, name)
        if "log.jsonl" not in bundle.names:
            raise BadEvidence(INCOMPLETE, "log.jsonl is missing.")
        with bundle.open("log.jsonl") as log:
            self.erased, self.authority.facts = lines.erased_in(log)
        with bundle.open("log.jsonl") as log:
            self._roots()
            whole = all(
                self._line(number, line) for number, line in enumerate(iter(lambda: log.readline(lines.MAX_LINE), b""), 1)
            )
        for wrong, text in self.authority.unsigned() if whole else ():
            self.problem(TAMPERED, wrong.seq, text)
        self._ends(own, whole=whole)
        self._leftovers(whole=whole)
        if self.first is None:
            self._agrees(manifest, key)

    def _manifest(self) -> str:
        text = files.read_text(self.bundle, "manifest.json")
        try:
            manifest = lines.parsed(text)
        except ValueError as error:
            raise BadEvidence(INCOMPLETE, "manifest.json is not JSON.") from error
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise BadEvidence(INCOMPLETE, f"This is not a bundle of the format {FORMAT}: use the verify.py that came with it.")
        return text

    def _keys(self, public_key: str | None) -> lines.Key:
        text = files.read_text(self.bundle, "public_key.txt")
        if not text.endswith("\n"):
            raise BadEvidence(INCOMPLETE, "public_key.txt is cut off.")
        inside = lines.read_key(text[:-1], "public_key.txt")
        if public_key is None:
            return inside
        given = lines.read_key(public_key.strip(), "the given key file")
        if given.text != inside.text:
            self.problem(TAMPERED, None, "The bundle carries another public key than the one that was given.")
        return given

    def _note(self, text: str, key: lines.Key, label: str, *, alone: bool = True) -> lines.SignedRoot | None:
        try:
            note = lines.read_note(text, key, label, alone=alone)
        except BadEvidence as bad:
            self.problem(bad.code, None, str(bad))
            return None
        self.signed.append(note)
        self.signed_sizes.add(note.size)
        return note

    def _roots(self) -> None:
        """Note a problem if a checkpoint of this many entries signed another root."""
        if self.tree.size not in self.signed_sizes:
            return
        for note in self.signed:
            if note.size == self.tree.size and note.root != self.tree.root().hex():
                text = f"The first {note.size} entries fit together, but they are not those that {note.label} signed"
                self.problem(TAMPERED, None, f"{text}: the log was rewritten.")

    def _line(self, number: int, line: bytes) -> bool:
        """Check a line; return whether the pass goes on."""
        try:
            entry = lines.read_entry(line, number)
            proven = prove([entry], self.tip, self.erased)
            if proven.problem is not None:
                raise BadEvidence(TAMPERED, proven.problem.text)
            found = self.authority.problems(proven.entries[0], proven.contents[0])
            for wrong, text in found:
                self.problem(TAMPERED, wrong.seq, text)
            if entry.payload is None:
                self.emptied.add(entry.seq)
            else:
                self._content(entry, entry.payload)
        except BadEvidence as bad:
            self.problem(bad.code, number, str(bad))
            return False
        if found:
            return False
        self.tip = Tip(entry.seq, entry.hash)
        self.tree.append(bytes.fromhex(entry.hash))
        self._roots()
        return True

    def _content(self, entry: lines.Entry, text: str) -> None:
        """Check what an entry says of files, and what it is about."""
        kind = {"decision": "decisions", "review": "reviews"}.get(entry.type, "events")
        self.counts[kind] += 1
        try:
            payload = lines.parsed(text)
            if not isinstance(payload, dict):
                raise ValueError("it is not an object")
            if entry.type == "erasure":
                self._erasure(entry, *lines.erasure_listed(payload))
            elif entry.type == "decision":
                self._files(entry, lines.blobs_named(payload))
            elif entry.type == "weights":
                sha256 = lines.weights_file(payload, entry.subject)
                self._files(entry, [sha256])
                self.registered.add(sha256)
        except ValueError as error:
            raise BadEvidence(TAMPERED, f"The content of {entry} is not a valid {entry.type}: {error}.") from error

    def _erasure(self, entry: lines.Entry, targets: dict[int, str], blobs: list[str]) -> None:
        for seq in sorted(targets.keys() - self.emptied):
            if not 0 < seq < entry.seq:
                raise BadEvidence(TAMPERED, f"What {entry} erased is not what entry {seq} had recorded.")
            text = f"Entry {seq} was to be erased by entry {entry.seq}, but its content is still there."
            self.problem(TAMPERED, seq, text)
        for sha256 in blobs:
            if sha256 in self.registered:
                raise BadEvidence(TAMPERED, f"{entry} erased the file {sha256}, which is registered as weights.")
            self.absent.pop(sha256, None)
            if sha256 in self.blobs:
                self.leftover[sha256] = entry.seq

    def _files(self, entry: lines.Entry, names: list[str]) -> None:
        self.named.update(names)
        for sha256 in names:
            self.leftover.pop(sha256, None)
            if sha256 in self.good:
                continue
            if sha256 not in self.blobs:
                self.absent.setdefault(sha256, (entry.seq, str(entry)))
            elif self._hash(f"blobs/{sha256}") != sha256:
                raise BadEvidence(TAMPERED, f"The file {sha256} that {entry} recorded was changed.")
            else:
                self.good.add(sha256)

    def _hash(self, name: str) -> str:
        digest = hashlib.sha256()
        with self.bundle.open(name) as file:
            for chunk in iter(lambda: file.read(files.BUFFER), b""):
                digest.update(chunk)
        return digest.hexdigest()

    def _ends(self, own: lines.SignedRoot | None, *, whole: bool) -> None:
        """Note entries that are missing at the end of the log, or were added there."""
        size = self.tree.size
        longest = max(self.signed, key=lambda note: note.size, default=None)
        if whole and longest and longest.size > size:
            text = f"{longest.label} signed {longest.size} entries, the log ends after {size}"
            self.problem(TAMPERED, size + 1, f"Entry {size + 1} is missing: {text}.")
        if own and own.size < size:
            text = f"Entry {own.size + 1} was added: checkpoint.txt signed only {own.size} entries."
            self.problem(TAMPERED, own.size + 1, text)

    def _leftovers(self, *, whole: bool) -> None:
        for seq in self.emptied - self.authority.erased if whole and self.first is None else ():
            self.problem(TAMPERED, seq, f"The content of entry {seq} is missing, and no entry erased it.")
        for sha256, (seq, name) in self.absent.items():
            self.problem(INCOMPLETE, seq, f"The file {sha256} that {name} recorded is missing.")
        for sha256, seq in self.leftover.items():
            self.problem(TAMPERED, seq, f"The file {sha256} was to be erased by entry {seq}, but it is still there.")
        strays = self.blobs - self.named - self.leftover.keys()
        if strays and whole:
            self.problem(TAMPERED, None, f"No entry recorded the file blobs/{min(strays)}.")

    def _agrees(self, manifest: str, key: lines.Key) -> None:
        expected = {
            "format": FORMAT,
            "origin": key.origin,
            "size": self.tree.size,
            "root": self.tree.root().hex(),
            "counts": {
                "entries": self.tree.size,
                "blobs": len(self.blobs),
                "erased": len(self.emptied),
            },
        }
        if manifest != lines.canonical(expected) + "\n":
            self.problem(TAMPERED, None, "manifest.json was changed: it does not agree with the rest of the bundle.")


# The command.


def _outside(path: Path) -> str:
    try:
        # Not to wait for the other end of a pipe. Flags that a system lacks have no pipes to wait for, either.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags)
        try:
            regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
            content = os.read(descriptor, files.MAX_TEXT + 1) if regular else b""
        finally:
            os.close(descriptor)
        if regular and len(content) <= files.MAX_TEXT:
            return content.decode().replace("\r\n", "\n")
    except OSError as error:
        raise BadEvidence(INCOMPLETE, f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        pass
    raise BadEvidence(INCOMPLETE, f"{path} is not a regular file, not text, or too long.")


def _printable(text: str) -> str:
    """Escape what a terminal would obey or cannot print: a bundle may be forged."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _text(report: Report) -> str:
    if not report.ok:
        word = "TAMPERED" if report.code == TAMPERED else "INCOMPLETE OR UNREADABLE"
        return f"{word}: {_printable(report.problem_text or '')}"
    counts = ", ".join(f"{count} {name}" for name, count in report.checked.items())
    told = [f"valid: {counts}", f"root {report.root}"]
    if report.root_key:
        digest = hashlib.sha256(bytes.fromhex(report.root_key)).hexdigest()
        fingerprint = " ".join(digest[at : at + 4] for at in range(0, 32, 4))
        told.append(f"What judges or gives power is signed. Compare the root key's fingerprint with yours: {fingerprint}")
    older = f"{report.checkpoint['size']} entries" if report.checkpoint else None
    if older:
        told.append(f"The log still begins with the {older} of the checkpoint that was given.")
    if report.key == "given":
        told.append("The signature was checked with the key that was given.")
    else:
        told.append("The signature was checked with the key inside the bundle, which the maker of the bundle could have")
        told.append("replaced. Only a key (--public-key) or an older checkpoint (--checkpoint) that you have from")
        told.append("elsewhere proves that the whole was not rewritten" + (f" after its {older}." if older else "."))
    return "\n".join(told)


def main(arguments: list[str] | None = None) -> int:
    """Verify what the command line names and print the outcome; return the exit code."""
    parser = argparse.ArgumentParser(description="Verify an exported record of decisions and reviews.")
    parser.add_argument("bundle", nargs="?", type=Path, default=Path(__file__).resolve().parent, metavar="FOLDER_OR_ZIP")
    parser.add_argument("--public-key", type=Path, metavar="FILE", help="the key of the record, from a source you trust")
    parser.add_argument("--checkpoint", type=Path, metavar="OLD_NOTE", help="an older signed checkpoint that you kept")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
    options = parser.parse_args(arguments)
    try:
        key = _outside(options.public_key) if options.public_key else None
        note = _outside(options.checkpoint) if options.checkpoint else None
        report = verify(options.bundle, key, note)
    except BadEvidence as bad:
        run = _Run("given" if options.public_key else "in the bundle")
        run.problem(bad.code, None, str(bad))
        report = run.report()
    except Exception:  # Python's own exit code is 1 then, which here means that the bundle was tampered with
        traceback.print_exc()
        print("A fault of verify.py, which says nothing about the bundle; please report the lines above.", file=sys.stderr)
        return INCOMPLETE
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    print(json.dumps(report._asdict()) if options.json else _text(report))
    return report.code


if __name__ == "__main__":
    sys.exit(main())
