"""Queries of requests to the gate API, read strictly: two addresses never stand for one name.

Starlette replaces bytes that are not UTF-8 by U+FFFD, and takes the last of several values: a lot would answer for another.
"""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from fastapi import Request
from starlette.exceptions import HTTPException

from dashboard.service.common.names import display_name


async def well_formed(request: Request) -> None:
    """Raise `HTTPException` with status 422 for an address that is not UTF-8, or that gives a parameter twice."""
    try:
        unquote_to_bytes(request.scope["raw_path"]).decode()
    except UnicodeDecodeError as error:
        raise HTTPException(422, "the path is not UTF-8") from error
    seen = set()
    query: bytes = request.scope["query_string"]
    for part in filter(None, query.split(b"&")):
        name, _, value = (unquote_to_bytes(text.replace(b"+", b" ")) for text in part.partition(b"="))
        shown = name.decode(errors="replace")
        try:
            query.decode("ascii")  # bytes that are not percent-encoded would be read as Latin-1
            name.decode()
            value.decode()
        except UnicodeDecodeError as error:
            raise HTTPException(422, f"query.{shown:.80}: not UTF-8; encode it as UTF-8, then each byte as %XX") from error
        if name in seen:
            raise HTTPException(422, f"query.{shown:.80}: given twice")
        seen.add(name)


def recorded_name(name: str) -> str:
    """Return a name that the record keeps exactly so. Raises `ValueError` for one that it would change."""
    kept = display_name(name)
    if kept != name:
        raise ValueError(f"it would be recorded as {kept!r}: no folders, no unprintable signs, no space at either end")
    return name
