"""Names of files as they are shown and recorded."""

from __future__ import annotations

from pathlib import PurePath

_MAX_NAME = 200


def display_name(name: str) -> str:
    """Return a file's name without folders and without unprintable characters, at most 200 characters, its extension kept."""
    last = PurePath(name.replace("\\", "/").replace("\0", "_")).name
    shown = "".join(sign if sign.isprintable() else "_" for sign in last).strip() or "unnamed"
    if len(shown) > _MAX_NAME:
        shown = f"{shown[: _MAX_NAME // 2]}…{shown[-_MAX_NAME // 2 + 1 :]}"
    return shown
