"""A decision run again agrees with the dense reference over all pairs, whatever was changed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sparsemix import ConfigError, ExplanationError, RunCancelled, SparseMixConfig, SparseMixModel, TraceError
from sparsemix.explain import passes
from sparsemix.explain import rerun as reruns
from sparsemix.explain.effects import pair_effects
from sparsemix.explain.intervention import Intervention, Pair
from sparsemix.explain.layer_state import LayerState
from sparsemix.explain.rerun import Rerun
from sparsemix.incidents.pair_causes import pair_causes
from tests.support.paths import WEIGHTS as SHIPPED
from tests.support.properties import examples
from tests.support.sparsemix.explanations import dense_logits
from tests.support.sparsemix.small_models import SMALL, plant_sequence, small_model

EVENTS = 61
MODEL = small_model(config=SparseMixConfig(features=256, d_model=16, layers=3, heads=2, d_head=8, d_ff=16))
SEQUENCE = plant_sequence(EVENTS)
TRACE = MODEL.run_with_trace(SEQUENCE).trace
RERUN = Rerun(MODEL, SEQUENCE, TRACE)

events = st.integers(0, EVENTS - 1)
pairs = st.builds(Pair, st.integers(0, 2), st.integers(0, 1), events, events)


@st.composite
def interventions(draw: st.DrawFn) -> Intervention:
    """Selected and unselected pairs, events, in any mixture."""
    removed = draw(st.frozensets(pairs, max_size=4))
    for layer, head, selection in TRACE:
        for place in draw(st.lists(st.integers(0, len(selection.key_index) - 1), max_size=1)):
            removed |= {Pair(layer, head, int(selection.query_index[place]), int(selection.key_index[place]))}
    forced = draw(st.frozensets(pairs, max_size=3)) - removed
    absent, neutral = draw(st.frozensets(events, max_size=2)), draw(st.frozensets(events, max_size=2))
    # What is forced in and absent at once contradicts itself; the reference would have to choose.
    forced = frozenset(p for p in forced if p.key not in absent)
    return Intervention(removed, forced, absent, neutral, draw(st.booleans()))


def test_the_run_itself_is_what_the_dense_reference_gives() -> None:
    assert np.abs(RERUN.logits - dense_logits(MODEL, SEQUENCE, Intervention())).max() < 1e-10


def test_the_layers_of_the_run_are_those_of_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    run = MODEL.run_with_trace(SEQUENCE, keep_layers=True)
    assert MODEL.run_with_trace(SEQUENCE).layers is None
    monkeypatch.setattr(type(MODEL.network.stack[0]), "projected", lambda *_: pytest.fail("the run has done it"))
    rerun = Rerun(MODEL, SEQUENCE, run.trace, layers=run.layers)
    assert np.abs(rerun.logits - RERUN.logits).max() < 1e-12
    for kept, computed in zip(rerun.layers, RERUN.layers, strict=True):
        assert (kept.x - computed.x).abs().max() < 1e-12
        assert (kept.tau - computed.tau).abs().max() < 1e-12


@pytest.mark.deep
@pytest.mark.parametrize(("many", "strongest"), [(0, 8.0), (1000, 8.0), (1000, 0.5)])
@examples(150)
@given(change=interventions())
def test_every_intervention_agrees_with_brute_force(many: int, strongest: float, change: Intervention) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passes, "_MANY_ROWS", many)
        # Too few of them are remembered: every key has to be looked at.
        patch.setattr(reruns, "_STRONGEST", strongest)
        patch.setattr(RERUN, "_strongest", {})
        found = RERUN(change).logits(RERUN.logits)
        wanted = dense_logits(MODEL, SEQUENCE, change, TRACE)
        assert np.abs(found - wanted).max() < 1e-9
        target = next((p.query for p in change.pairs), 30)
        assert RERUN(change, target).of(target, RERUN.logits) == pytest.approx(wanted[target], abs=1e-9)


@examples(30)
@given(data=st.data(), strongest=st.sampled_from((8.0, 0.5)))
def test_many_interventions_at_once_agree_with_brute_force(data: st.DataObject, strongest: float) -> None:
    model = small_model()
    trace = model.run_with_trace(SEQUENCE).trace
    either = st.builds(Pair, st.integers(0, 1), st.integers(0, model.config.heads - 1), events, events)
    changes = []
    for _ in range(data.draw(st.integers(1, 5))):
        selection = trace.heads[layer := data.draw(st.integers(0, 1))][head := data.draw(st.integers(0, 1))]
        query = data.draw(events)
        own = {Pair(layer, head, query, key) for key in selection.key_index[selection.pairs_of(query)].tolist()}
        forced = data.draw(st.frozensets(either, max_size=2)) - own
        changes.append(Intervention(frozenset(own), forced, frozen=data.draw(st.booleans())))
    asked = [(change, target) for change in changes for target in data.draw(st.lists(events, min_size=1, max_size=3))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reruns, "_STRONGEST", strongest)
        found = Rerun(model, SEQUENCE, trace).logits_under(asked)
    wanted = [dense_logits(model, SEQUENCE, change, trace)[target] for change, target in asked]
    assert found == pytest.approx(wanted, abs=1e-9)


@examples(50)
@given(change=interventions())
def test_an_edited_row_selects_the_same_however_many_rows_are_computed(change: Intervention) -> None:
    few = RERUN(change)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passes, "_MANY_ROWS", 0)
        many = RERUN(change)
    for pair in change.pairs:
        (keys, weights), (others, their_weights) = (
            outcome.selected(TRACE, pair.layer, pair.head, pair.query) for outcome in (few, many)
        )
        assert keys.tolist() == others.tolist()
        assert weights == pytest.approx(their_weights, abs=1e-9)
        assert pair not in change.removed or pair.key not in others


@pytest.mark.deep
def test_the_shipped_weights_agree_too() -> None:
    model, sequence = SparseMixModel.load(SHIPPED), plant_sequence(777, seed=5)
    run = model.run_with_trace(sequence)
    rerun, rng = Rerun(model, sequence, run.trace), np.random.default_rng(0)
    moved = 0.0
    for _ in range(12):
        layer, head = int(rng.integers(2)), int(rng.integers(4))
        selection = run.trace.heads[layer][head]
        place = int(rng.integers(len(selection.key_index)))
        pair = Pair(layer, head, int(selection.query_index[place]), int(selection.key_index[place]))
        change = Intervention.without([pair])
        wanted = dense_logits(model, sequence, change)
        assert np.abs(rerun(change).logits(rerun.logits) - wanted).max() < 1e-9
        moved = max(moved, float(np.abs(wanted - rerun.logits).max()))
    assert moved > 1e-3


def test_what_comes_in_is_told() -> None:
    selection = TRACE.heads[0][1]
    query = int(np.argmax(np.diff(selection.query_ptr)))
    key = int(selection.key_index[selection.pairs_of(query)][0])
    outcome = RERUN(Intervention.without([Pair(0, 1, query, key)]))
    keys, weights = outcome.selected(TRACE, 0, 1, query)
    assert key not in keys
    assert 0.0 < weights.sum() <= 1.0 + 1e-9
    untouched, _ = outcome.selected(TRACE, 0, 0, (query + 7) % EVENTS)
    logged = TRACE.heads[0][0]
    assert untouched.tolist() == logged.key_index[logged.pairs_of((query + 7) % EVENTS)].tolist()


def test_a_forced_pair_is_selected() -> None:
    selection = TRACE.heads[0][0]
    selected = selection.key_index[selection.pairs_of(40)].tolist()
    key = next(k for k in range(EVENTS) if k not in selected)
    keys, _ = RERUN(Intervention(forced=frozenset([Pair(0, 0, 40, key)]))).selected(TRACE, 0, 0, 40)
    assert key in keys


def test_the_same_intervention_gives_the_same_bits() -> None:
    change = Intervention(neutral=frozenset((3, 9)), absent=frozenset((20,)))
    assert RERUN(change).logit.tobytes() == RERUN(change).logit.tobytes()


def test_a_layer_before_the_first_change_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    target, computed, compute = 40, [], passes.Pass._few
    selection = TRACE.heads[2][0]
    pair = Pair(2, 0, target, int(selection.key_index[selection.pairs_of(target)][0]))

    def counted(one: passes.Pass, index: int, state: object, rows: np.ndarray, *parts: object) -> object:
        computed.append((index, len(rows)))
        return compute(one, index, state, rows, *parts)  # type: ignore[arg-type]

    monkeypatch.setattr(passes.Pass, "_few", counted)
    monkeypatch.setattr(type(MODEL.network.stack[0]), "projected", lambda *_: pytest.fail("no event changed"))
    RERUN(Intervention.without([pair]), target)
    assert computed == [(0, 0), (1, 0), (2, 1)]


def test_causes_and_effects_compute_a_change_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rerun, runs, run = Rerun(MODEL, SEQUENCE, TRACE), [], passes.Pass.run

    def counted(one: passes.Pass, *changed: object) -> object:
        runs.extend(one.changes)
        return run(one, *changed)  # type: ignore[arg-type]

    monkeypatch.setattr(passes.Pass, "run", counted)
    nobody = np.zeros(EVENTS, np.int64)
    (causes,) = pair_causes(rerun, [40], nobody)
    assert runs and not any(change.frozen for change in runs)
    effects = {effect.edge.key: effect.effect.effect for effect in pair_effects(rerun, 40) if effect.edge.query == 40}
    assert len(runs) == len(set(runs))
    asked = len(runs)
    assert pair_causes(rerun, [40], nobody) == [causes]
    assert len(runs) == asked
    assert all(cause.effect == effects[cause.event] for cause in causes)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (Intervention(absent=frozenset((EVENTS,))), "no event 61"),
        (Intervention(neutral=frozenset((-1,))), "no event -1"),
        (Intervention.without([Pair(3, 0, 0, 0)]), "no layer 4"),
        (Intervention.without([Pair(0, 2, 0, 0)]), "head 3"),
        (Intervention.without([Pair(0, 0, 0, EVENTS)]), "no event 61"),
        (Intervention(frozenset([Pair(0, 0, 1, 1)]), frozenset([Pair(0, 0, 1, 1)])), "at once"),
    ],
)
def test_interventions_on_what_is_not_there_are_refused(change: Intervention, word: str) -> None:
    with pytest.raises(ExplanationError, match=word):
        RERUN(change)


def test_other_weights_and_other_sequences_are_refused() -> None:
    with pytest.raises(TraceError, match="load the weights that made the trace"):
        Rerun(small_model(), SEQUENCE, TRACE)
    with pytest.raises(TraceError, match="trace is of"):
        Rerun(MODEL, plant_sequence(EVENTS + 1), TRACE)
    twin = small_model(config=SparseMixConfig(features=256, d_model=16, heads=2, d_head=8, d_ff=16, attention="softmax"))
    with pytest.raises(ConfigError, match="softmax"):
        Rerun(twin, SEQUENCE, TRACE)


def test_weights_that_give_no_finite_value_are_refused() -> None:
    model = small_model()
    trace = model.run_with_trace(SEQUENCE).trace
    with torch.no_grad():
        model.network.head.weight.fill_(torch.inf)
    with pytest.raises(ExplanationError, match="not finite"):
        Rerun(model, SEQUENCE, trace)


def test_a_step_can_stop_the_work() -> None:
    model = small_model(config=SMALL)
    trace = model.run_with_trace(SEQUENCE).trace
    calls = 0

    def step() -> None:
        nonlocal calls
        calls += 1
        if calls > 3:
            raise RunCancelled("stopped")

    rerun = Rerun(model, SEQUENCE, trace, step)
    with pytest.raises(RunCancelled):
        for event in range(EVENTS):
            rerun(Intervention(absent=frozenset((event,))))


def test_a_query_that_moved_far_looks_at_every_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its strongest keys of the run may be none of those that it selects now."""

    def moved() -> list[float]:
        rerun = Rerun(MODEL, SEQUENCE, TRACE)
        return [rerun.alone(event, rerun.embedded[[(7 * event) % EVENTS]])[0] for event in range(EVENTS)]

    looks, nearest = list[float](), LayerState.nearest

    def counted(state: LayerState, query: torch.Tensor, event: np.ndarray, within: float, *never: np.ndarray) -> object:
        looks.append(within)
        return nearest(state, query, event, within, *never)

    monkeypatch.setattr(LayerState, "nearest", counted)
    monkeypatch.setattr(reruns, "_STRONGEST", 2.5)
    found, few = moved(), looks.count(passes._IN_REACH)
    looks.clear()
    # None of the run's keys is known to suffice.
    monkeypatch.setattr(reruns, "_STRONGEST", -1.0)
    assert np.abs(np.array(found) - moved()).max() < 1e-10
    assert 0 < few < looks.count(passes._IN_REACH)
