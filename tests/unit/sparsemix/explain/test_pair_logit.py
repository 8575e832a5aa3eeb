"""A pair's logit taken apart: the parts add up, and the alternatives are the nearest there are."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sparsemix import ExplanationError
from sparsemix.encoding.encoder import PLAIN, encode, event_features
from sparsemix.explain.attribution import edges
from sparsemix.explain.intervention import Pair
from sparsemix.explain.pair_logit import why
from sparsemix.explain.rerun import Rerun
from tests.support.sparsemix.small_models import plant_sequence, small_model

MODEL = small_model()
SEQUENCE = plant_sequence(90)
TRACE = MODEL.run_with_trace(SEQUENCE).trace
RERUN = Rerun(MODEL, SEQUENCE, TRACE)


def some_pairs() -> list[Pair]:
    """Selected ones of both layers, near misses, and ones far from selection, earlier and later keys."""
    rng = np.random.default_rng(0)
    found = [edge.pairs[-1] for target in (20, 70) for edge in edges(TRACE, target)[:4]]
    for layer, head, selection in TRACE:
        if len(selection.near_index):
            place = len(selection.near_index) // 2
            query = int(np.searchsorted(selection.near_ptr, place, side="right")) - 1
            found.append(Pair(layer, head, query, int(selection.near_index[place])))
        found.append(Pair(layer, head, int(rng.integers(90)), int(rng.integers(90))))
    return found


@pytest.mark.parametrize("pair", some_pairs(), ids=str)
def test_the_logit_is_the_sum_of_its_parts(pair: Pair) -> None:
    found = why(RERUN, pair)
    bias = MODEL.network.stack[pair.layer].attention.bias(pair.head)
    log = math.log1p(abs(pair.key - pair.query))
    later = pair.key > pair.query
    assert found.distance == pytest.approx(-(bias.future if later else bias.past) * log)
    assert found.direction == (bias.future_offset if later else 0.0)
    assert found.content + found.distance + found.direction == pytest.approx(found.logit, abs=1e-9)
    assert sum(part.value for part in found.key_parts) == pytest.approx(found.content, rel=1e-6, abs=1e-6)
    assert sum(part.value for part in found.query_parts) == pytest.approx(found.content, rel=1e-6, abs=1e-6)
    sizes = [abs(part.value) for part in found.key_parts]
    assert sizes == sorted(sizes, reverse=True)
    kinds = {part.kind for part in found.key_parts}
    assert kinds == ({"feature"} if pair.layer == 0 else {"feature", "read", "anchor", "feed-forward"}) or "read" not in kinds


@pytest.mark.parametrize("pair", some_pairs(), ids=str)
def test_weight_and_state_are_those_of_the_trace(pair: Pair) -> None:
    found, head = why(RERUN, pair), TRACE.heads[pair.layer][pair.head]
    part = head.pairs_of(pair.query)
    keys = head.key_index[part].tolist()
    if pair.key in keys:
        assert found.state == "selected"
        assert found.weight == pytest.approx(float(head.weight[part][keys.index(pair.key)]), abs=2e-3)
        assert found.margin > 0
    else:
        near = pair.key in head.near_index[head.near_of(pair.query)].tolist()
        assert found.state == ("near miss" if near else "not selected")
        assert found.weight == 0.0
    assert {one.key for one in found.selected} == set(keys) - {pair.key}
    assert all(one.margin > 0 for one in found.selected)


def test_the_rejected_are_the_nearest_there_are() -> None:
    pair = edges(TRACE, 70)[0].pairs[0]
    found = why(RERUN, pair, nearest=5)
    logits, _ = RERUN.row_logits(pair.layer, pair.head, pair.query)
    head = TRACE.heads[pair.layer][pair.head]
    selected = set(head.key_index[head.pairs_of(pair.query)].tolist())
    wanted = sorted((key for key in range(90) if key not in selected), key=lambda key: -float(logits[key]))[:5]
    assert [one.key for one in found.rejected] == wanted
    assert all(one.margin <= 1e-9 for one in found.rejected)


def test_an_events_features_are_its_row() -> None:
    names, hashed = event_features(SEQUENCE.events, 33, 256, PLAIN, [])
    whole = encode(SEQUENCE.events, 256)
    row = np.zeros(256)
    np.add.at(row, hashed.bucket, hashed.value)
    wanted = np.zeros(256)
    part = slice(whole.pointer[33], whole.pointer[34])
    wanted[whole.bucket[part]] = whole.value[part]
    assert len(names) == len(hashed)
    assert np.abs(row - wanted).max() < 1e-6


def test_pairs_that_are_not_there_are_refused() -> None:
    with pytest.raises(ExplanationError, match="no event 90"):
        why(RERUN, Pair(0, 0, 0, 90))
    with pytest.raises(ExplanationError, match="no layer 5"):
        why(RERUN, Pair(4, 0, 0, 0))
