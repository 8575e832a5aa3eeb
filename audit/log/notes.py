"""Signed notes (c2sp.org/signed-note): a text, an empty line, and a line for each signature.

A key is known by its name and a key id of four bytes. Signatures by unknown keys are ignored, so that a note can carry those of
witnesses that its reader does not know. Verifier keys travel as `<name>+<key id>+<base64 of type and key>`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Collection
from typing import NamedTuple

from audit.errors import InvalidRecord

# Signature types that the specification assigns, and the bytes that a public key of each has.
ED25519, ED25519_COSIGNATURE, ML_DSA_44 = 0x01, 0x04, 0x06
_LENGTHS = {ED25519: 32, ED25519_COSIGNATURE: 32, ML_DSA_44: 1312}

_MOST_BYTES = 512 * 1024  # of a note: a signature after ML-DSA-44 takes 3.3 kB
_MOST_SIGNATURES = 64  # the specification asks for 16 at least
_DASH = "\N{EM DASH}"
_NO_TEXT = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")  # control characters, and halves of characters

_UNSEEN = ("Cc", "Cf", "Cs")  # categories of characters: control, formatting, halves of characters


class VerifierKey(NamedTuple):
    """A public key under the name of its owner; `kind` is the type of its signatures."""

    name: str
    kind: int
    raw: bytes

    @property
    def id(self) -> bytes:
        """Return the key id: four bytes."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.raw).digest()[:4]

    def __str__(self) -> str:
        """Return the key as one line of text."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.raw).decode()}"

    @classmethod
    def parse(cls, text: str, kinds: Collection[int] = (ED25519,)) -> VerifierKey:
        """Read a key of one of these types from its text. Raises `InvalidRecord`."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        check_name(name)
        raw = decoded(encoded, "the public key")
        key = cls(name, raw[0] if raw else 0, raw[1:])
        if len(key.raw) != _LENGTHS.get(key.kind) or key_id != key.id.hex():
            raise InvalidRecord("this is not a public key of the form <name>+<key id>+<base64 of type and key>")
        if key.kind not in kinds:
            what = "witness" if key.kind != ED25519 else "log"
            raise InvalidRecord(f"the public key of {name!r:.200} belongs to a {what}: another kind of key is needed here")
        return key


class Signature(NamedTuple):
    """A signature of a note, unchecked: whose it claims to be, and its bytes."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        """Return the line of the note, with its newline."""
        return f"{_DASH} {self.name} {base64.b64encode(self.key_id + self.value).decode()}\n"

    @classmethod
    def parse(cls, line: str) -> Signature:
        """Read a line without its newline. Raises `InvalidRecord`."""
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        if dash != _DASH:
            raise InvalidRecord("a line below the text of the note is not a signature")
        check_name(name)
        raw = decoded(encoded, "a signature")
        if len(raw) < 5:
            raise InvalidRecord("a signature of the note is cut off")
        return cls(name, raw[:4], raw[4:])


class Note(NamedTuple):
    """A note, its signatures unchecked; `text` ends in a newline."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        """Return the whole note."""
        return f"{self.text}\n{''.join(map(str, self.signatures))}"

    def by(self, key: VerifierKey) -> list[bytes]:
        """Return the signatures that claim to be by this key."""
        return [one.value for one in self.signatures if (one.name, one.key_id) == (key.name, key.id)]

    @classmethod
    def parse(cls, text: str) -> Note:
        """Read a note. Raises `InvalidRecord` when it is malformed, too long, or has no or too many signatures."""
        if len(text) > _MOST_BYTES or _NO_TEXT.search(text):
            why = f"it has control characters, or more than {_MOST_BYTES} characters"
            raise InvalidRecord(f"this is not a signed note, such as a checkpoint: {why}")
        body, separator, signed = text.rpartition("\n\n")
        lines = signed.split("\n")
        if not separator or lines.pop() or not lines:
            raise InvalidRecord("this is not a signed note, such as a checkpoint: it lacks text, empty line or signatures")
        if len(lines) > _MOST_SIGNATURES:
            raise InvalidRecord(f"the note has more than {_MOST_SIGNATURES} signatures")
        return cls(body + "\n", tuple(map(Signature.parse, lines)))


def check_name(name: str) -> None:
    """Raise `InvalidRecord` unless this can be the name of a key: 1 to 255 bytes, of which none are spaces or `+`.

    Beyond the specification, it has no characters that nobody sees or that turn others around: a person compares it.
    """
    unseen = any(unicodedata.category(character) in _UNSEEN for character in name)
    if not name or "+" in name or unseen or re.search(r"\s", name) or len(name.encode()) > 255:
        raise InvalidRecord(
            "the name of a key, as the origin of a log, has 1 to 255 bytes, no spaces, no '+', and no control or formatting "
            "characters"
        )


def decoded(text: str, what: str) -> bytes:
    """Return the bytes of base64 in its one standard form. Raises `InvalidRecord`."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRecord(f"{what} is not base64") from error
    if base64.b64encode(raw).decode() != text:
        raise InvalidRecord(f"{what} is not base64 in its standard form")
    return raw
