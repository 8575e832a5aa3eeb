"""Lines that weights learned from are recognised however the file is cut; another day's are not."""

from __future__ import annotations

import numpy as np
import pytest

from sparsemix import SparseMixModel, WeightsError
from sparsemix.encoding.sequence import Event
from sparsemix.model import learned_lines as module
from sparsemix.model.learned_lines import NONE_KNOWN, learned_lines, share_learned
from tests.support.sparsemix.small_models import small_model

Log = list[Event]


def day(number: int, lines: int = 400, *, timed: bool = True) -> Log:
    """The routine of a day: every day the same lines, at the same times of the day."""
    shown = [f"2026-11-{number:02} 10:{n // 60:02}:{n % 60:02} " if timed else "" for n in range(lines)]
    texts = [f"{time}INFO tick of the pump {n % 3}" for n, time in enumerate(shown)]
    return [Event(text, text, float(n) if timed else None, None, None, n + 1) for n, text in enumerate(texts)]


def test_a_file_is_recognised_however_it_was_cut() -> None:
    whole = day(1)
    known = learned_lines([whole[start : start + 40] for start in range(0, 400, 40)])
    assert share_learned(known, whole) > 0.8
    assert share_learned(known, whole[55:130]) > 0.8
    assert share_learned(known, whole[:300] + day(2)[:100]) > 0.5
    assert share_learned(known, whole[:100] + day(2)[:300]) < 0.5
    assert share_learned(known, whole[38:42]) == 0.0
    assert share_learned(learned_lines([whole[38:41]]), whole[38:41]) == 1.0


def test_another_day_is_not_recognised_nor_routine_without_times() -> None:
    assert share_learned(learned_lines([day(1), day(2)]), day(3)) == 0.0
    assert share_learned(learned_lines([day(1, timed=False)]), day(1, timed=False)) < 0.5


def test_files_given_twice_are_recognised_by_their_times() -> None:
    assert share_learned(learned_lines([day(1), day(1)]), day(1)) == 1.0


def test_what_was_learned_before_is_kept_and_the_most_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    first = learned_lines([day(1)])
    both = learned_lines([day(2)], first)
    assert share_learned(both, day(1)) == share_learned(both, day(2)) == 1.0
    monkeypatch.setattr(module, "_MOST", 100)
    few = learned_lines([day(1), day(2)])
    assert len(few) == 101
    more = learned_lines([day(3), day(4)], few)
    assert len(more) == 101 and more[-1] <= few[-1]
    for number in range(1, 5):
        assert share_learned(more, day(number)) == 1.0
    assert share_learned(more, day(5)) == 0.0


def test_weights_keep_them_and_those_that_know_nothing_are_as_they_were() -> None:
    plain = small_model()
    assert not plain.learned_from(day(1)) and share_learned(NONE_KNOWN, day(1)) == 0.0
    taught = SparseMixModel(plain.network, plain.vocabulary, plain.neutral, lines=learned_lines([day(1)]))
    again = SparseMixModel.from_bytes(taught.to_bytes())
    assert again.weights_sha256 == taught.weights_sha256 != plain.weights_sha256
    assert again.learned_from(day(1)) and not again.learned_from(day(2))
    assert again.with_config(event_threshold=0.7).learned_from(day(1))
    damaged = SparseMixModel(plain.network, plain.vocabulary, plain.neutral, lines=np.array([2, 1]))
    with pytest.raises(WeightsError, match="learned from"):
        SparseMixModel.from_bytes(damaged.to_bytes())


def test_text_that_is_no_unicode_has_a_hash() -> None:
    odd = [event._replace(text=f"{event.text} \ud800") for event in day(1)]
    assert share_learned(learned_lines([odd]), odd) == 1.0
