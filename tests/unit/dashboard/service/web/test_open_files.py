"""Open files: requests and streams fit into the limit."""

from __future__ import annotations

import resource

import pytest

from dashboard.service.web import open_files
from dashboard.service.web.open_files import places, raise_limit


@pytest.mark.parametrize("files", [1_024, 2_048, 4_096])
def test_all_fits_into_the_limit(files: int) -> None:
    found = places(files)
    kept = open_files._KEPT * open_files._OF_SESSION + open_files._RECORD
    assert found.requests + found.streams * 5 + kept <= files
    assert found.streams >= 40 and found.requests >= 200
    assert places(1_000_000) == places(4_096)


def test_a_small_limit_leaves_some() -> None:
    assert places(256).streams > 0


@pytest.mark.parametrize(("limit", "given", "left"), [((1_024, 2_048), 2_048, 2_048), ((8_192, 8_192), 8_192, None)])
def test_the_limit_is_raised_but_never_lowered(
    monkeypatch: pytest.MonkeyPatch, limit: tuple[int, int], given: int, left: int | None
) -> None:
    to: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limit)
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: to.append(pair))
    assert raise_limit() == given
    assert to == ([] if left is None else [(left, limit[1])])
