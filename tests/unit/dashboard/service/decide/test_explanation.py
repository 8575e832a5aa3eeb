"""What explanations in the app stand on: weights, agreement when a decision is made, words and tables."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from audit import Access, DecisionRecord, NotFound
from dashboard.service.common.result_cache import ResultCache
from dashboard.service.decide import agreement, hold_policy, judging
from dashboard.service.decide.agreement import MOST, EventExplanations, ExplainedEvent, explained
from dashboard.service.decide.explanation import model_of, rerun_of, scored
from dashboard.service.decide.pipeline import analyse, load
from dashboard.texts import Texts
from dashboard.views.explanation import feature_words, part_words, recorded_agreement, score_table
from sparsemix import SparseMixModel, WeightsError, read_bytes
from sparsemix.encoding.file_statistics.statistics import CODES, NAMES
from sparsemix.explain.effects import DEFAULT_MOST, pair_effects
from sparsemix.explain.explanation import MethodAgreement, explain
from sparsemix.explain.intervention import Intervention
from sparsemix.explain.pair_logit import LogitPart
from sparsemix.explain.rerun import Rerun
from tests.support.dashboard.fixtures import LOG, build_model

AGREE = MethodAgreement("agree", 2, 0.99, 0.99, False, 0.9, 0.8, (1,), (1,), (1,))
DISAGREE = MethodAgreement("disagree", 7, 0.9, 0.4, True, 0.1, -0.5, (3, 1), (9,), (9,))
MADE = EventExplanations((ExplainedEvent(7, DISAGREE, None), ExplainedEvent(2, AGREE, None)))


def test_disagreement_is_recorded_and_holds_the_decision(
    model: SparseMixModel, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "explained", lambda *_: MADE)
    decision = access.decision(analyse(LOG, "line.log", model=model, access=access))
    assert hold_policy.DISAGREEMENT in decision.details["hold_reasons"]
    facts = decision.details["agreement"]
    assert (facts["event"], facts["line"], facts["top_line"], facts["verdict"]) == (7, 8, 4, "disagree")
    assert (facts["checked"], facts["disagreeing"]) == ([8, 3], [8])
    assert "selection, attribution and effect disagree" in decision.policy
    english = recorded_agreement(decision.details, Texts("en"))
    assert "of line 8 disagree: line 4 mattered most in one view" in english
    assert r"goes from 90\.0% to 40\.0%" in english
    assert "would have said the same" in english
    assert "Checked when the decision was made: lines 8, 3" in english
    assert "The explanations of line 8 disagree" in english
    assert "食い違って" in recorded_agreement(decision.details, Texts("ja"))


def test_decisions_without_flagged_events_rest_on_none(model: SparseMixModel) -> None:
    calm = build_model(event_threshold=1.0)
    sequence = read_bytes(LOG, "line.log")
    assert explained(calm, sequence, calm.run_with_trace(sequence)) == EventExplanations()
    wary = build_model(event_threshold=0.0)
    found = explained(wary, sequence, wary.run_with_trace(sequence))
    probability = wary.run_with_trace(sequence).decision.event_probability
    assert [view.event for view in found.events] == np.argsort(-probability, kind="stable")[:MOST].tolist()
    assert found.events[0].agreement.verdict in ("agree", "partly", "disagree", "alone")
    assert recorded_agreement({}, Texts("en")) is None


def test_what_would_change_a_decision_is_measured_by_deciding_again_without_the_pair(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement, "DEFAULT_MOST", DEFAULT_MOST)
    wary = build_model(event_threshold=0.0)
    sequence = read_bytes(LOG, "line.log")
    run = wary.run_with_trace(sequence, keep_layers=True)  # as `analyse` does: the same bits
    found = explained(wary, sequence, run)
    rerun = Rerun(wary, sequence, run.trace)
    for view in found.events:
        change = view.change
        assert change is not None
        effects = pair_effects(rerun, view.event)
        assert {(pair.query, pair.key) for pair in change.pairs} == {(change.pairs[0].query, change.pairs[0].key)}
        assert abs(view.agreement.probability - change.without) == pytest.approx(
            max(abs(one.effect.probability) for one in effects)
        )
        logits = rerun(Intervention.without(change.pairs)).logits(rerun.logits)
        assert change.without == pytest.approx(1 / (1 + np.exp(-logits[view.event])))
        label, score = wary.verdict(torch.from_numpy(logits))
        assert (change.verdict.label, change.verdict.score) == (label, pytest.approx(score))
        assert change.verdict.flagged == len(sequence)
    assert found.together is None  # all 24 events are flagged, and only three were looked at
    decision = access.decision(analyse(LOG, "line.log", model=wary, access=access))
    assert decision.details["without_pair"] == found.facts(sequence)["without_pair"]
    assert access.store.verify().ok


def test_with_few_flagged_events_all_their_pairs_are_left_out_together() -> None:
    sequence = read_bytes(LOG, "line.log")
    probability = np.sort(build_model().run_with_trace(sequence).decision.event_probability)
    wary = build_model(event_threshold=float((probability[-2] + probability[-3]) / 2))
    run = wary.run_with_trace(sequence)
    found = explained(wary, sequence, run)
    assert len(found.events) == len(run.decision.flagged) == 2
    rerun = Rerun(wary, sequence, run.trace)
    pairs = {pair for view in found.events for pair in view.change.pairs}  # type: ignore[union-attr]
    logits = torch.from_numpy(rerun(Intervention.without(pairs)).logits(rerun.logits))
    assert found.together is not None
    assert (found.together.label, found.together.score) == (wary.verdict(logits)[0], pytest.approx(wary.verdict(logits)[1]))
    assert found.together.flagged == int((logits.sigmoid() >= wary.config.event_threshold).sum())


def test_what_cannot_be_explained_stops_no_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    wary = build_model(event_threshold=0.0)
    sequence = read_bytes(LOG, "line.log")
    run = wary.run_with_trace(sequence)
    with torch.no_grad():
        wary.network.head.weight.fill_(torch.nan)
    assert explained(wary, sequence, run) == EventExplanations()
    assert agreement.Rerun is Rerun


def test_the_weights_of_a_decision_come_from_the_record(model: SparseMixModel, access: Access) -> None:
    decision = access.decision(analyse(LOG, "line.log", model=model, access=access))
    assert model_of(access, decision, model) is model
    stored = model_of(access, decision, build_model(local_window=9))
    assert stored.weights_sha256 == model.weights_sha256


def test_weights_that_are_gone_or_others_are_refused(model: SparseMixModel, access: Access) -> None:
    decision = access.decision(analyse(LOG, "line.log", model=model, access=access))

    class Without:
        def blob(self, sha256: str) -> bytes:
            raise NotFound(sha256)

    class Other:
        def blob(self, _sha256: str) -> bytes:
            return build_model(local_window=9).to_bytes()

    with pytest.raises(WeightsError, match="removed from the record"):
        model_of(Without(), decision, None)
    with pytest.raises(WeightsError, match="not those"):
        model_of(Other(), decision, None)
    old = DecisionRecord(**{name: getattr(decision, name) for name in decision.__slots__} | {"weights_blob": None})
    with pytest.raises(WeightsError, match="not stored"):
        model_of(access, old, None)


def test_a_run_is_prepared_once(model: SparseMixModel, access: Access) -> None:
    loaded = load(access, analyse(LOG, "line.log", model=model, access=access))
    kept: ResultCache = ResultCache(2)
    told: list[str] = []
    first = rerun_of(kept, model, loaded, lambda _share, stage: told.append(stage))
    assert rerun_of(kept, model, loaded, lambda _share, stage: told.append(stage)) is first
    assert told == ["prepare"]
    found = scored(first, 20, "rollout")
    assert found.attribution.method == "rollout"
    table = score_table(explain(first, 20), loaded.sequence, Texts("en"))
    assert table["name"].is_unique
    assert set(table["first_line"].dropna()) <= {event.line for event in loaded.sequence.events}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("t1:8c1f00aa12bc", "The kind of line: its words without numbers"),
        ("t2:8c1f00aa12bc d0", "The kinds of this line and the line before, in order"),
        ("t3:8c1f00aa12bc d0 e1", "The kinds of this line and the two before, in order"),
        ("b2:w:pressure", "2 lines before: Word “pressure”"),
        ("w:pressure", "Word “pressure”"),
        ("kv:gauge=g3", "“gauge=g3”"),
        ("m:torque:+7", "“torque” about 15"),
        ("m:drift:-0", "“drift” about -1"),
        ("m:a:b:0.0", "“a:b” about 0"),
        ("m:x:nan", "“x” about nan"),
        ("dt:+6", "About 10 s after the line before"),
        ("u:nm", "Unit “nm”"),
        ("g:ress", "Letters “ress”"),
        ("id:a0", "Identifier like “a0”"),
        ("n:torque", "A number of “torque”"),
        ("n:", "An empty line"),
        ("empty", "An empty line"),
    ],
)
def test_features_have_words(name: str, words: str) -> None:
    assert feature_words(name, Texts("en")) == words


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_statistic_of_a_file_has_words_of_its_own(language: str) -> None:
    words = [feature_words(name, Texts(language)) for name in (*NAMES, *(f"same {code}" for code in CODES))]
    assert len(set(words)) == len(words)
    other = Texts(language).plain("statistic.other", text="")
    assert not [one for one in words if one.startswith(other)]
    assert feature_words("order.of_a_later_version", Texts(language)).startswith(other)


def test_parts_name_lines_and_layers() -> None:
    sequence, t = read_bytes(LOG, "line.log"), Texts("en")
    assert part_words(LogitPart("read", 1.0, layer=0, event=4), sequence, t) == "Read from line 5 in layer 1"
    assert part_words(LogitPart("anchor", 1.0, layer=0), sequence, t) == "Nothing selected, layer 1"
    assert part_words(LogitPart("feed-forward", 1.0, layer=1), sequence, t) == "Own computation, layer 2"
