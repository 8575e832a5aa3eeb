"""Agreement statistics: published examples, definitions written out naively, degenerate queues, intervals that cover."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import InvalidRecord
from audit.review import agreement
from audit.review.agreement import Statistic, cohen_kappa, fleiss_kappa, krippendorff_alpha, observed_agreement, wilson

Ratings = list[dict[str, str]]
Measure = Callable[..., Statistic]


def from_votes(table: str) -> Ratings:
    """Items from their votes: word i gives the votes for each category of item i, one hexadecimal digit each."""
    items = []
    for word in table.split():
        votes = [str(category) for category, digit in enumerate(word) for _ in range(int(digit, 16))]
        items.append({f"rater {number}": category for number, category in enumerate(votes)})
    return items


def from_observers(*rows: str) -> Ratings:
    """Items from one text per observer, a character per item, "." where the observer gave none."""
    return [{f"observer {place}": code for place, code in enumerate(codes) if code != "."} for codes in zip(*rows, strict=True)]


def from_pairs(**pairs: int) -> Ratings:
    """Items that "ann" and "bo" rated: `yn=5` makes five with "y" from ann and "n" from bo."""
    return [{"ann": first, "bo": second} for (first, second), items in pairs.items() for _ in range(items)]


# Fleiss 1971, table 1: diagnoses of 30 patients in five categories, six psychiatrists for each.
FLEISS_1971 = from_votes(
    "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031 "
    "00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"
)
# Wikipedia, "Fleiss' kappa", worked example: 10 items, 14 raters, five categories.
FLEISS_10_14 = from_votes("0000e 02642 00356 03920 22811 77000 32630 25322 65210 02237")
# Krippendorff 2011: A, binary, two observers; B, nominal, two observers; C, four observers with missing ratings.
SECTION_A = from_observers("0100000000", "1110010010")
SECTION_B = from_observers("aabbdcccedda", "babbbccceddd")
SECTION_C = from_observers("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
# Wikipedia, "Krippendorff's alpha", computational example: 15 units, three coders, three of the units cannot be paired.
THREE_CODERS = from_observers(".....34121133.3", "1.213343.......", "..21344.21133.4")
# A textbook square, Cohen's layout: p_o = 0.7, p_e = 0.5.
SQUARE = from_pairs(yy=20, yn=5, ny=10, nn=15)

queues = st.lists(
    st.dictionaries(st.sampled_from(["ann", "bo", "cy", "di"]), st.sampled_from(["relevant", "spurious", "unsure"])),
    max_size=12,
)


def cohen(ratings: Ratings, seed: int = 0) -> Statistic:
    return cohen_kappa(ratings, "ann", "bo", seed=seed)


ALL = pytest.mark.parametrize("statistic", [cohen, fleiss_kappa, krippendorff_alpha])


@pytest.mark.parametrize(
    ("ratings", "kappa", "items"),
    [(FLEISS_1971, 0.430, 30), (FLEISS_10_14, 0.210, 10)],
    ids=["1971", "wikipedia"],
)
def test_published_fleiss(ratings: Ratings, kappa: float, items: int) -> None:
    result = fleiss_kappa(ratings)
    assert result.value == pytest.approx(kappa, abs=5e-4)
    assert result.items == items


@pytest.mark.parametrize(
    ("ratings", "alpha", "items"),
    [(SECTION_A, 0.095, 10), (SECTION_B, 0.692, 12), (SECTION_C, 0.743, 11), (THREE_CODERS, 0.691, 12)],
    ids=["A", "B", "C", "wikipedia"],
)
def test_published_krippendorff(ratings: Ratings, alpha: float, items: int) -> None:
    result = krippendorff_alpha(ratings)
    assert result.value == pytest.approx(alpha, abs=5e-4)
    assert result.items == items


def test_published_cohen() -> None:
    result = cohen(SQUARE)
    assert result.value == pytest.approx(0.4, abs=1e-12)
    assert result.items == 50
    # Fleiss, Cohen and Everitt 1969, "Large sample standard errors": the square's is 0.1270, close to the bootstrap's.
    assert result.low == pytest.approx(0.4 - 1.96 * 0.1270, abs=0.04)
    assert result.high == pytest.approx(0.4 + 1.96 * 0.1270, abs=0.04)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_published_wilson(successes: int, trials: int, low: float, high: float) -> None:
    result = wilson(successes, trials)
    assert result.value == successes / trials
    assert result.items == trials
    assert (result.low, result.high) == pytest.approx((low, high), abs=5e-5)
    mirrored = wilson(trials - successes, trials)
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - high, 1 - low), abs=5e-5)


@given(st.integers(1, 10**9), st.data())
def test_wilson_holds_its_share_and_solves_its_equation(trials: int, data: st.DataObject) -> None:
    result = wilson(data.draw(st.integers(0, trials)), trials)
    assert result.value is not None
    assert result.low is not None
    assert result.high is not None
    assert 0 <= result.low <= result.value <= result.high <= 1
    for end in (result.low, result.high):
        # Wilson's bounds are the p at which |share - p| is 1.96 standard errors of p.
        assert (result.value - end) ** 2 == pytest.approx(1.959964**2 * end * (1 - end) / trials, rel=1e-4, abs=1e-15)


def test_wilson_at_the_ends() -> None:
    assert wilson(0, 0) == Statistic(None, None, None, 0)
    for trials in range(1, 200):
        assert wilson(0, trials).low == 0
        assert wilson(trials, trials).high == 1


@pytest.mark.parametrize(("successes", "trials"), [(-1, 3), (4, 3), (0, -1), (True, 3), (1.0, 3), ("1", 3), (1, None)])
def test_wilson_refuses_what_is_no_count(successes: int, trials: int) -> None:
    with pytest.raises(InvalidRecord):
        wilson(successes, trials)


def naive_alpha(ratings: Ratings) -> float | None:
    """Krippendorff 2011, steps B to D: alpha from the matrix of coincidences, pair by pair."""
    coincidences: Counter[tuple[str, str]] = Counter()
    for item in ratings:
        for pair in permutations(item.values(), 2):
            coincidences[pair] += 1 / (len(item) - 1)
    totals: Counter[str] = Counter()
    for (category, _), weight in coincidences.items():
        totals[category] += weight
    n = sum(totals.values())
    observed = sum(weight for (one, other), weight in coincidences.items() if one != other) / n if n else 0
    expected = sum(totals[one] * totals[other] for one, other in permutations(totals, 2)) / (n * (n - 1)) if n else 0
    return 1 - observed / expected if expected else None


def naive_cohen(pairs: list[tuple[str, str]]) -> float | None:
    agreed = sum(first == second for first, second in pairs) / len(pairs)
    one, other = (Counter(pair[place] for pair in pairs) for place in (0, 1))
    chance = sum(one[category] * other[category] for category in one) / len(pairs) ** 2
    return (agreed - chance) / (1 - chance) if len(one | other) > 1 else None


@given(queues)
def test_values_follow_their_definitions(ratings: Ratings) -> None:
    paired = [item for item in ratings if len(item) > 1]
    alpha = naive_alpha(ratings) if len(paired) > 1 else None
    assert krippendorff_alpha(ratings).value == pytest.approx(alpha, abs=1e-9)
    both = [(item["ann"], item["bo"]) for item in ratings if {"ann", "bo"} <= item.keys()]
    assert cohen(ratings).value == pytest.approx(naive_cohen(both) if len(both) > 1 else None, abs=1e-9)
    agreed = [one == other for item in paired for one, other in permutations(item.values(), 2)]
    observed = observed_agreement(ratings)
    assert observed.value == pytest.approx(sum(agreed) / len(agreed) if agreed else None, abs=1e-9)
    assert observed.items == len(paired)


@given(queues)
def test_alpha_is_fleiss_corrected_for_small_samples(ratings: Ratings) -> None:
    complete = [item for item in ratings if len(item) == 3]
    alpha, kappa = krippendorff_alpha(complete).value, fleiss_kappa(complete).value
    n = 3 * len(complete)
    assert alpha == (None if kappa is None else pytest.approx(1 - (1 - kappa) * (n - 1) / n, abs=1e-12))


def test_observed_agreement_counts_pairs() -> None:
    observed = observed_agreement(SQUARE)
    assert observed.value == 0.7
    assert observed.low is not None
    assert observed.high is not None
    assert 0.0 <= observed.low < 0.7 < observed.high <= 1.0
    # Three agreeing pairs of three, none of one, and an item without a pair.
    assert observed_agreement([{"a": "x", "b": "x", "c": "x"}, {"a": "x", "b": "y"}, {"a": "x"}, {}]).value == 0.75
    assert observed_agreement([{"a": "x", "b": "x"}]) == Statistic(1.0, None, None, 1)


def test_fleiss_keeps_the_most_common_number_of_ratings() -> None:
    others = [{"a": "x"}, {"a": "y"}, {}] * 20 + from_observers("xy", "yx", "xx", "yy")
    assert fleiss_kappa(SQUARE + others) == fleiss_kappa(SQUARE)
    # Two items with two ratings, two with four: the larger number has more to say.
    assert fleiss_kappa(SQUARE[:2] + others) == fleiss_kappa(from_observers("xy", "yx", "xx", "yy"))


def test_missing_ratings() -> None:
    lonely = [{"ann": "y"}, {"bo": "n"}, {}, {"cy": "y"}]
    assert cohen(SQUARE + lonely) == cohen(SQUARE)
    assert krippendorff_alpha(SQUARE + lonely) == krippendorff_alpha(SQUARE)
    assert observed_agreement(SQUARE + lonely) == observed_agreement(SQUARE)
    # Who rated is no matter to alpha, and a third reviewer none to Cohen's kappa.
    assert krippendorff_alpha([*SQUARE, {"cy": "y", "di": "n"}]) == krippendorff_alpha([*SQUARE, {"ann": "y", "bo": "n"}])
    assert cohen([{**item, "cy": "unsure"} for item in SQUARE]) == cohen(SQUARE)


@ALL
@pytest.mark.parametrize(
    ("ratings", "items"),
    [
        ([], 0),
        ([{}, {}], 0),
        ([{"ann": "y"}, {"bo": "y"}, {"ann": "n"}], 0),
        (from_pairs(yy=1), 1),
        (from_pairs(yn=1), 1),
        (from_pairs(yy=40), 40),
    ],
)
def test_undefined(statistic: Measure, ratings: Ratings, items: int) -> None:
    assert statistic(ratings) == Statistic(None, None, None, items)


def test_undefined_for_unknown_reviewers() -> None:
    assert cohen_kappa(SQUARE, "ann", "nobody") == Statistic(None, None, None, 0)
    assert observed_agreement([]) == Statistic(None, None, None, 0)
    assert observed_agreement([{"ann": "y"}, {}]) == Statistic(None, None, None, 0)


def test_a_reviewer_with_one_answer_agrees_by_chance_only() -> None:
    assert cohen(from_pairs(yy=30, yn=10)) == Statistic(0.0, 0.0, 0.0, 40)
    assert cohen(from_pairs(yn=40)) == Statistic(0.0, 0.0, 0.0, 40)


@ALL
@pytest.mark.parametrize(
    "bad",
    [
        ["ann"],
        {"ann": "y"},
        [{"ann": ""}],
        [{"ann": " "}],
        [{"": "y"}],
        [{"ann": None}],
        [{"ann": 1, "bo": 1}],
        [{1: "y"}],
        [{"ann": ["y"]}],
        [[("ann", "y")]],
        [None],
    ],
)
def test_bad_ratings_are_refused(statistic: Measure, bad: Ratings) -> None:
    for check in (statistic, observed_agreement):
        with pytest.raises(InvalidRecord):
            check(bad)


def test_bad_arguments_are_refused() -> None:
    for a, b in (("ann", "ann"), ("", "bo"), ("ann", None)):
        with pytest.raises(InvalidRecord):
            cohen_kappa(SQUARE, a, b)
    for seed in (-1, 1.5, None, True):
        with pytest.raises(InvalidRecord):
            krippendorff_alpha(SQUARE, seed=seed)
        with pytest.raises(InvalidRecord):
            fleiss_kappa([], seed=seed)


def test_enumerations_are_text() -> None:
    vote = StrEnum("vote", ["y", "n"])
    assert cohen([{who: vote(code) for who, code in item.items()} for item in SQUARE]) == cohen(SQUARE)


@ALL
@given(ratings=queues)
def test_the_interval_holds_the_value(statistic: Measure, ratings: Ratings) -> None:
    result = statistic(ratings)
    if result.value is None:
        assert result.low is None
        assert result.high is None
    else:
        assert result.low is not None
        assert result.high is not None
        assert -1 - 1e-9 <= result.low <= result.value <= result.high <= 1
        assert all(type(bound) is float for bound in (result.low, result.value, result.high))


def test_the_interval_is_widened_where_every_resample_lies_lower() -> None:
    # Each category occurs once. A resample repeats some, so that agreeing by chance looks likelier than it was.
    result = krippendorff_alpha([{"ann": f"a{n}", "bo": f"b{n}"} for n in range(30)])
    assert result.value == result.high == 0
    assert result.low is not None
    assert result.low < 0


@ALL
def test_intervals_shrink_with_the_root_of_the_number_of_items(statistic: Measure) -> None:
    widths = []
    for times in (1, 4, 16, 400):
        result = statistic(SQUARE * times)
        assert result.high is not None
        assert result.low is not None
        widths.append((result.high - result.low) * times**0.5)
        assert result.items == 50 * times
    assert widths == pytest.approx([widths[-1]] * 4, rel=0.12)


@ALL
def test_the_multinomial_draws_what_drawing_items_draws(statistic: Measure) -> None:
    generator = np.random.default_rng(5)
    resamples = ([SQUARE[item] for item in generator.integers(0, 50, 50)] for _ in range(1_000))
    if statistic is cohen:
        drawn = [naive_cohen([(item["ann"], item["bo"]) for item in resample]) for resample in resamples]
    else:
        drawn = [naive_alpha(resample) for resample in resamples]
        if statistic is fleiss_kappa:
            drawn = [1 - (1 - alpha) * 100 / 99 for alpha in drawn if alpha is not None]
    result = statistic(SQUARE)
    assert (result.low, result.high) == pytest.approx(tuple(np.percentile(drawn, (2.5, 97.5))), abs=0.04)


@ALL
def test_intervals_cover_the_truth(statistic: Measure) -> None:
    """Both reviewers see the truth in 9 of 10 items and else guess: kappa is 0.81 in the long run."""
    generator = np.random.default_rng(11)
    covered = 0
    for _ in range(200):
        truth = generator.integers(0, 2, 150)
        ann, bo = (np.where(generator.random(150) < 0.9, truth, generator.integers(0, 2, 150)) for _ in range(2))
        result = statistic([{"ann": str(one), "bo": str(other)} for one, other in zip(ann, bo, strict=True)])
        assert result.low is not None
        assert result.high is not None
        covered += result.low <= 0.81 <= result.high
    # 95 % of 200 is 190; below 180 lie fewer than 3 in 1,000 of such series.
    assert covered >= 180


@ALL
def test_the_seed_decides(statistic: Measure) -> None:
    assert statistic(SQUARE) == statistic(SQUARE, seed=0)
    first, second = statistic(SQUARE, seed=1), statistic(SQUARE, seed=2)
    assert first.value == second.value
    assert (first.low, first.high) != (second.low, second.high)
    assert first.low == pytest.approx(second.low, abs=0.05)


@ALL
def test_blocks_of_resamples_change_nothing(statistic: Measure, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = statistic(SQUARE)
    monkeypatch.setattr(agreement, "_CELLS", 7)
    assert statistic(SQUARE) == whole


@ALL
@given(ratings=queues, data=st.data())
def test_the_order_of_items_and_reviewers_changes_nothing(statistic: Measure, ratings: Ratings, data: st.DataObject) -> None:
    items = data.draw(st.permutations(ratings))
    turned = [dict(data.draw(st.permutations(list(item.items())))) for item in items]
    assert statistic(turned) == statistic(ratings)
    assert observed_agreement(turned) == observed_agreement(ratings)


@given(queues, st.permutations(["ann", "bo", "cy", "di"]))
def test_the_names_of_reviewers_change_nothing(ratings: Ratings, names: list[str]) -> None:
    name = dict(zip(["ann", "bo", "cy", "di"], names, strict=True))
    renamed = [{name[who]: category for who, category in item.items()} for item in ratings]
    assert krippendorff_alpha(renamed) == krippendorff_alpha(ratings)
    assert fleiss_kappa(renamed) == fleiss_kappa(ratings)
    assert observed_agreement(renamed) == observed_agreement(ratings)
    assert cohen_kappa(renamed, name["ann"], name["bo"]) == cohen(ratings)
    assert cohen_kappa(ratings, "bo", "ann") == cohen(ratings)


@given(queues)
def test_the_names_of_categories_change_no_value(ratings: Ratings) -> None:
    renamed = [{who: category[::-1] for who, category in item.items()} for item in ratings]
    for statistic in (cohen, fleiss_kappa, krippendorff_alpha):
        assert statistic(renamed).value == pytest.approx(statistic(ratings).value, abs=1e-12)


@ALL
@given(truths=st.lists(st.sampled_from("xyz"), min_size=2, max_size=30), reviewers=st.integers(2, 5))
def test_perfect_agreement_over_two_categories_is_one(statistic: Measure, truths: list[str], reviewers: int) -> None:
    names = ["ann", "bo", "cy", "di", "ed"][:reviewers]
    ratings = [dict.fromkeys(names, truth) for truth in truths]
    assert observed_agreement(ratings).value == 1
    expected = (1.0, 1.0, 1.0) if len(set(truths)) > 1 else (None, None, None)
    assert statistic(ratings) == Statistic(*expected, len(truths))


def test_perfect_disagreement() -> None:
    ratings = from_pairs(yn=25, ny=25)
    assert observed_agreement(ratings).value == 0
    assert cohen(ratings).value == fleiss_kappa(ratings).value == -1
    assert krippendorff_alpha(ratings).value == pytest.approx(-0.98)


@ALL
def test_a_hundred_thousand_items(statistic: Measure) -> None:
    codes = np.random.default_rng(3).choice(["relevant", "spurious", "unsure"], (100_000, 3)).tolist()
    ratings = [dict(zip(("ann", "bo", "cy"), item, strict=True)) for item in codes]
    # Takes 0.1 s, because counts are drawn anew; drawing the items themselves 2,000 times would take minutes.
    result = statistic(ratings)
    assert result.items == 100_000
    assert result.value == pytest.approx(0, abs=0.01)
