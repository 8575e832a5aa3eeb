"""Going on from weights that match identifiers: their types stay, and the span is that of the new data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from sparsemix.dataset import Item, read_dataset
from sparsemix.encoding.encoder import PLAIN, EventReading
from sparsemix.errors import ConfigError
from sparsemix.training.own_data import Plan, learn, learning
from sparsemix.training.own_data.plan import NO_MATCHING, matching_on
from tests.integration.sparsemix.training.test_learning import lots
from tests.support.sparsemix.matched_models import MATCHED, matched_data, matched_model

PLAN = Plan(task="label", steps=4, events=256, longest=64)


def as_wholes(item: Item) -> Item:
    return replace(item, label="fault" if "fault" in (item.steps or ()) else "ok", steps=None)


def test_types_stay_and_the_span_is_measured() -> None:
    items = matched_data(6, events=300).items
    found = matching_on(items, MATCHED.judge.reading, "label", PLAN)
    assert found.types == MATCHED.judge.entities
    assert found.span == 1024 and 0 < found.most <= 300 and 0.0 < found.shared <= 1.0
    # A unit's name comes back all the time; only lots and orders say how far an order spans.
    far = replace(MATCHED.judge.entities[2], nearest=2), *MATCHED.judge.entities[:2]
    assert matching_on(items, EventReading(entities=far), "label", PLAN).most <= found.most
    assert matching_on(items, MATCHED.judge.reading, "label", replace(PLAN, span=4096)).span == 4096
    assert matching_on(items, PLAIN, "label", PLAN) == replace(NO_MATCHING, why_not="weights")
    assert matching_on(items, PLAIN, "label", replace(PLAN, span=0)) == NO_MATCHING
    nothing = replace(MATCHED.judge.entities[0], places=("nowhere #",))
    assert matching_on(items, EventReading(entities=(nothing,)), "label", PLAN).span == 1024


def test_without_labels_of_events_nothing_can_go_on(tmp_path: Path) -> None:
    items = matched_data(4).items
    wholes = [as_wholes(item) for item in items]
    for given, task, plan in ((wholes, "label", PLAN), (items, "novelty", PLAN), (items, "label", replace(PLAN, span=0))):
        with pytest.raises(ConfigError, match="match events by identifiers"):
            matching_on(given, MATCHED.judge.reading, task, plan)
    with pytest.raises(ConfigError, match="match events by identifiers"):
        learn(read_dataset(lots(tmp_path)), PLAN, initial=matched_model())


def test_weights_with_identifiers_are_learned_on(monkeypatch: pytest.MonkeyPatch) -> None:
    model, spans = matched_model(), []
    plain = learning.fit

    def fit(*given: object) -> object:
        spans.append(given[4].span)
        return plain(*given)

    monkeypatch.setattr(learning, "fit", fit)
    learned = learn(matched_data(12), PLAN, initial=model).model
    assert spans == [1024]
    assert replace(learned.judge, located=True, around=(), selected=()) == model.judge
    assert learned.judge.selected and learned.judge.around
    for name in ("heads", "d_model", "features"):
        assert getattr(learned.config, name) == getattr(model.config, name), name
    ours, theirs = (one.network.stack[0].attention.state_dict() for one in (learned, model))
    assert ours.keys() == theirs.keys() and "gate" in ours
    assert not torch.equal(ours["gate"], theirs["gate"]) and torch.allclose(ours["gate"], theirs["gate"].double(), atol=0.1)
