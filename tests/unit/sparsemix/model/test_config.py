"""SparseMixConfig rejects contradictions and survives JSON."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest

from sparsemix import ConfigError, SparseMixConfig
from sparsemix.encoding.entities import EntityType
from sparsemix.encoding.scales import Scale
from sparsemix.judges import AnyLog, Judges, Labelled, NormalCourse


@pytest.mark.parametrize(
    "change",
    [
        {"layers": 0},
        {"heads": -1},
        {"attention": "linear"},
        {"event_threshold": 1.5},
        {"near_misses": -1},
        {"features": 0},
    ],
)
def test_contradictions_are_refused(change: dict) -> None:
    with pytest.raises(ConfigError, match=next(iter(change))):
        SparseMixConfig(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"task": "magic"},
        {"pooling": "odd"},
        {"context": 0},
        {"evidence": True},
        {"classes": ["one"]},
        {"classes": "ab"},
        {"scales": 5},
        {"entities": [{"places": [], "nearest": 3}]},
        {"kinds": 3},
        {"of_file": True, "context": 2},
        {"task": "novelty"},
        {"task": "novelty", "forecast": True},
        {"task": "novelty", "kinds": 3, "evidence": True, "pooling": "soft"},
        {"task": "novelty", "kinds": 3, "terms": True, "pooling": "median"},
        {"task": "novelty", "kinds": 3, "attended": 0.0},
        {"task": "novelty", "kinds": 3, "false_alarms": 2.0},
        {"task": "novelty", "kinds": "3"},
    ],
    ids=str,
)
def test_what_does_not_go_together_is_refused(change: dict) -> None:
    with pytest.raises(ConfigError):
        SparseMixConfig.from_json(json.dumps(json.loads(SparseMixConfig().to_json()) | change))


def test_json_gives_the_configuration_back_under_the_same_hash() -> None:
    config = SparseMixConfig(layers=3, event_threshold=0.35)
    again = SparseMixConfig.from_json(config.to_json())
    assert again == config
    assert again.sha256 == config.sha256 != SparseMixConfig().sha256


SCALE = Scale("torque", (0.0, 1.0), 0.5, 1.0, (0.5,), 2.0)


@pytest.mark.parametrize(
    ("judge", "said"),
    [
        (Labelled(), {}),
        (Labelled(2, (SCALE,), "soft", ("jam", "leak"), located=False, evidence=True), {"context": 2, "located": False}),
        (Labelled(entities=(EntityType(("lot #",), 4),)), {"entities": [{"nearest": 4, "places": ["lot #"]}]}),
        (NormalCourse(kinds=3, terms=True, false_alarms=0.01), {"task": "novelty", "kinds": 3}),
        (NormalCourse(1, (SCALE,), "median", forecast=True, attended=0.1), {"forecast": True, "attended": 0.1}),
        (AnyLog((EntityType(("same kind",)),)), {"of_file": True}),
    ],
    ids=str,
)
def test_the_json_says_what_a_judge_differs_in_and_chooses_it(judge: Judges, said: dict) -> None:
    config = SparseMixConfig(judge=judge)
    assert SparseMixConfig.from_json(config.to_json()) == config
    values = json.loads(config.to_json())
    assert {name: values[name] for name in said} == said
    assert len(values) == 12 + sum(getattr(judge, one.name) != one.default for one in fields(judge)) + len(judge.chosen_by)


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", "null"),
        *(json.dumps({**json.loads(SparseMixConfig().to_json()), **other}) for other in ({"more": 1}, {"features": "4096"})),
    ],
)
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        SparseMixConfig.from_json(text)
