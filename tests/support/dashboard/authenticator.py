"""An authenticator in software: answers as a browser with a passkey does, or wrongly in one point."""

from __future__ import annotations

import hashlib
import json
import secrets
import struct

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from dashboard.service.sign_in.passkeys import text_of

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One passkey (ES256) on one site; what it says can be changed before it answers."""

    def __init__(self, origin: str, rp_id: str) -> None:
        self.origin, self.rp_id = origin, rp_id
        self.flags = PRESENT | VERIFIED
        self.count = 0
        self.id = secrets.token_bytes(32)
        self.secret = text_of(secrets.token_bytes(32))
        self.key = ec.generate_private_key(ec.SECP256R1())

    def made(self, challenge: bytes) -> dict[str, object]:
        """What `navigator.credentials.create` gives."""
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        about = self._about(self.flags | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": about})
        client = self._client("webauthn.create", challenge)
        return self._credential({"clientDataJSON": client, "attestationObject": attestation})

    def used(self, challenge: bytes) -> dict[str, object]:
        """What `navigator.credentials.get` gives."""
        about, client = self._about(self.flags), self._client("webauthn.get", challenge)
        signature = self.key.sign(about + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._credential({"clientDataJSON": client, "authenticatorData": about, "signature": signature})

    def both(self, challenge: bytes) -> dict[str, object]:
        """What the page sends of a new passkey."""
        return {"made": self.made(challenge), "used": self.used(challenge)}

    def _about(self, flags: int) -> bytes:
        self.count += 1
        return hashlib.sha256(self.rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, challenge: bytes) -> bytes:
        return json.dumps({"type": kind, "challenge": text_of(challenge), "origin": self.origin, "crossOrigin": False}).encode()

    def _credential(self, parts: dict[str, bytes]) -> dict[str, object]:
        id = text_of(self.id)
        return {"id": id, "rawId": id, "type": "public-key", "response": {name: text_of(part) for name, part in parts.items()}}
