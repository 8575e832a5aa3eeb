"""Scores and controls: a ranking that knows the truth scores best, one that knows nothing scores like its control."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sparsemix import ConfigError, ExplanationError, RunCancelled
from sparsemix.explain.attribution import Attribution, EventPair, rollout
from sparsemix.explain.effects import Effect, PairEffect, sigmoid
from sparsemix.explain.explanation import agreement, as_json, default_target, event_of_line, explain
from sparsemix.explain.faithfulness import CONTROLS, Presence, control_ranking, score
from sparsemix.explain.integrated import FROZEN, integrated_gradients
from sparsemix.explain.intervention import Intervention, Pair
from sparsemix.explain.methods import METHODS, attribute
from sparsemix.explain.perturbation import feature_ablation
from sparsemix.explain.rerun import Rerun
from sparsemix.model.receptive_field import reach
from tests.benchmarks.explanation_scores import FreePresence
from tests.support.sparsemix.explanations import dense_logits
from tests.support.sparsemix.small_models import plant_sequence, small_model

MODEL = small_model()
SEQUENCE = plant_sequence(90)
RUN = MODEL.run_with_trace(SEQUENCE)
TRACE = RUN.trace
RERUN = Rerun(MODEL, SEQUENCE, TRACE)
TARGET = 70


@pytest.mark.parametrize("free", [False, True])
def test_presence_is_the_dense_run_with_neutral_events(free: bool) -> None:
    presence = (FreePresence if free else Presence)(RERUN, TARGET)
    there = np.ones((2, len(presence.events)), np.bool_)
    there[1, ::3] = False
    gone = frozenset(presence.events[~there[1]].tolist())
    wanted = dense_logits(MODEL, SEQUENCE, Intervention(neutral=gone, frozen=not free), TRACE)[TARGET]
    found = presence.logits(there)
    assert found[0] == pytest.approx(float(RERUN.logits[TARGET]), abs=1e-9)
    assert found[1] == pytest.approx(wanted, abs=1e-9)


def test_the_target_always_stays_and_events_outside_change_nothing() -> None:
    presence = Presence(RERUN, TARGET)
    outside = [event for event in range(90) if event not in presence.events]
    masks = presence.masks(outside, [0, 5], keep=False)
    assert masks.all()
    alone = presence.masks([], [0], keep=True)
    assert presence.events[alone[0]].tolist() == [TARGET]


def test_comprehensiveness_is_the_mean_over_the_shares() -> None:
    presence = Presence(RERUN, TARGET)
    ranking = integrated_gradients(RERUN, TARGET).ranking().tolist()
    others = len(ranking)
    whole = presence.of_class(np.ones((1, others + 1), np.bool_))[0]
    drops, gaps = [], []
    for share in (0.01, 0.05, 0.1, 0.2, 0.5):
        count = max(1, int(np.ceil(share * others)))
        drops.append(whole - presence.of_class(presence.masks(ranking, [count], keep=False))[0])
        gaps.append(whole - presence.of_class(presence.masks(ranking, [count], keep=True))[0])
    found = score(presence, ranking)
    assert found.comprehensiveness_logit == pytest.approx(np.mean(drops))
    assert found.sufficiency_logit == pytest.approx(np.mean(gaps))


def test_the_best_ranking_of_single_events_beats_its_reverse() -> None:
    presence = Presence(RERUN, TARGET)
    values = feature_ablation(RERUN, TARGET)
    sign = 1.0 if sigmoid(float(RERUN.logits[TARGET])) >= MODEL.config.event_threshold else -1.0
    order = [e for e in values.events[np.argsort(-sign * values.value)].tolist() if e != TARGET]
    good, bad = score(presence, order), score(presence, order[::-1])
    assert good.comprehensiveness_logit > bad.comprehensiveness_logit
    assert good.sufficiency_logit < bad.sufficiency_logit
    assert good.deletion < bad.deletion
    assert good.insertion > bad.insertion


@pytest.mark.parametrize("control", CONTROLS)
def test_controls_have_as_many_events_and_repeat(control) -> None:
    others = len(reach(TRACE, TARGET)) - 1
    found = control_ranking(TRACE, TARGET, control, seed=1)
    assert len(found) == others
    assert TARGET not in found
    assert found == control_ranking(TRACE, TARGET, control, seed=1)


def test_matched_events_lie_about_as_far() -> None:
    others = sorted(abs(TARGET - e) for e in reach(TRACE, TARGET).tolist() if e != TARGET)
    found = sorted(abs(TARGET - e) for e in control_ranking(TRACE, TARGET, "matched"))
    assert all(0.7 * far - 1 <= near <= 1.3 * far + 1 for far, near in zip(others, found, strict=True))
    nearest = control_ranking(TRACE, TARGET, "position")
    assert nearest[:3] == [69, 68, 67]


def made(key: int, effect: float, direct: float, query: int = TARGET) -> PairEffect:
    return PairEffect(EventPair(query, key, (Pair(1, 0, query, key),), 0.5), Effect(effect, direct, 0.25))


def views(first: int, second: int) -> tuple[Attribution, int, int]:
    """Integrated gradients whose strongest event is ``first``, beside the two strongest events of the rollout."""
    events = reach(TRACE, TARGET)
    value = np.where(events == first, 5.0, np.where(events == second, 3.0, 0.0)).astype(np.float32)
    weight = rollout(TRACE, TARGET).ranking().tolist()
    return Attribution(FROZEN, TARGET, events, value, 1.0, 0.0, 0.0, 50), weight[0], weight[-1]


def test_views_that_agree_disagree_or_find_nothing() -> None:
    _, top, last = views(0, 0)
    attribution, _, _ = views(top, last)
    agreed = agreement(TRACE, attribution, [made(top, 3.0, 3.0)])
    assert agreed.verdict == "agree"
    assert agreed.probability - agreed.probability_without == pytest.approx(0.25)
    said = agreed.sentence(lambda event: event + 1)
    assert f"agree on line {TARGET + 1}: line {top + 1} mattered most" in said
    assert f"goes from {agreed.probability:.1%} to {agreed.probability - 0.25:.1%}" in said
    assert agreement(TRACE, attribution, [made(last, 3.0, 3.0)]).verdict == "disagree"
    # Same event, but one has it speak for the fault and the other against it.
    assert agreement(TRACE, attribution, [made(top, -3.0, -3.0)]).verdict == "disagree"
    assert agreement(TRACE, attribution, [made(top, 0.1, 0.1)]).verdict == "alone"
    assert agreement(TRACE, attribution, []).verdict == "alone"


def test_a_substitute_is_told() -> None:
    _, top, last = views(0, 0)
    attribution, _, _ = views(top, last)
    found = agreement(TRACE, attribution, [made(top, 0.2, 6.0)])
    assert found.substitute
    assert found.verdict == "agree"
    assert "would have said the same" in found.sentence(lambda event: event + 1)


@pytest.mark.deep
def test_a_whole_explanation_is_json() -> None:
    found = explain(RERUN, TARGET, METHODS, most=5)
    assert set(found.attributions) == set(METHODS)
    assert set(found.scores) == {*METHODS, *CONTROLS}
    document = as_json(RERUN, found)
    assert document["event"] == TARGET
    assert len(document["pair_effects"]) == 5
    assert document["methods"][FROZEN]["delta"] == found.attributions[FROZEN].delta
    assert [part["pair"]["query"] for part in document["why"]] == [e.edge.query for e in found.effects[:3]]


def test_methods_and_events_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ConfigError, match="unknown method magic; choose from pair_effect"):
        explain(RERUN, TARGET, ("magic",))
    with pytest.raises(ConfigError, match="magic"):
        attribute(RERUN, TARGET, "magic")
    with pytest.raises(ExplanationError, match="no event 90"):
        explain(RERUN, 90)
    assert event_of_line(SEQUENCE, SEQUENCE.events[4].line) == 4
    with pytest.raises(ExplanationError, match="there is no line 0: events begin at lines 1 to 90"):
        event_of_line(SEQUENCE, 0)
    with pytest.raises(ExplanationError, match="no event begins at line 4"):
        event_of_line(replace(SEQUENCE, events=SEQUENCE.events[:3] + SEQUENCE.events[4:]), 4)
    assert default_target(RUN.decision) == int(np.argmax(RUN.decision.event_probability))


@pytest.mark.deep
def test_an_explanation_tells_how_far_it_is_and_can_be_stopped() -> None:
    seen: list[float] = []
    explain(RERUN, TARGET, progress=lambda share, _stage: seen.append(share))
    assert seen == sorted(seen)
    assert 0.8 < seen[-1] <= 1.0

    def stop(share: float, stage: str) -> None:
        if share > 0.5:
            raise RunCancelled(stage)

    with pytest.raises(RunCancelled):
        explain(RERUN, TARGET, progress=stop)
