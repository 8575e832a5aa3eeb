"""Windows that overlap are kept apart; everything else is split as before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sparsemix.dataset import Item
from sparsemix.training.own_data.plan import beside, split, split_apart, stretches_of
from tests.benchmarks.real.rows import table_item


def windows(stride: int, labels: tuple[str, ...] = ("ok", "leak", "jam"), rows: int = 200) -> list[Item]:
    """Windows of 10 rows of one recording a label."""
    rng, found = np.random.default_rng(3), []
    for label in labels:
        recording = rng.normal(size=(rows, 2)).round(3)
        for start in range(0, rows - 9, stride):
            found.append(replace(table_item(f"{label}{start}", recording[start : start + 10]), label=label))
    return found


def rows_of(items: list[Item]) -> set[str]:
    return {event.message for item in items for event in item.sequence.events}


@pytest.mark.parametrize("seed", range(4))
def test_no_row_that_is_held_out_is_learned_from(seed: int) -> None:
    items = windows(2)
    trained, held = split_apart(items, 0.2, seed)
    assert not rows_of(trained) & rows_of(held)
    for label in ("ok", "leak", "jam"):
        places = [place for place, item in enumerate(items) if item in held and item.label == label]
        assert places == list(range(places[0], places[0] + 19))
    # Four windows on either side overlap it, fewer where it lies at an end.
    assert len(items) - 24 <= len(trained) + len(held) < len(items)


def test_tables_that_do_not_overlap_are_split_at_random_as_they_were() -> None:
    items = windows(10)
    assert split_apart(items, 0.2, 1) == split(items, 0.2, 1)
    steps = [replace(item, label=None, steps=("ok",) * 10) for item in windows(2)]
    assert split_apart(steps, 0.2, 1) == split(steps, 0.2, 1)
    assert split_apart(windows(2)[:5], 0.2, 1) == split(windows(2)[:5], 0.2, 1)


def test_of_a_label_with_few_windows_none_are_left_out() -> None:
    items = windows(1, rows=21)
    trained, held = split_apart(items, 0.2, 0)
    assert len(trained) + len(held) == len(items)


def test_a_machine_at_rest_shares_nothing() -> None:
    still = [replace(table_item(f"w{place}", np.ones((10, 2))), label="ok" if place < 12 else "jam") for place in range(24)]
    assert split_apart(still, 0.2, 1) == split(still, 0.2, 1)


def test_what_lies_beside_shares_rows() -> None:
    items = windows(4, ("ok",))
    wanted = np.arange(len(items)) == 10
    assert np.flatnonzero(beside(items, wanted)).tolist() == [8, 9, 11, 12]


def test_folds_are_stretches_of_every_label() -> None:
    assert stretches_of(["a", "b"] * 4, 4).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert stretches_of(["a"] * 5, 4).tolist() == [0, 0, 1, 2, 3]
