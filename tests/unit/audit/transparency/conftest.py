"""A log in memory, signed."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support.audit.signed_log import SignedLog


@pytest.fixture
def log() -> SignedLog:
    return SignedLog(Ed25519PrivateKey.from_private_bytes(b"l" * 32))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "log"
    made.mkdir()
    return made
