"""Features of a file's own statistics: bins, signs, and one event's features by name."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sparsemix.encoding.encoder import EventReading, encode, event_features
from sparsemix.encoding.entities import EntityType
from sparsemix.encoding.file_statistics.statistics import NAMES, file_statistics
from sparsemix.encoding.of_file import EARLIER_FEATURES, FEATURES, MATCHED, code_entities, features_of
from sparsemix.encoding.sequence import Event
from sparsemix.errors import ConfigError

READING = EventReading(of_file=True)
# Statistics that were there before states.
EARLIER = NAMES.index("states.mismatch")
EVENTS = tuple(
    Event(text, text, float(number), None, None, number)
    for number, text in enumerate([f"door {number % 5} opened by badge {1000 + number // 4}" for number in range(60)], 1)
)


def rows(events: tuple[Event, ...] = EVENTS, draw: int = 0) -> np.ndarray:
    hashed = features_of(file_statistics(events), draw)
    dense = np.zeros((len(events), FEATURES))
    np.add.at(dense, (np.repeat(np.arange(len(events)), np.diff(hashed.pointer)), hashed.bucket), hashed.value)
    return dense


def test_every_statistic_has_the_weight_of_one_in_two_neighbouring_bins() -> None:
    everything = rows()
    for first, statistics in ((0, EARLIER), (EARLIER_FEATURES, len(NAMES) - EARLIER)):
        bins = everything[:, first : first + statistics * 12].reshape(len(EVENTS), statistics, 12)
        np.testing.assert_allclose(bins.sum(2), 1.0, atol=1e-6)
        for used in (bins > 0).reshape(-1, 12):
            assert np.ptp(np.flatnonzero(used)) <= 1


def test_weights_of_earlier_versions_read_what_they_always_read() -> None:
    """States came later: they stand behind all that was there before, so earlier decisions can be repeated."""
    earlier, now = (encode(EVENTS, features, READING) for features in (EARLIER_FEATURES, FEATURES))
    assert earlier.bucket.max() < EARLIER_FEATURES
    kept = now.bucket < EARLIER_FEATURES
    np.testing.assert_array_equal(now.bucket[kept], earlier.bucket)
    np.testing.assert_array_equal(now.value[kept], earlier.value)
    names, _ = event_features(EVENTS, 3, EARLIER_FEATURES, READING, ())
    assert not [name for name in names if "state" in name]


def test_events_of_one_kind_have_equal_signs_and_others_agree_in_about_half_of_them() -> None:
    texts = [f"{'abcdefghij'[number % 10] * 4} started" for number in range(60)]
    events = tuple(Event(text, text, None, None, None, number) for number, text in enumerate(texts, 1))
    kind = file_statistics(events).codes[1]
    signs = rows(events)[:, EARLIER * 12 + 24 : EARLIER * 12 + 48]
    same = signs @ signs.T / (24 * 0.25)
    np.testing.assert_allclose(same[kind[:, None] == kind], 1.0)
    assert abs(same[kind[:, None] != kind]).mean() < 0.35


def test_signs_are_drawn_anew_for_training() -> None:
    first, again, other = rows(), rows(), rows(draw=7)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    np.testing.assert_array_equal(first[:, : EARLIER * 12], other[:, : EARLIER * 12])


@pytest.mark.parametrize("index", [0, 17, 59])
def test_the_features_of_one_event_by_name_add_up_to_its_row(index: int) -> None:
    row = encode(EVENTS, FEATURES, READING).window(index, index + 1)
    names, parts = event_features(EVENTS, index, FEATURES, READING, ())
    assert len(names) == len(parts) == len(set(names))
    assert set(NAMES) <= set(names)
    whole, summed = np.zeros(FEATURES), np.zeros(FEATURES)
    np.add.at(whole, row.bucket, row.value)
    np.add.at(summed, parts.bucket, parts.value)
    np.testing.assert_allclose(summed, whole)


@given(
    arrays(np.int64, st.tuples(st.just(3), st.shared(st.integers(1, 40), key="events")), elements=st.integers(-1, 5)),
    arrays(np.int64, st.shared(st.integers(1, 40), key="events"), elements=st.integers(-1, 39)),
)
def test_events_match_by_each_code_and_with_the_line_that_set_their_state(codes: np.ndarray, state: np.ndarray) -> None:
    count = len(state)
    state = np.minimum(state, count - 1)
    matches = code_entities(np.concatenate([codes, state[None]]), [replace(kind, nearest=64) for kind in MATCHED]).all_matches
    found = dict(zip(zip(matches.row.tolist(), matches.key.tolist(), strict=True), matches.shared.tolist(), strict=True))
    for one in range(count):
        for other in range(count):
            shared = sum(1 << number for number, code in enumerate(codes) if code[one] == code[other] >= 0)
            shared |= (state[one] == other or state[other] == one) << 3
            assert found.get((one, other), 0) == (shared if one != other else 0)


def test_a_state_is_matched_at_any_distance_and_a_line_has_so_many_of_its_kind_beside_it() -> None:
    state = np.full(1000, 3)
    codes = np.stack([np.full(1000, -1), np.zeros(1000, np.int64), np.full(1000, -1), state])
    matches = code_entities(codes, MATCHED).all_matches
    shared = dict(zip(*(part[matches.row == 999].tolist() for part in (matches.key, matches.shared)), strict=True))
    assert shared == {3: 8, **dict.fromkeys(range(983, 999), 2)}
    assert (matches.row == 3).sum() == 999


def test_features_of_one_reading_match_and_those_of_another_do_not() -> None:
    assert encode(EVENTS, FEATURES, replace(READING, entities=MATCHED)).entities is not None
    assert encode(EVENTS, FEATURES, READING).entities is None
    assert encode(EVENTS, FEATURES, READING).entities is None
    with pytest.raises(ConfigError, match="not by same colour"):
        encode(EVENTS, FEATURES, replace(READING, entities=(EntityType(("same colour",)),)))
