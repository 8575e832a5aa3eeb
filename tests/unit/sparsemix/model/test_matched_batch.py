"""Parts of a batch whose events are matched: each has the logits of its rows in the whole, wherever its keys are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding.encoder import encode
from sparsemix.errors import ConfigError
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.network import Network
from sparsemix.training.own_data.batches import Drawing, Source
from sparsemix.training.own_data.plan import Plan
from tests.support.properties import examples
from tests.support.sparsemix.matched_models import MATCHED, matched_data, matched_model

SOURCES = [Source.of(item, MATCHED.features, MATCHED.judge.reading) for item in matched_data(3, events=150).items]
SLICES = st.builds(slice, st.integers(0, 6), st.one_of(st.none(), st.integers(1, 9)), st.integers(1, 3))


def network() -> Network:
    return matched_model(config=replace(MATCHED, layers=2)).network.double()


def drawn(seed: int, longest: int, span: int) -> tuple[EventBatch, torch.Tensor]:
    plan = Plan(task="label", events=256, longest=longest, span=span)
    found = Drawing(SOURCES, "label", plan).draw(1.0, np.random.default_rng(seed))
    return found.batch, found.valid


@examples(60)
@given(st.integers(0, 10_000), st.sampled_from([16, 40, 64]), st.sampled_from([16, 64, 2048]), SLICES)
def test_a_part_has_the_logits_of_its_rows_in_the_whole(seed: int, longest: int, span: int, share: slice) -> None:
    (batch, valid), made = drawn(seed, longest, span), network()
    with torch.no_grad():
        whole, _ = made(batch, valid=valid)
        if not len(valid[share]):
            return
        part, _ = made(batch.part(share), valid=valid[share])
    assert part.shape == whole[share].shape
    real = valid[share]
    torch.testing.assert_close(part[real], whole[share][real], rtol=0, atol=1e-11)


@examples(30)
@given(st.integers(0, 10_000), st.sampled_from([16, 40]), SLICES, SLICES)
def test_a_part_of_a_part_is_a_part(seed: int, longest: int, one: slice, other: slice) -> None:
    (batch, _), made = drawn(seed, longest, 2048), network()
    places = np.arange(batch.shape[0])[one][other]
    if not len(places):
        return
    with torch.no_grad():
        whole = made.attended(batch)[0]
        part = made.attended(batch.part(one).part(other))[0]
    torch.testing.assert_close(part, whole[torch.from_numpy(places)], rtol=0, atol=1e-11)


@examples(30)
@given(st.integers(0, 10_000), SLICES)
def test_features_of_a_part_are_scaled_as_those_of_the_whole(seed: int, share: slice) -> None:
    (batch, valid), made = drawn(seed, 40, 2048), network()
    if not len(valid[share]):
        return
    factor = torch.from_numpy(np.random.default_rng(seed).random(batch.features)).float()
    with torch.no_grad():
        scaled = batch.scaled(factor)
        whole, part = made.attended(scaled)[0], made.attended(scaled.part(share))[0]
    torch.testing.assert_close(part, whole[share], rtol=0, atol=1e-11)


def test_windows_of_whole_sequences_have_no_events_beside_them() -> None:
    short = [Source.of(item, MATCHED.features, MATCHED.judge.reading) for item in matched_data(2, events=40).items]
    batch = Drawing(short, "label", Plan(task="label", events=128, longest=64)).draw(1.0, np.random.default_rng(0)).batch
    assert batch.beside is not None and batch.beside.shape == (1, 0)
    x, _ = network().attended(batch)
    assert x.shape[:2] == batch.shape and bool(x.isfinite().all())


def test_the_share_of_everything_is_the_batch_itself() -> None:
    batch, _ = drawn(0, 40, 2048)
    assert batch.part(slice(None)) is batch


def test_sequences_are_matched_one_at_a_time() -> None:
    hashed = encode(SOURCES[0].events, MATCHED.features, MATCHED.judge.reading)
    with pytest.raises(ConfigError, match="one sequence at a time"):
        EventBatch.of([hashed, hashed])
