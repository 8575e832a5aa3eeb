"""Profiles of runs: what they count, that they come back from JSON as they were, and that merging is fair."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sparsemix import SparseMixConfig, SparseMixModel, TokenSequence, TraceError, read_bytes
from sparsemix.model.network import Network
from sparsemix.model.run import Run
from sparsemix.model.template_pairs import template_pairs
from sparsemix.monitoring.drift import SelectionProfile, profile_of
from sparsemix.monitoring.drift.profile import MARKS, MOST_NAMED, PLACES, VECTORS, kind_hash, packed, unpacked
from tests.support.properties import examples

WORDS = ("pump on", "pump off", "valve 3 shut", "pressure=4.5 bar", "温度 25 度", "login ok")


def small_model() -> SparseMixModel:
    config = SparseMixConfig(features=64, d_model=8, heads=2, d_head=4, d_ff=8)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return SparseMixModel(Network(config), np.array([1], np.uint32), torch.randn(config.d_model))


MODEL = small_model()


def ran(words: list[str]) -> tuple[TokenSequence, Run]:
    lines = [f"2026-03-02T10:00:{i % 60:02d}Z INFO ST01 PLC {word}" for i, word in enumerate(words)]
    sequence = read_bytes(("\n".join(lines) + "\n").encode(), "x.log")
    return sequence, MODEL.run_with_trace(sequence)


logs = st.lists(st.sampled_from(WORDS), min_size=4, max_size=40)


@examples(40)
@given(words=logs)
def test_shares_and_marks_are_those_of_the_selected_pairs(words: list[str]) -> None:
    sequence, run = ran(words)
    profile = profile_of(sequence, run)
    table = template_pairs(sequence, run.trace)
    assert (profile.runs, profile.events) == (1, len(words))
    assert profile.pairs == sum(run.trace.pair_count(layer) for layer in range(len(run.trace.heads)))
    assert set(profile.vectors) == set(VECTORS)
    assert profile.vectors["kinds"].shape == (PLACES,)
    total = 1.0 if table.num_rows else 0.0
    assert profile.vectors["kinds"].sum() == pytest.approx(total, abs=1e-3)
    assert len(profile.named) == min(MOST_NAMED, table.num_rows)
    assert all(one.share >= next_one.share for one, next_one in pairwise(profile.named))
    for effect, cause in zip(table.column("query").to_pylist(), table.column("key").to_pylist(), strict=True):
        assert profile.may_have(effect, cause)
    assert profile.marks.sum() <= table.num_rows
    for name in ("anchor", "certified", "known"):
        assert ((profile.vectors[name] >= 0) & (profile.vectors[name] <= 1)).all()
    assert (np.diff(profile.vectors["margins"].reshape(-1, 3), axis=1) >= 0).all()


@examples(30)
@given(words=logs)
def test_a_profile_comes_back_from_json_bit_for_bit_and_is_small(words: list[str]) -> None:
    profile = profile_of(*ran(words))
    text = json.dumps(profile.payload())
    again = SelectionProfile.from_payload(json.loads(text))
    assert len(text) < 20_000
    assert json.dumps(again.payload()) == text
    assert all(np.array_equal(again.vectors[name], profile.vectors[name]) for name in VECTORS)
    assert np.array_equal(again.marks, profile.marks)
    assert again.named == profile.named


@examples(30)
@given(several=st.lists(logs, min_size=1, max_size=4))
def test_merging_counts_every_run_the_same_in_any_order(several: list[list[str]]) -> None:
    profiles = [profile_of(*ran(words)) for words in several]
    whole = SelectionProfile.merged(profiles)
    assert whole.runs == len(profiles)
    assert whole.events == sum(one.events for one in profiles)
    assert np.array_equal(whole.marks, np.logical_or.reduce([one.marks for one in profiles]))
    steps = SelectionProfile.merged([SelectionProfile.merged(profiles[:1]), *profiles[1:]])
    turned = SelectionProfile.merged(profiles[::-1])
    for name in VECTORS:
        mean = np.mean([one.vectors[name] for one in profiles], axis=0)
        for found in (whole, steps, turned):
            assert np.allclose(found.vectors[name], mean, rtol=1e-9, atol=1e-12)
    assert {(kind.effect, kind.cause) for kind in whole.named[:3]} == {(kind.effect, kind.cause) for kind in turned.named[:3]}


def test_profiles_of_other_networks_are_not_merged() -> None:
    profile = profile_of(*ran(list(WORDS)))
    other = replace(profile, vectors={**profile.vectors, "anchor": np.zeros(7)})
    with pytest.raises(TraceError, match="different networks"):
        SelectionProfile.merged([profile, other])
    with pytest.raises(TraceError):
        SelectionProfile.merged([])


def test_a_kind_that_was_never_selected_is_told_from_those_that_were() -> None:
    profile = profile_of(*ran(list(WORDS)))
    never = [(f"effect {i}", "cause") for i in range(200)]
    assert sum(profile.may_have(*kind) for kind in never) < 5  # a mark may be shared
    assert kind_hash("a", "b") != kind_hash("b", "a")


@examples(50)
@given(places=st.sets(st.integers(0, MARKS - 1), max_size=300))
def test_marks_are_packed_and_unpacked(places: set[int]) -> None:
    marks = np.zeros(MARKS, np.bool_)
    marks[list(places)] = True
    assert np.array_equal(unpacked(packed(marks)), marks)


def _spoilt(**changes: object) -> dict[str, object]:
    return {**profile_of(*ran(list(WORDS))).payload(), **changes}


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        [],
        _spoilt(marks="!"),
        _spoilt(marks="AAAA"),
        _spoilt(marks=packed(np.zeros(MARKS * 64, np.bool_))),
        _spoilt(vectors={}),
        _spoilt(vectors={name: ["x"] for name in VECTORS}),
        _spoilt(vectors={name: [float("nan")] * PLACES for name in VECTORS}),
        _spoilt(named=[[0, 999, 0.5]]),
        _spoilt(templates=[1, 2]),
    ],
)
def test_what_is_no_profile_is_refused(payload: object) -> None:
    with pytest.raises(TraceError):
        SelectionProfile.from_payload(payload)
