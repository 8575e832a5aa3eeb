"""Learning from what people said: margins by the trace, marks over the threshold, chance and broken sets refused."""

from __future__ import annotations

import copy
import csv
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sample_data.plant import PlantConfig, generate
from sparsemix import SparseMixModel
from sparsemix.__main__ import main
from sparsemix.attention.entmax import dense_entmax15
from sparsemix.dataset import DataSet, Item
from sparsemix.encoding.encoder import encode
from sparsemix.errors import ConfigError, FeedbackError
from sparsemix.model.event_batch import EventBatch
from sparsemix.model.network import Network
from sparsemix.readers import read_bytes
from sparsemix.training.feedback import (
    FeedbackSet,
    LearnedFeedback,
    Mark,
    ReviewedDecision,
    learn_feedback,
    learning,
    read_feedback,
    reading,
    targets,
)
from sparsemix.training.feedback.fitting import FeedbackPlan, Teacher, _threshold, with_margins
from sparsemix.training.feedback.pair_judge import FEATURES, Marked, PairJudge, learn_judge, pair_table
from sparsemix.training.feedback.targets import marked_pairs
from tests.support.paths import WEIGHTS


@pytest.fixture(scope="module")
def model() -> SparseMixModel:
    return SparseMixModel.load(WEIGHTS)


def log_of(number: int, events: int = 301) -> bytes:
    return "\n".join(generate(PlantConfig(events=events, fault_rate=0.4), 77_000 + number).lines).encode()


def decision(data: bytes, marks: Sequence[Mark] = (), name: str = "a.log") -> ReviewedDecision:
    sequence = read_bytes(data, name)
    return ReviewedDecision(name, sequence, sha256(data).hexdigest(), "w", "fault", 0.9, tuple(marks))


def selected_pairs(model: SparseMixModel, data: bytes) -> dict[tuple[int, int], int]:
    """By how many heads each pair of two different events is selected."""
    found: dict[tuple[int, int], int] = {}
    for _, _, head in model.run_with_trace(read_bytes(data, "a.log")).trace:
        for query, key in zip(head.query_index.tolist(), head.key_index.tolist(), strict=True):
            if query != key:
                found[query, key] = found.get((query, key), 0) + 1
    return found


def test_margins_are_those_of_the_trace(model: SparseMixModel) -> None:
    sequence = read_bytes(log_of(1), "a.log")
    run = model.run_with_trace(sequence)
    hashed = encode(sequence.events, model.config.features, model.reading)
    first = run.trace.heads[1][2]
    pairs = np.arange(0, len(first.key_index), 7)
    query, key = (torch.from_numpy(place[pairs].astype(np.int64)) for place in (first.query_index, first.key_index))
    with torch.no_grad():
        x, margin = with_margins(model.network, EventBatch.of([hashed]), query, key)
    assert margin.shape == (len(pairs), 2, 4)
    # The trace is kept on a grid of 0.001.
    np.testing.assert_allclose(margin[:, 1, 2].numpy(), first.margin[pairs], atol=2e-3)
    np.testing.assert_allclose(
        model.network.event_logits(x)[0].sigmoid().detach().numpy(), run.decision.event_probability, atol=1e-6
    )


def test_the_threshold_has_the_gradient_of_entmax() -> None:
    z = torch.randn(3, 17, dtype=torch.float64, generator=torch.Generator().manual_seed(3)).mul(2).requires_grad_()
    weights = (z / 2.0 - _threshold(z)[..., None]).clamp_min(0.0) ** 2
    np.testing.assert_allclose(weights.detach().numpy(), dense_entmax15(z).detach().numpy(), atol=1e-12)
    way = torch.randn(3, 17, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    (ours,) = torch.autograd.grad((weights * way).sum(), z, retain_graph=True)
    (theirs,) = torch.autograd.grad((dense_entmax15(z) * way).sum(), z)
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-12)


@pytest.mark.deep
def test_marked_pairs_cross_the_threshold_and_the_rest_is_said_as_before(model: SparseMixModel) -> None:
    data = log_of(2, 121)
    before = selected_pairs(model, data)
    spurious = next(pair for pair, heads in before.items() if heads == 1)
    missing = (110, 40)
    assert missing not in before
    marks = [Mark(*spurious, "spurious", 0.99), Mark(*missing, "missing", 0.99)]
    plan = FeedbackPlan(steps=240, windows=1)
    feedback = FeedbackSet("f", 1, "r", 1, (decision(data, marks),))
    learned = learn_feedback(model, feedback, plan)
    after = selected_pairs(learned.model, data)
    assert spurious not in after
    assert missing in after
    assert learned.judge is None
    assert [(one.query, one.key, one.before > 0, one.after > 0) for one in learned.learned.pairs] == [
        (*pair, pair == spurious, pair == missing) for pair in sorted((spurious, missing))
    ]
    assert learned.learned.flagged_otherwise <= 1
    assert learned.model.weights_sha256 != model.weights_sha256
    again = learn_feedback(model, feedback, plan)
    assert again.model.weights_sha256 == learned.model.weights_sha256


def test_the_event_threshold_follows_what_is_said_of_replayed_events_too(
    model: SparseMixModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def less_sure(teacher: Teacher, *_: object) -> Network:
        network = copy.deepcopy(teacher.network)
        with torch.no_grad():
            network.head.bias -= 7.0
        return network

    monkeypatch.setattr(learning, "fit_feedback", less_sure)
    # Nothing in the reviewed log is flagged, whatever the threshold.
    quiet = "\n".join(generate(PlantConfig(events=121, fault_rate=0.0), 77_002).lines).encode()
    feedback = FeedbackSet("f", 1, "r", 1, (decision(quiet, [Mark(40, 3, "spurious", 0.9)]),))
    beside = [read_bytes(log_of(number), f"{number}.log") for number in range(3, 9)]
    replay = DataSet("beside", tuple(Item(one.name, one) for one in beside))

    def otherwise(new: SparseMixModel) -> int:
        """Events of the replayed logs that are flagged by one of both only."""
        found = 0
        for one in beside:
            old, now = (each.run_with_trace(one).decision for each in (model, new))
            flags = [each.event_probability >= each.event_threshold for each in (old, now)]
            found += int((flags[0] != flags[1]).sum())
        return found

    alone, together = (learn_feedback(model, feedback, replay=data).model for data in (None, replay))
    assert otherwise(together) < otherwise(alone)


@pytest.mark.deep
def test_a_judge_learns_what_tells_pairs_apart_and_says_when_nothing_does() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(240, len(FEATURES)))
    owner = np.arange(240) // 10
    truth = features[:, 8] > 0.2
    said = np.where(rng.random(240) < 0.1, ~truth, truth)
    kinds = tuple(("a", "b") for _ in range(240))
    judge = learn_judge(Marked(features, kinds, np.where(said, 0.9, 0.1), owner), 0)
    assert judge.knows and judge.auc > 0.75
    fresh = rng.normal(size=(200, len(FEATURES)))
    right = (judge.probability(fresh, kinds[:200]) > 0.5) == (fresh[:, 8] > 0.2)
    assert right.mean() > 0.9
    chance = learn_judge(Marked(features, kinds, np.where(rng.random(240) < 0.5, 0.9, 0.1), owner), 0)
    assert not chance.knows
    with pytest.raises(FeedbackError, match="needs"):
        learn_judge(Marked(features[:10], kinds[:10], np.full(10, 0.9), owner[:10]), 0)


@pytest.mark.deep
def test_random_words_teach_nothing(model: SparseMixModel) -> None:
    rng, decisions = np.random.default_rng(1), []
    for number in range(8):
        data = log_of(10 + number, 151)
        pairs = list(selected_pairs(model, data))[::5]
        words = ["relevant" if rng.random() < 0.5 else "spurious" for _ in pairs]
        marks = [Mark(*pair, word, 0.9) for pair, word in zip(pairs, words, strict=True)]
        decisions.append(decision(data, marks, f"{number}.log"))
    with pytest.raises(FeedbackError, match="cannot be told from chance"):
        learn_feedback(model, FeedbackSet("f", 1, "r", 1, tuple(decisions)))


def test_what_was_said_of_a_pair_is_one_word() -> None:
    marks = [Mark(5, 2, "spurious", 0.8), Mark(5, 2, "relevant", 0.6), Mark(7, 7, "spurious", 0.9)]
    (found,) = marked_pairs(decision(log_of(3, 11), marks)).items()
    assert found[0] == (5, 2)
    assert found[1] == pytest.approx(0.4)


def test_a_mark_is_believed_together_with_what_the_judge_says_of_that_very_pair(
    model: SparseMixModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    decisions, asked = [], []
    for number in range(3):
        data = log_of(20 + number, 151)
        pairs = list(selected_pairs(model, data))[::9]
        # The order in which marks were given is not that of the table.
        decisions.append(decision(data, [Mark(*pair, "relevant", 0.6) for pair in reversed(pairs)], f"{number}.log"))
    runs = [model.run_with_trace(one.sequence) for one in decisions]

    def distinct(marked: Marked, _seed: int) -> PairJudge:
        asked.append(marked)
        return PairJudge(lambda features, _kinds: np.full(len(features), 0.5), np.linspace(0.1, 0.9, len(marked.kind)), 1, 1, 1)

    monkeypatch.setattr(Marked, "suffices", True)
    monkeypatch.setattr(targets, "learn_judge", distinct)
    judge = targets.judge_of(decisions, runs, 0)
    assert judge is not None
    found = targets.targets_of(decisions, runs, judge, frozenset(), 0)
    (marked,), seen = asked, 0
    for place, (one, run, target) in enumerate(zip(decisions, runs, found, strict=True)):
        table = pair_table(one.sequence, run.trace, np.unique(target.query))
        rows = {(q, k): row for row, (q, k) in enumerate(zip(table.query.tolist(), table.key.tolist(), strict=True))}
        relevant = dict(
            zip(zip(target.query.tolist(), target.key.tolist(), strict=True), target.relevant.tolist(), strict=True)
        )
        for pair in marked_pairs(one):
            same = (marked.decision == place) & (marked.features == table.features[rows[pair]]).all(1)
            (at,) = np.flatnonzero(same)
            both = judge.unseen[at] * 0.6 / (judge.unseen[at] * 0.6 + (1 - judge.unseen[at]) * 0.4)
            assert relevant[pair] == pytest.approx(both)
            seen += 1
    assert seen == len(judge.unseen) > 20


def test_what_nobody_spoke_of_or_equals_dispute_is_no_word_for_either(model: SparseMixModel) -> None:
    data = log_of(7, 41)

    def learned(label: float, mark: float, *, noise_control: bool) -> LearnedFeedback:
        one = replace(decision(data, [Mark(30, 3, "missing", mark)]), probable=label)
        return learn_feedback(model, FeedbackSet("f", 1, "r", 1, (one,)), FeedbackPlan(steps=4), noise_control=noise_control)

    sure = 1 - 1e-6
    at_its_word = learned(0.5, 0.9, noise_control=False)
    assert at_its_word.learned.agreeing == (0, 0)
    assert at_its_word.model.weights_sha256 == learned(0.5, sure, noise_control=True).model.weights_sha256
    assert at_its_word.model.weights_sha256 != learned(0.9, sure, noise_control=True).model.weights_sha256
    assert not Marked(
        np.zeros((50, len(FEATURES))), (("a", "b"),) * 50, np.array([0.9] * 35 + [0.5] * 15), np.arange(50)
    ).suffices


def test_pairs_have_a_row_each_with_what_is_between(model: SparseMixModel) -> None:
    sequence = read_bytes(log_of(4), "a.log")
    trace = model.run_with_trace(sequence).trace
    table = pair_table(sequence, trace, np.array([150, 300]))
    assert set(table.query.tolist()) <= {150, 300}
    assert not (table.query == table.key).any()
    expected = {(q, k) for _, _, head in trace for q, k in zip(head.query_index.tolist(), head.key_index.tolist(), strict=True)}
    assert {(q, k) for q, k in zip(table.query.tolist(), table.key.tolist(), strict=True)} == {
        (q, k) for q, k in expected if q in (150, 300) and q != k
    }
    shares = table.features[:, FEATURES.index("share_of_query")]
    for query in np.unique(table.query):
        assert shares[table.query == query].sum() == pytest.approx(1.0)


def written(tmp_path: Path, times: int = 1, **changes: Any) -> Path:
    data = log_of(5, 40)
    digest = sha256(data).hexdigest()
    one = {
        "id": "d1",
        "input_sha256": digest,
        "input_name": "a.log",
        "weights_sha256": "w",
        "reading": None,
        "label": "fault",
        "probability": 0.9,
        "pairs": [{"query": 30, "key": 3, "verdict": "missing", "probability": 0.9}],
    }
    decisions = [one | changes] * times
    said = {"format": "sparsemix-feedback-1", "entries": 4, "root": "r", "reviewers": [{}], "decisions": decisions}
    path = tmp_path / "f.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("feedback.json", json.dumps(said))
        archive.writestr(f"inputs/{digest}", data)
    return path


def test_a_set_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = read_feedback(written(tmp_path))
    (one,) = found.decisions
    assert (found.marks, found.reviewers, found.entries) == (1, 1, 4)
    assert (one.marks[0].query, one.marks[0].verdict, one.marks[0].relevant) == (30, "missing", 0.9)
    assert len(one.sequence) == 40
    assert one.faulty == 0.9


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pairs": [{"query": 30, "key": 40, "verdict": "missing", "probability": 0.9}]}, "40 events"),
        ({"pairs": [{"query": 3, "key": 4, "verdict": "maybe", "probability": 0.9}]}, "relevant, spurious, missing"),
        ({"pairs": [{"query": 3, "key": 4, "verdict": "missing", "probability": float("nan")}]}, "no probability"),
        ({"input_sha256": "0" * 64}, "is missing"),
        ({"pairs": 7}, "incomplete"),
        ({"reading": {"columns": 3}}, "settings of reading"),
    ],
)
def test_a_set_that_is_not_whole_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(FeedbackError, match=message):
        read_feedback(written(tmp_path, **changes))


@pytest.mark.parametrize(("limit", "most"), [("_MAX_EVENTS", 99), ("_MAX_INPUTS", 5_000), ("_MAX_DECISIONS", 2)])
def test_an_input_counts_once_for_each_decision_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    path = written(tmp_path, times=3)
    assert len(read_feedback(path).decisions) == 3
    monkeypatch.setattr(reading, limit, most)
    with pytest.raises(FeedbackError, match="at most"):
        read_feedback(path)


def test_what_is_no_set_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f.zip").write_bytes(b"no archive")
    with pytest.raises(FeedbackError, match="not a feedback set"):
        read_feedback(tmp_path / "f.zip")
    with pytest.raises(FeedbackError, match="cannot read"):
        read_feedback(tmp_path / "none.zip")
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("feedback.json", "[]")
    (tmp_path / "f.zip").write_bytes(empty.getvalue())
    with pytest.raises(FeedbackError, match="format"):
        read_feedback(tmp_path / "f.zip")


def test_weights_that_cannot_learn_from_reviews_are_refused(model: SparseMixModel) -> None:
    feedback = FeedbackSet("f", 1, "r", 1, (decision(log_of(6, 40), [Mark(30, 3, "missing", 0.9)]),))
    dense = SparseMixModel.load(WEIGHTS.with_name("weights-dense.safetensors"))
    with pytest.raises(ConfigError, match="dense"):
        learn_feedback(dense, feedback)
    with pytest.raises(FeedbackError, match="nobody said anything about a pair"):
        learn_feedback(model, FeedbackSet("f", 1, "r", 1, (decision(log_of(6, 40)),)))


def test_from_the_shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    feedback, out = written(tmp_path), tmp_path / "w2.safetensors"
    command = ["learn", "--feedback", str(feedback), "--weights", str(WEIGHTS), "--out", str(out), "--steps", "4"]
    assert main(command) == 0
    assert "marked as relevant or missing: 1 pairs" in capsys.readouterr().out
    card = json.loads(out.with_suffix(".card.json").read_text(encoding="utf-8"))
    assert card["started_from"] == SparseMixModel.load(WEIGHTS).weights_sha256
    assert card["weights_sha256"] == SparseMixModel.load(out).weights_sha256
    with zipfile.ZipFile(feedback) as archive:
        assert card["feedback_sha256"] == sha256(archive.read("feedback.json")).hexdigest()
    with out.with_suffix(".pairs.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["query"], row["key"], row["heads_before"], row["learned_from"]) == ("30", "3", "0", "yes")
    assert "practised" not in card, "the weights before saw more than what was reviewed"
    assert main([*command[:-1], "0"]) == 1


def test_labels_of_held_out_data_mean_what_they_meant_in_training_and_the_new_card_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights, out, data = (tmp_path / name for name in ("w.safetensors", "w2.safetensors", "lots.jsonl"))
    weights.write_bytes(WEIGHTS.read_bytes())
    card = {
        "weights_sha256": SparseMixModel.load(weights).weights_sha256,
        "label_meaning": {"Gut": "normal", "Murks": "faulty"},
    }
    weights.with_suffix(".card.json").write_text(json.dumps(card), encoding="utf-8")
    labels = ["Gut", "Murks", "Murks"]
    rows = [{"id": str(n), "events": ["ST10 PLC start", "ST10 PLC stop"], "label": label} for n, label in enumerate(labels)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    command = ["learn", "--feedback", str(written(tmp_path)), "--weights", str(weights), "--out", str(out), "--steps", "2"]
    for more, faulty in (([], 2), (["--normal", "Murks"], 1)):
        assert main([*command, "--data", str(data), *more]) == 0
        assert "labels that mean normal: " in capsys.readouterr().err
        new = json.loads(out.with_suffix(".card.json").read_text(encoding="utf-8"))
        assert [new["held_out_data"][when]["sequences"]["faulty"] for when in ("before", "after")] == [faulty, faulty]
        assert new["label_meaning"] == card["label_meaning"]
    assert main(["evaluate", "--weights", str(out), "--data", str(data)]) == 0
    assert "labels that mean normal: 'Gut'; faulty: 'Murks'" in capsys.readouterr().err


def test_labels_without_data_to_judge_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "w2.safetensors"
    command = ["learn", "--feedback", str(written(tmp_path)), "--weights", str(WEIGHTS), "--out", str(out), "--normal", "Gut"]
    assert main(command) == 1
    assert "--normal: belongs to --data" in capsys.readouterr().err
    assert not out.exists()


def test_weights_that_cannot_be_written_leave_no_card_and_no_pairs(tmp_path: Path) -> None:
    out = tmp_path / "w2.safetensors"
    out.mkdir()
    command = ["learn", "--feedback", str(written(tmp_path)), "--weights", str(WEIGHTS), "--out", str(out), "--steps", "2"]
    assert main(command) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f.zip", "w2.safetensors"]


def test_what_is_replayed_is_read_as_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "replay").mkdir()
    table = "time,serial,torque\n" + "".join(f"2026-03-02 10:00:{n:02d},{9000 - 7 * n},{n % 5}.5\n" for n in range(40))
    (tmp_path / "replay" / "a.csv").write_text(table, encoding="utf-8")
    feedback, found = written(tmp_path), []
    for number, options in enumerate(([], ["--columns", "ignore=serial"])):
        out = tmp_path / f"{number}.safetensors"
        command = ["learn", "--feedback", str(feedback), "--weights", str(WEIGHTS), "--out", str(out), "--steps", "2"]
        assert main([*command, "--replay", str(tmp_path / "replay"), *options]) == 0
        found.append(SparseMixModel.load(out).weights_sha256)
    assert found[0] != found[1]
