"""Terms of novelty of a log: what no log showed, bursts, and numbers of events that are off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from sparsemix.encoding.sequence import Event
from sparsemix.errors import WeightsError
from sparsemix.priors import expectation, log_terms
from sparsemix.priors.expectation import Expectation
from sparsemix.priors.log_terms import LogTerms, rates_of

FOLDS = 4


def events(text: str) -> list[Event]:
    return [Event(kind, kind, None, None, None, line) for line, kind in enumerate(text, 1)]


def fitted(logs: Sequence[str]) -> tuple[LogTerms, Expectation]:
    """Return terms of which every log was judged by the others, as training does."""
    sequences = [events(log) for log in logs]
    known = expectation.fit(sequences)
    judged = []
    for fold in range(FOLDS):
        rest = [one for place, one in enumerate(sequences) if place % FOLDS != fold]
        counted = expectation.fit(rest, known)
        judged += [log_terms.statistics(one, counted, rates_of(rest, counted, len(logs))) for one in sequences[fold::FOLDS]]
    of_events = [np.concatenate(columns) for columns in zip(*(one for one, _ in judged), strict=True)]
    of_sequences = [np.array(column) for column in zip(*(one for _, one in judged), strict=True)]
    surprise = np.random.default_rng(0).exponential(size=1000)
    return log_terms.fit(rates_of(sequences, known), surprise, of_events, of_sequences, whole=True), known


def normal_logs(count: int) -> list[str]:
    rng = np.random.default_rng(1)
    return ["".join("abcd" if rng.random() < 0.8 else "abbcd" for _ in range(int(rng.integers(6, 12)))) for _ in range(count)]


def test_an_event_of_an_unseen_kind_lies_above_whatever_is_known() -> None:
    terms, known = fitted(normal_logs(40))
    novelty = terms.of(events("abcdabcdqabcddddddddaaaaaaa"), known)
    assert np.flatnonzero(novelty.above).tolist() == [8]
    surprising = terms.surprise.of(np.array(log_terms.MOST_SURPRISE))
    highest_known = np.logaddexp(np.log(terms.event_weights[0]) + surprising, np.delete(novelty.own, 8)).max()
    assert novelty.own[8] + novelty.above[8] > highest_known


def test_unseen_pairs_and_bursts_are_rarer_than_what_is_usual() -> None:
    terms, known = fitted(normal_logs(40))
    usual = terms.of(events("abcd" * 8), known).own.max()
    assert terms.of(events("abcdacdbabcd"), known).own[5] > usual + 1.0
    assert terms.of(events("abcd" * 4 + "bcd" * 15), known).own[-1] > usual + 1.0


def test_numbers_of_events_count_on_both_sides_unless_the_log_may_still_grow() -> None:
    logs = ["abcd" * 8] * 30 + ["abcd" * 9] * 30
    terms, known = fitted(logs)
    usual, without, more = (terms.of(events(log), known).whole for log in ("abcd" * 8, "acd" * 11, "abcd" * 14))
    assert min(without, more) > usual + 1.0
    growing = [terms.rates.oddity(np.bincount(known.kinds_of(events(log)), minlength=4)) for log in ("abcd" * 3, "abcd" * 8)]
    assert growing[0] <= growing[1]


def test_numbers_that_no_normal_log_had_together_are_rare_though_each_of_them_is_usual() -> None:
    logs = ["ab" * 3 + "cd" * 3] * 30 + ["ab" * 5 + "cd" * 5] * 30
    terms, known = fitted(logs)
    usual, odd, growing = (terms.of(events(log), known) for log in (logs[0], "ab" * 5 + "cd" * 3, "ab" * 2 + "cd"))
    assert odd.whole > usual.whole + 1.0 > growing.whole
    assert terms.rates.rarity(known.kinds_of(events(logs[0]))) == pytest.approx(np.log(61 / 30.5))


def test_numbers_of_logs_that_are_never_alike_say_nothing() -> None:
    terms, known = fitted(["abcd" * (8 + number) + "a" * (number % 5) for number in range(40)])
    depths = [terms.sequences[3].of(np.array(terms.rates.rarity(known.kinds_of(events("abcd" * n))))) for n in (9, 99)]
    assert max(depths) < 0.05, "as rare as nearly every log"


def test_rates_of_any_two_kinds_of_logs_are_taken_and_read_again() -> None:
    for one in range(1, 13):
        for other in range(one + 1, 13):
            terms, known = fitted(["ab" * one] * 4 + ["ab" * other] * 4)
            assert terms.rates.alike.tolist() == [4, 4]
            again = log_terms.unpack(log_terms.pack(terms), len(known.known))
            assert np.array_equal(again.rates.together, terms.rates.together)


def test_by_counts_of_some_logs_nothing_is_rarer_or_less_rare_than_by_those_of_all() -> None:
    logs = [events(log) for log in ["abcd" * 8] * 40]
    known = expectation.fit(logs)
    odd = events("acbd" * 8 + "a" * 9)
    by_all = log_terms.statistics(odd, known, rates_of(logs, known))
    half = expectation.fit(logs[:20], known)
    (pair, whole), (usual_pair, usual_whole) = (
        (of_events[1], of_sequence[2])
        for of_events, of_sequence in (by_all, log_terms.statistics(odd, half, rates_of(logs[:20], half, 40)))
    )
    np.testing.assert_allclose(pair, usual_pair, atol=1e-12)
    assert whole == pytest.approx(usual_whole, abs=1e-12)
    alone = log_terms.statistics(odd, half, rates_of(logs[:20], half))
    assert alone[1][2] < whole - 0.5 and (alone[0][1] < pair - 0.5).any()


def test_a_log_counts_as_a_whole_only_where_whole_logs_were_compared() -> None:
    terms, known = fitted(normal_logs(8))
    alone = log_terms.fit(terms.rates, np.zeros(3), [np.zeros(3)] * 4, [np.zeros(2)] * 4, whole=False)
    assert alone.of(events("abcdq"), known).whole == -np.inf


def test_terms_are_read_as_they_were_written_and_damage_is_refused() -> None:
    terms, known = fitted(normal_logs(12))
    columns = log_terms.pack(terms)
    again = log_terms.unpack(columns, len(known.known))
    log = events("abcdqabbcd")
    assert np.array_equal(again.of(log, known).own, terms.of(log, known).own)
    assert again.of(log, known).whole == terms.of(log, known).whole
    with pytest.raises(WeightsError, match="kinds"):
        log_terms.unpack(columns, len(known.known) + 1)
    for name, column in columns.items():
        with pytest.raises(WeightsError):
            log_terms.unpack(columns | {name: column[:-1] if column.ndim == 1 else column[:1]}, len(known.known))
        with pytest.raises(WeightsError):
            log_terms.unpack({other: value for other, value in columns.items() if other != name}, len(known.known))
    with pytest.raises(WeightsError, match="rates"):
        log_terms.unpack(columns | {"rates.sequences": columns["rates.sequences"] * 1000}, len(known.known))
    for name, damaged in (("alike", columns["rates.alike"] * 1000), ("together", columns["rates.together"][::-1])):
        with pytest.raises(WeightsError, match="rates"):
            log_terms.unpack(columns | {f"rates.{name}": damaged}, len(known.known))
