"""SparseMixConfig rejects contradictions and survives JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from sparsemix import ConfigError, SparseMixConfig


@pytest.mark.parametrize(
    "change",
    [
        {"layers": 0},
        {"heads": -1},
        {"attention": "linear"},
        {"event_threshold": 1.5},
        {"near_misses": -1},
        {"features": 0},
        {"attended": 0.0},
    ],
)
def test_contradictions_are_refused(change: dict) -> None:
    with pytest.raises(ConfigError, match=next(iter(change))):
        SparseMixConfig(**change)


def test_json_gives_the_configuration_back_under_the_same_hash() -> None:
    config = SparseMixConfig(layers=3, event_threshold=0.35)
    again = SparseMixConfig.from_json(config.to_json())
    assert again == config
    assert again.sha256 == config.sha256 != SparseMixConfig().sha256


def test_what_came_later_is_not_in_the_json_of_what_does_without_it() -> None:
    assert "attended" not in SparseMixConfig().to_json()
    bounded = SparseMixConfig(attended=0.1)
    assert SparseMixConfig.from_json(bounded.to_json()) == bounded and bounded.sha256 != SparseMixConfig().sha256


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", "null"),
        *(json.dumps({**asdict(SparseMixConfig()), **other}) for other in ({"more": 1}, {"features": "4096"}, {"scales": 5})),
    ],
)
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        SparseMixConfig.from_json(text)
