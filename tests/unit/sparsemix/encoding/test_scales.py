"""Scales of sensor columns: soft bins, forecasts, gaps; what is seen is what training sees."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparsemix.encoding import scales
from sparsemix.encoding.encoder import PLAIN, EventReading, column_table, encode, event_features, scaled_numbers, summed
from sparsemix.encoding.hashing import HashedEvents
from sparsemix.encoding.sequence import Event
from tests.support.properties import examples

FEATURES = 4096


def row(message: str, time: float | None = None) -> Event:
    return Event(message, message, time, None, None, 1)


def fitted(*columns: np.ndarray) -> tuple[scales.Scale, ...]:
    return scales.fit([f"c{i}" for i in range(len(columns))], [np.column_stack(columns)])


def test_a_forecast_knows_a_steady_swing_and_notices_when_it_breaks() -> None:
    swing = np.sin(np.arange(400) / 5)
    scale = fitted(swing)
    broken = swing[:100].copy()
    broken[60:] = broken[59]
    measured = scales.measure(scale, broken[:, None])
    before, after = np.abs(measured.deviation[10:60, 0]), np.abs(measured.deviation[60:, 0])
    assert after.max() > 4 * before.max()
    assert measured.recent[75, 0] > 3 * measured.recent[50, 0]


@examples()
@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=3, max_size=60))
def test_any_column_gives_finite_features_whose_bins_sum_to_one(values: list[float]) -> None:
    table = np.array(values)[:, None]
    scale = scales.fit(["c"], [table])
    if not scale:
        assert np.isfinite(table).sum() < 2
        return
    bins, gone = np.zeros(len(values)), np.zeros(len(values))
    for name, (steps, shares) in scales.numbers(scale, table):
        assert np.isfinite(shares).all()
        if name.startswith("s:"):
            bins[steps] += shares
        if name.startswith("gone:"):
            gone[steps] += shares
    assert bins + gone == pytest.approx(np.ones(len(values)))


def test_a_column_without_numbers_has_no_scale_and_a_constant_one_has() -> None:
    assert fitted(np.full(5, np.nan), np.full(5, 3.0))[0].name == "c1"


def test_names_of_features_add_up_to_the_row_that_is_read() -> None:
    rng = np.random.default_rng(0)
    events = [
        row(f"c0={value:.3f} mode=auto c1={other:.2f}", float(n)) for n, (value, other) in enumerate(rng.normal(size=(40, 2)))
    ]
    blank = [scales.Scale(name, (0.0,), 0.0, 1.0, (0.0,), 1.0) for name in ("c0", "c1")]
    fitted = scales.fit(["c0", "c1"], [column_table(events, blank)])
    reading = EventReading(context=3, scales=fitted, of_late=True, in_order=True)
    whole = encode(events, FEATURES, reading)
    names, parts = event_features(events, 20, FEATURES, reading, scaled_numbers(events, reading))
    dense, summed = np.zeros(FEATURES), np.zeros(FEATURES)
    one = whole.window(20, 21)
    np.add.at(dense, one.bucket, one.value)
    np.add.at(summed, parts.bucket, parts.value)
    assert summed == pytest.approx(dense, abs=1e-6)
    assert {"kv:mode=auto", "b1:kv:mode=auto", "b2:kv:mode=auto"} <= set(names)
    assert not any(name.startswith("n:c0") for name in names), "a number with a scale is read by its scale alone"


def test_a_table_gives_the_rows_that_its_messages_give() -> None:
    table = np.random.default_rng(1).normal(size=(30, 2)).round(4)
    events = [row(f"c0={a!r} c1={b!r}") for a, b in table.tolist()]
    reading = EventReading(scales=scales.fit(["c0", "c1"], [table]))

    def as_table(rows: HashedEvents) -> np.ndarray:
        dense = np.zeros((len(rows), FEATURES))
        np.add.at(dense, (np.repeat(np.arange(len(rows)), np.diff(rows.pointer)), rows.bucket), rows.value)
        return dense

    dense = as_table(summed(scales.numbers(reading.scales, table), len(table), FEATURES))
    read, plain = as_table(encode(events, FEATURES, reading)), encode([row("")], FEATURES, PLAIN)
    read[:, plain.bucket] -= plain.value
    assert read == pytest.approx(dense, abs=1e-6)


def test_events_in_a_row_count_as_one_only_where_their_order_is_read() -> None:
    def buckets(order: str, *, in_order: bool) -> list[set[int]]:
        hashed = encode([row(word) for word in order], FEATURES, EventReading(4, in_order=in_order))
        return [set(hashed.window(place, place + 1).bucket.tolist()) for place in range(len(order))]

    plain, joined = buckets("abcd", in_order=False), buckets("abcd", in_order=True)
    assert joined[0] == plain[0], "nothing comes before the first"
    assert [len(more - less) for less, more in zip(plain[1:], joined[1:], strict=True)] == [1, 2, 2]


def test_how_a_column_varied_of_late_is_read_where_it_is_asked_for() -> None:
    calm = np.zeros((40, 1))
    restless = np.where(np.arange(40) % 2, 1.0, -1.0)[:, None]
    fitted = scales.fit(["c0"], [np.random.default_rng(0).normal(size=(200, 1))])
    values = {}
    for name, table in (("calm", calm), ("restless", restless)):
        values[name] = dict(scales.numbers(fitted, table, of_late=True))
        assert not {"a:c0", "v:c0", "c:c0", "e:c0"} & {key for key, _ in scales.numbers(fitted, table)}
    for kind in ("v:c0", "c:c0"):
        assert values["restless"][kind][1][-1] > values["calm"][kind][1][-1] + 1.0


def test_context_tells_orders_apart() -> None:
    def last(order: str, context: int) -> list[tuple[int, float]]:
        hashed = encode([row(word) for word in order], FEATURES, EventReading(context))
        one = hashed.window(len(order) - 1, len(order))
        return list(zip(one.bucket.tolist(), one.value.tolist(), strict=True))

    assert last("abc", 1) == last("bac", 1)
    assert last("abc", 3) != last("bac", 3)
    assert last("zabc", 3) == last("yabc", 3)
