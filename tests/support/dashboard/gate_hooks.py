"""Hooks for schemathesis in test_gate_openapi.py: half of all hashes and ids in its requests are known to the record."""

from __future__ import annotations

import os
from typing import Any

import schemathesis

KNOWN = {name: os.environ.get(f"GATE_{name.upper()}", "").split() for name in ("sha256", "id")}


@schemathesis.hook
def map_path_parameters(_context: object, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Replace hashes and ids by known ones: generated values would hardly ever match."""
    for name, value in (path_parameters or {}).items():
        known = KNOWN.get(name)
        if path_parameters and known and isinstance(value, str) and len(value) in (32, 64) and value[0] in "01234567":
            path_parameters[name] = known[ord(value[-1]) % len(known)]
    return path_parameters
