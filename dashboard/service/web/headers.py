"""The headers of every answer of the app: who may frame it, what its pages may load, and what others may do with it."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def policy(page: str) -> str:
    """Return the content security policy for the one HTML page that the server sends."""
    hashes = " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in _INLINE.findall(page))
    rules = {
        "default-src": "'none'",
        # Streamlit loads a component's script from a blob: address. Plotly compiles what it draws by WebGL (the map of pairs):
        # without 'unsafe-eval' it says that the browser has no WebGL.
        "script-src": f"'self' blob: 'unsafe-eval' {hashes}",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self' data: blob:",
        "worker-src": "'self' blob:",
        "manifest-src": "'self'",
        "frame-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def headers(page: str) -> Mapping[bytes, bytes]:
    """Return the headers, for the one HTML page that the server sends."""
    named = {
        "content-security-policy": policy(page),
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), usb=(), serial=(), payment=()",
    }
    return {name.encode(): value.strip().encode() for name, value in named.items()}
