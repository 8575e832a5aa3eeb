"""Bodies that come slowly are not waited for."""

from __future__ import annotations

import asyncio

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message

from dashboard.service.web import bodies
from dashboard.service.web.bodies import patient


def arriving(parts: list[bytes], pause: float, most: float = 60.0) -> list[bytes]:
    """What arrives of a body that comes in parts, with a pause before each."""

    async def run() -> list[bytes]:
        left = list(parts)

        async def receive() -> Message:
            await asyncio.sleep(pause)
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

        receive_all, found, more = patient(receive, most), [], True
        while more:
            message = await receive_all()
            found.append(message["body"])
            more = message["more_body"]
        return found

    return asyncio.run(run())


def test_a_body_that_keeps_coming_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "GAP", 0.05)
    parts = [b"x" * 1_000] * 20
    assert arriving(parts, 0.01) == parts
    assert arriving([b""], 0.0) == [b""]


@pytest.mark.parametrize(
    ("parts", "pause", "most"), [([b"x", b"y"], 0.2, 60.0), ([b"x"] * 40, 0.02, 60.0), ([b"x" * 9_000] * 40, 0.02, 0.1)]
)
def test_gaps_drops_and_bodies_without_end_are_refused(
    monkeypatch: pytest.MonkeyPatch, parts: list[bytes], pause: float, most: float
) -> None:
    monkeypatch.setattr(bodies, "GAP", 0.1)
    with pytest.raises(HTTPException) as refused:
        arriving(parts, pause, most)
    assert refused.value.status_code == 408


def test_the_end_of_a_connection_is_waited_for_as_long_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "GAP", 0.02)

    async def run() -> Message:
        left: list[Message] = [{"type": "http.request", "body": b"x"}]

        async def receive() -> Message:
            if left:
                return left.pop()
            await asyncio.sleep(0.1)
            return {"type": "http.disconnect"}

        receiving = patient(receive, 60.0)
        await receiving()
        return await receiving()

    assert asyncio.run(run()) == {"type": "http.disconnect"}
