"""The rationale benchmark on made-up posts in the real format: what it reads, how it scores, what it trains and when it
refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score

from sparsemix.attention.entmax import dense_entmax15
from sparsemix.errors import ConfigError
from sparsemix.model.network import Layer
from tests.benchmarks import brute_force
from tests.benchmarks.rationales.benchmark import check_exact, rows
from tests.benchmarks.rationales.data import Post, lexicon, load
from tests.benchmarks.rationales.model import CONFIG, RationalePlan, own_loss, row_logits, train
from tests.benchmarks.rationales.scores import Choice, Judge, average_precision, summary_selection
from tests.benchmarks.report import BenchmarkRefused

BAD = ("dolt", "nitwit", "blockhead")
GOOD = ("the", "line", "stood", "still", "again", "today", "because", "somebody", "forgot", "valve")


def made_up(count: int, seed: int) -> list[tuple[str, str]]:
    """(spans, text) pairs: every fifth post has nothing marked, the others one or two insults."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        words = list(rng.choice(GOOD, size=int(rng.integers(4, 9))))
        if number % 5:
            for place in sorted(rng.choice(len(words), size=1 + number % 2, replace=False).tolist()):
                words[place] = str(rng.choice(BAD))
        marked, offset = [], 0
        for word in words:
            if word in BAD:
                marked += range(offset, offset + len(word))
            offset += len(word) + 1
        found.append((json.dumps(marked), " ".join(words)))
    return found


def write(path: Path, posts: list[tuple[str, str]], header: tuple[str, str] = ("spans", "text")) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *posts])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed, (part, count) in enumerate((("train", 120), ("trial", 20), ("test", 20))):
        write(tmp_path / f"tsd_{part}.csv", made_up(count, seed))
    return tmp_path


def post(text: str, *insults: str) -> Post:
    marked = {offset for word in insults for offset in range(text.index(word), text.index(word) + len(word))}
    return Post.of(text, frozenset(marked))


def test_a_post_is_its_words_and_a_summary() -> None:
    one = post('You "DOLT", sh*t happens!', "DOLT")
    assert one.words == ["you", "dolt", "sh*t", "happens"]
    assert one.toxic.tolist() == [False, True, False, False]
    events = one.sequence().events
    assert [event.text for event in events] == ["You", "DOLT", "sh*t", "happens", ""]
    assert [event.message for event in events][1:] == ["^dolt$ ~dolt |CAPS", "^sh*t$ ~sh*t", "^happens$ ~hapens ^happe", ""]
    rest = one.without(one.toxic)
    assert (rest.words, rest.marked, rest.toxic.any()) == (["you", "sh*t", "happens"], frozenset(), False)


def test_a_word_is_toxic_when_more_than_half_of_it_is_marked() -> None:
    assert Post.of("dolt dolt", frozenset({0, 1, 5, 6, 7})).toxic.tolist() == [False, True]


def test_a_post_without_words_is_a_summary_alone() -> None:
    empty = Post.of("...", frozenset())
    assert len(empty.sequence()) == 1
    judge = Judge([empty, post("a dolt", "dolt")])
    assert judge.f1(np.array([0.0, 1.0]), Choice(0.5, True)).tolist() == [1.0, 1.0]


def test_character_f1_is_that_of_sets_of_offsets() -> None:
    rng = np.random.default_rng(0)
    posts = [Post.of(text, frozenset(json.loads(spans))) for spans, text in made_up(40, 9)]
    posts.append(post("you utter dolt and nitwit", "utter dolt and"))
    judge = Judge(posts)
    scores = rng.random(len(judge.owner))
    for fill in (True, False):
        expected = []
        for number, one in enumerate(posts):
            chosen = scores[judge.owner == number] >= 0.4
            found: set[int] = set()
            for word in np.flatnonzero(chosen):
                start = one.ends[word - 1] if fill and word and chosen[word - 1] else one.starts[word]
                found |= set(range(start, one.ends[word]))
            total = len(found) + len(one.marked)
            expected.append(2 * len(found & one.marked) / total if total else 1.0)
        np.testing.assert_allclose(judge.f1(scores, Choice(0.4, fill)), expected)


def test_what_has_no_positive_score_is_never_chosen() -> None:
    assert Judge([Post.of("all is well", frozenset())]).f1(np.zeros(3), Choice(0.0, True)).tolist() == [1.0]


def test_the_best_choice_finds_what_separates() -> None:
    posts = [Post.of(text, frozenset(json.loads(spans))) for spans, text in made_up(40, 3)]
    judge = Judge(posts)
    scores = np.where(judge.toxic, 0.7, 0.2)
    assert judge.best(scores).threshold == pytest.approx(0.7)
    assert judge.f1(scores, judge.best(scores)).mean() == pytest.approx(1.0, abs=0.1)
    auprc = judge.auprc(scores)
    assert np.nanmin(auprc) == 1.0
    assert np.isnan(auprc[0])


def test_average_precision_agrees_with_scikit_learn_ties_included() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        truth = rng.random(20) < 0.3
        truth[0] = True
        scores = rng.integers(0, 5, 20).astype(float)
        assert average_precision(scores, truth) == pytest.approx(average_precision_score(truth, scores))


def test_the_lexicon_counts_marked_occurrences() -> None:
    posts = [post("a dolt", "dolt"), post("the dolt", "dolt"), post("dolt"), post("a nitwit", "nitwit")]
    assert lexicon(posts, least=2) == {"dolt": 2 / 3}


def test_the_loss_of_the_selection_has_weights_minus_shares_as_gradient() -> None:
    torch.manual_seed(0)
    z = torch.randn(3, 6, dtype=torch.float64, requires_grad=True)
    share = torch.tensor([[0.5, 0.5, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1.0], [0.25] * 4 + [0, 0]], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda logits: own_loss(logits, share), (z,))
    assert bool((own_loss(z, share) > 0).all())
    reached = torch.tensor([[3.0, 3.0, -9.0]], dtype=torch.float64)
    assert float(own_loss(reached, dense_entmax15(reached))) == pytest.approx(0.0, abs=1e-12)


def test_the_logits_of_one_query_are_those_of_the_attention() -> None:
    torch.manual_seed(0)
    layer = Layer(CONFIG).double()
    layer.attention.past_raw.data.fill_(0.7)
    x = torch.randn(2, 6, CONFIG.d_model, dtype=torch.float64)
    query = torch.tensor([5, 3])
    valid = torch.arange(6) <= query[:, None]
    found = row_logits(layer, x, query, valid)
    q, k, _ = layer.attention.project(layer.norm(x))
    expected = layer.attention.dense_logits(q, k)
    for item, place in enumerate(query.tolist()):
        there = [*range(place + 1), 6]
        torch.testing.assert_close(found[item, :, there], expected[item, :, place, there])
        assert bool((found[item, :, place + 1 : 6] < -1e3).all())


@pytest.mark.deep
def test_guidance_makes_the_summary_select_the_marked_words() -> None:
    posts = [Post.of(text, frozenset(json.loads(spans))) for spans, text in made_up(200, 0)]
    told: list[str] = []
    model = train(posts, RationalePlan(epochs=8, events=400), 0, told.append)
    fresh = [one for one in (Post.of(t, frozenset(json.loads(s))) for s, t in made_up(20, 8)) if one.toxic.any()]
    for one in fresh:
        run = model.run_with_trace(one.sequence())
        weight = summary_selection(run, len(one.toxic))
        assert one.toxic[int(weight.argmax())]
    assert len(told) == 1
    assert model.config == CONFIG


@pytest.mark.deep
def test_rows_of_every_method_and_control(folder: Path) -> None:
    told: list[str] = []
    found = rows(folder, (0, 1), 0.1, told.append)
    by_name = {(row["method"], row["metric"]): row for row in found}
    assert len(by_name) == len(found)
    both = {"random", "position", "lexicon", "words", "rollout"}
    both |= {"summary_selection", "summary_selection_scaled", "summary_selection_unguided"}
    both |= {"selection_weight", "integrated_gradients", "gradient_x_activation", "feature_ablation", "pair_effect"}
    expected = {(method, metric) for method in both for metric in ("character_f1", "rationale_auprc")}
    assert set(by_name) == expected | {(method, "post_accuracy") for method in ("model", "lexicon", "majority")}
    for row in found:
        low, value, high = (float(str(row[name])) for name in ("low", "value", "high"))
        assert 0.0 <= low <= value <= high <= 1.0
        assert row["task"] == "toxic_spans"
    assert by_name["lexicon", "character_f1"]["value"] == 1.0
    assert len(by_name["summary_selection", "character_f1"]["by_seed"]) == 2  # type: ignore[arg-type]
    assert len(by_name["integrated_gradients", "character_f1"]["by_seed"]) == 1  # type: ignore[arg-type]
    assert any("dense entmax" in text for text in told)


def test_the_same_seed_gives_the_same_weights() -> None:
    posts = [Post.of(text, frozenset(json.loads(spans))) for spans, text in made_up(40, 0)]
    one, other = (train(posts, RationalePlan(epochs=1), 3) for _ in range(2))
    assert one.weights_sha256 == other.weights_sha256


def test_a_wrong_attention_is_not_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brute_force, "dense_entmax_attention", lambda _attention, x: x + torch.nan)
    with pytest.raises(BenchmarkRefused, match="nothing is reported"):
        rows(folder, (0,), 0.02, lambda _text: None)


def test_the_attention_of_a_fresh_model_is_exact() -> None:
    posts = [Post.of(text, frozenset(json.loads(spans))) for spans, text in made_up(20, 0)]
    assert check_exact(train(posts, RationalePlan(epochs=0.01), 0), posts[:3]) < 1e-9


def test_a_missing_file_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*tsd_train\.csv.*--data-dir"):
        load(tmp_path)


@pytest.mark.parametrize(
    "spans", ["", "[1, 2", "[-1]", "[99]", "[true]", "[1.5]", '"all"', "__import__('os')", "{}", "[" * 10_000]
)
def test_malformed_spans_are_named(folder: Path, spans: str) -> None:
    write(folder / "tsd_trial.csv", [("[0, 1]", "fine"), (spans, "a dolt")])
    with pytest.raises(ConfigError, match=r"tsd_trial\.csv, line 3"):
        load(folder)


def test_other_malformed_files_are_named(folder: Path) -> None:
    write(folder / "tsd_test.csv", made_up(3, 0), header=("offsets", "text"))
    with pytest.raises(ConfigError, match="columns spans and text"):
        load(folder)
    write(folder / "tsd_test.csv", [])
    with pytest.raises(ConfigError, match="holds no posts"):
        load(folder)
    (folder / "tsd_test.csv").write_bytes(b"spans,text\n[],\xff\xfe\n")
    with pytest.raises(ConfigError, match="not a CSV file in UTF-8"):
        load(folder)


def test_settings_that_measure_nothing_are_refused(folder: Path) -> None:
    with pytest.raises(ConfigError, match="seed"):
        rows(folder, (), 1.0, lambda _text: None)
    with pytest.raises(ConfigError, match="scale"):
        rows(folder, (0,), 0.0, lambda _text: None)
    with pytest.raises(ConfigError, match="people marked"):
        train([Post.of("all is well", frozenset())], RationalePlan(), 0)
    with pytest.raises(ConfigError, match="epochs"):
        RationalePlan(epochs=0.0)
