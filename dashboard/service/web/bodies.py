"""Bodies of requests that arrive slowly."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

GAP = 15.0  # seconds without a byte, or until the rate counts
_RATE = 1024.0  # bytes a second


def patient(receive: Receive, most: float) -> Receive:
    """Return ``receive`` with an end to the body: within ``most`` seconds, without a gap, and not in drops.

    What it returns raises `HTTPException` with status 408.
    """
    loop = asyncio.get_running_loop()
    begun = loop.time()
    size, done = 0, False

    async def received() -> Message:
        nonlocal size, done
        if done:  # only the end of the connection is left to wait for
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), min(GAP, begun + most - loop.time()))
        except TimeoutError as error:
            raise HTTPException(408, "the body took too long") from error
        size += len(message.get("body", b""))
        done = not message.get("more_body", False)
        spent = loop.time() - begun
        if not done and spent > GAP and size < _RATE * spent:
            raise HTTPException(408, "the body comes too slowly")
        return message

    return received
