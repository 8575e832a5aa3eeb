"""What followed, against counts: of all others where something is measured, of all where something is kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sparsemix import SparseMixConfig
from sparsemix.dataset import DataSet, Item, read_files
from sparsemix.judges import Labelled, NormalCourse
from sparsemix.judges.following import FOLDS, NOTHING, Knowledge
from sparsemix.judges.next_events import KindKnowledge, NextKind
from sparsemix.priors import expectation
from sparsemix.readers.limits import Limits
from sparsemix.readers.log_lines import event_sequence
from sparsemix.training.own_data import Plan, learn
from sparsemix.training.own_data.learning import fit_scales
from sparsemix.training.own_data.prior_fitting import expected_by, followed

CONFIG = SparseMixConfig(features=256, judge=NormalCourse(kinds=3))


def log(id: str, text: str) -> Item:
    return Item(id, event_sequence(list(text), id, Limits(min_events=1)), None)


def expected(sources: list) -> list[np.ndarray]:
    return [one.following.expected.numpy() for one in sources if isinstance(one.following, NextKind)]


@pytest.mark.parametrize("count", [1, 2, FOLDS, 2 * FOLDS + 1])
def test_no_sequence_is_judged_by_counts_that_have_seen_it(count: int) -> None:
    odd = log("odd", "abcq" * 3)
    items = [odd, *(log(str(n), "abc" * 5) for n in range(count - 1))]
    beside = [log("beside", "abc" * 5)]
    known = expectation.fit([item.sequence.events for item in [*items, *beside]])
    (p, *_) = expected(followed(items, beside, KindKnowledge(known), CONFIG))
    assert len(p) == len(odd) and p[2] < 0.01 < known.probability(odd.sequence.events)[3]


def test_counts_that_are_kept_as_they_are_judge_what_they_have_not_seen() -> None:
    known = expectation.fit([log("known", "abc" * 5).sequence.events])
    items = [log("fresh", "abcabca"), log("other", "cabab")]
    for item, p in zip(items, expected(followed(items, None, KindKnowledge(known), CONFIG)), strict=True):
        assert np.array_equal(p[:-1], known.probability(item.sequence.events)[1:])


def test_nothing_follows_where_nothing_is_expected() -> None:
    sources = followed([log("one", "abc")], (), Knowledge(), replace(CONFIG, judge=Labelled()))
    assert [one.following for one in sources] == [NOTHING]


@pytest.mark.deep
def test_the_counts_that_are_kept_know_all_that_is_normal() -> None:
    items = tuple(log(str(n), "abcabd" * 3 + chr(ord("e") + n)) for n in range(12))
    model = learn(DataSet("logs", items), Plan(task="novelty", steps=4, events=64, longest=16, features=256)).model
    everything = expectation.fit([item.sequence.events for item in items])
    for name, column in expectation.pack(everything).items():
        assert np.array_equal(column, model.knowledge.packed()["expectation"][name])
    # Of these weights' counts nothing is forgotten, and nothing is added to them.
    more = (log("z", "abcz" * 9), *items[:8])
    later = learn(DataSet("later", more), Plan(task="novelty", steps=4, events=64, longest=16), initial=model).model
    assert later.knowledge.known is model.knowledge.known


def test_the_texts_of_an_event_table_are_what_is_expected_whatever_numbers_stand_beside_them() -> None:
    rows = [
        f"2026-11-13 05:{n // 60:02}:{n % 60:02},INFO,pump {'on' if n % 2 else 'off'} again,{17 + n % 2}\n" for n in range(60)
    ]
    sensors = [f"2026-11-13 05:{n // 60:02}:{n % 60:02},{20 + n % 2},{'run' if n % 3 else 'stop'}\n" for n in range(60)]
    for header, lines, texts in (("time,level,message,code\n", rows, True), ("time,temp,state\n", sensors, False)):
        items = read_files([("a.csv", (header + "".join(lines)).encode())], "a").items
        assert (expected_by(items, fit_scales(items), None).kinds > 0) == texts
