"""Learning from reviews beside the app: the set leaves the record, weights, card and pairs come back, or a refusal."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from audit import Access
from audit.review import reviewed_decisions
from dashboard.service.decide.pipeline import analyse
from dashboard.service.training import feedback_training
from dashboard.service.training.feedback_training import FeedbackRequest, learn, require_learnable
from dashboard.service.training.training import Curve
from dashboard.service.training.training_folder import ReviewsRefused
from sparsemix import RunCancelled, SparseMixModel
from sparsemix.readers import Limits
from sparsemix.training.feedback import reading
from sparsemix.training.feedback.fitting import FeedbackPlan
from tests.support.dashboard.fixtures import FORECASTING, LOG, build_model
from tests.support.dashboard.reviewed import by_chance, review, some_of_each

SHORT = FeedbackPlan(steps=3, windows=1)


@pytest.mark.deep
def test_weights_card_and_pairs_come_out_and_the_taking_is_recorded(access: Access, model: SparseMixModel) -> None:
    analyse(LOG, "nobody reviewed this.log", model=model, access=access)
    ids = review(access, model, some_of_each)
    told: list[tuple[float, str]] = []
    found = learn(FeedbackRequest(model.to_bytes(), SHORT), access, lambda share, stage: told.append((share, stage)), Curve())
    assert SparseMixModel.from_bytes(found.content).weights_sha256 == found.sha256 == found.card["weights_sha256"]
    assert (found.card["started_from"], found.card["reviewed"], found.card["steps"]) == (model.weights_sha256, 2, 3)
    # What nobody reviewed is replayed.
    assert found.card["replayed"] == 1
    entry = access.store.entries()[-1]
    assert (entry.type, entry.subject) == ("feedback", found.card["feedback_sha256"])
    assert found.pairs is not None
    assert {one["decision"] for one in found.pairs} == set(ids)
    assert sorted(word for one in found.pairs for word in one["said"]) == ["relevant", "relevant", "spurious", "spurious"]
    # What was marked was selected; lines are counted from 1.
    assert all(one["before"] > 0 and one["query_line"] == one["query"] + 1 for one in found.pairs)
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert {"review_take", "review_compare"} <= {stage for _, stage in told}


@pytest.mark.deep
def test_a_set_is_never_larger_than_what_can_be_read(
    access: Access, model: SparseMixModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert reviewed_decisions.MOST_DECISIONS <= reading._MAX_DECISIONS
    assert reviewed_decisions.MOST_BYTES <= reading._MAX_INPUTS
    assert Limits().max_bytes >= reviewed_decisions.MOST_INPUT_BYTES
    # Brackets and commas around what is said of decisions; a few reviewers.
    assert reviewed_decisions.MOST_SAID_BYTES + 2**20 <= reading._MAX_CONTENT
    ids = review(access, model, some_of_each, decisions=3)
    for module, name in ((reviewed_decisions, "MOST_DECISIONS"), (reading, "_MAX_DECISIONS")):
        monkeypatch.setattr(module, name, 2)
    found = access.feedback.write(tmp_path / "feedback.zip")
    read = reading.read_feedback(tmp_path / "feedback.zip")
    assert {one.id for one in read.decisions} == set(ids[1:])
    assert (found.left_out, read.left_out) == (1, 1)
    card = learn(FeedbackRequest(model.to_bytes(), SHORT), access, lambda _share, _stage: None, Curve()).card
    assert (card["reviewed"], card["left_out"]) == (2, 1)


@pytest.mark.deep
def test_what_is_replayed_is_bounded_and_what_was_erased_is_passed_over(
    access: Access, model: SparseMixModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    erased, *_ = [analyse(LOG * n, f"nobody reviewed {n}.log", model=model, access=access) for n in (2, 3, 4, 5)]
    review(access, model, some_of_each)
    access.admin.erase(erased, "asked for", early=True)
    card = learn(FeedbackRequest(model.to_bytes(), SHORT), access, lambda _share, _stage: None, Curve()).card
    assert card["replayed"] == 3
    access.feedback.write(tmp_path / "feedback.zip")
    reviewed = feedback_training._inputs(tmp_path / "feedback.zip")
    for name, most, replayed in (
        ("MOST_BESIDE", 2, 2),
        ("_MOST_EVENTS", 4 * 24, 1),
        ("_MOST_BYTES", 3 * len(LOG), 1),
    ):
        with monkeypatch.context() as limited:
            limited.setattr(feedback_training, name, most)
            laid = feedback_training._laid_beside(access, reviewed, tmp_path / name, lambda _share, _stage: None)
        assert len(laid) == replayed


@pytest.mark.deep
def test_chance_is_refused_and_taken_at_its_word_only_when_asked_to(access: Access, model: SparseMixModel) -> None:
    review(access, model, by_chance(1), decisions=6)
    with pytest.raises(ReviewsRefused, match="cannot be told from chance") as caught:
        learn(FeedbackRequest(model.to_bytes(), SHORT), access, lambda _share, _stage: None, Curve())
    assert caught.value.code == "chance"
    found = learn(FeedbackRequest(model.to_bytes(), SHORT, noise_control=False), access, lambda _share, _stage: None, Curve())
    assert found.card["noise_control"] is False


def test_reviews_without_a_mark_teach_nothing(access: Access, model: SparseMixModel) -> None:
    review(access, model, lambda _number: None, decisions=1)
    with pytest.raises(ReviewsRefused) as caught:
        learn(FeedbackRequest(model.to_bytes(), SHORT), access, lambda _share, _stage: None, Curve())
    assert caught.value.code == "unmarked"


@pytest.mark.deep
def test_it_stops_when_asked_to_and_leaves_no_file_behind(
    access: Access, model: SparseMixModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    review(access, model, some_of_each)
    (tmp_path / "work").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "work"))

    curve = Curve()

    def cancel(_share: float, _stage: str) -> None:
        if len(curve.points()) > 1:
            raise RunCancelled("stopped on request")

    with pytest.raises(RunCancelled):
        learn(FeedbackRequest(model.to_bytes(), FeedbackPlan(steps=100_000)), access, cancel, curve)
    assert list((tmp_path / "work").iterdir()) == []
    first, second = curve.points()
    assert 1 <= first.step < second.step and first.sparse and second.loss > 0.0


@pytest.mark.parametrize(("settings", "code"), [({"judge": FORECASTING}, "novelty"), ({"attention": "softmax"}, "dense")])
def test_weights_that_reviews_cannot_change_are_refused(settings: dict[str, object], code: str) -> None:
    with pytest.raises(ReviewsRefused) as caught:
        require_learnable(build_model(**settings))
    assert caught.value.code == code
